"""A month of settlements, put together from a few sums: for the command, the console, and the accountant's sheet.

Months are Colombian: payments by their own day, payouts by theirs. Amounts are in cents of a peso.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from itertools import groupby

from whmcs_bridge.ledger.settlement_queries import DaySums, KnownPayout, SettlementQueries
from whmcs_bridge.ledger.settlements import SumOf
from whmcs_bridge.messages import settlements as words
from whmcs_bridge.money.fees import IVA, Fees
from whmcs_bridge.settlements.books import Finding, Kind, findings_of, is_over, payout_finding
from whmcs_bridge.settlements.tariffs import (
    ROWS_READ,
    Change,
    Charged,
    Tariff,
    changes_of,
    formula_fits,
    tariffs_of,
)

# A change of the tariff is seen against what was charged before the month.
_BEFORE = timedelta(days=92)
# The bank's line was reworded on this day, as a merchant's statements show.
_REWORDED = "2026-04-13"


@dataclass(frozen=True, slots=True)
class Sums:
    """What was paid, and what became of it: ``gross`` less everything else is ``net``, where every row adds up."""

    payments: int = 0
    gross: int = 0
    fee: int = 0
    fee_iva: int = 0
    reteica: int = 0
    reteiva: int = 0
    retefuente: int = 0
    impoconsumo: int = 0
    net: int = 0
    without_report: int = 0
    """How many of the payments are known from Wompi's list alone, which does not tell what was charged."""
    without_report_gross: int = 0

    @property
    def withheld(self) -> int:
        """All taxes that were withheld."""
        return self.reteica + self.reteiva + self.retefuente + self.impoconsumo


@dataclass(frozen=True, slots=True)
class Payout:
    """One payout to the bank account, of all transactions in it; ``payments`` counts those of ours."""

    id: str
    day: str
    amount_in_cents: int
    payments: int
    bank_text: str


@dataclass(frozen=True, slots=True)
class MethodFees:
    """What the commission of a method follows. ``tariffs`` are all that explain the month; ``as_set`` tells whether
    ``BRIDGE_FEES`` does, None where it has no formula for the method."""

    method: str
    payments: int
    tariffs: Sequence[Tariff]
    as_set: bool | None


@dataclass(frozen=True, slots=True)
class Month:
    """All that is told of a month."""

    month: str
    sums: Sums
    others: int
    payouts: Sequence[Payout]
    findings: Sequence[Finding]
    by_day: Sequence[tuple[str, Sums]]
    by_method: Sequence[tuple[str, Sums]]
    fees: Sequence[MethodFees]
    proposed_fees: str | None
    """What ``BRIDGE_FEES`` would have to be, where it is something else and there is one answer."""


def empty_month(month: str) -> Month:
    """A month of which nothing is known."""
    return Month(month, Sums(), 0, (), (), (), (), (), None)


def bank_text(day: str) -> str:
    """The text of the bank's line for a payout of this day."""
    return "PAGO DE TERC WOMPI S.A.S." if day >= _REWORDED else "PAGO DE PROV WOMPI S.A.S."


def days_of(month: str) -> tuple[date, date]:
    """The first and the last day of ``YYYY-MM``. Raises ``ValueError``."""
    first = date.fromisoformat(f"{month}-01")
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def read_month(table: SettlementQueries, month: str, *, fees: Fees | None, today: date) -> Month:
    """Put a month together. Doubts that are over are struck from the ledger on the way. Raises
    ``DatabaseUnavailable``."""
    first, last = days_of(month)
    around = table.days((first - _BEFORE).isoformat(), (last + timedelta(days=31)).isoformat())
    days = [day for day in around if day.day[:7] == month]
    ours = [day for day in days if day.kind != SumOf.OTHER]
    payouts = table.payouts(first.isoformat(), last.isoformat())
    charged = {
        name: _charged(each) for name, each in _by_method(day for day in around if day.kind == SumOf.OURS and day.split)
    }
    findings = [
        *_doubts(table, first, last, today),
        *filter(None, map(payout_finding, payouts)),
        *_changes(table, charged, month),
    ]
    in_month = {method: found for method in charged if (found := _within(charged[method], month))}
    method_fees = [_method_fees(table, method, found, fees) for method, found in in_month.items()]
    return Month(
        month=month,
        sums=_sum(ours),
        others=sum(day.payments for day in days if day.kind == SumOf.OTHER),
        payouts=[_payout(each) for each in payouts if each.rows or each.amount is not None],
        findings=findings,
        by_day=[(day, _sum(each)) for day, each in groupby(ours, key=lambda one: one.day)],
        by_method=[(method, _sum(each)) for method, each in _by_method(ours)],
        fees=method_fees,
        proposed_fees=_proposed([day for day in days if day.kind == SumOf.OURS and day.split], method_fees, fees),
    )


