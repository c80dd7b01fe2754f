"""The notebook of python/examples as Jupyter runs it: its cells' charts have pandas' own figures."""

import math
from pathlib import Path

import nbformat
import pandas
import pytest
import reports
from nbclient import NotebookClient

import inferscope

MODEL, EARLIER, RELEASE = "openai/gpt-oss-120b", "RHAIIS-3.4-GA", "RHAIIS-3.5-EA2"


@pytest.fixture(scope="module")
def cells(root: Path, page: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """What each cell shows, by its id and kind."""
    source = root / "python/examples/compare.ipynb"
    notebook = nbformat.read(source, as_version=4)
    nbformat.validate(notebook)
    assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in notebook.cells), "kept without outputs"
    client = NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(source.parent)}})
    own = tmp_path_factory.mktemp("jupyter")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(root / "python"))
        for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
            patch.setenv(name, str(own / name.lower()))
        client.execute()
    # A notebook is saved with what its cells show, and opened again.
    saved = own / "compare.ipynb"
    nbformat.write(notebook, saved)
    found = {}
    for cell in nbformat.read(saved, as_version=4).cells:
        if cell.cell_type == "code":
            # One result, and no warnings.
            (output,) = cell.outputs
            assert output.output_type == "execute_result"
            found[cell.id] = dict(output.data)
    return found


@pytest.fixture(scope="module")
def table(root: Path) -> pandas.DataFrame:
    table = pandas.read_csv(root / "public/demo/consolidated.csv")
    lengths = (table["prompt toks"] == 1000) & (table["output toks"] == 1000)
    # Read without Inferscope.
    return table[(table["model"] == MODEL) & lengths & (table["TP"] == 4) & table["DP"].isna()]


def means(table: pandas.DataFrame, by: str, column: str) -> dict[str, dict[float, float]]:
    """Over repeated runs, by line and load."""
    return {line: rows.groupby("intended concurrency")[column].mean().to_dict() for line, rows in table.groupby(by)}


def near(points: dict[float, tuple[float, float]]) -> dict[float, tuple[float, float]]:
    return {load: pytest.approx(point, rel=1e-12) for load, point in points.items()}


def test_the_figures_of_a_comparison(cells: dict[str, dict[str, str]], table: pandas.DataFrame) -> None:
    page = reports.frame(cells["compare"]["text/html"])["srcdoc"]
    two = table[(table["accelerator"] == "H200") & table["version"].isin([EARLIER, RELEASE])]
    charts = reports.lines(page)
    assert len(charts) == 3 and all(f'data-plot="{at}"' in page for at in range(3))
    for chart, column in zip(charts, ("output_tok/sec", "ttft_p95", "itl_p95"), strict=True):
        wanted = means(two, "version", column)
        assert chart == {line: near({load: (load, y) for load, y in figures.items()}) for line, figures in wanted.items()}
    speed = means(two, "version", "output_tok/sec")
    logs = [math.log(speed[RELEASE][load] / speed[EARLIER][load]) for load in speed[EARLIER] if load > 1]
    change = 100 * (math.exp(sum(logs) / len(logs)) - 1)
    assert f"{RELEASE} is {change:.1f}% faster than {EARLIER}" in reports.text(page)
    assert "Synthetic demo data" in reports.text(page)


def test_the_figures_of_a_frontier(cells: dict[str, dict[str, str]], table: pandas.DataFrame) -> None:
    page = reports.frame(cells["pareto"]["text/html"])["srcdoc"]
    release = table[table["version"] == RELEASE]
    per_gpu = means(release.assign(y=release["output_tok/sec"] / release["TP"]), "accelerator", "y")
    # GuideLLM's time per output token has the first token's in it; what a user waits for each further one is ITL.
    per_user = means(release.assign(x=1000 / release["itl_median"]), "accelerator", "x")
    (chart,) = reports.lines(page)
    overall = chart.pop("Overall frontier")
    assert chart == {line: near({load: (per_user[line][load], y) for load, y in ys.items()}) for line, ys in per_gpu.items()}
    every = [point for points in chart.values() for point in points.values()]
    best = [(x, y) for x, y in every if not any(other[0] >= x and other[1] >= y and other != (x, y) for other in every)]
    assert set(overall.values()) == set(best)


def test_the_data_are_in_the_notebook(
    cells: dict[str, dict[str, str]], table: pandas.DataFrame, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root / "python/examples")
    whole = inferscope.load("../../public/demo/consolidated.csv")
    rows = {f"line {at + 2}" for at in table.index[(table["accelerator"] == "H200") & table["version"].isin([EARLIER, RELEASE])]}
    reports.same_data(reports.frame(cells["compare"]["text/html"])["srcdoc"], whole[whole["place"].isin(rows)], tmp_path)


def test_what_stands_where_no_html_is_shown(cells: dict[str, dict[str, str]]) -> None:
    assert cells["compare"]["text/plain"].startswith("<inferscope.Report: ")
    assert "RHAIIS-3.5-EA2" in cells["load"]["text/html"]
