#!/usr/bin/env python3
"""Histograms and counters with restarts, and what a real Prometheus makes of them.

Prints JSON. `histograms`: of each case the series with their bounds and their totals at two moments, and the quantiles that
`histogram_quantile` finds in the sum of their differences (null where it finds none). `counters`: of each series its samples
as Prometheus has them, its `resets()`, and its gain summed by hand. `missing` alone where there is no Prometheus.
"""
import json
import random
import sys

import real_prometheus

BEFORE, AFTER = 1_768_467_600, 1_768_468_200
SHARES = [0.0, 0.01, 0.5, 0.9, 0.95, 0.99, 1.0]
TTFT = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 20.0]
QUEUE = [0.0, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0]
STEP, SCRAPES = 15, 60


def totals(of, bounds, observations):
    """The buckets, the count and the sum of some observations."""
    return {"bounds": bounds, "buckets": [sum(1 for value in observations if value <= bound) for bound in bounds],
            "count": len(observations), "sum": sum(observations), "pod": of}


def series(rng, of, bounds, old, new):
    """A series whose observations `old` are there at the first moment and `new` besides at the second."""
    before, more = [old(rng) for _ in range(rng.randint(0, 300))], [new(rng) for _ in range(rng.randint(1, 500))]
    return {"before": totals(of, bounds, before), "after": totals(of, bounds, before + more)}


def cases(rng):
    def about(middle):
        return lambda rng: rng.lognormvariate(0, 0.8) * middle
    found = {
        "several series": [series(rng, f"pod-{at}", TTFT, about(0.3), about(0.2 * (at + 1))) for at in range(4)],
        "beyond the last bound": [series(rng, "a", TTFT[:6], about(0.02), about(0.3))],
        "all beyond the last bound": [series(rng, "a", TTFT[:3], about(0.001), lambda rng: 1 + rng.random())],
        "all in the first bucket": [series(rng, "a", [1.0, 2.0, 4.0], about(2.0), lambda rng: rng.random() * 0.9)],
        "one bound": [series(rng, "a", [0.5], about(0.5), about(0.4))],
        "a bound of 0": [series(rng, "a", QUEUE, about(0.01), lambda rng: max(0.0, rng.gauss(0.0, 0.1)))],
        "empty buckets between": [series(rng, "a", TTFT, about(0.1), lambda rng: rng.choice([0.015, 0.6, 8.0]))],
    }
    still = series(rng, "still", TTFT, about(0.3), about(0.3))
    still["after"] = still["before"]
    found["nothing new"] = [still]
    found["nothing new in one of two"] = [still, series(rng, "moving", TTFT, about(0.3), about(0.6))]
    for at in range(20):
        bounds = sorted(rng.sample(TTFT, rng.randint(2, len(TTFT))))
        found[f"random {at}"] = [series(rng, f"pod-{pod}", bounds, about(rng.random()), about(rng.random()))
                                 for pod in range(rng.randint(1, 4))]
    return found


def counters(rng):
    """Samples of counters that fall now and then."""
    found = {}
    for at in range(6):
        value, samples = rng.randint(0, 1000) * 1.0, []
        for _ in range(SCRAPES):
            value = rng.choice([0.0, float(rng.randint(0, 5))]) if rng.random() < 0.02 * at else value + rng.choice([0, rng.random() * 50])
            samples.append(value)
        found[f"c{at}"] = samples
    return found


def exposition(histograms, counts):
    lines = ["# TYPE h histogram"]
    for moment, at in (("before", BEFORE), ("after", AFTER)):
        for case, all_series in histograms.items():
            for one in all_series:
                of = one[moment]
                labels = f'case="{case}",pod="{of["pod"]}"'
                bounds = [*map(str, of["bounds"]), "+Inf"]
                for bound, total in zip(bounds, [*of["buckets"], of["count"]]):
                    lines.append(f'h_bucket{{{labels},le="{bound}"}} {total} {at}')
    lines.append("# TYPE c counter")
    for name, samples in counts.items():
        lines += [f'c_total{{of="{name}"}} {value!r} {BEFORE + STEP * at}' for at, value in enumerate(samples)]
    return "\n".join([*lines, "# EOF", ""])


def gained(samples):
    """A fall is a restart: what stands after it was counted since."""
    return sum(after if after < before else after - before for before, after in zip(samples, samples[1:]))


def main():
    absent = real_prometheus.missing()
    if absent:
        return {"missing": absent}
    rng = random.Random(20260115)
    histograms, counts = cases(rng), counters(rng)
    found = {"histograms": [], "counters": []}
    with real_prometheus.prometheus(exposition(histograms, counts)) as server:
        for case, all_series in histograms.items():
            def difference(share, case=case):
                buckets = f'h_bucket{{case="{case}"}}'
                expression = f"histogram_quantile({share}, sum by (le) ({buckets} @ {AFTER} - {buckets} @ {BEFORE}))"
                [(_, value)] = server.query(expression, AFTER)
                return value
            found["histograms"].append(
                {"case": case, "series": all_series, "quantiles": [[share, difference(share)] for share in SHARES]})
        end, span = BEFORE + STEP * (SCRAPES - 1), STEP * SCRAPES
        for name in counts:
            [(_, samples)] = server.query(f'c_total{{of="{name}"}}[{span}s]', end)
            [(_, resets)] = server.query(f'resets(c_total{{of="{name}"}}[{span}s])', end)
            samples = [float(value) for _, value in samples]
            found["counters"].append({"samples": samples, "resets": resets, "gained": gained(samples)})
    return found


if __name__ == "__main__":
    json.dump(main(), sys.stdout)
