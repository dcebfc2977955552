"""Sheets that Excel opens by a double click where Spanish is spoken: semicolons, a mark for UTF-8, a decimal comma."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Sequence
from typing import Any

from whmcs_bridge.commands.terminal import printable
from whmcs_bridge.messages import bilingual
from whmcs_bridge.money.pesos import CENTS_PER_PESO

# https://owasp.org/www-community/attacks/CSV_Injection: a spreadsheet would run such a cell as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Sheet:
    """A sheet on standard output; the columns' names are given with commas between them."""

    def __init__(self, es: str, en: str) -> None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8")  # whatever the terminal speaks
        print("\N{ZERO WIDTH NO-BREAK SPACE}", end="")
        self._writer = csv.writer(sys.stdout, delimiter=";")
        self.row(bilingual(es, en).split(","))

    def row(self, cells: Sequence[Any]) -> None:
        """Write one row."""
        self._writer.writerow(cells)


def amount(amount_in_cents: int | None) -> str:
    """Whole pesos without decimals, which every language's spreadsheet reads alike; a comma before cents.

    A Colombian one takes ``59500.00`` for text, or for a hundred times as much. What is below zero stands in
    parentheses, which a spreadsheet reads so, and no cell begins as a formula.
    """
    if amount_in_cents is None:
        return ""
    pesos, cents = divmod(abs(amount_in_cents), CENTS_PER_PESO)
    told = f"{pesos},{cents:02d}" if cents else str(pesos)
    return f"({told})" if amount_in_cents < 0 else told


def cell(text: str | None) -> str:
    """Text of others, that a spreadsheet does not take for a formula."""
    told = text or ""
    return ("'" if told.startswith(_FORMULA) else "") + printable(told)
