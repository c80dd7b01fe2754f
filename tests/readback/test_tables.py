"""Every export, read by pyarrow, pandas, polars, DuckDB and the module of python/: each figure is the one that an independent
computation finds in the files, types are what they are said to be, nothing appears that is missing, no text is changed."""

import datetime
import re
from typing import Any

import duckdb
import pandas
import polars
import pyarrow.feather
import pyarrow.parquet
import pytest

from readers import MODULE, TYPED, UNTYPED, Columns, is_missing
from sources import Export, Row

# How units stand at the end of columns' names.
UNITS = ("", "_ms", "_s", "_pct")


def column(metric: str, columns: Columns) -> str:
    """The column of a figure, named by its metric, its statistic and its unit."""
    key, statistic = metric.split("/")
    names = [f"{key}_{statistic}{unit}" for unit in UNITS] + [f"{key}{unit}" for unit in UNITS if statistic == "mean"]
    found = [name for name in names if name in columns]
    assert len(found) == 1, f"{metric}: {found}"
    return found[0]


def by_place(columns: Columns) -> dict[tuple[str, str], int]:
    places = {place: number for number, place in enumerate(zip(columns["path"], columns["place"], strict=True))}
    assert len(places) == len(columns["path"])
    return places


def check(columns: Columns, export: Export, text: Any, numbers: set[str]) -> None:
    """Holds what was read against what must be there; `text` compares a cell with a text, `numbers` are figures' columns."""
    places = by_place(columns)
    assert set(places) == set(export.rows)
    for key, row in export.rows.items():
        cell = {name: cells[places[key]] for name, cells in columns.items()}
        assert (cell["load_kind"], cell["load"]) == row.load, key
        for name, value in row.identity.items():
            assert text(cell[name], value), f"{key}: {name} is {cell[name]!r}, not {value!r}"
        expected = {column(metric, columns): figure for metric, figure in row.figures.items()}
        for name, figure in expected.items():
            assert not isinstance(cell[name], (str, bool)) and cell[name] == figure, f"{key}: {name} is {cell[name]!r}, not {figure!r}"
        more = {name: cell[name] for name in numbers - {"load"} - set(expected) if cell[name] is not None}
        assert not more, f"{key}: nothing is known of {more}"
        assert str(cell["inferscope_schema"]) == "1"


def figures(export: Export, columns: Columns) -> set[str]:
    return {"load"} | {column(metric, columns) for row in export.rows.values() for metric in row.figures}


def exactly(cell: Any, text: str) -> bool:
    return cell == text


@pytest.mark.parametrize("reader", TYPED, ids="-".join)
def test_typed_exports(exported: Export, reader: tuple[str, str]) -> None:
    columns = TYPED[reader](exported.file(reader[1]))
    check(columns, exported, exactly, figures(exported, columns))


@pytest.mark.parametrize("reader", UNTYPED, ids="-".join)
def test_texts_whose_types_are_inferred(exported: Export, reader: tuple[str, str]) -> None:
    def alike(cell: Any, text: str) -> bool:
        """Whether a program has made of a text what it says: a number, an instant, a truth value."""
        if isinstance(cell, str):
            # A formula is a text for a spreadsheet, too, by an apostrophe before it.
            formula = re.match("\u200b?[=+\\-@\t\r\n＝]", text) and text != "-nan"
            # The command writes out control characters, line ends aside, which a terminal obeys.
            written = re.sub("\r(?!\n)", r"\\r", f"'{text}" if formula else text)
            return cell == (written if reader[1] == "csv" else text)
        if isinstance(cell, datetime.datetime):
            zone = cell.tzinfo or datetime.timezone.utc
            return cell.replace(tzinfo=zone) == datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.timezone.utc)
        if isinstance(cell, bool):
            return text.lower() in (("true", "yes") if cell else ("false", "no"))
        return isinstance(cell, (int, float)) and cell == float(text) or str(cell) == text

    columns = UNTYPED[reader](exported.file(reader[1]))
    check(columns, exported, alike, figures(exported, columns))


@pytest.mark.parametrize("engine", ["pandas", "polars"])
@pytest.mark.filterwarnings("ignore::inferscope.Finding")
def test_the_python_module(exported: Export, engine: str) -> None:
    files = sorted({path for path, _ in exported.rows})
    table = MODULE[exported.kind](*files, engine=engine)
    columns = {name: [None if cell is pandas.NA or is_missing(cell) else cell for cell in table[name].to_list()] for name in table.columns}
    whole = {name for name, kind in zip(table.columns, table.dtypes) if str(kind) == "Int64"}
    assert {"tp", "isl", "osl"} & set(columns) <= whole

    def same(cell: Any, text: str) -> bool:
        return cell == int(text) if isinstance(cell, int) else cell == text

    check(columns, exported, same, figures(exported, columns))


def test_types_of_columns(exported: Export) -> None:
    parquet, arrow = exported.file("parquet"), exported.file("arrow")
    schemas = {"Parquet": pyarrow.parquet.read_schema(parquet), "Arrow": pyarrow.feather.read_table(arrow).schema}
    for name, schema in schemas.items():
        assert schema.metadata[b"inferscope.schema"] == b"1", name
    assert pyarrow.parquet.read_metadata(parquet).metadata[b"inferscope.schema"] == b"1"
    columns = TYPED["pyarrow", "parquet"](parquet)
    numbers = figures(exported, columns)
    types = {
        "pyarrow, Parquet": {field.name: str(field.type) for field in schemas["Parquet"]},
        "pyarrow, Arrow": {field.name: str(field.type) for field in schemas["Arrow"]},
        "pandas": {name: str(kind) for name, kind in pandas.read_parquet(parquet).dtypes.items()},
        "polars": {name: str(kind) for name, kind in polars.read_ipc_schema(arrow).items()},
        "DuckDB": {row[0]: row[1] for row in duckdb.sql(f"DESCRIBE SELECT * FROM '{parquet}'").fetchall()},
    }
    number = {"pandas": "float64", "polars": "Float64", "DuckDB": "DOUBLE"}
    text = {"pandas": "str", "polars": "String", "DuckDB": "VARCHAR"}
    for program, kinds in types.items():
        expected = {name: number.get(program, "double") if name in numbers else text.get(program, "string") for name in kinds}
        assert kinds == expected, program
        assert list(kinds) == list(columns), program


def test_the_comparison_can_fail() -> None:
    """Where a figure is wrong, missing or too much."""
    good = {"path": ["a"], "place": ["line 2"], "load_kind": [None], "load": [None], "x_s": [1.5], "y": [None], "inferscope_schema": ["1"]}
    export = Export(None, {("a", "line 2"): Row((None, None), {}, {"x/mean": 1.5})}, "measurement")
    check(good, export, exactly, {"load", "x_s", "y"})
    for wrong in ({"x_s": [1.5000000000000002]}, {"x_s": [None]}, {"y": [0.0]}, {"place": ["line 3"]}, {"load": [1.0]}):
        with pytest.raises(AssertionError):
            check(good | wrong, export, exactly, {"load", "x_s", "y"})
