"""How hard Wompi and WHMCS may be worked: as many calls as there are threads while they are well, one probe at a time
while one of them is not, and none during a pause; and for some calls no more than so many a second."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from whmcs_bridge.booking.upstream import Upstream
from whmcs_bridge.clock import Clock, Stopwatch

logger = logging.getLogger(__name__)

# Pauses, in seconds, while Wompi or WHMCS is down: one probe, then nothing, instead of one failure for each payment.
_PAUSES = (0, 5, 15, 60, 300)
_PAUSE_REFUSED = 900


class CircuitBreaker:
    """Shared by all threads of one worker. The first pause comes after ``tries`` failures in a row."""

    def __init__(self, clock: Clock, *, tries: int = 2) -> None:
        self._clock = clock
        self._tries = tries
        self._lock = threading.Lock()
        self._under_way = 0
        # Failures in a row. Looks that were under way together when one of them failed count as one.
        self._failures = 0
        self._round = 0
        self._pause = timedelta(0)
        self._paused_until: datetime | None = None

    def paused(self) -> bool:
        """Tell whether nothing at all may begin now."""
        # A pause that lasts longer than it may was made before the clock was set back.
        return self._paused_until is not None and timedelta(0) < self._paused_until - self._clock() <= self._pause

    def begin(self) -> int | None:
        """Ask to make one call, or to look at one payment. None: not now. Whoever may, gives the number back to
        ``end``."""
        with self._lock:
            if self.paused() or (self._failures and self._under_way):
                return None
            self._under_way += 1
            return self._round

    def end(self, number: int, upstream: Upstream | None) -> None:
        """Say how Wompi and WHMCS answered; None when neither was asked."""
        with self._lock:
            self._under_way -= 1
            if upstream is None or number != self._round:
                return
            if upstream is Upstream.WELL:
                self._failures = 0
                return
            self._failures += 1
            self._round += 1
            pause = _PAUSES[min(max(self._failures - self._tries + 1, 0), len(_PAUSES) - 1)]
            if upstream is Upstream.REFUSES:
                pause = _PAUSE_REFUSED
            if pause:
                logger.warning("pace: Wompi or WHMCS does not answer as it should; no try for the next %s s", pause)
            self._pause = timedelta(seconds=pause)
            self._paused_until = self._clock() + self._pause


class RateLimiter:
    """At most so many calls a second, by all threads of the process together."""

    def __init__(self, a_second: float, ticks: Stopwatch, pause: Callable[[float], None]) -> None:
        self._beat = 1 / a_second
        self._ticks = ticks
        self._pause = pause
        self._lock = threading.Lock()
        self._last: float | None = None

    def wait(self) -> None:
        """Return when the next call may begin: one beat after the last one did."""
        # Held while it waits: whoever comes next waits for longer in any case.
        with self._lock:
            if self._last is not None and (left := self._last + self._beat - self._ticks()) > 0:
                self._pause(left)
            self._last = self._ticks()
