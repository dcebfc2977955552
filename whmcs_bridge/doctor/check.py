"""One check: what was looked at, how it stands, what was seen, and how to mend it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum


class Status(StrEnum):
    """How a thing stands. ``WARN``: payments are booked, but somebody should look at it."""

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

    def as_json(self) -> dict[str, str]:
        """The contract's shape."""
        return {name: str(value) for name, value in asdict(self).items()}


def ok(check_id: str, message: str) -> Check:
    """All is well."""
    return Check(check_id, Status.OK, message)


def warn(check_id: str, message: str, fix: str) -> Check:
    """It works, but not for ever, or not all of it."""
    return Check(check_id, Status.WARN, message, fix)


def fail(check_id: str, message: str, fix: str) -> Check:
    """It does not work."""
    return Check(check_id, Status.FAIL, message, fix)
