"""The points of `--format influx`, read by InfluxDB's own rules (the C parser of line-protocol-parser): identity is in tags or
text fields, figures are fields, exactly, and nothing else is one; times are those of the files."""

import datetime
import math
from fractions import Fraction

from line_protocol_parser import parse_line

from readers import TYPED
from sources import Export
from test_tables import column


def plain(text: str) -> str:
    """What of a text the protocol can say: it has no escape for control characters."""
    return "".join(" " if ord(letter) < 32 or 127 <= ord(letter) < 160 else letter for letter in text)


def tag(text: str) -> str:
    """What of a text a tag can say: no blank around it, and no backslash before what would be escaped by it."""
    text = plain(text).strip()
    following = [*text[1:], ""]
    return "".join("/" if letter == "\\" and after in ("", ",", "=", " ", "\\") else letter for letter, after in zip(text, following))


def nanoseconds(instant: str) -> int:
    since = datetime.datetime.fromisoformat(instant).replace(tzinfo=datetime.timezone.utc) - datetime.datetime.fromtimestamp(0, datetime.timezone.utc)
    return (since.days * 86_400 + since.seconds) * 1_000_000_000 + since.microseconds * 1000


def test_points(exported: Export) -> None:
    columns = TYPED["pyarrow", "parquet"](exported.file("parquet"))
    lines = exported.file("influx").read_text(encoding="utf-8").splitlines()
    keys = list(zip(columns["path"], columns["place"], strict=True))
    seen = set()
    for key, line in zip(keys, lines, strict=True):
        row, point = exported.rows[key], parse_line(line)
        tags, fields = point["tags"], point["fields"]
        assert point["measurement"] == f"inferscope_{exported.kind}"
        assert (tags["path"], fields.pop("inferscope_schema")) == (key[0], 1)
        kind, load = row.load
        assert (tags.get("load_kind"), tags.get("load") and float(tags["load"])) == (kind, load), key
        for name, value in row.identity.items():
            found = tags.get(name, fields.get(name))
            assert found == (tag(value) if name in tags else plain(value)), f"{key}: {name} is {found!r}, not {value!r}"
        expected = {column(metric, columns): figure for metric, figure in row.figures.items() if math.isfinite(figure)}
        # `time` is the database's own name.
        expected = {f"{name}_2" if name == "time" else name: figure for name, figure in expected.items()}
        numbers = {name: value for name, value in fields.items() if not isinstance(value, str)}
        assert numbers == expected, key
        assert all(isinstance(value, float) for value in numbers.values())
        # Points of equal tags and times replace each other.
        identity = (tuple(sorted(tags.items())), point["time"])
        assert identity not in seen
        seen.add(identity)
        if "start_time" in row.identity:
            assert point["time"] == nanoseconds(row.identity["start_time"]), key
    assert len(seen) == len(exported.rows)


def test_times_of_requests_are_those_of_the_file(exported: Export) -> None:
    """A figure in seconds is a double: it has microseconds, not more."""
    columns = TYPED["pyarrow", "parquet"](exported.file("parquet"))
    lines = exported.file("influx").read_text(encoding="utf-8").splitlines()
    for key, line in zip(zip(columns["path"], columns["place"], strict=True), lines, strict=True):
        time = exported.rows[key].figures.get("time/mean")
        if time is not None:
            assert abs(parse_line(line)["time"] - Fraction(time) * 1_000_000_000) <= 600, key
