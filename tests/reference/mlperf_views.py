"""What the MLPerf views compute, from the published tables, with the standard library alone: figures per accelerator, losses
from Offline to Server and Interactive, the same hardware in two rounds, and sizes of one system against the smallest.

Usage: mlperf_views.py DEMO TABLE…; the first argument is not needed here. A TABLE is one of MLCommons' own (pivot or flat, as
../shared/formats/llmd-and-mlperf.md 2.1 describes them) or the compact table that ships with the page. Written from that
description, not from the program: units are corrected and hardware is named by rules of this script's own. Prints JSON.
"""

import csv
import json
import re
import sys
from collections import defaultdict

# 2.2: tables that print tokens as samples or queries, and systems that print samples as tokens.
TOKENS = {("5.1", "deepseek-r1"), ("5.1", "llama3.1-8b-datacenter"), ("5.1", "whisper"), ("6.0", "whisper")}
SAMPLES = {f"v6.0-{number:04}" for number in (7, 18, 57, 58, 59, 60, 64, 87, 96, 101)}


def unit(number, model, scenario, printed):
    release = number.lstrip("v").split("-")[0]
    if (release, model) in TOKENS and printed in ("Samples/s", "Queries/s") and number != "5.1-0033":
        return "Tokens/s"
    if number in SAMPLES and model == "llama3.1-8b" and scenario != "Interactive":
        return "Samples/s"
    return printed


def hardware(name):
    """One name for the spellings of one accelerator: `NVIDIA H200-SXM-141GB`, `NVIDIA H200` and `H200`."""
    name = re.sub(r" \(x\d+\)$", "", name.strip()).lower()
    if " and " in name or name.count("(x") > 1:
        return name
    name = re.sub(r"^(nvidia |amd instinct |\[maxsun\] )", "", name)
    name = re.sub(r"^(h100|h200|b200|b300)-sxm-\d+gb$", r"\1", name)
    name = re.sub(r"^(h100|h200)[- ]nvl(-\d+gb)?$", r"\1 nvl", name)
    name = re.sub(r"^(mi3\d\dx) \d+gb hbm3e?", r"\1", name)
    return re.sub(r" blackwell.*$", "", name)


def named(names, row):
    """The cells of a line by folded names; of two columns with one name the first counts."""
    found = {}
    for name, cell in zip(names, row):
        found.setdefault(re.sub(r"\s+", " ", name.split("(click")[0]).strip(), cell.strip())
    return found


def result(meta, model, scenario, printed, value, total):
    number = meta["Public ID"]
    accelerator = meta["Accelerator"]
    return {
        "round": number.lstrip("v").split("-")[0], "id": number, "system": meta["System Name"],
        "organization": "Oracle" if meta["Organization"] == "ORACLE" else meta["Organization"],
        "nodes": float(meta["# of Nodes"]), "gpus": total or None, "model": model, "scenario": scenario,
        "hardware": "" if accelerator in ("", "N/A") else hardware(accelerator),
        "unit": unit(number, model, scenario, printed), "value": float(value.replace(",", "")),
    }


def pivot(rows):
    start = next(at for at, cell in enumerate(rows[0]) if cell)
    models = []
    for cell in rows[2]:
        models.append(cell or (models[-1] if models else ""))
    for at, row in enumerate(rows):
        if not re.fullmatch(r"\d+\.\d+-\d+", row[0]):
            continue
        meta = named(rows[4][:start], row)
        figures = next(line for line in rows[at:at + 4] if "Avg. Result at System Name" in line[start - 1])
        for i in range(start, len(row)):
            if figures[i]:
                total = float(meta["# of Nodes"]) * float(meta["# of Accelerators"])
                yield result(meta, models[i], rows[3][i], rows[4][i], figures[i], total)


