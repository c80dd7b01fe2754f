"""Raw results that are made for the tests, and what must come of them: counted here, by nobody's reader."""

import json
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests/fixtures"
MODELS = ["org/small", "org/large", "üni code/模型"]
ACCELERATORS = ["H100", "MI300X", None]
VERSIONS = ["0.8.0", "0.9.1", "0.10.0", "0.11.0rc1", None]


def program() -> str:
    """INFERSCOPE_BIN, else the one that was built last: as in tests/browser/open.spec.ts."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    built = [path for path in (target / "release/inferscope", target / "debug/inferscope") if path.exists()]
    newest = max(built, key=lambda path: path.stat().st_mtime, default=target / "debug/inferscope")
    return os.environ.get("INFERSCOPE_BIN") or str(newest)


# What is wanted of a row: model, accelerator, version, load, tp, output tokens per second.
Row = tuple[str | None, str | None, str | None, float | None, str | None, float]


@dataclass
class Made:
    """A folder of raw results; `rows` are those of each file, `bad` the files that hold none or lack some, with a word of the reason."""

    folder: Path
    rows: dict[str, list[Row]] = field(default_factory=dict)
    bad: dict[str, str] = field(default_factory=dict)
    count: int = 0

    def result(self, path: str, number: int, *, model: str | None = None, speed: float | None = None) -> None:
        """A result of `vllm bench serve`: a fixture with other figures."""
        result = {name: value for name, value in TEMPLATE.items() if not isinstance(value, list)}
        model = model or MODELS[number % 3]
        accelerator, version = ACCELERATORS[number // 3 % 3], VERSIONS[number // 9 % 5]
        load, tp = 1 << number // 45 % 6, 1 << number // 270 % 3
        # No two are alike, or they would be one measurement in two files.
        self.count += 1
        speed = speed or 1000 + self.count / 7
        date = f"202611{1 + self.count // 1440:02}-{self.count // 60 % 24:02}{self.count % 60:02}00"
        result |= {
            "model_id": model,
            "tensor_parallel_size": str(tp),
            "max_concurrency": load,
            "output_throughput": speed,
            "date": date,
        }
        result.pop("gpu")
        if accelerator:
            result["gpu"] = accelerator
        if version:
            result["version"] = version
        self.write(path, json.dumps(result))
        self.rows[path] = [(model, accelerator, version, float(load), str(tp), speed)]

    def write(self, path: str, content: str | bytes) -> None:
        at = self.folder / path
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_bytes(content if isinstance(content, bytes) else content.encode())

    def remove(self, path: str) -> None:
        (self.folder / path).unlink()
        self.rows.pop(path, None)
        self.bad.pop(path, None)

    def all(self) -> list[tuple]:
        return sorted(((path, *row) for path, rows in self.rows.items() for row in rows), key=repr)


TEMPLATE = json.loads((FIXTURES / "vllm/0.33.0/conc16.json").read_text())


def made(folder: Path, runs: int) -> Made:
    """Runs in folders, some with two loads; loose files; files that belong together; bad ones; and what is no result."""
    it = Made(folder)
    more(it, 0, runs)
    for number in range(40):
        it.result(f"loose {number}.json", number)
    # One measurement in two files, which complete each other: three loads, not six.
    pair = FIXTURES / "guidellm/0.4.0/concurrent-1-4-16"
    for ending in ("json", "csv"):
        shutil.copyfile(f"{pair}.{ending}", folder / f"pair.{ending}")
    # pairs.json is another run than pair.json, whose name it begins with.
    it.result("pairs.json", 7)
    it.write("broken.json", '{"backend": "vllm", "model_id": ')
    it.write("run-0003/cut off.json", '{"backend": "vllm", "duration": 1')
    it.write("empty/nothing.json", "")
    it.write("noise/noise.json", bytes(range(256)) * 40)
    it.bad = {"broken.json": "", "run-0003/cut off.json": "", "empty/nothing.json": "", "noise/noise.json": ""}
    # No results, and no faults either.
    it.write("run-0004/notes.md", "# What we did\n")
    it.write("run-0001/index.json", "[]")
    it.write(".hidden/result.json", "{")
    it.write("_started/result.json", "{")
    return it


def more(it: Made, first: int, end: int) -> None:
    for number in range(first, end):
        it.result(f"run-{number:04}/result.json", number)
        if number % 10 == 0:
            it.result(f"run-{number:04}/deeper/again.json", number + 45)
