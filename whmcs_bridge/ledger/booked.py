"""What was booked of a transaction, all its parts together: for the books of what Wompi paid out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, select

from whmcs_bridge.ledger.queries import Queries
from whmcs_bridge.ledger.raw_statements import find_rows
from whmcs_bridge.ledger.records import State
from whmcs_bridge.ledger.rows import PAGE
from whmcs_bridge.ledger.schema import payments


class Booked(NamedTuple):
    """What the bridge knows of a transaction, as far as it concerns these books: where it pays several invoices, of all
    its parts together."""

    transaction_id: str
    state: str
    status: str
    amount_in_cents: int | None
    invoice_id: int | None
    dismissed: bool
    further_invoices: tuple[int, ...] = ()

    @property
    def posted_in_cents(self) -> int | None:
        """What is booked of it; None where it is not booked, or not all of it."""
        return self.amount_in_cents if self.state == State.POSTED else None

    @property
    def invoices(self) -> str:
        """The numbers of the invoices that it pays, as text."""
        return ", ".join(map(str, filter(None, (self.invoice_id, *self.further_invoices))))


# The columns of a payment, in its order.
_BOOKED = Booked._fields[:6]
# A transaction is as far as the part that is least far: what waits for a person counts first.
_LEAST_FAR = (State.REVIEW, State.CLOSED, State.DUE, State.POSTING, State.POSTED)


class BookedQueries(Queries):
    """Asks for it."""

    def booked(self, transaction_ids: Sequence[str]) -> dict[str, Booked]:
        """Find what is known of these transactions."""

        def work(connection: Connection) -> dict[str, Booked]:
            found = read_named(connection, payments, Booked, _BOOKED, transaction_ids)
            return found | _together(connection, [name for name, one in found.items() if one.state == State.SPLIT])

        return self._database.read(work)

    def posted(self, transaction_ids: Sequence[str]) -> dict[str, int]:
        """Find what was booked of these transactions, in cents; those that are not booked, or that pay several
        invoices, are left out: to ask for them alone costs least."""

        def work(connection: Connection) -> dict[str, int]:
            names, found = ("transaction_id", "amount_in_cents"), dict[str, int]()
            for some in portions(transaction_ids):
                found.update(find_rows(connection, payments, names, some, "state", State.POSTED))
            return found

        return self._database.read(work)


def portions(names: Sequence[str]) -> Iterator[Sequence[str]]:
    """As many as a database takes in one question."""
    return (names[start : start + PAGE] for start in range(0, len(names), PAGE))


def read_named(
    connection: Connection, table: Table, record: Any, columns: tuple[str, ...], names: Sequence[str]
) -> dict[str, Any]:
    """Read these rows of a table as records, by their keys."""
    return {row[0]: record(*row) for some in portions(names) for row in find_rows(connection, table, columns, some)}


def _together(connection: Connection, names: Sequence[str]) -> dict[str, Booked]:
    """The parts of each of these transactions as one."""
    columns = payments.c.part_of, *(payments.c[name] for name in _BOOKED[1:])
    parts: dict[str, list[Booked]] = defaultdict(list)
    for some in portions(names):
        query = select(*columns).where(payments.c.part_of.in_(some)).order_by(payments.c.precedence.desc())
        for row in connection.execute(query):
            parts[row[0]].append(Booked(*row))
    found = {}
    for name, each in parts.items():
        least = min(each, key=lambda one: _LEAST_FAR.index(State(one.state)))
        amount = sum(one.amount_in_cents or 0 for one in each)
        invoices = [one.invoice_id for one in each if one.invoice_id]
        found[name] = least._replace(
            amount_in_cents=amount, invoice_id=invoices[0], further_invoices=tuple(invoices[1:])
        )
    return found
