"""Which formula a commission follows, found from sums of a day, and the day from which another one holds."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from fractions import Fraction

import pytest

from whmcs_bridge.money.fees import Formula
from whmcs_bridge.settlements.business_days import is_late, next_business_day
from whmcs_bridge.settlements.tariffs import Change, Charged, Tariff, changes_of, formula_fits, tariffs_of

OLD, NEW = Tariff(265, 700), Tariff(299, 900)


def charge(gross: int, tariff: Tariff) -> int:
    """By hand: share in ten thousandths, pesos in cents, cut off at the cent."""
    return (gross * tariff.share + tariff.pesos * 1_000_000) // 10_000


class Days:
    """Rows by day, and their sums as the ledger keeps them."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Charged]] = {}

    def add(self, of_month: int, tariff: Tariff, *grosses: int, extra: int = 0) -> None:
        day = f"2026-10-{of_month:02d}"
        self.rows.setdefault(day, []).extend(Charged(day, 1, gross, charge(gross, tariff) + extra) for gross in grosses)

    def sums(self) -> Sequence[Charged]:
        return [
            Charged(day, len(rows), sum(row.gross for row in rows), sum(row.fee for row in rows))
            for day, rows in sorted(self.rows.items())
        ]

    def changes(self) -> list[tuple[str, str]]:
        found: list[Change] = changes_of(self.sums(), lambda day: self.rows[day])
        return [(change.day, " ".join(map(str, sorted(change.after)))) for change in found]


def test_a_tariff_is_found_in_the_sums() -> None:
    """Of three days with some rows each, one formula is left of a thousand shares."""
    made = random.Random(1)
    days = Days()
    for of_month in (1, 2, 5):
        days.add(of_month, OLD, *(made.randrange(150_000, 90_000_000) for _ in range(5)))
    assert tariffs_of(days.sums()) == {OLD}
    assert str(OLD) == "2.65%+700"
    assert [str(Tariff(*both)) for both in ((150, 0), (0, 900), (5, 1), (0, 0))] == ["1.5%", "900", "0.05%+1", "0"]


def test_the_published_rows_follow_one() -> None:
    """20157.93 of 840763.00 and 7862.40 of 317549.00: 2.35 % + 400."""
    rows = [Charged("2026-11-03", 1, 84_076_300, 2_015_793), Charged("2026-11-04", 1, 31_754_900, 786_240)]
    assert tariffs_of(rows) == {Tariff(235, 400)}


def test_one_price_has_several_answers() -> None:
    """All of them explain it; none is chosen."""
    found = tariffs_of([Charged("2026-11-03", 1, 5_950_000, charge(5_950_000, OLD))] * 20)
    assert OLD in found
    assert len(found) > 1


def test_a_formula_of_the_settings_may_have_more_decimals() -> None:
    """1.495 % of 100.000 are 1.495; the sums of rows lie less than a cent a row below it."""
    formula = Formula(Fraction(1_495, 100_000), Fraction(0))
    assert formula_fits(formula, Charged("", 1, 10_000_000, 149_500))
    assert formula_fits(formula, Charged("", 3, 30_000_003, 448_499))
    assert not formula_fits(formula, Charged("", 1, 10_000_000, 149_501))
    assert not formula_fits(formula, Charged("", 3, 30_000_003, 448_497))


