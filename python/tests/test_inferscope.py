"""The module as people use it: tables, types, what is wrong with files, a command that fails, and its installation."""

import json
import os
import subprocess
import sys
import tomllib
import warnings
from pathlib import Path

import pandas
import polars
import pytest

import inferscope

HEAD = "model,version,accelerator,TP,prompt toks,output toks,intended concurrency,output_tok/sec,ttft_median,successful_requests\n"


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.csv"
    path.write_text(HEAD + "org/m,v-1,H200,4,1000,1000,50,2000.1,300,100\norg/m,v-1,H200,8,1000,1000,100,,500,90\n")
    return path


def test_measurements(tiny: Path) -> None:
    frame = inferscope.load(tiny)
    assert frame["output_tps"].tolist()[0] == 2000.1 and pandas.isna(frame["output_tps"][1])
    assert frame["ttft_p50_ms"].tolist() == [300.0, 500.0]
    assert frame["tp"].dtype == "Int64" and frame["tp"].tolist() == [4, 8]
    assert frame["output_tps"].dtype == "float64" and frame["model"].tolist() == ["org/m"] * 2
    assert frame["path"].tolist() == [str(tiny)] * 2 and frame["inferscope_schema"].tolist() == ["1"] * 2
    assert frame.query("tp == 8")["load"].tolist() == [100.0]


def test_polars(tiny: Path) -> None:
    frame = inferscope.load(str(tiny), engine="polars")
    assert isinstance(frame, polars.DataFrame)
    assert frame["output_tps"].to_list() == [2000.1, None]
    assert frame.schema["tp"] == polars.Int64 and frame.schema["dp"] == polars.Int64 and frame["dp"].to_list() == [None, None]
    assert frame.filter(polars.col("tp") == 4)["load"].to_list() == [50.0]


def test_counts_that_are_no_whole_numbers_stay_texts(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    row = ",,m,,,{},{},,,,concurrency,1,5,,1\n"
    head = "path,tool,model,accelerator,version,tp,dp,gpus,isl,osl,load_kind,load,output_tps,place,inferscope_schema\n"
    path.write_text(head + row.format(4, "08") + row.format("4+2", 8))
    with warnings.catch_warnings(record=True):
        frame = inferscope.load(path)
    assert frame["tp"].tolist() == ["4", "4+2"] and frame["dp"].tolist() == ["08", "8"]


def test_requests(tmp_path: Path, root: Path) -> None:
    source = root / "tests/fixtures/vllm/made/detailed.json"
    listed = json.loads(source.read_text())
    for engine in ("pandas", "polars"):
        frame = inferscope.requests(source, engine=engine)
        assert len(frame) == len(listed["ttfts"])
        assert frame["input_tokens_mean"].to_list() == listed["input_lens"]
        fine = [at for at, error in enumerate(listed["errors"]) if not error]
        assert [frame["ttft_mean_ms"].to_list()[at] for at in fine] == [listed["ttfts"][at] * 1000.0 for at in fine]


def test_nodes(tmp_path: Path) -> None:
    figures = [(7, 1234, 0.13, 123.45, 3), (8, 99999, 0.5, 0.07, 0), (0, 1, 1.0, 4096.123456789, 12)]
    lines = [
        f"[2026-03-12 14:09:{at:02} DP{at} TP0] Decode batch. #running-req: {running}, #token: {tokens}, token usage: {usage}, "
        f"cuda graph: True, gen throughput (token/s): {speed}, #queue-req: {queued}, \n"
        for at, (running, tokens, usage, speed, queued) in enumerate(figures)
    ]
    (tmp_path / "n1_decode_w0.out").write_text("".join(lines))
    names = ["running_req", "num_tokens", "token_usage", "gen_throughput", "queue_req"]
    for engine in ("pandas", "polars"):
        frame = inferscope.nodes(tmp_path, engine=engine)
        assert list(zip(*(frame[name].to_list() for name in names), strict=True)) == figures
        assert frame["timestamp"].to_list() == [f"2026-03-12 14:09:{at:02}" for at in range(3)]
        assert frame["dp"].to_list() == [0, 1, 2] and str(frame["dp"].dtype) == "Int64"
        assert set(frame["node"]) == {"n1"} and set(frame["role"]) == {"decode"}


def test_schema() -> None:
    frame = inferscope.schema()
    row = frame.set_index("name").loc["ttft_p99_ms"]
    assert (row["type"], row["unit"]) == ("number", "ms") and "first token" in row["definition"]
    assert inferscope.schema(engine="polars").height == len(frame) == frame["name"].nunique()


def test_findings_are_warnings_of_the_line_that_calls(tiny: Path) -> None:
    tiny.write_text(tiny.read_text() + "org/m,v-1,H200,x,1000,1000,200,1,1,100\n")
    with pytest.warns(inferscope.Finding, match=r"tiny\.csv: warning: line 4, column “TP”") as found:
        frame = inferscope.load(tiny)
    assert len(frame) == 3 and {Path(warning.filename) for warning in found} == {Path(__file__)}


def test_notes_are_shown_on_request(tiny: Path) -> None:
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("default")
        warnings.simplefilter("ignore", inferscope.Note, append=True)
        warnings.filterwarnings("error", category=inferscope.Finding)
        warnings.filterwarnings("always", category=inferscope.Note)
        assert len(inferscope.load(tiny, tiny)) == 2
    assert [str(warning.message) for warning in found] == [f"{tiny}: note: The same file is named twice: read once."]
    quiet = "import inferscope, sys; inferscope.load(*sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", quiet, tiny, tiny], capture_output=True, text=True, check=True, cwd=Path(inferscope.__file__).parents[1]
    )
    assert done.stderr == ""


