"""The types of the tables' columns: the same value on every database.

Ids compare byte by byte. Times are UTC, kept as whole milliseconds since 1970.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Dialect, Integer, LargeBinary, String, TypeDecorator
from sqlalchemy.dialects import mysql
from sqlalchemy.ext.compiler import compiles

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
# A time outside cannot be shown in every zone. If another program wrote one, it is read as the nearer of these.
_FIRST, _LAST = datetime(1, 1, 3, tzinfo=UTC), datetime(9999, 12, 29, tzinfo=UTC)


def milliseconds(value: datetime) -> int:
    """Convert a time to whole milliseconds since 1970. Raises ``OverflowError`` where it could not be read again."""
    if not _FIRST <= value <= _LAST:
        raise OverflowError("a time out of range")
    return (value - _EPOCH) // _MILLISECOND


_FIRST_KEPT, _LAST_KEPT = milliseconds(_FIRST), milliseconds(_LAST)


class Moment(TypeDecorator[datetime]):
    """An aware time as milliseconds: the three databases disagree on zones and fractions, not on whole numbers."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - the library hands it over
        """Convert for the database."""
        return None if value is None else milliseconds(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Any | None:  # noqa: ARG002 - the library hands it over
        """Convert from the database. Raises nothing: one bad row must not hide the others of an answer. SQLite allows
        other types in the column; such a value is returned unchanged."""
        if not isinstance(value, int):
            return value
        return _EPOCH + timedelta(milliseconds=min(max(value, _FIRST_KEPT), _LAST_KEPT))


class BookedDay(ColumnElement[int]):
    """The Colombian day on which a booked payment was paid, counted from 1970; NULL of any other payment.

    By Wompi's time, or else by the booking's. SQLite and PostgreSQL keep it in an index, in the order of which sums are
    read, and know it again only in this very form.
    """

    inherit_cache = True
    type = BigInteger()


@compiles(BookedDay)
def _booked_day(*_: Any, whole_division: str = "/", **__: Any) -> str:
    moment = "coalesce(finalized_at, posted_at)"
    return f"(CASE WHEN state = 'posted' THEN ({moment} - 18000000) {whole_division} 86400000 END)"


@compiles(BookedDay, "mysql", "mariadb")
def _booked_day_on_mariadb(*_: Any, **__: Any) -> str:
    return _booked_day(whole_division="DIV")


def word(length: int) -> Any:
    """An ASCII id of at most ``length`` characters, compared byte by byte (MariaDB would fold case otherwise)."""
    return String(length).with_variant(
        mysql.VARCHAR(length, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
    )


# SQLite only counts up by itself on an INTEGER key.
serial = BigInteger().with_variant(Integer, "sqlite")
# MariaDB's plain BLOB ends at 64 KiB, which an event may reach when it does not compress.
blob = LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mysql", "mariadb")
reference_text = String(255).with_variant(mysql.VARCHAR(255, collation="utf8mb4_bin"), "mysql", "mariadb")
IN_MARIADB: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mariadb_engine": "InnoDB",
    "mariadb_charset": "utf8mb4",
}
