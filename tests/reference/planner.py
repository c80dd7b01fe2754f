"""A plan from Dynamo's profiler curves, from the specification (formats/aiperf-and-dynamo.md 3.2 to 3.6).

Usage: planner.py CSV PREFILL.json DECODE.json TTFT ITL ISL OSL RATE PRICE PREFILL_GPUS DECODE_GPUS (the CSV is not used).
Prefill is read by the monotone cubic of Fritsch and Butland (1984), decode bilinearly: along the lines of the two
neighbouring contexts, then between them. Candidates of decode are the usages that either line has, and where ITL meets
its target.
"""

import json
import math
import sys

import numpy as np

_, prefill_path, decode_path, *numbers = sys.argv[1:]
ttft_target, itl_target, isl, osl, rate, price, prefill_gpus, decode_gpus = map(float, numbers)


def monotone(xs, ys, x):
    """Piecewise cubic Hermite with limited slopes."""
    h, d = np.diff(xs), np.diff(ys) / np.diff(xs)
    m = np.zeros(len(xs))
    for i in range(1, len(xs) - 1):
        if d[i - 1] * d[i] > 0:
            w1, w2 = 2 * h[i] + h[i - 1], h[i] + 2 * h[i - 1]
            m[i] = (w1 + w2) / (w1 / d[i - 1] + w2 / d[i])

    def end(h0, h1, d0, d1):
        slope = ((2 * h0 + h1) * d0 - h0 * d1) / (h0 + h1)
        if slope * d0 <= 0:
            return 0.0
        return 3 * d0 if d0 * d1 <= 0 and abs(slope) > 3 * abs(d0) else slope

    m[0], m[-1] = end(h[0], h[1], d[0], d[1]), end(h[-1], h[-2], d[-1], d[-2])
    i = min(max(int(np.searchsorted(xs, x)) - 1, 0), len(h) - 1)
    t = (x - xs[i]) / h[i]
    h00, h10, h01, h11 = 2 * t**3 - 3 * t**2 + 1, t**3 - 2 * t**2 + t, -2 * t**3 + 3 * t**2, t**3 - t**2
    return h00 * ys[i] + h10 * h[i] * m[i] + h01 * ys[i + 1] + h11 * h[i] * m[i + 1]


prefill, decode = json.load(open(prefill_path)), json.load(open(decode_path))
xs = np.array(prefill["prefill_isl"], float)
ttft = monotone(xs, np.array(prefill["prefill_ttft"]), isl)
prefill_tps = monotone(xs, np.array(prefill["prefill_thpt_per_gpu"]), isl)

context = isl + osl / 2
usage = np.array(decode["x_kv_usage"]) * 100
contexts = np.array(decode["y_context_length"])
itls, rates = np.array(decode["z_itl"]), np.array(decode["z_thpt_per_gpu"])
low, high = contexts[contexts <= context].max(), contexts[contexts >= context].min()
lines = [[row for row in np.argsort(usage, kind="stable") if contexts[row] == c] for c in (low, high)]
ends = [(usage[line[0]], usage[line[-1]]) for line in lines]
share = 0.0 if low == high else (context - low) / (high - low)


def at(u):
    values = [[np.interp(u, usage[line], z[line]) for line in lines] for z in (itls, rates)]
    return [a + (b - a) * share for a, b in values]


knots = sorted(u for u in set(usage[lines[0]]) | set(usage[lines[1]]) if all(a <= u <= b for a, b in ends))
section = [(u, *at(u)) for u in knots]
candidates = []
for here, there in zip(section, section[1:] + [None]):
    candidates.append(here)
    if there and (here[1] - itl_target) * (there[1] - itl_target) < 0:
        s = (itl_target - here[1]) / (there[1] - here[1])
        candidates.append(tuple(a + (b - a) * s for a, b in zip(here, there)))

keeping = [c for c in candidates if c[1] <= itl_target * (1 + 1e-12)]
picked = max(keeping, key=lambda c: c[2]) if keeping else min(candidates, key=lambda c: c[1])
front = [c for c in candidates if not any(o[1] <= c[1] and o[2] >= c[2] and (o[1], o[2]) != (c[1], c[2]) for o in candidates)]


def hours(decode_tps):
    return (isl * 1000 / prefill_tps + osl * 1000 / decode_tps) / 3600


json.dump({
    "ttft": ttft,
    "prefill_tps": prefill_tps,
    "candidates": [list(map(float, c)) for c in candidates],
    "picked": list(map(float, picked)),
    "front": [[float(c[1]), hours(c[2]), hours(c[2]) * price] for c in sorted(front, key=lambda c: c[1])],
    "usd": hours(picked[2]) * price,
    "prefill_engines": math.ceil(rate * isl / (prefill_tps * prefill_gpus)),
    "decode_engines": math.ceil(rate * osl / (picked[2] * decode_gpus)),
}, sys.stdout)
