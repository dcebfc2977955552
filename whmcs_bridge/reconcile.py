"""Reconcile: finds what no webhook told, and what two sides see differently. It never books; it says "look at it".

The worker follows each open checkout on a spaced schedule. The command asks about all of them now, makes every ``due``
row due, counts the booked rows in WHMCS, and with ``--since`` walks Wompi's own list, so that an empty database heals
itself from the references.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from whmcs_bridge.asking import Answer, Asking
from whmcs_bridge.clock import Clock
from whmcs_bridge.database import DatabaseUnavailable
from whmcs_bridge.pace import Metronome, Pace
from whmcs_bridge.posting import Posting
from whmcs_bridge.records import Checkout, Payment, State, Unkeepable
from whmcs_bridge.speech import say
from whmcs_bridge.store import Store
from whmcs_bridge.upstream import how_whmcs_is, how_wompi_is
from whmcs_bridge.whmcs import WhmcsClient
from whmcs_bridge.whmcs_answers import WhmcsError
from wompi_gateway.client import WompiClient
from wompi_gateway.errors import ApiError, NoAnswer
from wompi_gateway.models import Status, Transaction

logger = logging.getLogger(__name__)

Asked = Answer[Checkout, list[Transaction]]

# When to ask Wompi about a checkout, in minutes after the click; then it is closed. Six calls in its life, paid or
# not: a second payment on the same reference whose webhook was lost is found as well.
ASK_AFTER = tuple(timedelta(minutes=minutes) for minutes in (10, 30, 120, 480, 1440, 4320))
# Wompi did not answer: ask again then.
_ASK_AGAIN = timedelta(minutes=5)
# Wompi publishes no limit, so this is a guess on the careful side: a thousand checkouts take less than two minutes, and
# what Wompi may allow beyond is left to bookings and to payers who have come back.
ASKS_A_SECOND = 10.0
# So many calls under way keep that pace until Wompi takes half a second for each.
SIDE_BY_SIDE = 5
# How many checkouts the worker reads and asks about before it looks at payments again: four seconds' worth. It breaks
# off after SIDE_BY_SIDE of them as soon as there is a payment to look at.
_AT_A_TIME = 40
# And no more after so long: payments that another process has heard of, and the worker's heartbeat, wait for it.
_LONGEST = timedelta(seconds=5)
# How many failures in a row make the command take Wompi or WHMCS to be down; those under way together count as one.
_PATIENCE = 3
# So many transactions and problems are named one by one; what is beyond is counted.
_MOST_NAMED = 1000
# How far back booked payments are counted in WHMCS, unless ``--since`` says otherwise: longer than any retry of an
# event.
_COUNT_BACK = timedelta(days=8)


def next_asking(checkout: Checkout, now: datetime) -> datetime | None:
    """When to ask about a checkout again; None closes it. Times that have passed while nobody worked are left out."""
    times = (checkout.created_at + after for after in ASK_AFTER)
    return next((time for time in times if time > now), None)


@dataclass(slots=True)
class Report:
    """What was found. ``problems`` are sentences for a person. Of many the first are named, and all are counted."""

    checkouts: int = 0
    listed: int = 0
    touched: list[str] = field(default_factory=list)
    touched_count: int = 0
    counted: int = 0
    problems: list[str] = field(default_factory=list)
    problem_count: int = 0

    def touch(self, transaction_ids: Iterable[str]) -> None:
        """These are to be looked at."""
        for name in transaction_ids:
            self.touched_count += 1
            if len(self.touched) < _MOST_NAMED:
                self.touched.append(name)

    def problem(self, sentence: str) -> None:
        """This is not as it should be."""
        self.problem_count += 1
        if len(self.problems) < _MOST_NAMED:
            self.problems.append(sentence)


class Reconcile:
    """Compares Wompi, the bridge and WHMCS. ``parallel`` is how many calls WHMCS may be given at a time."""

    def __init__(
        self,
        store: Store,
        wompi: WompiClient,
        whmcs: WhmcsClient,
        posting: Posting,
        *,
        clock: Clock,
        metronome: Metronome,
        parallel: int = 1,
    ) -> None:
        self._store = store
        self._wompi = wompi
        self._whmcs = whmcs
        self._posting = posting
        self._clock = clock
        self._metronome = metronome
        self._timer_pace = Pace(clock)
        self._ask_wompi = Asking(SIDE_BY_SIDE, "ask-wompi")
        self._ask_whmcs = Asking(parallel, "ask-whmcs")

    def close(self) -> None:
        """End the threads that ask."""
        self._ask_wompi.close()
        self._ask_whmcs.close()

    def paused(self) -> bool:
        """Tell whether the timer leaves Wompi alone for now."""
        return self._timer_pace.paused()

    def follow_checkouts(self, busy: Callable[[], bool] = lambda: False) -> bool:
        """Ask about a few of the open checkouts whose time has come: the worker's timer. False when none is left.

        It breaks off when ``busy`` says that there is something else to do, or when it has found something to do.
        Raises ``DatabaseUnavailable``.
        """
        if self.paused():
            return False
        due = self._store.checkouts_to_ask(before=self._clock(), limit=_AT_A_TIME)
        touched: list[str] = []
        until = self._clock() + _LONGEST

        def few() -> Iterator[Checkout]:
            for number, checkout in enumerate(due):
                # A few are asked about each time, however busy it is.
                if number >= SIDE_BY_SIDE and (touched or busy() or self._clock() > until):
                    return
                yield checkout

        asked = 0
        with closing(self._asked(few(), self._timer_pace)) as answers:
            for answer in answers:
                asked += 1
                touched += self._follow(answer)
        return asked > 0 and not self.paused()

    def _follow(self, answer: Asked) -> list[str]:
        """Note when to ask again, and touch what is new."""
        checkout, touched, next_at = answer.item, [], next_asking(answer.item, self._clock())
        try:
            touched = self._compare_all(answer, dry_run=False)
        except ApiError as error:
            logger.warning("reconcile: reference=%s: %s", checkout.reference, error)
            named = error.retry_after if isinstance(error, NoAnswer) else None
            next_at = self._clock() + max(_ASK_AGAIN, timedelta(seconds=named or 0))
        except DatabaseUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - one checkout that breaks us must not hold up the others
            logger.error("reconcile: reference=%s broke (%s)", checkout.reference, type(error).__name__)  # noqa: TRY400
        self._store.checkout_asked(checkout, next_at)
        return touched

    def _asked(self, checkouts: Iterable[Checkout], pace: Pace) -> Generator[Asked, None, None]:
        """Ask Wompi about each, several at once and no faster than the metronome."""

        def ask(checkout: Checkout) -> list[Transaction]:
            self._metronome.wait()
            return self._wompi.transactions_by_reference(checkout.reference)

        return self._ask_wompi.each(checkouts, ask, how_wompi_is, pace)

    def _compare_all(self, answer: Asked, *, dry_run: bool, odd: Callable[[str], None] = lambda _: None) -> list[str]:
        """Compare what was found; return the ids of what was touched. Raises what the question raised."""
        if answer.error is not None:
            raise answer.error
        touched: list[str] = []
        for transaction in answer.found or ():
            touched += self._compare(transaction, "found by its reference", dry_run=dry_run, odd=odd)
        return touched

    def ask(self, checkout: Checkout) -> list[Transaction]:
        """Ask Wompi for the transactions of a checkout, and touch those that say something new. Raises ``ApiError``."""
        found = self._wompi.transactions_by_reference(checkout.reference)
        for transaction in found:
            self._compare(transaction, "found by its reference", dry_run=False)
        return found

    def run(self, *, since: date | None, dry_run: bool) -> Report:
        """Look everywhere now. What needs work is touched; the caller lets the worker do it.

        With ``dry_run`` nothing is changed. Raises ``DatabaseUnavailable``.
        """
        report = Report()
        try:
            self._ask_about_all(report, dry_run=dry_run)
            if since is not None:
                self._walk_list(report, since, dry_run=dry_run)
        except ApiError as error:
            report.problem(f"Wompi: {error}")
        start = datetime.combine(since, time(), self._clock().tzinfo) if since else self._clock() - _COUNT_BACK
        self._count_booked(report, start, dry_run=dry_run)
        if not dry_run:
            self._store.make_due()
        return report

    def _ask_about_all(self, report: Report, *, dry_run: bool) -> None:
        pace, last = Pace(self._clock, tries=_PATIENCE), None
        with closing(self._asked(self._store.walk_open_checkouts(), pace)) as answers:
            for answer in answers:
                report.checkouts += 1
                try:
                    report.touch(self._compare_all(answer, dry_run=dry_run, odd=report.problem))
                except ApiError as error:
                    # One that cannot be read must not hide the others.
                    last = error
                    report.problem(f"Wompi: {answer.item.reference}: {error}")
        if pace.paused() and last is not None:
            raise last

    def _walk_list(self, report: Report, since: date, *, dry_run: bool) -> None:
        # The zone of Wompi's days is not documented, so a day more on each side.
        day = timedelta(days=1)
        first, last = since - day, self._clock().date() + day
        for transaction in self._wompi.transactions_between(first, last, before_page=self._metronome.wait):
            report.listed += 1
            why = "found in Wompi's list"
            report.touch(self._compare(transaction, why, dry_run=dry_run, odd=report.problem))

    def _count_booked(self, report: Report, since: datetime, *, dry_run: bool) -> None:
        """Count every booked payment in WHMCS. One that cannot be counted does not hide the others; that is told."""
        pace, last, wanted = Pace(self._clock, tries=_PATIENCE), "", 0

        def all_booked() -> Iterator[Payment]:
            nonlocal wanted
            for payment in self._store.posted_since(since):
                wanted += 1
                yield payment

        booked = all_booked()
        ask = self._ask_whmcs.each(booked, lambda one: self._whmcs.payments(one.transaction_id), how_whmcs_is, pace)
        with closing(ask) as answers:
            for answer in answers:
                if isinstance(answer.error, WhmcsError):
                    last = str(answer.error)
                    logger.warning("reconcile: transaction=%s: %s", answer.item.transaction_id, last)
                elif answer.error is not None:
                    raise answer.error
                else:
                    report.counted += 1
                    rows = sum(1 for row in answer.found or () if row.amount_in > 0)
                    self._judge_rows(report, answer.item, rows, dry_run=dry_run)
        for _ in booked:
            """WHMCS is down: what is left is not asked about any more, only how many they are."""
        if missed := wanted - report.counted:
            es = f"WHMCS: {last}. No se pudo contar allí {missed} de {wanted} pagos registrados; repita reconcile."
            en = f"WHMCS: {last}. {missed} of {wanted} booked payments could not be counted there; repeat reconcile."
            report.problem(say(es, en))

    def _judge_rows(self, report: Report, payment: Payment, rows: int, *, dry_run: bool) -> None:
        if rows == 1:
            return
        name = payment.transaction_id
        es = f"transacción {name} de la factura {payment.invoice_id}: está {rows} veces en WHMCS, debe estar una"
        en = f"transaction {name} of invoice {payment.invoice_id}: WHMCS has it {rows} times, it should be once"
        report.problem(say(es, en))
        if not dry_run:
            self._store.touch(name, f"WHMCS has it {rows} times")
        report.touch([name])

    def _compare(
        self, transaction: Transaction, why: str, *, dry_run: bool, odd: Callable[[str], None] = lambda _: None
    ) -> list[str]:
        """Touch a transaction of ours that says something else than we know. Return its id in a list, or none.

        One that cannot be kept is ``odd``; it is looked at by itself, and hides no other.
        """
        known = self._store.payment(transaction.id)
        if known is not None and not _says_more(transaction, known):
            return []
        try:
            seen = self._posting.seen(transaction)
        except Unkeepable as error:
            logger.warning("reconcile: transaction=%s: %s", transaction.id, error)
            odd(f"Wompi: {transaction.id}: {error}")
            if not dry_run:
                self._store.touch(transaction.id, f"{why}: {error}")
            return [transaction.id]
        if seen is None:
            return []
        if not dry_run:
            self._store.touch(transaction.id, f"{why}: {transaction.status}", seen)
        return [transaction.id]


def _says_more(transaction: Transaction, known: Payment) -> bool:
    if known.status != transaction.status:
        return True
    # Approved, and yet neither booked nor with a person: whatever happened, look again.
    return transaction.state is Status.APPROVED and known.state is State.CLOSED
