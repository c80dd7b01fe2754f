"""Results of AI-inference benchmarks as data frames.

The command `inferscope` reads the files; this module runs it and hands over its tables, exactly. The command is looked for
on the PATH, or where the environment variable INFERSCOPE says. `schema()` lists the columns with units and definitions.

Figures are floats, and missing where nothing is known. Counts (`tp`, `gpus`, `isl` …) are nullable integers where every one
in the table is a whole number, else texts as the files have them. All else is text.

`show` draws files or a data frame in a cell of Jupyter, as the page would; `report` returns the same as one HTML page.

What the command says of files (rows that were skipped, figures that are no numbers …) becomes a warning of the category
`Finding`. Which files were joined or are twice there becomes a `Note`, which is not shown unless it is asked for:
`warnings.simplefilter("always", inferscope.Note)`. Where the command fails, `InferscopeError` has its text.
"""

from __future__ import annotations

import functools
import html
import json
import os
import re
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack, overload

import pyarrow
import pyarrow.ipc
import pyarrow.parquet

if TYPE_CHECKING:
    import pandas
    import polars

    Source = str | os.PathLike[str] | pandas.DataFrame | polars.DataFrame

__all__ = [
    "Finding", "InferscopeError", "Note", "Options", "Report", "ReportOptions",
    "load", "nodes", "report", "requests", "schema", "show",
]  # fmt: skip
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
    """What every function that reads files takes besides them."""

    read_as: str
    """Read every file as this format instead of detecting it."""
    config: Path
    """A deployment's `config.json`, for its own flat formats."""
    partial: bool
    """Return what could be read where a file's decoder failed, with the errors as warnings, instead of raising."""


class ReportOptions(Options, total=False):
    """What `report` and `show` take besides."""

    link: str | Sequence[str] | None
    """A view as the page's address has it: `?v=2&view=pareto`. Several make one page; without it, the view that answers first."""
    title: str | None
    """The heading. Default: the view's name and that of the files."""
    names: bool
    """Keep names of people and hosts (users, nodes, submitters), which are numbered otherwise."""


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


def report(*sources: Source, output: Path | None = None, **options: Unpack[ReportOptions]) -> str:
    """A view of files, folders or data frames as one HTML page with charts, tables and data, which needs no network
    (`inferscope report`). It is written to the file `output`, too, where one is named.

    A data frame is one of this module or part of it; of any other, the names of the columns say what they are.
    """
    page = _page(sources, options)
    if output is not None:
        with open(output, "w", encoding="utf-8", newline="") as file:
            file.write(page)
    return page


def show(*sources: Source, height: int = 640, **options: Unpack[ReportOptions]) -> Report:
    """The same page for a cell of Jupyter, `height` pixels high. It is part of the notebook: nothing is served."""
    return Report(_page(sources, options), height)


@dataclass(frozen=True, repr=False)
class Report:
    """A report that Jupyter shows where it is the value of a cell."""

    html: str
    """The page."""
    height: int
    """In pixels."""

    def __repr__(self) -> str:
        return f"<inferscope.Report: {len(self.html) / 1e6:.1f} MB of HTML>"

    def _repr_html_(self) -> str:
        # Its own origin: the page's scripts, and what texts of files might do there, reach neither notebook nor kernel.
        return (
            f'<iframe title="Inferscope" sandbox="allow-scripts" width="100%" height="{int(self.height)}" style="border: 0" '
            f'srcdoc="{html.escape(self.html)}"></iframe>'
        )


def _page(sources: tuple[Source, ...], options: ReportOptions) -> str:
    if not sources:
        raise TypeError("at least one file, folder or data frame is needed")
    link = options.get("link") or []
    arguments = [*_arguments(options), *(f"--link={one}" for one in ([link] if isinstance(link, str) else link))]
    if (title := options.get("title")) is not None:
        arguments.append(f"--title={title}")
    if options.get("names"):
        arguments.append("--names")
    are_frames = not any(isinstance(source, (str, os.PathLike)) for source in sources)
    with tempfile.TemporaryDirectory(prefix="inferscope-") as folder:
        names = []
        for at, source in enumerate(sources, 1):
            if isinstance(source, (str, os.PathLike)):
                names.append(_name(source))
                continue
            name = f"DataFrame-{at}.parquet" if len(sources) > 1 else "DataFrame.parquet"
            pyarrow.parquet.write_table(_table(source), os.path.join(folder, name))
            names.append(name if are_frames else os.path.join(folder, name))
        # From within the folder, so that its name, which means nothing, is not in the page.
        done = _run(_command(), "report", *arguments, "--", *names, folder=folder if are_frames else None)
    for line in _said(done, bool(done.stdout), options):
        # The caller of `report` or `show`.
        warnings.warn(line, _category(line), stacklevel=3)
    return done.stdout.decode("utf-8")


