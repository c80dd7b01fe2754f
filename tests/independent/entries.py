#!/usr/bin/env python3
"""Reads tables of token lengths, request traces and llm-d sweep tables with Python's standard library alone and prints
what a program should find.

    entries.py LENGTHS.csv|TRACE.jsonl|SWEEP.csv …

Written from the description of the formats, not from the program: the test compares the two value by value.
"""
import csv
import json
import os
import sys
from collections import Counter


def stem(path):
    return os.path.basename(path).rsplit(".", 1)[0]


def lengths(path, rows):
    names = {"input_length": "input_tokens/mean", "output_length": "output_tokens/mean"}
    out = {}
    for line, row in enumerate(rows, 2):
        samples = {names[name]: float(cell) for name, cell in row.items()}
        out[f"line {line}"] = {"load": [None, None], "identity": {"dataset": stem(path)}, "samples": samples}
    return out


def trace(path):
    seen, out = set(), {}
    with open(path, encoding="utf-8") as file:
        rows = [json.loads(text) for text in file]
    count = Counter(block for row in rows for block in row["hash_ids"])
    for line, row in enumerate(rows, 1):
        samples = {"input_tokens/mean": row["input_length"], "output_tokens/mean": row["output_length"]}
        if "timestamp" in row:
            samples["elapsed/mean"] = row["timestamp"] * (1.0 if "group_id" in row else 1e-3)
        if "delay" in row:
            samples["delay/mean"] = row["delay"] * 1e-3
        ids = row["hash_ids"]
        if ids:
            new = next((index for index, block in enumerate(ids) if block not in seen), len(ids))
            repeated = sum(count[block] > 1 for block in ids)
            context = row["input_length"] if repeated == len(ids) else 512 * repeated
            samples |= {"blocks/mean": len(ids), "prefix_reuse/mean": 100.0 * new / len(ids)}
            samples |= {"context_tokens/mean": context, "unique_tokens/mean": row["input_length"] - context}
            samples["new_blocks/mean"] = len(set(ids) - seen)
            seen.update(ids)
        identity = {"dataset": stem(path), "session": row.get("session_id")}
        out[f"line {line}"] = {"load": [None, None], "identity": identity, "samples": samples}
    return out


FIGURES = {
    "Duration": "duration", "Completed": "Completed", "Request_Throughput": "rps", "Output_Token_Throughput": "output_tps",
    "Total_Token_Throughput": "total_tps", "Mean_TTFT_ms": "ttft", "Mean_TPOT_ms": "tpot", "Mean_ITL_ms": "itl",
    "Mean_E2EL_ms": "e2el", "Thpt_per_GPU": "output_tps_per_gpu", "Thpt_per_User": "output_tps_per_request",
}
DIMENSIONS = {
    "Name": "config", "Directory": "run", "Model": "model", "DP": "dp", "TP": "tp", "PP": "pp", "EP": "ep", "Replicas": "replicas",
    "P_TP": "prefill_tp", "P_Replicas": "prefill", "D_TP": "decode_tp", "D_Replicas": "decode", "ISL": "isl", "OSL": "osl",
    "Num_GPUs": "gpus",
}


def sweep(rows):
    out = {}
    for line, row in enumerate(rows, 2):
        samples = {f"{metric}/mean": float(row[name]) for name, metric in FIGURES.items() if row[name]}
        identity = {key: row[name] or None for name, key in DIMENSIONS.items()}
        out[f"line {line}"] = {"load": ["concurrency", float(row["Concurrency"])], "identity": identity, "samples": samples}
    return out


def main():
    out = {}
    for path in sys.argv[1:]:
        if path.endswith(".jsonl"):
            out[path] = trace(path)
            continue
        with open(path, encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        out[path] = sweep(rows) if "Directory" in rows[0] else lengths(path, rows)
    json.dump(out, sys.stdout, sort_keys=True, allow_nan=False)


main()
