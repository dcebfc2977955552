"""Which formula Wompi's commission follows, found from what it charged; and the day from which another one holds.

A commission is ``share of the amount + a fixed sum``, cut off at the cent. A sum over rows therefore lies less than a
cent for each row below the formula's: the sums of a day tell which formulas may hold, without reading its rows. Rates
are looked for as people agree on them: a percentage with two decimals, and whole pesos.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from whmcs_bridge.money.fees import Formula

# Up to ten per cent, in hundredths of a percent.
_SHARES = range(1001)
_WHOLE = 10_000
_CENTS_PER_PESO = 100
# A new tariff that does not reach the newest day counts when it held for so many days.
_LASTING = 3
# Of a change, about so many rows before it and after it are read, and must all say the same.
ROWS_READ = 500
_FEWEST_ROWS = 2


class Charged(NamedTuple):
    """What was charged on one day by one method: how many rows, their amounts and commissions in cents."""

    day: str
    rows: int
    gross: int
    fee: int


class Tariff(NamedTuple):
    """``share`` in hundredths of a percent, and whole pesos."""

    share: int
    pesos: int

    def fits(self, charged: Charged) -> bool:
        """Tell whether each of these rows may have been charged by it."""
        exact = self.share * charged.gross + self.pesos * _CENTS_PER_PESO * _WHOLE * charged.rows
        return 0 <= exact - charged.fee * _WHOLE < _WHOLE * charged.rows

    def commission(self, gross: int, rows: int = 1) -> Fraction:
        """What it makes of so many rows in cents, exact, without IVA."""
        return Fraction(self.share * gross, _WHOLE) + self.pesos * _CENTS_PER_PESO * rows

    def __str__(self) -> str:
        """As ``BRIDGE_FEES`` takes it."""
        whole, hundredths = divmod(self.share, 100)
        percent = f"{whole}.{hundredths:02d}".rstrip("0").rstrip(".") + "%" if self.share else ""
        return "+".join(filter(None, (percent, str(self.pesos) if self.pesos or not percent else "")))


@dataclass(frozen=True, slots=True)
class Change:
    """From ``day`` on every row was charged by ``after``, and none by ``before``; each may be one of several."""

    day: str
    before: Collection[Tariff]
    after: Collection[Tariff]


# Reads the first rows of a day that add up, each as a day of one row.
ReadRows = Callable[[str], Sequence[Charged]]


def formula_fits(formula: Formula, charged: Charged) -> bool:
    """The same for a formula of the settings, whatever its decimals."""
    exact = formula.share * charged.gross + formula.fixed_in_cents * charged.rows
    return 0 <= exact - charged.fee < charged.rows


def tariffs_of(charged: Iterable[Charged]) -> set[Tariff]:
    """Every tariff that explains all of it; none where there is no such tariff. Many where all amounts are alike."""
    found: set[Tariff] | None = None
    for one in charged:
        found = _starting(one) if found is None else {tariff for tariff in found if tariff.fits(one)}
    return found or set()


def _starting(charged: Charged) -> set[Tariff]:
    unit = _WHOLE * _CENTS_PER_PESO * charged.rows
    each = (Tariff(share, -(-(charged.fee * _WHOLE - share * charged.gross) // unit)) for share in _SHARES)
    return {tariff for tariff in each if tariff.pesos >= 0 and tariff.fits(charged)}


@dataclass(frozen=True, slots=True)
class _Run:
    """What explains the days from ``start`` on: all up to ``end``, but for single odd ones between others."""

    tariffs: set[Tariff]
    days: list[str]
    end: int


def changes_of(days: Sequence[Charged], read_rows: ReadRows) -> list[Change]:
    """Find the days from which the tariff was another one on all rows. ``days`` are in order, of one method.

    A day with something odd in it is no change: the days after it follow the old tariff. The sums tell where to look;
    what is told was read in the rows.
    """
    found: list[Change] = []
    now = _run(days, 0)
    while now.end < len(days):
        new = _run(days, now.end)
        lasts = new.end == len(days) or len(new.days) >= _LASTING
        change = _proven(now.days, new.days, read_rows) if now.tariffs and new.tariffs and lasts else None
        if change is None and now.tariffs:
            goes_on = _run(days, now.end + 1, now.tariffs)
            now = _Run(goes_on.tariffs, now.days + goes_on.days, goes_on.end)
        else:
            found += [change] if change else []
            now = new
    return found


def _run(days: Sequence[Charged], start: int, known: set[Tariff] | None = None) -> _Run:
    tariffs, explained, place = known, list[str](), start
    while place < len(days):
        narrowed = _starting(days[place]) if tariffs is None else {each for each in tariffs if each.fits(days[place])}
        if narrowed or tariffs is None:
            tariffs = narrowed
            explained.append(days[place].day)
        elif place + 1 == len(days) or not any(each.fits(days[place + 1]) for each in tariffs):
            break
        place += 1
    return _Run(tariffs or set(), explained, place)


def _proven(days_before: Sequence[str], days_after: Sequence[str], read_rows: ReadRows) -> Change | None:
    rows_before, rows_after = _some(days_before[::-1], read_rows), _some(days_after, read_rows)
    if min(len(rows_before), len(rows_after)) < _FEWEST_ROWS:
        return None
    before, after = tariffs_of(rows_before), tariffs_of(rows_after)
    if not before or not after or any(tariff.fits(row) for tariff in before for row in rows_after):
        return None
    return Change(days_after[0], before, after)


def _some(days: Sequence[str], read_rows: ReadRows) -> list[Charged]:
    found: list[Charged] = []
    for day in days:
        found += read_rows(day)
        if len(found) >= ROWS_READ:
            break
    return found
