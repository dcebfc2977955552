"""Generated months: the three books agree exactly when they should, and each planted difference is found, named, and
nothing else is.

``GENERATED_MONTHS=10000`` makes it as many as one likes. The months are made without the product: sums by Wompi's
arithmetic in whole numbers, business days counted by hand.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from tests.conftest import empty
from tests.settlements.reports import Books, Row, add_payment, is_ours, make_books, write_report
from whmcs_bridge.ledger.records import State
from whmcs_bridge.ledger.settlements import WompisPayout
from whmcs_bridge.settlements.importing import import_report

MONTHS = int(os.environ.get("GENERATED_MONTHS", "200"))
HOLIDAYS = {date(2026, 10, 12), date(2026, 11, 2), date(2026, 11, 16)}
METHODS = ("CARD", "PSE", "NEQUI")
# Hundredths of a percent, and pesos; and what each becomes where it changes.
TARIFFS = {"CARD": ((265, 700), (299, 900)), "PSE": ((150, 500), (150, 650)), "NEQUI": ((199, 0), (240, 0))}
DIFFERENCES = (
    "not_booked", "held", "voided", "not_paid_out", "amount", "net", "fee", "none", "none", "none", "none", "none",
)  # fmt: skip


def next_business_day(day: date) -> date:
    day += timedelta(days=1)
    while day.weekday() > 4 or day in HOLIDAYS:
        day += timedelta(days=1)
    return day


def charged(number: int, day: date, gross: int, method: str, tariff: tuple[int, int], reference: str) -> Row:
    """What Wompi keeps of an amount: cut off at the cent, the IVA taken of the exact commission."""
    share, pesos = tariff
    exact = share * gross + pesos * 100 * 10_000
    return Row(
        f"1-{number}-{number}", day.isoformat(), gross, exact // 10_000, exact * 19 // 1_000_000, gross * 15 // 1_000,
        reference=reference, method=method,
    )  # fmt: skip


@dataclass(frozen=True)
class Made:
    """A month: what is booked, what each report says, what Wompi says of each payout; and what must be found."""

    booked: Sequence[tuple[Row, str, int]]
    reports: Sequence[tuple[str, Sequence[Row]]]
    payouts: Sequence[WompisPayout]
    pulled_first: bool
    expected: Sequence[tuple[str, str]]
    others: int


@st.composite
def months(draw: st.DrawFn) -> Made:
    """October of 2026, paid out until the first days of November."""
    number = 0
    booked: list[tuple[Row, str, int]] = []
    rows: dict[date, list[Row]] = {}
    expected: list[tuple[str, str]] = []
    others = 0
    used = draw(st.lists(st.sampled_from(METHODS), min_size=1, max_size=3, unique=True))
    for method in used:
        days = sorted(draw(st.lists(st.integers(1, 31), min_size=1, max_size=8, unique=True)))
        # A change that can be told for sure has some days on either side.
        changes_on = draw(st.none() | st.integers(2, len(days) - 2)) if len(days) >= 4 else None
        for place, of_month in enumerate(days):
            day = date(2026, 10, of_month)
            before, after = TARIFFS[method]
            tariff = before if changes_on is None or place < changes_on else after
            # Two that agree on each day: what changes on all rows is seen on some.
            for difference in ("none", "none", *draw(st.lists(st.sampled_from(DIFFERENCES), max_size=2))):
                number += 1
                gross = draw(st.integers(150_000, 200_000_000))
                row = charged(number, day, gross, method, tariff, f"OURS-{number}")
                rows.setdefault(next_business_day(day), [])
                told, state, amount = plant(difference, row)
                expected += [(kind, row.transaction) for kind in FOUND[difference]]
                if state:
                    booked.append((row, state, amount))
                if told is not None:
                    rows[next_business_day(day)].append(told)
            if draw(st.booleans()):
                number += 1
                others += 1
                other = charged(number, day, draw(st.integers(1, 200_000_000)), method, tariff, "Pedido 1")
                rows[next_business_day(day)].append(replace(other, net=draw(st.none() | st.just(1))))
        if changes_on is not None:
            expected.append(("fee_changed", f"2026-10-{days[changes_on]:02d} {method}"))
    payouts = []
    for place, (day, each) in enumerate(rows.items()):
        off_by = draw(st.sampled_from((0, 0, 0, 1, -50_000)))
        paid_out = sum(row.paid_out for row in each)
        if draw(st.booleans()) and paid_out + off_by >= 0:
            payouts.append(WompisPayout(str(700 + place), day.isoformat(), paid_out + off_by))
            # The payouts of November are told in November.
            if off_by and each and day.month == 10:
                expected.append(("payout_does_not_add_up", str(700 + place)))
    reports = draw(st.permutations([(day.isoformat(), each) for day, each in rows.items()]))
    twice = draw(st.lists(st.sampled_from(reports), max_size=2)) if reports else []
    return Made(booked, [*reports, *twice], payouts, draw(st.booleans()), expected, others)


FOUND = {
    "none": (),
    "not_booked": ("paid_out_not_booked",),
    "held": ("paid_out_not_booked",),
    "voided": ("paid_out_not_booked",),
    "not_paid_out": ("booked_not_paid_out",),
    "amount": ("amount_differs",),
    "net": ("row_does_not_add_up",),
    "fee": ("row_does_not_add_up",),
}


def plant(difference: str, row: Row) -> tuple[Row | None, str, int]:
    """What the report says, how the payment stands, and what was booked of it."""
    match difference:
        case "not_booked":
            return row, "", 0
        case "held":
            return row, State.REVIEW, row.gross
        case "voided":
            return row, State.CLOSED, row.gross
        case "not_paid_out":
            return None, State.POSTED, row.gross
        case "amount":
            return row, State.POSTED, row.gross + 1
        case "net":
            return replace(row, net=row.paid_out - 1), State.POSTED, row.gross
        case "fee":
            # The commission is another one, and the net as if it were not.
            return replace(row, fee=row.fee + 12_345, net=row.paid_out), State.POSTED, row.gross
        case _:
            return row, State.POSTED, row.gross


@pytest.fixture(scope="module")
def one_ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    """Emptied between two months; that a commit waits for the disk is tried elsewhere."""
    folder = tmp_path_factory.mktemp("months")
    made = make_books(folder, f"sqlite:///{folder / 'bridge.db'}")
    event.listen(made.database.engine, "connect", lambda driver, _record: driver.execute("PRAGMA synchronous=OFF"))
    made.database.engine.dispose()
    with closing(made.database):
        yield made


def told(books: Books, folder: Path, made: Made) -> list[tuple[str, str]]:
    """Bring a month into the books, and read what does not agree."""
    books.database.write(empty)
    for row, state, amount in made.booked:
        add_payment(books.database, row, state=state, amount=amount)
    if made.pulled_first:
        books.table.keep_payouts(made.payouts)
    for day, rows in made.reports:
        import_report(books.table, write_report(folder, rows, day=day), is_ours, pause=lambda _seconds: None)
    if not made.pulled_first:
        books.table.keep_payouts(made.payouts)
    month = books.month("2026-10", today="2026-12-01")
    assert month.others == made.others
    total = month.sums
    assert total.payments == len({row.transaction for _, rows in made.reports for row in rows}) - made.others
    found = []
    for one in month.findings:
        name = one.transaction_id
        if one.kind == "fee_changed":
            name = " ".join((one.why.en.split()[1], next(word for word in METHODS if word in one.why.en)))
        elif one.kind == "payout_does_not_add_up":
            name = one.why.en.split()[2]
        found.append((one.kind.value, name or ""))
    return found


@given(made=months())
@settings(
    max_examples=MONTHS,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
def test_each_planted_difference_is_found_and_nothing_else(one_ledger: Books, made: Made) -> None:
    """Whatever the order of the files, whether some come twice, and whether Wompi's list comes before or after."""
    assert sorted(told(one_ledger, one_ledger.folder, made)) == sorted(made.expected)


def test_an_empty_month_agrees(books: Books, tmp_path: Path) -> None:
    """No rows, no findings."""
    assert told(books, tmp_path, Made((), (), (), False, (), 0)) == []
