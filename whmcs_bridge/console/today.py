"""The page Today: what was received, what waits for a person, what is under way, and whether all is well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from whmcs_bridge.bridge import Bridge
from whmcs_bridge.console.chart import Bar, Sum, bars
from whmcs_bridge.console.checkup import Checkup
from whmcs_bridge.console.told_numbers import told_numbers
from whmcs_bridge.doctor.examination import Examination
from whmcs_bridge.history.trail import Held, held
from whmcs_bridge.ledger.alarms import Alarm
from whmcs_bridge.ledger.records import State
from whmcs_bridge.ledger.reports import DayTotal
from whmcs_bridge.messages import BOGOTA

# So many days stand in the chart.
CHARTED = 30
# So much of what waits is named; the page Review has all of it.
NAMED = 3


@dataclass(frozen=True, slots=True)
class Method:
    """What came by one method this month, and by the same day of the month before."""

    name: str
    now: Sum
    before: Sum


@dataclass(frozen=True, slots=True)
class TodayView:
    """Everything on the page."""

    today: Sum
    week: Sum
    month: Sum
    same_days_before: Sum
    month_before: Sum
    change: int | None
    """In per cent, of this month against the same days of the month before; None where nothing came then."""
    methods: list[Method]
    bars: list[Bar]
    waiting: int
    held: list[Held]
    told: int
    """How many numbers of payments payers have told in a week that were not found."""
    under_way: int
    in_doubt: int
    alarms: list[Alarm]
    examination: Examination | None


def see_today(bridge: Bridge, checkup: Checkup) -> TodayView:
    """Look. Raises ``DatabaseUnavailable``."""
    now = bridge.clock().astimezone(BOGOTA)
    today = now.date()
    first = today.replace(day=1)
    first_before = (first - timedelta(days=1)).replace(day=1)
    charted_since = today - timedelta(days=CHARTED - 1)
    totals = bridge.reports.received(min(first_before, charted_since), today)
    # The 31st has no like in a month of 30 days: the whole of that month is compared then.
    same_day = min(first_before + timedelta(days=today.day - 1), first - timedelta(days=1))
    month = _between(totals, first, today)
    before = _between(totals, first_before, same_day)
    figures = bridge.statistics.snapshot()
    return TodayView(
        today=_sum(_between(totals, today, today)),
        week=_sum(_between(totals, today - timedelta(days=today.weekday()), today)),
        month=_sum(month),
        same_days_before=_sum(before),
        month_before=_sum(_between(totals, first_before, first - timedelta(days=1))),
        change=_change(_sum(month).amount_in_cents, _sum(before).amount_in_cents),
        methods=_methods(month, before),
        bars=bars(charted_since, today, lambda day: _sum(_between(totals, day, day))),
        waiting=figures.payments[State.REVIEW],
        held=held(bridge.store)[-NAMED:][::-1],
        told=len(told_numbers(bridge, timedelta(days=7))),
        under_way=figures.payments[State.DUE],
        in_doubt=figures.payments[State.POSTING],
        alarms=[alarm for alarm in bridge.alarms.alarms().values() if alarm.on],
        examination=checkup.last(),
    )


def _between(totals: Iterable[DayTotal], first: date, last: date) -> list[DayTotal]:
    return [total for total in totals if first <= total.day <= last]


def _sum(totals: Iterable[DayTotal]) -> Sum:
    found = list(totals)
    return Sum(sum(total.count for total in found), sum(total.amount_in_cents for total in found))


def _change(now: int, before: int) -> int | None:
    return round(100 * (now - before) / before) if before else None


def _methods(month: list[DayTotal], before: list[DayTotal]) -> list[Method]:
    names = Counter[str]()
    for total in month + before:
        names[total.method or ""] += total.amount_in_cents

    def of(totals: list[DayTotal], name: str) -> Sum:
        return _sum(total for total in totals if (total.method or "") == name)

    return [Method(name, of(month, name), of(before, name)) for name, _ in names.most_common()]
