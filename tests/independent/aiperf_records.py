#!/usr/bin/env python3
"""Reads what AIPerf writes beside its summary with Python's standard library alone and prints what a program should find.

    aiperf_records.py profile_export.jsonl|timeslices.json|timeslices.csv|server_metrics.json|server_metrics.csv|gpus.jsonl|…

Written from the description of the formats, not from the program: the test compares the two value by value.
"""
import csv
import json
import sys

STAT = {"avg": "mean", "std": "std", "min": "min", "max": "max", **{f"p{n}": f"p{n}" for n in (1, 5, 10, 25, 50, 75, 90, 95, 99)}}
SPREAD = {
    "time_to_first_token": "ttft", "ttft": "ttft", "time_to_first_output_token": "ttfot", "inter_token_latency": "tpot",
    "inter_chunk_latency": "icl", "request_latency": "e2el", "output_token_throughput_per_user": "tps_per_user",
    "input_sequence_length": "input_tokens", "output_sequence_length": "output_tokens",
    "reasoning_token_count": "reasoning_tokens", "usage_prompt_cache_read_tokens": "cached_prompt_tokens",
}
SINGLE = {
    "request_throughput": "rps", "output_token_throughput": "output_tps", "total_token_throughput": "total_tps",
    "input_token_throughput": "input_tps", "goodput": "goodput_rps", "good_request_fraction": "slo_attainment",
    "request_count": "completed", "error_request_count": "errored", "request_error_rate": "error_rate",
    "effective_concurrency": "concurrency_achieved",
}
SCALE = {"good_request_fraction": 100.0}
GPU = {
    "gpu_power_usage": ("gpu_power", 1), "energy_consumption": ("gpu_energy", 1e6), "power_management_limit": ("gpu_power_limit", 1),
    "memory_copy_utilization": ("gpu_memory_util", 1), "gpu_utilization": ("gpu_util", 1),
    "gpu_memory_used": ("gpu_memory_used", 10**9 / 2**30), "gpu_memory_free": ("gpu_memory_free", 10**9 / 2**30),
    "gpu_memory_total": ("gpu_memory_total", 10**9 / 2**30), "memory_temperature": ("gpu_memory_temperature", 1),
    "sm_clock_frequency": ("gpu_sm_clock", 1), "memory_clock_frequency": ("gpu_memory_clock", 1),
    "nvidia_power_usage": ("gpu_power", 1), "nvidia_energy_consumption": ("gpu_energy", 1e6),
    "nvidia_gpu_utilization": ("gpu_util", 1), "nvidia_memory_utilization": ("gpu_memory_util", 1),
    "nvidia_memory_used": ("gpu_memory_used", 10**9 / 2**30), "nvidia_fb_free": ("gpu_memory_free", 10**6 / 2**30), "nvidia_sm_clock": ("gpu_sm_clock", 1),
    "nvidia_mem_clock": ("gpu_memory_clock", 1), "nvidia_memory_temp": ("gpu_memory_temperature", 1),
    "nvidia_temperature": ("gpu_temperature", 1),
}
SERVER = {
    "vllm:kv_cache_usage_perc": ("kv_usage", 100.0), "vllm:num_requests_running": ("running_requests", 1.0),
    "vllm:num_requests_waiting": ("queued_requests", 1.0), "vllm:prompt_tokens": ("prompt_tps", 1.0),
    "vllm:generation_tokens": ("generation_tps", 1.0),
}
RATE = {"rate": "mean", "rate_std": "std", "rate_min": "min", "rate_max": "max"}


def record(samples, identity=None, load=(None, None)):
    return {"load": load, "identity": identity or {}, "samples": samples}


def mean(values):
    """In order and without compensation, as the definition reads; Python's own sum is more exact than that."""
    total = 0.0
    for value in values:
        total += value
    return total / len(values)


def once(pairs):
    """An object whose repeated keys are dropped: nothing says which of them is meant."""
    names = [name for name, _ in pairs]
    return {name: value for name, value in pairs if names.count(name) == 1}


