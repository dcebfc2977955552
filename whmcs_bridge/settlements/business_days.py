"""Colombian business days. Most holidays move to a Monday (Ley 51 de 1983, "Ley Emiliani"), others follow Easter, and
Congress adds to them: the library knows, and is loaded where a day has to be counted."""

from __future__ import annotations

import functools
from collections.abc import Container
from datetime import date, timedelta

# Wompi pays out on the next business day, and took two where a night's sale stood before a holiday.
PATIENCE = 3
# More days than these are late whatever the holidays; Holy Week and its weekends take six.
_SURELY_LATE = 14
_DAY = timedelta(days=1)
_SATURDAY = 5


def next_business_day(day: date) -> date:
    """The first business day after a day."""
    day += _DAY
    while day.weekday() >= _SATURDAY or day in _holidays():
        day += _DAY
    return day


def is_late(day: date, today: date) -> bool:
    """Tell whether more than ``PATIENCE`` business days have passed after a day, before today."""
    if (today - day).days > _SURELY_LATE:
        return True
    for _ in range(PATIENCE):
        if (today - day).days <= 0:
            return False
        day = next_business_day(day)
    return day < today


@functools.cache
def _holidays() -> Container[date]:
    import holidays  # noqa: PLC0415 - takes a quarter of a second

    # The calendar of a year is worked out when one of its days is asked about.
    return holidays.country_holidays("CO")
