"""deploy/spark as it is run: results are made, the job turns them into a data set, is killed, runs again, and DuckDB and
`inferscope` read what it wrote. The tests of this file are one story, in their order."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import boto3
import build_dataset
import duckdb
import made as makes
import pyarrow.parquet as pq
import pytest

SPARK = Path(build_dataset.__file__).parent
RUNS = int(os.environ.get("RUNS", "2000"))


class World:
    """The raw results, the data set, and the job."""

    def __init__(self, folder: Path) -> None:
        self.raw = makes.made(folder / "raw", RUNS // 5)
        self.out = folder / "out"
        self.rest = folder / "rest"

    def words(self, *more: str) -> list[str]:
        # Small files, so that there are many of them.
        return [str(self.raw.folder), str(self.out), "--rows", "20", "--group-rows", "8", "--grace", "0", *more]

    def run(self, spark, *more: str) -> dict:
        return build_dataset.build(spark.sparkContext, build_dataset.arguments(self.words(*more)))

    def index(self) -> dict:
        return json.loads((self.out / "index.json").read_text())

    def files(self) -> dict[str, int]:
        """All that is there, and when it was written."""
        return {str(path.relative_to(self.out)): path.stat().st_mtime_ns for path in self.out.rglob("*") if path.is_file()}

    def killed(self, when: Callable[[], bool]) -> None:
        """The job as a program of its own, killed with all that belongs to it as soon as `when` is true."""
        spark = (
            "--master local[2] --driver-memory 1g --conf spark.ui.enabled=false --conf spark.ui.showConsoleProgress=false"
        )
        # What is left of it lies with the test's other files.
        environment = os.environ | {"PYSPARK_SUBMIT_ARGS": f"{spark} pyspark-shell", "TMPDIR": str(self.rest)}
        environment["SPARK_LOCAL_DIRS"] = str(self.rest)
        self.rest.mkdir(exist_ok=True)
        said = self.rest / "said.txt"
        command = [sys.executable, SPARK / "build_dataset.py", *self.words()]
        with said.open("wb") as out:
            job = subprocess.Popen(command, env=environment, start_new_session=True, stdout=out, stderr=subprocess.STDOUT)
        try:
            until = time.monotonic() + 300
            while not when():
                assert job.poll() is None, f"the job ended before it could be killed: {said.read_text()[-3000:]}"
                assert time.monotonic() < until, f"nothing happened: {said.read_text()[-3000:]}"
                time.sleep(0.002)
        finally:
            try:
                os.killpg(job.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            job.wait()

    def rows(self) -> list[tuple]:
        """As DuckDB reads them, from the files that the index names."""
        paths = [str(self.out / file["path"]) for file in self.index()["files"]]
        read = "read_parquet(?, union_by_name = true, hive_partitioning = false)"
        found = duckdb.sql(
            f"SELECT path, model, accelerator, version, load, tp, output_tps FROM {read} WHERE path NOT LIKE 'pair.%'",
            params=[paths],
        )
        return sorted(found.fetchall(), key=repr)

    def errors(self) -> dict[str, str]:
        paths = [str(self.out / path) for path in self.index()["dataset"]["errors"]]
        return dict(duckdb.sql("SELECT path, reason FROM read_parquet(?)", params=[paths]).fetchall()) if paths else {}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("world"))


def test_killed_before_there_was_anything(world: World) -> None:
    world.killed(lambda: world.out.exists() and any(world.out.glob("model=*/*/part-*.parquet")))
    assert not (world.out / "index.json").exists(), "killed too late to test anything"


def test_everything_is_there_once(world: World, spark) -> None:
    left = set(world.files())
    makes.more(world.raw, RUNS // 5, RUNS)
    assert left, "files of the run that was killed"
    said = world.run(spark)
    assert said["state"] == "published"
    assert world.rows() == world.raw.all()
    # Three rows of the pair.
    assert said["rows"] == world.index()["dataset"]["rows"] == len(world.raw.all()) + 3
    named = {file["path"] for file in world.index()["files"]}
    rest = set(world.files()) - named - {"index.json"}
    assert all(path.startswith(("_manifest/", "_errors/")) and said["generation"] in path for path in rest), (
        "what was left by the run before is gone"
    )


def test_files_of_one_run_complete_each_other(world: World) -> None:
    paths = [str(world.out / file["path"]) for file in world.index()["files"]]
    read = "read_parquet(?, union_by_name = true, hive_partitioning = false)"
    assert duckdb.sql(
        f"SELECT count(*), count(also_in) FROM {read} WHERE path LIKE 'pair.%'", params=[paths]
    ).fetchall() == [(3, 3)]


def test_bad_files_are_told(world: World) -> None:
    errors = world.errors()
    assert set(errors) == set(world.raw.bad)
    for path, word in world.raw.bad.items():
        assert word in errors[path] and errors[path]
    # The rest of the run that a bad file is in is there (test_everything…).
    assert "run-0003/result.json" in world.raw.rows


def test_layout(world: World) -> None:
    index = world.index()
    assert index["dataset"]["schema"] == 1
    assert len(index["files"]) < 2000
    order = ["version", "tp", "isl", "osl", "load_kind", "load"]
    ends: dict[str, list[tuple]] = {}
    for file in index["files"]:
        path = world.out / file["path"]
        assert path.stat().st_size == file["size"]
        stored = pq.ParquetFile(path)
        assert stored.metadata.num_rows == file["rows"]
        assert stored.metadata.metadata == {b"inferscope.schema": b"1"}
        table = stored.read()
        # The partition's columns are in the file as well; `%` stands for what no folder may be named.
        for part, name in zip(file["path"].split("/"), ("model", "accelerator"), strict=False):
            value = table[name][0].as_py() if name in table.column_names else None
            assert set(table[name].to_pylist() if value else [None]) == {value}
            assert part == f"{name}={value.replace('/', '%2F') if value else '__HIVE_DEFAULT_PARTITION__'}"
        # In order, by the bytes of the texts, what is missing last; and so are the files of a partition among themselves.
        columns = [table[name].to_pylist() if name in table.column_names else [None] * len(table) for name in order]
        keys = [
            tuple((value is None, value.encode() if isinstance(value, str) else value or 0) for value in row)
            for row in zip(*columns, strict=True)
        ]
        assert keys == sorted(keys)
        ends.setdefault(file["path"].rsplit("/", 1)[0], []).append((keys[0], keys[-1]))
        groups = [stored.metadata.row_group(n) for n in range(stored.num_row_groups)]
        assert max(group.num_rows for group in groups) <= 131_072
        for group in groups:
            for column in (group.column(n) for n in range(group.num_columns)):
                assert column.compression == "SNAPPY"
                assert (
                    column.path_in_schema in ("path", "place")
                    or column.statistics is not None
                    and column.statistics.null_count is not None
                )
        for name, (least, most) in file["stats"].items():
            values = [value for value in table[name].to_pylist() if value is not None]
            assert (least, most) == (min(values), max(values))
        for name, values in file["values"].items():
            assert values == sorted({value or "" for value in table[name].to_pylist()})
        assert {"tp", "isl"} <= file["values"].keys() | {name for name in ("tp", "isl") if name not in table.column_names}
        assert "version" in file["stats"] or "version" not in table.column_names
        types = {field.name: field.type for field in stored.schema_arrow}
        assert types.get("tp", "string") == types["path"] == "string" and types["load"] == types["output_tps"] == "double"
    for files in ends.values():
        files.sort()
        assert all(last <= first for (_, last), (first, _) in zip(files, files[1:], strict=False)), (
            "files of a partition overlap"
        )
    assert max(map(len, ends.values())) > 2, "partitions of several files"


def test_inferscope_reads_a_file_alone(world: World) -> None:
    file = max(world.index()["files"], key=lambda file: file["rows"])
    table = subprocess.run(
        [makes.program(), "table", "--format", "csv", world.out / file["path"]], capture_output=True, check=True
    ).stdout.decode()
    read = sorted((row["path"], float(row["output_tps"]), row["tp"]) for row in csv.DictReader(io.StringIO(table)))
    stored = pq.read_table(world.out / file["path"]).to_pylist()
    assert read == sorted((row["path"], row["output_tps"], row["tp"]) for row in stored)
    assert not subprocess.run([makes.program(), "inspect", world.out / file["path"]], capture_output=True, check=True).stderr


def test_second_run_does_nothing(world: World, spark) -> None:
    before = world.files()
    said = world.run(spark)
    assert said["state"] == "unchanged" and said["removed"] == 0
    assert world.files() == before


def test_killed_while_a_published_data_set_is_changed(world: World, spark) -> None:
    before, rows, index = world.files(), world.rows(), world.index()
    raw = world.raw
    # Changed, one of them to another partition; gone, as a file of a run and as a run; new; only touched; bad before, now well.
    raw.result("run-0010/result.json", 10, speed=5.5)
    raw.result("run-0011/result.json", 11, model="org/moved")
    raw.remove("run-0020/deeper/again.json")
    raw.remove("run-0021/result.json")
    raw.remove("loose 3.json")
    for number in range(5):
        raw.result(f"later-{number}/result.json", number)
    os.utime(raw.folder / "run-0030/result.json")
    raw.remove("broken.json")
    raw.result("broken.json", 99)
    raw.write("loose 5.json", "no longer a result")
    del raw.rows["loose 5.json"]
    raw.bad["loose 5.json"] = "Not a known format"

    known = set(before)
    world.killed(
        lambda: any(str(path.relative_to(world.out)) not in known for path in world.out.glob("model=*/*/part-*.parquet"))
    )
    assert world.index() == index, "killed too late to test anything"
    assert world.rows() == rows, "the published data set is whole"

    said = world.run(spark)
    counts = {kind: said[kind] for kind in ("new", "changed", "gone")}
    # run-0010, -0011, -0020, -0030, broken.json, loose 5; run-0021, loose 3; five later ones.
    assert counts == {"new": 5, "changed": 6, "gone": 2}
    assert world.rows() == raw.all()
    assert set(world.errors()) == set(raw.bad)
    stayed = {file["path"] for file in index["files"]} & {file["path"] for file in world.index()["files"]}
    assert len(stayed) > len(index["files"]) * 0.6, "files that nothing changed in stay"
    assert all(world.files()[path] == before[path] for path in stayed)
    assert world.run(spark)["state"] == "unchanged"


def test_replaced_files_stay_for_a_while(world: World, spark) -> None:
    before = {file["path"] for file in world.index()["files"]}
    world.raw.result("run-0040/result.json", 40, speed=6.5)
    assert world.run(spark, "--grace", "3600")["state"] == "published"
    replaced = before - {file["path"] for file in world.index()["files"]}
    assert replaced and replaced <= set(world.files()), "a page that has the index of before can go on"
    assert world.rows() == world.raw.all()
    assert world.run(spark)["removed"] > 0
    assert not replaced & set(world.files())


def test_read_again(spark, tmp_path: Path) -> None:
    raw = makes.Made(tmp_path / "raw")
    for number in range(20):
        raw.result(f"{number // 4}/{number}/result.json", number)
    words = [str(raw.folder), str(tmp_path / "out")]
    build = lambda *more: build_dataset.build(spark.sparkContext, build_dataset.arguments([*words, *more]))
    assert build()["new"] == 5
    files = json.loads((tmp_path / "out/index.json").read_text())["files"]
    assert build("--reread")["changed"] == 5
    assert json.loads((tmp_path / "out/index.json").read_text())["files"] == files, "the same rows are the same files"
    # Another depth is another way to read: everything is read again, unasked.
    said = build("--depth", "2")
    assert (said["new"], said["gone"], said["rows"]) == (20, 5, 20)
    assert json.loads((tmp_path / "out/index.json").read_text())["files"] == files


def test_what_is_wrong_is_said_and_changes_nothing(world: World, spark, tmp_path: Path) -> None:
    before = world.files()
    with pytest.raises(ValueError, match="is not there, or is empty"):
        build_dataset.build(spark.sparkContext, build_dataset.arguments([str(tmp_path / "none"), str(world.out)]))
    with pytest.raises(ValueError, match="cannot be run"):
        world.run(spark, "--inferscope", "/nowhere/inferscope")
    for other in (str(world.raw.folder / "out"), str(world.raw.folder.parent), str(world.raw.folder)):
        with pytest.raises(ValueError, match="must not lie below the input"):
            build_dataset.build(spark.sparkContext, build_dataset.arguments([str(world.raw.folder), other]))
    (tmp_path / "index.json").write_text("[]")
    with pytest.raises(ValueError, match="none that this job wrote"):
        build_dataset.build(spark.sparkContext, build_dataset.arguments([str(world.raw.folder), str(tmp_path)]))
    assert world.files() == before


def test_from_a_bucket_to_a_bucket(spark, tmp_path: Path) -> None:
    s3 = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
    s3.create_bucket(Bucket="results")
    raw = makes.Made(tmp_path)
    for number in range(12):
        raw.result(f"nightly/run {number}/result.json", number)
    for path in raw.rows:
        s3.upload_file(str(tmp_path / path), "results", f"raw/{path}")
    # Names that a bucket has, and no disk: a file and a folder of one name.
    for key in ("both/a.json", "both/a.json/b.json"):
        s3.put_object(Bucket="results", Key=f"raw/nightly/{key}", Body=b"{}")
    words = ["s3a://results/raw", "s3a://results/sets/all", "--depth", "2", "--grace", "0"]
    build = lambda: build_dataset.build(spark.sparkContext, build_dataset.arguments(words))
    keys = lambda: {
        one["Key"]: one["LastModified"] for one in s3.list_objects_v2(Bucket="results", Prefix="sets/")["Contents"]
    }

    said = build()
    assert (said["new"], said["rows"], said["bad"]) == (13, 12, 1)
    index = json.loads(s3.get_object(Bucket="results", Key="sets/all/index.json")["Body"].read())
    rows = []
    for file in index["files"]:
        content = s3.get_object(Bucket="results", Key=f"sets/all/{file['path']}")["Body"].read()
        assert len(content) == file["size"]
        rows += [(row["path"], row["output_tps"]) for row in pq.read_table(io.BytesIO(content)).to_pylist()]
    assert sorted(rows) == sorted((path, row[0][5]) for path, row in raw.rows.items())
    before = keys()
    assert build()["state"] == "unchanged" and keys() == before

    s3.delete_object(Bucket="results", Key="raw/nightly/run 3/result.json")
    assert build()["gone"] == 1
    named = {
        f"sets/all/{file['path']}"
        for file in json.loads(s3.get_object(Bucket="results", Key="sets/all/index.json")["Body"].read())["files"]
    }
    assert {key for key in keys() if key.endswith(".parquet") and "/model=" in key} == named
    # Its file was the only one of its partition: not even the name is left.
    assert len({key.rsplit("/", 1)[0] for key in keys() if "accelerator=" in key}) == len(index["files"]) - 1
