"""What this process has seen that may raise an alarm. It is kept in memory, so that a refused event costs the database
nothing. ``monitor`` reads it now and then, and writes what other processes need to ``ledger.refused_signatures``.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

from whmcs_bridge.clock import Stopwatch
from whmcs_bridge.ledger.refused_signatures import IN_A_ROW, Heard
from whmcs_bridge.metrics import Metrics
from wompi_gateway.observing import CallOutcome, Observe

# Messages about alarms go through these: whether they work says nothing about payments.
_CHANNELS = frozenset({"TriggerNotificationEvent", "SendAdminEmail"})


@dataclass(frozen=True, slots=True)
class Trouble:
    """Wompi or WHMCS does not let us in, or its certificate is not valid. ``sentence`` may be logged."""

    outcome: CallOutcome
    sentence: str
    scope: str | None
    """The one call that it concerns; None when it concerns all of them."""


class ProcessCounters:
    """Facts of one process. Safe from any thread; never touches the database or the network."""

    def __init__(self, metrics: Metrics, ticks: Stopwatch) -> None:
        self.metrics = metrics
        self._ticks = ticks
        self._lock = threading.Lock()
        self._events = 0
        # Number and time of each that is not in the ledger yet.
        self._refused: deque[tuple[int, float]] = deque(maxlen=IN_A_ROW)
        self._accepted: int | None = None
        self._trouble: dict[str, Trouble | None] = {}

    def event(self, outcome: str) -> None:
        """Count an event: ``outcome`` is the status of the answer, or the word that came with 200."""
        self.metrics.event(outcome)
        with self._lock:
            self._events += 1
            if outcome == "401":
                self._refused.append((self._events, self._ticks()))
            elif outcome in ("stored", "known", "ignored"):
                self._refused.clear()
                self._accepted = self._events

    def heard(self) -> Heard:
        """What became of the events that are not in the ledger yet."""
        with self._lock:
            now = self._ticks()
            refused = tuple(now - came for _, came in self._refused)
            return Heard(self._accepted is not None, refused, self._events)

    def told(self, heard: Heard) -> None:
        """They are in the ledger: forget them."""
        with self._lock:
            while self._refused and self._refused[0][0] <= heard.upto:
                self._refused.popleft()
            if self._accepted is not None and self._accepted <= heard.upto:
                self._accepted = None

    def observer(self, side: str, *, counts_only: bool = False) -> Observe:
        """Make what a client of Wompi or WHMCS reports its calls to.

        With ``counts_only`` they raise no alarm and end none: a stranger may have caused them.
        """

        def observe(call: str, outcome: CallOutcome, seconds: float, sentence: str) -> None:
            self.metrics.call(side, call, outcome, seconds)
            if counts_only or call in _CHANNELS:
                return
            with self._lock:
                known = self._trouble.get(side)
                if outcome in (CallOutcome.ACCESS, CallOutcome.UNTRUSTED):
                    # A missing permission concerns one action, and the public key one call; others work.
                    single = "permission" in sentence.lower() or call == "merchant"
                    self._trouble[side] = Trouble(outcome, sentence, call if single else None)
                elif outcome is not CallOutcome.SILENT and (known is None or known.scope in (None, call)):
                    self._trouble[side] = None

        return observe

    def trouble(self, side: str) -> tuple[bool, Trouble | None]:
        """Whether this process knows how ``side`` receives it, and what the trouble is, if there is any."""
        with self._lock:
            return side in self._trouble, self._trouble.get(side)
