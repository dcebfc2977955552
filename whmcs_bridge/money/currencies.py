"""Other currencies than the peso: the setting that allows them, and the arithmetic of a rate.

A rate is the number of pesos for one unit of a currency, a decimal that is exact: what is shown, stored and reckoned
with is the same number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Literal

from whmcs_bridge.money.pesos import CENTS_PER_PESO, decimal_text, format_cop

# Colombia's official rate of the dollar, as open data.
TRM_URL = "https://www.datos.gov.co/resource/32sa-8pi3.json"
# WHMCS's prices have two decimals in every currency: https://docs.whmcs.com/8-13/payments/currencies/
_DECIMALS = Decimal("0.000001")
_RULE = re.compile(
    r"(?P<code>[A-Z]{3})\s*=\s*(?P<source>whmcs|trm)(?:\s*\+\s*(?P<margin>[0-9]{1,2}(?:[.,][0-9]{1,2})?)\s*%)?",
    re.IGNORECASE,
)


WrongCurrencies = Literal["form", "cop", "twice", "trm", "margin"]


class BadCurrencies(ValueError):
    """The setting cannot be read: why, and which part of it, or which currency."""

    def __init__(self, why: WrongCurrencies, part: str) -> None:
        super().__init__(f"{why}: {part[:40]!r}")
        self.why, self.part = why, part


class Source(StrEnum):
    """Where a rate comes from."""

    WHMCS = "whmcs"
    """The rate that WHMCS itself converts prices by."""
    TRM = "trm"
    """Colombia's official rate of a day, which there is for the dollar alone."""


@dataclass(frozen=True, slots=True)
class RateRule:
    """How the rate of a currency is found. ``margin`` is a percentage on top of it."""

    source: Source
    margin: Decimal = Decimal(0)

    def __str__(self) -> str:
        """As in the setting."""
        return f"{self.source}+{self.margin}%" if self.margin else self.source.value


def parse_currencies(text: str) -> dict[str, RateRule]:
    """Read ``USD=whmcs,EUR=whmcs`` or ``USD=trm+2.5%``. Raises ``BadCurrencies``."""
    rules: dict[str, RateRule] = {}
    for part in filter(None, (one.strip() for one in re.split(r",(?![0-9])", text))):
        match = _RULE.fullmatch(part)
        if match is None:
            raise BadCurrencies("form", part)
        code, source = match["code"].upper(), Source(match["source"].lower())
        if code == "COP":
            raise BadCurrencies("cop", code)
        if code in rules:
            raise BadCurrencies("twice", code)
        if source is Source.TRM and code != "USD":
            raise BadCurrencies("trm", code)
        if source is Source.WHMCS and match["margin"]:
            raise BadCurrencies("margin", code)
        rules[code] = RateRule(source, Decimal((match["margin"] or "0").replace(",", ".")))
    return rules


def rate_of(pesos: Fraction, margin: Decimal = Decimal(0)) -> Decimal:
    """The exact decimal that is used as a rate: six decimals, with the margin on top. Raises ``ValueError`` where it is
    nothing that a rate could be."""
    exact = pesos * (1 + Fraction(margin) / 100)
    rate = (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(_DECIMALS)
    if not 0 < rate < 10_000_000:
        raise ValueError(f"no rate: {rate}")
    return rate.normalize() if rate != rate.to_integral_value() else rate.quantize(Decimal(1))


def pesos_of(amount_in_cents: int, rate: Decimal) -> int:
    """What an amount in another currency costs: cents of a peso, whole pesos, rounded up."""
    pesos = Fraction(amount_in_cents) * Fraction(rate) / 100
    return -(-pesos.numerator // pesos.denominator) * CENTS_PER_PESO


def units_of(pesos_in_cents: int, rate: Decimal) -> int:
    """What pesos are in another currency, in its cents, rounded down."""
    return int(Fraction(pesos_in_cents) / Fraction(rate))


def imprecision(rates: Mapping[str, str], code: str) -> Fraction:
    """How far WHMCS's rate may be off because WHMCS prints rates with five decimals, as a share of it.

    The default currency's rate is 1 by definition. ``rates`` are WHMCS's, for COP and ``code`` at least. Raises
    ``ValueError`` or ``KeyError``.
    """
    half = Fraction(5, 1_000_000)
    found = [Fraction(rates[one]) for one in ("COP", code)]
    if min(found) <= 0:
        raise ValueError("a rate of WHMCS's is not above zero")
    return sum((half / one for one in found if one != 1), Fraction(0))


def amount_text(amount_in_cents: int, currency: str) -> str:
    """``USD 14.50``: not as pesos are written, so that nobody takes one for the other. Pesos are ``$ 59.500``."""
    return format_cop(amount_in_cents) if currency == "COP" else f"{currency} {decimal_text(amount_in_cents)}"
