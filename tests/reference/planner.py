"""A plan from Dynamo's profiler curves, from the specification (formats/aiperf-and-dynamo.md 3.2 to 3.6).

Usage: planner.py CSV PREFILL.json DECODE.json TTFT ITL ISL OSL RATE PRICE PREFILL_GPUS (the CSV is not used).

Both profiles obey an identity of 3.2, which is checked here at every measured point and is the specification in between:
  prefill  thpt_per_gpu = isl / ttft / gpus (per prompt at work),
  decode   thpt_per_gpu = kv_usage * max_kv_tokens / context / itl / gpus: requests in flight, each a token every ITL.
Only TTFT and ITL are read between the points: TTFT by the monotone cubic of Fritsch and Butland (1984); ITL linearly along
the cache usage and, between the neighbouring contexts, linearly in 1/context: at one usage the requests in flight fall so.
Throughput is the identity at what was read, and the decode engine's GPUs are the number with which it holds. Candidates of
decode are the profiled usages of either neighbouring context where both were measured (3.4).
"""

import json
import math
import sys

import numpy as np

_, prefill_path, decode_path, *numbers = sys.argv[1:]
ttft_target, itl_target, isl, osl, rate, price, prefill_gpus = map(float, numbers)


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
ttfts = np.array(prefill["prefill_ttft"])
per_prompt = xs / ttfts * 1000 / np.array(prefill["prefill_thpt_per_gpu"])
assert np.allclose(per_prompt, per_prompt[0], rtol=1e-9), per_prompt
ttft = monotone(xs, ttfts, isl)
prefill_tps = isl / ttft * 1000 / per_prompt[0]

context = isl + osl / 2
usage = np.array(decode["x_kv_usage"]) * 100
contexts = np.array(decode["y_context_length"])
itls, rates = np.array(decode["z_itl"]), np.array(decode["z_thpt_per_gpu"])
held = usage / 100 * decode["max_kv_tokens"]
decode_gpus = round(np.median(held / contexts / itls * 1000 / rates))
assert np.allclose(held / contexts / itls * 1000 / decode_gpus, rates, rtol=1e-4)
low, high = contexts[contexts <= context].max(), contexts[contexts >= context].min()
lines = [[row for row in np.argsort(usage, kind="stable") if contexts[row] == c] for c in (low, high)]
ends = [(usage[line[0]], usage[line[-1]]) for line in lines]
share = 0.0 if low == high else (1 / low - 1 / context) / (1 / low - 1 / high)


def at(u):
    a, b = (np.interp(u, usage[line], itls[line]) for line in lines)
    itl = a + (b - a) * share
    return itl, u / 100 * decode["max_kv_tokens"] / context / itl * 1000 / decode_gpus


knots = sorted(u for u in set(usage[lines[0]]) | set(usage[lines[1]]) if all(a <= u <= b for a, b in ends))
candidates = [(u, *at(u)) for u in knots]

keeping = [c for c in candidates if c[1] <= itl_target]
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
    "decode_gpus": decode_gpus,
    "prefill_engines": math.ceil(rate * isl / (prefill_tps * prefill_gpus)),
    "decode_engines": math.ceil(rate * osl / (picked[2] * decode_gpus)),
}, sys.stdout)
