"""The errors of the database as the rest of the bridge sees them, and how the drivers' errors are told apart."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from sqlalchemy.exc import DataError, DBAPIError, SQLAlchemyError, StatementError

# Truncated, out of range, too long, or a character that the column's character set does not have:
# https://mariadb.com/kb/en/mariadb-error-code-reference/
_MARIADB_REFUSES = frozenset({1264, 1265, 1267, 1270, 1271, 1292, 1300, 1366, 1367, 1406, 1411, 3854, 3988})
# What SQLite's and PostgreSQL's drivers say of an object that they cannot convert to a value.
_UNBINDABLE = ("Error binding parameter", "cannot adapt type")


class DatabaseUnavailable(Exception):
    """The database cannot be read or written now; nothing was changed."""


class RowsLocked(DatabaseUnavailable):
    """Another transaction holds a row for longer than the lock timeout; the rest of the database is well."""


class ValueRefused(Exception):
    """The database is well and does not take one of the values. Trying again does not help. Nothing was changed."""


def translate(error: Exception) -> DatabaseUnavailable | ValueRefused:
    """Turn an error of SQLAlchemy, or of a value's conversion, into one of the three above."""
    if refuses_a_value(error):
        # The class alone: the driver's words repeat the value.
        return ValueRefused(f"the database does not take a value ({type(getattr(error, 'orig', error)).__name__})")
    # The driver's own words, without the statement and its values, in one line for the log.
    cause = getattr(error, "orig", None) or error
    text = f"{type(cause).__name__}: {str(cause).splitlines()[0][:200] if str(cause) else ''}".rstrip(": ")
    return (RowsLocked if _lock_timed_out(error) else DatabaseUnavailable)(text)


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Raise ``DatabaseUnavailable`` or ``ValueRefused`` in place of SQLAlchemy's errors."""
    try:
        yield
    except (SQLAlchemyError, OverflowError, UnicodeError) as error:
        raise translate(error) from None


def refuses_a_value(error: Exception) -> bool:
    """Tell whether the database, or the driver on the way to it, does not take a value."""
    if isinstance(error, DataError | OverflowError | UnicodeError):
        return True
    if not isinstance(error, StatementError):
        return False
    cause = error.orig
    if not isinstance(error, DBAPIError):  # a value could not be converted for the driver
        return isinstance(cause, ValueError | OverflowError | TypeError)
    number, *_ = getattr(cause, "args", ()) or (None,)
    # Class 22 of PostgreSQL's codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
    of_class_22 = str(getattr(cause, "sqlstate", None) or "").startswith("22")
    return number in _MARIADB_REFUSES or of_class_22 or str(cause).startswith(_UNBINDABLE)


def worth_repeating(error: DBAPIError) -> bool:
    """Tell a deadlock or a serialisation failure: the server has rolled back all of it and asks for another try."""
    cause = error.orig
    mariadb = getattr(cause, "args", (None,))[0] in (1213, 1020)
    return mariadb or getattr(cause, "sqlstate", None) in ("40001", "40P01")


def _lock_timed_out(error: Exception) -> bool:
    """https://mariadb.com/kb/en/mariadb-error-code-reference/ and class 55 of PostgreSQL's codes."""
    cause = error.orig if isinstance(error, DBAPIError) else None
    mariadb = getattr(cause, "args", (None,))[:1] == (1205,)
    return mariadb or getattr(cause, "sqlstate", None) == "55P03"
