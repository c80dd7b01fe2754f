"""Results of AI-inference benchmarks as data frames.

The command `inferscope` reads the files; this module runs it and hands over its tables, exactly. The command is looked for
on the PATH, or where the environment variable INFERSCOPE says. `schema()` lists the columns with units and definitions.

Figures are floats, and missing where nothing is known. Counts (`tp`, `gpus`, `isl` …) are nullable integers where every one
in the table is a whole number, else texts as the files have them. All else is text.

What the command says of files (rows that were skipped, figures that are no numbers …) becomes a warning of the category
`Finding`. Which files were joined or are twice there becomes a `Note`, which is not shown unless it is asked for:
`warnings.simplefilter("always", inferscope.Note)`. Where the command fails, `InferscopeError` has its text.
"""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import warnings
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack, overload

import pyarrow
import pyarrow.ipc

if TYPE_CHECKING:
    import pandas
    import polars

__all__ = ["Finding", "InferscopeError", "Note", "Options", "load", "nodes", "requests", "schema"]
__version__ = "0.1.0"

Path = str | os.PathLike[str]
Engine = Literal["pandas", "polars"]

# The version of the columns that this module knows (`inferscope.schema` in the metadata).
_SCHEMA = 1


class Finding(UserWarning):
    """What the command says of a file."""


class Note(Finding):
    """How the command put files together; nothing is wrong with them."""


# Behind all that the user's own filters say.
warnings.simplefilter("ignore", Note, append=True)


class InferscopeError(RuntimeError):
    """The command is missing or has failed; its text is the message.

    `returncode` is 1 where nothing could be read, or not all of it, and 2 for wrong usage.
    """

    def __init__(self, message: str, returncode: int | None = None) -> None:
        super().__init__(message)
        self.returncode = returncode


class Options(TypedDict, total=False):
    """What `load`, `requests` and `nodes` take besides paths."""

    read_as: str
    """Read every file as this format instead of detecting it."""
    config: Path
    """A deployment's `config.json`, for its own flat formats."""
    partial: bool
    """Return what could be read where a file's decoder failed, with the errors as warnings, instead of raising."""


@overload
def load(*paths: Path, engine: Literal["pandas"] = "pandas", **options: Unpack[Options]) -> pandas.DataFrame: ...
@overload
def load(*paths: Path, engine: Literal["polars"], **options: Unpack[Options]) -> polars.DataFrame: ...
def load(*paths: Path, engine: Engine = "pandas", **options: Unpack[Options]) -> pandas.DataFrame | polars.DataFrame:
    """All measurements in these files and folders, one per row (`inferscope table`)."""
    return _frame(["table"], paths, engine, options)


@overload
def requests(*paths: Path, engine: Literal["pandas"] = "pandas", **options: Unpack[Options]) -> pandas.DataFrame: ...
@overload
def requests(*paths: Path, engine: Literal["polars"], **options: Unpack[Options]) -> polars.DataFrame: ...
def requests(*paths: Path, engine: Engine = "pandas", **options: Unpack[Options]) -> pandas.DataFrame | polars.DataFrame:
    """All single requests in these files and folders, one per row (`inferscope table --requests`)."""
    return _frame(["table", "--requests"], paths, engine, options)


@overload
def nodes(*paths: Path, engine: Literal["pandas"] = "pandas", **options: Unpack[Options]) -> pandas.DataFrame: ...
@overload
def nodes(*paths: Path, engine: Literal["polars"], **options: Unpack[Options]) -> polars.DataFrame: ...
def nodes(*paths: Path, engine: Engine = "pandas", **options: Unpack[Options]) -> pandas.DataFrame | polars.DataFrame:
    """What the workers of these runs reported over time, one sample per row (`inferscope nodes`)."""
    return _frame(["nodes"], paths, engine, options)


