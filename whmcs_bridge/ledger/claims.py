"""The ledger's part of a booking: who may work on a payment, until when, and how that ends.

Each method is one short transaction; none is open during a call over the network. Only ``posting`` and ``orders`` use
``claim``, ``begin_posting`` and ``settle``.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, literal, select, update

from whmcs_bridge.clock import Clock, stopwatch
from whmcs_bridge.ledger.engine.database import Database
from whmcs_bridge.ledger.keepable import kept
from whmcs_bridge.ledger.queries import Queries
from whmcs_bridge.ledger.records import Order, Payment, State
from whmcs_bridge.ledger.rows import NOT_POSTING, PAYMENTS, as_payment, is_claimed, known, pages, readable, unclaimed
from whmcs_bridge.ledger.schema import payments
from whmcs_bridge.ledger.seen import PartlySeen, Seen
from whmcs_bridge.ledger.waiting import Timer, this_boot
from whmcs_bridge.ledger.writes import journal_line, one_at_a_time, put_off
from wompi_gateway.models import Status

# Longer than any wait for a booking in doubt, whatever the settings say.
_LONGEST_IN_DOUBT = timedelta(days=2)
# The queue is read at most so often in one claim, where a clock was set and payments in doubt are put off.
_MOST_PUT_OFF = 100


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is stored before a booking is tried: the invoice as it stands, and whose order it is."""

    before: str
    surplus_in_cents: int | None = None
    ordered: Order | None = None
    ordered_client_id: int | None = None

    def values(self) -> dict[str, Any]:
        """The columns that a try changes. A person's order counts as a first try."""
        if self.ordered is not None:
            again = {"ordered": self.ordered, "ordered_client_id": self.ordered_client_id}
            return again | {"tries": 1, "before_try": self.before, "surplus_in_cents": self.surplus_in_cents}
        return {
            "before_try": func.coalesce(payments.c.before_try, self.before),
            "surplus_in_cents": self.surplus_in_cents,
            "tries": payments.c.tries + 1,
        }


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on one payment until the lease ends."""

    payment: Payment
    token: str


class InvoiceBusy(Exception):
    """Another payment of the invoice is being booked or ``in_doubt``, until ``until``. Nothing was changed."""

    def __init__(self, transaction_id: str, until: datetime, *, in_doubt: bool) -> None:
        super().__init__(transaction_id)
        self.transaction_id = transaction_id
        self.until = until
        self.in_doubt = in_doubt


class _Unreadable(Exception):
    """The row that was to be claimed cannot be read."""


class Claims(Queries):
    """The steps of working on a payment."""

    def __init__(self, database: Database, clock: Clock, timer: Timer | None = None) -> None:
        super().__init__(database, clock)
        # Commands that only read and touch pass none.
        self._timer = timer or Timer(this_boot(), stopwatch, rule=timedelta(hours=1))

    def claim(self, lease: timedelta) -> Claim | None:
        """Take the payment that has been due longest, by compare-and-swap, until the lease ends. None: none is due.

        A payment in doubt is taken when its wait is over by the stopwatch. If only a clock that was set has made it
        due, it is put off.
        """
        try:
            return self._database.write(partial(self._claim, lease, whole=False))
        except _Unreadable:
            # Nothing was changed. Reading whole rows costs more, and skips the unreadable one.
            return self._database.write(partial(self._claim, lease, whole=True))

    def _claim(self, lease: timedelta, connection: Connection, *, whole: bool) -> Claim | None:
        now = self._clock()
        due = and_(payments.c.due_at <= now, known(), unclaimed(now))
        columns = (payments.c.transaction_id, payments.c.state, payments.c.due_at)
        rows = (PAYMENTS if whole else select(*columns)).add_columns(payments.c.wait)
        longest_due = rows.where(due).order_by(payments.c.due_at, payments.c.transaction_id)
        for _ in range(_MOST_PUT_OFF):
            moved = False
            for row in readable(connection, longest_due, _if_readable if whole else _unchecked, at_first=10):
                # Only if the row is as it was read: a worker whose clock is behind may have begun a booking since.
                same = and_(due, payments.c.state == row.state, payments.c.wait.is_not_distinct_from(row.wait))
                until, wait = row.due_at, row.wait
                if row.state == State.POSTING:
                    until, wait = self._timer.judge(row.wait, row.due_at, now)
                if until > now:
                    moved = put_off(connection, row, same, until, wait, now) or moved
                elif claim := _take(connection, row.transaction_id, same, now + lease):
                    return claim
            if not moved:
                break
        return None

    def claim_in_review(self, transaction_id: str, lease: timedelta, note: str) -> Claim | None:
        """Take one payment in review, and note who settles it and why. None: not in review, or claimed."""

        def work(connection: Connection) -> Claim | None:
            now = self._clock()
            held = and_(payments.c.state == State.REVIEW, unclaimed(now))
            mine = PAYMENTS.where(payments.c.transaction_id == transaction_id, held)
            if not any(map(as_payment, connection.execute(mine))):
                return None
            claim = _take(connection, transaction_id, held, now + lease)
            if claim is not None:
                payment = claim.payment
                journal_line(connection, now, "resolve", note, transaction_id, payment.reference, payment.invoice_id)
            return claim

        return self._database.write(work)

    def begin_posting(self, claim: Claim, seen: Seen, attempt: Attempt, *, look_again_in: timedelta) -> bool:
        """Commit the intent to book, before the call. False when the claim was lost.

        From here on nobody touches the row for ``look_again_in``, even if this process dies. Raises ``InvoiceBusy``
        while another booking of the invoice is not proven: WHMCS would compute two balances at once.
        """

        def work(connection: Connection) -> bool:
            now = self._clock()
            one_at_a_time(connection, "turn_to_begin_a_booking")
            self._refuse_a_second_booking(connection, claim, seen, now)
            due_at, wait = self._timer.begin(now, look_again_in)
            values = attempt.values() | asdict(seen) | _approved(seen, now)
            values |= {"state": State.POSTING, "reason": "", "due_at": due_at, "wait": wait}
            mine = update(payments).where(_held(claim), payments.c.claimed_until > now).values(**values)
            if connection.execute(mine).rowcount != 1:
                return False
            journal_line(connection, now, "posting", "", claim.payment.transaction_id, seen.reference, seen.invoice_id)
            return True

        return self._database.write(work)

    def settle(
        self,
        claim: Claim,
        state: State,
        reason: str,
        *,
        due_in: timedelta | None,
        seen: Seen | PartlySeen | None,
        also: Mapping[str, Any] = MappingProxyType({}),
        odd_looks: int | None = 0,
    ) -> bool:
        """Commit the outcome and release the claim. False when the claim was lost; nothing changes then.

        The payment is looked at again after ``due_in``; None: never. A touch during the claim makes it due now.
        ``also`` holds further columns. ``odd_looks`` is the number of unusable answers in a row; None: unchanged.
        """
        reason = kept(reason)

        def work(connection: Connection) -> bool:
            now = self._clock()
            columns = (payments.c.touched, payments.c.state, payments.c.reason)
            row = connection.execute(select(*columns).where(_held(claim)).with_for_update()).first()
            if row is None:
                return False
            again = row.touched and state is not State.POSTING
            due_at, wait = None if due_in is None else now + due_in, None
            if state is State.POSTING and due_in is not None:
                due_at, wait = self._timer.begin(now, due_in)
            looks = claim.payment.looks if state is claim.payment.state else 0
            values: dict[str, Any] = (asdict(seen) if seen else {}) | _approved(seen, now)
            values |= also
            values |= {
                "state": state,
                "reason": reason,
                "due_at": now if again else due_at,
                "wait": wait,
                "looks": 0 if again or due_at is None else looks + 1,
                "claimed_by": None,
                "claimed_until": None,
                "touched": False,
            }
            if state is State.POSTED:
                # Booked after all: a person's decision to leave it is void.
                values |= {"missing_at": None, "posted_at": claim.payment.posted_at or now, "dismissed": False}
            if odd_looks is not None:
                since = func.coalesce(payments.c.odd_since, literal(now, payments.c.odd_since.type))
                values |= {"odd_looks": odd_looks, "odd_since": since if odd_looks else None}
            connection.execute(update(payments).where(_held(claim)).values(**values))
            # Compared with the row, not with the older claim: a booking may have been journalled since.
            if (state, reason) != (row.state, row.reason):
                reference, invoice_id = (seen.reference, seen.invoice_id) if seen else (None, None)
                journal_line(connection, now, state, reason, claim.payment.transaction_id, reference, invoice_id)
            return True

        return self._database.write(work)

    def others_missing(self, transaction_id: str, since: datetime) -> bool:
        """Tell whether WHMCS called another payment booked, since a time, without having a row of it."""
        others = and_(payments.c.missing_at >= since, payments.c.transaction_id != transaction_id)
        query = select(payments.c.transaction_id).where(others).limit(1)
        return self._database.read(lambda connection: connection.execute(query).first() is not None)

    def known_ids(self, transaction_ids: Sequence[str]) -> set[str]:
        """Tell which of these transactions the ledger knows."""
        name = payments.c.transaction_id
        queries = [select(name).where(name.in_(some)) for some in pages(transaction_ids)]
        return self._database.read(
            lambda connection: {found for query in queries for found in connection.execute(query).scalars()}
        )

    def make_due(self) -> int:
        """Make every row in ``due`` or ``review`` due now, never one in ``posting``. Return how many were waiting."""

        def work(connection: Connection) -> int:
            now = self._clock()
            waiting = and_(payments.c.state.in_((State.DUE, State.REVIEW)), payments.c.due_at > now)
            return int(connection.execute(update(payments).where(waiting).values(due_at=now)).rowcount)

        return self._database.write(work)

    def _refuse_a_second_booking(self, connection: Connection, claim: Claim, seen: Seen, now: datetime) -> None:
        others = and_(
            payments.c.invoice_id == seen.invoice_id,
            # This includes a state that only a newer version knows: it may be a booking.
            payments.c.state.not_in(NOT_POSTING),
            # No booking waits for longer.
            payments.c.due_at < now + _LONGEST_IN_DOUBT,
            payments.c.transaction_id != claim.payment.transaction_id,
        )
        names = ("transaction_id", "state", "due_at", "claimed_until", "wait")
        columns = [payments.c[name] for name in names]
        found = [row for row in connection.execute(select(*columns).where(others)) if row.due_at is not None]
        waiting = [(self._ends(row, now), row) for row in found]
        until, other = max(waiting, key=lambda one: one[0], default=(now, None))
        if other is not None and until > now:
            raise InvoiceBusy(other.transaction_id, until, in_doubt=not is_claimed(other.claimed_until, now))

    def _ends(self, row: Row[Any], now: datetime) -> datetime:
        """When the other payment's wait ends: of a booking by the stopwatch, of an unknown state as it is written.

        While it is claimed, not before the lease: a booking meanwhile would change the invoice under its retry.
        """
        booking: bool = row.state == State.POSTING
        until: datetime = self._timer.judge(row.wait, row.due_at, now)[0] if booking else row.due_at
        if is_claimed(row.claimed_until, now):
            until = max(until, row.claimed_until)
        return until


def _unchecked(row: Row[Any]) -> Row[Any]:
    return row


def _if_readable(row: Row[Any]) -> Row[Any] | None:
    return None if as_payment(row) is None else row


def _take(connection: Connection, transaction_id: str, condition: ColumnElement[bool], until: datetime) -> Claim | None:
    """Claim a row if it meets a condition, and read it afterwards: an earlier reading may be stale."""
    token, mine = secrets.token_hex(16), payments.c.transaction_id == transaction_id
    taken = update(payments).where(mine, condition).values(claimed_by=token, claimed_until=until, touched=False)
    if connection.execute(taken).rowcount != 1:
        return None
    payment = as_payment(connection.execute(PAYMENTS.where(mine)).one())
    if payment is None:
        raise _Unreadable
    return Claim(payment, token)


def _approved(seen: Seen | PartlySeen | None, now: datetime) -> dict[str, Any]:
    """Note when a payment was first seen approved."""
    if seen is None or seen.status != Status.APPROVED:
        return {}
    return {"approved_at": func.coalesce(payments.c.approved_at, literal(now, payments.c.approved_at.type))}


def _held(claim: Claim) -> ColumnElement[bool]:
    mine = payments.c.transaction_id == claim.payment.transaction_id
    return and_(mine, payments.c.claimed_by == claim.token)
