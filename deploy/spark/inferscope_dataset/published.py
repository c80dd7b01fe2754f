"""What is published: the record of a generation, the manifest of runs, the table of errors, and how one generation follows another."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from inferscope_dataset import layout
from inferscope_dataset.plan import Known
from inferscope_dataset.runs import Run
from inferscope_dataset.store import Found, Place

_TEXT, _COUNT = pa.string(), pa.int64()
RUNS = pa.schema(
    {
        "run": _TEXT,
        "files": pa.list_(pa.struct({"path": _TEXT, "size": _COUNT, "changed": _COUNT})),
        "hash": _TEXT,
        "state": _TEXT,
        "rows": _COUNT,
        "outputs": pa.list_(_TEXT),
        "faults": pa.list_(pa.struct({"path": _TEXT, "reason": _TEXT})),
        "when": _TEXT,
    }
)
ERRORS = pa.schema({"run": _TEXT, "path": _TEXT, "reason": _TEXT, "when": _TEXT, "state": _TEXT})


@dataclass
class Generation:
    """One state of the data set. `index.json` names it, and everything that it names is there before."""

    name: str
    published: str
    # What decides how a run is read: where that differs, every run is read again.
    reading: dict
    program: str
    parts: list[Known] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    # Files of the generation before, which a page that has read its index still asks for.
    before: list[str] = field(default_factory=list)

    @property
    def record(self) -> str:
        return f"_manifest/{self.name}/job.json"

    def paths(self) -> set[str]:
        return {part.path for part in self.parts} | {*self.runs, *self.errors, self.record}

    def age(self) -> float:
        return (datetime.now(UTC) - datetime.fromisoformat(self.published)).total_seconds()


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def started(reading: dict, program: str) -> Generation:
    at = now()
    return Generation(f"{at.replace('-', '').replace(':', '')}-{uuid4().hex[:6]}", at, reading, program)


def current_name(out: Place) -> str | None:
    """The generation that the index names. A folder with another index is nobody's data set, and is left alone."""
    content = out.read_if_there("index.json")
    if content is None:
        return None
    try:
        return json.loads(content)["dataset"]["generation"]
    except (ValueError, KeyError, TypeError) as fault:
        raise ValueError(
            f"{out.address}/index.json is none that this job wrote: give an empty folder, or remove it"
        ) from fault


def current(out: Place) -> Generation | None:
    name = current_name(out)
    if name is None:
        return None
    told = json.loads(out.read(f"_manifest/{name}/job.json"))
    told["parts"] = [Known(**part) for part in told["parts"]]
    return Generation(**told)


def published(out: Place, new: Generation, old: Generation | None) -> None:
    """Everything new is there; one file is replaced, and with it the whole data set."""
    if current_name(out) != (old.name if old else None):
        raise ValueError("another run of this job has published meanwhile: nothing was changed, run it again, one at a time")
    have = {file.path for file in out.listed()[0]}
    missing = sorted(new.paths() - {new.record} - have)
    if missing:
        raise ValueError(
            f"{len(missing)} files that were written are not there, the first {missing[0]}: nothing was changed, run it again"
        )
    out.write(new.record, json.dumps(asdict(new), separators=(",", ":")).encode())
    more = {"generation": new.name, "published": new.published, "manifest": new.runs, "errors": new.errors}
    members = [part.member for part in new.parts]
    out.write("index.json", layout.index(members, new.reading["schema"], more))


def tidied(out: Place, now_: Generation, grace: float) -> int:
    """Removes what no index names any more, this job's own names only: leftovers of a run that was killed, and what was replaced,
    once it was replaced `grace` seconds ago."""
    keep = now_.paths() | (set(now_.before) if now_.age() < grace else set())
    files, _ = out.listed()
    first = layout.PARTITIONS[0] + "="
    removed = []
    for file in files:
        name = file.path.rsplit("/", 1)[-1]
        ours = (
            name.startswith("part-")
            and name.endswith(".parquet")
            and file.path.startswith((first, "_manifest/", "_errors/"))
        )
        half = name.startswith(".") and name.endswith(".part")
        if file.path not in keep and (ours or half or (file.path.startswith("_manifest/") and name == "job.json")):
            out.remove(file.path)
            removed.append(file.path)
    parents = {path.rsplit("/", n)[0] for path in removed for n in range(1, path.count("/") + 1)}
    out.remove_empty(parents)
    return len(removed)


def loaded(out: Place, path: str) -> Iterable[tuple[str, Run]]:
    for batch in pq.ParquetFile(BytesIO(out.read(path))).iter_batches():
        for row in batch.to_pylist():
            name = row.pop("run")
            row["files"] = [Found(**file) for file in row["files"]]
            row["faults"] = [(fault["path"], fault["reason"]) for fault in row["faults"]]
            yield name, Run(**row)


def saved(
    out: Place, generation: str, number: int, runs: Iterable[tuple[str, Run]]
) -> tuple[list[str], list[str], dict[str, int]]:
    """A part of the manifest and of the table of errors: the paths of both, and how many runs, rows and errors."""
    rows, errors = [], []
    for name, run in sorted(runs, key=lambda one: one[0]):
        faults = [{"path": path, "reason": reason} for path, reason in run.faults]
        rows.append({**asdict(run), "run": name, "faults": faults})
        errors += [{"run": name, **fault, "when": run.when, "state": run.state} for fault in faults]
    totals = {"runs": len(rows), "rows": sum(row["rows"] for row in rows), "errors": len(errors)}
    totals |= {state: sum(row["state"] == state for row in rows) for state in ("bad", "partly", "unread")}
    return (
        _part(out, "_manifest", generation, number, rows, RUNS),
        _part(out, "_errors", generation, number, errors, ERRORS),
        totals,
    )


def _part(out: Place, kind: str, generation: str, number: int, rows: list[dict], schema: pa.Schema) -> list[str]:
    if not rows:
        return []
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), sink, compression="snappy")
    path = f"{kind}/{generation}/part-{number:05}.parquet"
    out.write(path, sink.getvalue().to_pybytes())
    return [path]
