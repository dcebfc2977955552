"""The watch: looks now and then at how things stand, keeps the alarms, has them told, and calls the outside monitor.

It runs as a thread of its own beside the worker and beside the web side, because a message or a monitor that is slow
must never hold up a booking, and because somebody has to notice when the worker stops. Under a WSGI server of somebody
else the thread starts with the first request, and ``run-once`` looks as well.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from whmcs_bridge.clock import Clock
from whmcs_bridge.ledger.alarms import Alarm, AlarmTable
from whmcs_bridge.ledger.engine.database import DatabaseUnavailable
from whmcs_bridge.ledger.heartbeat import alive_until
from whmcs_bridge.ledger.impossible_times import ImpossibleTimes
from whmcs_bridge.ledger.refused_signatures import RefusedSignatureTable
from whmcs_bridge.ledger.rows import moment_of
from whmcs_bridge.ledger.statistics import LedgerStatistics
from whmcs_bridge.ledger.store import Store
from whmcs_bridge.messages import bilingual
from whmcs_bridge.monitoring.alarms import EXPLAINING, LONGEST_WAIT, NOT_BOOKING, Cause, Facts, judge
from whmcs_bridge.monitoring.counters import ProcessCounters
from whmcs_bridge.monitoring.finding import Finding
from whmcs_bridge.monitoring.notifier import Message, NotDelivered, Notifier, Severity
from wompi_gateway.transport import Transport, TransportError

logger = logging.getLogger(__name__)

# How often to look, in seconds; the first look comes as long after the start.
PERIOD = 15.0
# An alarm that is on is confirmed so often: one write.
_CONFIRM = timedelta(minutes=1)
# An alarm whose cause was seen as lately as that is true now.
FRESH = timedelta(minutes=3)
# How long to wait before trying to tell again; WHMCS does not answer, or does not let us in.
_TELL_AGAIN, _TELL_REFUSED = timedelta(minutes=5), timedelta(minutes=15)
# Longer than a probe and two channels take.
_TELLING = timedelta(minutes=3)
_REMIND = timedelta(hours=24)
# A second payment is an event, and told once: its alarm is over before the reminder, and long enough on to be told.
_SECOND_SEEN = timedelta(hours=20)
_MISSING_SEEN = timedelta(hours=24)
# Between two messages about payments in review.
_SPACING = timedelta(minutes=10)
# So long after the start a worker that was stopped before has given a sign of life, or will not.
_GRACE = timedelta(minutes=2)
# Where no worker ever gave one.
_LONG_GRACE = timedelta(minutes=10)
# Outside monitors are called about once a minute.
_CALL_EVERY = timedelta(seconds=55)
_CALL_TIMEOUT = 10.0
_CALLED = "monitor_called"


@dataclass(frozen=True, slots=True)
class MonitorSettings:
    """What the watch needs of the settings. ``patience`` is how long an approved payment may wait."""

    monitor: str | None
    timezone: ZoneInfo
    patience: timedelta = LONGEST_WAIT


class Monitor:
    """Looks, and has alarms told. Safe to run in any number of processes on one database."""

    def __init__(
        self,
        store: Store,
        book: AlarmTable,
        signatures: RefusedSignatureTable,
        statistics: LedgerStatistics,
        counters: ProcessCounters,
        notifier: Notifier,
        transport: Transport,
        monitor_settings: MonitorSettings,
        times: ImpossibleTimes,
        *,
        clock: Clock,
    ) -> None:
        self._store = store
        self._book = book
        self._signatures = signatures
        self._statistics = statistics
        self._counters = counters
        self._notifier = notifier
        self._transport = transport
        self._settings = monitor_settings
        self._times = times
        self._clock = clock
        self._began = clock()
        self._monitor_failed = False
        self._not_told = ""

    @property
    def patience(self) -> timedelta:
        """How long an approved payment may wait to be booked."""
        return self._settings.patience

    def run(self, stop: threading.Event) -> None:
        """Look again and again until ``stop`` is set. Nothing else ends this."""
        while not stop.wait(PERIOD):
            _safely(self.tick)

    def start(self) -> threading.Event:
        """Run in a thread that does not hold the process up. Set the event that is returned to end it."""
        stop = threading.Event()
        threading.Thread(target=self.run, args=(stop,), name="watch", daemon=True).start()
        return stop

    def before_work(self) -> None:
        """``run-once`` begins: was there a sign of life, before it gives one of its own? Raises nothing."""
        self._began = self._clock() - _GRACE
        _safely(self.look)

    def after_work(self) -> None:
        """``run-once`` is done: look, and tell. Raises nothing."""
        _safely(self.tick)

    def tick(self) -> None:
        """Look once, tell what is to be told, and call the monitor if all is well. Raises ``DatabaseUnavailable``."""
        facts = self.look()
        known = self._book.alarms()
        self._notify(known)
        if facts.worker_lives and not facts.late and not not_booking(known, facts.now):
            self._call_monitor()

    def look(self) -> Facts:
        """Look once, and keep the alarms. Raises ``DatabaseUnavailable``."""
        self._times.mend()
        heard = self._counters.heard()
        self._signatures.add(heard)
        self._counters.told(heard)
        known = self._book.alarms()
        facts = self._facts(known)
        for cause, finding in judge(facts).items():
            self._keep(cause, finding, known.get(cause))
        return facts

    def _facts(self, known: dict[str, Alarm]) -> Facts:
        now = self._clock()
        return Facts(
            now=now,
            unbooked_since=self._statistics.unbooked_since(),
            patience=self._settings.patience,
            explained=any(known[cause].on for cause in EXPLAINING if cause in known),
            in_review=[(held.transaction_id, held.invoice_id) for held in self._statistics.in_review()],
            worker_lives=self._worker_lives(now),
            signatures_fail=self._signatures.fail(),
            wompi=self._counters.trouble("wompi"),
            whmcs=self._counters.trouble("whmcs"),
            overdue_since=self._statistics.overdue_since(),
            unreadable=self._statistics.unreadable(),
            impossible_times=self._statistics.impossible_times(now),
            second_payments=self._statistics.second_payments(now - _SECOND_SEEN),
            second_told=_told_of(known.get(Cause.SECOND_PAYMENT)),
            missing=self._statistics.missing(now - _MISSING_SEEN),
        )

    def _worker_lives(self, now: datetime) -> bool | None:
        until = alive_until(self._store, now)
        if until is not None and now < until:
            return True
        self._began = min(self._began, now)  # the clock may have been set back since
        grace = _LONG_GRACE if until is None else _GRACE
        return False if now - self._began >= grace else None

    # Keeping

    def _keep(self, cause: Cause, finding: Finding, alarm: Alarm | None) -> None:
        now = self._clock()
        if finding.on is None or (not finding.on and (alarm is None or not alarm.on)):
            return
        if not finding.on:
            if alarm is not None and now - alarm.seen_at >= cause.calm and self._book.end(alarm):
                logger.info("alarm: %s is over", cause)
        elif alarm is None or not alarm.on:
            if self._book.ring(cause, finding.sentence, finding.subjects):
                self._rings(cause, finding)
        else:
            self._goes_on(cause, finding, alarm)

    def _goes_on(self, cause: Cause, finding: Finding, alarm: Alarm) -> None:
        now = self._clock()
        new = set(finding.subjects) - set(alarm.subjects)
        if new and alarm.told_at is not None and now - alarm.told_at < _SPACING:
            return  # it is told together with what comes until then
        again = bool(new) and alarm.told_at is not None
        if not new and set(finding.subjects) == set(alarm.subjects) and now - alarm.seen_at < _CONFIRM:
            return
        changed = self._book.still(alarm, sentence=finding.sentence, subjects=finding.subjects, again=again)
        if changed and new:
            self._rings(cause, finding)

    def _rings(self, cause: Cause, finding: Finding) -> None:
        self._counters.metrics.alarm(cause)
        logger.error("alarm: %s: %s", cause, finding.sentence)

    # Telling

    def _notify(self, known: dict[str, Alarm]) -> None:
        now = self._clock()
        for alarm in sorted(known.values(), key=lambda row: row.since):
            if not _to_be_told(alarm, now) or not self._book.take(alarm, _TELLING):
                continue
            try:
                channel = self._notifier.notify(_message(alarm, now, self._settings.timezone))
            except NotDelivered as error:
                # One failure is enough: the others wait as well, and WHMCS is left alone meanwhile.
                self._book.put_off(self._clock() + (_TELL_REFUSED if error.refused else _TELL_AGAIN))
                if self._not_told != str(error):
                    logger.error("alarm: %s cannot be told through WHMCS yet: %s", alarm.name, error)  # noqa: TRY400
                self._not_told = str(error)
                return
            self._not_told = ""
            self._book.told(alarm)
            if channel:
                logger.info("alarm: %s was told by %s", alarm.name, channel)

    # The outside monitor

    def _call_monitor(self) -> None:
        if self._settings.monitor is None:
            return
        now = self._clock()
        called = moment_of(self._store.recall(_CALLED))
        if called is not None and timedelta(0) <= now - called < _CALL_EVERY:
            return
        # Written first: a database that takes nothing any more is not well.
        self._store.remember(_CALLED, now.isoformat())
        try:
            reply = self._transport.read("GET", self._settings.monitor, timeout=_CALL_TIMEOUT)
            problem = "" if reply.status < 400 else f"it answered {reply.status}"
        except TransportError as error:
            problem = str(error)
        if problem and not self._monitor_failed:
            logger.warning("watch: the monitor at BRIDGE_HEARTBEAT_URL does not take the call: %s", problem)
        self._monitor_failed = bool(problem)


def _safely(work: Callable[[], object]) -> None:
    """Whatever breaks here must hold up no booking, and must not end the watch."""
    try:
        work()
    except DatabaseUnavailable as error:
        logger.error("watch: the database cannot be used: %s", error)  # noqa: TRY400 - the sentence tells it
    except Exception as error:  # noqa: BLE001 - a watch that died would be silence
        logger.error("watch: broke (%s); going on", type(error).__name__)  # noqa: TRY400


def not_booking(known: dict[str, Alarm], now: datetime) -> list[str]:
    """Name the alarms that say, as of now, that payments are not booked."""
    rows = (known[name] for name in sorted(NOT_BOOKING) if name in known)
    return [row.name for row in rows if row.on and now - row.seen_at < FRESH]


def _told_of(alarm: Alarm | None) -> frozenset[str]:
    """What an alarm was about when it was told."""
    return frozenset(alarm.subjects) if alarm is not None and alarm.told_at is not None else frozenset()


def _to_be_told(alarm: Alarm, now: datetime) -> bool:
    if alarm.name not in _TITLES or (alarm.try_at and alarm.try_at > now):
        return False
    return alarm.told_at is None or (alarm.on and now - alarm.told_at >= _REMIND)


_TITLES = {
    Cause.NOT_BOOKED: ("hay pagos sin registrar", "payments are not booked"),
    Cause.REVIEW: ("un pago espera a una persona", "a payment waits for a person"),
    Cause.SIGNATURES: ("los eventos de Wompi no pasan la verificación", "Wompi's events fail their signature"),
    Cause.WORKER: ("nadie está registrando los pagos", "nobody books payments"),
    Cause.WHMCS_REFUSES: ("WHMCS no deja entrar al puente", "WHMCS does not let the bridge in"),
    Cause.WOMPI_REFUSES: ("Wompi no acepta la llave", "Wompi does not accept the key"),
    Cause.WHMCS_UNTRUSTED: ("el certificado de WHMCS no es válido", "WHMCS's certificate is not valid"),
    Cause.WOMPI_UNTRUSTED: ("el certificado de Wompi no es válido", "Wompi's certificate is not valid"),
    Cause.SECOND_PAYMENT: ("un aviso se pagó dos veces", "an invoice was paid twice"),
    Cause.HIDDEN_ROWS: ("WHMCS esconde pagos", "WHMCS hides payments"),
    Cause.LEDGER: ("hay registros que el puente no puede usar", "there are records that the bridge cannot use"),
}


def _message(alarm: Alarm, now: datetime, zone: ZoneInfo) -> Message:
    title, body, severity = "Wompi: " + bilingual(*_TITLES[Cause(alarm.name)]), alarm.sentence, Severity.ALARM
    since = f"{alarm.since.astimezone(zone):%Y-%m-%d %H:%M}"
    if alarm.ended_at is not None:
        # It could not be told while it lasted.
        until = f"{alarm.ended_at.astimezone(zone):%Y-%m-%d %H:%M}"
        title += bilingual(" (ya pasó)", " (over)")
        body = bilingual(
            f"Ya pasó. Del {since} al {until} decía: {body}", f"Over. From {since} to {until} it said: {body}"
        )
        severity = Severity.RESOLVED
    elif alarm.told_at is not None:
        title += bilingual(" (sigue igual)", " (still so)")
        body = bilingual(f"Desde el {since}. {body}", f"Since {since}. {body}")
    elif now - alarm.since >= _TELL_AGAIN:
        body = bilingual(f"Desde el {since}; no se pudo avisar antes. {body}", f"Since {since}; told late. {body}")
    return Message(alarm.name, title, body, severity)