class TestChanges:
    def test_from_one_day_on(self) -> None:
        """Two rows before it and two on it are enough."""
        days = Days()
        days.add(1, OLD, 5_950_000, 17_850_000)
        days.add(2, NEW, 8_330_000, 3_570_000)
        assert days.changes() == [("2026-10-02", "2.99%+900")]

    def test_one_odd_row_is_none(self) -> None:
        """On the last day either: the other row of that day follows the old tariff."""
        days = Days()
        days.add(1, OLD, 5_950_000, 17_850_000)
        days.add(2, OLD, 8_330_000)
        days.add(2, OLD, 3_570_000, extra=5_000)
        assert days.changes() == []
        days.add(3, OLD, 4_760_000, 9_520_000)
        assert days.changes() == []

    def test_one_row_alone_proves_nothing(self) -> None:
        """Before or after."""
        before, after = Days(), Days()
        before.add(1, OLD, 5_950_000)
        before.add(2, NEW, 8_330_000, 3_570_000, 17_850_000)
        after.add(1, OLD, 5_950_000, 17_850_000, 8_330_000)
        after.add(2, NEW, 3_570_000)
        assert (before.changes(), after.changes()) == ([], [])

    def test_odd_days_among_others_hide_no_change(self) -> None:
        """The 3rd and the 8th have a row that follows nothing; the tariff changes on the 6th."""
        days = Days()
        for of_month in (1, 2, 4, 5):
            days.add(of_month, OLD, 5_950_000 + of_month, 17_850_000)
        for of_month in (6, 7, 9):
            days.add(of_month, NEW, 5_950_000 + of_month, 17_850_000)
        for of_month, tariff in ((3, OLD), (8, NEW)):
            days.add(of_month, tariff, 8_330_000)
            days.add(of_month, tariff, 3_570_000, extra=77_777)
        assert days.changes() == [("2026-10-06", "2.99%+900")]

    def test_twice(self) -> None:
        """Each that lasted is told."""
        days = Days()
        for of_month, tariff in zip(range(1, 13), [OLD] * 4 + [NEW] * 4 + [Tariff(250, 0)] * 4, strict=True):
            days.add(of_month, tariff, 5_950_000 + of_month, 17_850_000)
        assert days.changes() == [("2026-10-05", "2.99%+900"), ("2026-10-09", "2.5%")]

    def test_what_follows_no_formula_has_no_change(self) -> None:
        """Rates by card, say: nothing is told of what cannot be explained."""
        made = random.Random(2)
        days = Days()
        for of_month in range(1, 29):
            for _ in range(4):
                days.add(of_month, Tariff(made.randrange(100, 500), 700), made.randrange(150_000, 90_000_000))
        assert days.changes() == []

    def test_nothing_charged_nothing_changed(self) -> None:
        """An empty month."""
        assert Days().changes() == []


class TestBusinessDays:
    @pytest.mark.parametrize(
        ("day", "following"),
        [
            (date(2026, 11, 3), date(2026, 11, 4)),
            # All Saints' and the independence of Cartagena move to a Monday.
            (date(2026, 10, 30), date(2026, 11, 3)),
            (date(2026, 11, 13), date(2026, 11, 17)),
            # Holy Week: Thursday and Friday, and the weekend.
            (date(2026, 4, 1), date(2026, 4, 6)),
            # 7 August stays where it is, a Friday.
            (date(2026, 8, 6), date(2026, 8, 10)),
            (date(2026, 12, 31), date(2027, 1, 4)),
        ],
    )
    def test_the_next_one(self, day: date, following: date) -> None:
        """As Wompi pays out."""
        assert next_business_day(day) == following

    @pytest.mark.parametrize(
        ("day", "today", "late"),
        [
            # Wednesday of Holy Week: the third business day is the Wednesday after.
            (date(2026, 4, 1), date(2026, 4, 8), False),
            (date(2026, 4, 1), date(2026, 4, 9), True),
            (date(2026, 11, 3), date(2026, 11, 3), False),
            (date(2026, 11, 3), date(2026, 11, 1), False),
            (date(2026, 11, 3), date(2026, 12, 31), True),
        ],
    )
    def test_after_three_it_is_late(self, day: date, today: date, late: bool) -> None:
        """And not before."""
        assert is_late(day, today) is late


def test_the_library_is_not_loaded_without_need() -> None:
    """It takes a quarter of a second: neither for ``--help`` nor for a month that is long over."""
    code = (
        "import sys, datetime\n"
        "from whmcs_bridge.settlements import settlements, business_days\n"
        "business_days.is_late(datetime.date(2026, 10, 1), datetime.date(2026, 11, 1))\n"
        "business_days.is_late(datetime.date(2026, 11, 1), datetime.date(2026, 11, 1))\n"
        "sys.exit('holidays' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
