"""The other way round: tables that pyarrow, polars and DuckDB write, in every encoding that they have for them, are read by the
command exactly."""

from pathlib import Path

import duckdb
import polars
import pyarrow
import pyarrow.feather
import pyarrow.parquet
import pytest

import sources


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> pyarrow.Table:
    return pyarrow.feather.read_table(sources.made(tmp_path_factory.mktemp("made")).file("arrow"))


def read(path: Path) -> pyarrow.Table:
    return pyarrow.ipc.open_file(sources.inferscope("table", "--quiet", "--format", "arrow", path)).read_all()


def check(path: Path, table: pyarrow.Table) -> None:
    assert read(path).equals(table)


@pytest.mark.parametrize("version", ["1.0", "2.0"], ids="pages-{}".format)
@pytest.mark.parametrize("compression", ["none", "snappy", "gzip", "zstd"])
@pytest.mark.parametrize("encoding", ["dictionary", "PLAIN", "DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"])
def test_parquet(tmp_path: Path, table: pyarrow.Table, version: str, compression: str, encoding: str) -> None:
    texts = {field.name: encoding for field in table.schema if pyarrow.types.is_string(field.type)}
    numbers = {name: "PLAIN" if encoding == "PLAIN" else "BYTE_STREAM_SPLIT" for name in table.column_names if name not in texts}
    written = {"use_dictionary": True} if encoding == "dictionary" else {"use_dictionary": False, "column_encoding": texts | numbers}
    for small in ({}, {"row_group_size": 17}, {"data_page_size": 200}):
        path = tmp_path / "table.parquet"
        pyarrow.parquet.write_table(table, path, compression=compression, data_page_version=version, **written, **small)
        check(path, table)


def test_categories_and_parts(tmp_path: Path, table: pyarrow.Table) -> None:
    categories = table
    for at, field in enumerate(table.schema):
        if pyarrow.types.is_string(field.type):
            categories = categories.set_column(at, field.name, categories.column(at).dictionary_encode())
    path = tmp_path / "table"
    pyarrow.parquet.write_table(categories, path)
    check(path, table)
    for size in (1000, 13):
        pyarrow.feather.write_feather(categories, path, compression="uncompressed", chunksize=size)
        check(path, table)
    with pyarrow.OSFile(str(path), "wb") as file, pyarrow.ipc.new_stream(file, table.schema) as stream:
        stream.write_table(table, max_chunksize=20)
    check(path, table)


def test_polars_and_duckdb(tmp_path: Path, table: pyarrow.Table) -> None:
    path = tmp_path / "table"
    for compression in ("snappy", "zstd"):
        polars.DataFrame(table).write_parquet(path, compression=compression)
        check(path, table)
    polars.DataFrame(table).write_ipc(path, compression="uncompressed")
    check(path, table)
    for options in ("COMPRESSION gzip", "COMPRESSION zstd, PARQUET_VERSION v2", "COMPRESSION snappy, PARQUET_VERSION v2", "COMPRESSION uncompressed"):
        # `table` in the query is the argument of this function.
        duckdb.sql(f'COPY (SELECT * FROM "table") TO \'{path}\' (FORMAT parquet, {options})')
        check(path, table)
