"""The monitor: checks now and then how things stand, keeps the alarms, notifies of them, and calls the outside monitor.

It runs in a thread of its own beside the worker and beside the web side: a slow message must never hold up a booking,
and somebody has to notice when the worker stops. Under another WSGI server the thread starts with the first request.
``run-once`` checks as well.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from whmcs_bridge.clock import Clock
from whmcs_bridge.ledger.alarms import Alarm, AlarmTable
from whmcs_bridge.ledger.console_address import console_page
from whmcs_bridge.ledger.engine.database import DatabaseUnavailable
from whmcs_bridge.ledger.heartbeat import alive_until
from whmcs_bridge.ledger.impossible_times import ImpossibleTimes
from whmcs_bridge.ledger.refused_signatures import RefusedSignatureTable
from whmcs_bridge.ledger.rows import moment_of
from whmcs_bridge.ledger.statistics import LedgerStatistics
from whmcs_bridge.ledger.store import Store
from whmcs_bridge.messages import bilingual
from whmcs_bridge.monitoring.alarms import Facts, Finding, judge
from whmcs_bridge.monitoring.causes import EXPLAINING, NOT_BOOKING, Cause
from whmcs_bridge.monitoring.counters import ProcessCounters
from whmcs_bridge.monitoring.notifier import NotDelivered, Notifier, message_about
from wompi_gateway.transport import Transport, TransportError

logger = logging.getLogger(__name__)

# Seconds between two checks; the first comes as long after the start.
PERIOD = 15.0
# An alarm that is on is confirmed so often, by one write.
_CONFIRM = timedelta(minutes=1)
# An alarm whose cause was seen within this time is true now.
_FRESH = timedelta(minutes=3)
# How long to wait for the next try when WHMCS does not answer, and when it does not let us in.
_RETRY, _RETRY_REFUSED = timedelta(minutes=5), timedelta(minutes=15)
# How long one process may take to notify: longer than a probe and two channels.
_NOTIFY_LEASE = timedelta(minutes=3)
_REMIND = timedelta(hours=24)
# A second payment is an event, with one message: its alarm is on long enough to send it, and over before a reminder.
_SECOND_SEEN = timedelta(hours=20)
_MISSING_SEEN = timedelta(hours=24)
# Between two messages about payments in review.
_SPACING = timedelta(minutes=10)
# A worker that was stopped has given a sign of life so long after the start, or it will give none.
_GRACE = timedelta(minutes=2)
# Where no worker ever gave one.
_LONG_GRACE = timedelta(minutes=10)
# Outside monitors are called about once a minute.
_CALL_EVERY = timedelta(seconds=55)
_CALL_TIMEOUT = 10.0
_CALLED = "monitor_called"


class Monitor:
    """Keeps the alarms. Any number of processes may run it on one database.

    ``heartbeat_url`` is the outside monitor's; ``patience`` is how long an approved payment may wait to be booked.
    """

    def __init__(
        self,
        store: Store,
        alarms: AlarmTable,
        signatures: RefusedSignatureTable,
        statistics: LedgerStatistics,
        counters: ProcessCounters,
        notifier: Notifier,
        transport: Transport,
        times: ImpossibleTimes,
        *,
        heartbeat_url: str | None,
        timezone: ZoneInfo,
        patience: timedelta,
        clock: Clock,
    ) -> None:
        self._store = store
        self._alarms = alarms
        self._signatures = signatures
        self._statistics = statistics
        self._counters = counters
        self._notifier = notifier
        self._transport = transport
        self._times = times
        self._heartbeat_url = heartbeat_url
        self._timezone = timezone
        self.patience = patience
        self._clock = clock
        self._began = clock()
        self._heartbeat_failed = False
        self._last_failure = ""

    def run(self, stop: threading.Event) -> None:
        """Check again and again until ``stop`` is set. Nothing else ends this."""
        while not stop.wait(PERIOD):
            _safely(self.tick)

    def start(self) -> threading.Event:
        """Run in a thread that does not keep the process alive. Set the event that is returned to end it."""
        stop = threading.Event()
        threading.Thread(target=self.run, args=(stop,), name="monitor", daemon=True).start()
        return stop

    def before_work(self) -> None:
        """Check before ``run-once`` gives a sign of life itself: was there one before? Raises nothing."""
        self._began = self._clock() - _GRACE
        _safely(self.look)

    def after_work(self) -> None:
        """Check and notify at the end of ``run-once``. Raises nothing."""
        _safely(self.tick)

    def tick(self) -> None:
        """Check once, notify, and call the outside monitor if all is well. Raises ``DatabaseUnavailable``."""
        facts = self.look()
        known = self._alarms.alarms()
        self._notify(known)
        if facts.worker_lives and not facts.late and not not_booking(known, facts.now):
            self._send_heartbeat()

    def look(self) -> Facts:
        """Check once, and keep the alarms. Raises ``DatabaseUnavailable``."""
        self._times.mend()
        heard = self._counters.heard()
        self._signatures.add(heard)
        self._counters.told(heard)
        known = self._alarms.alarms()
        facts = self._facts(known)
        for cause, finding in judge(facts).items():
            self._keep(cause, finding, known.get(cause))
        return facts

    def _facts(self, known: dict[str, Alarm]) -> Facts:
        now = self._clock()
        return Facts(
            now=now,
            unbooked_since=self._statistics.unbooked_since(),
            patience=self.patience,
            explained=any(known[cause].on for cause in EXPLAINING if cause in known),
            in_review=self._statistics.in_review(),
            worker_lives=self._worker_lives(now),
            signatures_fail=self._signatures.fail(),
            wompi=self._counters.trouble("wompi"),
            whmcs=self._counters.trouble("whmcs"),
            overdue_since=self._statistics.overdue_since(),
            unreadable=self._statistics.unreadable(),
            impossible_times=self._statistics.impossible_times(now),
            second_payments=self._statistics.second_payments(now - _SECOND_SEEN),
            second_notified=_notified_of(known.get(Cause.SECOND_PAYMENT)),
            missing=self._statistics.missing(now - _MISSING_SEEN),
        )

    def _worker_lives(self, now: datetime) -> bool | None:
        until = alive_until(self._store, now)
        if until is not None and now < until:
            return True
        self._began = min(self._began, now)  # the clock may have been set back since
        grace = _LONG_GRACE if until is None else _GRACE
        return False if now - self._began >= grace else None

    def _keep(self, cause: Cause, finding: Finding, alarm: Alarm | None) -> None:
        if alarm is None or not alarm.on:
            if finding.on and self._alarms.ring(cause, bilingual(*finding.sentence), finding.subjects):
                self._log(cause, finding)
        elif finding.on:
            self._keep_on(cause, finding, alarm)
        elif finding.on is False and self._clock() - alarm.seen_at >= cause.calm and self._alarms.end(alarm):
            logger.info("alarm: %s is over", cause)

    def _keep_on(self, cause: Cause, finding: Finding, alarm: Alarm) -> None:
        now = self._clock()
        new = set(finding.subjects) - set(alarm.subjects)
        if new and alarm.told_at is not None and now - alarm.told_at < _SPACING:
            return  # the next message names it together with what comes until then
        again = bool(new) and alarm.told_at is not None
        if not new and set(finding.subjects) == set(alarm.subjects) and now - alarm.seen_at < _CONFIRM:
            return
        told = bilingual(*finding.sentence)
        changed = self._alarms.still(alarm, sentence=told, subjects=finding.subjects, again=again)
        if changed and new:
            self._log(cause, finding)

    def _log(self, cause: Cause, finding: Finding) -> None:
        self._counters.metrics.alarm(cause)
        logger.error("alarm: %s: %s", cause, bilingual(*finding.sentence))

    def _notify(self, known: dict[str, Alarm]) -> None:
        now = self._clock()
        for alarm in sorted(known.values(), key=lambda row: row.since):
            if not _is_due(alarm, now) or not self._alarms.take(alarm, _NOTIFY_LEASE):
                continue
            try:
                late = now - alarm.since >= _RETRY
                url = console_page(self._store, **Cause(alarm.name).console)
                channel = self._notifier.notify(message_about(alarm, self._timezone, url, late=late))
            except NotDelivered as error:
                # The other alarms wait as well, so that WHMCS is left alone meanwhile.
                self._alarms.put_off(self._clock() + (_RETRY_REFUSED if error.refused else _RETRY))
                if self._last_failure != str(error):
                    logger.error("alarm: %s cannot be told through WHMCS yet: %s", alarm.name, error)
                self._last_failure = str(error)
                return
            self._last_failure = ""
            self._alarms.told(alarm)
            if channel:
                logger.info("alarm: %s was told by %s", alarm.name, channel)

    def _send_heartbeat(self) -> None:
        if self._heartbeat_url is None:
            return
        now = self._clock()
        called = moment_of(self._store.recall(_CALLED))
        if called is not None and timedelta(0) <= now - called < _CALL_EVERY:
            return
        # Written first: with a database that takes no writes, all is not well.
        self._store.remember(_CALLED, now.isoformat())
        try:
            reply = self._transport.read("GET", self._heartbeat_url, timeout=_CALL_TIMEOUT)
            problem = "" if reply.status < 400 else f"it answered {reply.status}"
        except TransportError as error:
            problem = str(error)
        if problem and not self._heartbeat_failed:
            logger.warning("monitor: the address in BRIDGE_HEARTBEAT_URL does not take the call: %s", problem)
        self._heartbeat_failed = bool(problem)


def _safely(work: Callable[[], object]) -> None:
    """Whatever breaks here must hold up no booking, and must not end the monitor."""
    try:
        work()
    except DatabaseUnavailable as error:
        logger.error("monitor: the database cannot be used: %s", error)
    except Exception as error:  # noqa: BLE001 - without a monitor there are no alarms
        logger.error("monitor: broke (%s); going on", type(error).__name__)


def not_booking(known: dict[str, Alarm], now: datetime) -> list[str]:
    """The names of the alarms by which no payment is booked now."""
    rows = (known[name] for name in sorted(NOT_BOOKING) if name in known)
    return [row.name for row in rows if row.on and now - row.seen_at < _FRESH]


def _notified_of(alarm: Alarm | None) -> frozenset[str]:
    """The subjects of an alarm's last message."""
    return frozenset(alarm.subjects) if alarm is not None and alarm.told_at is not None else frozenset()


def _is_due(alarm: Alarm, now: datetime) -> bool:
    """Somebody is to be notified now. A newer version's alarm is left to it."""
    if alarm.name not in frozenset(Cause) or (alarm.try_at and alarm.try_at > now):
        return False
    return alarm.told_at is None or (alarm.on and now - alarm.told_at >= _REMIND)
