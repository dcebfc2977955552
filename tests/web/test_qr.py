"""``POST /qr``: WHMCS's invoice page has the QR code of its pay link drawn."""

from __future__ import annotations

import re

import pytest

from tests.web.signed import ask
from tests.world import World
from whmcs_bridge.signed.links import Purpose

BRIDGE = "http://127.0.0.1:9/"


def test_it_draws_an_emails_link(sqlite_world: World) -> None:
    """Strokes on a square: what the PHP lets through."""
    link = f"{BRIDGE}pay/{sqlite_world.link(1042, purpose=Purpose.MAIL)}"
    answer = ask(sqlite_world, {"link": link}, path="/qr")
    assert answer.status_code == 200
    assert answer.json
    assert re.fullmatch(r"[Mmhv0-9 .-]{100,30000}", answer.json["path"])
    assert 20 < answer.json["size"] < 200


@pytest.mark.parametrize("link", [None, "https://other.example/", 12, f"{BRIDGE}pay/mail.1042.77.1.x"])
def test_nothing_else_is_drawn(sqlite_world: World, link: object) -> None:
    """It draws for nobody's address but the bridge's own."""
    assert ask(sqlite_world, {"link": link}, path="/qr").status_code == 400


def test_no_link_of_a_visitor_who_is_signed_in(sqlite_world: World) -> None:
    """Whoever photographs a printed invoice would see what that visitor sees."""
    link = f"{BRIDGE}pay/{sqlite_world.link(1042)}"
    assert ask(sqlite_world, {"link": link}, path="/qr").status_code == 400
    assert ask(sqlite_world, {"link": link}, path="/qr", secret="x" * 40).status_code == 401
