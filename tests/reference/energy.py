"""Energy of the demo data, with pandas, from the specification (formats/rhaiis.md 2.13 with the repairs of 4.2-11).

Usage: energy.py CSV SETTINGS LEVEL MAX_TTFT_P95_MS MAX_CONCURRENCY; LEVEL is "best" or a concurrency, a limit of "-" is none.
Balanced 1k/1k workload. Power of one GPU times the product of the parallel degrees over tokens per second, at one level.
"""

import json
import math
import sys

import pandas as pd

CONFIGURATION = ["model", "version", "accelerator", "TP", "DP", "dataset", "spec_decoding", "prefix_caching", "turns",
                 "prefix_tokens", "prefix_count", "request_type"]
PROFILE = "Balanced (1k/1k)"

path, settings, level, max_ttft, max_load = sys.argv[1:]
with open(settings, encoding="utf-8") as file:
    settings = json.load(file)


def power(row):
    """Watts, and whether they were measured."""
    name = row["model"].split("/")[-1].lower()
    tp = None if math.isnan(row["TP"]) else row["TP"]
    fitting = [
        entry for entry in settings["power"]
        if entry["version"] == row["version"] and entry["accelerator"] == row["accelerator"] and PROFILE in entry["profiles"]
        and entry["model"].split("/")[-1].lower() == name and entry.get("tp") in (None, tp)
    ]
    # The full name before the bare one, one of this TP before one of any.
    fitting.sort(key=lambda entry: (entry["model"] != row["model"], entry.get("tp") is None))
    if fitting:
        return fitting[0]["watts"], True
    assumed = [entry["watts"] for entry in settings["assumed_power"] if entry["accelerator"] == row["accelerator"]]
    return (assumed[0], False) if assumed else (None, False)


rows = pd.read_csv(path)
rows = rows[(rows["prompt toks"] == 1000) & (rows["output toks"] == 1000) & ~(rows["turns"] > 1)]
finished = rows["errored_requests"] + rows["successful_requests"]
failed = 100 * rows["errored_requests"] / finished.where(finished > 0)
within = ~(failed > 1) & (rows["output_tok/sec"] > 0)
if max_ttft != "-":
    within &= rows["ttft_p95"] <= float(max_ttft)
if max_load != "-":
    within &= rows["intended concurrency"] <= float(max_load)
rows = rows[within]
if level == "best":
    chosen = rows.sort_values("output_tok/sec", ascending=False, kind="stable").drop_duplicates(CONFIGURATION)
else:
    at = rows[rows["intended concurrency"] == float(level)]
    rates = {name: (name, "mean") for name in ("output_tok/sec", "total_tok/sec", "intended concurrency")}
    chosen = at.groupby(CONFIGURATION, dropna=False).agg(**rates).reset_index()

found = {}
for _, row in chosen.iterrows():
    degrees = [(name, int(row[name])) for name in ("TP", "DP") if not math.isnan(row[name])]
    watts, measured = power(row)
    if not degrees or watts is None:
        continue
    draw = watts * math.prod(degree for _, degree in degrees)
    layout = " · ".join(f"{name}{degree}" for name, degree in degrees)
    key = "|".join([row["model"], row["accelerator"], row["version"], layout, str(int(row["intended concurrency"]))])
    wh = draw / 3600 * 1e6 / row["output_tok/sec"]
    total = draw / 3600 * 1e6 / row["total_tok/sec"]
    found.setdefault(key, []).append({
        "watts": watts,
        "wh_output": wh,
        "wh_total": total,
        "grams_output": wh / 1000 * settings["grid"]["g_per_kwh"],
        "per_joule": row["output_tok/sec"] / draw,
        "measured": measured,
    })

for same in found.values():
    same.sort(key=lambda figures: figures["wh_output"])
json.dump({"rows": found, "count": sum(map(len, found.values()))}, sys.stdout)
