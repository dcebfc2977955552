"""``POST /proof``: which bridge this is, told to who can sign and to nobody else."""

from __future__ import annotations

import hashlib
import hmac
from functools import partial
from typing import Any

import pytest

from tests.web import signed
from tests.world import BRIDGE_SECRET, World
from whmcs_bridge import __version__
from whmcs_bridge.ledger.engine.database import DatabaseUnavailable
from whmcs_bridge.signed.proofs import NONCE

ask = partial(signed.ask, path="/proof")
ASKED = "00112233445566778899aabbccddeeff"


@pytest.fixture
def world(sqlite_world: World) -> World:
    """One database will do."""
    return sqlite_world


def test_it_shows_its_secret_its_database_and_its_version(world: World) -> None:
    """The proof is the HMAC of the nonce; the database is the caller's when the caller's nonce stands in it."""
    world.bridge.store.remember(NONCE, ASKED)
    told = ask(world, {"nonce": ASKED}).get_json()
    mac = hmac.new(BRIDGE_SECRET.encode(), f"proof.bridge.{ASKED}".encode(), hashlib.sha256).hexdigest()
    assert told == {"proof": mac, "same_database": True, "environment": "test", "version": __version__}
    assert ask(world, {"nonce": ASKED[::-1]}).get_json()["same_database"] is False


def test_strangers_learn_nothing(world: World) -> None:
    """Unsigned, signed with another secret, or old: 401, and no word of what would have been told."""
    stranger = world.http.post("/proof", data=b"{}")
    for response in (stranger, ask(world, {"nonce": ASKED}, secret="x" * 32), ask(world, {"nonce": ASKED}, late=301)):
        assert response.status_code == 401
        assert __version__ not in response.text
    assert world.http.get("/proof").status_code == 405


@pytest.mark.parametrize("nonce", [None, 5, "", "zz" * 16, "a" * 65, ["a" * 32]])
def test_a_question_without_a_nonce(world: World, nonce: Any) -> None:
    """Nothing is signed that the caller chose freely."""
    assert ask(world, {"nonce": nonce}).status_code == 400


def test_a_database_that_is_away_is_not_another_database(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It cannot be told, so neither is said."""

    def gone(_self: object, _name: str) -> str:
        raise DatabaseUnavailable("gone")

    monkeypatch.setattr(type(world.bridge.store), "recall", gone)
    assert ask(world, {"nonce": ASKED}).get_json()["same_database"] is None