def test_what_cannot_be_read_is_an_error_with_the_commands_text(tmp_path: Path, tiny: Path) -> None:
    with pytest.raises(inferscope.InferscopeError, match="nowhere: error: file: Could not be opened: No such file") as error:
        inferscope.load(tmp_path / "nowhere")
    assert error.value.returncode == 1
    with pytest.raises(inferscope.InferscopeError, match="No requests in these files"):
        inferscope.requests(tiny)
    with pytest.raises(inferscope.InferscopeError, match="No worker samples in these files"):
        inferscope.nodes(tiny)
    with pytest.raises(inferscope.InferscopeError, match="invalid value 'nonsense' for '--read-as") as error:
        inferscope.load(tiny, read_as="nonsense")
    assert error.value.returncode == 2
    with pytest.raises(TypeError, match="at least one"):
        inferscope.load()
    with pytest.raises(ValueError, match="'dask' is neither"):
        inferscope.load(tiny, engine="dask")


def test_a_name_is_no_option(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tiny.parent)
    for name in ("--requests", "-", "-q"):
        tiny.with_name(name).write_bytes(tiny.read_bytes())
        assert len(inferscope.load(name)) == 2


def test_a_file_whose_decoder_fails_is_no_silent_loss(tiny: Path, root: Path) -> None:
    damaged = root / "tests/hostile/parquet_emptyslice.parquet"
    with pytest.raises(inferscope.InferscopeError, match="(?s)emptyslice.*decoder of Parquet failed.*partial=True") as error:
        inferscope.load(tiny, damaged)
    assert error.value.returncode == 1
    with pytest.warns(inferscope.Finding, match="decoder of Parquet failed"):
        assert len(inferscope.load(tiny, damaged, partial=True)) == 2
    with pytest.raises(inferscope.InferscopeError, match="decoder of Parquet failed"):
        inferscope.load(damaged, partial=True)


def test_own_formats(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    fields = {"users": "load concurrency", "first_s": "ttft mean s"}
    config.write_text(json.dumps({"formats": [{"id": "nightly", "label": "Nightly", "tool": "", "marks": ["first_s"], "fields": fields}]}))
    table = tmp_path / "night.csv"
    table.write_text("users,first_s\n8,0.5\n")
    assert inferscope.load(table, config=config)["ttft_mean_ms"].tolist() == [500.0]


def test_a_missing_command_says_how_to_get_it(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFERSCOPE", str(tiny.parent / "absent"))
    with pytest.raises(inferscope.InferscopeError, match="absent.* cannot be run: No such file.*cargo install") as error:
        inferscope.load(tiny)
    assert error.value.returncode is None


def test_a_newer_command_is_told(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inferscope, "_SCHEMA", 0)
    with pytest.warns(inferscope.Finding, match="newer than this module"):
        inferscope.load(tiny)


def test_it_can_be_installed(tmp_path: Path, root: Path, tiny: Path) -> None:
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*install, "--target", tmp_path / "site", root / "python"], check=True)
    code = "import inferscope, sys; print(inferscope.__file__, len(inferscope.load(sys.argv[1])))"
    path = os.pathsep.join([str(tmp_path / "site"), *sys.path])
    done = subprocess.run([sys.executable, "-c", code, tiny], cwd=tmp_path, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(tmp_path / "site/inferscope/__init__.py"), "2"]
    assert (tmp_path / "site/inferscope/py.typed").exists()


def test_versions_agree(root: Path) -> None:
    project = tomllib.loads((root / "python/pyproject.toml").read_text())["project"]
    crate = tomllib.loads((root / "Cargo.toml").read_text())["package"]
    assert inferscope.__version__ == project["version"] == crate["version"]
