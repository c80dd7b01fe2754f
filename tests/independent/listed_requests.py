#!/usr/bin/env python3
"""Reads the single requests that results list beside their summary, with Python's standard library alone, and prints the
records that a program should find.

    listed_requests.py guidellm.json|vllm.json|sglang.jsonl|sa-bench.json …

Written from the description of the formats, not from the program: the test compares the two value by value.
"""
import json
import sys

OUTCOMES = {"successful": None, "errored": "errored", "incomplete": "incomplete: the benchmark ended first"}


def add(values):
    total = 0.0
    for value in values:
        total += value
    return total


def record(load, status, figures):
    return {
        "load": load,
        "identity": {"status": status},
        "samples": {f"{key}": value for key, value in figures.items() if value is not None},
    }


def guidellm(report):
    out = {}
    for index, benchmark in enumerate(report["benchmarks"]):
        strategy = (benchmark.get("config") or benchmark["args"])["strategy"]
        load = {
            "synchronous": ["concurrency", 1],
            "concurrent": ["concurrency", strategy.get("streams")],
            "constant": ["rate", strategy.get("rate")],
            "poisson": ["rate", strategy.get("rate")],
            "throughput": ["max", None],
        }[strategy["type_"]]
        for outcome, status in OUTCOMES.items():
            for number, request in enumerate(benchmark["requests"][outcome] or []):
                start = request.get("request_start_time", request.get("start_time"))
                figures = {"time/mean": start, "input_tokens/mean": request["prompt_tokens"]}
                if status is None:
                    end = request.get("request_end_time", request.get("end_time"))
                    assert abs(end - start - request["request_latency"]) < 0.01
                    figures |= {
                        "ttft/mean": request["time_to_first_token_ms"],
                        "tpot/mean": request["inter_token_latency_ms"],
                        "e2el/mean": request["request_latency"] * 1000.0,
                        "output_tokens/mean": request["output_tokens"],
                    }
                elif outcome == "errored":
                    status = request.get("error") or request["info"]["error"]
                place = f"benchmarks[{index}].requests.{outcome}[{number}]"
                out[place] = record(load, status or "ok", figures)
    return out


def serving(text, paced):
    out = {}
    lines = text.splitlines() if "\n{" in text.strip() else [text]
    for number, line in enumerate(lines, 1):
        run = json.loads(line)
        rate, limit = run.get("request_rate"), run.get("max_concurrency")
        unlimited = rate in ("inf", float("inf")) or not paced
        load = (["concurrency", limit] if limit else ["max", None]) if unlimited else ["rate", rate]
        if "output_lens" not in run:
            continue
        starts = run.get("start_times")
        for at, output in enumerate(run["output_lens"]):
            figures = {"input_tokens/mean": run["input_lens"][at]}
            if starts:
                figures["elapsed/mean"] = starts[at] - min(starts)
            error = run["errors"][at]
            status = (error.splitlines()[-1] if error.startswith("Traceback") else error) or "ok"
            if status == "ok":
                ttft = run["ttfts"][at] * 1000.0
                gaps = [gap * 1000.0 for gap in run["itls"][at]]
                latency = ttft + add(gaps)
                figures |= {"ttft/mean": ttft, "output_tokens/mean": output, "e2el/mean": latency}
                if output > 1:
                    figures["tpot/mean"] = (latency - ttft) / (output - 1)
                if gaps:
                    figures |= {"itl/mean": add(gaps) / len(gaps), "itl/max": max(gaps)}
            out[f"line {number}, request {at + 1}"] = record(load, status, figures)
    return out


found = {}
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        content = file.read()
    # sa-bench sweeps the concurrency, even where a rate paces the requests.
    found[path] = guidellm(json.loads(content)) if "guidellm" in path else serving(content, "results_concurrency_" not in path)
print(json.dumps(found))
