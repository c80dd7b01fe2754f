"""Trends of the RHAIIS table with pandas: for each configuration and version, the geometric mean over the levels above one
user that all asked versions of that configuration have. Written from the specification, not from the program.

argv: the CSV, then a JSON list of {"where": {column: value}, "versions": [...], "column": name, "scale": factor}.
Prints for each a list of {configuration, version, value, levels, previous, highest, lowest, top}."""

import json
import sys

import numpy as np
import pandas as pd

CONFIGURATION = {
    "accelerator": "accelerator",
    "model": "model",
    "TP": "tp",
    "DP": "dp",
    "prompt toks": "isl",
    "output toks": "osl",
    "dataset": "dataset",
    "spec_decoding": "spec_decoding",
    "prefix_caching": "prefix_caching",
    "turns": "turns",
    "prefix_tokens": "prefix_tokens",
    "prefix_count": "prefix_count",
    "request_type": "request_type",
}


def trend(frame, asked):
    for column, value in asked["where"].items():
        frame = frame[frame[column] == value]
    if "turns" not in asked["where"]:
        frame = frame[~(frame["turns"] > 1)]
    frame = frame[frame["version"].isin(asked["versions"])]
    frame = frame.assign(figure=frame[asked["column"]] * asked.get("scale", 1), level=frame["intended concurrency"])
    frame = frame.dropna(subset=["figure", "level"])
    rows = []
    for values, part in frame.groupby(list(CONFIGURATION), dropna=False):
        curves = {}
        for version in asked["versions"]:
            curve = part[part["version"] == version].groupby("level")["figure"].mean()
            if len(curve):
                curves[version] = curve
        common = set.intersection(*(set(curve.index) for curve in curves.values()))
        common = sorted(level for level in common if all(curve[level] > 0 for curve in curves.values()))
        levels = [level for level in common if level > 1]
        means = {version: np.exp(np.log(curve[levels]).mean()) if levels else None for version, curve in curves.items()}
        order = [version for version in asked["versions"] if version in curves]
        for at, version in enumerate(order):
            value = means[version]
            entry = {"version": version, "value": value, "levels": levels, "previous": None, "highest": None, "lowest": None}
            if value is not None:
                if at > 0:
                    entry["previous"] = (value / means[order[at - 1]] - 1) * 100
                entry["highest"] = (value / max(means.values()) - 1) * 100
                entry["lowest"] = (value / min(means.values()) - 1) * 100
            entry["top"] = float(max(curves[version][common])) if common else None
            keys = dict(zip(CONFIGURATION.values(), values))
            entry["configuration"] = {
                key: "" if pd.isna(value) else value if isinstance(value, str) else f"{value:g}" for key, value in keys.items()
            }
            rows.append(entry)
    return rows


table = pd.read_csv(sys.argv[1])
print(json.dumps([trend(table, asked) for asked in json.loads(sys.argv[2])]))