def flat(rows):
    for row in rows[1:]:
        meta = named(rows[0], row)
        total = float(meta["Total Accelerators"] or 0)
        yield result(meta, meta["Model MLC"], meta["Scenario"], meta["Units"], meta["Avg. Result at System Name"], total)


def compact(rows):
    for row in rows[1:]:
        cells = dict(zip(rows[0], row))
        number = lambda key: float(cells[key]) if cells[key] else None
        yield {
            **{key: cells[key] for key in ("round", "id", "organization", "system", "model", "scenario", "unit")},
            "nodes": number("nodes"), "gpus": number("accelerators"), "value": number("value"),
            "hardware": hardware(cells["accelerator"]),
        }


def read(path):
    with open(path, "rb") as file:
        content = file.read()
    if content.startswith(b"\xff\xfe"):
        text = content[: len(content) // 2 * 2].decode("utf-16")
        return flat(list(csv.reader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)))
    rows = list(csv.reader(content.decode("utf-8").splitlines()))
    return compact(rows) if rows[0][0] == "round" else pivot(rows)


results = [one for path in sys.argv[2:] for one in read(path)]
throughputs = [one for one in results if not one["unit"].startswith("Latency")]

per_accelerator = defaultdict(list)
for one in throughputs:
    if one["gpus"]:
        per_accelerator["|".join(one[key] for key in ("round", "model", "scenario", "unit"))].append((one["value"] / one["gpus"], one["id"]))
normalised = {
    key: {"count": len(shares), "most": max(shares)[0], "least": min(shares)[0], "all": sorted(share for share, _ in shares)}
    for key, shares in per_accelerator.items()
}

sides = defaultdict(dict)
for one in throughputs:
    sides[tuple(one[key] for key in ("round", "model", "id", "organization", "system", "gpus"))][one["scenario"]] = one
losses = defaultdict(list)
for (release, model, *_), by_scenario in sides.items():
    offline = by_scenario.get("Offline")
    for limited in ("Server", "Interactive"):
        other = by_scenario.get(limited)
        if offline and other and (offline["unit"] == other["unit"] or {offline["unit"], other["unit"]} <= {"Samples/s", "Queries/s"}):
            losses[f"{release}|{model}|{limited}"].append((offline["value"] - other["value"]) / offline["value"] * 100)
scenarios = {
    key: {"count": len(all), "mean": sum(all) / len(all), "least": min(all), "most": max(all)} for key, all in losses.items()
}

ALIAS = {"llama3.1-8b-datacenter": "llama3.1-8b"}
best = defaultdict(dict)
for one in throughputs:
    if one["gpus"]:
        key = (ALIAS.get(one["model"], one["model"]), one["scenario"], one["unit"], one["organization"], one["hardware"], one["gpus"])
        best[key][one["round"]] = max(best[key].get(one["round"], 0), one["value"] / one["gpus"])
rounds = defaultdict(list)
for (model, scenario, what, organization, _, gpus), by_round in best.items():
    if len(by_round) > 1:
        old, new = (by_round[name] for name in sorted(by_round)[-2:])
        rounds[f"{model}|{scenario}|{what}"].append([organization, gpus, old, new, (new - old) / old * 100])

families = defaultdict(list)
for one in throughputs:
    if one["gpus"]:
        families["|".join(one[key] for key in ("round", "model", "scenario", "unit", "organization", "hardware"))].append(one)
scaling = defaultdict(list)
for key, family in families.items():
    family.sort(key=lambda one: (one["gpus"], -one["value"]))
    base = family[0]
    if family[-1]["gpus"] > base["gpus"]:
        for one in family[1:]:
            kept = (one["value"] / one["gpus"]) / (base["value"] / base["gpus"]) * 100
            scaling["|".join(key.split("|")[:3])].append([one["id"], base["id"], kept])

found = {"normalised": normalised, "scenarios": scenarios, "rounds": rounds, "scaling": scaling}
json.dump(found, sys.stdout, sort_keys=True, allow_nan=False)
