"""How the data set lies on disk: names of partitions, order of rows, row groups, statistics, `index.json`.

Shared by the job (build_dataset.py) and by the maker of large synthetic data sets (hundred_million.py). Only pyarrow."""

import hashlib
import json
import re
from bisect import bisect_left
from dataclasses import dataclass, field
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

PARTITIONS = ("model", "accelerator")
# The order within a partition. All but the load are texts, counts as well, and are ordered as texts are: by their bytes.
ORDER = ("version", "tp", "isl", "osl", "load_kind", "load")
# Where those are equal: so that equal input gives equal files, byte by byte.
TIES = ("path", "place")
# Columns whose least and greatest value stand in the index, where a file has them.
STATED = (
    "version",
    "release",
    "tool",
    "tp",
    "pp",
    "dp",
    "ep",
    "gpus",
    "isl",
    "osl",
    "load_kind",
    "load",
    "precision",
    "quantization",
    "framework",
    "backend",
    "start_time",
)
# A longer text says too little for its size.
LONGEST_STATED = 64
# Of columns that have so few different values in a file all stand in the index: the page offers them to choose from.
FEW = 20
# No row group is larger, and none smaller unless it is a file's last. The least is where a footer of some 70 columns and what is read of
# a group in vain cost a reader the same (README.md).
MOST_ROWS = 131_072
LEAST_ROWS = 16_384
NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
# What the page lists of one index.
MOST_FILES = 2_000
# The mark by which Inferscope knows a table of its own; the value is the version of its columns.
MARK = "inferscope.schema"

# What Hive escapes, and what no Windows file may be named. All else stays, so that other programs read the same values.
_ESCAPED = re.compile(r"""[\x00-\x1f\x7f"#%'*/:=?\\{\[\]^<>|]""")
# A longer name is no folder's on most file systems, `accelerator=` included.
LONGEST_NAME = 200


def escaped(value: str | None) -> str:
    """A partition's value as it stands in a path."""
    return _ESCAPED.sub(lambda found: f"%{ord(found[0]):02X}", value) if value else NO_VALUE


def folder(values: tuple[str | None, ...]) -> str:
    return "/".join(f"{name}={escaped(value)}" for name, value in zip(PARTITIONS, values, strict=True))


def values_of(path: str) -> tuple[str | None, ...]:
    """The partition that a path is in."""
    stated = [part.partition("=")[2] for part in path.split("/")[: len(PARTITIONS)]]
    return tuple(None if value == NO_VALUE else unquote(value) for value in stated)


def ordered(table: pa.Table) -> pa.Table:
    keys = [name for name in (*ORDER, *TIES) if name in table.column_names]
    if not keys or table.num_rows < 2:
        return table
    return table.take(pc.sort_indices(table, sort_keys=[(key, "ascending", "at_end") for key in keys]))


def key(table: pa.Table, row: int) -> list:
    """Where a row belongs in the order."""
    return [table[name][row].as_py() if name in table.column_names else None for name in (*ORDER, *TIES)]


def rank(key: list) -> tuple:
    """A key as Python compares it, in the order of `ordered`."""
    return tuple((1,) if value is None else (0, value.encode() if isinstance(value, str) else value) for value in key)


def first_from(table: pa.Table, at: list) -> int:
    """The first row of an ordered table that is not before a key."""
    return bisect_left(range(table.num_rows), rank(at), key=lambda row: rank(key(table, row)))


def cuts(table: pa.Table, least: int = LEAST_ROWS, most: int = MOST_ROWS) -> list[tuple[int, int]]:
    """Row groups as (first row, rows): a new one begins where the version changes, once there are `least` rows, so that a filter
    by version reads little else; and at the latest after `most` rows."""
    rows = table.num_rows
    changes = []
    if "version" in table.column_names and rows > 1:
        version = table["version"].combine_chunks()
        same = pc.fill_null(pc.equal(version[1:], version[:-1]), False)
        both_none = pc.and_(pc.is_null(version[1:]), pc.is_null(version[:-1]))
        changes = [i + 1 for i in pc.indices_nonzero(pc.invert(pc.or_(same, both_none))).to_pylist()]
    groups, start = [], 0
    for change in [*changes, rows]:
        while change - start > most:
            groups.append((start, most))
            start += most
        # What would be left over is not worth a group of its own.
        if change - start >= least or change == rows and change > start:
            groups.append((start, change - start))
            start = change
    return groups


def encoded(table: pa.Table, schema: str, least: int = LEAST_ROWS, most: int = MOST_ROWS) -> bytes:
    """An ordered table as a Parquet file that says of itself that it is Inferscope's."""
    sink = pa.BufferOutputStream()
    # Figures are nearly all different: a dictionary of them is larger than they are.
    texts = [column.name for column in table.schema if pa.types.is_string(column.type)]
    # Nobody asks for a range of paths, and two of them are longer than all else that is said of a row group.
    judged = [name for name in table.column_names if name not in TIES]
    # store_schema repeats the columns in Arrow's own words, which for a wide table is a third of the footer.
    with pq.ParquetWriter(
        sink,
        table.schema,
        compression="snappy",
        use_dictionary=texts or False,
        store_schema=False,
        write_statistics=judged or False,
    ) as writer:
        for start, rows in cuts(table, least, most):
            writer.write_table(table.slice(start, rows), row_group_size=rows)
        writer.add_key_value_metadata({MARK: schema})
    return sink.getvalue().to_pybytes()


def stats(table: pa.Table) -> dict[str, list]:
    """Least and greatest value of the columns that people filter by; columns without a value are left out."""
    found = {}
    for name in STATED:
        if name not in table.column_names:
            continue
        ends = pc.min_max(table[name]).as_py()
        least, most = ends["min"], ends["max"]
        if least is not None and all(not isinstance(end, str) or len(end) <= LONGEST_STATED for end in (least, most)):
            found[name] = [least, most]
    return found


def few(table: pa.Table) -> dict[str, list[str]]:
    """All values of the text columns that people filter by and that have few of them; an empty text is a missing one."""
    found = {}
    for name in STATED:
        if name in table.column_names and pa.types.is_string(table[name].type):
            values = [value or "" for value in pc.unique(table[name]).to_pylist()]
            if len(values) <= FEW and all(len(value) <= LONGEST_STATED for value in values):
                found[name] = sorted(set(values))
    return found


@dataclass
class Part:
    """A file of the data set."""

    path: str
    content: bytes = field(repr=False)
    rows: int
    stats: dict[str, list]
    values: dict[str, list[str]]

    def member(self) -> dict:
        said = {"stats": self.stats, "values": self.values}
        return {"path": self.path, "size": len(self.content), "rows": self.rows, **said}


def part(
    values: tuple[str | None, ...], table: pa.Table, schema: str, least: int = LEAST_ROWS, most: int = MOST_ROWS
) -> Part:
    """Named by its content: the same rows written twice are one file."""
    content = encoded(table, schema, least, most)
    name = f"part-{hashlib.sha256(content).hexdigest()[:20]}.parquet"
    return Part(f"{folder(values)}/{name}", content, table.num_rows, stats(table), few(table))


def index(members: list[dict], schema: str, more: dict | None = None) -> bytes:
    """`index.json`: one member a line, so that two of them can be compared."""
    members = sorted(members, key=lambda member: member["path"])
    head = {"schema": int(schema), "rows": sum(member["rows"] for member in members), **(more or {})}
    lines = ",\n".join(json.dumps(member, ensure_ascii=False, separators=(",", ":")) for member in members)
    return f'{{"dataset":{json.dumps(head, ensure_ascii=False)},\n"files":[\n{lines}\n]}}\n'.encode()
