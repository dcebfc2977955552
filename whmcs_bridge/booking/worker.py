"""The worker: does all work that is due, then waits until something is due or somebody wakes it.

It runs as a thread of ``serve``, alone as ``worker``, or once for each call of cron as ``run-once``. Several may run
against one database: the claims keep them apart.
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

# The longest sleep, in seconds: how late a worker of another process learns of an event.
LONGEST_SLEEP = 0.5
# A heartbeat is a write to the disk; once in ten seconds tells enough.
_BEAT = timedelta(seconds=10)


class Worker:
    """Works on what is due.

    ``run`` has ``parallel`` threads: the first does what ``run_once`` does. Each that has taken a payment calls one
    more, and so does ``wake``, as the first may be in the midst of a long booking: as many work as there is work for.
    ``daily`` is called after each round, and knows for itself when there is something to do.
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
        daily: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._posting = posting
        self._reconcile = reconcile
        self._retention = retention
        self._times = times
        self._daily = daily
        self._clock = clock
        # A heart that has not beaten for this long has stopped: longer than the longest booking.
        self._patience = timedelta(seconds=patience)
        self._next_beat: datetime | None = None
        self._parallel = parallel
        self._breaker = CircuitBreaker(clock)
        self._woken = threading.Event()
        # The first thread works, and will not hear that it is woken before it has done so.
        self._leading = False
        # A call for each thread beside the first, and no more: nobody needs to look twice.
        self._calls: Queue[None] = Queue(maxsize=max(parallel - 1, 1))

    def expect_next_in(self, seconds: float) -> None:
        """Say that silence until then is no sign of trouble: the next run comes from cron, not from this process.

        0: this is no worker, and says nothing of the kind.
        """
        self._patience = timedelta(seconds=seconds)

    def wake(self) -> None:
        """Something is due now. Safe from any thread."""
        self._woken.set()
        if self._leading:
            self._call()

    def run_once(self, stop: threading.Event | None = None) -> int:
        """Do all work that is due now. Return how many payments were looked at. Raises ``DatabaseUnavailable``."""
        self._times.mend()
        looked = self._drain(stop)
        while self._reconcile.follow_checkouts(lambda: self._is_wanted(stop)) and not (stop and stop.is_set()):
            looked += self._drain(stop)
        self._retention.tidy()
        self._daily()
        return looked

    def _is_wanted(self, stop: threading.Event | None) -> bool:
        """Somebody waits for the worker, who is busy with what can wait."""
        return self._woken.is_set() or (stop is not None and stop.is_set())

    def _drain(self, stop: threading.Event | None, *, beats: bool = True) -> int:
        looked = 0
        while True:
            if beats:
                self._beat()
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
            outcome = self._posting.post_one(self._call)
        finally:
            self._breaker.end(number, outcome.upstream if outcome else None)
        return outcome is not None

    def _call(self) -> None:
        """Let one thread more have a look."""
        with contextlib.suppress(Full):
            self._calls.put_nowait(None)

    def _help(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                self._calls.get(timeout=LONGEST_SLEEP)
            except Empty:
                continue
            try:
                self._drain(stop, beats=False)
            except Exception as error:  # noqa: BLE001 - the first thread meets the same, and tells it
                logger.warning("worker: a thread could not go on (%s)", type(error).__name__)

    def run(self, stop: threading.Event) -> None:
        """Work until ``stop`` is set. Nothing ends this but ``stop``: what fails is told, and tried again."""
        helpers = [
            threading.Thread(target=self._help, args=(stop,), name=f"worker-{number}")
            for number in range(2, self._parallel + 1)
        ]
        for helper in helpers:
            helper.start()
        try:
            self._lead(stop)
        finally:
            for _ in helpers:
                self._call()
            for helper in helpers:
                helper.join()

    def _lead(self, stop: threading.Event) -> None:
        while not stop.is_set():
            self._leading = True
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
            self._leading = False
            if not stop.is_set():
                self._woken.wait(pause)

    def _sleep(self) -> float:
        # While there is a pause, what is due is no reason to stay awake.
        if self._breaker.paused() or self._reconcile.paused():
            return LONGEST_SLEEP
        due = self._store.next_due()
        if due is None:
            return LONGEST_SLEEP
        return min(max((due - self._clock()).total_seconds(), 0.01), LONGEST_SLEEP)

    def _beat(self) -> None:
        now = self._clock()
        if not self._patience:
            return
        if self._next_beat is None or not timedelta(0) < self._next_beat - now <= _BEAT:
            self._next_beat = now + _BEAT
            beat(self._store, now + self._patience)
