"""The parts of the job that need no Spark: what is a run, how files follow each other, and the maker of large data sets."""

import json
import random
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from inferscope_dataset import layout, published
from inferscope_dataset.plan import Known, begins, fallen, goal, planned
from inferscope_dataset.runs import Reader, Run, joined, run_of, tidy
from inferscope_dataset.store import Found, Place, is_data

SPARK = Path(layout.__file__).parents[1]


@pytest.mark.parametrize(
    ("path", "depth", "run"),
    [
        ("run-1/a.json", 1, "run-1/"),
        ("run-1/logs/worker.log", 1, "run-1/"),
        ("2026-11/run-1/a.json", 1, "2026-11/"),
        ("2026-11/run-1/a.json", 2, "2026-11/run-1/"),
        ("2026-11/a.json", 2, "2026-11/a"),
        ("a.json", 1, "a"),
        ("a.csv", 1, "a"),
        ("a.pytorch.json", 1, "a"),
        ("a.json.gz", 1, "a.json"),
        ("0.8.1.yaml", 1, "0.8.1"),
        ("LICENSE", 1, "LICENSE"),
        ("x/.json", 0, "x/.json"),
        # A row's path goes on inside of an archive, and is of the same run as the archive.
        ("a.zip", 1, "a"),
        ("a.zip/run/b.json", 1, "a"),
        ("run-1/a.tar.gz/b.json", 1, "run-1/"),
    ],
)
def test_what_is_a_run(path: str, depth: int, run: str) -> None:
    assert run_of(path, depth) == run


def test_what_is_no_data() -> None:
    assert is_data("a/b.json") and is_data("a b/c_d.json")
    assert not any(map(is_data, ["index.json", "a/index.json", ".a/b.json", "a/.b", "_SUCCESS", "a/_manifest/x.parquet"]))


@pytest.mark.parametrize(
    "value", ["meta-llama/Llama-3.3", "a=b%c", "a:b*c?", "üni/模", "tab\there", "a b", "[x]^{y", "..", "quote'\"", None]
)
def test_partitions_have_names_that_every_disk_takes(value: str | None) -> None:
    folder = layout.folder((value, "x"))
    assert folder.count("/") == 1 and not set(folder) & set("\t\"'*?:\\<>|")
    assert layout.values_of(f"{folder}/part-0.parquet") == (value, "x")


@pytest.mark.parametrize(
    "path", ["../up.json", "a/../../up.json", "/etc/up.json", "a//b.json", "./a.json", "nul\0.json", "x" * 300]
)
def test_names_that_lead_elsewhere_are_faults(path: str, tmp_path: Path) -> None:
    reader = Reader(Place(str(tmp_path)), 1, "/nowhere/inferscope", None, 1, 1 << 20)
    reading = reader.read("run", [Found(path, 1, 1)], None)
    assert reading.run.state == "bad" and "no file can have this name" in reading.run.faults[0][1]


def test_what_the_program_does_wrong_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    program = tmp_path / "program"

    def reason(script: str, seconds: float = 10, most: int = 1000) -> tuple[str, str]:
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        reading = Reader(Place(str(tmp_path)), 1, str(program), None, seconds, most).read("a", [Found("a.json", 2, 1)], None)
        return reading.run.state, reading.run.faults[0][1]

    assert reason("kill -SEGV $$") == ("bad", "inferscope was ended by signal 11")
    assert reason("echo said why >&2; exit 3") == ("bad", "inferscope ended with 3: said why")
    assert reason("sleep 5", 0.2)[1] == "not read within 0.2 s (--seconds)"
    assert "cannot be read" in reason("echo no table")[1]
    assert "larger than 1 bytes" in reason("true", most=1)[1]
    # What is not there is not bad: it is tried again, and what is known of it stays.
    known = Run([Found("b.json", 2, 1)], "hash", "read", 3, ["part"])
    reading = Reader(Place(str(tmp_path)), 1, str(program), None, 1, 1000).read("b", [Found("b.json", 2, 2)], known)
    assert (reading.run.state, reading.run.rows, reading.run.outputs, reading.replaced) == ("unread", 3, ["part"], None)


def test_tables_with_other_columns_are_joined() -> None:
    a = tidy(
        pa.table(
            {"path": ["1", "2"], "x": [1.5, float("nan")], "none": pa.array([None, None], pa.string()), "mixed": [1.0, 2.0]}
        )
    )
    b = tidy(pa.table({"path": pa.array(["3"]).dictionary_encode(), "y": pa.array([7], pa.int64()), "mixed": ["text"]}))
    table = joined([a, b])
    assert table.to_pydict() == {
        "path": ["1", "2", "3"],
        "x": [1.5, None, None],
        "mixed": ["1", "2", "text"],
        "y": [None, None, 7.0],
    }
    assert [str(field.type) for field in table.schema] == ["string", "double", "string", "double"]


def test_row_groups_end_where_the_version_does() -> None:
    table = pa.table({"version": ["1"] * 5 + ["2"] * 3 + ["3"] * 30 + [None] * 4})
    assert layout.cuts(table, least=4, most=20) == [(0, 5), (5, 20), (25, 13), (38, 4)]
    assert layout.cuts(table, least=1000, most=2000) == [(0, 42)]
    assert layout.cuts(table.slice(0, 0)) == []


