"""The worker: does all work that is due, then waits until something is due or it is woken.

It runs within ``serve``, alone as ``worker``, or once for each call of cron as ``run-once``. Several may run on one
database: the claims keep them apart.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from queue import Empty, Full, Queue

from whmcs_bridge.booking.pacing import CircuitBreaker
from whmcs_bridge.booking.posting import Posting
from whmcs_bridge.booking.reconcile import Reconcile
from whmcs_bridge.clock import Clock
from whmcs_bridge.ledger.engine.database import DatabaseUnavailable
from whmcs_bridge.ledger.heartbeat import beat
from whmcs_bridge.ledger.impossible_times import ImpossibleTimes
from whmcs_bridge.ledger.retention import Retention
from whmcs_bridge.ledger.store import Store

logger = logging.getLogger(__name__)

# The longest sleep, in seconds: how late it learns of an event that another process received.
LONGEST_SLEEP = 0.5
# A heartbeat is a write to the disk.
_HEARTBEAT_EVERY = timedelta(seconds=10)


class Worker:
    """Works on what is due.

    ``run`` has ``parallel`` threads: the first one does what ``run_once`` does, the others are helpers. A thread that
    has taken a payment wakes one helper, and so does ``wake``, as the first thread may be busy with a long booking.
    ``keep_up`` is called after each round, and knows for itself when there is something to do.
    """

    def __init__(
        self,
        store: Store,
        posting: Posting,
        reconcile: Reconcile,
        retention: Retention,
        times: ImpossibleTimes,
        *,
        clock: Clock,
        patience: float,
        parallel: int = 1,
        keep_up: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._posting = posting
        self._reconcile = reconcile
        self._retention = retention
        self._times = times
        self._keep_up = keep_up
        self._clock = clock
        # How long a heartbeat is good for: longer than the longest booking.
        self._patience = timedelta(seconds=patience)
        self._next_heartbeat: datetime | None = None
        self._parallel = parallel
        self._breaker = CircuitBreaker(clock)
        self._woken = threading.Event()
        # The first thread is at work, and will not notice before its end that it is woken.
        self._busy = False
        # At most one wake-up for each helper.
        self._wakeups: Queue[None] = Queue(maxsize=max(parallel - 1, 1))

    def expect_next_in(self, seconds: float) -> None:
        """Set how long a heartbeat is good for: until the next run by cron. 0: send none, this is no worker."""
        self._patience = timedelta(seconds=seconds)

    def wake(self) -> None:
        """Tell the worker that something is due now. Safe from any thread."""
        self._woken.set()
        if self._busy:
            self._wake_helper()

    def run_once(self, stop: threading.Event | None = None) -> int:
        """Do all work that is due now, and return how many payments were looked at. Raises ``DatabaseUnavailable``."""
        self._times.mend()
        looked = self._drain(stop)
        while self._reconcile.follow_checkouts(lambda: self._is_wanted(stop)) and not (stop and stop.is_set()):
            looked += self._drain(stop)
        self._retention.tidy()
        self._keep_up()
        return looked

    def _is_wanted(self, stop: threading.Event | None) -> bool:
        """Whether there is something more urgent than open checkouts."""
        return self._woken.is_set() or (stop is not None and stop.is_set())

    def _drain(self, stop: threading.Event | None, *, heartbeat: bool = True) -> int:
        looked = 0
        while True:
            if heartbeat:
                self._heartbeat()
            if (stop and stop.is_set()) or not self._look():
                return looked
            looked += 1

    def _look(self) -> bool:
        """Look at one payment. False when none is due, or none may be looked at now."""
        number = self._breaker.begin()
        if number is None:
            return False
        outcome = None
        try:
            outcome = self._posting.post_one(self._wake_helper)
        finally:
            self._breaker.end(number, outcome.upstream if outcome else None)
        return outcome is not None

    def _wake_helper(self) -> None:
        with contextlib.suppress(Full):
            self._wakeups.put_nowait(None)

    def _run_helper(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                self._wakeups.get(timeout=LONGEST_SLEEP)
            except Empty:
                continue
            try:
                self._drain(stop, heartbeat=False)
            except Exception as error:  # noqa: BLE001 - the first thread meets and logs the same
                logger.warning("worker: a thread could not go on (%s)", type(error).__name__)

    def run(self, stop: threading.Event) -> None:
        """Work until ``stop`` is set. Every failure is logged, and tried again."""
        helpers = [
            threading.Thread(target=self._run_helper, args=(stop,), name=f"worker-{number}")
            for number in range(2, self._parallel + 1)
        ]
        for helper in helpers:
            helper.start()
        try:
            self._run_first(stop)
        finally:
            for _ in helpers:
                self._wake_helper()
            for helper in helpers:
                helper.join()

    def _run_first(self, stop: threading.Event) -> None:
        while not stop.is_set():
            self._busy = True
            self._woken.clear()
            try:
                self.run_once(stop)
                pause = self._sleep()
            except DatabaseUnavailable as error:
                logger.error("worker: the database cannot be used: %s", error)
                pause = LONGEST_SLEEP * 4
            except Exception as error:  # noqa: BLE001 - a worker that ended would book nothing
                logger.error("worker: failed (%s); going on", type(error).__name__)
                pause = LONGEST_SLEEP * 4
            self._busy = False
            if not stop.is_set():
                self._woken.wait(pause)

    def _sleep(self) -> float:
        # During a pause nothing that is due can be worked on.
        if self._breaker.paused() or self._reconcile.paused():
            return LONGEST_SLEEP
        due = self._store.next_due()
        if due is None:
            return LONGEST_SLEEP
        return min(max((due - self._clock()).total_seconds(), 0.01), LONGEST_SLEEP)

    def _heartbeat(self) -> None:
        now = self._clock()
        if not self._patience:
            return
        if self._next_heartbeat is None or not timedelta(0) < self._next_heartbeat - now <= _HEARTBEAT_EVERY:
            self._next_heartbeat = now + _HEARTBEAT_EVERY
            beat(self._store, now + self._patience)
