#!/usr/bin/env python3
"""Reads AIPerf summaries (JSON and CSV) with Python's standard library alone and prints what a program should find.

    aiperf.py SUMMARY.json|SUMMARY.csv …

Written from the description of the format, not from the program: the test compares the two value by value.
"""
import csv
import json
import sys

STAT = {"avg": "mean", "std": "std", "min": "min", "max": "max", **{f"p{n}": f"p{n}" for n in (1, 5, 10, 25, 50, 75, 90, 95, 99)}}
SPREAD = {
    "time_to_first_token": "ttft", "ttft": "ttft", "time_to_first_output_token": "ttfot", "inter_token_latency": "tpot",
    "inter_chunk_latency": "icl", "request_latency": "e2el", "output_token_throughput_per_user": "tps_per_user",
    "input_sequence_length": "input_tokens", "output_sequence_length": "output_tokens",
    "reasoning_token_count": "reasoning_tokens", "usage_prompt_cache_read_tokens": "cached_prompt_tokens",
}
SINGLE = {
    "request_throughput": "rps", "output_token_throughput": "output_tps", "total_token_throughput": "total_tps",
    "input_token_throughput": "input_tps", "goodput": "goodput_rps", "good_request_fraction": "slo_attainment",
    "request_count": "completed", "error_request_count": "errored", "request_error_rate": "error_rate",
    "benchmark_duration": "duration", "effective_concurrency": "concurrency_achieved",
}
SCALE = {"good_request_fraction": 100.0}
UNITS = {"ms", "sec", "tokens/sec", "tokens/sec/user", "requests/sec", "tokens", "requests", "ratio", "%"}


def summary(path):
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    metrics, out = report.get("records", report), {}
    for tag, metric in metrics.items():
        if metric is None or tag not in SPREAD | SINGLE:
            continue
        assert metric["unit"] in UNITS, metric["unit"]
        for name, stat in STAT.items() if tag in SPREAD else [("avg", "mean")]:
            if metric.get(name) is not None:
                out[f"{(SPREAD | SINGLE)[tag]}/{stat}"] = metric[name] * SCALE.get(tag, 1.0)
    out.setdefault("errored/mean", sum(error["count"] for error in report["error_summary"]))
    config = report["input_config"]
    if "phases" in config:
        load = ("concurrency", config["phases"][-1]["concurrency"])
        identity = {"model": config["models"]["items"][0]["name"], "tool_version": None}
        prompts = config["datasets"][0]["prompts"]
        identity |= {"isl": f"{prompts['isl']['mean']:g}", "osl": f"{prompts['osl']['mean']:g}"}
        identity |= {"run_id": report["benchmark_id"], "request_type": "chat_completions", "target": config["endpoint"]["urls"][0]}
    else:
        load = ("concurrency", config["loadgen"]["concurrency"])
        identity = {"model": config["endpoint"]["model_names"][0], "target": config["endpoint"]["url"]}
        for name, key in (("input_tokens", "isl"), ("output_tokens", "osl")):
            mean = config["input"]["prompt"].get(name, {}).get("mean")
            identity[key] = None if mean is None else f"{mean:g}"
    said = {key: value for key, value in identity.items() if key != "tool_version"} | {"for_tool": "AIPerf", "start_time": None}
    context = {"load": (None, None), "identity": said, "samples": {}}
    return {"file": {"load": load, "identity": identity, "samples": out}, "input_config": context}


def table(path):
    with open(path, encoding="utf-8", newline="") as file:
        parts = [part.splitlines() for part in file.read().replace("\r\n", "\n").split("\n\n")]
    out = {}
    for part in parts:
        for row in csv.DictReader(part):
            if "Metric" not in row:
                continue
            tag = row["Metric"].split(" (")[0].lower().replace(" ", "_")
            tag = {"goodrequestfraction": "good_request_fraction"}.get(tag, tag)
            for name, stat in [("Value", "mean")] + list(STAT.items()):
                wanted = SPREAD if tag in SPREAD else SINGLE if name in ("Value", "avg") else {}
                if tag in wanted and row.get(name):
                    out[f"{wanted[tag]}/{stat}"] = float(row[name]) * SCALE.get(tag, 1.0)
    return {"file": {"load": (None, None), "identity": {"model": None}, "samples": out}}


def main():
    files = {path: (table if path.endswith(".csv") else summary)(path) for path in sys.argv[1:]}
    json.dump(files, sys.stdout, sort_keys=True, allow_nan=False)


main()
