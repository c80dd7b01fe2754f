#!/usr/bin/env python3
"""Reads Dynamo's profiler curves and router benchmarks with Python's standard library alone.

    dynamo.py FILE …

Written from the description of the format, not from the program: the test compares the two value by value.
"""
import json
import sys

CURVES = {
    "prefill": {"prefill_isl": ("input_tokens/mean", 1.0), "prefill_ttft": ("ttft/mean", 1.0),
                "prefill_thpt_per_gpu": ("input_tps_per_prefill_gpu/mean", 1.0)},
    "decode": {"z_itl": ("itl/mean", 1.0), "x_kv_usage": ("kv_usage/mean", 100.0), "y_context_length": ("context_length/mean", 1.0),
               "z_thpt_per_gpu": ("output_tps_per_decode_gpu/mean", 1.0)},
}
SWEEP = {"ttft_values": "ttft/mean", "throughput_values": "output_tps/mean"}
SWEEP |= {f"ttft_p{n}_values": f"ttft/p{n}" for n in (25, 50, 75)} | {f"itl_p{n}_values": f"tpot/p{n}" for n in (25, 50, 75)}


def curve(data, out):
    for role, lists in CURVES.items():
        lists = {name: key for name, key in lists.items() if name in data}
        if not lists:
            continue
        first = next(iter(lists))
        for at in range(min(len(data[name]) for name in lists)):
            samples = {key: data[name][at] * scale for name, (key, scale) in lists.items() if data[name][at] is not None}
            if role == "decode" and "max_kv_tokens" in data:
                total = data["max_kv_tokens"]
                samples["kv_capacity/mean"] = total[0] if isinstance(total, list) else total
            out[f"{first}[{at}]"] = {"load": None, "identity": {"role": role}, "samples": samples}


def sweep(results, facts, prefix, out):
    config = results["config"]
    identity = {key: config[key] for key in ("model", "tokenizer")} | {key: str(config[key]) for key in ("isl", "osl", "requests")}
    identity |= {key: facts[key] for key in ("run_id", "commit", "branch") if key in facts}
    for at, ratio in enumerate(results["prefix_ratios"]):
        samples = {key: results[name][at] for name, key in SWEEP.items() if len(results.get(name, [])) > at}
        out[f"{prefix}prefix_ratios[{at}]"] = {
            "load": config["concurrency"], "identity": identity | {"prefix_ratio": str(ratio)}, "samples": samples,
        }


def read(path):
    with open(path, encoding="utf-8") as file:
        data = json.load(file)
    out = {}
    if isinstance(data, list):
        for at, entry in enumerate(data):
            sweep(entry["results"], entry, f"[{at}].results.", out)
    elif "prefix_ratios" in data:
        sweep(data, {}, "", out)
    else:
        curve(data, out)
    return out


json.dump({path: read(path) for path in sys.argv[1:]}, sys.stdout, allow_nan=False)
