#!/usr/bin/env python3
"""Reads llm-d benchmark reports in JSON with Python's standard library alone and prints what a program should find.

    report.py REPORT.json …

Written from the description of the format, not from the program: the test compares the two value by value.
"""
import json
import sys

STAT = {"mean": "mean", "stddev": "std", "min": "min", "max": "max", "p0p1": "p0_1", "p99p9": "p99_9"}
STAT |= {f"p{n}": f"p{n}" for n in (1, 5, 10, 25, 50, 75, 90, 95, 99)}
UNIT = {"ms": 1.0, "ms/token": 1.0, "s": 1000.0, "s/token": 1000.0, "count": 1.0}
RATE_0_1 = {"output_tokens_per_sec": "output_tps", "total_tokens_per_sec": "total_tps", "input_tokens_per_sec": "input_tps", "requests_per_sec": "rps"}
RATE = {"output_token_rate": "output_tps", "total_token_rate": "total_tps", "input_token_rate": "input_tps", "request_rate": "rps"}


def spread(out, key, source):
    for name, stat in STAT.items():
        if source and name in source:
            out[f"{key}/{stat}"] = source[name] * UNIT[source["units"]]


def measurement(path):
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    old = report["version"] == "0.1"
    part = report["metrics"] if old else report["results"]["request_performance"]["aggregate"]
    load = report["scenario"]["load"]
    tool = load["name"] if old else load["standardized"]["tool"]
    guidellm, out = tool == "guidellm", {}
    spread(out, "ttft", part["latency"].get("time_to_first_token"))
    spread(out, "e2el", part["latency"].get("request_latency"))
    spread(out, "ntpot", part["latency"].get("normalized_time_per_output_token"))
    spread(out, "ntpot" if guidellm else "tpot", part["latency"].get("time_per_output_token"))
    spread(out, "itl", part["latency"].get("inter_token_latency"))
    if guidellm:
        spread(out, "tpot", part["latency"].get("inter_token_latency"))
    spread(out, "input_tokens", part["requests"]["input_length"])
    spread(out, "output_tokens", part["requests"]["output_length"])
    for name, key in (RATE_0_1 if old else RATE).items():
        if name in part["throughput"]:
            out[f"{key}/mean"] = part["throughput"][name] if old else part["throughput"][name]["mean"]
    requests = part["requests"]
    out["completed/mean"] = requests["total"] - requests["failures"] - requests.get("incomplete", 0)
    out["errored/mean"] = requests["failures"]
    if "incomplete" in requests:
        out["incomplete/mean"] = requests["incomplete"]
    if old and guidellm:
        out["duration/mean"] = part["time"]["duration"]
        asked = ("rate", load["args"]["spec"]["profile"]["rate"][load["metadata"]["stage"]])
    else:
        asked = (None, None) if old else ("rate", load["standardized"]["rate_qps"])
    identity = {"model": "e2e-mock-model", "isl": "32", "osl": "8"} if guidellm else {"model": None, "isl": None}
    return {"file": {"load": asked, "identity": identity, "samples": out}}


json.dump({path: measurement(path) for path in sys.argv[1:]}, sys.stdout, sort_keys=True, allow_nan=False)
