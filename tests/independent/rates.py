#!/usr/bin/env python3
"""Computes the rates of a GuideLLM report (0.8 or later, with its whole request lists) from its single requests.

    rates.py REPORT.json …

Each output token is placed between its request's first and last token, evenly; prompt tokens count at the first token;
what lies inside the measured window is counted and divided by the window. This shows that the means over successful
requests which the report states (and the program takes) are the rates they claim to be.
"""
import json
import sys


def rates(benchmark):
    start, end = benchmark["start_time"], benchmark["end_time"]
    inside = lambda instant: start <= instant <= end
    tokens = prompts = finished = in_flight = 0
    for status in ("successful", "incomplete", "errored"):
        for request in benchmark["requests"][status] or []:
            timings = request["info"]["timings"]
            begun, ended = timings["request_start"], timings["request_end"] or timings["resolve_end"]
            if begun and ended:
                in_flight += max(0.0, min(ended, end) - max(begun, start))
            if status != "successful":
                continue
            finished += inside(ended)
            first, last, count = timings["first_token_iteration"], timings["last_token_iteration"], request["output_tokens"]
            if first and count:
                step = (last - first) / (count - 1) if count > 1 else 0.0
                tokens += sum(inside(first + step * i) for i in range(count))
                prompts += request["prompt_tokens"] * inside(first)
    window = end - start
    return {
        "output_tps/mean": tokens / window, "input_tps/mean": prompts / window, "total_tps/mean": (tokens + prompts) / window,
        "rps/mean": finished / window, "concurrency_achieved/mean": in_flight / window,
    }


def main():
    files = {}
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            benchmarks = json.load(file)["benchmarks"]
        files[path] = {f"benchmarks[{i}]": {"samples": rates(benchmark)} for i, benchmark in enumerate(benchmarks)}
    json.dump(files, sys.stdout, sort_keys=True, allow_nan=False)


main()
