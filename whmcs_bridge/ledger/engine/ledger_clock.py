"""The clock that all processes on one database share: it tells what is due, and how old something is.

With SQLite it is this machine's. With a database server it is the server's, so that hosts whose clocks differ agree.
Either may be set at any time, so no wait that guards money is measured by it: see ``waiting``.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from whmcs_bridge.clock import Stopwatch, to_the_millisecond
from whmcs_bridge.ledger.engine.database import DatabaseUnavailable

logger = logging.getLogger(__name__)

# Read the server's clock again after so many seconds.
_READING_LASTS = 60.0
# A larger step than this is logged, in seconds.
_WORTH_TELLING = 60.0


class LedgerClock:
    """A database server's clock: ``read`` gives its time, and the stopwatch counts on from there."""

    def __init__(self, read: Callable[[], datetime], ticks: Stopwatch) -> None:
        self._read = read
        self._ticks = ticks
        self._lock = threading.Lock()
        self._anchor = (read(), ticks())  # replaced as a whole: both or neither

    def __call__(self) -> datetime:
        """The ledger's time, in UTC."""
        at, read_at = self._anchor
        if self._ticks() - read_at > _READING_LASTS:
            self._renew()
            at, read_at = self._anchor
        return to_the_millisecond(at + timedelta(seconds=self._ticks() - read_at))

    def _renew(self) -> None:
        # One thread reads; the others go on by the stopwatch, and so do all while the server does not answer.
        if self._lock.acquire(blocking=False):
            try:
                with contextlib.suppress(DatabaseUnavailable):
                    at, read_at = self._anchor
                    self._anchor = (self._read(), self._ticks())
                    step = (self._anchor[0] - at).total_seconds() - (self._anchor[1] - read_at)
                    if abs(step) > _WORTH_TELLING:
                        logger.warning("clock: the database server's clock was set by %.0f s", step)
            finally:
                self._lock.release()
