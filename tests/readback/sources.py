"""What is exported, and what must be read back: figures by the scripts of tests/independent, which know the files and not the
program, and by the formulas below; and a table that is written here, from figures and texts that are known because of that."""

import csv
import json
import math
import os
import random
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests/fixtures"
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
INFERSCOPE = TARGET / "debug/inferscope"

# Set of files: the script that reads them independently, the arguments of the command, the files.
FILES = {
    "guidellm": ("guidellm.py", [], [
        "guidellm/0.8.1/concurrent-1-16.json",
        "guidellm/0.4.0/concurrent-1-4-16.json",
        "guidellm/0.3.0/synchronous-10req.json",
    ]),
    "consolidated": ("rhaiis.py", [], ["rhaiis/52-columns/ladder.csv", "llmd/51-columns/cluster.csv", "cpu/made/epyc.csv"]),
    "hostile": ("rhaiis.py", [], ["rhaiis/52-columns/hostile.csv"]),
    "serving": ("serving.py", [], [
        "vllm/0.33.0/conc16.json",
        "vllm/made/generations.json",
        "sglang/0.5.5.post3/concurrency-1-4-16.jsonl",
        "sa-bench/c88ef73/sa-bench_isl_128_osl_32/results_concurrency_8_gpus_16_ctx_8_gen_8.json",
        "inferencex/v1/agg_mock_v1_conc4.json",
    ]),
    "requests": ("listed_requests.py", ["--requests"], [
        "vllm/made/detailed.json",
        "guidellm/0.8.1/sync-10req.json",
        "sglang/made/details.jsonl",
    ]),
}

# Texts that programs are known to change: by quoting, line ends, encodings, types that they guess, or as formulas.
TEXTS = [
    "модель/名前-🚀", "e\u0301 beside é", 'say "hi", twice', "a 'quoted' `text`", "two\nlines", "three\r\nlines\rin all", "tab\there",
    "=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(A1)", "＝1+1", "a\\b", "ends in \\", "x,y=z w", "a;b|c", "<b>&amp;</b>", "true", "0012", "1e5", "0x1F", "1_000", "2026-01-21", "12:30", "#comment", "[1, 2]", '{"a": 1}', "\u202eright to left",
    "a\u00a0b", "\u200b=1+1 after what is not seen",
]

# Texts that programs take for blank cells. Tables that are read have them for that, too; results in JSON may state them.
BLANKS = ["NA", "N/A", "n/a", "<NA>", "#N/A", "null", "NULL", "None", "nan", "NaN", "-nan", "1.#IND"]

# Doubles that are lost where a program reads or writes less than all digits, or less than the whole range.
FIGURES = [0.1 + 0.2, 1 / 3, 2 / 3, 1e-7, 1.2345678901234567e-300, 1.7976931348623157e308, 9007199254740993.0, 123456789.12345679, 1e22, 1e23]

# A column of the consolidated table, and the metric and statistic that it has.
COLUMNS = {
    "output_tok/sec": "output_tps/mean",
    "measured concurrency": "concurrency_achieved/mean",
    "ttft_p95": "ttft/p95",
    "itl_p999": "itl/p99_9",
    "e2el_p42": "e2el_p42/mean",
}


@dataclass
class Row:
    """One row that must be there."""

    load: tuple[str | None, float | None]
    identity: dict[str, str]
    figures: dict[str, float] = field(default_factory=dict)


@dataclass
class Export:
    """A table in all formats, and the rows that must be in it, by file and place."""

    folder: Path
    rows: dict[tuple[str, str], Row]
    kind: str

    def file(self, ending: str) -> Path:
        return self.folder / f"results.{ending}"


