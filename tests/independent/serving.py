#!/usr/bin/env python3
"""Reads results of vLLM bench serve, SGLang bench_serving, sa-bench and InferenceX with Python's standard library alone
and prints what a program should find in them.

    serving.py RESULT.json …

Written from the descriptions of the formats, not from the program: the test compares the two value by value.
"""
import csv
import datetime
import json
import math
import re
import sys

STAT = {"mean": "mean", "median": "p50", "std": "std", "p50": "p50", "p90": "p90", "p95": "p95", "p99": "p99", "p99.9": "p99_9"}
LATENCY = {"ttft": "ttft", "tpot": "tpot", "itl": "itl", "e2el": "e2el", "e2e_latency": "e2el"}
FIGURE = {
    "duration": "duration", "completed": "completed", "failed": "errored", "request_throughput": "rps",
    "request_goodput": "goodput_rps", "request_goodput:": "goodput_rps", "output_throughput": "output_tps",
    "input_throughput": "input_tps", "total_token_throughput": "total_tps", "total_throughput": "total_tps",
    "concurrency": "concurrency_achieved",
}
SETUP = {"burstiness", "request_rate", "max_concurrency", "random_input_len", "random_output_len", "random_range_ratio",
         "sharegpt_output_len", "best_of", "benchmark_start_time_unix", "benchmark_end_time_unix"}
ACCELERATOR = {"nvidia-h100": "H100"}


def number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def latencies(run, suffix="_ms", scale=1.0):
    out = {}
    for word, metric in LATENCY.items():
        family = {}
        for name, stat in STAT.items():
            value = run.get(f"{name}_{word}{suffix}")
            if value not in (None, "", "fast") and math.isfinite(float(value)):
                family[f"{metric}/{stat}"] = float(value) * scale
        for percentile, value in run.get(f"percentiles_{word}{suffix}", []):
            family[f"{metric}/p{percentile:g}".replace(".", "_")] = value
        if any(family.values()):
            out.update(family)
    return out


def flat(run, path):
    """vLLM, SGLang, sa-bench: one object of totals."""
    out = latencies(run)
    sglang = "mean_e2e_latency_ms" in run
    sa_bench = run.get("backend") == "dynamo" or "peak_output_tokens_per_s" in run
    for key, value in run.items():
        if not number(value) or re.fullmatch(r"(mean|median|std|p50|p90|p95|p99|p99\.9)_(ttft|tpot|itl|e2el|e2e_latency)_ms", key):
            continue
        if key in FIGURE:
            out[f"{FIGURE[key]}/mean"] = value
        elif key not in SETUP and not (key == "rtfx" and value == 0):
            out[f"{key}/mean"] = value
    done = run.get("completed")
    if len(run.get("errors") or []) >= max(done or 0, 1) and "failed" not in run:
        out["errored/mean"] = sum(1 for error in run["errors"] if error)
    for total, metric in (("total_input", "input_tokens"), ("total_output", "output_tokens")):
        tokens = run.get(f"{total}_tokens", run.get(total))
        if done and tokens is not None:
            out[f"{metric}/mean"] = tokens / done
    if sglang and "total_throughput" not in run:
        out["total_tps/mean"] = run["input_throughput"] + run["output_throughput"]

    rate, limit = run.get("request_rate"), run.get("max_concurrency")
    unlimited = rate in ("inf", "trace") or (isinstance(rate, float) and math.isinf(rate))
    if run.get("ramp_up_strategy") or rate == "trace":
        load = [None, None]
    elif sa_bench and limit or unlimited and limit:
        load = ["concurrency", limit]
    elif unlimited:
        load = ["max", None]
    else:
        load = ["rate", rate]

    identity = {"backend": run["backend"]}
    if "model_id" in run:
        identity["model"] = run["model_id"]
    if "date" in run:
        identity["end_time"] = datetime.datetime.strptime(run["date"], "%Y%m%d-%H%M%S").isoformat()
    for end in ("start", "end"):
        if f"benchmark_{end}_time_unix" in run:
            when = datetime.datetime.fromtimestamp(run[f"benchmark_{end}_time_unix"], datetime.timezone.utc)
            identity[f"{end}_time"] = when.strftime("%Y-%m-%dT%H:%M:%SZ")
    for key in ("tensor_parallel_size", "tensor-parallel-size"):
        if key in run:
            identity["tp"] = run[key]
    if "gpu" in run:
        identity["accelerator"] = ACCELERATOR.get(run["gpu"], run["gpu"])
    if sglang:
        server = run.get("server_info") or {}
        identity.update({ours: str(server[theirs]) for theirs, ours in (("model_path", "model"), ("tp_size", "tp"), ("dp_size", "dp")) if theirs in server})
        if server.get("enable_dp_attention"):
            identity["gpus"] = str(server["tp_size"] * server.get("pp_size", 1))
        if run.get("tag"):
            identity["run"] = run["tag"]
        identity["dataset"] = run["dataset_name"]
        if run["dataset_name"].startswith("random"):
            identity.update(isl=str(run["random_input_len"]), osl=str(run["random_output_len"]))
    name = re.search(r"(?:isl_(\d+)_osl_(\d+)/)?results_concurrency_\d+_gpus_(\d+)(?:_ctx_(\d+)_gen_(\d+))?\.json$", path)
    if sa_bench and name:
        isl, osl, gpus, prefill, decode = name.groups()
        identity["gpus"] = gpus
        if isl:
            identity.update(isl=isl, osl=osl)
        identity.update({"prefill_gpus": prefill, "decode_gpus": decode} if prefill else {"agg_gpus": gpus})
    return {"load": load, "identity": identity, "samples": out}


