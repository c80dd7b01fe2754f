"""What belongs together, and what `inferscope table` reads in it."""

import hashlib
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyspark import SparkFiles

from inferscope_dataset import layout
from inferscope_dataset.store import Found, Place

# What `path` of a row goes on behind: `results.zip/run-1.json`.
_ARCHIVE = re.compile(r"\.(zip|tar|tgz|gz|bz2|xz|zst)$", re.IGNORECASE)
# Endings of files that describe one measurement together: the name before them is the same.
_ENDINGS = re.compile(
    r"(\.pytorch)?\.(json|jsonl|ya?ml|csv|tsv|html?|txt|log|parquet|arrow)$|" + _ARCHIVE.pattern, re.IGNORECASE
)
_FAULT = re.compile(r"^(?P<path>.+?): error: (?P<reason>.*)$")
MOST_FAULTS = 20
LONGEST_REASON = 500


def run_of(path: str, depth: int) -> str:
    """The run that a file, or a row of one, belongs to: the folder `depth` levels below the input (with a `/` at its end), with all
    that is below it; of a file that lies higher up, its path without the ending, so that `a.json` and `a.csv` are one run."""
    parts = path.split("/")
    for i, name in enumerate(parts[:-1]):
        # Inside an archive: it is as if the archive were the file.
        if _ARCHIVE.search(name):
            parts = parts[: i + 1]
            break
    if 0 < depth < len(parts):
        return "/".join(parts[:depth]) + "/"
    name = "/".join(parts)
    short = _ENDINGS.sub("", name)
    return name if short == "" or short.endswith("/") else short


@dataclass
class Run:
    """What is known of a run: one row of the manifest."""

    files: list[Found] = field(default_factory=list)
    hash: str = ""
    # read: all of it; partly: with faults; bad: no rows; unread: its files could not be fetched, so it is tried again.
    state: str = "unread"
    rows: int = 0
    outputs: list[str] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)
    when: str = ""

    def same_files(self, files: list[Found]) -> bool:
        return self.state != "unread" and sorted(self.files, key=lambda f: f.path) == sorted(files, key=lambda f: f.path)


@dataclass
class Piece:
    """Rows of one run, partition and version, in their order, as an Arrow stream."""

    values: tuple[str | None, ...]
    first: list
    last: list
    rows: int
    content: bytes = field(repr=False)


@dataclass
class Reading:
    """A run as it was read now; `replaced` is what was known of it, where its rows take the place of those."""

    name: str
    run: Run
    pieces: list[Piece] = field(default_factory=list)
    replaced: Run | None = None


