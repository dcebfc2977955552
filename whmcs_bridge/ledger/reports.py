"""What the admin's console asks: sums of what was received, payments by what a person knows of them, and who tried.

Each question finds its rows by an index and is bounded; a page is drawn from a handful of them.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, select

from whmcs_bridge.ledger.columns import BookedDay
from whmcs_bridge.ledger.engine.database import Database
from whmcs_bridge.ledger.keepable import is_word
from whmcs_bridge.ledger.records import Checkout, Payment, State
from whmcs_bridge.ledger.rows import CHECKOUTS, PAYMENTS, as_checkout, as_listed, as_payment, known, readable
from whmcs_bridge.ledger.schema import checkouts, events, parts, payments
from whmcs_bridge.messages import midnight

_EPOCH = date(1970, 1, 1)
# No event of Wompi's is longer when it is unpacked; what is tells nothing here.
_LONGEST_EVENT = 256 * 1024
# What a row is named by is no longer in any table.
_LONGEST_NAME = 120
# When the money came: Wompi's time, or else the booking's.
_PAID_AT = func.coalesce(payments.c.finalized_at, payments.c.posted_at, type_=payments.c.posted_at.type)
# The same of any payment, booked or not: by when Wompi finalised it, or else when it was first heard of.
_FINISHED_AT = func.coalesce(payments.c.finalized_at, payments.c.created_at, type_=payments.c.created_at.type)
# Few payments are in one of these at a time: the index on the state finds them.
_PASSING = (State.DUE, State.POSTING, State.REVIEW)
# What one invoice gets of a checkout for several.
_SHARE = parts.c.invoice_id.label("share_invoice_id"), parts.c.amount_in_cents.label("share_in_cents")
_NEWEST_FIRST = payments.c.created_at.desc(), payments.c.transaction_id.desc()


@dataclass(frozen=True, slots=True)
class DayTotal:
    """What was booked of one Colombian day's payments by one method."""

    day: date
    method: str | None
    count: int
    amount_in_cents: int


@dataclass(frozen=True, slots=True)
class Sought:
    """Which payments a person looks for: those that are any of the named, and all that the filters say.

    ``since`` and ``until`` are about when Wompi finalised it, or else when it was first heard of.
    """

    names: Sequence[str] = ()
    """Transactions or references."""
    invoices: Sequence[int] = ()
    clients: Sequence[int] = ()
    amounts_in_cents: Sequence[int] = ()
    state: State | None = None
    method: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_named(self) -> bool:
        """Something is named, so that nothing else is wanted."""
        return bool(self.names or self.invoices or self.clients or self.amounts_in_cents)


