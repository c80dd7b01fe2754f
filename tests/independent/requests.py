#!/usr/bin/env python3
"""Reads files of single requests with Python's standard library alone and prints the records and the measurement that a
program should find.

    requests.py multi-round-qa.csv|profile_export.json|llm-load-test.json …

Written from the description of the formats, not from the program: the test compares the two value by value. Percentiles
are numpy's default, written out; sums are plain ones, because Python's own `sum` corrects its rounding from 3.12 on.
"""
import csv
import json
import math
import os
import re
import sys

STATS = [("min", 0.0), ("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("max", 1.0)]
FIGURES = ["ttft", "tpot", "e2el", "input_tokens", "output_tokens"]


def add(values):
    total = 0.0
    for value in values:
        total += value
    return total


def percentile(ordered, share):
    rank = share * (len(ordered) - 1)
    low, high = ordered[math.floor(rank)], ordered[math.ceil(rank)]
    return low + (high - low) * (rank - math.floor(rank))


def statistics(metric, values):
    if not values:
        return {}
    ordered = sorted(values)
    mean = add(ordered) / len(ordered)
    out = {f"{metric}/mean": mean, f"{metric}/std": math.sqrt(add((v - mean) ** 2 for v in ordered) / len(ordered))}
    return out | {f"{metric}/{name}": percentile(ordered, share) for name, share in STATS}


def level(requests, load, identity, place, gap, states_failures):
    """`requests`: (place, identity, fields) with start, end in s; ttft, tpot, e2el, gaps in ms; tokens; failed."""
    out, fine = {}, [fields for _, _, fields in requests if not fields.get("failed")]
    for fields in fine:
        if fields.get("e2el") is None and fields.get("start") is not None and fields.get("end") is not None:
            fields["e2el"] = (fields["end"] - fields["start"]) * 1000.0
        if fields.get("tpot") is None and None not in (fields.get("ttft"), fields.get("e2el"), fields.get("output_tokens")):
            if fields["output_tokens"] > 1 and fields["ttft"] <= fields["e2el"]:
                fields["tpot"] = (fields["e2el"] - fields["ttft"]) / (fields["output_tokens"] - 1)
    for at, who, fields in requests:
        names = ["input_tokens"] if fields.get("failed") else FIGURES
        samples = {f"{name}/mean": fields[name] for name in names if fields.get(name) is not None}
        if fields.get("start") is not None:
            samples["time/mean"] = fields["start"]
        gaps = fields.get("gaps") or []
        if gaps:
            samples |= {f"{gap}/mean": add(gaps) / len(gaps), f"{gap}/max": max(gaps)}
        status = fields.get("failed") or ("ok" if states_failures else None)
        out[at] = {"load": load, "identity": who | {"status": status}, "samples": samples}
    times = [fields[key] for _, _, fields in requests for key in ("start", "end") if fields.get(key) is not None]
    seconds = max(times) - min(times)
    samples = {"completed/mean": len(fine), "duration/mean": seconds, "rps/mean": len(fine) / seconds}
    if states_failures:
        samples["errored/mean"] = len(requests) - len(fine)
    tokens = {key: [f[key] for f in fine if f.get(key) is not None] for key in ("input_tokens", "output_tokens")}
    if len(tokens["output_tokens"]) == len(fine):
        samples["output_tps/mean"] = add(tokens["output_tokens"]) / seconds
        if len(tokens["input_tokens"]) == len(fine):
            samples["total_tps/mean"] = (add(tokens["input_tokens"]) + add(tokens["output_tokens"])) / seconds
    for name in FIGURES:
        samples |= statistics(name, [f[name] for f in fine if f.get(name) is not None])
    samples |= statistics(gap, [value for f in fine for value in f.get("gaps") or []])
    out[place] = {"load": load, "identity": identity | {"figures_basis": "computed from single requests"}, "samples": samples}
    return out


def number(cell):
    try:
        return float(cell)
    except ValueError:
        return None


def multi_round(path):
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    names, requests = lines[0].split(","), []
    for line, row in enumerate(csv.reader(lines[1:]), 2):
        if len(row) != len(names):
            continue
        cells = dict(zip(names, row))
        value = {name: number(cell) for name, cell in cells.items()}
        tokens, generation = value["generation_tokens"], value["generation_time"]
        requests.append((f"line {line}", {"session": cells["user_id"], "turn": cells["question_id"]}, {
            "start": value["launch_time"], "end": value["finish_time"],
            "ttft": value["ttft"] * 1000.0 if value["ttft"] else None,
            "tpot": generation * 1000.0 / (tokens - 1) if generation and tokens > 1 else None,
            "input_tokens": value["prompt_tokens"], "output_tokens": tokens,
        }))
        # The tool's TPOT stands alone: it is not replaced where it was not measured.
        if not generation:
            requests[-1][2]["tpot"] = None if not value["ttft"] or tokens <= 1 else requests[-1][2]["tpot"]
    rate = re.search(r"_(?:qps)?([0-9.]+)\.csv$", os.path.basename(path))
    load = ["rate", float(rate[1])] if rate else [None, None]
    return level(requests, load, {}, "file", "itl", False)


def perf_analyzer(tree):
    out = {}
    for index, experiment in enumerate(tree["experiments"]):
        asked, requests = experiment["experiment"], []
        load = [{"concurrency": "concurrency", "request_rate": "rate"}[asked["mode"]], asked["value"]]
        for at, request in enumerate(experiment["requests"]):
            times, outputs = request["response_timestamps"], request["response_outputs"]
            if not times:
                continue
            streamed = len(times) > 1
            if streamed and outputs[-1]["response"].strip().endswith("[DONE]"):
                times = times[:-1]
            ms = lambda a, b: (b - a) / 1_000_000_000 * 1000.0
            whole = lambda ns: ns // 10**9 + ns % 10**9 / 10**9
            requests.append((f"experiments[{index}].requests[{at}]", {}, {
                "start": whole(request["timestamp"]), "end": whole(times[-1]), "e2el": ms(request["timestamp"], times[-1]),
                "ttft": ms(request["timestamp"], times[0]) if streamed else None,
                "gaps": [ms(a, b) for a, b in zip(times, times[1:])],
            }))
        identity = {"backend": tree["service_kind"], "target": tree["endpoint"]}
        out |= level(requests, load, identity, f"experiments[{index}]", "icl", False)
    return out


def load_test(tree):
    options = tree["config"]["load_options"]
    load = ["rate", options["rps"]] if "rps" in options else ["concurrency", options["concurrency"]]
    requests, states = [], any("error_code" in result for result in tree["results"])
    for at, result in enumerate(tree["results"]):
        first = "TT_ack" in result
        failed = result.get("error_code")
        requests.append((f"results[{at}]", {"load_worker": str(result["worker_id" if first else "user_id"])}, {
            "start": result["start" if first else "start_time"], "end": result["end" if first else "end_time"],
            "ttft": result["TTFT" if first else "ttft"], "tpot": result.get("TPOT"),
            "input_tokens": result["input_tokens"], "output_tokens": result["output_tokens"],
            "failed": str(failed) if failed else None,
        }))
    identity = {"model": tree["config"].get("plugin_options", {}).get("model_name"), "dataset": tree["config"]["dataset"]["file"]}
    return level(requests, load, identity, "results", "itl", states)


def main(paths):
    out = {}
    for path in paths:
        if path.endswith(".csv"):
            out[path] = multi_round(path)
            continue
        with open(path, encoding="utf-8") as file:
            tree = json.load(file)
        out[path] = perf_analyzer(tree) if "experiments" in tree else load_test(tree)
    json.dump(out, sys.stdout)


main(sys.argv[1:])
