#!/usr/bin/env python3
"""Reads consolidated CSV tables with Python's standard library alone and prints what a program should find in them.

    rhaiis.py TABLE.csv …

For tables whose rows are whole and whose columns bear the layout's own names. Written from the description of the
layout, not from the program: the test compares the two value by value.
"""
import csv
import datetime
import json
import sys

TEXT = {
    "run": "run", "accelerator": "accelerator", "model": "model", "version": "version", "uuid": "run_id",
    "runtime_args": "runtime_args", "image_tag": "image", "dataset": "dataset", "spec_decoding": "spec_decoding",
    "prefix_caching": "prefix_caching", "request_type": "request_type", "router_config": "router_config", "notes": "notes",
    "cpuset_cpus": "cpuset_cpus", "cpuset_mems": "cpuset_mems",
}
NUMBER = {
    "prompt toks": "isl", "output toks": "osl", "TP": "tp", "DP": "dp", "turns": "turns", "prefix_tokens": "prefix_tokens",
    "prefix_count": "prefix_count",
}
COUNT = {
    "EP": "ep", "replicas": "replicas", "prefill_pod_count": "prefill", "decode_pod_count": "decode", "core_count": "cores",
    "omp_num_threads": "omp_threads",
}
TIME = {"guidellm_start_time_ms": "start_time", "guidellm_end_time_ms": "end_time"}
FIGURE = {
    "measured concurrency": "concurrency_achieved/mean", "measured rps": "rps/mean", "output_tok/sec": "output_tps/mean",
    "total_tok/sec": "total_tps/mean", "successful_requests": "completed/mean", "errored_requests": "errored/mean",
}
SPREAD = {
    "ttft": ("ttft", 1), "tpot": ("tpot", 1), "itl": ("itl", 1), "request_latency": ("e2el", 1000),
    "prompt_token_count": ("input_tokens", 1), "output_token_count": ("output_tokens", 1),
}
STAT = {"mean": "mean", "median": "p50", "min": "min", "max": "max", "p1": "p1", "p95": "p95", "p99": "p99", "p999": "p99_9"}
ACCELERATOR = {"mi300x": "MI300X"}


def stated(cell):
    return cell.strip().lower() not in ("", "nan", "none", "n/a")


def measurement(row):
    row = {column: cell.strip() for column, cell in row.items() if stated(cell)}
    identity = {key: row[column] for column, key in TEXT.items() if column in row}
    identity.update({key: str(int(float(row[column]))) for column, key in NUMBER.items() if column in row})
    identity.update({key: str(int(float(row[column]))) for column, key in COUNT.items() if float(row.get(column, 0))})
    count = lambda key: int(identity.get(key, 0))
    servers = count("prefill") + count("decode") or count("replicas")
    if servers and (count("tp") or count("dp")):
        identity["gpus"] = str(max(count("tp"), 1) * max(count("dp"), 1) * servers)
    if identity["version"].rsplit("-", 1)[-1] in ("approximate", "default", "precise") and "replicas" in row:
        identity["router_variant"] = identity["version"].rsplit("-", 1)[-1]
    if "accelerator" in identity:
        identity["accelerator"] = ACCELERATOR.get(identity["accelerator"], identity["accelerator"])
    for column, key in TIME.items():
        if column in row:
            ms = int(row[column])
            when = datetime.datetime.fromtimestamp(ms // 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
            identity[key] = when + (f".{ms % 1000:03}" if ms % 1000 else "") + "Z"
    version = None
    if "guidellm_version" in row:
        identity["tool_version"] = row["guidellm_version"].removeprefix("v")
        version = tuple(map(int, identity["tool_version"].split(".")[:2]))
    out = {key: float(row[column]) for column, key in FIGURE.items() if column in row}
    for name, (key, scale) in SPREAD.items():
        cells = {column.rsplit("_", 1)[1]: float(row[column]) for column in row if column.rsplit("_", 1)[0] == name}
        if not any(cells.values()):
            continue
        if name == "tpot" and version is not None:
            key = "ntpot" if version >= (0, 4) else "tpot_no_ttft"
        for statistic, value in cells.items():
            out[f"{key}/{STAT[statistic]}"] = value * scale
            if name == "itl" and version is not None:
                out[f"tpot/{STAT[statistic]}"] = value * scale
    level = float(row["intended concurrency"])
    load = ("concurrency", level) if level else (None, None)
    return {"load": load, "identity": identity, "samples": out}


def main():
    files = {}
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            rows = {}
            line = len(reader.fieldnames) and reader.line_num + 1
            for row in reader:
                rows[f"line {line}"] = measurement(row)
                line = reader.line_num + 1
            files[path] = rows
    json.dump(files, sys.stdout, sort_keys=True, allow_nan=False)


main()
