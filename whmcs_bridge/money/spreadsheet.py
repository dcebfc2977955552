"""Sheets that Excel opens by a double click where Spanish is spoken.

They have semicolons, a mark for UTF-8 and a comma before cents, and no cell begins as a formula.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from typing import TextIO

from whmcs_bridge.money.pesos import CENTS_PER_PESO

# https://owasp.org/www-community/attacks/CSV_Injection: a spreadsheet would run such a cell as a formula.
_FORMULA = ("=", "+", "-", "@")


def write_sheet(file: TextIO, rows: Iterable[Sequence[object]]) -> None:
    """Write each row as it comes, so that a long sheet takes no memory. Text of others has to come from ``cell``."""
    file.write("\N{ZERO WIDTH NO-BREAK SPACE}")
    csv.writer(file, delimiter=";", lineterminator="\r\n").writerows(rows)


def cell(text: str | None) -> str:
    """Text of others, that a spreadsheet does not take for a formula."""
    given = text or ""
    told = "".join(each if each.isprintable() else "?" for each in given)
    return ("'" if given.lstrip().startswith(_FORMULA) else "") + told


def amount_cell(amount_in_cents: int | None) -> str:
    """Whole pesos without decimals, which every language's spreadsheet reads alike; a comma before cents.

    A Colombian one takes ``59500.00`` for text, or for a hundred times as much. An amount below zero stands in
    parentheses, which a spreadsheet reads so, and no cell begins as a formula.
    """
    if amount_in_cents is None:
        return ""
    pesos, cents = divmod(abs(amount_in_cents), CENTS_PER_PESO)
    told = f"{pesos},{cents:02d}" if cents else str(pesos)
    return f"({told})" if amount_in_cents < 0 else told
