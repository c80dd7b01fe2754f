#!/usr/bin/env python3
"""Analyses a Mooncake trace with Python's standard library alone and prints what a program should find.

    trace.py TRACE.jsonl BLOCK_SIZE CAPACITY …

Written from the definitions (`aiperf-and-dynamo.md`, section 4.2), not from the program: the cache is a list that is searched,
and percentiles are computed by their definition.
"""
import json
import statistics
import sys
from collections import Counter


def quantile(values, share):
    """Linear between the closest ranks: numpy's default."""
    values = sorted(values)
    rank = share * (len(values) - 1)
    low = int(rank)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (rank - low)


def summary(values):
    return {
        "count": len(values), "mean": statistics.fmean(values), "std": statistics.pstdev(values), "min": min(values),
        "p25": quantile(values, 0.25), "p50": statistics.median(values), "p75": quantile(values, 0.75), "max": max(values),
    }


def limited(rows, capacity):
    """A list of blocks, the least recently used first. Returns the mean share of hits of requests, and that of all blocks."""
    cache, shares, hits, total = [], [], 0, 0
    for row in rows:
        ids = row["hash_ids"]
        known = 0
        while known < len(ids) and ids[known] in cache:
            known += 1
        shares.append(known / len(ids))
        hits, total = hits + known, total + len(ids)
        for block in reversed(ids):
            if block in cache:
                cache.remove(block)
            cache.append(block)
            if len(cache) > capacity:
                cache.pop(0)
    return {"hit_rate": statistics.fmean(shares), "block_hit_rate": hits / total}


with open(sys.argv[1], encoding="utf-8") as file:
    rows = [json.loads(line) for line in file]
size = int(sys.argv[2])
count = Counter(block for row in rows for block in row["hash_ids"])
context, unique, hit_rate, seen = [], [], [], set()
for row in rows:
    ids = row["hash_ids"]
    repeated = [block for block in ids if count[block] > 1]
    context.append(row["input_length"] if len(repeated) == len(ids) else size * len(repeated))
    unique.append(row["input_length"] - context[-1])
    unknown = [at for at, block in enumerate(ids) if block not in seen]
    hit_rate.append((unknown[0] if unknown else len(ids)) / len(ids))
    seen.update(ids)
json.dump(
    {
        "requests": len(rows),
        "input_length": summary([row["input_length"] for row in rows]),
        "output_length": summary([row["output_length"] for row in rows]),
        "context_length": summary(context),
        "unique_prompt_length": summary(unique),
        "hit_rate": summary(hit_rate),
        "blocks": {"total": sum(count.values()), "distinct": len(count), "repeated": sum(n > 1 for n in count.values())},
        "lru": [limited(rows, int(capacity)) for capacity in sys.argv[3:]],
    },
    sys.stdout,
)
