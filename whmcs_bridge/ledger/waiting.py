"""Waits that guard money, measured by a stopwatch that cannot be set.

Any clock may be set while a booking is in doubt, this machine's and the database server's. So a wait is stored with its
row as a reading of the machine's stopwatch, which runs from boot to shutdown and is the same for all processes. A
process that cannot measure a wait (another boot, another machine, a row of an older version) lets it run out by the
ledger's clock and then begins it anew, once. So it takes at least its length, and at most twice its length.
"""

from __future__ import annotations

import functools
import re
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from whmcs_bridge.clock import Stopwatch
from whmcs_bridge.ledger.columns import milliseconds

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_TIME_NAMESPACE = Path("/proc/self/ns/time")
# A row is corrected when the ledger's clock and the stopwatch have drifted apart by more.
_DRIFT = timedelta(seconds=1)
_ONCE, _AGAIN = "once", "again"
_FORM = re.compile(rf"([!-~]{{1,60}}) ([0-9]{{1,15}}) ([0-9]{{1,12}}) (-?[0-9]{{1,15}}) ({_ONCE}|{_AGAIN})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait as it is stored. Times are in whole milliseconds."""

    boot: str
    """Which stopwatch, see ``this_boot``."""
    began: int
    """The stopwatch's reading at the beginning."""
    length: int
    until: int
    """The row's ``due_at``. If the row has another one, an older version has written it since: this is of an earlier
    wait."""
    again: bool
    """It was begun anew already."""

    @classmethod
    def read(cls, text: str | None, until: datetime) -> Wait | None:
        """Read the wait of a row that waits until a time; None where the text is not about that wait."""
        told = _FORM.fullmatch(text or "")
        if told is None or int(told[4]) != milliseconds(until):
            return None
        return cls(told[1], int(told[2]), int(told[3]), int(told[4]), told[5] == _AGAIN)

    def __str__(self) -> str:
        return f"{self.boot} {self.began} {self.length} {self.until} {_AGAIN if self.again else _ONCE}"


@dataclass(frozen=True, slots=True)
class Timer:
    """Measures waits. ``rule`` is the length of a wait that has none stored."""

    boot: str
    ticks: Stopwatch
    rule: timedelta

    def begin(self, now: datetime, length: timedelta, *, again: bool = False) -> tuple[datetime, str]:
        """Begin a wait. Return its end by the ledger's clock, and the text to store with the row."""
        until = now + length
        began = Wait(self.boot, self._reading(), length // timedelta(milliseconds=1), milliseconds(until), again)
        return until, str(began)

    def left(self, text: str | None, until: datetime) -> timedelta | None:
        """The rest of a wait, not below zero; None: it cannot be measured here."""
        kept = Wait.read(text, until)
        # A smaller reading than before: the machine was restored to an earlier state.
        if kept is None or kept.boot != self.boot or (passed := self._reading() - kept.began) < 0:
            return None
        return timedelta(milliseconds=max(kept.length - passed, 0))

    def judge(
        self, text: str | None, until: datetime, now: datetime, rule: timedelta | None = None
    ) -> tuple[datetime, str | None]:
        """Tell until when a row has to wait, and the text to store with it: unchanged, unless a clock was set."""
        kept, left = Wait.read(text, until), self.left(text, until)
        if kept is not None and left is not None:
            ends = now + left
            if (left and until <= now) or until > ends + _DRIFT:
                return ends, str(replace(kept, until=milliseconds(ends)))
            return until, text
        length = (rule or self.rule) if kept is None else timedelta(milliseconds=kept.length)
        unmeasured = until <= now and not (kept is not None and kept.again)
        impossible = until > now + length + _DRIFT
        return self.begin(now, length, again=True) if unmeasured or impossible else (until, text)

    def _reading(self) -> int:
        return round(self.ticks() * 1000)


@functools.cache
def this_boot() -> str:
    """Name this machine's stopwatch: the boot id, and the time namespace, of which containers may have their own
    (https://man7.org/linux/man-pages/man7/time_namespaces.7.html)."""
    try:
        space = re.sub(r"\D", "", str(_TIME_NAMESPACE.readlink()))
    except OSError:
        space = ""
    try:
        return f"{_BOOT.read_text('ascii').strip()}.{space}"
    except OSError:  # not Linux: each process measures only what it has begun itself
        return secrets.token_hex(16)
