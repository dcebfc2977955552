"""Cells of a sheet that Excel opens where Spanish is spoken, and takes for what they are."""

from __future__ import annotations

from whmcs_bridge.money.pesos import CENTS_PER_PESO

# https://owasp.org/www-community/attacks/CSV_Injection: a spreadsheet would run such a cell as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def spreadsheet_amount(amount_in_cents: int | None) -> str:
    """Whole pesos without decimals, which every language's spreadsheet reads alike; a comma before cents.

    A Colombian one takes ``59500.00`` for text, or for a hundred times as much. What is below zero stands in
    parentheses, which a spreadsheet reads so, and no cell begins as a formula.
    """
    if amount_in_cents is None:
        return ""
    pesos, cents = divmod(abs(amount_in_cents), CENTS_PER_PESO)
    told = f"{pesos},{cents:02d}" if cents else str(pesos)
    return f"({told})" if amount_in_cents < 0 else told


def no_formula(text: str) -> str:
    """Text of others, that a spreadsheet does not take for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
