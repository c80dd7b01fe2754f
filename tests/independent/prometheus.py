#!/usr/bin/env python3
"""Reads Prometheus expositions with Python's standard library alone and prints what a program should find in them.

    prometheus.py FILE …

Written from the description of the format, not from the program: the test compares the two value by value. A record is
one moment of one set of labels; its place is the line of its first figure.
"""
import json
import math
import re
import sys

KEYS = {
    "vllm:num_requests_running": ("running_requests", 1.0), "vllm:kv_cache_usage_perc": ("kv_usage", 100.0),
    "vllm:gpu_cache_usage_perc": ("kv_usage", 100.0), "vllm:time_to_first_token_seconds": ("server_ttft", 1000.0),
    "vllm:e2e_request_latency_seconds": ("server_e2el", 1000.0), "sglang:num_running_reqs": ("running_requests", 1.0),
    "sglang:token_usage": ("kv_usage", 100.0), "sglang:gen_throughput": ("generation_tps", 1.0),
    "DCGM_FI_DEV_POWER_USAGE": ("gpu_power", 1.0), "DCGM_FI_DEV_GPU_UTIL": ("gpu_util", 1.0),
    "DCGM_FI_DEV_MEM_COPY_UTIL": ("gpu_memory_util", 1.0), "DCGM_FI_DEV_GPU_TEMP": ("gpu_temperature", 1.0),
    "DCGM_FI_DEV_MEMORY_TEMP": ("gpu_memory_temperature", 1.0), "DCGM_FI_DEV_SM_CLOCK": ("gpu_sm_clock", 1.0),
    "DCGM_FI_DEV_MEM_CLOCK": ("gpu_memory_clock", 1.0), "DCGM_FI_DEV_FB_USED": ("gpu_memory_used", 1 / 1024),
    "DCGM_FI_DEV_FB_FREE": ("gpu_memory_free", 1 / 1024), "DCGM_FI_DEV_FB_RESERVED": ("gpu_memory_reserved", 1 / 1024),
    "DCGM_FI_DEV_XID_ERRORS": ("gpu_xid", 1.0), "DCGM_FI_PROF_PCIE_TX_BYTES": ("gpu_pcie_tx", 1e-9),
    "DCGM_FI_PROF_PCIE_RX_BYTES": ("gpu_pcie_rx", 1e-9), "DCGM_FI_PROF_NVLINK_TX_BYTES": ("gpu_nvlink_tx", 1e-9),
    "DCGM_FI_PROF_NVLINK_RX_BYTES": ("gpu_nvlink_rx", 1e-9), "DCGM_FI_DEV_POWER_MGMT_LIMIT": ("gpu_power_limit", 1.0),
    "sglang:num_retracted_reqs": ("retracted_requests", 1.0), "sglang:max_total_num_tokens": ("kv_capacity", 1.0),
    "node_load1": ("host_load", 1.0), "process_resident_memory_bytes": ("process_memory", 1 / 2**30),
}
OLD = {"vllm:gpu_cache_usage_perc"}
NAMES = {"model_name": "model", "engine": "worker", "gpu": "gpu", "UUID": "gpu_uuid", "Hostname": "node", "modelName": "accelerator",
         "engine_type": "role", "tp_rank": "rank", "path": "label path"}
ABOUT = {"device", "port", "cpu", "engine"}
LINE = re.compile(r"([A-Za-z_:][\w:]*)\s*(?:\{((?:[^\"}]|\"(?:[^\"\\]|\\.)*\")*)\})?\s+(\S+)(?:\s+(\d\S*))?(?:\s+#.*)?$")
LABEL = re.compile(r"([A-Za-z_]\w*)\s*=\s*\"((?:[^\"\\]|\\.)*)\"")
STAT = {0.0: "min", 0.25: "p25", 0.5: "p50", 0.75: "p75", 0.99: "p99", 1.0: "max"}


def unescape(text):
    return re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m[1], m[1]), text)