def _sum(days: Iterable[DaySums]) -> Sums:
    total = [sum(column) for column in zip(*(day[4:] for day in days), strict=True)] or [0] * 11
    payments, gross, split, split_gross, *rest = total
    fee, fee_iva, reteica, reteiva, retefuente, impoconsumo, net = rest
    return Sums(
        payments,
        gross,
        fee,
        fee_iva,
        reteica,
        reteiva,
        retefuente,
        impoconsumo,
        net,
        payments - split,
        gross - split_gross,
    )


def _by_method(days: Iterable[DaySums]) -> list[tuple[str, list[DaySums]]]:
    ordered = sorted(days, key=lambda day: (day.method, day.day))
    return [(method, list(each)) for method, each in groupby(ordered, key=lambda day: day.method)]


def _payout(known: KnownPayout) -> Payout:
    amount = known.net if known.amount is None else known.amount
    return Payout(known.wompi_id or known.id, known.day, amount, known.ours, bank_text(known.day))


def _doubts(table: SettlementQueries, first: date, last: date, today: date) -> list[Finding]:
    found: list[Finding] = []
    over: list[str] = []
    for doubt in table.doubts(first.isoformat(), last.isoformat()):
        if is_over(doubt):
            over.append(doubt.transaction_id)
        else:
            found += findings_of(doubt, today)
    table.agree(over)
    return found


def _charged(days: Sequence[DaySums]) -> list[Charged]:
    """One entry a day, whichever payouts it went into."""
    return [
        Charged(day, sum(one.split for one in each), sum(one.split_gross for one in each), sum(one.fee for one in each))
        for day, found in groupby(days, key=lambda one: one.day)
        if (each := list(found))
    ]


def _within(charged: Sequence[Charged], month: str) -> list[Charged]:
    return [one for one in charged if one.day[:7] == month]


def _changes(table: SettlementQueries, charged: dict[str, list[Charged]], month: str) -> list[Finding]:
    found = []
    for method, days in charged.items():
        read_rows = partial(_rows_of, table, method)
        found += [_change(method, one) for one in changes_of(days, read_rows) if one.day[:7] == month]
    return found


def _rows_of(table: SettlementQueries, method: str, day: str) -> list[Charged]:
    return [Charged(day, 1, gross, fee) for gross, fee in table.fees_of(method, day, ROWS_READ)]


def _change(method: str, change: Change) -> Finding:
    before, after = (" / ".join(map(str, sorted(found)[:3])) for found in (change.before, change.after))
    return Finding(Kind.FEE_CHANGED, None, words.fee_changed(change.day, method or "-", after, before))


def _method_fees(table: SettlementQueries, method: str, charged: Sequence[Charged], fees: Fees | None) -> MethodFees:
    # Where it changed within the month, what holds now is what counts.
    found = tariffs_of(charged) or _newest(charged)
    newest = _rows_of(table, method, charged[-1].day)
    tariffs = sorted(tariff for tariff in found if all(map(tariff.fits, newest)))
    formula = fees.formula(method) if fees else None
    as_set = None if formula is None else all(formula_fits(formula, row) for row in newest)
    return MethodFees(method, sum(one.rows for one in charged), tariffs, as_set)


def _newest(charged: Sequence[Charged]) -> set[Tariff]:
    """What explains the newest days, as many as there are of one tariff, and at least two."""
    best: set[Tariff] = set()
    for start in range(len(charged) - 2, -1, -1):
        found = tariffs_of(charged[start:])
        if not found:
            break
        best = found
    return best


def _proposed(days: Sequence[DaySums], found: Sequence[MethodFees], fees: Fees | None) -> str | None:
    """Write the setting that explains the month, unless the one that is set does, or there is more than one answer."""
    told = {each.method: str(each.tariffs[0]) for each in found if len(each.tariffs) == 1}
    if not found or len(told) < len(found) or all(each.as_set for each in found):
        return None
    iva = _iva(days, {each.method: each.tariffs[0] for each in found}, fees)
    if iva is None:
        return None
    if len(set(told.values())) == 1:
        return next(iter(told.values())) + iva
    return ",".join(f"{method or '*'}={formula}" for method, formula in told.items()) + iva


def _iva(days: Sequence[DaySums], tariffs: dict[str, Tariff], fees: Fees | None) -> str | None:
    """``""`` for Colombia's rate, or the setting's if it is that; None where neither explains what was charged."""
    newest = {method: max(one.day for one in days if one.method == method) for method in tariffs}
    days = [one for one in days if one.day == newest[one.method]]
    for rate in dict.fromkeys((IVA, fees.iva if fees else IVA)):
        exact = [
            (tariffs[one.method].commission(one.split_gross, one.split) * rate - one.fee_iva, one.split) for one in days
        ]
        if all(0 <= rest < rows for rest, rows in exact):
            return "" if rate == IVA else f",IVA={float(rate * 100):g}%"
    return None
