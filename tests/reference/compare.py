"""Pairs of two versions over a RHAIIS table, computed with pandas from the definitions.

Usage: compare.py TABLE.csv BASELINE CANDIDATE. Prints a list with one object per configuration on both sides.

A configuration is everything that was set but the version. Levels are the intended concurrencies above 1 at which both
sides have a figure; repeats of a level are averaged first. The change is that of the geometric means, in percent of the
baseline. The peak is the highest over the levels of both sides, 1 included, at which at most 1 % of the requests failed.
"""

import json
import sys

import numpy as np
import pandas as pd

SETTINGS = [
    "accelerator", "model", "TP", "DP", "prompt toks", "output toks", "dataset", "spec_decoding", "prefix_caching", "turns",
    "prefix_tokens", "prefix_count", "request_type",
]
FIGURES = {
    "output_tps": "output_tok/sec",
    "total_tps": "total_tok/sec",
    "ttft.p95": "ttft_p95",
    "itl.p95": "itl_p95",
    "e2el.p50": "request_latency_median",
}


def change(a, b):
    return float((a - b) / b * 100)


def main(path, baseline, candidate):
    table = pd.read_csv(path)
    table[SETTINGS] = table[SETTINGS].fillna("").astype(str)
    requests = table["successful_requests"] + table["errored_requests"]
    table["failed"] = (100 * table["errored_requests"] / requests).fillna(0)
    found = []
    for key, group in table.groupby(SETTINGS):
        sides = [group[group["version"] == version] for version in (candidate, baseline)]
        if any(side.empty for side in sides):
            continue
        if not set(sides[0]["intended concurrency"]) & set(sides[1]["intended concurrency"]):
            continue
        row = dict(zip(SETTINGS, key))
        for name, column in FIGURES.items():
            means = [side.dropna(subset=[column]).groupby("intended concurrency")[column].mean() for side in sides]
            both = pd.concat(means, axis=1, join="inner").to_numpy(dtype=float)
            loads = np.array(sorted(set(means[0].index) & set(means[1].index)))
            both = both[np.argsort(pd.concat(means, axis=1, join="inner").index)] if len(both) else both
            used = both[loads > 1] if len(both) else both
            row[name] = change(*np.exp(np.log(used).mean(axis=0))) if len(used) else None
        good = [side[side["failed"] <= 1.0].dropna(subset=["output_tok/sec"]) for side in sides]
        means = [side.groupby("intended concurrency")["output_tok/sec"].mean() for side in good]
        both = pd.concat(means, axis=1, join="inner")
        if len(both):
            peaks = both.max()
            row["peak"] = change(peaks.iloc[0], peaks.iloc[1])
            row["peak_candidate"], row["peak_baseline"] = float(peaks.iloc[0]), float(peaks.iloc[1])
        found.append(row)
    json.dump(found, sys.stdout)


main(*sys.argv[1:4])
