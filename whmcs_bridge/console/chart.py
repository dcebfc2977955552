"""A chart of days that needs no script: what the pages Today and Settlements draw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Sum:
    """Some payments together."""

    count: int
    amount_in_cents: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of the chart; its height is in hundredths of the highest."""

    day: date
    sum: Sum
    height: int


def bars(since: date, until: date, sum_of: Callable[[date], Sum]) -> list[Bar]:
    """Measure each day, both ends included."""
    sums = {day: sum_of(day) for day in (since + timedelta(days=n) for n in range((until - since).days + 1))}
    highest = max(each.amount_in_cents for each in sums.values()) or 1
    return [Bar(day, each, -(-100 * each.amount_in_cents // highest)) for day, each in sums.items()]
