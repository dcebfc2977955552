"""What Wompi will probably keep of a payment: an estimate by the merchant's own formula, for WHMCS's ``fees``.

Wompi names its fee in the report of a payout alone, days after the booking, and prices differ by contract and method,
so there is no formula unless one is set. Wompi publishes 2.65 % + COP 700 (https://wompi.com/es/co/planes-tarifas/;
its example, without IVA: COP 3,350 of 100,000, https://soporte.wompi.co/hc/es-419/articles/24298356344467), and charges
IVA over both. What the merchant withholds in taxes is not part of it.

The arithmetic is Wompi's own, as its reports of a merchant's payouts show it to the cent: the commission is not rounded
before the IVA is taken of it, and each of the two is then cut off at the cent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from whmcs_bridge.money.pesos import CENTS_PER_PESO

# Colombia's general rate; ``IVA=...`` in the setting says otherwise.
IVA = Fraction(19, 100)

ANY_METHOD = "*"
_IVA = "IVA"

_NUMBER = r"[0-9]{1,9}(?:\.[0-9]{1,4})?"
_FORMULA = re.compile(rf"(?:(?P<percent>{_NUMBER})%)?(?:(?:(?<=%)\+|(?<!%))(?P<pesos>{_NUMBER}))?\Z")
_PERCENT = re.compile(rf"({_NUMBER})%\Z")
_METHOD = re.compile(r"(?:[A-Z][A-Z0-9_]{0,39}|\*)\Z")


class BadFees(ValueError):
    """The formula cannot be used. ``es`` and ``en`` say why, and quote the part that is meant."""

    def __init__(self, es: str, en: str) -> None:
        super().__init__(en)
        self.es = es
        self.en = en


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
    """A formula for each method of payment, by Wompi's own word for it, or for any."""

    formulas: Mapping[str, Formula]
    iva: Fraction = IVA

    def estimate(self, amount_in_cents: int, method: str | None) -> int | None:
        """Estimate the fee in cents, IVA within. Never above the amount. None where no formula is for this method."""
        formula = self.formula(method)
        if formula is None:
            return None
        exact = formula.commission(amount_in_cents)
        return min(int(exact) + int(exact * self.iva), amount_in_cents)

    def formula(self, method: str | None) -> Formula | None:
        """The formula that is for a method; None where none is."""
        return self.formulas.get(method or "") or self.formulas.get(ANY_METHOD)


def parse_fees(text: str) -> Fees:
    """Read ``2.65%+700``, or ``CARD=2.65%+700,PSE=1%,*=900,IVA=19%``. Raises ``BadFees``."""
    if re.search(r"[0-9],[0-9]", text):  # 2,65% would be two fees
        raise BadFees(
            f"{_quoted(text)}: los decimales llevan punto, como 2.65%+700; la coma separa métodos, cada uno con su"
            " nombre",
            f"{_quoted(text)}: decimals take a point, as in 2.65%+700; a comma parts methods, each with its name",
        )
    formulas: dict[str, Formula] = {}
    iva: Fraction | None = None
    for part in (part.strip() for part in text.split(",")):
        name, separator, told = (piece.strip() for piece in part.rpartition("="))
        method = name.upper() if separator else ANY_METHOD
        if not _METHOD.match(method):
            raise BadFees(
                f"{_quoted(name)} no es un método de pago, como CARD, PSE o NEQUI, ni * (los demás)",
                f"{_quoted(name)} is no method of payment, such as CARD, PSE or NEQUI, nor * (all others)",
            )
        if method in formulas or (method == _IVA and iva is not None):
            raise BadFees(f"nombra {_quoted(method)} dos veces", f"names {_quoted(method)} twice")
        if method == _IVA:
            iva = _iva(told)
        else:
            formulas[method] = _formula(told)
    if not formulas:
        raise BadFees("no nombra ninguna comisión, como 2.65%+700", "names no fee, such as 2.65%+700")
    return Fees(formulas, IVA if iva is None else iva)


def _formula(text: str) -> Formula:
    match = _FORMULA.match(re.sub(r"\s", "", text))
    if match is None or not (match["percent"] or match["pesos"]):
        raise BadFees(
            f"{_quoted(text)} no es una comisión: se escribe como 2.65%+700, 2.65% o 700, con punto decimal y sin $",
            f"{_quoted(text)} is no fee: it is written like 2.65%+700, 2.65% or 700, with a decimal point and without"
            " $",
        )
    share = Fraction(match["percent"] or 0) / 100
    if share >= 1:
        raise BadFees(
            f"{_quoted(text)} se queda con el pago entero: el porcentaje debe ser menor que 100%",
            f"{_quoted(text)} keeps the whole payment: the percentage must be below 100%",
        )
    return Formula(share, Fraction(match["pesos"] or 0) * CENTS_PER_PESO)


def _iva(text: str) -> Fraction:
    match = _PERCENT.match(text)
    if match is None or Fraction(match[1]) > 100:
        raise BadFees(
            f"{_quoted(text)} no es un porcentaje de IVA, como 19%", f"{_quoted(text)} is no rate of IVA, such as 19%"
        )
    return Fraction(match[1]) / 100


def _quoted(text: str) -> str:
    return repr(text[:40])
