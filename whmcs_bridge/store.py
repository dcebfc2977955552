"""The only SQL. Each method is one short transaction; none is ever open while something waits for the network.

``touch`` is the one door in: every trigger says "look at this transaction" and nothing more. ``claim``,
``begin_posting`` and ``settle`` are the steps of the one door out, used by ``posting`` alone.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, literal, or_, select, update

from whmcs_bridge.database import DatabaseUnavailable, RowsLocked
from whmcs_bridge.inbox import Received, event_row, keep_together
from whmcs_bridge.keepable import kept
from whmcs_bridge.reading import Reading, newest_checkout
from whmcs_bridge.records import Checkout, PartlySeen, Payment, Seen, State
from whmcs_bridge.rows import PAYMENTS, as_payment, known, readable
from whmcs_bridge.schema import checkouts, events, payments
from whmcs_bridge.statements import insert_row
from whmcs_bridge.writing import insert_new, journal_line, keep_fact, lock_payment, one_at_a_time
from wompi_gateway.models import Status

logger = logging.getLogger(__name__)

# The states in which no booking can be under way.
_SURE = tuple(state for state in State if state is not State.POSTING)
# Longer than any wait for a booking in doubt, whatever the settings say.
_LONGEST_IN_DOUBT = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on one payment until the lease ends."""

    payment: Payment
    token: str


class InvoiceBusy(Exception):
    """Another payment of the same invoice is being booked, or is ``in_doubt``; ``until`` then. Nothing was changed."""

    def __init__(self, transaction_id: str, until: datetime, *, in_doubt: bool) -> None:
        super().__init__(f"waits for another payment of this invoice: {transaction_id}")
        self.until = until
        self.in_doubt = in_doubt


class _Unreadable(Exception):
    """The row that was to be claimed cannot be read."""