class Reports:
    """Reads only. Each method raises ``DatabaseUnavailable``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def received(self, first: date, last: date) -> list[DayTotal]:
        """Sum what was paid on these Colombian days and is booked, by day and method."""
        days = BookedDay().between((first - _EPOCH).days, (last - _EPOCH).days)
        group = BookedDay(), payments.c.method
        amount = payments.c.amount_in_cents
        query = select(*group, func.count(), func.sum(amount)).where(days, amount.is_not(None)).group_by(*group)
        if not self._database.is_sqlite:
            # Nothing is booked before it is paid. MariaDB finds its rows by this; SQLite would look each of them up.
            query = query.where(payments.c.posted_at >= midnight(first))
        rows = self._database.read(lambda connection: connection.execute(query).all())
        return [DayTotal(_EPOCH + timedelta(days=int(n)), method, count, int(sum_)) for n, method, count, sum_ in rows]

    def booked(self, since: datetime, until: datetime) -> list[Payment]:
        """List what was paid in this time and is booked, the oldest first: the rows whose sum ``received`` tells."""
        query = _booked(since, until).order_by(payments.c.posted_at)
        rows = self._database.read(lambda connection: connection.execute(query).all())
        found = [payment for payment in map(as_payment, rows) if payment is not None]
        return sorted(found, key=lambda payment: (payment.finalized_at or payment.created_at, payment.transaction_id))

    def find(self, sought: Sought, *, limit: int) -> list[Payment]:
        """Find payments, the newest first, at most ``limit``."""
        queries = list(_ways(sought))

        def work(connection: Connection) -> list[Payment]:
            found: dict[str, Payment] = {}
            for query in queries:
                some = islice(readable(connection, query, as_listed, at_first=limit), limit)
                found |= {payment.transaction_id: payment for payment in some}
            return sorted(found.values(), key=lambda one: (one.created_at, one.transaction_id), reverse=True)

        return self._database.read(work)[:limit]

    def checkouts_without_money(self, since: datetime, *, limit: int) -> list[Checkout]:
        """List the checkouts that were opened since a time for invoices without a payment that is booked, being booked
        or with a person; the newest first. One for several invoices stands there once for each, with its part."""
        recent = checkouts.c.created_at >= since
        of_one = CHECKOUTS.where(recent, checkouts.c.invoice_id != 0, _unpaid(checkouts.c.invoice_id))
        shares = CHECKOUTS.add_columns(*_SHARE).join(parts, parts.c.reference == checkouts.c.reference)
        of_several = shares.where(recent, checkouts.c.invoice_id == 0, _unpaid(parts.c.invoice_id))

        def work(connection: Connection) -> list[Checkout]:
            found: list[Checkout] = []
            for query, read in ((of_one, as_checkout), (of_several, _as_share)):
                newest_first = query.order_by(checkouts.c.created_at.desc())
                found += islice(readable(connection, newest_first, read, at_first=limit), limit)
            return sorted(found, key=lambda checkout: checkout.created_at, reverse=True)

        return self._database.read(work)[:limit]

    def last_events(self, transaction_ids: Sequence[str]) -> dict[str, bytes]:
        """Read the last event that is kept of each of these transactions."""
        columns = events.c.transaction_id, events.c.received_at, events.c.body
        query = select(*columns).where(events.c.transaction_id.in_(transaction_ids))
        rows = self._database.read(lambda connection: connection.execute(query).all())
        last: dict[str, tuple[datetime, bytes]] = {}
        for name, at, body in rows:
            if isinstance(at, datetime) and (name not in last or at >= last[name][0]):
                last[name] = at, body
        return {name: unpacked for name, (_, body) in last.items() if (unpacked := _unpacked(body)) is not None}


def _booked(since: datetime, until: datetime) -> Select[Any]:
    # Nothing is booked before it is paid, so that the index by the booking's time finds it.
    paid = and_(payments.c.posted_at >= since, since <= _PAID_AT, until > _PAID_AT)
    return PAYMENTS.where(paid, known((State.POSTED,)), payments.c.amount_in_cents.is_not(None))


def _unpaid(invoice_id: ColumnElement[int]) -> ColumnElement[bool]:
    money = payments.c.state.in_((State.POSTED, State.POSTING, State.REVIEW))
    paid = select(payments.c.transaction_id).where(payments.c.invoice_id == invoice_id, money).limit(1)
    # A value and not EXISTS, which PostgreSQL would answer by reading all payments.
    return paid.correlate(checkouts, parts).scalar_subquery().is_(None)


def _as_share(row: Row[Any]) -> Checkout | None:
    """A checkout for several invoices, as that of one of them."""
    checkout, invoice_id, amount_in_cents = as_checkout(row), row.share_invoice_id, row.share_in_cents
    if checkout is None or not isinstance(invoice_id, int) or not isinstance(amount_in_cents, int):
        return None
    return replace(checkout, invoice_id=invoice_id, amount_in_cents=amount_in_cents)


def _ways(sought: Sought) -> Iterator[Select[Any]]:
    """The questions that together find what is sought, each with an index of its own."""
    filters = list(_filters(sought))
    if sought.is_named:
        for way in _named(sought):
            yield PAYMENTS.where(way, *filters).order_by(*_NEWEST_FIRST)
    elif sought.state in _PASSING:
        yield PAYMENTS.where(payments.c.state == sought.state, *filters).order_by(*_NEWEST_FIRST)
    elif sought.method or sought.since or sought.until:
        # What Wompi has finalised by that time, the rest by when it was first heard of. One condition on both would
        # find its rows by no index, and the rest is found among all others only by an index that has both times.
        finalized, created = payments.c.finalized_at, payments.c.created_at
        booked = [known((sought.state,))] if sought.state else []
        booked += [payments.c.method == sought.method] if sought.method else []
        for column, is_it in ((finalized, finalized.is_not(None)), (created, finalized.is_(None))):
            span = [column >= sought.since] if sought.since else []
            span += [column < sought.until] if sought.until else []
            yield PAYMENTS.where(is_it, *span, *booked).order_by(column.desc())
    else:
        in_state = [payments.c.state == sought.state] if sought.state else []
        yield PAYMENTS.where(*in_state).order_by(*_NEWEST_FIRST)


def _filters(sought: Sought) -> Iterator[ColumnElement[bool]]:
    """What is left to be said of rows that an index has found: in a way that lets no database go by another one."""
    if sought.state:
        yield known((sought.state,))
    if sought.method:
        yield func.coalesce(payments.c.method, "") == sought.method
    if sought.since:
        yield sought.since <= _FINISHED_AT
    if sought.until:
        yield sought.until > _FINISHED_AT


def _named(sought: Sought) -> Iterator[ColumnElement[bool]]:
    for name in sought.names:
        if is_word(name, _LONGEST_NAME):
            yield payments.c.transaction_id == name
            yield payments.c.part_of == name
        yield payments.c.reference == name
    for column, values in (
        (payments.c.invoice_id, sought.invoices),
        (payments.c.client_id, sought.clients),
        (payments.c.amount_in_cents, sought.amounts_in_cents),
        # The payer knows what was paid at once for several invoices.
        (payments.c.whole_in_cents, sought.amounts_in_cents),
    ):
        for value in values:
            yield column == value


def _unpacked(body: bytes) -> bytes | None:
    try:
        return zlib.decompressobj().decompress(body, _LONGEST_EVENT)
    except (zlib.error, TypeError):
        return None
