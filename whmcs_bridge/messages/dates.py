"""Dates and times as Colombians write them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from typing import Final

from whmcs_bridge.messages.language import Language

# Colombia has kept UTC-5 without daylight saving time since 1993 (IANA time zone database, America/Bogota).
BOGOTA: Final = timezone(timedelta(hours=-5))

_MONTHS: Final[dict[Language, tuple[str, ...]]] = {
    "es": ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
           "noviembre", "diciembre"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December"),
}  # fmt: skip


def midnight(day: date) -> datetime:
    """When a Colombian day begins."""
    return datetime.combine(day, time(), BOGOTA)


def format_date(day: date, language: Language) -> str:
    """``21 de noviembre de 2026`` or ``21 November 2026``."""
    month = _MONTHS[language][day.month - 1]
    return f"{day.day} de {month} de {day.year}" if language == "es" else f"{day.day} {month} {day.year}"


def format_date_time(moment: datetime, language: Language) -> str:
    """``21 de noviembre de 2026, 3:04 p. m.`` or ``21 November 2026, 3:04 pm``, in Colombian time; a time without a
    zone is taken to be Colombian already."""
    local = moment if moment.tzinfo is None else moment.astimezone(BOGOTA)
    half = "am" if local.hour < 12 else "pm"
    if language == "es":
        half = f"{half[0]}.\N{NO-BREAK SPACE}m."
    return f"{format_date(local, language)}, {local.hour % 12 or 12}:{local.minute:02d}\N{NO-BREAK SPACE}{half}"
