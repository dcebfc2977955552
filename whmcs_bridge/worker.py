"""The worker: does all work that is due, then waits until something is due or somebody wakes it.

It runs as a thread of ``serve``, alone as ``worker``, or once for each call of cron as ``run-once``. Several may run
against one database: the claims keep them apart.
"""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta

from whmcs_bridge.clock import Clock
from whmcs_bridge.database import DatabaseUnavailable
from whmcs_bridge.outcomes import Upstream
from whmcs_bridge.posting import Posting
from whmcs_bridge.reconcile import Reconcile
from whmcs_bridge.retention import Retention
from whmcs_bridge.store import Store

logger = logging.getLogger(__name__)

HEARTBEAT = "worker_heartbeat"

# The longest sleep, in seconds: how late a worker of another process learns of an event.
LONGEST_SLEEP = 0.5
# A heartbeat is a write to the disk; once in ten seconds tells enough.
_BEAT = timedelta(seconds=10)
# Pauses, in seconds, while Wompi or WHMCS is down: one probe, then nothing, instead of one failure for each payment.
_PAUSES = (0, 5, 15, 60, 300)
_PAUSE_REFUSED = 900


class Worker:
    """Works on what is due. One instance for each thread."""

    def __init__(
        self,
        store: Store,
        posting: Posting,
        reconcile: Reconcile,
        retention: Retention,
        *,
        clock: Clock,
        patience: float,
    ) -> None:
        self._store = store
        self._posting = posting
        self._reconcile = reconcile
        self._retention = retention
        self._clock = clock
        # A heart that has not beaten for this long has stopped: longer than the longest booking.
        self._patience = timedelta(seconds=patience)
        self._next_beat: datetime | None = None
        self._failures = 0
        self._paused_until: datetime | None = None
        self._woken = threading.Event()

    def expect_next_in(self, seconds: float) -> None:
        """Say that silence until then is no sign of trouble: the next run comes from cron, not from this process.

        0: this is no worker, and says nothing of the kind.
        """
        self._patience = timedelta(seconds=seconds)

    def wake(self) -> None:
        """Something is due now. Safe from any thread."""
        self._woken.set()

    def run_once(self, stop: threading.Event | None = None) -> int:
        """Do all work that is due now. Return how many payments were looked at. Raises ``DatabaseUnavailable``."""
        looked = self._drain(stop)
        while self._reconcile.follow_checkouts() and not (stop and stop.is_set()):
            looked += self._drain(stop)
        self._retention.tidy()
        return looked

    def _drain(self, stop: threading.Event | None) -> int:
        self._beat()
        looked = 0
        while not (stop and stop.is_set()) and not self._paused():
            outcome = self._posting.post_one()
            if outcome is None:
                break
            looked += 1
            self._pace(outcome.upstream)
            self._beat()
        return looked

    def run(self, stop: threading.Event) -> None:
        """Work until ``stop`` is set. Nothing ends this but ``stop``: what fails is told, and tried again."""
        while not stop.is_set():
            self._woken.clear()
            try:
                self.run_once(stop)
                pause = self._sleep()
            except DatabaseUnavailable as error:
                logger.error("worker: the database cannot be used: %s", error)  # noqa: TRY400 - the sentence tells it
                pause = LONGEST_SLEEP * 4
            except Exception as error:  # noqa: BLE001 - a worker that died would book nothing for ever
                logger.error("worker: broke (%s); going on", type(error).__name__)  # noqa: TRY400
                pause = LONGEST_SLEEP * 4
            if not stop.is_set():
                self._woken.wait(pause)

    def _sleep(self) -> float:
        if self._paused():
            return LONGEST_SLEEP
        due = self._store.next_due()
        if due is None:
            return LONGEST_SLEEP
        return min(max((due - self._clock()).total_seconds(), 0.01), LONGEST_SLEEP)

    def _paused(self) -> bool:
        return self._paused_until is not None and self._clock() < self._paused_until

    def _pace(self, upstream: Upstream) -> None:
        self._failures = 0 if upstream is Upstream.WELL else self._failures + 1
        pause = _PAUSES[min(self._failures - 1, len(_PAUSES) - 1)] if self._failures else 0
        if upstream is Upstream.REFUSES:
            pause = _PAUSE_REFUSED
        if pause:
            logger.warning("worker: Wompi or WHMCS does not answer as it should; next try in %s s", pause)
        self._paused_until = self._clock() + timedelta(seconds=pause)

    def _beat(self) -> None:
        now = self._clock()
        if not self._patience:
            return
        if self._next_beat is None or now >= self._next_beat:
            self._next_beat = now + _BEAT
            self._store.remember(HEARTBEAT, (now + self._patience).isoformat())


def alive(store: Store, now: datetime) -> bool:
    """Tell whether any worker's heart has beaten lately."""
    told = store.recall(HEARTBEAT)
    return told is not None and now < datetime.fromisoformat(told)
