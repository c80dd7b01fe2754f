"""Rankings of the RHAIIS table with pandas: the best single row of each model, accelerator and task among those that keep
the limits and the error limit of 1 %. Written from the specification, not from the program.

argv: the CSV, then a JSON list of {"where": {column: value}, "by": name, "higher": bool, "level": number or null,
"most": {column: bound}}. Prints for each a list of {model, accelerator, task, value, level, version, line, eligible, measured}."""

import json
import sys

import pandas as pd

# $/h of an instance of so many accelerators.
PRICES = {"B200": (74.88, 8), "H200": (41.62, 8), "MI300X": (48.0, 8), "TPU": (2.7, 1)}
TASK = ["model", "accelerator", "prompt toks", "output toks", "dataset", "turns", "prefix_tokens", "prefix_count"]


def usd(row):
    """$ per million output tokens: as many whole replicas as an instance holds, or as many instances as one needs."""
    price = PRICES.get(row["accelerator"])
    if price is None or pd.isna(row["gpus"]) or pd.isna(row["output_tok/sec"]):
        return None
    per_hour, size = price
    replicas, instances = max(size // int(row["gpus"]), 1), -(-int(row["gpus"]) // size)
    return per_hour * instances / 3600 * 1e6 / (row["output_tok/sec"] * replicas)


def ranking(frame, asked):
    for column, value in asked["where"].items():
        frame = frame[frame[column] == value]
    if "turns" not in asked["where"]:
        frame = frame[~(frame["turns"] > 1)]
    known = frame[["TP", "DP"]].notna().any(axis=1)
    frame = frame.assign(gpus=(frame["TP"].fillna(1) * frame["DP"].fillna(1)).where(known))
    figures = {
        "throughput": lambda: frame["output_tok/sec"],
        "efficiency": lambda: frame["output_tok/sec"] / frame["gpus"],
        "ttft": lambda: frame["ttft_p95"],
        "itl": lambda: frame["itl_p95"],
        "e2el": lambda: frame["request_latency_median"] * 1000,
        "cost": lambda: frame.apply(usd, axis=1).astype(float),
    }
    frame = frame.assign(figure=figures[asked["by"]]())
    if asked["level"] is not None:
        frame = frame[frame["intended concurrency"] == asked["level"]]
    done, failed = frame["successful_requests"], frame["errored_requests"]
    keeps = ~(100 * failed / (done + failed) > 1)
    for column, bound in asked["most"].items():
        keeps &= frame[column] <= bound
    rows = []
    for values, part in frame.assign(keeps=keeps).groupby(TASK, dropna=False):
        eligible = part[part["keeps"]]
        valued = eligible.dropna(subset=["figure"])
        entry = {"model": values[0], "accelerator": values[1], "task": [None if pd.isna(value) else str(value) for value in values[2:]]}
        entry |= {"eligible": len(eligible), "measured": len(part), "value": None}
        if len(valued):
            best = valued["figure"].max() if asked["higher"] else valued["figure"].min()
            winners = valued[valued["figure"] == best]
            winner = winners.sort_values("intended concurrency", kind="stable").iloc[0]
            entry |= {"value": float(best), "level": float(winner["intended concurrency"]), "version": winner["version"]}
            entry |= {"ttft": float(winner["ttft_p95"]), "throughput": float(winner["output_tok/sec"]), "line": int(winner.name) + 2}
        rows.append(entry)
    return rows


table = pd.read_csv(sys.argv[1])
print(json.dumps([ranking(table, asked) for asked in json.loads(sys.argv[2])]))