def requests(path):
    found = {}
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            entry = json.loads(line, object_pairs_hook=once)
            meta, metrics, error, out = entry["metadata"], entry["metrics"], entry.get("error"), {}
            start = meta.get("request_start_ns") or meta["timestamp_ns"]
            out["time/mean"] = start / 10**9
            for tag, metric in SPREAD.items():
                if tag not in metrics:
                    continue
                value = metrics[tag]["value"]
                if "unit" not in metrics[tag]:
                    continue
                assert metrics[tag]["unit"] in ("ms", "tokens", "tokens/sec/user")
                if isinstance(value, list):
                    out[f"{metric}/mean"], out[f"{metric}/max"] = mean(value), max(value)
                else:
                    out[f"{metric}/mean"] = value
            if "error_isl" in metrics:
                out["input_tokens/mean"] = metrics["error_isl"]["value"]
            if not error and "request_latency" not in metrics:
                out["e2el/mean"] = (meta["request_end_ns"] - meta["request_start_ns"]) / 10**9 * 1000.0
            status = error["type"] if error else "ok"
            identity = {"status": status, "phase": meta.get("benchmark_phase") or meta["credit_phase"]}
            identity |= {"turn": str(meta["turn_index"]), "load_worker": meta.get("worker_id")}
            found[f"line {number}"] = record(out, identity)
    return found


def slices(path):
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    config, found = report["input_config"], {}
    load = ("concurrency", config["phases"][-1]["concurrency"])
    identity = {"model": config["models"]["items"][0]["name"], "isl": "128", "osl": "32"}
    for index, part in enumerate(report["timeslices"]):
        out = {"time/mean": part["start_ns"] / 10**9, "duration/mean": (part["end_ns"] - part["start_ns"]) / 10**9}
        for tag, metric in part.items():
            if tag in SPREAD | SINGLE:
                for name, stat in STAT.items() if tag in SPREAD else [("avg", "mean")]:
                    if metric.get(name) is not None:
                        out[f"{(SPREAD | SINGLE)[tag]}/{stat}"] = metric[name] * SCALE.get(tag, 1.0)
        found[f"timeslices[{index}]"] = record(out, identity, load)
    return found


