"""The job, step by step: list, compare, read, plan, write, publish."""

import argparse
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark import RDD, SparkContext, StorageLevel

from inferscope_dataset import layout
from inferscope_dataset import published as generations
from inferscope_dataset.plan import Known, Plan, begins, fallen, planned
from inferscope_dataset.runs import Piece, Reader, Reading, Run, joined, packed, program, run_of, unpacked
from inferscope_dataset.store import Found, Place, is_data

# So many keys of new rows say where files begin.
SAMPLE = 200_000
# So many bytes of new rows are put together before they go to the worker that writes them.
GATHERED = 256 << 20


def asked(told: argparse.Namespace) -> tuple[str, dict, list[str], str]:
    """The program, what decides how runs are read, the columns in their order, and the program's version."""
    binary = program(told.inferscope)
    try:
        schema = subprocess.run([binary, "schema", "--format", "json"], capture_output=True, check=True, timeout=60).stdout
        version = subprocess.run([binary, "--version"], capture_output=True, check=True, timeout=60).stdout.decode().strip()
    except (OSError, subprocess.SubprocessError) as fault:
        raise ValueError(
            f"{binary} cannot be run ({fault}): give --inferscope, or set INFERSCOPE_BIN, on the driver and on the workers"
        ) from fault
    columns = json.loads(schema)
    config = hashlib.sha256(Path(told.config).read_bytes()).hexdigest() if told.config else None
    reading = {"schema": columns[0]["inferscope_schema"], "depth": told.depth, "config": config}
    return binary, reading, [column["name"] for column in columns], version


