#!/usr/bin/env python3
"""Reads inference-perf stage reports with Python's standard library alone and prints what a program should find in them.

    inference_perf.py stage_N_lifecycle_metrics.json …

Written from the description of the format, not from the program: the test compares the two value by value.
"""
import json
import sys

STAT = {"mean": "mean", "min": "min", "max": "max", "median": "p50", "p0.1": "p0_1", "p99.9": "p99_9"}
STAT |= {f"p{n}": f"p{n}" for n in (1, 5, 10, 25, 75, 90, 95, 99)}
SECONDS = {
    "time_to_first_token": "ttft", "time_per_output_token": "tpot", "inter_token_latency": "itl",
    "normalized_time_per_output_token": "ntpot", "request_latency": "e2el",
}
RATE = {"output_tokens_per_sec": "output_tps", "total_tokens_per_sec": "total_tps", "input_tokens_per_sec": "input_tps", "requests_per_sec": "rps"}


def stage(path):
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    good, out = report["successes"], {}
    for name, key in SECONDS.items():
        for source, stat in STAT.items():
            out[f"{key}/{stat}"] = good["latency"][name][source] * 1000.0
    for name, key in (("prompt_tokens", "input_tokens"), ("output_tokens", "output_tokens")):
        for source, stat in STAT.items():
            out[f"{key}/{stat}"] = good[name][source]
    for name, key in RATE.items():
        out[f"{key}/mean"] = good["throughput"][name]
    if "goodput_metrics" in good:
        out["goodput_rps/mean"] = good["goodput_metrics"]["request_goodput"]
        out["slo_attainment/mean"] = good["goodput_metrics"]["goodput_percentage"]
    out["completed/mean"], out["errored/mean"] = good["count"], report["failures"]["count"]
    out["duration/mean"] = report["benchmark_time_seconds"]
    asked = report["load_summary"]
    load = ("concurrency", asked["concurrency"]) if "concurrency" in asked else ("rate", asked["requested_rate"])
    return {"file": {"load": load, "identity": {"model": None}, "samples": out}}


json.dump({path: stage(path) for path in sys.argv[1:]}, sys.stdout, sort_keys=True, allow_nan=False)
