#!/usr/bin/env python3
"""What a real Prometheus answers to the queries of a Grafana board.

    grafana_queries.py BOARD.json STEP NAME=METRICS.prom …

Each file is the exposition of one instance or host over time, scraped every STEP seconds. Prints JSON: by instance and title of the
panel, of each query its series: labels and points. A window is one step, so that a rate is of two scrapes, as on the page.
`missing` alone where there is no Prometheus.
"""
import json
import re
import sys
from pathlib import Path

import real_prometheus

SAMPLE = re.compile(r"(\S+?)\{(.*)\} (\S+) (\d+)$")


def series(name, text):
    """Samples with the label of their instance, their moments in seconds."""
    for line in text.splitlines():
        if not line.startswith("#"):
            metric, labels, value, at = SAMPLE.match(line).groups()
            yield f'{metric}{{{labels},instance="{name}"}} {value} {int(at) / 1000}', int(at) // 1000


def main(board, step, *files):
    absent = real_prometheus.missing()
    if absent:
        return {"missing": absent}
    named = [name_and_path.split("=", 1) for name_and_path in files]
    samples = [sample for name, path in named for sample in series(name, Path(path).read_text())]
    start, end = min(at for _, at in samples), max(at for _, at in samples)
    panels = [panel for panel in json.loads(Path(board).read_text())["panels"] if "targets" in panel]
    found = {}
    with real_prometheus.prometheus("\n".join([*(line for line, _ in samples), "# EOF", ""])) as server:
        for name, _ in named:
            # Prometheus 3 leaves the start of a window out: a millisecond more has two scrapes in either.
            variables = {"$__rate_interval": f"{step}001ms", "$by": "model_name", "$instance": name, "$host": name}

            def expression(target, variables=variables):
                text = target["expr"]
                for variable, value in variables.items():
                    text = text.replace(variable, value)
                return re.sub(r'"\$\w+"', '".*"', text)
            found[name] = {panel["title"]: [server.query_range(expression(target), start, end, step) for target in panel["targets"]]
                           for panel in panels}
    return found


if __name__ == "__main__":
    json.dump(main(*sys.argv[1:]), sys.stdout)
