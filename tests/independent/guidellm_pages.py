#!/usr/bin/env python3
"""Reads GuideLLM's HTML reports and console tables with Python's standard library alone and prints what a program should
find.

    guidellm_pages.py REPORT.html|CONSOLE.txt …

Written from the description of the formats, not from the program: the test compares the two value by value.
"""
import json
import re
import sys

STATS = {"mean": "mean", "median": "p50", "stdDev": "std", "min": "min", "max": "max"}
RATES = {"request_rate": "rps", "concurrency": "concurrency_achieved", "total_tps": "total_tps", "input_tps": "input_tps",
         "output_tps": "output_tps", "successful": "completed", "incomplete": "incomplete", "errored": "errored"}
LATENCIES = {"request_latency": ["e2el"], "ttft": ["ttft"], "ttfot": ["ttfot"], "itl": ["itl", "tpot"], "tpot": ["ntpot"]}


def script(text, name):
    return json.JSONDecoder().raw_decode(text, re.search(rf"window\.{name} = (?=[\[{{])", text).end())[0]


def older(text):
    out, model = {}, script(text, "runInfo")["model"]["name"]
    for at, benchmark in enumerate(script(text, "benchmarks")):
        samples = {"rps/mean": benchmark["requestsPerSecond"], "output_tps/mean": benchmark["throughput"]["mean"]}
        for key, metrics, factor in (("ttft", ["ttft"], 1), ("itl", ["itl", "tpot"], 1), ("timePerRequest", ["e2el"], 1000)):
            for metric in metrics:
                found = benchmark[key]
                samples |= {f"{metric}/{stat}": found[name] * factor for name, stat in STATS.items()}
                rows = {row["percentile"]: row["value"] * factor for row in found["percentileRows"]}
                samples |= {f"{metric}/{name}": value for name, value in rows.items() if name != "p50"}
        out[f"window.benchmarks[{at}]"] = {"load": [None, None], "identity": {"model": model}, "samples": samples}
    return out


def newer(text):
    report, out = script(text, "GUIDELLM_REPORT"), {}
    for at, run in enumerate(report["runs"]):
        samples = {f"{metric}/mean": run[key] for key, metric in RATES.items()}
        for key, metrics in LATENCIES.items():
            for stat in ("p95", "p99"):
                for metric in metrics:
                    if run[f"{key}_{stat}_ms"]:
                        samples[f"{metric}/{stat}"] = run[f"{key}_{stat}_ms"]
        for side, metric in (("prompt", "input_tokens"), ("output", "output_tokens")):
            samples |= {f"{metric}/p50": run[f"{side}_tokens_median"], f"{metric}/p95": run[f"{side}_tokens_p95"]}
        assert run["strategy"] == "concurrent"
        load = ["concurrency", run["configured_concurrency"]]
        identity = {"model": report["header"]["model"], "target": report["header"]["target"], "strategy": "concurrent"}
        out[f"window.GUIDELLM_REPORT.runs[{at}]"] = {"load": load, "identity": identity, "samples": samples}
    return out


# Table, and for each of its numeric columns from the left what it is; None is not read.
TABLES = {
    "Run Summary": [None, None, ("duration/mean",)] + [None] * 8,
    "Request Token": [("input_tokens/p50",), ("input_tokens/p95",), ("output_tokens/p50",), ("output_tokens/p95",), None, None],
    "Request Latency": [("e2el/p50",), ("e2el/p95",), ("ttft/p50",), ("ttft/p95",), ("itl/p50", "tpot/p50"),
                        ("itl/p95", "tpot/p95"), ("ntpot/p50",), ("ntpot/p95",)],
    "Server Throughput": [None, ("rps/mean",), None, ("concurrency_achieved/mean",), None, None, None, ("output_tps/mean",),
                          None, ("total_tps/mean",)],
}
LOADS = {"synchronous": ["concurrency", 1], "throughput": ["max", None], "constant": [None, None]}


def console(text):
    benchmarks, places, columns = {}, {}, None
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("ℹ"):
            columns = next((known for title, known in TABLES.items() if title in line), None)
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if columns is None or cells[0] not in LOADS:
            continue
        samples = benchmarks.setdefault(cells[0], {})
        places.setdefault(cells[0], f"line {number}")
        for cell, keys in zip(cells[1:], columns):
            for key in keys or ():
                if re.fullmatch(r"[\d.]+", cell) and float(cell):
                    samples[key] = float(cell) * (1000 if key.startswith("e2el") else 1)
    return {places[name]: {"load": LOADS[name], "identity": {"strategy": name}, "samples": samples} for name, samples in benchmarks.items()}


def read(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if path.endswith(".txt"):
        return console(text)
    return newer(text) if "window.GUIDELLM_REPORT = {" in text else older(text)


json.dump({path: read(path) for path in sys.argv[1:]}, sys.stdout)
