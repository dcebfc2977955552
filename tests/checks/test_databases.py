"""Databases that cannot be used, or not well."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.checks.patient import ill
from tests.checks.room import Room
from tests.faults.stage import free_port


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
    """One failure, without a password, and the rest of the road is looked at."""
    diagnosis = room.examine(BRIDGE_DATABASE_URL=url_of(room.folder))
    assert ill(diagnosis) == {"database.open": "fail"}
    assert "hush" not in repr(diagnosis.checks)
    assert "address.webhook" in {check.id for check in diagnosis.checks}


def test_a_database_that_is_not_there_yet_is_not_made(room: Room) -> None:
    """The doctor leaves no file behind; that the bridge makes it is told."""
    diagnosis = room.examine(BRIDGE_DATABASE_URL=f"sqlite:///{room.folder}/new.db")
    assert ill(diagnosis) == {"database.open": "warn"}
    assert list(room.folder.iterdir()) == []


def test_a_folder_that_this_user_cannot_write(room: Room) -> None:
    """Called as another user than the bridge's."""
    room.patch.setattr(os, "access", lambda *_: False)
    assert ill(room.examine()) == {"database.open": "fail"}
