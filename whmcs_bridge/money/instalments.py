"""``BRIDGE_PARTIAL_MINIMUM``: the least that a payer may pay of an invoice at a time, in cents of a peso."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from whmcs_bridge.money.pesos import CENTS_PER_PESO, MAXIMUM_IN_CENTS, MINIMUM_IN_CENTS, whole_pesos_up

_SHARE = re.compile(r"([0-9]{1,3}(?:[.,][0-9]{1,2})?)\s*%")
# Digits, or groups of three with points: a point before fewer digits would be read as a decimal one elsewhere.
_PESOS = re.compile(r"[0-9]{1,12}|[0-9]{1,3}(?:\.[0-9]{3}){1,3}")


WrongMinimum = Literal["least", "form"]


class BadMinimum(ValueError):
    """The setting cannot be read, and why: less than Wompi takes, or neither a sum nor a share."""

    def __init__(self, why: WrongMinimum) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class PartialMinimum:
    """A sum, or a share of the invoice's total."""

    amount_in_cents: int = 0
    share: Fraction | None = None

    def of(self, total_in_cents: int) -> int:
        """The least that may be paid of an invoice of this total: whole pesos, rounded up, never under Wompi's
        minimum."""
        exact = self.amount_in_cents if self.share is None else total_in_cents * self.share
        return max(whole_pesos_up(-(-Fraction(exact).numerator // Fraction(exact).denominator)), MINIMUM_IN_CENTS)


@dataclass(frozen=True, slots=True)
class Choice:
    """What may be paid of a balance: from ``least`` to ``most``, or all of it (``whole``)."""

    least: int
    most: int
    whole: int

    def allows(self, amount_in_cents: int) -> bool:
        """Tell whether this may be paid."""
        return amount_in_cents == self.whole or self.least <= amount_in_cents <= self.most


def choice_of(minimum: PartialMinimum, total_in_cents: int, balance_in_cents: int) -> Choice | None:
    """What may be paid of an invoice, so that the rest can be paid as well; None: nothing but its whole balance."""
    whole = whole_pesos_up(balance_in_cents)
    least = minimum.of(total_in_cents)
    # What is left is rounded up when it is paid: a rest under the minimum could not be.
    most = (balance_in_cents - MINIMUM_IN_CENTS) // CENTS_PER_PESO * CENTS_PER_PESO
    return Choice(least, most, whole) if least <= most else None


def pesos_in(text: str) -> int | None:
    """Read what a payer typed: ``50000``, ``50.000`` or ``$ 50.000``. None where it is no sum of pesos."""
    bare = re.sub(r"[\s\u00a0$]", "", text)
    if not _PESOS.fullmatch(bare):
        return None
    cents = int(bare.replace(".", "")) * CENTS_PER_PESO
    return cents if 0 < cents <= MAXIMUM_IN_CENTS else None


def parse_minimum(text: str) -> PartialMinimum:
    """Read ``50000``, ``50.000`` or ``30%``. Raises ``BadMinimum``."""
    told = text.strip()
    if match := _SHARE.fullmatch(told):
        share = Fraction(match[1].replace(",", ".")) / 100
        if 0 < share < 1:
            return PartialMinimum(share=share)
    elif (cents := pesos_in(told)) is not None:
        if cents >= MINIMUM_IN_CENTS:
            return PartialMinimum(cents)
        raise BadMinimum("least")
    raise BadMinimum("form")
