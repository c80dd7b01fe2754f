#!/usr/bin/env python3
"""Reads worker logs with Python's standard library alone and prints what a program should find in them.

    worker_log.py LOG …

Written from the description of the lines, not from the program: the test compares the two value by value. Only lines with
figures are expected here; settings are not.
"""
import datetime
import json
import os
import re
import sys

ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
DATED = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:[.,](\d+))?(Z?)|(\d\d)/(\d\d)/(\d{4})-(\d\d:\d\d:\d\d)")
YEARLESS = re.compile(r"(?<!\d-)\b(\d\d-\d\d \d\d:\d\d:\d\d)")
SGLANG = {
    "#new-seq": "new_requests", "#new-token": "new_tokens", "#cached-token": "cached_tokens", "token usage": "kv_usage",
    "full token usage": "kv_usage", "swa token usage": "swa_kv_usage", "mamba usage": "mamba_usage", "#running-req": "running_requests",
    "#queue-req": "queued_requests", "#pending-token": "pending_tokens", "#prealloc-req": "prealloc_requests",
    "#inflight-req": "inflight_requests", "input throughput (token/s)": "prompt_tps", "#token": "kv_tokens", "#full token": "kv_tokens",
    "pre-allocated usage": "preallocated_usage", "#transfer-req": "transfer_requests", "#retracted-req": "retracted_requests",
    "accept len": "accepted_length", "accept rate": "acceptance_rate", "gen throughput (token/s)": "generation_tps",
    "cache hit rate": "cache_hit_rate", "#swa token": "#swa token", "mamba num": "mamba num",
}
FRACTIONS = {"kv_usage", "swa_kv_usage", "mamba_usage", "preallocated_usage", "acceptance_rate"}
TRTLLM = {
    "num_scheduled_requests": "running_requests", "kv_cache_util": "kv_usage", "host_step_time": "step_time",
    "prev_device_step_time": "device_step_time", "num_ctx_requests": "new_requests", "num_ctx_tokens": "new_tokens",
    "num_generation_tokens": "decode_tokens", "cached_kv_tokens": "cached_tokens", "iter": "iteration",
}
VLLM = {
    "Avg prompt throughput": "prompt_tps", "Avg generation throughput": "generation_tps", "Running": "running_requests",
    "Waiting": "queued_requests", "Pending": "queued_requests", "Swapped": "swapped_requests", "GPU KV cache usage": "kv_usage",
    "CPU KV cache usage": "cpu_kv_usage", "Prefix cache hit rate": "cache_hit_rate", "Mean acceptance length": "accepted_length",
    "Accepted throughput": "accepted_tps", "Drafted throughput": "drafted_tps", "Accepted": "Accepted", "Drafted": "Drafted",
    "Avg Draft acceptance rate": "acceptance_rate",
}
STATED = [
    (r"avail mem=([\d.]+\d)", "memory_available"), (r"mem usage=([\d.]+\d)", "memory_used"), (r"#tokens: (\d+)", "kv_capacity"),
    (r"\bK?V? ?size: ([\d.]+) GB", "kv_memory"), (r"profiling \(torch \+ non-torch\): ([\d.]+)", "memory_used"),
    (r"calculating max tokens: ([\d.]+)", "kv_memory"), (r"device total memory ([\d.]+)", "memory_total"),
    (r"Allocated ([\d.]+) GiB for max tokens", "kv_memory"), (r"paged KV cache \((\d+)\)", "kv_capacity"),
    (r"GPU KV cache size: ([\d,]+)", "kv_capacity"), (r"Available KV cache memory: ([\d.]+)", "kv_memory"),
    (r"Model loading took ([\d.]+)", "model_memory"), (r"tokens per request: ([\d.]+)", "kv_concurrency"),
]


