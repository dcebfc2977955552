"""The reads of the ledger. Each method is one short transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, Select, func, or_, select

from whmcs_bridge.ledger.history import LONGEST_NAME, History
from whmcs_bridge.ledger.keepable import is_word
from whmcs_bridge.ledger.parts import checkouts_with, quotes_of, remembered
from whmcs_bridge.ledger.raw_statements import find_rows
from whmcs_bridge.ledger.records import (
    AskedVoid,
    Backlog,
    Checkout,
    Part,
    Payment,
    Quoted,
    Settled,
    State,
    Story,
)
from whmcs_bridge.ledger.rows import (
    CHECKOUTS,
    PAYMENTS,
    VOIDS,
    as_checkout,
    as_listed,
    as_payment,
    as_void,
    known,
    overdue,
    pages,
    readable,
    walk,
)
from whmcs_bridge.ledger.schema import checkouts, payments, settlements, voids

# Both orders descend, so that one index read backwards gives them.
_PAYMENTS = PAYMENTS.order_by(payments.c.created_at.desc(), payments.c.transaction_id.desc())
_OPEN_CHECKOUTS = CHECKOUTS.where(checkouts.c.ask_at.is_not(None))
# A click asks Wompi about at most so many open checkouts of its invoice.
_MOST_OPEN, _MOST_OPEN_OF_SEVERAL = 5, 25


@dataclass(frozen=True, slots=True)
class PaymentFilter:
    """Which payments to list; None: no condition.

    ``since`` (inclusive) and ``until`` (exclusive) bound the time when Wompi finalised a payment, or else when it was
    first heard of.
    """

    state: State | None = None
    invoice_id: int | None = None
    method: str | None = None
    reference: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class Queries(History):
    """What the rest of the bridge reads."""

    def checkout(self, reference: str) -> Checkout | None:
        """Find a checkout by its reference."""
        if not is_word(reference, LONGEST_NAME):
            return None  # not issued by this bridge
        found = self._checkouts(CHECKOUTS.where(checkouts.c.reference == reference), limit=1)
        return found[0] if found else None

    def open_checkouts(self, *invoice_ids: int) -> list[Checkout]:
        """List the last few open checkouts that hold one of these invoices, the newest first."""
        limit = min(_MOST_OPEN * len(invoice_ids), _MOST_OPEN_OF_SEVERAL)
        return self._database.read(partial(checkouts_with, invoice_ids=invoice_ids, limit=limit, only_open=True))

    def parts(self, reference: str) -> list[Part]:
        """List what each invoice gets of a checkout for several, in the order in which they are booked; none: it is for
        one invoice, or not known."""
        if not is_word(reference, LONGEST_NAME):
            return []  # not issued by this bridge
        return self._database.read(lambda connection: remembered(connection, reference))

    def quotes(self, reference: str) -> list[Quoted]:
        """List what the invoices of a checkout were quoted at, by their numbers; none: it is in pesos, or not known."""
        if not is_word(reference, LONGEST_NAME):
            return []  # not issued by this bridge
        return self._database.read(lambda connection: quotes_of(connection, reference))

    def quoted(self, reference: str | None, invoice_id: int | None) -> Quoted | None:
        """Find what one invoice of a checkout was quoted at; None: it is in pesos, or not known."""
        found = self.quotes(reference or "")
        return next((quoted for quoted in found if quoted.invoice_id == invoice_id), None)

    def checkouts_to_ask(self, *, before: datetime, limit: int) -> list[Checkout]:
        """List the open checkouts to ask about before a time, the one that has waited longest first."""
        due = CHECKOUTS.where(checkouts.c.ask_at <= before)
        return self._checkouts(due.order_by(checkouts.c.ask_at), limit=limit)

    def walk_open_checkouts(self) -> Iterator[Checkout]:
        """Walk every open checkout in pages, in the order in which they are to be asked about.

        One that is put off meanwhile may come twice. None is left out: a time to ask never moves towards now.
        """
        return walk(self._database, _OPEN_CHECKOUTS, as_checkout, checkouts.c.ask_at, checkouts.c.reference)

    def of_transaction(self, wompi_id: str) -> list[Payment]:
        """List the payments that a transaction at Wompi is: its parts in the order in which they are booked, or itself,
        or both where not all parts are known."""
        if not is_word(wompi_id, LONGEST_NAME):
            return []  # not an id of Wompi's
        of_it = PAYMENTS.where(payments.c.part_of == wompi_id).order_by(payments.c.precedence.desc())
        itself = PAYMENTS.where(payments.c.transaction_id == wompi_id)

        def work(connection: Connection) -> list[Payment]:
            rows = [row for query in (of_it, itself) for row in connection.execute(query)]
            return [one for one in map(as_listed, rows) if one is not None]

        return self._database.read(work)

    def amounts_beside(self, payment: Payment) -> tuple[list[int], int]:
        """Tell the amounts in cents of all parts of a part's transaction, in the order in which they are booked, and
        which of them is this one; of another payment its own."""
        parts = self.of_transaction(payment.part_of) if payment.part_of is not None else [payment]
        found = [one for one in parts if one.part_of == payment.part_of]
        place = [one.transaction_id for one in found].index(payment.transaction_id)
        return [one.amount_in_cents or 0 for one in found], place

    def payment(self, transaction_id: str) -> Payment | None:
        """Find one row by its key, also that of a transaction which was split."""
        found = self.payments(transaction_id=transaction_id, limit=1)
        return found[0] if found else None

    def payments(
        self,
        *,
        state: State | None = None,
        invoice_id: int | None = None,
        transaction_id: str | None = None,
        limit: int | None = None,
    ) -> list[Payment]:
        """List payments, newest first."""
        if transaction_id is not None and not is_word(transaction_id, LONGEST_NAME):
            return []  # not an id of Wompi's
        query = _PAYMENTS
        for column, value in (
            (payments.c.state, state),
            (payments.c.invoice_id, invoice_id),
            (payments.c.transaction_id, transaction_id),
        ):
            query = query if value is None else query.where(column == value)
        return self._payments(query, limit=limit, read=as_payment if transaction_id is not None else as_listed)

    def unreadable_of(self, invoice_ids: Sequence[int]) -> dict[int, datetime]:
        """Tell which of these invoices have a payment that this version cannot read, and when the newest of each was
        first heard of: it may be under way."""
        found: dict[int, datetime] = {}
        query: Select[Any] = PAYMENTS.add_columns(payments.c.invoice_id, payments.c.created_at)

        def work(connection: Connection) -> None:
            for some in pages(invoice_ids):
                for row in connection.execute(query.where(payments.c.invoice_id.in_(some))):
                    if as_payment(row) is None:
                        at = row[-1] if isinstance(row[-1], datetime) else self._clock()
                        found[row[-2]] = max(at, found.get(row[-2], at))

        self._database.read(work)
        return found

    def story(self, transaction_id: str, reference: str | None, invoice_id: int) -> Story:
        """Read all that a page shows of one payment of an invoice, in one transaction."""

        def work(connection: Connection) -> Story:
            rows = connection.execute(_PAYMENTS.where(payments.c.invoice_id == invoice_id))
            found = [payment for payment in map(as_payment, rows) if payment is not None]
            mine = next((payment for payment in found if payment.transaction_id == transaction_id), None)
            others = [payment for payment in found if payment is not mine]
            if mine is None:  # its invoice has not been read at Wompi yet
                row = connection.execute(_PAYMENTS.where(payments.c.transaction_id == transaction_id)).first()
                mine = as_payment(row) if row else None
            row = connection.execute(CHECKOUTS.where(checkouts.c.reference == reference)).first()
            return Story(mine, as_checkout(row) if row else None, others)

        return self._database.read(work)

    def walk(self, wanted: PaymentFilter, *, limit: int | None = None) -> Iterator[Payment]:
        """Walk the wanted payments, newest first, in pages: a table of any size takes the same memory."""
        at = func.coalesce(payments.c.finalized_at, payments.c.created_at)
        query = PAYMENTS
        for field in ("state", "invoice_id", "method", "reference"):
            value = getattr(wanted, field)
            query = query if value is None else query.where(payments.c[field] == value)
        query = query if wanted.since is None else query.where(at >= wanted.since)
        query = query if wanted.until is None else query.where(at < wanted.until)
        by = payments.c.created_at, payments.c.transaction_id
        return walk(self._database, query, as_listed, *by, newest_first=True, limit=limit)

    def count(self, state: State) -> int:
        """Count the payments in one state."""
        query = select(func.count()).where(payments.c.state == state)
        return self._database.read(lambda connection: int(connection.execute(query).scalar_one()))

    def checkouts_of(self, invoice_id: int, *, limit: int) -> list[Checkout]:
        """List the last checkouts that hold an invoice, open or closed, the newest first."""
        found = partial(checkouts_with, invoice_ids=[invoice_id], limit=limit, only_open=False)
        return self._database.read(found)

    def payments_of(self, invoice_ids: Sequence[int]) -> dict[int, list[Payment]]:
        """List the payments of several invoices, the newest first, by invoice."""
        found: dict[int, list[Payment]] = {}
        for some in pages(invoice_ids):
            for payment in self._payments(_PAYMENTS.where(payments.c.invoice_id.in_(some))):
                if payment.invoice_id is not None:
                    found.setdefault(payment.invoice_id, []).append(payment)
        return found

    def language(self, invoice_id: int) -> str | None:
        """Recall the language of the last checkout of an invoice."""
        found = self.checkouts_of(invoice_id, limit=1)
        return found[0].language if found else None

    def posted_since(self, since: datetime) -> Iterator[Payment]:
        """Walk the payments that were booked since a time, in pages, oldest first."""
        at, name = payments.c.posted_at, payments.c.transaction_id
        # The state is not in the query: nearly all of them are posted, and SQLite would use its index.
        found = walk(self._database, PAYMENTS.where(at >= since), as_payment, at, name)
        return (payment for payment in found if payment.state is State.POSTED)

    def next_due(self) -> datetime | None:
        """When the next payment or checkout is due."""

        def work(connection: Connection) -> datetime | None:
            # Claimed and unreadable rows are no reason to stay awake.
            free = or_(payments.c.claimed_until.is_(None), payments.c.claimed_until <= self._clock())
            due = PAYMENTS.where(payments.c.due_at.is_not(None), known(), free)
            ask = _OPEN_CHECKOUTS.order_by(checkouts.c.ask_at)
            payment = next(readable(connection, due.order_by(payments.c.due_at), as_payment, at_first=1), None)
            checkout = next(readable(connection, ask, as_checkout, at_first=1), None)
            times = (payment.due_at if payment else None, checkout.ask_at if checkout else None)
            return min((time for time in times if time is not None), default=None)

        return self._database.read(work)

    def backlog(self) -> Backlog:
        """Count what is due now and not in doubt."""
        due = overdue(self._clock())
        count = select(func.count()).select_from(payments).where(due)
        first = PAYMENTS.where(due).order_by(payments.c.due_at)

        def work(connection: Connection) -> Backlog:
            oldest = next(readable(connection, first, as_payment, at_first=1), None)
            return Backlog(connection.execute(count).scalar_one(), oldest.due_at) if oldest else Backlog(0, None)

        return self._database.read(work)

    def void(self, transaction_id: str) -> AskedVoid | None:
        """Find the void of a transaction that WHMCS's refund button asked for."""
        if not is_word(transaction_id, LONGEST_NAME):
            return None
        query = VOIDS.where(voids.c.transaction_id == transaction_id)
        row = self._database.read(lambda connection: connection.execute(query).first())
        return as_void(row) if row else None

    def settled(self, transaction_ids: Sequence[str]) -> dict[str, Settled]:
        """Find what Wompi charged for these transactions and paid out of them, where that is known."""

        def work(connection: Connection) -> dict[str, Settled]:
            found = find_rows(connection, settlements, Settled._fields, transaction_ids)
            return {row[0]: Settled._make(row) for row in found}

        return self._database.read(work)

    def _checkouts(self, query: Select[Any], *, limit: int) -> list[Checkout]:
        return self._database.read(
            lambda asked: list(islice(readable(asked, query, as_checkout, at_first=limit), limit))
        )

    def _payments(
        self,
        query: Select[Any],
        *,
        limit: int | None = None,
        read: Callable[[Row[Any]], Payment | None] = as_payment,
    ) -> list[Payment]:
        def work(connection: Connection) -> list[Payment]:
            if limit is None:
                return [one for one in map(read, connection.execute(query)) if one is not None]
            return list(islice(readable(connection, query, read, at_first=limit), limit))

        return self._database.read(work)
