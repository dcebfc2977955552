"""From rows to records, and the conditions on rows that several modules share.

A row that this version cannot read becomes None. A newer version wrote it (another state, another purpose), an older
one, or a person. It is skipped, counted (``statistics``) and reported, never changed, and blocks no list and no queue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar, get_type_hints

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    literal_column,
    or_,
    select,
    type_coerce,
)

from whmcs_bridge.ledger.engine.database import Database
from whmcs_bridge.ledger.records import AskedVoid, Checkout, JournalLine, Order, Part, Payment, Quoted, State, VoidState
from whmcs_bridge.ledger.schema import checkouts, journal, parts, payments, quotes, voids
from whmcs_bridge.signed.links import Purpose

Value = TypeVar("Value")

# How many rows are read at a time where there may be any number.
PAGE = 500
# Longer than any lease: the settings allow calls of an hour.
_LONGEST_LEASE = timedelta(hours=8)
# The states in which no booking can be under way.
NOT_POSTING = tuple(state for state in State if state is not State.POSTING)
# The states in which a payment may be made due. A transaction that was split is no payment any more.
TOUCHABLE = tuple(state for state in NOT_POSTING if state is not State.SPLIT)
# The states of payments that are not settled.
OPEN = payments.c.state.in_((State.DUE, State.POSTING, State.REVIEW))
# Enumerations are stored as text.
_WORDS: dict[Any, tuple[type[StrEnum], Any]] = {
    State: (State, str),
    Purpose: (Purpose, str),
    VoidState: (VoidState, str),
    Order | None: (Order, str | None),
}


def _reader(record: type[Value]) -> Callable[[Row[Any]], Value | None]:
    """Make the function that reads a record from a row; further columns may follow the record's."""
    hints = get_type_hints(record)
    names = tuple(hints)
    words = {name: _WORDS[hint][0] for name, hint in hints.items() if hint in _WORDS}
    # SQLite stores any type in any column, so types are checked. It stores booleans as integers.
    kinds = tuple(_WORDS[hint][1] if hint in _WORDS else int if hint is bool else hint for hint in hints.values())

    def read(row: Row[Any]) -> Value | None:
        if not all(map(isinstance, row, kinds)):
            return None
        fields = dict(zip(names, row, strict=False))
        try:
            told = {name: word(fields[name]) for name, word in words.items() if fields[name] is not None}
            return record(**fields | told)
        except ValueError:
            return None

    return read


# Built once: building a query of so many columns costs as much as running it.
PAYMENTS, CHECKOUTS, PARTS, QUOTES, VOIDS, LINES = (
    select(*(table.c[name] for name in record.__dataclass_fields__))
    for record, table in (
        (Payment, payments),
        (Checkout, checkouts),
        (Part, parts),
        (Quoted, quotes),
        (AskedVoid, voids),
        (JournalLine, journal),
    )
)
as_payment = _reader(Payment)
as_checkout = _reader(Checkout)
as_part = _reader(Part)
as_quoted = _reader(Quoted)
as_void = _reader(AskedVoid)
as_line = _reader(JournalLine)


def as_listed(row: Row[Any]) -> Payment | None:
    """A payment for a list; None for a transaction that was split. Not by the query, which then reads one end of an
    index and stops."""
    payment = as_payment(row)
    return None if payment is not None and payment.state is State.SPLIT else payment


def readable(
    connection: Connection, query: Select[Any], read: Callable[[Row[Any]], Value | None], *, at_first: int
) -> Iterator[Value]:
    """Yield the readable rows, however many are not: ``at_first`` rows are fetched, then ever larger pages."""
    size, start = at_first, 0
    while True:
        page = connection.execute(query.limit(size).offset(start) if start else query.limit(size)).all()
        yield from (value for value in map(read, page) if value is not None)
        if len(page) < size:
            return
        size, start = min(size * 10, PAGE), start + size


def walk(
    database: Database,
    query: Select[Any],
    read: Callable[[Row[Any]], Value | None],
    at: ColumnElement[Any],
    name: ColumnElement[Any],
    *,
    newest_first: bool = False,
    limit: int | None = None,
) -> Iterator[Value]:
    """Walk rows by a time and a name, one transaction a page. Unreadable rows are skipped."""
    # Compared as stored: a time out of range is read as another one.
    raw: tuple[ColumnElement[Any], ColumnElement[Any]] = (type_coerce(at, BigInteger), type_coerce(name, name.type))
    order = [column.desc() if newest_first else column for column in (at, name)]
    query = query.add_columns(raw[0].label("by_time"), raw[1].label("by_name")).order_by(*order)
    size, left = PAGE if limit is None else min(limit, PAGE), limit
    last: tuple[Any, ...] | None = None
    beyond = query
    while left is None or left > 0:
        page = database.read(partial(_all, beyond.limit(size)))
        found = [value for value in map(read, page) if value is not None]
        yield from found[:left]
        left = None if left is None else left - len(found)
        if len(page) < size or tuple(page[-1][-2:]) == last:
            return
        size, last = PAGE, tuple(page[-1][-2:])
        # The first condition uses the index; the second orders rows of the same time.
        if newest_first:
            beyond = query.where(raw[0] <= last[0], or_(raw[0] < last[0], raw[1] < last[1]))
        else:
            beyond = query.where(raw[0] >= last[0], or_(raw[0] > last[0], raw[1] > last[1]))


def _all(query: Select[Any], connection: Connection) -> Sequence[Row[Any]]:
    return connection.execute(query).all()


def known(states: Iterable[State] = State) -> ColumnElement[bool]:
    """The state is one of these, of those that this version knows.

    The CASE keeps SQLite from using the index on the state: every query that uses this finds its rows by a time. The
    words are constants, so they stand in the statement, which costs less than binding them.
    """
    words = ", ".join(f"'{state}'" for state in states)
    return literal_column(f"CASE WHEN payments.state IN ({words}) THEN 1 ELSE 0 END = 1", Boolean)


def unclaimed(now: datetime) -> ColumnElement[bool]:
    """No worker has claimed it."""
    until = payments.c.claimed_until
    # A claim longer than any lease was made by a wrong clock.
    return or_(until.is_(None), until <= now, until > now + _LONGEST_LEASE)


def is_claimed(until: datetime | None, now: datetime) -> bool:
    """The opposite, of a value that was read."""
    return until is not None and now < until <= now + _LONGEST_LEASE


def overdue(now: datetime) -> ColumnElement[bool]:
    """The payment is due, and not in doubt."""
    return and_(payments.c.due_at <= now, known(NOT_POSTING))


def pages(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """Cut values into portions: a database takes only so many in one statement."""
    return (values[start : start + PAGE] for start in range(0, len(values), PAGE))


def moment_of(text: str | None) -> datetime | None:
    """Read a time that was stored as text; None where it is not one."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.tzinfo else None
