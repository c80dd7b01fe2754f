"""What `inferscope schema --help` says of how exports are read, run as it stands there."""

import math
import re
from typing import Any

import duckdb
import pytest

from sources import Export, inferscope


def snippets() -> dict[str, str]:
    """The code of each program: the indented lines below its name."""
    found = re.findall(r"^(\w+):\n((?:  .*\n?)+)", inferscope("schema", "--help").decode().split("Read what ", 1)[1], re.M)
    return {program: re.sub("^  ", "", code, flags=re.M) for program, code in found}


def best(export: Export) -> dict[str | None, float | None]:
    """The highest output throughput of each model."""
    found: dict[str | None, float | None] = {}
    for row in export.rows.values():
        model, figure = row.identity.get("model"), row.figures.get("output_tps/mean")
        known = found.setdefault(model, figure)
        if figure is not None and (known is None or figure > known):
            found[model] = figure
    return found


def variants(code: str) -> list[str]:
    """The code, and the code with a commented assignment in place of the other one."""
    other = re.findall(r"^# (results = .*)$", code, re.M)
    return [code, *(re.sub(r"^results = .*$", lambda _: line, code, count=1, flags=re.M) for line in other)]


def test_there_is_one_for_each_program() -> None:
    assert list(snippets()) == ["pandas", "polars", "DuckDB"]
    assert [len(variants(code)) for code in snippets().values()] == [2, 2, 1]


@pytest.mark.parametrize("program", ["pandas", "polars"])
@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_python_code(exported: Export, program: str, ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(exported.folder)
    code = variants(snippets()[program])[ending == "csv"]
    reading, printed = re.fullmatch(r"(.*)print\((.*)\)\n", code, re.S).groups()
    assert re.search(f'^results = .*"results.{ending}"', reading, re.M)
    names: dict[str, Any] = {}
    exec(reading, names)
    assert len(names["results"]) == len(exported.rows)
    if exported.kind == "request":
        # Of single requests there is no throughput.
        return
    highest = eval(printed, names)
    found = highest.items() if program == "pandas" else highest.iter_rows()
    # A CSV has an apostrophe before what a spreadsheet takes for a formula, and pandas leaves out what has no model.
    found = {model and model.removeprefix("'"): None if figure is None or math.isnan(figure) else figure for model, figure in found}
    expected = {model: figure for model, figure in best(exported).items() if program == "polars" or model is not None}
    assert found == expected


def test_sql(exported: Export, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(exported.folder)
    if exported.kind == "request":
        assert duckdb.sql("SELECT count(*) FROM 'results.parquet'").fetchall() == [(len(exported.rows),)]
        return
    assert dict(duckdb.sql(snippets()["DuckDB"]).fetchall()) == best(exported)
