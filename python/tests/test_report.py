"""`report` and `show`: of files and of data frames, what is in the page, and what is said where there is none."""

import os
from pathlib import Path

import pandas
import polars
import pytest
import reports

import inferscope

CSV = Path(__file__).resolve().parents[2] / "public/demo/consolidated.csv"

pytestmark = pytest.mark.usefixtures("page")


@pytest.fixture(scope="module")
def runs() -> pandas.DataFrame:
    return inferscope.load(CSV).query("model == 'openai/gpt-oss-120b' and accelerator == 'H200' and version == 'RHAIIS-3.4-GA' and tp == 4")


def test_a_file(tmp_path: Path) -> None:
    output = tmp_path / "report.html"
    page = inferscope.report(CSV, output=output, link=["?v=2&view=pareto", "?v=2&view=compare"], title="<i>Tuesday’s</i>")
    assert output.read_bytes().decode() == page
    assert "<title>&lt;i&gt;Tuesday’s&lt;/i&gt;</title>" in page
    assert "on the overall frontier" in reports.text(page) and "RHAIIS-3.5-EA2 is on average equal" in reports.text(page)
    reports.same_data(page, inferscope.load(CSV), tmp_path)


def test_part_of_a_data_frame(runs: pandas.DataFrame, tmp_path: Path) -> None:
    page = inferscope.report(runs, link="?v=2&by=profile&f=none")
    assert f"{len(runs)} of {len(runs)} measurements" in reports.text(page)
    reports.same_data(page, runs, tmp_path)
    # As the file itself has it: repeats averaged.
    table = pandas.read_csv(CSV)
    table = table[(table["model"] == "openai/gpt-oss-120b") & (table["accelerator"] == "H200") & (table["version"] == "RHAIIS-3.4-GA")]
    balanced = table[(table["prompt toks"] == 1000) & (table["output toks"] == 1000) & (table["TP"] == 4)]
    wanted = balanced.groupby("intended concurrency")["output_tok/sec"].mean()
    (chart,) = reports.lines(page)
    assert chart["Balanced (1k/1k)"] == {load: (load, pytest.approx(figure, rel=1e-12)) for load, figure in wanted.items()}


def test_polars(runs: pandas.DataFrame, tmp_path: Path) -> None:
    frame = inferscope.load(CSV, engine="polars")
    some = frame.filter(polars.col("tp") == 4, model="openai/gpt-oss-120b", accelerator="H200", version="RHAIIS-3.4-GA")
    reports.same_data(inferscope.report(some), runs, tmp_path)


def test_other_types_of_columns(runs: pandas.DataFrame, tmp_path: Path) -> None:
    changed = runs.astype({"model": "category", "version": object, "tp": float}).assign(start_time=pandas.to_datetime(runs["start_time"]))
    reports.same_data(inferscope.report(changed), runs, tmp_path)


def test_an_index_with_names_is_kept(runs: pandas.DataFrame, tmp_path: Path) -> None:
    best = runs.groupby(["version", "profile", "load_kind", "load"])["output_tps"].max()
    page = inferscope.report(best.to_frame(), link="?v=2&by=profile&f=none")
    (chart,) = reports.lines(page)
    points = {(line, load): y for line, points in chart.items() for load, (_, y) in points.items()}
    assert points == {(profile, load): figure for (_, profile, _, load), figure in best.items()}
    assert "__index_level" not in page


def test_several_data_frames_and_files(runs: pandas.DataFrame, tmp_path: Path) -> None:
    two = reports.text(inferscope.report(runs[:3], runs[5:]))
    assert "DataFrame-1.parquet" in two and "DataFrame-2.parquet" in two and f"of {len(runs) - 2} measurements" in two
    with pytest.warns(inferscope.Finding, match="GuideLLM warns"):
        mixed = inferscope.report(CSV.with_name("guidellm.json"), runs[:3])
    reports.same_data(inferscope.report(runs[:3]), runs[:3], tmp_path)
    assert "DataFrame-2.parquet" in mixed and "guidellm.json" in mixed


