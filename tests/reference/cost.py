"""Cost of the demo data, with pandas, from the specification (formats/rhaiis.md 2.12 with the repairs of 4.2-1 and 4.2-2).

Usage: cost.py CSV PERCENTILE MAX_TTFT_MS MAX_TPOT_MS MAX_CONCURRENCY, a limit of "-" is none.
Balanced 1k/1k workload. For each configuration the single compliant row with the most output tokens per second; GPUs are
the product of the parallel degrees; an instance holds whole replicas. Prints rows by what a table shows of them.
"""

import json
import math
import sys

import pandas as pd

PRICES = {"B200": (8, 74.88), "H200": (8, 41.62), "MI300X": (8, 48.0), "TPU": (1, 2.70)}
CONFIGURATION = ["model", "version", "accelerator", "TP", "DP", "dataset", "spec_decoding", "prefix_caching", "turns",
                 "prefix_tokens", "prefix_count", "request_type"]

path, percentile, *limits = sys.argv[1:]
max_ttft, max_itl, max_load = (math.inf if limit == "-" else float(limit) for limit in limits)

rows = pd.read_csv(path)
rows = rows[(rows["prompt toks"] == 1000) & (rows["output toks"] == 1000) & ~(rows["turns"] > 1)]
configurations = rows.drop_duplicates(CONFIGURATION)

finished = rows["errored_requests"] + rows["successful_requests"]
failed = 100 * rows["errored_requests"] / finished.where(finished > 0)
within = ~(failed > 1) & (rows["output_tok/sec"] > 0)
for column, limit in [(f"ttft_{percentile}", max_ttft), (f"itl_{percentile}", max_itl), ("intended concurrency", max_load)]:
    if math.isfinite(limit):
        within &= rows[column] <= limit
rows = rows[within & rows["accelerator"].isin(list(PRICES)) & ~(rows["TP"].isna() & rows["DP"].isna())]
best = rows.sort_values("output_tok/sec", ascending=False, kind="stable").drop_duplicates(CONFIGURATION)

found = {}
for _, row in best.iterrows():
    degrees = [(name, int(row[name])) for name in ("TP", "DP") if not math.isnan(row[name])]
    gpus = math.prod(degree for _, degree in degrees)
    size, hourly = PRICES[row["accelerator"]]
    replicas, instances = max(1, size // gpus), math.ceil(gpus / size)
    per_second = hourly * instances / 3600 / replicas
    measured = row["measured concurrency"]
    users = measured if measured > 0 else row["intended concurrency"]
    output, total = row["output_tok/sec"], row["total_tok/sec"]
    layout = " · ".join(f"{name}{degree}" for name, degree in degrees)
    key = "|".join([row["model"], row["accelerator"], row["version"], layout, str(int(row["intended concurrency"]))])
    figures = {
        "output_tps": output,
        "gpus_paid": size * instances,
        "usd_output": per_second * 1e6 / output,
        "usd_input": per_second * 1e6 / (total - output),
        "usd_total": per_second * 1e6 / total,
        "tokens_per_usd": output / per_second,
        "usd_request": per_second / row["measured rps"],
        "usd_user_hour": per_second * 3600 / users,
        "minutes": 1e6 / (output * replicas) / 60,
        f"ttft.{percentile.replace('median', 'p50')}": row[f"ttft_{percentile}"],
        f"itl.{percentile.replace('median', 'p50')}": row[f"itl_{percentile}"],
        "replicas_for_1000": math.ceil(1000 / users - 1e-9),
    }
    figures["usd_month"] = math.ceil(figures["replicas_for_1000"] / replicas) * instances * hourly * 730
    found.setdefault(key, []).append({name: None if pd.isna(value) else float(value) for name, value in figures.items()})

for same in found.values():
    same.sort(key=lambda figures: figures["usd_output"])
json.dump({"rows": found, "ranked": len(best), "configurations": len(configurations)}, sys.stdout)
