"""What an error of the database says: that it does not take a value, that somebody else holds a lock, that the same
work may be tried again, or that the database itself cannot be used."""

from __future__ import annotations

from sqlalchemy.exc import DataError, DBAPIError, StatementError

# https://mariadb.com/kb/en/mariadb-error-code-reference/: truncated, out of range, too long, a character of another
# character set, or one that its column's has not.
_MARIADB_REFUSES = frozenset({1264, 1265, 1267, 1270, 1271, 1292, 1300, 1366, 1367, 1406, 1411, 3854, 3988})


# SQLite's driver and PostgreSQL's, about a thing that is no value at all.
_UNBINDABLE = ("Error binding parameter", "cannot adapt type")


def refuses_a_value(error: Exception) -> bool:
    """Tell whether the database, or the driver on the way to it, does not take a value."""
    if isinstance(error, DataError | OverflowError | UnicodeError):
        return True
    if not isinstance(error, StatementError):
        return False
    cause = error.orig
    if not isinstance(error, DBAPIError):  # it broke while a value was made ready
        return isinstance(cause, ValueError | OverflowError | TypeError)
    number, *_ = getattr(cause, "args", ()) or (None,)
    # Class 22 of PostgreSQL's codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
    of_class_22 = str(getattr(cause, "sqlstate", None) or "").startswith("22")
    return number in _MARIADB_REFUSES or of_class_22 or str(cause).startswith(_UNBINDABLE)


def sentence_of(error: Exception) -> str:
    """Tell it in one line, fit for logs."""
    # The driver's own words, without the statement and its values.
    cause = getattr(error, "orig", None) or error
    return f"{type(cause).__name__}: {str(cause).splitlines()[0][:200] if str(cause) else ''}".rstrip(": ")


def waited_for_a_lock(error: DBAPIError) -> bool:
    """https://mariadb.com/kb/en/mariadb-error-code-reference/ and the class 55 of PostgreSQL's codes."""
    mariadb = getattr(error.orig, "args", (None,))[:1] == (1205,)
    return mariadb or getattr(error.orig, "sqlstate", None) == "55P03"


def worth_repeating(error: DBAPIError) -> bool:
    """A deadlock or a serialisation failure: the server undid all of it and asks for another try."""
    cause = error.orig
    mariadb = getattr(cause, "args", (None,))[0] in (1213, 1020)
    return mariadb or getattr(cause, "sqlstate", None) in ("40001", "40P01")