@overload
def schema(*, engine: Literal["pandas"] = "pandas") -> pandas.DataFrame: ...
@overload
def schema(*, engine: Literal["polars"]) -> polars.DataFrame: ...
def schema(*, engine: Engine = "pandas") -> pandas.DataFrame | polars.DataFrame:
    """The canonical columns: name, type, unit, definition (`inferscope schema`)."""
    return _to_frame(pyarrow.Table.from_pylist(_columns(_command())), engine)


def _frame(command: list[str], paths: tuple[Path, ...], engine: Engine, options: Options) -> pandas.DataFrame | polars.DataFrame:
    if not paths:
        raise TypeError("at least one file or folder is needed")
    arguments = [*command, "--format", "arrow"]
    if (read_as := options.get("read_as")) is not None:
        arguments += ["--read-as", read_as]
    if (config := options.get("config")) is not None:
        arguments += ["--config", os.fspath(config)]
    # A name that begins with a dash is no option, and `-` alone is not standard input.
    names = [os.fspath(path) for path in paths]
    names = [os.path.join(os.curdir, name) if name.startswith("-") else name for name in names]
    program = _command()
    done = _run(program, *arguments, "--", *names)
    said = done.stderr.decode("utf-8", "replace").splitlines()
    table = pyarrow.ipc.open_file(done.stdout).read_all() if done.stdout else None
    if table is None or table.num_rows == 0 or (done.returncode != 0 and not options.get("partial")):
        said = [line for line in said if _category(line) is Finding]
        if table is not None and table.num_rows > 0:
            said.append("Not all could be read: `partial=True` returns the rest.")
        raise InferscopeError("\n".join(said) or f"`{program} {' '.join(command)}` failed", done.returncode)
    if int((table.schema.metadata or {}).get(b"inferscope.schema", _SCHEMA)) > _SCHEMA:
        said.append("The command is newer than this module: columns may have other units or meanings than it says.")
    for line in said:
        # The caller of `load`, `requests` or `nodes`.
        warnings.warn(line, _category(line), stacklevel=3)
    counts = {column["name"] for column in _columns(program) if column["type"] == "count"}
    for at, name in enumerate(table.column_names):
        if name in counts and (whole := _whole(table.column(at))) is not None:
            table = table.set_column(at, name, whole)
    return _to_frame(table, engine)


def _to_frame(table: pyarrow.Table, engine: Engine) -> pandas.DataFrame | polars.DataFrame:
    if engine == "polars":
        import polars

        return polars.DataFrame(table)
    if engine == "pandas":
        import pandas

        return table.to_pandas(types_mapper=lambda kind: pandas.Int64Dtype() if kind == pyarrow.int64() else None)
    raise ValueError(f"engine {engine!r} is neither 'pandas' nor 'polars'")


def _category(line: str) -> type[Finding]:
    """Lines are `FILE: note: …`, `FILE: warning: …`, `FILE: error: …`, or about the table as a whole."""
    severity = re.search(r": (note|warning|error): ", line)
    return Note if severity and severity[1] == "note" else Finding


def _whole(texts: Any) -> Any:
    """A column of texts as integers, or None where that would lose something."""
    try:
        numbers = texts.cast(pyarrow.int64())
    except pyarrow.ArrowInvalid:
        return None
    return numbers if numbers.cast(texts.type).equals(texts) else None


def _command() -> str:
    return os.environ.get("INFERSCOPE") or "inferscope"


@functools.cache
def _columns(program: str) -> list[dict[str, str]]:
    done = _run(program, "schema", "--format", "json")
    if done.returncode != 0:
        raise InferscopeError(done.stderr.decode("utf-8", "replace").strip(), done.returncode)
    columns: list[dict[str, str]] = json.loads(done.stdout)
    return columns


def _run(program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run([program, *arguments], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except OSError as error:
        hint = "install it with `cargo install --path .`, or name it in the environment variable INFERSCOPE"
        raise InferscopeError(f"the command {program!r} cannot be run: {error.strerror}; {hint}") from error
