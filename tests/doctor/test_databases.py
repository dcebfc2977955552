"""Databases that cannot be used, or not well."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.doctor.patient import ill
from tests.doctor.room import Room
from tests.ports import free_port
from whmcs_bridge.ledger.engine import durability
from whmcs_bridge.ledger.engine.database import Database


def no_folder(folder: Path) -> str:
    return f"sqlite:///{folder}/typo/bridge.db"


def not_a_database(folder: Path) -> str:
    (folder / "notes.db").write_text("This is a text, and long enough to be read as a page of a database. " * 20)
    return f"sqlite:///{folder}/notes.db"


def no_server(_folder: Path) -> str:
    return f"postgresql+psycopg://bridge:hush@127.0.0.1:{free_port()}/bridge"


def no_mariadb(_folder: Path) -> str:
    return f"mysql+pymysql://bridge:hush@127.0.0.1:{free_port()}/bridge"


@pytest.mark.parametrize("url_of", [no_folder, not_a_database, no_server, no_mariadb])
def test_a_database_that_cannot_be_opened(room: Room, url_of: Callable[[Path], str]) -> None:
    """One failure, without a password, and the rest is checked."""
    diagnosis = room.examine(BRIDGE_DATABASE_URL=url_of(room.folder))
    assert ill(diagnosis) == {"database.open": "fail"}
    assert "hush" not in repr(diagnosis.checks)
    assert "address.webhook" in {check.id for check in diagnosis.checks}


def test_a_database_that_is_not_there_yet_is_not_made(room: Room) -> None:
    """The doctor leaves no file behind; that the bridge makes it is told."""
    diagnosis = room.examine(BRIDGE_DATABASE_URL=f"sqlite:///{room.folder}/new.db")
    assert ill(diagnosis) == {"database.open": "warn"}
    assert list(room.folder.iterdir()) == []


def test_a_database_that_everybody_can_read(room: Room) -> None:
    """Payers' data is in it: a warning with the command that mends it. A folder that is closed protects it as well."""
    file = room.patient.folder / "bridge.db"
    folder_mode = stat.S_IMODE(room.patient.folder.stat().st_mode)
    room.stack.callback(file.chmod, 0o600)
    room.stack.callback(room.patient.folder.chmod, folder_mode)
    room.patient.folder.chmod(0o711)
    file.chmod(0o644)
    diagnosis = room.examine()
    assert ill(diagnosis) == {"database.private": "warn"}
    assert f"chmod 600 {file}*" in [check.fix for check in diagnosis.checks]
    room.patient.folder.chmod(0o700)
    assert ill(room.examine()) == {}


def test_a_folder_that_this_user_cannot_write(room: Room) -> None:
    """Called as another user than the bridge's."""
    room.patch.setattr(os, "access", lambda *_: False)
    assert ill(room.examine()) == {"database.open": "fail"}


@pytest.mark.parametrize(
    ("kind", "sound", "weak", "told"),
    [
        (
            "mariadb",
            "SET GLOBAL innodb_flush_log_at_trx_commit = 1",
            "SET GLOBAL innodb_flush_log_at_trx_commit = 2",  # the tests' server is started so: leave it so
            {"innodb_flush_log_at_trx_commit": "2"},
        ),
        (
            "postgresql",
            "ALTER ROLE CURRENT_USER SET synchronous_commit = off",
            "ALTER ROLE CURRENT_USER RESET synchronous_commit",
            {},
        ),
    ],
)
def test_a_server_that_may_lose_its_last_seconds(
    request: pytest.FixtureRequest, kind: str, sound: str, weak: str, told: dict[str, str]
) -> None:
    """MariaDB's setting is named; PostgreSQL's is set right by the bridge itself for each of its sessions."""
    server = request.getfixturevalue(kind)

    def after(statement: str) -> dict[str, str]:
        for again in (False, True):  # in a session that was opened with the new setting
            with closing(Database(server.url("bridge"))) as book:
                if again:
                    found = durability.weaknesses(book)
                else:
                    book.write(lambda connection: connection.exec_driver_sql(statement))
        return {name: value for name, value in found.items() if name in (*told, "synchronous_commit")}

    assert after(sound) == {}
    assert after(weak) == told
