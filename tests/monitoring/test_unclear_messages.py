"""E28: a message whose sending is unclear counts as sent; one that surely was not goes by the next channel."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.world import World
from whmcs_bridge.monitoring.notifier import Message, NotDelivered, Notifier
from whmcs_bridge.sandbox.faults import Kind

MESSAGE = Message("worker", "Título", "Cuerpo")


@pytest.fixture
def world(sqlite_world: World) -> World:
    return sqlite_world


def notify(world: World, channels: Sequence[str] = ("email", "notification")) -> str | None:
    return Notifier(world.bridge.whmcs, channels, "http://127.0.0.1:9/").notify(MESSAGE)


def test_E28_text_around_the_answer_is_an_answer(world: World) -> None:
    """The sandbox prints a notice before its success: sent once, by mail alone."""
    world.whmcs.faults.add("SendAdminEmail", "notice")
    assert notify(world) == "email"
    assert (len(world.whmcs.admin_emails), len(world.whmcs.notifications)) == (1, 0)


@pytest.mark.parametrize("kind", ["500", "503", "html", "partial", "empty"])
def test_E28_an_unclear_answer_counts_as_sent(world: World, kind: Kind) -> None:
    """The mail went out, and the answer was lost or cannot be read: no second mail, no notification."""
    world.whmcs.faults.add("SendAdminEmail", kind, when="after")
    assert notify(world) == "email"
    assert (len(world.whmcs.admin_emails), len(world.whmcs.notifications)) == (1, 0)


def test_E28_a_refusal_is_no_sending(world: World) -> None:
    """The role lacks the permission: the next channel takes it; without one it is not delivered."""
    world.whmcs.denied = {"sendadminemail"}
    assert notify(world) == "notification"
    with pytest.raises(NotDelivered):
        notify(world, ["email"])
