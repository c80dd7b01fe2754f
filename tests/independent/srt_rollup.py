#!/usr/bin/env python3
"""Reads a fork's srt-slurm roll-up with Python's standard library alone and prints what a program should find in it.

    srt_rollup.py ROLLUP.json …
"""
import datetime
import json
import re
import sys

PLAIN = {"output_tps": "output_tps", "total_tps": "total_tps", "request_throughput": "rps", "request_goodput": "goodput_rps"}
STAT = {"mean": "mean", "median": "p50", "p99": "p99"}
LINE = {
    "new_token": ("new_tokens", 1), "cached_token": ("cached_tokens", 1), "new_seq": ("new_requests", 1), "token_usage": ("kv_usage", 100),
    "running_req": ("running_requests", 1), "queue_req": ("queued_requests", 1), "avail_mem_gb": ("memory_available", 1),
    "mem_usage_gb": ("memory_used", 1), "kv_cache_gb": ("kv_memory", 1),
}


def rollup(path):
    with open(path, encoding="utf-8") as file:
        root = json.load(file)
    rows, results, run = {}, root["profiler_results"], root["metadata"]
    for i, concurrency in enumerate(results["concurrency_values"]):
        out = {}
        for key, values in results.items():
            latency = re.fullmatch(r"(\w+?)_(ttft|tpot|itl|e2el)_ms", key)
            if values[i] is None or key == "concurrency_values":
                continue
            out[f"{latency[2]}/{STAT[latency[1]]}" if latency else f"{PLAIN.get(key, key)}/mean"] = values[i]
        out["output_tokens/mean"] = out["output_tps/mean"] / out["rps/mean"]
        out["input_tokens/mean"] = (out["total_tps/mean"] - out["output_tps/mean"]) / out["rps/mean"]
        identity = {"run_id": run["job_id"], "run": run["job_name"], "image": run["container"], "run_start": run["run_date"].replace(" ", "T"),
                    "prefill_workers": str(run["prefill_workers"]), "decode_workers": str(run["decode_workers"])}
        identity |= {"isl": root["profiler_metadata"]["isl"], "osl": root["profiler_metadata"]["osl"], "model": "dsr1-fp8"}
        rows[f"profiler_results[{i}]"] = {"load": ["concurrency", concurrency], "identity": identity, "samples": out}
    for i, node in enumerate(root["node_metrics"]):
        for part in ("batches_sample", "memory_snapshots_sample"):
            for j, line in enumerate(node[part]):
                out = {f"{LINE[key][0]}/mean": value * LINE[key][1] for key, value in line.items() if key in LINE and value is not None}
                if not out:
                    continue
                if line["timestamp"]:
                    stamp = datetime.datetime.strptime(line["timestamp"] + "+0000", "%m/%d/%Y-%H:%M:%S%z")
                    out["time/mean"] = stamp.timestamp()
                who = node["metadata"]
                identity = {"node": who["node_name"], "role": who["worker_type"], "worker": who["worker_id"], "batch": line.get("batch_type")}
                rows[f"node_metrics[{i}].{part}[{j}]"] = {"load": [None, None], "identity": identity, "samples": out}
    return rows


json.dump({path: rollup(path) for path in sys.argv[1:]}, sys.stdout, sort_keys=True, allow_nan=False)
