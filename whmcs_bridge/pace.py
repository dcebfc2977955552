"""How hard the worker's threads may work Wompi and WHMCS together: as many calls as there are threads while both are
well, one probe at a time while one of them is not, and none during a pause."""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta

from whmcs_bridge.clock import Clock
from whmcs_bridge.outcomes import Upstream

logger = logging.getLogger(__name__)

# Pauses, in seconds, while Wompi or WHMCS is down: one probe, then nothing, instead of one failure for each payment.
_PAUSES = (0, 5, 15, 60, 300)
_PAUSE_REFUSED = 900


class Pace:
    """Shared by all threads of one worker."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._under_way = 0
        # Failures in a row. Looks that were under way together when one of them failed count as one.
        self._failures = 0
        self._round = 0
        self._paused_until: datetime | None = None

    def paused(self) -> bool:
        """Tell whether nothing at all may begin now."""
        return self._paused_until is not None and self._clock() < self._paused_until

    def begin(self) -> int | None:
        """Ask to look at one payment. None: not now. Whoever may, gives the number back to ``end``."""
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
            pause = _PAUSES[min(self._failures - 1, len(_PAUSES) - 1)]
            if upstream is Upstream.REFUSES:
                pause = _PAUSE_REFUSED
            if pause:
                logger.warning("worker: Wompi or WHMCS does not answer as it should; next try in %s s", pause)
            self._paused_until = self._clock() + timedelta(seconds=pause)