def slices_table(path):
    found, place, last = {}, None, None
    with open(path, encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            if row["Timeslice"] != last:
                last, place = row["Timeslice"], f"line {number}"
                window = (int(row["End_NS"]) - int(row["Start_NS"])) / 10**9
                found[place] = record({"time/mean": int(row["Start_NS"]) / 10**9, "duration/mean": window})
            tag = row["Metric"].lower().replace(" ", "_")
            tag = {"goodrequestfraction": "good_request_fraction"}.get(tag, tag)
            wanted = tag in SPREAD and row["Stat"] in STAT or tag in SINGLE and row["Stat"] == "avg"
            if wanted and row["Value"]:
                key = f"{(SPREAD | SINGLE)[tag]}/{STAT[row['Stat']]}"
                found[place]["samples"][key] = float(row["Value"]) * SCALE.get(tag, 1.0)
    return found


def server_figures(name, kind, stats):
    metric, scale = SERVER.get(name, (name, 1.0))
    if kind == "counter":
        rate = metric if name in SERVER else f"{name}/s"
        out = {f"{rate}/{stat}": float(stats[key]) * scale for key, stat in RATE.items() if stats.get(key) not in (None, "")}
        return out | {f"{name}/mean": float(stats["total"])}
    return {f"{metric}/{stat}": float(stats[key]) * scale for key, stat in STAT.items() if stats.get(key) not in (None, "")}


def server(path):
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    found, places = {}, {}
    span = report["summary"]["phase_time_ranges"]["profiling"]
    concurrency = ("concurrency", report["input_config"]["phases"][-1]["concurrency"])
    for name, metric in report["metrics"].items():
        for index, series in enumerate(metric["series"]):
            at = f"metrics.{name}.series[{index}]"
            windows = [(f"{at}.timeslices[{i}]", part, part) for i, part in enumerate(series["timeslices"])]
            for place, window, stats in windows + [(f"{at}.stats", span, series["stats"])]:
                whole = stats is series["stats"]
                key = (series["endpoint_url"], str(series["labels"]), window["start_ns"], whole)
                if key not in places:
                    places[key] = place
                    out = {"duration/mean": (window["end_ns"] - window["start_ns"]) / 10**9}
                    if not whole:
                        out["time/mean"] = window["start_ns"] / 10**9
                    identity = {"model": series["labels"]["model_name"], "worker": "127.0.0.1:8111", "run_id": report["benchmark_id"]}
                    identity |= {"window": "whole run" if whole else "slice", "finished_reason": series["labels"].get("finished_reason")}
                    found[place] = record(out, identity, concurrency)
                found[places[key]]["samples"] |= server_figures(name, metric["type"], stats)
    return found


def server_table(path):
    found, places, header = {}, {}, None
    with open(path, encoding="utf-8", newline="") as file:
        for number, line in enumerate(file, 1):
            cells = next(csv.reader([line]), [])
            if line.startswith("#") or not cells:
                continue
            if cells[0] == "Endpoint":
                header = cells
                continue
            row = dict(zip(header, cells))
            reason = row.get("finished_reason") or None
            key = (row["Endpoint"], row["model_name"], reason)
            if key not in places:
                places[key] = f"line {number}"
                identity = {"model": row["model_name"], "worker": row["Endpoint"], "window": "whole run", "finished_reason": reason}
                found[places[key]] = record({}, identity)
            found[places[key]]["samples"] |= server_figures(row["Metric"], row["Type"], row)
    return found


def gpus(path):
    found = {}
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            row = json.loads(line)
            out = {"time/mean": row["timestamp_ns"] / 10**9}
            for name, value in row["telemetry_data"].items():
                metric, scale = GPU.get(name, (name, 1))
                out[f"{metric}/mean"] = value * scale
            identity = {"gpu": str(row["gpu_index"]), "gpu_uuid": row["gpu_uuid"], "node": row["hostname"]}
            identity |= {"accelerator": row["gpu_model_name"], "source": row["telemetry_source_url"]}
            found[f"line {number}"] = record(out, identity)
    return found


def gpu_block(path):
    found = {}
    with open(path, encoding="utf-8") as file:
        endpoints = json.load(file)["telemetry_data"]["endpoints"]
    for endpoint, stated in endpoints.items():
        for key, gpu in stated["gpus"].items():
            out = {}
            for name, metric in gpu["metrics"].items():
                known, scale = GPU.get(name, (name, 1))
                for source, stat in STAT.items():
                    if metric.get(source) is not None:
                        out[f"{known}/{stat}"] = metric[source] * scale
            identity = {"gpu": "0", "node": gpu["hostname"], "window": "whole run"}
            found[f"telemetry_data.endpoints.{endpoint}.gpus.{key}"] = record(out, identity)
    return found


NAMED = {"request_throughput_avg": "rps/mean", "ttft_p99_ms": "ttft/p99"}


def repeats(path):
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    out = {}
    for name, fields in report["metrics"].items():
        out[NAMED[name]] = fields["mean"]
        out |= {f"{name}_{key}/mean": fields[key] for key in ("std", "min", "max", "cv", "se", "ci_low", "ci_high")}
    return {"metrics": record(out, {"repeats": str(report["metadata"]["num_successful_runs"])})}


def sweep_table(path):
    found = {}
    with open(path, encoding="utf-8", newline="") as file:
        lines = file.read().split("\n\n")[0].splitlines()
    for number, row in enumerate(csv.DictReader(lines), 2):
        load, out = ("concurrency", float(row.pop("concurrency"))), {}
        for column, cell in row.items():
            base, end = column.rsplit("_", 1)
            out[NAMED[base] if end == "mean" else f"{column}/mean"] = float(cell)
        found[f"line {number}"] = record(out, {}, load)
    return found


READERS = {
    "profile_export.jsonl": requests, "requests.jsonl": requests, "profile_export_docs_2rows.jsonl": requests,
    "profile_export_aiperf_timeslices.json": slices, "profile_export_aiperf_timeslices.csv": slices_table,
    "server_metrics_export.json": server, "server_metrics_export.csv": server_table, "gpu_telemetry_export.jsonl": gpus,
    "docs_telemetry_data_block.json": gpu_block, "docs_aggregate_confidence.json": repeats,
    "docs_sweep_per_combination.csv": sweep_table,
}
json.dump({path: READERS[path.rsplit("/", 1)[-1]](path) for path in sys.argv[1:]}, sys.stdout, sort_keys=True, allow_nan=False)
