#!/usr/bin/env python3
"""Reads srt-slurm's benchmark.out with Python's standard library alone: the last block at each concurrency.

    bench_console.py benchmark.out …
"""
import json
import re
import sys

PLAIN = {
    "Successful requests": "completed", "Benchmark duration (s)": "duration", "Total input tokens": "total_input_tokens",
    "Total generated tokens": "total_output_tokens", "Request throughput (req/s)": "rps", "Output token throughput (tok/s)": "output_tps",
    "Peak output token throughput (tok/s)": "peak_output_tokens_per_s", "Total Token throughput (tok/s)": "total_tps",
}
STAT = {"Mean": "mean", "Median": "p50", "P99": "p99"}


def console(path):
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    heading = dict(re.findall(r"(\w+)=([^;]+)", next(line for line in lines if line.startswith("SA-Bench Config:"))))
    found, limit = {}, None
    for number, line in enumerate(lines, 1):
        if match := re.match(r"Maximum request concurrency: (\d+)", line):
            limit = int(match[1])
        if "Serving Benchmark Result" not in line:
            continue
        out, at = {}, number
        while not re.fullmatch("=+", lines[at]):
            if match := re.match(r"(.*?): +([\d.]+)$", lines[at]):
                latency = re.match(r"(Mean|Median|P99) (\w+) \(ms\)", match[1])
                out[f"{latency[2].lower()}/{STAT[latency[1]]}" if latency else f"{PLAIN[match[1]]}/mean"] = float(match[2])
            at += 1
        for total, mean in (("total_input_tokens", "input_tokens"), ("total_output_tokens", "output_tokens")):
            out[f"{mean}/mean"] = out[f"{total}/mean"] / out["completed/mean"]
        found[limit] = (number, out)
    identity = {"model": heading["model"], "isl": heading["isl"], "osl": heading["osl"], "dataset": heading["dataset"]}
    return {f"line {n}": {"load": ["concurrency", limit], "identity": identity, "samples": out} for limit, (n, out) in found.items()}


json.dump({path: console(path) for path in sys.argv[1:]}, sys.stdout, sort_keys=True, allow_nan=False)
