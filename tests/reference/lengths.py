"""Token lengths (argv[2]: CSV with input_length and output_length) as counts: how many inputs and outputs have each length.

argv[1] is the demo data, which this script does not need. Prints JSON: `table` is the text of public/figures/lengths/*.csv,
which this script writes; count, min, median, mean and max of either column are Python's. To write a file again:

    python3 tests/reference/lengths.py - summaries/deepseek-r1.csv table > public/figures/lengths/deepseek-r1.csv"""

import csv
import json
import statistics
import sys
from collections import Counter

with open(sys.argv[2], encoding="utf-8") as file:
    rows = list(csv.DictReader(file))
sides = {side: [int(row[f"{side}_length"]) for row in rows] for side in ("input", "output")}
counts = {side: Counter(values) for side, values in sides.items()}
lengths = sorted(set(counts["input"]) | set(counts["output"]))
table = "length,inputs,outputs\n" + "".join(f"{n},{counts['input'][n] or ''},{counts['output'][n] or ''}\n" for n in lengths)
if sys.argv[3:] == ["table"]:
    sys.stdout.write(table)
else:
    figures = {
        side: [len(values), min(values), statistics.median(values), statistics.fmean(values), max(values)]
        for side, values in sides.items()
    }
    json.dump({"table": table, **figures}, sys.stdout)