def quantiles(buckets, total):
    """Linear within a bucket; nothing above the highest bound."""
    out = {}
    for share, stat in ((0.5, "p50"), (0.9, "p90"), (0.95, "p95"), (0.99, "p99")):
        rank, before, start = share * total, 0.0, 0.0
        for bound, count in buckets:
            if count >= rank:
                if math.isfinite(bound):
                    out[stat] = start + (bound - start) * (rank - before) / (count - before) if count > before else bound
                break
            before, start = count, bound
    return out


def read(path):
    types, rows, settings, scrape, seen = {}, {}, [], 1, set()
    text = open(path, encoding="utf-8").read()
    second = 1.0 if "# EOF" in text else 1000.0
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("#"):
            words = line.split()
            if words[1:2] == ["TYPE"]:
                types[words[2]] = words[3]
            continue
        match = LINE.match(line)
        if not match:
            continue
        name, value = match[1], float(match[3])
        labels = {key: unescape(text) for key, text in LABEL.findall(match[2] or "")}
        if name.endswith("_info") and labels and value == 1:
            settings += [[name, key, text] for key, text in labels.items() if key not in ABOUT and text]
            continue
        if name.endswith("_created"):
            continue
        base, part = name, None
        for end in ("_bucket", "_sum", "_count"):
            if name.endswith(end) and types.get(name[: -len(end)]) in ("histogram", "summary"):
                base, part = name[: -len(end)], end
        if types.get(name) == "summary":
            part = "quantile"
        inner = labels.pop("le" if part == "_bucket" else "quantile", None) if part in ("_bucket", "quantile") else None
        time = float(match[4]) / second if match[4] else None
        identity = {NAMES.get(key, key): text for key, text in labels.items() if text}
        identity |= {key: labels[key] for key in ("dp_rank", "tp_rank", "pp_rank") if labels.get(key)}
        identity = {key: text.removeprefix("NVIDIA ") if key == "accelerator" else text for key, text in identity.items()}
        series = (line.split(" ")[0], time)
        if time is None and series in seen:
            seen, scrape = set(), scrape + 1
        seen.add(series)
        if not math.isfinite(value):
            continue
        row = rows.setdefault((scrape, time, tuple(sorted(identity.items()))), {"line": number, "plain": {}, "parts": {}})
        if part is None:
            row["plain"][name] = value
        else:
            row["parts"].setdefault(base, []).append((part, inner, value))
    return rows, settings, scrape


def figures(row, time):
    out = {} if time is None else {"time/mean": time}
    for name, value in sorted(row["plain"].items(), key=lambda pair: pair[0] not in OLD):
        key, factor = KEYS.get(name, (name, 1.0))
        out[f"{key}/mean"] = value * factor
    for base, parts in row["parts"].items():
        key, factor = KEYS.get(base, (base, 1.0))
        one = {part: value for part, inner, value in parts if inner is None}
        buckets = sorted((float(inner), value) for part, inner, value in parts if part == "_bucket")
        for part, inner, value in parts:
            if part == "quantile":
                out[f"{key}/{STAT[float(inner)]}"] = value * factor
        count = one.get("_count")
        if count is not None:
            out[f"{base}_count/mean"] = count
        if count and "_sum" in one:
            out[f"{key}/mean"] = one["_sum"] / count * factor
        if count and buckets:
            for stat, value in quantiles(buckets, count).items():
                out[f"{key}/{stat}"] = value * factor
    return out


def main():
    out = {}
    for path in sys.argv[1:]:
        rows, settings, scrapes = read(path)
        found = {}
        for (scrape, time, identity), row in rows.items():
            identity = dict(identity) | ({"scrape": str(scrape)} if scrapes > 1 else {})
            found[f"line {row['line']}"] = {"identity": identity, "samples": figures(row, time)}
        out[path] = {"samples": found, "settings": sorted(settings)}
    json.dump(out, sys.stdout, allow_nan=False)


main()
