"""Money: integer cents inside, decimal text at the borders. Never a float.

WHMCS writes money as decimal text (``"59500.00"``: https://developers.whmcs.com/api-reference/getinvoice/), Wompi as an
integer number of cents of a peso (``5950000``: https://docs.wompi.co/docs/colombia/widget-checkout-web/).
"""

from __future__ import annotations

import re
from decimal import Decimal

CENTS_PER_PESO = 100

# Wompi refuses a payment under COP 1.500 "exceptuando impuestos" (measured wording of its 422).
MINIMUM_IN_CENTS = 150_000

# The largest amount that Wompi's schema takes, in cents (OpenAPI 1.2.0). Its references carry it in 13 digits.
MAXIMUM_IN_CENTS = 1_000_000_000_000

_DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?\Z")

NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"


def cents(text: object) -> int:
    """Read WHMCS's decimal text as cents; more decimals than two are rounded half up.

    Raises ``ValueError`` for anything that is not a plain decimal number (``""``, ``"1,000.00"``, ``"$5"``, ``nan``).
    """
    plain = str(text).strip()
    if isinstance(text, bool) or not _DECIMAL.match(plain):
        raise ValueError(f"not an amount of money: {plain[:40]!r}")
    hundredths = Decimal(plain) * CENTS_PER_PESO
    sign = -1 if hundredths < 0 else 1
    return sign * int(abs(hundredths) + Decimal("0.5"))


def decimal_text(amount_in_cents: int) -> str:
    """Write cents as WHMCS reads them: ``5950000`` becomes ``"59500.00"``."""
    sign = "-" if amount_in_cents < 0 else ""
    pesos, rest = divmod(abs(amount_in_cents), CENTS_PER_PESO)
    return f"{sign}{pesos}.{rest:02d}"


def whole_pesos_up(amount_in_cents: int) -> int:
    """Round cents up to whole pesos: Wompi does not reliably take fractions of a peso.

    A balance paid a cent short stays unpaid in WHMCS, while a few cents too much become the client's credit.
    """
    return -(-amount_in_cents // CENTS_PER_PESO) * CENTS_PER_PESO


def format_cop(amount_in_cents: int) -> str:
    """Write pesos as Colombians do: ``$ 59.500``, and ``$ 59.500,50`` where there are cents."""
    sign = "-" if amount_in_cents < 0 else ""
    pesos, rest = divmod(abs(amount_in_cents), CENTS_PER_PESO)
    whole = f"{pesos:,}".replace(",", ".")
    decimals = f",{rest:02d}" if rest else ""
    return f"{sign}${NO_BREAK_SPACE}{whole}{decimals}"
