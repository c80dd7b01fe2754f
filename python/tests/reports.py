"""A report taken apart: its charts' points and its data, which the command reads from it."""

import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pandas

import inferscope


class _Frame(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag == "iframe", tag
        self.found.append(dict(attrs))


def frame(cell: str) -> dict[str, str | None]:
    """The attributes of the one element that a cell's HTML is."""
    parser = _Frame()
    parser.feed(cell)
    parser.close()
    (found,) = parser.found
    return found


def lines(page: str) -> list[dict[str, dict[float, tuple[float, float]]]]:
    """Of each chart, by the line's name and the load, the point (x, y)."""
    plots = re.search(r'<script type="application/json" id="plots">(.*?)</script>', page, re.DOTALL)
    assert plots is not None
    charts = []
    for plot in json.loads(plots[1]):
        chart = {}
        for series, column in zip(plot["option"]["series"], plot["columns"], strict=True):
            points = {}
            for at in range(0, len(column), len(series["dimensions"])):
                x, y, load = column[at : at + 3]
                points[load] = (x, y)
            # A line and its points can be drawn one by one.
            assert chart.setdefault(series["name"], points) == points
        charts.append(chart)
    return charts


def text(page: str) -> str:
    """What is read in it, without the scripts."""
    return html.unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)))


def same_data(page: str, wanted: pandas.DataFrame, folder: Path) -> None:
    """The data in the page are these rows, all columns and every figure; columns without a value are left out of it."""
    path = folder / "again.html"
    path.write_text(page, encoding="utf-8")
    found = inferscope.load(path)
    wanted = wanted.dropna(axis="columns", how="all").reset_index(drop=True)
    pandas.testing.assert_frame_equal(found.dropna(axis="columns", how="all"), wanted, check_exact=True)