def inventory(context: SparkContext, source: Place, depth: int) -> RDD:
    """All runs of the input as (run, files). Folders are listed by the workers, some levels down so that there are enough of them."""
    files, folders = source.listed(deep=False)
    if not files and not folders:
        # Nothing at all is a mistake in the address more often than it is true, and would empty the data set.
        raise ValueError(f"{source.address} is not there, or is empty")
    for _ in range(3):
        folders = [folder for folder in folders if is_data(folder)]
        if not folders or len(folders) >= 8 * context.defaultParallelism:
            break
        levels = [source.listed(folder, deep=False) for folder in folders]
        files += [file for found, _ in levels for file in found]
        folders = [folder for _, found in levels for folder in found]
    tasks = min(len(folders) // 20, 8 * context.defaultParallelism) + 1
    below = context.parallelize(folders, tasks).flatMap(lambda folder: source.listed(folder)[0])
    found = below.union(context.parallelize(files, len(files) // 10_000 + 1)) if files else below
    return (
        found.filter(lambda file: is_data(file.path))
        .map(lambda file: (run_of(file.path, depth), file))
        .groupByKey(context.defaultParallelism)
        .mapValues(list)
    )


def compared(known: RDD, found: RDD, reread: bool) -> RDD:
    """Every run as (name, (kind, what is known of it, its files)); kind is `new`, `changed`, `same` or `gone`."""

    def kind(pair: tuple[Iterable[Run], Iterable[list[Found]]]) -> tuple[str, Run | None, list[Found]]:
        before, files = next(iter(pair[0]), None), next(iter(pair[1]), [])
        if not files:
            return "gone", before, []
        if before is None:
            return "new", None, files
        return ("same" if before.same_files(files) and not reread else "changed"), before, files

    return known.cogroup(found, found.getNumPartitions()).mapValues(kind)


@dataclass
class Writer:
    """Writes slices; sent to the workers."""

    out: Place
    # Files that lose rows.
    losing: set[str]
    # The columns of `inferscope schema`, in its order, and its version.
    columns: list[str]
    schema: str
    # How deep the runs were of which rows are there, and how deep they are now.
    was: int
    depth: int
    group_rows: int

    def written(self, plan: Plan, number: int, parts: Iterable) -> Iterator[tuple[Known, list[str]]]:
        """Writes a slice: what its files have and still holds, and what is new. Yields files, and the runs that each has rows of."""
        table = layout.ordered(joined([table for table in self._tables(plan, number, parts) if table.num_rows]))
        # What the schema does not know comes last.
        order = {name: place for place, name in enumerate(self.columns)}
        table = table.select(sorted(table.column_names, key=lambda name: (order.get(name, len(order)), name)))
        ends = files_end(table, plan.rows)
        for start, end in zip([0, *ends], ends, strict=False):
            some = table.slice(start, end - start)
            some = some.select([name for name in some.column_names if some[name].null_count < some.num_rows])
            part = layout.part(plan.slices[number].values, some, self.schema, self.group_rows)
            if not self.out.there(part.path):
                self.out.write(part.path, part.content)
            runs = {run_of(path, self.depth) for path in set(some["path"].to_pylist())}
            yield Known(part.member(), layout.key(some, 0)), sorted(runs)

    def _tables(self, plan: Plan, number: int, parts: Iterable) -> Iterator[pa.Table]:
        """`parts` are new rows, and names of runs whose old rows go."""
        slice_, gone = plan.slices[number], set()
        for part in parts:
            if isinstance(part, bytes):
                yield unpacked(part)
            elif part:
                gone.add(part)
        low, high = slice_.low, plan.end(number)
        for file in slice_.files:
            with self.out.opened(file.path) as opened:
                table = pq.ParquetFile(opened).read()
            start = layout.first_from(table, low) if low else 0
            end = layout.first_from(table, high) if high else table.num_rows
            table = table.slice(start, end - start)
            if file.path in self.losing:
                stays = {path: run_of(path, self.was) not in gone for path in set(table["path"].to_pylist())}
                table = table.filter(pa.array([stays[path] for path in table["path"].to_pylist()], pa.bool_()))
            yield table


def files_end(table: pa.Table, rows: int) -> list[int]:
    """Where each file of a slice ends: of about equal size, and no two begin with equal keys, or they would be in no order."""
    count = max(1, round(table.num_rows / rows))
    ends: list[int] = []
    for n in range(1, count):
        end = table.num_rows * n // count
        while 0 < end < table.num_rows and layout.key(table, end) == layout.key(table, end - 1):
            end += 1
        if end < table.num_rows and end > (ends[-1] if ends else 0):
            ends.append(end)
    return [*ends, table.num_rows] if table.num_rows else []


def build(context: SparkContext, told: argparse.Namespace) -> dict:
    """Brings a data set up to date; what was done. `ValueError` says why nothing was."""
    source, out = Place(told.input), Place(told.output)
    if source.holds(out) or out.holds(source):
        raise ValueError(
            "the data set must not lie below the input, nor the input below the data set: it would be read as results"
        )
    binary, reading, columns, version = asked(told)
    if told.config:
        context.addFile(told.config)
    old = generations.current(out)
    reread = told.reread or (old is not None and old.reading != reading)
    new = generations.started(reading, version)
    if old and old.program != version:
        print(
            f"read with {old.program}, now with {version}: runs that are unchanged stay as they were read (--reread)",
            file=sys.stderr,
        )

    known = (
        context.parallelize(old.runs, max(1, len(old.runs))).flatMap(lambda path: generations.loaded(out, path))
        if old
        else context.parallelize([], 1)
    )
    both = compared(known, inventory(context, source, told.depth), reread).persist(StorageLevel.DISK_ONLY)
    kinds = {kind: 0 for kind in ("new", "changed", "gone", "same")} | dict(
        both.map(lambda one: (one[1][0], 1)).reduceByKey(int.__add__).collect()
    )
    todo = kinds["new"] + kinds["changed"]
    if old and todo == kinds["gone"] == 0:
        return {"state": "unchanged", **kinds, "removed": generations.tidied(out, old, told.grace), "generation": old.name}

    reader = Reader(
        source, told.depth, binary, Path(told.config).name if told.config else None, told.seconds, told.most_bytes
    )
    # A run after another on a worker, in pieces small enough that the last worker does not keep the others waiting.
    pieces = max(1, min(-(-todo // 20), 4 * context.defaultParallelism + todo // 500))

    def read(runs: Iterable) -> Iterator[Reading]:
        for name, (_, before, files) in runs:
            # Without its hash it is not the same as before, whatever it has.
            known_ = Run(**{**vars(before), "hash": ""}) if before and reread else before
            yield reader.read(name, files, known_)

    readings = (
        both.filter(lambda one: one[1][0] in ("new", "changed"))
        .repartition(pieces)
        .mapPartitions(read)
        .persist(StorageLevel.DISK_ONLY)
    )
    here: dict[tuple, list[Known]] = {}
    for part in old.parts if old else []:
        here.setdefault(layout.values_of(part.path), []).append(part)
    firsts, most = begins(here), SAMPLE // pieces
    surveys = readings.mapPartitions(lambda some: [surveyed(some, firsts, most)]).collect()
    gone = both.filter(lambda one: one[1][0] == "gone").mapValues(lambda one: one[1])
    losing = set(gone.flatMap(lambda one: one[1].outputs).distinct().collect()) if kinds["gone"] else set()
    losing |= {path for survey in surveys for path in survey[0]}
    # Which files something falls into is exact; how many rows do where may be a sample.
    touched = {place for survey in surveys for place in survey[1]}
    plan = planned(
        here,
        [*((values, list(key), 0.0) for values, key in touched), *(key for survey in surveys for key in survey[2])],
        losing,
        told.rows,
    )

    sent = context.broadcast(plan)
    of_file: dict[str, list[int]] = {}
    for number, slice_ in plan.slices.items():
        for file in slice_.files:
            of_file.setdefault(file.path, []).append(number)
    rewritten = set(of_file)

    heads = context.parallelize([(number, None) for number in plan.slices], 1)
    leaving = readings.filter(lambda one: one.replaced is not None).map(lambda one: (one.name, one.replaced))
    leaving = leaving.union(gone) if kinds["gone"] else leaving
    drops = leaving.flatMap(lambda one: [(number, one[0]) for path in one[1].outputs for number in of_file.get(path, [])])
    shares = readings.mapPartitions(lambda some: gathered(sent.value, some))
    # A slice a task, but where most are small.
    tasks = max(
        1,
        min(
            len(plan.slices),
            max(2 * context.defaultParallelism, int(sum(slice_.rows for slice_ in plan.slices.values()) // plan.rows)),
        ),
    )
    groups = (shares.union(drops) if losing else shares).union(heads).groupByKey(tasks)
    was = old.reading["depth"] if old else told.depth
    writer = Writer(out, losing, columns, reading["schema"], was, told.depth, told.group_rows)
    outcome = groups.flatMap(lambda one: writer.written(sent.value, *one)).persist(StorageLevel.DISK_ONLY)
    parts = outcome.map(lambda one: one[0]).collect()
    new.parts = sorted(
        [*(part for part in (old.parts if old else []) if part.path not in rewritten), *parts], key=lambda part: part.path
    )

    settled = (
        both.filter(lambda one: one[1][0] == "same")
        .mapValues(lambda one: one[1])
        .union(readings.map(lambda one: (one.name, one.run)))
    )
    now_in = outcome.flatMap(lambda one: [(run, one[0].path) for run in one[1]]).groupByKey()

    def placed(pair: tuple[Run, Iterable[str] | None]) -> Run:
        run, more = pair
        outputs = {path for path in run.outputs if path not in rewritten} | set(more or ())
        return Run(**{**vars(run), "outputs": sorted(outputs)})

    count = max(1, min(200, (kinds["same"] + todo) // 50_000 + 1))
    saved = (
        settled.leftOuterJoin(now_in, count)
        .mapValues(placed)
        .mapPartitionsWithIndex(lambda number, runs: [generations.saved(out, new.name, number, runs)])
        .collect()
    )
    new.runs, new.errors = ([path for one in saved for path in one[kind]] for kind in (0, 1))
    totals = {name: sum(one[2][name] for one in saved) for name in saved[0][2]}

    have = sum(part.member["rows"] for part in new.parts)
    if have != totals["rows"]:
        raise ValueError(
            f"the files have {have} rows, the runs {totals['rows']}, as inputs changed while they were read: nothing was published, run it again"
        )
    if len(new.parts) > layout.MOST_FILES:
        raise ValueError(
            f"{len(new.parts)} files are more than the page lists ({layout.MOST_FILES}): give more --rows; nothing was published"
        )
    new.before = sorted(old.paths() - new.paths()) if old else []
    new.published = generations.now()
    generations.published(out, new, old)
    removed = generations.tidied(out, new, told.grace)
    return {
        "state": "published",
        **kinds,
        **totals,
        "files": len(new.parts),
        "written": len({part.path for part in parts}),
        "removed": removed,
        "generation": new.name,
    }


def surveyed(readings: Iterable[Reading], firsts: dict, most: int) -> tuple[set[str], set[tuple], list[tuple]]:
    """What is to be known of runs that were read, for the plan: files that lose rows, files that get some, and keys of new rows."""
    losing: set[str] = set()
    touched: set[tuple] = set()
    keys: list[tuple] = []
    share, count = 1, 0
    for one in readings:
        losing.update(one.replaced.outputs if one.replaced else ())
        for piece in one.pieces:
            touched.update(fallen(firsts, piece.values, piece.first, piece.last))
            if count % share == 0:
                keys.append((piece.values, piece.first, piece.rows))
            count += 1
            if len(keys) > max(most, 100):
                keys, share = keys[::2], share * 2
    return losing, touched, [(values, key, rows * share) for values, key, rows in keys]


def gathered(plan: Plan, readings: Iterable[Reading]) -> Iterator[tuple[int, bytes]]:
    """What falls into each slice, a few thousand runs at a time: a table of a few rows is mostly the names of its columns."""
    held: dict[int, list[bytes]] = {}
    size = 0
    for one in readings:
        for piece in one.pieces:
            for number, content in divided(plan, piece):
                held.setdefault(number, []).append(content)
                size += len(content)
        if size > GATHERED:
            yield from ((number, packed(joined([unpacked(content) for content in some]))) for number, some in held.items())
            held, size = {}, 0
    yield from ((number, packed(joined([unpacked(content) for content in some]))) for number, some in held.items())


def divided(plan: Plan, piece: Piece) -> Iterator[tuple[int, bytes]]:
    """A piece as it falls into slices, nearly always into one."""
    table, start = unpacked(piece.content), 0
    while start < table.num_rows:
        number, next_ = plan.place(piece.values, layout.key(table, start))
        if number is None:
            raise RuntimeError(f"rows of {piece.values} fall into a file that was to stay")
        end = layout.first_from(table, next_) if next_ else table.num_rows
        yield number, piece.content if (start, end) == (0, table.num_rows) else packed(table.slice(start, end - start))
        start = end