def _frame(command: list[str], paths: tuple[Path, ...], engine: Engine, options: Options) -> pandas.DataFrame | polars.DataFrame:
    if not paths:
        raise TypeError("at least one file or folder is needed")
    program = _command()
    done = _run(program, *command, "--format", "arrow", *_arguments(options), "--", *(_name(path) for path in paths))
    table = pyarrow.ipc.open_file(done.stdout).read_all() if done.stdout else pyarrow.table({})
    said = _said(done, table.num_rows > 0, options)
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


def _arguments(options: Options) -> list[str]:
    arguments = []
    if (read_as := options.get("read_as")) is not None:
        arguments += ["--read-as", read_as]
    if (config := options.get("config")) is not None:
        arguments += ["--config", os.path.abspath(config)]
    return arguments


def _said(done: subprocess.CompletedProcess[bytes], has_result: bool, options: Options) -> list[str]:
    """What the command says of a result; where there is none, or not all of it and that is not accepted, an error with that."""
    said = done.stderr.decode("utf-8", "replace").splitlines()
    if not has_result or (done.returncode != 0 and not options.get("partial")):
        said = [line for line in said if _category(line) is Finding]
        if has_result:
            said.append("Not all could be read: `partial=True` returns the rest.")
        raise InferscopeError("\n".join(said) or f"`{' '.join(done.args[:2])}` failed", done.returncode)
    return said


def _table(frame: object) -> pyarrow.Table:
    """A data frame as it is written to a file: without an index that has no name."""
    import pandas

    try:
        if isinstance(frame, pandas.DataFrame):
            table = pyarrow.Table.from_pandas(frame, preserve_index=True)
            return table.drop_columns([name for name in table.column_names if re.fullmatch(r"__index_level_\d+__", name)])
        if (polars := sys.modules.get("polars")) and isinstance(frame, polars.DataFrame):
            return frame.to_arrow()
    except (pyarrow.ArrowException, ValueError) as error:
        raise InferscopeError(f"the data frame cannot be written as Parquet: {error}") from error
    raise TypeError(f"a path or a data frame of pandas or polars is needed, not {type(frame).__name__}")


def _name(path: Path) -> str:
    """A name that begins with a dash is no option, and `-` alone is not standard input."""
    name = os.fspath(path)
    return os.path.join(os.curdir, name) if name.startswith("-") else name


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
    program = os.environ.get("INFERSCOPE") or "inferscope"
    return os.path.abspath(program) if os.path.dirname(program) else program


@functools.cache
def _columns(program: str) -> list[dict[str, str]]:
    done = _run(program, "schema", "--format", "json")
    if done.returncode != 0:
        raise InferscopeError(done.stderr.decode("utf-8", "replace").strip(), done.returncode)
    columns: list[dict[str, str]] = json.loads(done.stdout)
    return columns


def _run(program: str, *arguments: str, folder: str | None = None) -> subprocess.CompletedProcess[bytes]:
    environment = dict(os.environ)
    if dist := environment.get("INFERSCOPE_DIST"):
        environment["INFERSCOPE_DIST"] = os.path.abspath(dist)
    try:
        return subprocess.run(
            [program, *arguments], stdin=subprocess.DEVNULL, capture_output=True, check=False, cwd=folder, env=environment
        )
    except OSError as error:
        hint = "install it with `cargo install --path .`, or name it in the environment variable INFERSCOPE"
        raise InferscopeError(f"the command {program!r} cannot be run: {error.strerror}; {hint}") from error
