#!/usr/bin/env python3
"""Reads GuideLLM's CSV tables with Python's standard library alone and prints what a program should find in them.

    guidellm_csv.py TABLE.csv …

Rows that have another number of cells than the header, or other outcomes than the first (before 0.7), are read as far
as the successful requests' latency. Written from the description of the layout, not from the program: the test compares
the two value by value.
"""
import ast
import csv
import json
import sys

LISTED = ["min", "p0_1", "p1", "p5", "p10", "p25", "p75", "p90", "p95", "p99", "max"]
# Group and unit, words of the older layout, metrics, factor.
SPREADS = [
    (("Request Latency", "Sec"), "Request latency", ["e2el"], 1000.0),
    (("Time to First Token", "ms"), "Time to first token ms", ["ttft"], 1.0),
    (("Time to First Output Token", "ms"), None, ["ttfot"], 1.0),
    (("Time per Output Token", "ms"), "Time per output token ms", None, 1.0),
    (("Inter Token Latency", "ms"), "Inter token latency ms", ["itl", "tpot"], 1.0),
    (("Token Metrics", "Input Tokens"), "Prompt token count", ["input_tokens"], 1.0),
    (("Token Metrics", "Output Tokens"), "Output token count", ["output_tokens"], 1.0),
]
RATES = [
    (("Server Throughput", "Requests/Sec"), "Requests per second", "rps"),
    (("Token Throughput", "Output Tokens/Sec"), "Output tokens per second", "output_tps"),
    (("Token Throughput", "Total Tokens/Sec"), "Tokens per second", "total_tps"),
    (("Token Throughput", "Input Tokens/Sec"), None, "input_tps"),
]


def spread(out, keys, scale, mean, median, std, listed):
    values = [float(value) for value in ast.literal_eval(listed)] + [float(mean), float(median), float(std)]
    if any(values):
        for name, value in zip(LISTED + ["mean", "p50", "std"], values):
            for key in keys:
                out[f"{key}/{name}"] = value * scale


def older(header, row):
    cell = dict(zip(header, row))
    out, version = {}, (0, 3) if "follow_redirects" in json.loads(cell["Worker"])["backend_info"] else (0, 2)
    brackets = "[min, 0.1, 1, 5, 10, 25, 75, 90, 95, 99, max]"
    for _, words, keys, scale in SPREADS:
        if words:
            stats = [cell[f"Successful {words} {end}"] for end in ("mean", "median", "std dev", brackets)]
            spread(out, keys or ["tpot_no_ttft"], scale, *stats)
    for _, words, key in RATES:
        if words and not (key == "total_tps" and version == (0, 2)):
            out[f"{key}/mean"] = float(cell[f"Successful {words} mean"])
    out["concurrency_achieved/mean"] = float(cell["Total Request concurrency mean"])
    for key, name in (("completed", "Successful"), ("errored", "Errored"), ("incomplete", "Incomplete")):
        out[f"{key}/mean"] = float(cell[f"{name} Requests"])
    out["duration/mean"] = float(cell["Duration"])
    strategy = json.loads(cell["Args"])["strategy"]
    data = dict(pair.split("=") for pair in json.loads(cell["Request Loader"])["data"].split(","))
    model = json.loads(cell["Worker"])["backend_model"]
    return strategy, {"model": model, "isl": data["prompt_tokens"], "osl": data["output_tokens"]}, out


def newer(header, row, first):
    cell = dict(zip(header, row))
    get = lambda *key: cell.get((*key, "", "")[:3])
    counts = lambda row: [row[header.index(("Request Counts", status, ""))] != "0" for status in ("Successful", "Incomplete", "Errored")]
    metadata = json.loads(dict(zip(header, first)).get(("Runtime Info", "Metadata", ""), "{}"))
    version = tuple(map(int, metadata.get("guidellm_version", "0.4").split(".")[:2]))
    whole = len(row) == len(header) and (version >= (0, 7) or counts(row) == counts(first))
    out = {}
    for (group, unit), _, keys, scale in SPREADS:
        stats = [cell.get((group, f"Successful {unit}", stat)) for stat in ("Mean", "Median", "Std Dev", "Percentiles")]
        if all(stats) and (whole or group == "Request Latency"):
            spread(out, keys or ["ntpot"], scale, *stats)
    for (group, unit), _, key in RATES if whole else []:
        value = get(group, f"Successful {unit}", "Mean")
        if value and not (key == "input_tps" and version < (0, 8)):
            out[f"{key}/mean"] = float(value)
    if whole:
        flying = [get("Server Throughput", f"{status} Concurrency", "Mean") for status in ("Errored", "Incomplete", "Successful")]
        out["concurrency_achieved/mean"] = sum(float(value) for value in flying if value)
        if get("Server Throughput", "SLO Attainment"):
            out["slo_attainment/mean"] = float(get("Server Throughput", "SLO Attainment")) * 100.0
        if get("Server Throughput", "Successful Goodput/Sec", "mean"):
            out["goodput_rps/mean"] = float(get("Server Throughput", "Successful Goodput/Sec", "mean"))
    for key, name in (("completed", "Successful"), ("errored", "Errored"), ("incomplete", "Incomplete")):
        out[f"{key}/mean"] = float(get("Request Counts", name))
    out["duration/mean"] = float(get("Timings", "Duration", "Sec"))
    profile, shown = json.loads(get("Run Info", "Profile")), get("Benchmark", "Strategy")
    kind, _, level = shown.partition("@")
    if "completed_strategies" in profile:
        strategy = profile["completed_strategies"][int(get("Run Info", "Run Index"))]
    else:
        strategy = {"type_": kind, "streams" if kind == "concurrent" else "rate": float(level) if level else None}
    if "spec" in (arguments := json.loads(dict(zip(header, first)).get(("Runtime Info", "Arguments", ""), "{}"))):
        data = arguments["spec"]["data"][0]
    else:
        text = ast.literal_eval(json.loads(get("Run Info", "Requests"))["data"])[0]
        data = dict(pair.split("=") for pair in text.split(","))
    model = json.loads(get("Run Info", "Backend"))["model"]
    return strategy, {"model": model, "isl": str(data["prompt_tokens"]), "osl": str(data["output_tokens"])}, out


def measurement(strategy, identity, out):
    kind = strategy["type_"]
    load = {
        "synchronous": lambda: ("concurrency", 1),
        "concurrent": lambda: ("concurrency", strategy["streams"]),
        "constant": lambda: ("rate", strategy["rate"]),
        "poisson": lambda: ("rate", strategy["rate"]),
        "throughput": lambda: ("max", None),
    }[kind]()
    return {"load": load, "identity": {**identity, "strategy": kind}, "samples": out}


def main():
    files = {}
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        if rows[0][0] == "Type":
            files[path] = {f"line {i}": measurement(*older(rows[0], row)) for i, row in enumerate(rows[1:], 2)}
        else:
            header = list(zip(*rows[:3]))
            files[path] = {f"line {i}": measurement(*newer(header, row, rows[3])) for i, row in enumerate(rows[3:], 4)}
    json.dump(files, sys.stdout, sort_keys=True, allow_nan=False)


main()