def aggregated(run):
    """InferenceX: seconds, per-GPU throughput."""
    out = latencies(run, "", 1000.0)
    for name, stat in STAT.items():
        value = run.get(f"{name}_intvty")
        if stat != "std" and value:
            out[f"interactivity/{stat}"] = float(value)
    split = "prefill_tp" in run
    prefill, decode = run.get("num_prefill_gpu"), run.get("num_decode_gpu")
    whole = prefill + decode if split else run["tp"]
    for key, gpus, metric in (("tput", whole, "total_tps"), ("output_tput", decode if split else whole, "output_tps"), ("input_tput", prefill if split else whole, "input_tps")):
        if f"{key}_per_gpu" in run:
            per_gpu = float(run[f"{key}_per_gpu"])
            basis = {"output_tput": "_per_decode_gpu", "input_tput": "_per_prefill_gpu"}.get(key) if split else None
            out[f"{metric}{basis or '_per_gpu'}/mean"] = per_gpu
            out[f"{metric}/mean"] = per_gpu * gpus
    if "avg_power_w" in run:
        out["avg_power_w/mean"] = run["avg_power_w"]
    identity = {"accelerator": {"gb200-nv_2": "GB200", "mi300x": "MI300X"}.get(run["hw"], run["hw"]), "gpus": str(whole),
                "model": run["model"], "framework": run["framework"], "precision": run["precision"],
                "spec_decoding": run.get("spec_decoding") or {"on": "mtp", "off": "none"}[run["mtp"]]}
    for theirs, ours in {"isl": "isl", "osl": "osl", "tp": "tp", "ep": "ep", "num_prefill_gpu": "prefill_gpus",
                         "num_decode_gpu": "decode_gpus", "decode_tp": "decode_tp", "prefill_num_workers": "prefill_workers"}.items():
        if theirs in run:
            identity[ours] = str(run[theirs])
    if "image" in run:
        identity["image"] = run["image"].replace("#", "/")
    return {"load": ["concurrency", run["conc"]], "identity": identity, "samples": out}


def rollup(report):
    names = {"throughput_toks": "output_tps", "request_throughput": "rps", "completed_requests": "completed"}
    found = {}
    for i, run in enumerate(report["runs"]):
        out = {}
        for key, value in run.items():
            if key.endswith("_ms"):
                metric, stat = key[:-3].split("_")
                out[f"{metric}/{stat}"] = value
            elif key != "concurrency":
                out[f"{names.get(key, key)}/mean"] = value
        out["input_tokens/mean"] = run["total_input_tokens"] / run["completed_requests"]
        out["output_tokens/mean"] = run["total_output_tokens"] / run["completed_requests"]
        config = report["config"]
        identity = {"model": config["model"], "isl": str(config["isl"]), "osl": str(config["osl"])}
        found[f"runs[{i}]"] = {"load": ["concurrency", run["concurrency"]], "identity": identity, "samples": out}
    return found


def rollup_table(text):
    names = {"Total Token Throughput": "total_tps/mean", "Output Token Throughput": "output_tps/mean", "Median TTFT": "ttft/p50",
             "Median TPOT": "tpot/p50", "Median ITL": "itl/p50", "Output Token Throughput per User": "interactivity/p50",
             "Total Token Throughput per GPU": "total_tps_per_gpu/mean", "P90 Decode Running Requests": "P90 Decode Running Requests/mean"}
    found = {}
    for row in csv.DictReader(text.splitlines()):
        if row["Concurrency"] is None:
            continue
        working = row.get("Total Working GPU Count")
        total, decode = (working, row["Decode Working GPU Count"]) if working else (row["Total GPU Count"], row["Decode GPU Count"])
        identity = {"config": row["Config"], "gpus": total}
        if decode == total:
            identity["agg_gpus"] = total
        else:
            identity.update(decode_gpus=decode, prefill_gpus=str(int(total) - int(decode)))
        out = {metric: float(row[column]) for column, metric in names.items() if row[column]}
        found[f"line {len(found) + 2}"] = {"load": ["concurrency", float(row["Concurrency"])], "identity": identity, "samples": out}
    return found


def values(text):
    """(line, object) of each object in a text of several; a cut last one is closed by hand."""
    decoder, at = json.JSONDecoder(), 0
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip())
        line = text.count("\n", 0, at) + 1
        try:
            value, at = decoder.raw_decode(text, at)
        except json.JSONDecodeError:
            end = text.find("\n{", at)
            if end >= 0:  # damaged: its whole figures come before any other text, of which there are none here
                at = end + 1
                continue
            value, at = json.loads(text[at:].rsplit(",", 1)[0] + "}"), len(text)
        yield line, value


def main():
    files = {}
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8", newline="") as file:
            text = file.read()
        if text.startswith("Config,"):
            found = rollup_table(text)
        elif text.startswith("["):
            found = {f"[{i}]": aggregated(run) for i, run in enumerate(json.loads(text))}
        else:
            found = {}
            for line, run in values(text):
                if "runs" in run:
                    found = rollup(run)
                else:
                    found[f"line {line}"] = aggregated(run) if "hw" in run else flat(run, path)
        files[path] = found
    json.dump(files, sys.stdout, sort_keys=True, allow_nan=False)


main()
