"""The ledger's clock: it decides who may work on a payment, and when. It must not jump, and all processes on one
database must agree about it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from whmcs_bridge.clock import Clock, Stopwatch, to_the_millisecond
from whmcs_bridge.database import DatabaseUnavailable

# How old, in seconds, the reading of the database server's clock may become.
_READING_LASTS = 60.0
_ANCHOR = "ledger_clock"


class LedgerClock:
    """Goes by a stopwatch from a time that ``read`` gave, and reads anew now and then.

    With a database server ``read`` is the server's own clock, so that hosts whose clocks differ agree. With SQLite it
    is ``since_boot``, once and never again: a wall clock that is set forward would end every wait.
    """

    def __init__(self, read: Callable[[], datetime], ticks: Stopwatch, *, again: bool) -> None:
        self._read = read
        self._ticks = ticks
        self._again = again
        self._lock = threading.Lock()
        self._anchor = (read(), ticks())  # replaced as a whole: both or neither

    def __call__(self) -> datetime:
        """The time of day, as far as the ledger is concerned."""
        at, read_at = self._anchor
        if self._again and self._ticks() - read_at > _READING_LASTS:
            self._renew()
            at, read_at = self._anchor
        return to_the_millisecond(at + timedelta(seconds=self._ticks() - read_at))

    def _renew(self) -> None:
        # One thread asks; the others, and everybody while the server does not answer, go on by the stopwatch.
        if self._lock.acquire(blocking=False):
            try:
                with contextlib.suppress(DatabaseUnavailable):
                    self._anchor = (self._read(), self._ticks())
            finally:
                self._lock.release()


def since_boot(
    recall: Callable[[str], str | None], remember: Callable[[str, str], None], wall: Clock, ticks: Stopwatch
) -> datetime:
    """This machine's time, as its first process of this boot read it, and the time that has passed since.

    Two processes, one started before the wall clock was set and one after it, would not agree about a claim otherwise.
    """
    boot = _boot_id()
    told = (recall(_ANCHOR) or "").split()
    if len(told) == 2 and told[0] == boot:
        return datetime.fromisoformat(told[1]) + timedelta(seconds=ticks())
    now = wall()
    if boot:
        remember(_ANCHOR, f"{boot} {(now - timedelta(seconds=ticks())).isoformat()}")
    return now


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:  # not Linux: each process reads the wall clock for itself
        return ""
