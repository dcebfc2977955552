"""Estimates what Wompi keeps of a payment, by the merchant's own formula, for WHMCS's ``fees``.

Wompi names its fee only in the report of a payout, days after the booking, and prices differ by contract and method, so
there is no default formula. Wompi publishes 2.65 % + COP 700 (https://wompi.com/es/co/planes-tarifas/; its example,
without IVA: COP 3,350 of 100,000, https://soporte.wompi.co/hc/es-419/articles/24298356344467), and charges IVA on both.
Withheld taxes are no part of it.

The arithmetic is that of Wompi's reports, to the cent: the IVA is taken of the exact commission, and each of the two is
then cut off at the cent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from whmcs_bridge.money.pesos import CENTS_PER_PESO

# Colombia's general rate; ``IVA=...`` in the setting says otherwise.
IVA = Fraction(19, 100)

ANY_METHOD = "*"
_IVA = "IVA"

# Three figures after a point are thousands in Colombia.
_DECIMALS_OF_PESOS = 2
_NUMBER = r"[0-9]{1,9}(?:\.[0-9]{1,4})?"
_FORMULA = re.compile(rf"(?:(?P<percent>{_NUMBER})%)?(?:(?:(?<=%)\+|(?<!%))(?P<pesos>{_NUMBER}))?\Z")
_PERCENT = re.compile(rf"({_NUMBER})%\Z")
_METHOD = re.compile(r"(?:[A-Z][A-Z0-9_]{0,39}|\*)\Z")


WrongFees = Literal["decimal_comma", "method", "twice", "none", "form", "thousands", "whole", "iva"]


class BadFees(ValueError):
    """The formula cannot be used: why, and which part of it."""

    def __init__(self, why: WrongFees, part: str) -> None:
        super().__init__(f"{why}: {part[:40]!r}")
        self.why, self.part = why, part


@dataclass(frozen=True, slots=True)
class Formula:
    """A share of the amount, and a fixed sum in cents; without IVA."""

    share: Fraction
    fixed_in_cents: Fraction

    def commission(self, amount_in_cents: int) -> Fraction:
        """The commission in cents, exact: neither rounded nor cut off."""
        return amount_in_cents * self.share + self.fixed_in_cents


@dataclass(frozen=True, slots=True)
class Fees:
    """A formula for each method of payment, by Wompi's word for it; ``*`` is any method."""

    formulas: Mapping[str, Formula]
    iva: Fraction = IVA

    def estimate(self, amount_in_cents: int, method: str | None) -> int | None:
        """Estimate the fee in cents, with IVA; never above the amount. None where no formula is for this method."""
        fee, iva = self.parts(amount_in_cents, method)
        return None if fee is None or iva is None else fee + iva

    def parts(self, amount_in_cents: int, method: str | None) -> tuple[int, int] | tuple[None, None]:
        """The same estimate in two parts, in cents: the commission without its IVA, and the IVA."""
        formula = self.formula(method)
        if formula is None:
            return None, None
        exact = formula.commission(amount_in_cents)
        fee = min(int(exact), amount_in_cents)
        return fee, min(int(exact * self.iva), amount_in_cents - fee)

    def parts_of_one(
        self, whole_in_cents: int, amounts: Sequence[int], place: int, method: str | None
    ) -> tuple[int, int] | tuple[None, None]:
        """The same of one of several invoices that one transaction pays: a fixed sum is charged once."""
        fee, iva = self.parts(whole_in_cents, method)
        if fee is None or iva is None:
            return None, None
        both, its_iva = share(fee + iva, amounts, place), share(iva, amounts, place)
        return both - its_iva, its_iva

    def formula(self, method: str | None) -> Formula | None:
        """The formula that is for a method; None where none is."""
        return self.formulas.get(method or "") or self.formulas.get(ANY_METHOD)


def share(total: int, amounts: Sequence[int], place: int) -> int:
    """The share of a total that goes to one of several amounts, by its size; the last one takes the remainder."""
    shares = [total * amount // sum(amounts) for amount in amounts[:-1]]
    return [*shares, total - sum(shares)][place]


def parse_fees(text: str) -> Fees:
    """Read ``2.65%+700``, or ``CARD=2.65%+700,PSE=1%,*=900,IVA=19%``. Raises ``BadFees``."""
    if re.search(r"[0-9],[0-9]", text):  # 2,65% would be two fees
        raise BadFees("decimal_comma", text)
    formulas: dict[str, Formula] = {}
    iva: Fraction | None = None
    for part in (part.strip() for part in text.split(",")):
        name, separator, told = (piece.strip() for piece in part.rpartition("="))
        method = name.upper() if separator else ANY_METHOD
        if not _METHOD.match(method):
            raise BadFees("method", name)
        if method in formulas or (method == _IVA and iva is not None):
            raise BadFees("twice", method)
        if method == _IVA:
            iva = _iva(told)
        else:
            formulas[method] = _formula(told)
    if not formulas:
        raise BadFees("none", text)
    return Fees(formulas, IVA if iva is None else iva)


def _formula(text: str) -> Formula:
    match = _FORMULA.match(re.sub(r"\s", "", text))
    if match is None or not (match["percent"] or match["pesos"]):
        raise BadFees("form", text)
    if len((match["pesos"] or "").partition(".")[2]) > _DECIMALS_OF_PESOS:
        raise BadFees("thousands", text)
    share = Fraction(match["percent"] or 0) / 100
    if share >= 1:
        raise BadFees("whole", text)
    return Formula(share, Fraction(match["pesos"] or 0) * CENTS_PER_PESO)


def _iva(text: str) -> Fraction:
    match = _PERCENT.match(text)
    if match is None or Fraction(match[1]) > 100:
        raise BadFees("iva", text)
    return Fraction(match[1]) / 100
