"""Sheets that Excel opens by a double click where Spanish is spoken: semicolons, a mark for UTF-8, a decimal comma."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Sequence
from typing import Any

from whmcs_bridge.commands.terminal import printable
from whmcs_bridge.money.spreadsheet import no_formula


class Sheet:
    """A sheet on standard output."""

    def __init__(self, header: Sequence[str]) -> None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8")  # whatever the terminal speaks
        print("\N{ZERO WIDTH NO-BREAK SPACE}", end="")
        self._writer = csv.writer(sys.stdout, delimiter=";")
        self.row(header)

    def row(self, cells: Sequence[Any]) -> None:
        """Write one row."""
        self._writer.writerow(cells)


def cell(text: str | None) -> str:
    """Text of others, that a spreadsheet does not take for a formula."""
    return no_formula(printable(text or ""))
