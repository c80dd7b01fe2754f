#!/usr/bin/env python3
"""Reads accuracy results (lm-evaluation-harness JSON and printed tables, AIPerf, InferenceX) with Python's standard library
alone and prints what a program should find in them.

    accuracy.py FILE …

Written from the descriptions of the formats, not from the program: the test compares the two value by value. Printed: for
each file a list of scores with place, identity and figures.
"""
import csv
import gzip
import json
import re
import sys


def number(value):
    try:
        value = float(value)
        return None if value != value or isinstance(value, bool) else value
    except (TypeError, ValueError):
        return None


def score(place, identity, metric, value, error=None, samples=None, share=True):
    names = ("score", "score_se", 100.0) if share else (metric, f"{metric}_stderr", 1.0)
    figures = {f"{names[0]}/mean": value * names[2]}
    if error is not None:
        figures[f"{names[1]}/mean"] = error * names[2]
    if samples is not None:
        figures["samples/mean"] = float(samples)
    identity = {key: str(text) for key, text in identity.items() if text not in (None, "", "none")}
    return {"place": place, "identity": {**identity, "accuracy_metric": metric}, "samples": figures}


def is_share(metric):
    return re.fullmatch(r"acc|acc_norm|exact_match|accuracy", metric) is not None


def results(root):
    found = []
    model = re.search(r"(?:pretrained|model)=([^,]+)", root["config"]["model_args"]).group(1)
    for task, figures in root["results"].items():
        for key, value in figures.items():
            metric, _, choice = key.partition(",")
            if "_stderr" in key or number(value) is None or key in ("alias", "name", "sample_len"):
                continue
            error = number(figures.get(f"{metric}_stderr" + (f",{choice}" if choice else "")))
            samples = root.get("n-samples", {}).get(task, {}).get("effective")
            identity = {"task": task, "answer_filter": choice, "model": model}
            found.append(score(f"results.{task}.{key}", identity, metric, value, error, samples, is_share(metric)))
    return found


def printed(text):
    found, seen, model, header, task, version = [], set(), None, None, None, None
    for at, line in enumerate(text.split("\n"), 1):
        heading = re.match(r"[\w-]+ \(.*?(?:pretrained|model)=([^,)]+).*\), gen_kwargs: ", line)
        model = heading.group(1) if heading else model
        if not line.startswith("|"):
            header = None
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.count("|") > 3 else []
        if "Stderr" in cells:
            header = cells
        elif header and not set("".join(cells)) <= set(":-"):
            cells = [cell.strip() for cell in line.strip()[1:-1].split("|")]
            row = dict(zip(header, cells))
            task = re.sub(r"^- ", "", cells[0]) or task
            version = row["Version"] or version
            key = (task, row["Filter"], row["Metric"])
            if header[0].startswith("Group") and key in seen:
                continue
            seen.add(key)
            identity = {"task": task, "answer_filter": row["Filter"], "model": model, "task_version": version, "shots": row["n-shot"]}
            metric = row["Metric"]
            found.append(score(f"line {at}", identity, metric, float(row["Value"]), number(row["Stderr"]), None, is_share(metric)))
    return found


def aiperf(text):
    found = []
    for at, row in enumerate(csv.DictReader(text.splitlines()), 2):
        value, total = number(row.get("accuracy_rate", row.get("accuracy"))), float(row["total"])
        one = score(f"line {at}", {"task": row["task"]}, "accuracy", value or 0.0, None, total)
        if value is None or total == 0:
            del one["samples"]["score/mean"]
        if "unparsed" in row:
            one["samples"]["unparsed/mean"] = float(row["unparsed"])
        found.append(one)
    return found


def answers(text):
    tasks = {}
    for at, line in enumerate(text.splitlines(), 1):
        answer = json.loads(line)
        if answer["benchmark_phase"] != "warmup":
            tasks.setdefault(answer["task"], [at]).append(answer["passed"])
    return [
        score(f"line {at}", {"task": task}, "accuracy", sum(passed) / len(passed), None, len(passed))
        for task, (at, *passed) in tasks.items()
    ]


def collected(rows):
    found = []
    for at, row in enumerate(rows):
        identity = {"task": row["task"], "model": row["model"], "accelerator": row["hw"], "benchmark_concurrency": row["conc"]}
        matches = [("em_strict", "strict-match"), ("em_flexible", "flexible-extract")]
        for key, choice in matches:
            if row.get(key) is not None:
                values = (row[key], row[f"{key}_se"], row["n_eff"])
                found.append(score(f"[{at}]", {**identity, "answer_filter": choice}, "exact_match", *values))
        if row.get("em_strict") is None and row.get("score") is not None:
            metric, _, choice = row["score_name"].partition(",")
            values = (row["score"], row["score_se"], row["n_eff"], is_share(metric))
            found.append(score(f"[{at}]", {**identity, "answer_filter": choice}, metric, *values))
    return found


def read(path):
    data = open(path, "rb").read()
    text = (gzip.decompress(data) if path.endswith(".gz") else data).decode()
    if text.startswith("{") and '"session_num"' in text:
        return answers(text)
    if text.startswith("{"):
        return results(json.loads(text))
    if '"em_strict"' in text:
        return collected(json.loads(text))
    return aiperf(text) if text.startswith("task,") else printed(text)


print(json.dumps({path: read(path) for path in sys.argv[1:]}))
