"""WHMCS 9: a refund has a credit note among the invoice's rows, which is no payment, and a row by the API has none.

https://docs.whmcs.com/9-0/troubleshooting/troubleshoot-invoices/invoice-immutability-errors
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.processes import call
from tests.world import World
from whmcs_bridge.whmcs.models import generation_of


@pytest.fixture
def world(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """What WHMCS answers has nothing to do with our database."""
    monkeypatch.setattr(sqlite_world.whmcs, "version", "9.0.3")
    monkeypatch.setattr(sqlite_world.whmcs, "generation", 9)
    return sqlite_world


def booked(world: World) -> str:
    world.event(name := world.pay(world.invoice()))
    world.work()
    assert world.state(name) == "posted"
    return name


def voided(world: World, name: str) -> None:
    """Somebody voided it at Wompi's dashboard."""
    world.wompi.amend(name, status="VOIDED")
    world.event(name)
    world.work()


def notes(world: World) -> int:
    return sum(row.is_note for row in world.whmcs.transactions)


def test_a_credit_note_is_not_taken_for_a_payment(world: World) -> None:
    """The payment was refunded in WHMCS: what is held is over, and counting finds it neither gone nor twice."""
    name = booked(world)
    voided(world, name)
    assert world.state(name) == "review"
    world.whmcs.take_back(name)
    assert notes(world) == 1
    world.clock.advance(minutes=5)
    world.event(name)
    world.work()
    assert world.state(name) == "closed"


def test_counting_what_is_booked_finds_it_once(world: World) -> None:
    """A note beside another payment of the same invoice changes nothing."""
    first = booked(world)
    world.whmcs.take_back(first)
    other = booked(world)
    assert world.bridge.reconcile.run(since=None, dry_run=False).counted == 2
    assert (world.state(first), world.state(other)) == ("posted", "posted")


@pytest.mark.parametrize(("version", "warned"), [("8.13.1", False), ("9.0.3", True)])
def test_record_void_says_that_there_is_no_note(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, warned: bool
) -> None:
    """It is recorded as ordered; the terminal tells what WHMCS 9 does not make of it, and what does."""
    monkeypatch.setattr(world.whmcs, "version", version)
    voided(world, name := booked(world))
    ended = call("resolve", name, "--record-void", "--reason", "anulado en Wompi", folder=tmp_path, **world.settings)
    assert ended.returncode == 0
    assert ("Manual Refund Processed Externally" in ended.stderr) is warned
    assert (world.state(name), notes(world)) == ("closed", 0)


@pytest.mark.parametrize("fault", ["500", "denied"])
def test_a_whmcs_that_does_not_tell_its_version_is_no_reason_not_to(world: World, tmp_path: Path, fault: str) -> None:
    """Its role may lack WhmcsDetails."""
    voided(world, name := booked(world))
    if fault == "denied":
        world.whmcs.denied.add("whmcsdetails")
    else:
        world.whmcs.faults.add("WhmcsDetails", "500", times=None)
    ended = call("resolve", name, "--record-void", "--reason", "x", folder=tmp_path, **world.settings)
    assert ended.returncode == 0
    assert "Manual Refund" not in ended.stderr


@pytest.mark.parametrize(
    ("told", "known"),
    [
        ("9.0.3", 9),
        ("8.13.1-release.1", 8),
        ("10.1", 10),
        ("9", 9),
        ("", None),
        (None, None),
        ("x.1", None),
        ("٩.0", None),
    ],
)
def test_the_generation_is_the_first_number(told: object, known: int | None) -> None:
    """What is no number is none."""
    assert generation_of(told) == known
