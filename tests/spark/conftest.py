"""One Spark for all tests, in this process: starting one takes longer than most of them."""

import logging
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

import made

os.environ["INFERSCOPE_BIN"] = made.program()


@pytest.fixture(scope="session")
def s3() -> Iterator:
    """A server with S3's protocol, before Spark starts: workers have the environment of that moment."""
    from moto.server import ThreadedMotoServer

    # It tells of every request, which is too much where a test fails.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    os.environ |= {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
    }
    yield server
    server.stop()


@pytest.fixture(scope="session")
def spark(s3, tmp_path_factory: pytest.TempPathFactory) -> Iterator:
    import build_dataset
    from pyspark.sql import SparkSession

    built = SparkSession.builder.master("local[2]").appName("tests")
    for name, value in {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.memory": "1g",
        "spark.local.dir": str(tmp_path_factory.mktemp("spark")),
    }.items():
        built = built.config(name, value)
    session = built.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    build_dataset.ship(session.sparkContext, str(tmp_path_factory.mktemp("shipped")))
    yield session
    session.stop()
