"""Latencies of AIPerf's requests, with pandas, from the description of its profile_export.jsonl
(formats/aiperf-and-dynamo.md 1.6).

Usage: latency.py CSV REQUESTS.jsonl (the CSV is not used). Prints mean, deviation of a sample and percentiles (linear) of the
requests that succeeded, by the page's names; a histogram of TTFT in seven bins; mean requests in flight.
"""

import json
import sys

import numpy as np
import pandas as pd

NAMES = {
    "time_to_first_token": "TTFT",
    "inter_token_latency": "TPOT",
    "request_latency": "E2E latency",
}

rows = []
for line in open(sys.argv[2]):
    request = json.loads(line)
    if request.get("error") is not None or request["metadata"].get("was_cancelled"):
        continue
    values = {tag: metric["value"] for tag, metric in request["metrics"].items() if tag in NAMES}
    rows.append({**values, "start": request["metadata"]["request_start_ns"] / 1e9})
requests = pd.DataFrame(rows)

latencies = {}
for tag, name in NAMES.items():
    if tag in requests:
        values = requests[tag].dropna()
        found = {f"p{p}": values.quantile(p / 100) for p in (1, 5, 25, 50, 75, 90, 95, 99)}
        found |= {"count": len(values), "mean": values.mean(), "min": values.min(), "max": values.max()}
        if len(values) > 1:
            found["std"] = values.std()
        latencies[name] = {key: float(value) for key, value in found.items()}

ttft = requests["time_to_first_token"].dropna()
timed = requests.dropna(subset=["request_latency"])
ends = timed["start"] + timed["request_latency"] / 1000
json.dump({
    "latencies": latencies,
    "bins": np.histogram(ttft, bins=7)[0].tolist(),
    "in_flight": timed["request_latency"].sum() / 1000 / (ends.max() - timed["start"].min()),
}, sys.stdout)
