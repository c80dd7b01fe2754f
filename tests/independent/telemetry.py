#!/usr/bin/env python3
"""Reads GPU telemetry, request traces and LoadGen's summaries with Python's standard library alone and prints what a
program should find.

    telemetry.py nvidia-smi.csv|dmon.log|metric.csv|azure.csv|burstgpt.csv|mlperf_log_summary.txt …

Written from the description of the formats, not from the program: the test compares the two value by value.
"""
import csv
import datetime
import json
import os
import re
import sys

SMI = {
    "power.draw": ("gpu_power", 1), "power.limit": ("gpu_power_limit", 1), "temperature.gpu": ("gpu_temperature", 1),
    "utilization.gpu": ("gpu_util", 1), "utilization.memory": ("gpu_memory_util", 1),
    "memory.used": ("gpu_memory_used", 1 / 1024), "memory.total": ("gpu_memory_total", 1 / 1024),
    "clocks.current.sm": ("gpu_sm_clock", 1), "clocks.sm": ("gpu_sm_clock", 1),
    "clocks.current.memory": ("gpu_memory_clock", 1), "clocks.mem": ("gpu_memory_clock", 1),
}
UNITS = {"W", "%", "MHz", "MiB", "C", ""}
DIMENSIONS = {"index": "gpu", "gpu_uuid": "gpu_uuid", "pstate": "pstate", "driver_version": "driver_version"}
DMON = {
    "TMPTR": ("gpu_temperature", 1), "POWER": ("gpu_power", 1), "TOTEC": ("gpu_energy", 1e-3), "GPUTL": ("gpu_util", 1),
    "MCUTL": ("gpu_memory_util", 1), "FBUSD": ("gpu_memory_used", 1 / 1024), "SMACT": ("gpu_sm_active", 100),
}
# Time throttled, in ns since the driver was loaded: counters, which are records of their own and no samples.
DMON_COUNTERS = {"PVIOL", "TVIOL"}
NONE = [None, None]


def instant(text):
    text = text.replace("/", "-").replace("Z", "+00:00")
    text = re.sub(r"(\.\d{6})\d+", r"\1", text)
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.timezone.utc)).timestamp()


def number(cell):
    try:
        return float(cell)
    except ValueError:
        return None


def rows(path):
    with open(path, encoding="utf-8") as file:
        lines = [[cell.strip() for cell in row] for row in csv.reader(file)]
    return lines[0], [(at, row) for at, row in enumerate(lines[1:], 2) if len(row) == len(lines[0])]


def smi(path):
    heading, lines = rows(path)
    names = [re.sub(r" \[.*\]$", "", name) for name in heading]
    out, seen = {}, {}
    for at, row in lines:
        if row == heading:
            continue
        samples, identity = {}, {}
        for name, cell in zip(names, row):
            if cell.startswith("["):
                continue
            if name == "timestamp":
                samples["time/mean"] = instant(cell)
            elif name in DIMENSIONS:
                identity[DIMENSIONS[name]] = cell
            elif "name" not in name:
                metric, factor = SMI.get(name, (name, 1))
                digits, _, unit = cell.partition(" ")
                if unit in UNITS:
                    samples[f"{metric}/mean"] = float(digits) * factor
        if "time/mean" not in samples:
            gpu = identity["gpu"]
            seen[gpu] = seen.get(gpu, 0) + 1
            identity["scrape"] = str(seen[gpu])
        out[f"line {at}"] = {"load": NONE, "identity": identity, "samples": samples}
    return out


def dmon(path):
    out, seen = {}, {}
    with open(path, encoding="utf-8") as file:
        for at, line in enumerate(file, 1):
            words = line.split()
            if words[0] == "#Entity":
                names = words[1:]
            elif words[0] == "GPU" and len(words) == len(names) + 2:
                seen[words[1]] = seen.get(words[1], 0) + 1
                found = {name: number(cell) for name, cell in zip(names, words[2:])}
                samples = {}
                identity = {"gpu": words[1], "scrape": str(seen[words[1]])}
                for name, value in found.items():
                    metric, factor = DMON.get(name, (name, 1))
                    if value is not None and name not in DMON_COUNTERS:
                        samples[f"{metric}/mean"] = value * factor
                out[f"line {at}"] = {"load": NONE, "identity": identity, "samples": samples}
    return out


def exported(path):
    heading, lines = rows(path)
    metric = {"DCGM_FI_DEV_POWER_USAGE": "gpu_power", "DCGM_FI_DEV_GPU_UTIL": "gpu_util"}.get(heading[1], heading[1])
    return {
        f"line {at}": {"load": NONE, "identity": {}, "samples": {"time/mean": float(row[0]), f"{metric}/mean": float(row[1])}}
        for at, row in lines
        if number(row[0]) is not None and number(row[1]) is not None
    }


def trace(path):
    heading, lines = rows(path)
    azure, first, out = heading[0] == "TIMESTAMP", None, {}
    for at, row in lines:
        row = dict(zip(heading, row))
        when = instant(row["TIMESTAMP"]) if azure else number(row["Timestamp"])
        samples, identity = {}, {"dataset": os.path.basename(path).rsplit(".", 1)[0], "status": None}
        if when is not None:
            first = when if first is None else first
            if when >= first:
                samples["elapsed/mean"] = when - first
        asked = number(row["ContextTokens" if azure else "Request tokens"])
        answered = number(row["GeneratedTokens" if azure else "Response tokens"])
        if asked >= 0:
            samples["input_tokens/mean"] = asked
        if azure or answered:
            samples["output_tokens/mean"] = answered
        else:
            identity["status"] = "failed"
        if not azure:
            identity |= {"model": row["Model"], "request_type": row["Log Type"]}
        out[f"line {at}"] = {"load": NONE, "identity": identity, "samples": samples}
    return out


def summary(path):
    with open(path, encoding="utf-8") as file:
        pairs = [[part.strip() for part in line.split(":", 1)] for line in file if ":" in line]
    said = {}
    for key, value in pairs:
        said.setdefault(key.lower(), value)
    samples = {}
    for key, value in said.items():
        found = re.fullmatch(r"(min|max|mean|[\d.]+ percentile) (latency|first token latency|time to output token) ?\(ns\)", key)
        if found:
            share = found[1].split(" ")[0]
            stat = share if share.isalpha() else "p" + str(float(share)).removesuffix(".0").replace(".", "_")
            if stat == "p97":
                continue
            metric = {"latency": "e2el", "first token latency": "ttft", "time to output token": "tpot"}[found[2]]
            samples[f"{metric}/{stat}"] = float(value) * 1e-6
    for key, metric in (("samples per second", "rps"), ("tokens per second", "output_tps")):
        samples[f"{metric}/mean"] = float(said.get(f"completed {key}") or said[key])
    load = ["max", None] if said["scenario"] == "Offline" else ["rate", float(said.get("target_qps", said.get("scheduled samples per second")))]
    identity = {"system": said["sut name"], "scenario": said["scenario"], "validity": said["result is"]}
    return {"file": {"load": load, "identity": identity, "samples": samples}}


def read(path):
    with open(path, encoding="utf-8") as file:
        head = file.readline()
    if path.endswith(".txt"):
        return summary(path)
    if "#Entity" in head:
        return dmon(path)
    if "tokens" in head.lower():
        return trace(path)
    return exported(path) if head.count(",") == 1 else smi(path)


json.dump({path: read(path) for path in sys.argv[1:]}, sys.stdout)
