"""One Spark for all tests, in this process: starting one takes longer than most of them."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
SPARK = HERE.parents[1] / "deploy/spark"
sys.path[:0] = [str(SPARK), str(HERE)]
os.environ["PYSPARK_PYTHON"] = sys.executable
# No other computer has a part in it.
os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"

import made  # noqa: E402

os.environ["INFERSCOPE_BIN"] = made.program()


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator:
    import build_dataset
    from pyspark.sql import SparkSession

    built = SparkSession.builder.master("local[2]").appName("tests")
    for name, value in {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.driver.memory": "1g", "spark.local.dir": str(tmp_path_factory.mktemp("spark"))}.items():
        built = built.config(name, value)
    session = built.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    build_dataset.ship(session.sparkContext, str(tmp_path_factory.mktemp("shipped")))
    yield session
    session.stop()