@dataclass
class Reader:
    """How runs are read; sent to the workers."""

    source: Place
    depth: int
    program: str
    # The name of a file that Spark has sent to the workers.
    config: str | None
    seconds: float
    most_bytes: int

    def read(self, name: str, files: list[Found], known: Run | None) -> Reading:
        """Never fails: what goes wrong becomes a fault of the run."""
        when = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        files = sorted(files, key=lambda file: file.path)
        with tempfile.TemporaryDirectory(prefix="inferscope-run-") as folder:
            try:
                digest = self._fetch(files, Path(folder))
            except ValueError as fault:
                return Reading(name, Run(files, "", "bad", 0, [], [(files[0].path, str(fault))], when), [], known)
            except OSError as fault:
                # The rows that it has stay, as what is not there now may come back.
                kept = known or Run()
                reason = f"could not be fetched, will be tried again: {fault}"[:LONGEST_REASON]
                return Reading(
                    name, Run(kept.files, kept.hash, "unread", kept.rows, kept.outputs, [(files[0].path, reason)], when)
                )
            if known and known.hash == digest and known.state != "unread":
                return Reading(name, Run(files, digest, known.state, known.rows, known.outputs, known.faults, known.when))
            tops = [name] if name.endswith("/") else [file.path for file in files]
            table, faults = self._table(tops, Path(folder))
        pieces: list[Piece] = []
        if table is not None:
            try:
                pieces = pieces_of(tidy(table), name, self.depth)
            except ValueError as fault:
                faults.append((files[0].path, str(fault)))
        rows = sum(piece.rows for piece in pieces)
        state = "bad" if rows == 0 else "partly" if faults else "read"
        if rows == 0 and not faults:
            faults = [(files[0].path, "no measurements")]
        return Reading(name, Run(files, digest, state, rows, [], faults[:MOST_FAULTS], when), pieces, known)

    def _fetch(self, files: list[Found], folder: Path) -> str:
        """Copies files to a folder of the worker's; the hash of their names and contents."""
        digest = hashlib.sha256()
        if sum(file.size for file in files) > self.most_bytes:
            raise ValueError(f"the run is larger than {self.most_bytes} bytes (--most-bytes)")
        for file in files:
            if any(part in ("", ".", "..") or "\0" in part or len(part.encode()) > 255 for part in file.path.split("/")):
                raise ValueError("no file can have this name")
            to = folder / file.path
            try:
                to.parent.mkdir(parents=True, exist_ok=True)
                out = to.open("xb")
            except OSError as fault:
                raise ValueError(f"no file can have this name beside the others: {fault.strerror}") from fault
            own = hashlib.sha256()
            with out:
                for piece in self.source.pieces(file.path):
                    own.update(piece)
                    out.write(piece)
            digest.update(f"{len(file.path.encode())} {file.path} {own.hexdigest()}\n".encode())
        return digest.hexdigest()

    def _table(self, tops: list[str], folder: Path) -> tuple[pa.Table | None, list[tuple[str, str]]]:
        to = folder / ".table.parquet"
        config = ["--config", SparkFiles.get(self.config)] if self.config else []
        command = [self.program, *config, "table", "--quiet", "--format", "parquet", "--", *tops]
        with to.open("wb") as out:
            try:
                done = subprocess.run(
                    command,
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=subprocess.PIPE,
                    timeout=self.seconds,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                return None, [(tops[0], f"not read within {self.seconds:g} s (--seconds)")]
        said = [line for line in done.stderr.decode(errors="replace").splitlines() if line]
        faults = [(m["path"], m["reason"][:LONGEST_REASON]) for m in map(_FAULT.match, said) if m]
        if done.returncode < 0:
            faults.append((tops[0], f"inferscope was ended by signal {-done.returncode}"))
        elif done.returncode > 1 or (done.returncode == 1 and not faults):
            faults.append(
                (
                    tops[0],
                    f"inferscope ended with {done.returncode}: {said[-1][:LONGEST_REASON] if said else 'it said nothing'}",
                )
            )
        if done.returncode != 0 or to.stat().st_size == 0:
            return None, faults
        try:
            return pq.ParquetFile(to).read(use_threads=False), faults
        except (pa.ArrowException, OSError) as fault:
            return None, [*faults, (tops[0], f"the table of inferscope cannot be read: {fault}"[:LONGEST_REASON])]


def tidy(table: pa.Table) -> pa.Table:
    """Texts and numbers (and nothing else: the types of `inferscope schema`), no NaN, no empty texts, no columns without a value."""
    columns = {}
    for name in table.column_names:
        column = table[name]
        if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
            column = column.cast(pa.float64())
            column = pc.if_else(pc.is_nan(column), pa.scalar(None, pa.float64()), column)
        else:
            column = column.cast(pa.string())
            column = pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)
        if column.null_count < len(column):
            columns[name] = column
    return pa.table(columns)


def joined(tables: list[pa.Table]) -> pa.Table:
    """One below the other, with the columns of all. A column that is a text in one is a text in all."""
    if not tables:
        return pa.table({})
    kinds: dict[str, set] = {}
    for table in tables:
        for column in table.schema:
            kinds.setdefault(column.name, set()).add(column.type)
    mixed = {name for name, types in kinds.items() if len(types) > 1}
    if mixed:
        tables = [pa.table({n: t[n].cast(pa.string()) if n in mixed else t[n] for n in t.column_names}) for t in tables]
    return pa.concat_tables(tables, promote_options="default")


def pieces_of(table: pa.Table, name: str, depth: int) -> list[Piece]:
    if table.num_rows == 0:
        return []
    paths = table["path"].to_pylist() if "path" in table.column_names else [None]
    for path in set(paths):
        # By its path alone a row is found again when its run changes.
        if path is None or run_of(path, depth) != name:
            raise ValueError(f"a row says that it is from “{path}”, which is no file of this run")
    places: dict[tuple, list[int]] = {}
    of = [
        table[c].to_pylist() if c in table.column_names else [None] * table.num_rows for c in (*layout.PARTITIONS, "version")
    ]
    for row, key in enumerate(zip(*of, strict=True)):
        places.setdefault(key, []).append(row)
    found = []
    for (*values, _), rows in places.items():
        for value in values:
            if len(layout.escaped(value).encode()) > layout.LONGEST_NAME:
                raise ValueError(f"a name is too long for a folder: “{value[:60]}…”")
        part = layout.ordered(table.take(pa.array(rows)))
        found.append(
            Piece(tuple(values), layout.key(part, 0), layout.key(part, part.num_rows - 1), part.num_rows, packed(part))
        )
    return found


def packed(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    # Not compressed: Spark compresses what it sends.
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    return sink.getvalue().to_pybytes()


def unpacked(content: bytes) -> pa.Table:
    return pa.ipc.open_stream(content).read_all()


def program(named: str | None) -> str:
    """The program that workers run: the one named, or that of the environment, or the one on the PATH."""
    return named or os.environ.get("INFERSCOPE_BIN") or "inferscope"
