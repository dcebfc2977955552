"""Whether a commit survives a loss of power, by the database's own settings. They are read, never changed.

SQLite: https://www.sqlite.org/pragma.html#pragma_synchronous. MariaDB:
https://mariadb.com/kb/en/innodb-system-variables/#innodb_flush_log_at_trx_commit. PostgreSQL:
https://www.postgresql.org/docs/current/runtime-config-wal.html
"""

from __future__ import annotations

from sqlalchemy import Connection

from whmcs_bridge.ledger.engine.database import Database

# The settings that a durable commit needs, and the answers that keep it.
_SQLITE = {"journal_mode": ("wal",), "synchronous": ("2", "3")}
_MARIADB = {"innodb_flush_log_at_trx_commit": ("1",), "innodb_doublewrite": ("1", "ON")}
_POSTGRESQL = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "local", "remote_write", "remote_apply"),
}


def weaknesses(database: Database) -> dict[str, str]:
    """Name each setting that does not keep what was committed, with its value. Raises ``DatabaseUnavailable``."""
    kind = database.engine.dialect.name
    if kind == "sqlite":
        wanted, ask = _SQLITE, "PRAGMA {}"
    elif kind == "postgresql":
        wanted, ask = _POSTGRESQL, "SHOW {}"
    else:
        wanted, ask = _MARIADB, "SELECT @@GLOBAL.{}"

    def work(connection: Connection) -> dict[str, str]:
        told = {name: str(connection.exec_driver_sql(ask.format(name)).scalar()) for name in wanted}
        return {name: value for name, value in told.items() if value not in wanted[name]}

    return database.read(work)
