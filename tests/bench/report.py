"""The table of figures, and where it is kept."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench.figures import Figure

_DOCS = Path(__file__).parents[2] / "docs"
_BEGIN, _END = "<!-- the table: make bench writes it -->", "<!-- end of the table -->"
_HEAD = "| what | figure | lowest - highest | goal | | measured on |\n|---|---|---|---|---|---|\n"


def as_row(figure: Figure) -> str:
    """One line of the table."""
    spread = f"{_number(figure.spread[0])} - {_number(figure.spread[1])}" if figure.spread else ""
    wanted = f"{figure.wanted} {_number(figure.goal)}" if figure.wanted else ""
    verdict = {True: "met", False: "**missed**", None: ""}[figure.met]
    return f"| {figure.name} | {_number(figure.value)} {figure.unit} | {spread} | {wanted} | {verdict} |"


def write(figures: list[Figure], *, whole: bool) -> None:
    """Put the table into the page, and the figures beside it, each with its day. Unless the ``whole`` bench was run,
    what was measured earlier and not now stays."""
    kept_in, day = _DOCS / "performance.json", f"{datetime.now(UTC):%F}"
    names = {figure.name for figure in figures}
    before = [] if whole else json.loads(kept_in.read_text())["figures"]
    rows = [row for row in before if row["name"] not in names]
    rows += [asdict(figure) | {"met": figure.met, "day": day} for figure in figures]
    kept_in.write_text(json.dumps({"machine": _machine(), "figures": rows}, indent=1) + "\n")
    page = _DOCS / "performance.md"
    above, rest = page.read_text().split(_BEGIN)
    _, below = rest.split(_END)
    table = "".join(f"{as_row(_figure(row))} {row['day']} |\n" for row in rows)
    page.write_text(f"{above}{_BEGIN}\n\n{_machine()}\n\n{_HEAD}{table}\n{_END}{below}")


def _figure(row: dict[str, Any]) -> Figure:
    spread = row["spread"] and (row["spread"][0], row["spread"][1])
    return Figure(row["name"], row["value"], row["unit"], row["wanted"], row["goal"], spread)


def _machine() -> str:
    return (
        f"{os.cpu_count()} processors, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}."
        " Ratios hold from machine to machine, absolute figures do not."
    )


def _number(value: float) -> str:
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"
