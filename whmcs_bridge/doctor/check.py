"""One check: its name, how it went, what was seen, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from whmcs_bridge.messages import Text, bilingual

TRY_AGAIN = Text(
    "Espere un minuto y repita «wompi-bridge doctor».",
    "Wait a minute and repeat 'wompi-bridge doctor'.",
)


class Status(StrEnum):
    """How a check went. ``WARN``: payments are booked, but somebody should look at it."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """``id`` is unique and stays the same from release to release; ``fix`` is empty when there is nothing to mend."""

    id: str
    status: Status
    message: str
    fix: str = ""


def ok(check_id: str, es: str, en: str) -> Check:
    """All is well."""
    return Check(check_id, Status.OK, bilingual(es, en))


def warn(check_id: str, es: str, en: str, fix_es: str, fix_en: str) -> Check:
    """It works, but not for ever, or not all of it."""
    return Check(check_id, Status.WARN, bilingual(es, en), bilingual(fix_es, fix_en))


def fail(check_id: str, es: str, en: str, fix_es: str, fix_en: str) -> Check:
    """It does not work."""
    return Check(check_id, Status.FAIL, bilingual(es, en), bilingual(fix_es, fix_en))