def test_files_follow_each_other_however_rows_come_and_go() -> None:
    """A thousand arrivals and departures, with a model of what lies where: all rows are in one file each, in order."""
    chance = random.Random(21)
    width, most = len(layout.ORDER) + len(layout.TIES), 100
    held: dict[str, list[list]] = {}
    known: dict[tuple, list[Known]] = {}
    files = rewritten = 0

    def key() -> list:
        return [
            chance.choice(["1", "10", "2", None]),
            str(chance.randrange(5)),
            *[None] * (width - 4),
            f"{chance.randrange(10**9)}",
            "line 1",
        ]

    for turn in range(150):
        values = (chance.choice(["a", None]), "x")
        arriving = [] if turn % 7 == 3 else [key() for _ in range(chance.choice([1, 5, 60, 700 if turn < 9 else 20]))]
        losing = {file.path for file in known.get(values, []) if chance.random() < 0.05}
        ranks = begins(known)
        touched = {place for one in arriving for place in fallen(ranks, values, one, one)}
        # The sample knows half of what comes.
        plan = planned(
            known,
            [*((at, list(first), 0.0) for at, first in touched), *((values, one, 2.0) for one in arriving[::2])],
            losing,
            most,
        )
        total = sum(map(len, held.values())) + len(arriving)
        gone = 0
        coming: dict[int, list[list]] = {}
        for one in arriving:
            number, _ = plan.place(values, one)
            assert number is not None, "rows fall into a file that stays"
            coming.setdefault(number, []).append(one)
        old = {file.path: held[file.path] for slice_ in plan.slices.values() for file in slice_.files}
        for number, slice_ in plan.slices.items():
            low, high = slice_.low, plan.end(number)
            rows = coming.get(number, [])
            for file in slice_.files:
                own = [
                    row
                    for row in old[file.path]
                    if (not low or layout.rank(row) >= layout.rank(low))
                    and (not high or layout.rank(row) < layout.rank(high))
                ]
                keep = [row for n, row in enumerate(own) if file.path not in losing or n % 3]
                gone += len(own) - len(keep)
                rows = rows + keep
            rows = sorted(rows, key=layout.rank)
            count = max(1, round(len(rows) / plan.rows))
            for n in range(count):
                some = rows[len(rows) * n // count : len(rows) * (n + 1) // count]
                if some:
                    files += 1
                    path = f"{files}"
                    held[path] = some
                    known.setdefault(slice_.values, []).append(Known({"path": path, "rows": len(some)}, some[0]))
        rewritten += len(old)
        for path in old:
            del held[path]
        known = {at: [file for file in each if file.path not in old] for at, each in known.items()}
        assert sum(map(len, held.values())) == total - gone, "rows are lost or doubled"
        for each in known.values():
            ordered = sorted((held[file.path] for file in each), key=lambda rows: layout.rank(rows[0]))
            flat = [layout.rank(row) for rows in ordered for row in rows]
            assert flat == sorted(flat), "files overlap"
            assert all(len(rows) <= 2 * most for rows in ordered)
    count = sum(map(len, known.values()))
    assert count < 4 * sum(map(len, held.values())) / most + 4, "small files are put together"
    assert rewritten < files, "most files stay"


def test_two_at_a_time_publish_once(tmp_path: Path) -> None:
    out = Place(str(tmp_path))
    first, second = (published.started({"schema": "1"}, "inferscope 1") for _ in range(2))
    part = layout.part(("m", None), pa.table({"path": ["a"], "model": ["m"]}), "1")
    first.parts = [Known(part.member(), ["a"])]
    with pytest.raises(ValueError, match="1 files that were written are not there"):
        published.published(out, first, None)
    assert not (tmp_path / "index.json").exists()
    out.write(part.path, part.content)
    published.published(out, first, None)
    with pytest.raises(ValueError, match="another run of this job has published"):
        published.published(out, second, None)
    found = published.current(out)
    assert (found.name, found.parts, found.reading) == (first.name, first.parts, first.reading)
    # What is not of the job's own names is left alone.
    out.write("model=m/mine.txt", b"")
    out.write("model=gone/accelerator=x/part-0.parquet", b"")
    assert published.tidied(out, found, 0) == 1
    assert (tmp_path / "model=m/mine.txt").exists() and not (tmp_path / "model=gone").exists()


def test_no_more_files_than_the_page_lists() -> None:
    assert goal(10**9, 24, 500_000) == 1_355_014
    assert goal(10**6, 24, 500_000) == 500_000
    with pytest.raises(ValueError, match="1500 pairs of model and accelerator are more"):
        goal(10**6, 1500, 500_000)


def test_large_data_sets_are_made_small(tmp_path: Path) -> None:
    """As many row groups as the one of 10⁸ rows, in seconds, and what it says of itself is so."""
    told = json.loads(
        subprocess.run(
            [sys.executable, SPARK / "hundred_million.py", tmp_path / "set", "--rows", "100000", "--files", "48"],
            capture_output=True,
            check=True,
        ).stdout.splitlines()[-1]
    )
    index = json.loads((tmp_path / "set/index.json").read_text())
    paths = [str(tmp_path / "set" / file["path"]) for file in index["files"]]
    assert (
        index["dataset"]["rows"]
        == told["rows"]
        == duckdb.sql("SELECT count(*) FROM read_parquet(?)", params=[paths]).fetchall()[0][0]
    )
    assert sum(pq.read_metadata(path).num_row_groups for path in paths) == 7200
    # A version is read from few row groups, which the index and the footers name.
    version = "0.10.1.dev120"
    wanted = [file for file in index["files"] if file["stats"]["version"][0] <= version <= file["stats"]["version"][1]]
    assert len(wanted) <= 24
    assert duckdb.sql(
        "SELECT count(*), count(DISTINCT model || accelerator) FROM read_parquet(?) WHERE version = ?",
        params=[paths, version],
    ).fetchall() == [(told["rows"] // 900, 8)]
