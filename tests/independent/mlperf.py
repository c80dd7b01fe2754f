#!/usr/bin/env python3
"""Reads MLPerf Inference result tables with Python's standard library alone and prints what a program should find.

    mlperf.py TABLE.csv …

Written from the description of the format, not from the program: the test compares the two value by value. The pivot is
read by fixed offsets from each Public ID, as its description gives them for whole files; the program goes by labels.
"""
import csv
import json
import re
import sys

TOKENS = {("5.0", "llama3.1-405b"), ("5.1", "deepseek-r1"), ("5.1", "llama3.1-8b-datacenter"), ("5.1", "whisper"), ("6.0", "whisper")}
SAMPLES = {f"v6.0-{n:04}" for n in (7, 18, 57, 58, 59, 60, 64, 87, 96, 101)}


def unit(public_id, model, scenario, printed):
    release = public_id.lstrip("v").split("-")[0]
    if (release, model) in TOKENS and printed in ("Samples/s", "Queries/s") and public_id != "5.1-0033":
        return "Tokens/s"
    if public_id in SAMPLES and model == "llama3.1-8b" and scenario != "Interactive":
        return "Samples/s"
    return printed


def entry(meta, model, scenario, printed, value, total):
    shown = unit(meta["Public ID"], model, scenario, printed)
    name = "result_latency/mean" if shown.startswith("Latency") else "result/mean"
    identity = {
        "round": meta["Public ID"].lstrip("v").split("-")[0], "public_id": meta["Public ID"], "model": model,
        "organization": "Oracle" if meta["Organization"] == "ORACLE" else meta["Organization"].strip(), "availability": meta["Availability"].lower(), "scenario": scenario,
        "unit": shown, "nodes": f"{float(meta['# of Nodes']):g}", "gpus": f"{total:g}" if total else None,
        "printed_unit": printed if shown != printed else None,
    }
    return {"load": [None, None], "identity": identity, "samples": {name: float(value.replace(",", ""))}}


def named(names, row):
    out = {}
    for name, cell in zip(names, row):
        out.setdefault(re.sub(r"\s+", " ", name.split("(click")[0]).strip(), cell)
    return out


def pivot(rows):
    start = next(i for i, cell in enumerate(rows[0]) if cell)
    models, found = [], {}
    for cell in rows[2]:
        models.append(cell or (models[-1] if models else ""))
    for at, row in enumerate(rows):
        if not re.fullmatch(r"\d+\.\d+-\d+", row[0]):
            continue
        meta = named(rows[4][:start], row)
        # Systems of CPUs alone have no number in 5.0.
        total = float(meta["# of Nodes"]) * float(meta["# of Accelerators"] or 0)
        # The results are the third line of a system in 5.0 and the fourth in 5.1.
        line = at + next(n for n in range(4) if rows[at + n][start - 1].startswith("Avg. Result"))
        for i in range(start, len(row)):
            if rows[line][i]:
                place = f"line {line + 1}, column “{models[i]} {rows[3][i]} {rows[4][i]}”"
                found[place] = entry(meta, models[i], rows[3][i], rows[4][i], rows[line][i], total)
    return found


def flat(rows):
    found = {}
    for at, row in enumerate(rows[1:], 2):
        meta = named(rows[0], row)
        total = float(meta["Total Accelerators"] or 0)
        found[f"line {at}"] = entry(meta, meta["Model MLC"], meta["Scenario"], meta["Units"], meta["Avg. Result at System Name"], total)
    return found


def main():
    out = {}
    for path in sys.argv[1:]:
        with open(path, "rb") as file:
            content = file.read()
        if content.startswith(b"\xff\xfe"):
            text = content[: len(content) // 2 * 2].decode("utf-16")
            out[path] = flat(list(csv.reader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)))
        else:
            out[path] = pivot(list(csv.reader(content.decode("utf-8").splitlines())))
    json.dump(out, sys.stdout, sort_keys=True, allow_nan=False)


main()