def seconds(line, started):
    """The key and the value of a line's clock: the last full stamp of the head, else one without a year."""
    head = re.split(r"Prefill batch|Decode batch|host_step_time|Avg prompt|SpecDecoding|Load weight|KV Cache is|Peak memory|Alloc", line)[0]
    found = list(DATED.finditer(head))
    if found:
        date, time, fraction, _, month, day, year, other = found[-1].groups()
        date, time = date or f"{year}-{month}-{day}", time or other
        instant = datetime.datetime.fromisoformat(f"{date}T{time}+00:00")
        return "time/mean", instant.timestamp() + float("0." + (fraction or "0"))
    found = YEARLESS.search(head)
    if not found:
        return None
    month = int(found[1][:2])
    year = 2025 if not started or month >= started[0] else 2026
    instant = datetime.datetime.fromisoformat(f"{year}-{found[1].replace(' ', 'T')}+00:00").timestamp()
    if not started:
        started.extend([month, instant])
    return "elapsed/mean", instant - started[1]


def line_figures(line):
    out = {}
    if "Prefill batch" in line or "Decode batch" in line:
        for key, value in re.findall(r"[,.] ([#a-z][^:,]*): (-?[\d.]+\d|\d)", re.split(r"(?:Prefill|Decode) batch(?: \[\d+\])?", line)[1]):
            out[SGLANG[key]] = float(value) * (100.0 if SGLANG[key] in FRACTIONS else 1.0)
    elif "host_step_time" in line:
        for key, value in re.findall(r"(\w+)'?(?: =|:) ([\d.]+)", line):
            if key in TRTLLM:
                out[TRTLLM[key]] = float(value) * (100.0 if key == "kv_cache_util" else 1.0)
        rank, everyone = re.search(r"currank_total_requests = (\d+)/(\d+)", line).groups()
        out["fetched_requests"], out["fetched_requests_all"] = float(rank), float(everyone)
        out["step_prompt_tps"] = out["new_tokens"] * 1000.0 / out["step_time"]
        out["step_decode_tps"] = out["decode_tokens"] * 1000.0 / out["step_time"]
    elif "Avg prompt throughput" in line or "SpecDecoding metrics" in line:
        for key, value in re.findall(r"([A-Z][A-Za-z ]*): ([\d.]+\d|\d)", line.split("SpecDecoding metrics:")[-1]):
            if key in VLLM:
                out[VLLM[key]] = float(value)
    elif re.search(r"Load weight end|KV Cache is allocated|Peak memory during|paged KV cache|KV cache size|KV cache memory|loading took|Maximum conc", line):
        for pattern, metric in STATED:
            for value in re.findall(pattern, line):
                out[metric] = out.get(metric, 0.0) + float(value.replace(",", ""))
        if "memory_total" in out:
            out["memory_available"] = out["memory_total"] - out["memory_used"]
    new, cached = out.get("new_tokens"), out.get("cached_tokens")
    if new is not None and cached is not None and "cache_hit_rate" not in out:
        out["cache_hit_rate"] = 100.0 * cached / (new + cached)
    return out


def log(path):
    rows, started = {}, []
    name = re.match(r"(.*)_(prefill|decode|agg)_(w\d+)(?:_DP(\d+))?\.", os.path.basename(path))
    with open(path, encoding="utf-8", newline="\n") as file:
        for number, line in enumerate(file, 1):
            line = ANSI.sub("", line)
            found = {f"{key}/mean": value for key, value in line_figures(line).items()}
            if not found or re.search(r"PP[1-9]", line):
                continue
            clock = seconds(line, started)
            if clock:
                found[clock[0]] = clock[1]
            tag = re.search(r"Engine (\d+)|DP(\d+)|(?<!_)TP(\d+)|ATTN_TP(\d+)|PP(\d+)|RANK (\d+)", line)
            rank = next((group for group in tag.groups() if group), None) if tag else (name[4] if name else None)
            if tag and tag[5] and re.search(r"TP(\d+)", line):
                rank = re.search(r"TP(\d+)", line)[1]
            identity = {"rank": rank and str(int(rank))}
            identity |= {"node": name[1], "role": name[2], "worker": name[3]} if name else {}
            rows[f"line {number}"] = {"load": [None, None], "identity": identity, "samples": found}
    return rows


json.dump({path: log(path) for path in sys.argv[1:]}, sys.stdout, sort_keys=True, allow_nan=False)
