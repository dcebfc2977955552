"""From a row to a value. A row that this version cannot read, or does not know, is None: whoever reads many goes on.

Such a row was written by a newer version (another state, another purpose), by an older one, or by hand. It is skipped,
counted (``figures``) and told, never changed, and it holds up nothing: neither a list, nor a page of it, nor the queue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
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
    Table,
    literal_column,
    or_,
    select,
    type_coerce,
)

from whmcs_bridge.ledger.engine.database import Database
from whmcs_bridge.ledger.records import AskedVoid, Checkout, JournalLine, Order, Payment, State, VoidState
from whmcs_bridge.ledger.schema import checkouts, journal, payments, voids
from whmcs_bridge.signed.links import Purpose

Value = TypeVar("Value")

# How many rows are read at a time where there may be any number.
PAGE = 500
# How a word is kept as text: each of these is read from it.
_WORDS: dict[Any, tuple[type[StrEnum], Any]] = {
    State: (State, str),
    Purpose: (Purpose, str),
    VoidState: (VoidState, str),
    Order | None: (Order, str | None),
}


def _reader(record: type[Value]) -> Callable[[Row[Any]], Value | None]:
    """Make the function that reads a row of a record's columns; further columns may follow them."""
    hints = get_type_hints(record)
    names = tuple(hints)
    words = {name: _WORDS[hint][0] for name, hint in hints.items() if hint in _WORDS}
    # SQLite takes any value in any column, so the types are looked at; it has no truth values of its own.
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


def _columns(record: type[Any], table: Table) -> list[ColumnElement[Any]]:
    return [table.c[name] for name in record.__dataclass_fields__]


PAYMENT_COLUMNS = _columns(Payment, payments)
CHECKOUT_COLUMNS = _columns(Checkout, checkouts)
VOID_COLUMNS = _columns(AskedVoid, voids)
LINE_COLUMNS = _columns(JournalLine, journal)
# Built once: to put together a question of so many columns costs as much as to ask it.
PAYMENTS, CHECKOUTS = select(*PAYMENT_COLUMNS), select(*CHECKOUT_COLUMNS)
as_payment = _reader(Payment)
as_checkout = _reader(Checkout)
as_void = _reader(AskedVoid)
as_line = _reader(JournalLine)


def readable(
    connection: Connection, query: Select[Any], read: Callable[[Row[Any]], Value | None], *, at_first: int
) -> Iterator[Value]:
    """Give the rows that can be read, one by one, however many cannot: ``at_first`` rows are asked for, then more
    and more."""
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
    """Walk rows by a time and a name, one transaction a page. What cannot be read does not end it, nor a page of it."""
    # Compared as they are kept: a time out of range is read as the nearest that can be told.
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
        # The first half can be found by the index; the second settles those of one moment.
        if newest_first:
            beyond = query.where(raw[0] <= last[0], or_(raw[0] < last[0], raw[1] < last[1]))
        else:
            beyond = query.where(raw[0] >= last[0], or_(raw[0] > last[0], raw[1] > last[1]))


def _all(query: Select[Any], connection: Connection) -> Sequence[Row[Any]]:
    return connection.execute(query).all()


def known(states: Iterable[State] = State) -> ColumnElement[bool]:
    """The state is one of these, of those that this version knows.

    Said in a way that no index helps with: every use finds its rows by a time, and SQLite would rather go by the state.
    The words are ours, so they stand in the statement itself, which costs less than to send them each time.
    """
    words = ", ".join(f"'{state}'" for state in states)
    return literal_column(f"CASE WHEN payments.state IN ({words}) THEN 1 ELSE 0 END = 1", Boolean)


def moment_of(text: str | None) -> datetime | None:
    """Read a time that was remembered as text; None where it is none."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.tzinfo else None
