#!/usr/bin/env python3
"""Reads GuideLLM JSON reports with Python's standard library alone and prints what a program should find in them.

    guidellm.py REPORT.json …

Written from the description of the format, not from the program: the test compares the two value by value.
"""
import json
import sys

STATS = {"mean": "mean", "std_dev": "std", "min": "min", "max": "max", "median": "p50"}
PERCENTILES = {"p001": "p0_1", "p01": "p1", "p05": "p5", "p10": "p10", "p25": "p25", "p75": "p75", "p90": "p90", "p95": "p95", "p99": "p99", "p999": "p99_9"}


def summary(out, key, source, scale=1.0):
    if not source or source["count"] == 0:
        return
    for name, stat in STATS.items():
        out[f"{key}/{stat}"] = source[name] * scale
    for name, stat in PERCENTILES.items():
        out[f"{key}/{stat}"] = source["percentiles"][name] * scale


def mean(out, key, source):
    if source and source["count"] > 0:
        out[f"{key}/mean"] = source["mean"]


def measurement(report, benchmark):
    metrics, out = benchmark["metrics"], {}
    first_generation = "config" not in benchmark
    version = report.get("metadata", {}).get("guidellm_version", "0.0")
    ok = lambda name: (metrics.get(name) or {}).get("successful")
    summary(out, "ttft", ok("time_to_first_token_ms"))
    summary(out, "ttfot", ok("time_to_first_output_token_ms"))
    summary(out, "itl", ok("inter_token_latency_ms"))
    summary(out, "tpot", ok("inter_token_latency_ms"))
    summary(out, "tpot_no_ttft" if first_generation else "ntpot", ok("time_per_output_token_ms"))
    summary(out, "e2el", ok("request_latency"), 1000.0)
    summary(out, "input_tokens", ok("prompt_token_count"))
    summary(out, "output_tokens", ok("output_token_count"))
    mean(out, "rps", ok("requests_per_second"))
    mean(out, "output_tps", ok("output_tokens_per_second"))
    mean(out, "total_tps", ok("tokens_per_second"))
    if tuple(map(int, version.split(".")[:2])) >= (0, 8):
        mean(out, "input_tps", ok("prompt_tokens_per_second"))
    mean(out, "goodput_rps", ok("request_goodput"))
    mean(out, "concurrency_achieved", metrics["request_concurrency"]["total"])
    totals = metrics.get("request_totals") or benchmark["request_totals"]
    out["completed/mean"] = totals["successful"]
    out["errored/mean"] = totals["errored"]
    out["incomplete/mean"] = totals["incomplete"]
    out["duration/mean"] = benchmark["duration"]
    if metrics.get("slo_attainment") is not None:
        out["slo_attainment/mean"] = metrics["slo_attainment"] * 100.0

    strategy = benchmark["args" if first_generation else "config"]["strategy"]
    kind = strategy["type_"]
    load = {
        "synchronous": lambda: ("concurrency", 1),
        "concurrent": lambda: ("concurrency", strategy["streams"]),
        "constant": lambda: ("rate", strategy["rate"]),
        "poisson": lambda: ("rate", strategy["rate"]),
        "throughput": lambda: ("max", None),
    }[kind]()
    if first_generation:
        model = benchmark["worker"]["backend_model"]
        data = benchmark["request_loader"]["data"]
    else:
        model = benchmark["config"]["backend"]["model"]
        data = report["config"]["spec"]["data"][0] if "config" in report else report["args"]["data"][0]
    if isinstance(data, str):
        data = dict(pair.split("=") for pair in data.split(","))
    identity = {"model": model, "isl": str(data["prompt_tokens"]), "osl": str(data["output_tokens"]), "strategy": kind}
    for label, value in report.get("config", {}).get("metadata", {}).get("labels", {}).items():
        identity[{"gpu": "accelerator"}.get(label, label)] = value
    return {"load": load, "identity": identity, "samples": out}


def main():
    files = {}
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            report = json.load(file)
        files[path] = {f"benchmarks[{i}]": measurement(report, b) for i, b in enumerate(report["benchmarks"])}
    json.dump(files, sys.stdout, sort_keys=True, allow_nan=False)


main()
