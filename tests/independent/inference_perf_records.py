#!/usr/bin/env python3
"""Reads the single requests of inference-perf with Python's standard library alone: what a program should find in them,
and, with --stages, what the reports of the load stages should state.

    inference_perf_records.py [--stages] per_request_lifecycle_metrics.json …

Written from the description of the format, not from the program: the test compares the two value by value.
"""
import json
import math
import os
import sys

PERCENTILES = {"p0_1": 0.1, "p1": 1, "p5": 5, "p10": 10, "p25": 25, "p50": 50, "p75": 75, "p90": 90, "p95": 95, "p99": 99, "p99_9": 99.9}


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def figures(entry):
    info, spent = entry["info"], entry["end_time"] - entry["start_time"]
    times, count = info["response_metrics"]["output_token_times"], info["response_metrics"]["output_tokens"]
    out = {"input_tokens/mean": info["request_metrics"]["text"]["input_tokens"], "output_tokens/mean": count}
    out |= {"e2el/mean": spent * 1000.0, "ntpot/mean": spent / count * 1000.0}
    out["ttft/mean"] = (times[0] - entry["start_time"]) * 1000.0
    out["tpot/mean"] = (times[-1] - times[0]) / (count - 1) * 1000.0
    gaps = [late - early for early, late in zip(times, times[1:])]
    total = 0.0
    for gap in gaps:
        total += gap
    out["itl/mean"] = total / len(gaps) * 1000.0
    return out, [gap * 1000.0 for gap in gaps]


def requests(path):
    entries = load(path)
    first = min(entry["start_time"] for entry in entries)
    found = {}
    for index, entry in enumerate(entries):
        out = figures(entry)[0] | {"elapsed/mean": entry["start_time"] - first}
        usage = entry["info"]["response_metrics"]["server_usage"]
        out["cached_prompt_tokens/mean"] = usage["prompt_tokens_details"]["cached_tokens"]
        found[f"[{index}]"] = {"load": (None, None), "identity": {"status": "ok", "model": None}, "samples": out}
    return found


def spread(key, values):
    values = sorted(values)
    out = {f"{key}/mean": math.fsum(values) / len(values), f"{key}/min": values[0], f"{key}/max": values[-1]}
    for name, percent in PERCENTILES.items():
        at = (len(values) - 1) * percent / 100
        low = math.floor(at)
        high = min(low + 1, len(values) - 1)
        out[f"{key}/{name}"] = values[low] + (values[high] - values[low]) * (at - low)
    return out


def stages(path):
    """The requests stand in the order of their stages: each stage's report says how many it has."""
    entries, folder, found, start = load(path), os.path.dirname(path), {}, 0
    for stage in range(3):
        report = f"{folder}/stage_{stage}_lifecycle_metrics.json"
        count = load(report)["load_summary"]["count"]
        part, start = entries[start:start + count], start + count
        rows = [figures(entry) for entry in part]
        window = max(entry["end_time"] for entry in part) - min(entry["start_time"] for entry in part)
        out = {"completed/mean": count, "errored/mean": 0, "duration/mean": window, "rps/mean": count / window}
        for key in ("e2el", "ntpot", "ttft", "tpot", "input_tokens", "output_tokens"):
            out |= spread(key, [row[f"{key}/mean"] for row, _ in rows])
        out |= spread("itl", [gap for _, gaps in rows for gap in gaps])
        tokens = {key: sum(row[f"{key}_tokens/mean"] for row, _ in rows) for key in ("input", "output")}
        out |= {f"{key}_tps/mean": total / window for key, total in tokens.items()}
        out["total_tps/mean"] = sum(tokens.values()) / window
        good = sum(1 for row, _ in rows if row["ttft/mean"] <= 150.0 and row["tpot/mean"] <= 16.0)
        out |= {"goodput_rps/mean": good / window, "slo_attainment/mean": 100.0 * good / count}
        found[report] = out
    assert start == len(entries)
    return found


if sys.argv[1] == "--stages":
    result = {name: out for path in sys.argv[2:] for name, out in stages(path).items()}
else:
    result = {path: requests(path) for path in sys.argv[1:]}
json.dump(result, sys.stdout, sort_keys=True, allow_nan=False)
