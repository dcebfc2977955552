"""How Wompi and WHMCS answer, and the circuit breaker and the rate limiter for the calls to them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum

from whmcs_bridge.clock import Clock, Stopwatch
from whmcs_bridge.whmcs.answers import AccessRefused as WhmcsAccessRefused
from whmcs_bridge.whmcs.answers import OddAnswer as OddWhmcsAnswer
from whmcs_bridge.whmcs.answers import Unclear, Unreachable, WhmcsError
from wompi_gateway.errors import AccessRefused, ApiError, NoAnswer, OddAnswer

logger = logging.getLogger(__name__)

# Pauses between two probes, in seconds, while Wompi or WHMCS is down, and while one refuses access.
_PAUSES = (0, 5, 15, 60, 300)
_PAUSE_REFUSED = 900


class Upstream(Enum):
    """The health of Wompi or WHMCS, as one call has shown it."""

    WELL = "well"
    DOWN = "down"
    REFUSES = "refuses"

    @classmethod
    def of(cls, error: Exception | None) -> Upstream | None:
        """Judge by what a call raised; None: that says nothing about the other side."""
        match error:
            case None | OddAnswer() | OddWhmcsAnswer():
                return cls.WELL
            case AccessRefused() | WhmcsAccessRefused():
                return cls.REFUSES
            case NoAnswer() | Unclear() | Unreachable():
                return cls.DOWN
            case ApiError() | WhmcsError():
                return cls.WELL
            case _:
                return None


class CircuitBreaker:
    """Lets all threads call while the other side is well, one probe at a time after a failure, none during a pause.

    Safe from any thread. The first pause comes after ``tries`` failures in a row.
    """

    def __init__(self, clock: Clock, *, tries: int = 2) -> None:
        self._clock = clock
        self._tries = tries
        self._lock = threading.Lock()
        self._under_way = 0
        # Failures in a row. Calls that were under way together when one of them failed count as one.
        self._failures = 0
        self._round = 0
        self._pause = timedelta(0)
        self._paused_until: datetime | None = None

    def paused(self) -> bool:
        """Tell whether no call may begin now."""
        # A rest longer than the whole pause: the clock was set back.
        return self._paused_until is not None and timedelta(0) < self._paused_until - self._clock() <= self._pause

    def begin(self) -> int | None:
        """Begin one call. Return the number to pass to ``end``; None: not now."""
        with self._lock:
            if self.paused() or (self._failures and self._under_way):
                return None
            self._under_way += 1
            return self._round

    def end(self, number: int, upstream: Upstream | None) -> None:
        """End the call; ``upstream`` is how the other side answered, None when it was not asked."""
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
                logger.warning("circuit breaker: Wompi or WHMCS does not answer as it should; paused for %s s", pause)
            self._pause = timedelta(seconds=pause)
            self._paused_until = self._clock() + self._pause


class RateLimiter:
    """At most so many calls a second, by all threads together."""

    def __init__(self, a_second: float, ticks: Stopwatch, pause: Callable[[float], None]) -> None:
        self._interval = 1 / a_second
        self._ticks = ticks
        self._pause = pause
        self._lock = threading.Lock()
        self._last: float | None = None

    def wait(self) -> None:
        """Return when the next call may begin."""
        # Held during the pause: the next caller has to wait for longer in any case.
        with self._lock:
            if self._last is not None and (left := self._last + self._interval - self._ticks()) > 0:
                self._pause(left)
            self._last = self._ticks()