def test_a_data_frames_page_has_no_names_of_folders(runs: pandas.DataFrame, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, page: Path) -> None:
    # A relative INFERSCOPE, INFERSCOPE_DIST and config mean what they mean here.
    (tmp_path / "config.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("INFERSCOPE", os.path.relpath(os.environ["INFERSCOPE"]))
    monkeypatch.setenv("INFERSCOPE_DIST", os.path.relpath(page))
    # Without `path`, a row's source is the file that it was read from.
    bare = runs[["model", "version", "load_kind", "load", "output_tps"]]
    html = inferscope.report(bare, config="config.json")
    assert "DataFrame.parquet, row 1" in reports.text(html) and "inferscope-" not in reports.text(html)
    again = tmp_path / "again.html"
    again.write_text(html)
    assert set(inferscope.load(again)["path"]) == {"DataFrame.parquet"}


def test_names_of_hosts_are_numbered(runs: pandas.DataFrame) -> None:
    named = runs.assign(hostname="gpu7.corp")
    assert "gpu7" not in inferscope.report(named, link="?v=2&by=hostname")
    assert "gpu7.corp" in inferscope.report(named, link="?v=2&by=hostname", names=True)


def test_a_cell(runs: pandas.DataFrame, tmp_path: Path) -> None:
    hostile = runs.assign(model='</script>"><img src=x onerror=alert(1)>&quot;\'')
    shown = inferscope.show(hostile, height=480, title='"></iframe><script>alert(1)</script>', link="?v=2&by=model")
    assert repr(shown).startswith("<inferscope.Report: ") and len(repr(shown)) < 60
    frame = reports.frame(shown._repr_html_())
    assert frame["srcdoc"] == shown.html and frame["sandbox"] == "allow-scripts" and frame["height"] == "480"
    assert "<script>alert" not in shown.html and "<img" not in shown.html
    reports.same_data(shown.html, hostile, tmp_path)
    with pytest.raises(ValueError, match="invalid literal"):
        inferscope.Report("", '1" onload="alert(1)')._repr_html_()


def test_a_file_whose_decoder_fails_is_no_silent_loss(runs: pandas.DataFrame, root: Path, tmp_path: Path) -> None:
    damaged = root / "tests/hostile/parquet_emptyslice.parquet"
    with pytest.raises(inferscope.InferscopeError, match="(?s)emptyslice.*decoder of Parquet failed.*partial=True"):
        inferscope.report(runs, damaged)
    with pytest.warns(inferscope.Finding, match="decoder of Parquet failed"):
        reports.same_data(inferscope.report(runs, damaged, partial=True), runs, tmp_path)


def test_what_cannot_be_shown_says_why(runs: pandas.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(inferscope.InferscopeError, match="no records in these files") as error:
        inferscope.show(runs[:0])
    assert error.value.returncode == 1
    with pytest.raises(inferscope.InferscopeError, match="nowhere: error: file: Could not be opened"):
        inferscope.report(tmp_path / "nowhere")
    with pytest.raises(inferscope.InferscopeError, match="invalid value 'nonsense' for '--read-as") as error:
        inferscope.report(runs, read_as="nonsense")
    assert error.value.returncode == 2
    with pytest.raises(inferscope.InferscopeError, match="cannot be written as Parquet: .*column mixed"):
        inferscope.report(pandas.DataFrame({"mixed": [1, "x"]}))
    with pytest.raises(inferscope.InferscopeError, match="cannot be written as Parquet: Duplicate column"):
        inferscope.report(pandas.DataFrame([[1, 2]], columns=["load", "load"]))
    for wrong in ([CSV], runs["model"], None):
        with pytest.raises(TypeError, match=f"not {type(wrong).__name__}"):
            inferscope.report(wrong)
    with pytest.raises(TypeError, match="at least one"):
        inferscope.show()
    with pytest.warns(inferscope.Finding, match="not understood and is ignored: “nonsense=”") as found:
        inferscope.show(runs, link="?nonsense")
    assert [warning.filename for warning in found] == [__file__]
    monkeypatch.setenv("INFERSCOPE_DIST", str(tmp_path))
    with pytest.raises(inferscope.InferscopeError, match="make dist") as error:
        inferscope.report(runs)
    assert error.value.returncode == 2
