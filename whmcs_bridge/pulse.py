"""What this process has just lived through, as far as an alarm may come of it: in memory alone, so that a refused event
costs the database nothing. ``watch`` reads it now and then.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

from whmcs_bridge.clock import Stopwatch
from whmcs_bridge.meters import Meters
from wompi_gateway.observing import CallOutcome, Observe

# So many events in a row that are not authentic, within a day, say that a secret does not fit. Fewer may be a stranger.
IN_A_ROW = 5
_WITHIN = 86_400.0
# An alarm is told through these: whether they work says nothing about payments.
_CHANNELS = frozenset({"TriggerNotificationEvent", "SendAdminEmail"})


@dataclass(frozen=True, slots=True)
class Trouble:
    """Wompi or WHMCS does not let us in, or is not who it should be. ``sentence`` is fit for logs."""

    outcome: CallOutcome
    sentence: str
    scope: str | None
    """The one call that it is about; None when it is about all of them."""


class Pulse:
    """Facts of one process. Safe from any thread; never touches the database or the network."""

    def __init__(self, meters: Meters, ticks: Stopwatch) -> None:
        self.meters = meters
        self._ticks = ticks
        self._lock = threading.Lock()
        self._refused: deque[float] = deque(maxlen=IN_A_ROW)
        self._accepted = False
        self._trouble: dict[str, Trouble | None] = {}

    def event(self, outcome: str) -> None:
        """An event was answered with a status, or with 200 and this word."""
        self.meters.event(outcome)
        with self._lock:
            if outcome == "401":
                self._refused.append(self._ticks())
            elif outcome in ("stored", "known", "ignored"):
                self._refused.clear()
                self._accepted = True

    def signatures_fail(self) -> bool | None:
        """Tell whether the last events were all not authentic. None: this process knows nothing of it."""
        with self._lock:
            if len(self._refused) == IN_A_ROW and self._refused[0] > self._ticks() - _WITHIN:
                return True
            return False if self._accepted else None

    def observer(self, side: str) -> Observe:
        """Make the eye that a client of Wompi or WHMCS reports its calls to."""

        def observe(call: str, outcome: CallOutcome, seconds: float, sentence: str) -> None:
            self.meters.call(side, call, outcome, seconds)
            if call in _CHANNELS:
                return
            with self._lock:
                known = self._trouble.get(side)
                if outcome in (CallOutcome.ACCESS, CallOutcome.UNTRUSTED):
                    # A permission is missed for one action, while others work; the public key opens one call only.
                    alone = "permission" in sentence.lower() or call == "merchant"
                    self._trouble[side] = Trouble(outcome, sentence, call if alone else None)
                elif outcome is not CallOutcome.SILENT and (known is None or known.scope in (None, call)):
                    self._trouble[side] = None

        return observe

    def trouble(self, side: str) -> tuple[bool, Trouble | None]:
        """Tell whether this process knows how a side receives us, and what the trouble is, if there is any."""
        with self._lock:
            return side in self._trouble, self._trouble.get(side)
