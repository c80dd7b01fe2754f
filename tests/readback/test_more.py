"""Tables of more than one batch, and what workers reported over time."""

import random
from pathlib import Path

import pytest

from readers import TYPED, UNTYPED
from sources import inferscope

# Rows are written in batches of 65,536 (`src/table/export/columnar.rs`).
ROWS = 70_000
READERS = TYPED | UNTYPED


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[tuple[str, float, float | None]]]:
    chance = random.Random(3)
    folder = tmp_path_factory.mktemp("large")
    rows = [(f"org/m{at % 7}", chance.uniform(0, 1e4), None if at % 3 else chance.uniform(1, 1e3)) for at in range(ROWS)]
    with (folder / "large.csv").open("w") as file:
        file.write("model,version,accelerator,TP,prompt toks,output toks,intended concurrency,output_tok/sec,ttft_median,successful_requests\n")
        for at, (model, speed, ttft) in enumerate(rows):
            file.write(f"{model},v-1,H200,4,1000,1000,{at + 1},{speed!r},{'' if ttft is None else repr(ttft)},100\n")
    for ending in ("parquet", "arrow", "csv", "json"):
        (folder / f"results.{ending}").write_bytes(inferscope("table", "--format", ending, folder / "large.csv"))
    return folder, rows


@pytest.mark.parametrize("reader", READERS, ids="-".join)
def test_large_tables(large: tuple[Path, list[tuple[str, float, float | None]]], reader: tuple[str, str]) -> None:
    folder, rows = large
    columns = READERS[reader](folder / f"results.{reader[1]}")
    assert columns["load"] == list(range(1, ROWS + 1))
    assert list(zip(columns["model"], columns["output_tps"], columns["ttft_p50_ms"], strict=True)) == rows


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[tuple[int, int, float, float]]]:
    chance = random.Random(4)
    folder = tmp_path_factory.mktemp("nodes")
    figures = [(chance.randrange(99), chance.randrange(10**6), chance.randrange(101) / 100, chance.uniform(0.1, 1e4)) for _ in range(60)]
    lines = [
        f"[2026-03-12 14:09:{second:02} DP0 TP0] Decode batch. #running-req: {running}, #token: {tokens}, token usage: {usage}, "
        f"cuda graph: True, gen throughput (token/s): {speed!r}, #queue-req: 0, \n"
        for second, (running, tokens, usage, speed) in enumerate(figures)
    ]
    (folder / "run").mkdir()
    (folder / "run/n1_decode_w0.out").write_text("".join(lines))
    for ending in ("parquet", "arrow", "csv", "json"):
        (folder / f"results.{ending}").write_bytes(inferscope("nodes", "--format", ending, folder / "run"))
    return folder, figures


@pytest.mark.parametrize("reader", READERS, ids="-".join)
def test_nodes(reported: tuple[Path, list[tuple[int, int, float, float]]], reader: tuple[str, str]) -> None:
    folder, figures = reported
    columns = READERS[reader](folder / f"results.{reader[1]}")
    names = ("running_req", "num_tokens", "token_usage", "gen_throughput")
    assert list(zip(*(columns[name] for name in names), strict=True)) == figures
    assert [str(time)[:19] for time in columns["timestamp"]] == [f"2026-03-12 14:09:{second:02}" for second in range(60)]
    assert set(columns["input_throughput"]) == {None} and {str(version) for version in columns["inferscope_schema"]} == {"1"}
