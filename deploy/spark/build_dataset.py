#!/usr/bin/env python3
"""Turns a folder or a bucket of raw results into one data set of Parquet files that Inferscope's page reads by ranges, on Spark.
README.md says how it is run and what it writes. It goes on where it stopped: unchanged runs are not read again, and until the last
step, the replacement of index.json, the published data set is the old one, whole."""

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from inferscope_dataset import layout
from inferscope_dataset.job import build
from pyspark import SparkContext
from pyspark.sql import SparkSession

HERE = Path(__file__).resolve().parent


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("input", help="raw results: a path, file://, s3a:// (or s3://), gs://, hdfs://")
    ask.add_argument("output", help="the data set: likewise; the page opens its index.json")
    ask.add_argument(
        "--depth",
        type=int,
        default=1,
        help="a run is a folder so many levels below the input (default: %(default)s); 0: each file is a run",
    )
    ask.add_argument("--inferscope", help="the program on the workers (default: $INFERSCOPE_BIN, or inferscope on the PATH)")
    ask.add_argument("--config", help="a config.json with formats of your own, on the driver")
    ask.add_argument("--rows", type=int, default=500_000, help="rows of a file (default: %(default)s)")
    ask.add_argument(
        "--group-rows", type=int, default=layout.LEAST_ROWS, help="least rows of a row group (default: %(default)s)"
    )
    ask.add_argument(
        "--reread", action="store_true", help="read every run again, as after an update of Inferscope that reads more"
    )
    ask.add_argument(
        "--grace",
        type=float,
        default=3600,
        help="seconds that replaced files stay for pages that are open (default: %(default)s)",
    )
    ask.add_argument("--seconds", type=float, default=600, help="longest time for one run (default: %(default)s)")
    ask.add_argument("--most-bytes", type=int, default=4 << 30, help="largest run (default: %(default)s)")
    return ask.parse_args(words)


def ship(context: SparkContext, folder: str) -> None:
    """Sends the workers what is beside this file. The folder must stay: workers that start later ask for it, too."""
    context.addPyFile(shutil.make_archive(f"{folder}/inferscope_dataset", "zip", HERE, "inferscope_dataset"))


def main() -> int:
    told = arguments()
    # The workers' Python is this one, where nothing else is said: it has pyarrow.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    spark = SparkSession.builder.appName("inferscope-dataset").getOrCreate()
    # spark-submit would tell of every task.
    spark.sparkContext.setLogLevel("WARN")
    try:
        with tempfile.TemporaryDirectory() as folder:
            ship(spark.sparkContext, folder)
            print(json.dumps(build(spark.sparkContext, told)), flush=True)
    except (ValueError, OSError) as fault:
        print(f"error: {fault}", file=sys.stderr)
        return 1
    finally:
        spark.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