class Store(Reading):
    """What the bridge remembers, on one database, and the steps that change it."""

    # Checkouts

    def open_checkout(self, checkout: Checkout, *, unless_newer_than: str | None) -> Checkout:
        """Remember a checkout, durably, before the payer is sent to it, and return the one to use.

        That is another one of the same amount when one was opened since the caller looked and found the reference
        ``unless_newer_than`` (None: none): a double click then leads to one checkout, not to two.
        """

        def work(connection: Connection) -> Checkout:
            one_at_a_time(connection, "turn_to_open_a_checkout")
            newest = newest_checkout(connection, checkout.invoice_id)
            if newest and newest.reference != unless_newer_than and newest.amount_in_cents == checkout.amount_in_cents:
                return newest
            insert_row(connection, checkouts, asdict(checkout))
            note = f"{checkout.purpose} link, {checkout.amount_in_cents} cents, terms accepted: {checkout.terms_url}"
            journal_line(connection, self._clock(), "checkout", note, None, checkout.reference, checkout.invoice_id)
            return checkout

        return self._database.write(work)

    def checkout_asked(self, checkout: Checkout, next_at: datetime | None) -> None:
        """Note that Wompi was asked, and when to ask next (None closes it). Of two who ask at once, one is noted."""
        mine = and_(checkouts.c.reference == checkout.reference, checkouts.c.asked == checkout.asked)
        values = update(checkouts).where(mine).values(ask_at=next_at, asked=checkout.asked + 1)
        self._database.write(lambda connection: connection.execute(values))

    # The one door in

    def touch(self, transaction_id: str, why: str, seen: Seen | None = None) -> None:
        """Make a transaction due to be looked at; ``seen`` is what was just read back from Wompi, if it was."""
        self._database.write(lambda connection: self._touch(connection, transaction_id, why, seen))

    def receive(self, events_received: Sequence[Received]) -> list[bool | Exception]:
        """Store events and touch their transactions, each event with its touch, all with one wait for the disk.

        Returns for each whether it was new, or why it could not be stored. Raises ``DatabaseUnavailable``.
        """
        outcomes: list[bool | Exception | None] = [None] * len(events_received)
        if len(events_received) > 1:
            try:
                outcomes = list(self._database.write(partial(self._receive_together, events_received)))
            except Exception as error:  # alone, each of them fails or succeeds for itself
                if isinstance(error, DatabaseUnavailable) and not isinstance(error, RowsLocked):
                    raise
                logger.info("store: events that came together are stored alone (%s)", type(error).__name__)
        left = [place for place, outcome in enumerate(outcomes) if outcome is None]
        alone = self._database.write_each([partial(self._receive, events_received[place]) for place in left])
        for place, outcome in zip(left, alone, strict=True):
            outcomes[place] = outcome
        return [outcome for outcome in outcomes if outcome is not None]

    def _receive_together(self, events_received: Sequence[Received], connection: Connection) -> list[bool | None]:
        now = self._clock()
        return keep_together(
            connection, events_received, now, _blank, lambda known: self._touch_known(connection, known, now)
        )

    def _receive(self, received: Received, connection: Connection) -> bool:
        if not insert_new(connection, events, event_row(received, self._clock())):
            return False
        self._touch(connection, received.transaction_id, received.note, None)
        return True

    def _touch(self, connection: Connection, transaction_id: str, why: str, seen: Seen | None) -> None:
        now = self._clock()
        row = _blank(transaction_id, now) | (asdict(seen) if seen else {})
        row["approved_at"] = now if seen and seen.status == Status.APPROVED else None
        # Locked before the insert is tried: in MariaDB an insert that meets its key leaves a shared lock, and two who
        # hold it and then update are a deadlock.
        if lock_payment(connection, transaction_id) or not insert_new(connection, payments, row):
            self._touch_known(connection, [transaction_id], now)
        reference, invoice_id = (seen.reference, seen.invoice_id) if seen else (None, None)
        journal_line(connection, now, "touch", why, transaction_id, reference, invoice_id)

    def _touch_known(self, connection: Connection, transaction_ids: Sequence[str], now: datetime) -> None:
        # What is known of a row changes only when it is settled. A claimed row is looked at again when it is released.
        # The wait of a row in doubt is never shortened: a request that was given up may still be about to take effect.
        mine = payments.c.transaction_id.in_(transaction_ids)
        connection.execute(update(payments).where(mine, payments.c.claimed_until > now).values(touched=True))
        waiting = or_(payments.c.due_at.is_(None), payments.c.due_at > now)
        # Nor is a row changed whose state only a newer version knows.
        free = and_(payments.c.state.in_(_SURE), waiting, _unclaimed(now))
        connection.execute(update(payments).where(mine, free).values(due_at=now, looks=0))

    # The one door out

    def claim(self, lease: timedelta) -> Claim | None:
        """Take the payment that has been due longest, by compare-and-swap, until the lease ends. None when nothing
        is."""
        try:
            return self._database.write(partial(self._claim, lease, lambda row: str(row.transaction_id)))
        except _Unreadable:
            # Nothing was changed. To read all of each row before it is taken costs more, and passes by such a one.
            return self._database.write(partial(self._claim, lease, _name_of_readable))

    def _claim(
        self, lease: timedelta, name_of: Callable[[Row[Any]], str | None], connection: Connection
    ) -> Claim | None:
        now = self._clock()
        due = and_(payments.c.due_at <= now, known(), _unclaimed(now))
        rows: Select[Any] = PAYMENTS if name_of is _name_of_readable else select(payments.c.transaction_id)
        longest_due = rows.where(due).order_by(payments.c.due_at, payments.c.transaction_id)
        for name in readable(connection, longest_due, name_of, at_first=10):
            if claim := _take(connection, name, due, now + lease):
                return claim
        return None

    def claim_in_review(self, transaction_id: str, lease: timedelta, note: str) -> Claim | None:
        """Take one payment that is in review, and write down who settles it and why. None when it is not to be had."""

        def work(connection: Connection) -> Claim | None:
            now = self._clock()
            held = and_(payments.c.state == State.REVIEW, _unclaimed(now))
            mine = PAYMENTS.where(payments.c.transaction_id == transaction_id, held)
            if not any(map(as_payment, connection.execute(mine))):
                return None
            claim = _take(connection, transaction_id, held, now + lease)
            if claim is not None:
                payment = claim.payment
                journal_line(connection, now, "resolve", note, transaction_id, payment.reference, payment.invoice_id)
            return claim

        return self._database.write(work)

    def begin_posting(self, claim: Claim, seen: Seen, *, look_again_at: datetime) -> bool:
        """Commit the intent to book, before the call. False when the claim is not ours any more.

        From here on the row is left alone until ``look_again_at``, whoever dies. Raises ``InvoiceBusy`` while another
        booking to the same invoice has been begun and not proven: WHMCS would compute two balances at once.
        """

        def work(connection: Connection) -> bool:
            now = self._clock()
            one_at_a_time(connection, "turn_to_begin_a_booking")
            _refuse_a_second_booking(connection, claim, seen, now)
            changed = connection.execute(
                update(payments)
                .where(_held(claim), payments.c.claimed_until > now)
                .values(state=State.POSTING, reason="", due_at=look_again_at, **asdict(seen), **_approved(seen, now))
            )
            if changed.rowcount == 1:
                journal_line(
                    connection, now, "posting", "", claim.payment.transaction_id, seen.reference, seen.invoice_id
                )
            return changed.rowcount == 1

        return self._database.write(work)

    def settle(
        self,
        claim: Claim,
        state: State,
        reason: str,
        *,
        due_at: datetime | None,
        seen: Seen | PartlySeen | None,
        dismissed: bool = False,
        odd_looks: int | None = 0,
    ) -> bool:
        """Commit the outcome and give the claim back. False when the claim was not ours any more; nothing changes then.

        Looks in one state are counted, for the spacing of the next one. A touch that came meanwhile makes the row due
        now. ``odd_looks`` is how many odd answers in a row there were; None leaves that as it was.
        """
        reason = kept(reason)

        def work(connection: Connection) -> bool:
            now = self._clock()
            columns = (payments.c.touched, payments.c.state, payments.c.reason)
            row = connection.execute(select(*columns).where(_held(claim)).with_for_update()).first()
            if row is None:
                return False
            again = row.touched and state is not State.POSTING
            looks = claim.payment.looks if state is claim.payment.state else 0
            values: dict[str, Any] = (asdict(seen) if seen else {}) | _approved(seen, now)
            values |= {
                "state": state,
                "reason": reason,
                "due_at": now if again else due_at,
                "looks": 0 if again or due_at is None else looks + 1,
                "claimed_by": None,
                "claimed_until": None,
                "touched": False,
            }
            if state is State.POSTED and claim.payment.posted_at is None:
                values["posted_at"] = now
            if odd_looks is not None:
                since = func.coalesce(payments.c.odd_since, literal(now, payments.c.odd_since.type))
                values |= {"odd_looks": odd_looks, "odd_since": since if odd_looks else None}
            if dismissed:
                values["dismissed"] = True
            connection.execute(update(payments).where(_held(claim)).values(**values))
            # Not compared with the claim, which is older: a booking may have been begun and told since.
            if (state, reason) != (row.state, row.reason):
                reference, invoice_id = (seen.reference, seen.invoice_id) if seen else (None, None)
                journal_line(connection, now, state, reason, claim.payment.transaction_id, reference, invoice_id)
            return True

        return self._database.write(work)

    def make_due(self) -> int:
        """Make every ``due`` row due now, and what a person may have settled, never a ``posting`` one. Return how many
        were waiting."""

        def work(connection: Connection) -> int:
            now = self._clock()
            waiting = and_(payments.c.state.in_((State.DUE, State.REVIEW)), payments.c.due_at > now)
            return int(connection.execute(update(payments).where(waiting).values(due_at=now)).rowcount)

        return self._database.write(work)

    # Single facts

    def remember(self, name: str, value: str) -> None:
        """Keep one fact under a name."""
        self._database.write(lambda connection: keep_fact(connection, name, value))


