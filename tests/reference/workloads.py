"""Token lengths of a table (argv[2]: CSV with input_length and output_length): what Python's statistics and numpy say.

argv[1] is the demo data, which this script does not need. Prints JSON: for each column count, min, max, mean, median,
standard deviation, percentiles, and the counts of a histogram of argv[3] bins."""

import csv
import json
import statistics
import sys

import numpy

with open(sys.argv[2], encoding="utf-8") as file:
    rows = list(csv.DictReader(file))
found = {}
for column in ("input_length", "output_length"):
    values = [float(row[column]) for row in rows if row[column] != ""]
    q1, q3 = numpy.percentile(values, [25, 75])
    kept = [value for value in values if value <= q3 + 1.5 * (q3 - q1)]
    found[column] = {
        "count": len(values),
        "min": min(values),
        "max": max(values),
        "mean": statistics.fmean(values),
        "p50": statistics.median(values),
        "std": statistics.stdev(values),
        **{f"p{p}": float(numpy.percentile(values, p)) for p in (5, 10, 25, 75, 90, 95, 99, 99.9)},
        "histogram": numpy.histogram(values, bins=int(sys.argv[3]))[0].tolist(),
        "kept": len(kept),
        "kept_mean": statistics.fmean(kept),
    }
json.dump(found, sys.stdout)
