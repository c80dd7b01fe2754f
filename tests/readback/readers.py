"""The programs that read exports: each gives the names of the columns, and their cells as Python has them, None for missing."""

import json
import math
from pathlib import Path
from typing import Any, Callable

import duckdb
import pandas
import polars
import pyarrow
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet

import inferscope

Columns = dict[str, list[Any]]


def arrow(table: pyarrow.Table) -> Columns:
    return table.to_pydict()


def frame(table: pandas.DataFrame) -> Columns:
    # A float is how pandas has a number that may be missing; an export has no NaN.
    return {name: [None if pandas.isna(cell) else cell for cell in table[name].tolist()] for name in table.columns}


def exact_csv(path: Path) -> pandas.DataFrame:
    return pandas.read_csv(path, keep_default_na=False, na_values=[""])


def rows(found: list[dict[str, Any]]) -> Columns:
    return {name: [row[name] for row in found] for name in found[0]}


def sql(call: str) -> Columns:
    return arrow(duckdb.sql(f"SELECT * FROM {call}").to_arrow_table())


# Exports whose columns have types.
TYPED: dict[tuple[str, str], Callable[[Path], Columns]] = {
    ("pyarrow", "parquet"): lambda path: arrow(pyarrow.parquet.read_table(path)),
    ("pyarrow", "arrow"): lambda path: arrow(pyarrow.feather.read_table(path)),
    ("pandas", "parquet"): lambda path: frame(pandas.read_parquet(path)),
    ("pandas", "arrow"): lambda path: frame(pandas.read_feather(path)),
    ("polars", "parquet"): lambda path: polars.read_parquet(path).to_dict(as_series=False),
    ("polars", "arrow"): lambda path: polars.read_ipc(path).to_dict(as_series=False),
    ("DuckDB", "parquet"): lambda path: sql(f"'{path}'"),
}

# Texts, whose types each program infers.
UNTYPED: dict[tuple[str, str], Callable[[Path], Columns]] = {
    ("Python", "json"): lambda path: rows(json.loads(path.read_text(encoding="utf-8"))),
    ("pandas", "json"): lambda path: frame(pandas.DataFrame(json.loads(path.read_text(encoding="utf-8")))),
    ("polars", "json"): lambda path: polars.read_json(path, infer_schema_length=None).to_dict(as_series=False),
    ("DuckDB", "json"): lambda path: sql(f"read_json('{path}', sample_size = -1)"),
    ("pyarrow", "csv"): lambda path: arrow(
        pyarrow.csv.read_csv(
            path,
            parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
            convert_options=pyarrow.csv.ConvertOptions(null_values=[""], strings_can_be_null=True),
        )
    ),
    ("pandas", "csv"): lambda path: frame(exact_csv(path)),
    ("polars", "csv"): lambda path: polars.read_csv(path, infer_schema_length=None).to_dict(as_series=False),
    ("DuckDB", "csv"): lambda path: sql(f"read_csv('{path}', sample_size = -1)"),
}

# The module of python/, by kind of record.
MODULE: dict[str, Callable[..., Any]] = {"measurement": inferscope.load, "request": inferscope.requests}


def is_missing(cell: Any) -> bool:
    return cell is None or (isinstance(cell, float) and math.isnan(cell))