def _take(connection: Connection, transaction_id: str, condition: ColumnElement[bool], until: datetime) -> Claim | None:
    """Claim a row if it meets a condition, and read it only then: what was read before may be old by now."""
    token, mine = secrets.token_hex(16), payments.c.transaction_id == transaction_id
    taken = update(payments).where(mine, condition).values(claimed_by=token, claimed_until=until, touched=False)
    if connection.execute(taken).rowcount != 1:
        return None
    payment = as_payment(connection.execute(PAYMENTS.where(mine)).one())
    if payment is None:
        raise _Unreadable
    return Claim(payment, token)


def _name_of_readable(row: Row[Any]) -> str | None:
    payment = as_payment(row)
    return payment.transaction_id if payment else None


def _approved(seen: Seen | PartlySeen | None, now: datetime) -> dict[str, Any]:
    """Note when a payment was first seen approved."""
    if seen is None or seen.status != Status.APPROVED:
        return {}
    return {"approved_at": func.coalesce(payments.c.approved_at, literal(now, payments.c.approved_at.type))}


def _unclaimed(now: datetime) -> ColumnElement[bool]:
    return or_(payments.c.claimed_until.is_(None), payments.c.claimed_until <= now)


def _held(claim: Claim) -> ColumnElement[bool]:
    mine = payments.c.transaction_id == claim.payment.transaction_id
    return and_(mine, payments.c.claimed_by == claim.token)


def _refuse_a_second_booking(connection: Connection, claim: Claim, seen: Seen, now: datetime) -> None:
    others = and_(
        payments.c.invoice_id == seen.invoice_id,
        # Also one in a state that only a newer version knows: it may be a booking.
        payments.c.state.not_in(_SURE),
        payments.c.due_at > now,
        # What is to wait for longer than any booking is no booking that goes on.
        payments.c.due_at < now + _LONGEST_IN_DOUBT,
        payments.c.transaction_id != claim.payment.transaction_id,
    )
    columns = (payments.c.transaction_id, payments.c.due_at, payments.c.claimed_until)
    other = connection.execute(select(*columns).where(others).order_by(payments.c.due_at.desc()).limit(1)).first()
    if other is not None:
        in_doubt = other.claimed_until is None or other.claimed_until <= now
        raise InvoiceBusy(other.transaction_id, other.due_at, in_doubt=in_doubt)


def _blank(transaction_id: str, now: datetime) -> dict[str, Any]:
    """The row of a payment that was only heard of."""
    return {
        "transaction_id": transaction_id,
        "state": State.DUE,
        "reason": "",
        "looks": 0,
        "touched": False,
        "status": "",
        "dismissed": False,
        "created_at": now,
        "due_at": now,
    }
