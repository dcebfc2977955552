"""The table of figures, and where it is kept."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.figures import Figure

_DOCS = Path(__file__).parents[2] / "docs"
_BEGIN, _END = "<!-- the table: make bench writes it -->", "<!-- end of the table -->"
_HEAD = "| what | figure | lowest - highest | goal | |\n|---|---|---|---|---|\n"


def as_row(figure: Figure) -> str:
    """One line of the table."""
    spread = f"{_number(figure.spread[0])} - {_number(figure.spread[1])}" if figure.spread else ""
    wanted = f"{figure.wanted} {_number(figure.goal)}" if figure.wanted else ""
    verdict = {True: "met", False: "**missed**", None: ""}[figure.met]
    return f"| {figure.name} | {_number(figure.value)} {figure.unit} | {spread} | {wanted} | {verdict} |"


def write(figures: list[Figure]) -> None:
    """Put the table into the page, and the figures beside it."""
    page = _DOCS / "performance.md"
    text = page.read_text()
    before, rest = text.split(_BEGIN)
    _, after = rest.split(_END)
    surrounded = f"{_BEGIN}\n\n{_machine()}\n\n{_HEAD}{''.join(as_row(figure) + chr(10) for figure in figures)}\n{_END}"
    page.write_text(before + surrounded + after)
    rows = [asdict(figure) | {"met": figure.met} for figure in figures]
    document = {"machine": _machine(), "figures": rows}
    (_DOCS / "performance.json").write_text(json.dumps(document, indent=1) + "\n")


def _machine() -> str:
    day = datetime.now(UTC).date()
    return (
        f"{day}, {os.cpu_count()} processors, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}."
        " Ratios hold from machine to machine, absolute figures do not."
    )


def _number(value: float) -> str:
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"
