"""Reconcile: finds what no webhook told, and what two sides see differently. It never books; it says "look at it".

The worker follows each open checkout on a spaced schedule. The command asks about all of them now, makes every ``due``
row due, counts the booked rows in WHMCS, and with ``--since`` walks Wompi's own list, so that an empty database heals
itself from the references.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from whmcs_bridge.clock import Clock
from whmcs_bridge.database import DatabaseUnavailable
from whmcs_bridge.posting import Posting
from whmcs_bridge.records import Checkout, Payment, State
from whmcs_bridge.store import Store
from whmcs_bridge.whmcs import WhmcsClient
from whmcs_bridge.whmcs_answers import WhmcsError
from wompi_gateway.client import WompiClient
from wompi_gateway.errors import AccessRefused, ApiError
from wompi_gateway.models import Status, Transaction

logger = logging.getLogger(__name__)

# When to ask Wompi about a checkout, in minutes after the click; then it is closed. Six calls in its life, paid or
# not: a second payment on the same reference whose webhook was lost is found as well.
ASK_AFTER = tuple(timedelta(minutes=minutes) for minutes in (10, 30, 120, 480, 1440, 4320))
# Wompi did not answer: ask again then.
_ASK_AGAIN = timedelta(minutes=5)
# How many checkouts the worker asks about before it looks at payments again: they must not wait for these.
_AT_A_TIME = 5
# How many checkouts in a row may fail before the command takes Wompi to be down.
_PATIENCE = 3
# How far back booked payments are counted in WHMCS, unless ``--since`` says otherwise: longer than any retry of an
# event.
_COUNT_BACK = timedelta(days=8)


def next_asking(checkout: Checkout, now: datetime) -> datetime | None:
    """When to ask about a checkout again; None closes it. Times that have passed while nobody worked are left out."""
    times = (checkout.created_at + after for after in ASK_AFTER)
    return next((time for time in times if time > now), None)


@dataclass(slots=True)
class Report:
    """What was found. ``problems`` are sentences for a person."""

    checkouts: int = 0
    listed: int = 0
    touched: list[str] = field(default_factory=list)
    counted: int = 0
    problems: list[str] = field(default_factory=list)


class Reconcile:
    """Compares Wompi, the bridge and WHMCS."""

    def __init__(self, store: Store, wompi: WompiClient, whmcs: WhmcsClient, posting: Posting, *, clock: Clock) -> None:
        self._store = store
        self._wompi = wompi
        self._whmcs = whmcs
        self._posting = posting
        self._clock = clock

    def follow_checkouts(self) -> bool:
        """Ask about a few of the open checkouts whose time has come: the worker's timer. False when none is left."""
        due = self._store.checkouts_to_ask(before=self._clock())[:_AT_A_TIME]
        for checkout in due:
            try:
                self.ask(checkout)
            except ApiError as error:
                # One that fails is reason enough to leave Wompi alone for a while.
                logger.warning("reconcile: reference=%s: %s", checkout.reference, error)
                self._store.checkout_asked(checkout, self._clock() + _ASK_AGAIN)
                return False
            except DatabaseUnavailable:
                raise
            except Exception as error:  # noqa: BLE001 - one checkout that breaks us must not hold up the others
                logger.error("reconcile: reference=%s broke (%s)", checkout.reference, type(error).__name__)  # noqa: TRY400
            self._store.checkout_asked(checkout, next_asking(checkout, self._clock()))
        return bool(due)

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
            report.problems.append(f"Wompi: {error}")
        try:
            start = datetime.combine(since, time(), self._clock().tzinfo) if since else self._clock() - _COUNT_BACK
            self._count_booked(report, start, dry_run=dry_run)
        except WhmcsError as error:
            report.problems.append(f"WHMCS: {error}")
        if not dry_run:
            self._store.make_due()
        return report

    def _ask_about_all(self, report: Report, *, dry_run: bool) -> None:
        after, failures = "", 0
        while page := self._store.checkouts_to_ask(before=None, after=after):
            for checkout in page:
                report.checkouts += 1
                try:
                    found = self._wompi.transactions_by_reference(checkout.reference)
                except ApiError as error:
                    # One that cannot be read must not hide the others.
                    failures += 1
                    if failures == _PATIENCE or isinstance(error, AccessRefused):
                        raise
                    report.problems.append(f"Wompi: {checkout.reference}: {error}")
                    continue
                failures = 0
                for transaction in found:
                    report.touched += self._compare(transaction, "found by its reference", dry_run=dry_run)
            after = page[-1].reference

    def _walk_list(self, report: Report, since: date, *, dry_run: bool) -> None:
        # The zone of Wompi's days is not documented, so a day more on each side.
        day = timedelta(days=1)
        for transaction in self._wompi.transactions_between(since - day, self._clock().date() + day):
            report.listed += 1
            report.touched += self._compare(transaction, "found in Wompi's list", dry_run=dry_run)

    def _count_booked(self, report: Report, since: datetime, *, dry_run: bool) -> None:
        for payment in self._store.posted_since(since):
            report.counted += 1
            booked = sum(1 for row in self._whmcs.payments(payment.transaction_id) if row.amount_in > 0)
            if booked != 1:
                report.problems.append(
                    f"transaction {payment.transaction_id} of invoice {payment.invoice_id}:"
                    f" WHMCS has it {booked} times, it should be once"
                )
                if not dry_run:
                    self._store.touch(payment.transaction_id, f"WHMCS has it {booked} times")
                report.touched.append(payment.transaction_id)

    def _compare(self, transaction: Transaction, why: str, *, dry_run: bool) -> list[str]:
        """Touch a transaction of ours that says something else than we know. Return its id in a list, or none."""
        known = self._store.payment(transaction.id)
        if known is not None and not _says_more(transaction, known):
            return []
        seen = self._posting.seen(transaction)
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
