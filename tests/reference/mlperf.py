"""Published results (argv[2]: the compact table), read with the standard library alone.

argv[1] is the demo data, which this script does not need. Prints JSON: for each round and model the systems that have a
result, the organizations, the systems in preview, the corrected results, and every figure by system and scenario."""

import csv
import json
import sys
from collections import defaultdict

found = defaultdict(lambda: {"systems": set(), "organizations": set(), "previews": set(), "corrected": 0, "figures": {}})
with open(sys.argv[2], encoding="utf-8", newline="") as file:
    for row in csv.DictReader(file):
        group = found[f"{row['round']} {row['model']}"]
        # Two systems of 6.0 share an id, and three of them a name.
        system = "|".join(row[key] for key in ("id", "system", "accelerators", "nodes"))
        group["systems"].add(system)
        group["organizations"].add(row["organization"])
        if row["availability"] == "preview":
            group["previews"].add(system)
        group["corrected"] += row["printed_unit"] != ""
        key = f"{system}|{row['scenario']}|{row['unit']}"
        assert key not in group["figures"], key
        group["figures"][key] = float(row["value"])
counts = {
    key: {**group, "systems": len(group["systems"]), "organizations": len(group["organizations"]), "previews": len(group["previews"])}
    for key, group in found.items()
}
json.dump(counts, sys.stdout, sort_keys=True, allow_nan=False)
