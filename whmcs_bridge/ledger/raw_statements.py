"""Statements that every event executes. On SQLite they go to the driver as text.

SQLAlchemy's insert of one row costs about ten times what SQLite needs for it: half of what an event costs. On a server
the round trip costs far more, so SQLAlchemy's statements are used there.
"""

from __future__ import annotations

import contextlib
import functools
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, cast

from sqlalchemy import Connection, Table, insert, select
from sqlalchemy.exc import DataError, IntegrityError, OperationalError

from whmcs_bridge.ledger.columns import milliseconds

# SQLite before 3.32 binds 999 values to a statement.
_MOST_VALUES = 999


def locks_rows(connection: Connection) -> bool:
    """Tell whether rows must be locked against other writers. SQLite has one writer at a time."""
    return connection.dialect.name != "sqlite"


def insert_row(connection: Connection, table: Table, row: dict[str, Any]) -> None:
    """Insert one row. Raises SQLAlchemy's ``IntegrityError`` where a key or a rule of the table forbids it."""
    if locks_rows(connection):
        connection.execute(insert(table), row)
        return
    with _driver(connection) as driver:
        driver.execute(_insert(table, tuple(row)), _values(row))


def insert_rows(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows of the same columns. Raises as ``insert_row`` does."""
    if not rows:
        return
    if locks_rows(connection):
        connection.execute(insert(table), list(rows))
        return
    _insert_many(connection, table, tuple(rows[0]), [_values(row) for row in rows])


def insert_tuples(
    connection: Connection, table: Table, names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert rows that are told in the order of ``names``, as they are kept. Raises as ``insert_row`` does."""
    if not rows:
        return
    if locks_rows(connection):
        connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])
        return
    _insert_many(connection, table, names, rows)


def taken_keys(connection: Connection, table: Table, keys: Sequence[str]) -> set[str]:
    """Tell which of these keys the table has."""
    return {key for (key,) in find_rows(connection, table, (table.primary_key.columns[0].name,), keys)}


def find_rows(
    connection: Connection, table: Table, names: tuple[str, ...], keys: Sequence[str], only: str = "", word: str = ""
) -> Iterable[Any]:
    """The columns ``names`` of the rows that have these keys, and ``word`` in the column ``only`` if there is one:
    words and numbers, as they are kept."""
    if locks_rows(connection):
        chosen = select(*(table.c[name] for name in names)).where(table.primary_key.columns[0].in_(keys))
        chosen = chosen.where(table.c[only] == word) if only else chosen
        return map(tuple, connection.execute(chosen))
    with _driver(connection) as driver:
        values = (*keys, word) if only else tuple(keys)
        return driver.execute(_find_among(table, names, len(keys), only), values).fetchall()


def has_key(connection: Connection, table: Table, key: str) -> bool:
    """Tell whether the table has a row of this key. On SQLite only."""
    return bool(taken_keys(connection, table, [key]))


def packed(body: bytes) -> bytes:
    """Compress an event, for ``zlib.decompress``. An event has about 2 kB: a small window is four times faster."""
    return zlib.compress(body, 1, 12)


def _insert_many(connection: Connection, table: Table, names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert with few statements, of a power of two rows each. The driver gives Python's lock away for each statement,
    and gets it back when a busy thread has had its turn: for 32 events, that was most of what they took."""
    most = _power_of_two(_MOST_VALUES // len(names))
    with _driver(connection) as driver:
        begin = 0
        while begin < len(rows):
            number = min(most, _power_of_two(len(rows) - begin))
            chosen = rows[begin : begin + number]
            driver.execute(_insert(table, names, number), tuple(chain.from_iterable(chosen)))
            begin += number


def _power_of_two(most: int) -> int:
    """The largest one that is no larger. Few different statements: the driver keeps those that it has prepared."""
    return 1 << (most.bit_length() - 1)


def _values(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(milliseconds(value) if isinstance(value, datetime) else value for value in row.values())


@contextlib.contextmanager
def _driver(connection: Connection) -> Iterator[sqlite3.Connection]:
    """SQLite's own connection; its errors are raised as SQLAlchemy's."""
    driver: Any = connection.connection.driver_connection
    try:
        yield cast("sqlite3.Connection", driver)
    except sqlite3.IntegrityError as error:
        raise IntegrityError(None, None, error) from None
    except (sqlite3.DataError, OverflowError, UnicodeError) as error:
        raise DataError(None, None, error) from None
    except sqlite3.Error as error:
        raise OperationalError(None, None, error) from None


@functools.cache
def _insert(table: Table, names: tuple[str, ...], number: int = 1) -> str:
    row = f"({', '.join('?' * len(names))})"
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES {', '.join([row] * number)}"  # noqa: S608 - names of the schema


@functools.cache
def _find_among(table: Table, names: tuple[str, ...], number: int, only: str) -> str:
    key = table.primary_key.columns[0].name
    found = f"SELECT {', '.join(names)} FROM {table.name} WHERE {key} IN ({', '.join('?' * number)})"  # noqa: S608 - names of the schema
    # The sign keeps SQLite from going by an index of that column.
    return f"{found} AND +{only} = ?" if only else found
