#!/usr/bin/env python3
"""Makes a data set of synthetic results in the layout of build_dataset.py, as large as wanted: what is measured on it stands in
README.md. Figures follow a formula and were measured on nothing. Needs duckdb and pyarrow.

    hundred_million.py OUT                              10⁸ rows, 5 GB
    hundred_million.py OUT --rows 1000000               10⁶ rows in as many row groups, of one hundredth of the rows each"""

import argparse
import json
import shutil
import time
from pathlib import Path

import duckdb
from inferscope_dataset import layout

MODELS = [
    "meta-llama/Llama-3.3-70B-Instruct",
    "meta-llama/Llama-3.1-8B-Instruct",
    "openai/gpt-oss-120b",
    "deepseek-ai/DeepSeek-R1-0528",
    "Qwen/Qwen3-235B-A22B",
    "mistralai/Mistral-Small-3.2-24B",
    "google/gemma-3-27b-it",
    "ibm-granite/granite-4.0-h-small",
]
ACCELERATORS = ["H200", "MI300X", "B200"]
# Nightly builds; a build is measured on one in three partitions, as no fleet measures everything every night.
VERSIONS = 900
SHARE = 3
LOADS = 10
# Tensor-parallel degrees × workloads.
SETTINGS = 4 * 6
SCHEMA = "1"

# One build on one partition: each run is a file with ten loads. Texts as `inferscope table` writes them: counts are texts.
# `noise` is a number from 0 to 1 that depends on the row alone, so that the data set is the same wherever it is made.
ROWS = """
WITH rows AS (
  SELECT v.version, v.n AS build, r.range AS run, l.range AS step,
    [1, 2, 4, 8][1 + (r.range % 4)] AS tp, 1 + (r.range // 4) % 6 AS work, r.range // 24 AS repeat
  FROM versions v, range(?) r, range(10) l
  WHERE (v.n + ?) % 3 = 0
), figures AS (
  SELECT *, [128, 512, 1024, 2048, 8192, 1000][work] AS isl, [128, 2048, 1024, 128, 1024, 1000][work] AS osl, 1 << step AS load,
    (hash(build, run, step, ?) % 1000003) / 1000003.0 AS noise
  FROM rows
), speeds AS (
  SELECT *, ? * (1 + build / 1800.0) * (0.95 + 0.1 * noise) AS speed FROM figures
), results AS (
  SELECT *,
    round(speed * tp * load / (1 + load / (24.0 * tp)), 3) AS output_tps,
    round(18 + isl * (0.02 + 0.001 * load) / tp * (0.9 + 0.2 * noise), 4) AS ttft,
    round(1000 * (1 + load / (24.0 * tp)) / speed / tp, 4) AS itl
  FROM speeds
)
SELECT 'nightly/' || version || '/' || ? || '/tp' || tp || '-' || isl || 'x' || osl || '/run-' || repeat || '.json' AS path,
  'vLLM bench serve' AS tool, ? AS model, ? AS accelerator, version, tp::VARCHAR AS tp, tp::VARCHAR AS gpus,
  isl::VARCHAR AS isl, osl::VARCHAR AS osl, 'concurrency' AS load_kind, load::DOUBLE AS load,
  'Custom (' || isl || '/' || osl || ')' AS profile, 'derived: TP' AS gpus_basis,
  output_tps, round(output_tps * (isl + osl) / osl, 3) AS total_tps,
  ttft AS ttft_p50_ms, round(ttft * (1.6 + 0.4 * noise), 4) AS ttft_p95_ms, itl AS itl_p50_ms,
  round(ttft + itl * osl, 3) AS e2el_p50_ms, CASE WHEN load = 512 AND noise > 0.98 THEN 0.4 ELSE 0.0 END AS error_rate_pct
FROM results
ORDER BY version, tp, isl, osl, load_kind, load, path
"""


def versions() -> list[str]:
    """0.8.0.dev0+nightly … in the order of their texts, oldest first: 0.10 comes before 0.8, as texts do."""
    return sorted(f"0.{8 + n // 150}.{n // 50 % 3}.dev{100 + n % 50}" for n in range(VERSIONS))


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("out", type=Path, help="a folder; it is made, or emptied if it holds a data set")
    ask.add_argument("--rows", type=int, default=100_000_000, help="about how many rows (default: %(default)s)")
    ask.add_argument("--files", type=int, default=480, help="about how many files (default: %(default)s)")
    told = ask.parse_args()

    db = duckdb.connect()
    partitions = [(model, accelerator) for model in MODELS for accelerator in ACCELERATORS]
    pairs = len(partitions) * VERSIONS // SHARE
    runs = max(1, round(told.rows / pairs / LOADS))
    # A row group for each build on each partition, however many rows it has.
    least = min(8192, runs * LOADS)
    if (told.out / "index.json").exists():
        shutil.rmtree(told.out)
    told.out.mkdir(parents=True, exist_ok=True)

    db.execute("CREATE TABLE versions (n INTEGER, version VARCHAR)")
    db.executemany("INSERT INTO versions VALUES (?, ?)", list(enumerate(versions())))
    members, began = [], time.monotonic()
    for place, (model, accelerator) in enumerate(partitions):
        speed = 30 + 170 * (place * 7919 % 101) / 101
        name = f"{model.rsplit('/', 1)[-1]}-{accelerator}"
        # In slices of the builds, so that memory holds one file's rows; builds are in the order of the files already.
        files = max(1, told.files // len(partitions))
        for n in range(files):
            low, high = VERSIONS * n // files, VERSIONS * (n + 1) // files
            query = ROWS.replace("WHERE ", f"WHERE v.n >= {low} AND v.n < {high} AND ")
            table = db.sql(query, params=[runs, place, place, speed, name, model, accelerator]).to_arrow_table()
            if table.num_rows == 0:
                continue
            made = layout.part((model, accelerator), table, SCHEMA, least)
            path = told.out / made.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(made.content)
            members.append(made.member())
        print(
            f"{place + 1} of {len(partitions)} partitions, {sum(m['rows'] for m in members):,} rows, {time.monotonic() - began:.0f} s",
            flush=True,
        )
    (told.out / "index.json").write_bytes(layout.index(members, SCHEMA))
    print(
        json.dumps(
            {"rows": sum(m["rows"] for m in members), "files": len(members), "bytes": sum(m["size"] for m in members)}
        )
    )


if __name__ == "__main__":
    main()