def inferscope(*arguments: str | Path) -> bytes:
    done = subprocess.run([INFERSCOPE, *arguments], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def export(folder: Path, arguments: list[str], files: list[Path], rows: dict[tuple[str, str], Row]) -> Export:
    for ending in ("csv", "json", "parquet", "arrow", "influx"):
        (folder / f"results.{ending}").write_bytes(inferscope("table", *arguments, "--format", ending, *files))
    return Export(folder, rows, "request" if arguments else "measurement")


def independent(script: str, files: list[Path]) -> dict[tuple[str, str], Row]:
    """What a script of tests/independent finds in files."""
    found = subprocess.run([sys.executable, ROOT / "tests/independent" / script, *files], capture_output=True, check=True)
    return {
        (path, place): Row(tuple(row["load"]), row["identity"], row["samples"])
        for path, places in json.loads(found.stdout).items()
        for place, row in places.items()
    }


def fixtures(name: str, folder: Path) -> Export:
    script, arguments, names = FILES[name]
    files = [FIXTURES / name for name in names]
    rows = independent(script, files)
    derive(rows)
    return export(folder, arguments, files, rows)


def derive(rows: dict[tuple[str, str], Row]) -> None:
    """Adds what follows from the figures of a row, where it does not state it: the definitions of `inferscope schema`."""
    starts: dict[str, float] = {}
    for (path, _), row in rows.items():
        if (time := row.figures.get("time/mean")) is not None:
            starts[path] = min(time, starts.get(path, time))
    for (path, _), row in rows.items():
        of = row.figures
        more = {}
        # Interactivity is a property of a run; of a single request nobody states it.
        if "completed/mean" in of or "rps/mean" in of or "output_tps/mean" in of:
            for key, value in of.items():
                if key.startswith("tpot/") and value > 0 and key != "tpot/std":
                    more[f"interactivity/{key[5:]}"] = 1000.0 / value
        if "completed/mean" in of and "errored/mean" in of and of["completed/mean"] + of["errored/mean"] > 0:
            more["error_rate/mean"] = 100.0 * of["errored/mean"] / (of["completed/mean"] + of["errored/mean"])
        if "total_tps/mean" in of and "output_tps/mean" in of:
            more["input_tps/mean"] = of["total_tps/mean"] - of["output_tps/mean"]
        if "rps/mean" in of and "e2el/mean" in of:
            more["concurrency_estimated/mean"] = of["rps/mean"] * of["e2el/mean"] / 1000.0
        if "time/mean" in of and "elapsed/mean" not in of:
            more["elapsed/mean"] = of["time/mean"] - starts[path]
        degrees = [float(row.identity[key]) for key in ("tp", "dp") if key in row.identity]
        gpus = float(row.identity.get("gpus") or (math.prod(degrees) if degrees else 0))
        for key in ("output_tps", "total_tps", "input_tps"):
            whole = of.get(f"{key}/mean", more.get(f"{key}/mean"))
            if gpus and whole is not None:
                more[f"{key}_per_gpu/mean"] = whole / gpus
        row.figures = more | of


def made(folder: Path) -> Export:
    """A consolidated table with each of the figures and texts, and with cells that are blank."""
    chance = random.Random(20)
    rows = {}
    runs = folder / "runs.jsonl"
    run = json.loads((FIXTURES / "vllm/minimal/numeric-tp.json").read_text())
    del run["tensor_parallel_size"]
    texts = [json.dumps(run | {"model_id": text, "max_concurrency": number}) for number, text in enumerate(BLANKS, 1)]
    runs.write_text("\n".join(texts) + "\n")
    rows |= independent("serving.py", [runs])
    path = folder / "made.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["model", "version", "accelerator", "TP", "prompt toks", "output toks", "intended concurrency", "notes", "own text", *COLUMNS])
        line = 2
        for number, text in enumerate(TEXTS * 3):
            figures = {column: chance.choice([None, chance.choice(FIGURES), chance.uniform(0, 1e4), chance.lognormvariate(0, 40)]) for column in COLUMNS}
            figures["output_tok/sec"] = chance.choice([0.0, *FIGURES])
            load = float(number + 1)
            cells = ["org/m" if number % 2 else text, "v-1", "H200", 4, 1000, 1000, load, None if number % 3 else text, text, *figures.values()]
            table.writerow(["" if cell is None else repr(cell) if isinstance(cell, float) else cell for cell in cells])
            identity = {"model": cells[0], "version": "v-1", "tp": "4", "own text": text} | ({} if number % 3 else {"notes": text})
            found = {COLUMNS[column]: figure for column, figure in figures.items() if figure is not None}
            rows[str(path), f"line {line}"] = Row(("concurrency", load), identity, found)
            line += 1 + text.count("\n") * cells.count(text)
    derive(rows)
    return export(folder, [], [path, runs], rows)
