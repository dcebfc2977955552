"""Reconcile: finds payments whose event was lost, and differences between Wompi, the ledger and WHMCS.

It books nothing; it touches what needs a look.

The worker asks Wompi about each open checkout on a spaced schedule. The command asks about all of them now, makes every
``due`` row due, counts the booked rows in WHMCS, and with ``--since`` walks Wompi's own list, which fills even an empty
database again from the references.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from datetime import date, datetime, time, timedelta

from whmcs_bridge.booking.fan_out import Answer, FanOut
from whmcs_bridge.booking.pacing import CircuitBreaker, RateLimiter
from whmcs_bridge.booking.posting import Posting
from whmcs_bridge.booking.reconcile_report import Report
from whmcs_bridge.booking.recount import Recount
from whmcs_bridge.clock import Clock
from whmcs_bridge.ledger.engine.database import DatabaseUnavailable
from whmcs_bridge.ledger.records import Checkout, Payment, State
from whmcs_bridge.ledger.store import Store
from whmcs_bridge.messages import Text
from whmcs_bridge.messages import reconcile as words
from whmcs_bridge.whmcs.client import WhmcsClient
from wompi_gateway.client import Listed, WompiClient
from wompi_gateway.errors import ApiError, IncompleteList, OddAnswer, OddRow
from wompi_gateway.models import Status, Transaction

logger = logging.getLogger(__name__)

CheckoutAnswer = Answer[Checkout, list[Listed]]

# When to ask Wompi about a checkout, in minutes after the click; then it is closed. Paid or not: this also finds a
# second payment on the same reference whose event was lost.
ASK_AFTER = tuple(timedelta(minutes=minutes) for minutes in (10, 30, 120, 480, 1440, 4320))
# When to ask again if Wompi did not answer.
_ASK_AGAIN = timedelta(minutes=5)
# A row that cannot be read may be a payment: its checkout is not closed, but asked about daily.
_ASK_DAILY = timedelta(days=1)
# A careful guess: Wompi publishes no limit. A thousand checkouts take less than two minutes, and bookings and payers
# who return have their own calls.
ASKS_A_SECOND = 10.0
# So many concurrent calls reach that rate while Wompi takes up to half a second for each.
SIDE_BY_SIDE = 5
# The worker asks about at most so many checkouts before it looks at payments again: four seconds. It stops after
# SIDE_BY_SIDE of them as soon as there is a payment to look at.
_BATCH = 40
# And for no longer than this: other processes' payments and the heartbeat wait for it.
_LONGEST = timedelta(seconds=5)
# The command gives up after so many failures in a row.
_PATIENCE = 3
# How far back booked payments are counted in WHMCS without ``--since``: longer than any retry of an event.
_COUNT_BACK = timedelta(days=8)


def next_asking(checkout: Checkout, now: datetime) -> datetime | None:
    """When to ask about a checkout again; None closes it. Times that have passed are left out."""
    times = (checkout.created_at + after for after in ASK_AFTER)
    return next((time for time in times if time > now), None)


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
        rate_limiter: RateLimiter,
        parallel: int = 1,
    ) -> None:
        self._store = store
        self._wompi = wompi
        self._recount = Recount(store, whmcs, clock=clock, parallel=parallel)
        self._posting = posting
        self._clock = clock
        self._rate_limiter = rate_limiter
        self._breaker = CircuitBreaker(clock)
        self._ask_wompi = FanOut(SIDE_BY_SIDE, "ask-wompi")

    def close(self) -> None:
        """End the threads that ask."""
        self._ask_wompi.close()
        self._recount.close()

    def paused(self) -> bool:
        """Tell whether ``follow_checkouts`` does not call Wompi for now."""
        return self._breaker.paused()

    def follow_checkouts(self, busy: Callable[[], bool] = lambda: False) -> bool:
        """Ask about some of the open checkouts that are due, for the worker. False: none is left.

        It stops early when ``busy`` says so, or when it has found something to do. Raises ``DatabaseUnavailable``.
        """
        if self.paused():
            return False
        due = self._store.checkouts_to_ask(before=self._clock(), limit=_BATCH)
        touched: list[str] = []
        until = self._clock() + _LONGEST

        def few() -> Iterator[Checkout]:
            for number, checkout in enumerate(due):
                # At least SIDE_BY_SIDE each time, however busy.
                if number >= SIDE_BY_SIDE and (touched or busy() or self._clock() > until):
                    return
                yield checkout

        asked = 0
        with closing(self._asked(few(), self._breaker)) as answers:
            for answer in answers:
                asked += 1
                touched += self._follow(answer)
        return asked > 0 and not self.paused()

    def _follow(self, answer: CheckoutAnswer) -> list[str]:
        """Note when to ask again, and touch what is new."""
        checkout, report, now = answer.item, Report(), self._clock()
        next_at = next_asking(checkout, now)
        try:
            self._compare_all(report, answer, dry_run=False)
            if report.problems:
                logger.warning("reconcile: reference=%s: %s", checkout.reference, report.problems[0])
                next_at = next_at or now + _ASK_DAILY
        except ApiError as error:
            logger.warning("reconcile: reference=%s: %s", checkout.reference, error)
            next_at = now + _ASK_AGAIN
        except DatabaseUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - one checkout that fails must not hold up the others
            logger.error("reconcile: reference=%s failed (%s)", checkout.reference, type(error).__name__)
        self._store.checkout_asked(checkout, next_at)
        return report.touched

    def _asked(self, checkouts: Iterable[Checkout], breaker: CircuitBreaker) -> Generator[CheckoutAnswer, None, None]:
        """Ask Wompi about each, several at once, within the rate limit."""

        def ask(checkout: Checkout) -> list[Listed]:
            self._rate_limiter.wait()
            return self._wompi.transactions_by_reference(checkout.reference)

        return self._ask_wompi.each(checkouts, ask, breaker)

    def _compare_all(self, report: Report, answer: CheckoutAnswer, *, dry_run: bool) -> None:
        """Compare what was found. Raises what the call raised."""
        if answer.error is not None:
            raise answer.error
        for row in answer.found or ():
            self._compare(report, row, Text.same(answer.item.reference), "found by its reference", dry_run=dry_run)

    def ask(self, checkout: Checkout) -> list[Transaction]:
        """Ask Wompi for the transactions of a checkout, and touch those that are news.

        Raises ``ApiError``, also when the list is incomplete or a row cannot be read.
        """
        found, report = self._wompi.transactions_by_reference(checkout.reference), Report()
        for row in found:
            self._compare(report, row, Text.same(checkout.reference), "found by its reference", dry_run=False)
        if odd := next((row for row in found if isinstance(row, OddAnswer)), None):
            raise odd
        return [row for row in found if isinstance(row, Transaction)]

    def run(self, *, since: date | None, dry_run: bool, report: Report | None = None) -> Report:
        """Compare everything now, and touch what needs work; the caller then runs the worker.

        ``report`` is what is returned, for who watches it meanwhile. With ``dry_run`` nothing is changed. Raises
        ``DatabaseUnavailable``.
        """
        report = report or Report()
        try:
            self._ask_about_all(report, dry_run=dry_run)
            if since is not None:
                self._walk_list(report, since, dry_run=dry_run)
        except ApiError as error:
            report.problem(words.unanswered(error))
        start = datetime.combine(since, time(), self._clock().tzinfo) if since else self._clock() - _COUNT_BACK
        self._recount.run(report, start, dry_run=dry_run)
        if not dry_run:
            self._store.make_due()
        return report

    def _ask_about_all(self, report: Report, *, dry_run: bool) -> None:
        breaker, last = CircuitBreaker(self._clock, tries=_PATIENCE), None
        with closing(self._asked(self._store.walk_open_checkouts(), breaker)) as answers:
            for answer in answers:
                report.checkouts += 1
                try:
                    self._compare_all(report, answer, dry_run=dry_run)
                except ApiError as error:
                    last = error
                    report.problem(words.unanswered(f"{answer.item.reference}: {error}"))
        if breaker.paused() and last is not None:
            raise last

    def _walk_list(self, report: Report, since: date, *, dry_run: bool) -> None:
        # The zone of Wompi's days is not documented, so a day more on each side.
        day = timedelta(days=1)
        first, last = since - day, self._clock().date() + day
        days = words.since(first)
        for row in self._wompi.transactions_between(first, last, before_page=self._rate_limiter.wait):
            report.listed += not isinstance(row, IncompleteList)
            self._compare(report, row, days, "found in Wompi's list", dry_run=dry_run)

    def _compare(self, report: Report, row: Listed, what: Text, why: str, *, dry_run: bool) -> None:
        """Touch a transaction of ours that differs from the ledger, or that cannot be read: the worker then reads it by
        its id. ``what`` names the list."""
        if isinstance(row, Transaction):
            known = self._store.of_transaction(row.id)
            if known and not any(_says_more(row, one) for one in known):
                return
            try:
                seen = self._posting.seen(row)
            except OddAnswer as error:
                row = OddRow(str(error), transaction_id=row.id, reference=row.reference)
            else:
                if seen is not None and not dry_run:
                    self._store.touch(row.id, f"{why}: {row.status}", seen)
                report.touch([row.id] if seen else [])
                return
        if isinstance(row, OddRow):
            self._compare_odd(report, row, why, dry_run=dry_run)
        elif isinstance(row, IncompleteList):
            report.short_list(what, row)

    def _compare_odd(self, report: Report, row: OddRow, why: str, *, dry_run: bool) -> None:
        known = self._store.payment(row.transaction_id) if row.transaction_id else None
        ours = row.reference is not None and self._posting.evidence.promise(row.reference) is not None
        # A readable reference that is not ours is another shop's. A dismissed payment is not reported.
        if (row.reference is not None and not ours) or (known is not None and known.dismissed):
            return
        if row.transaction_id is not None and not dry_run:
            self._store.touch(row.transaction_id, f"{why}: {row}")
        report.odd_row(row, (row.reference or "") if ours else "")


def _says_more(transaction: Transaction, known: Payment) -> bool:
    if known.status != transaction.status:
        return True
    # Approved, but neither booked nor in review: look again.
    return transaction.state is Status.APPROVED and known.state is State.CLOSED
