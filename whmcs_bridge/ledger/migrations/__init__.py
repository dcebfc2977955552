"""Migrations by Alembic, applied under a lock at start. A migration keeps the version before it working."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from whmcs_bridge.ledger.engine.database import Database

# The newest revision in ``versions``. A database that carries it needs no Alembic, whose import is slow.
HEAD = "0016"


def upgrade(database: Database) -> None:
    """Bring the database to ``HEAD``. Safe to call from several processes at once.

    A database that is ahead stays as it is: a newer version runs beside this one, and keeps this one working.
    """
    if _is_new_enough(database):
        return
    from alembic import command  # noqa: PLC0415 - slow, and seldom needed
    from alembic.config import Config  # noqa: PLC0415 - the same

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    with database.exclusively() as engine:
        if _is_new_enough(database):
            return
        with engine.connect() as connection:
            config.attributes["connection"] = connection.execution_options(whmcs_bridge_write=True)
            command.upgrade(config, "head")


def revision(database: Database) -> str | None:
    """Read which revision the database carries; None while it has no tables. Raises ``DatabaseUnavailable``."""
    return database.read(_revision)


def _is_new_enough(database: Database) -> bool:
    # Revisions are numbers of one width, so they compare as text.
    found = revision(database)
    return found is not None and found >= HEAD


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found
