"""`trigger` and `replay`: events of each kind into a running bridge, and what it would decide today."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, select

from tests.serving import serving
from tests.world import World
from whmcs_bridge.bridge import Bridge
from whmcs_bridge.commands import replay, trigger
from whmcs_bridge.ledger.schema import metadata
from wompi_gateway.keys import Keys

Trigger = Callable[..., int]


@pytest.fixture
def world(sqlite_world: World) -> World:
    """One database will do: nothing here asks it in a way of its own."""
    return sqlite_world


@pytest.fixture
def address(world: World) -> Iterator[str]:
    """A bridge that listens, and books only when it is told to."""
    with serving(world, with_worker=False) as server:
        yield f"http://127.0.0.1:{server.port}/"


@pytest.fixture
def press(world: World, address: str) -> Trigger:
    """`wompi-bridge trigger KIND [--invoice N]`, with the settings of that bridge."""

    def run(kind: str, invoice: int | None = None) -> int:
        settings = world.bridge.settings.model_copy(update={"bridge_url": address})
        return trigger.run(replace(world.bridge, settings=settings), argparse.Namespace(kind=kind, invoice=invoice))

    return run


def told(bridge: Bridge, name: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    assert replay.run(bridge, argparse.Namespace(name=name, json=True)) == 0
    answer = json.loads(capsys.readouterr().out)
    assert isinstance(answer, dict)
    return answer


class TestTrigger:
    @pytest.mark.parametrize(
        ("kind", "state", "status", "invoice_status"),
        [
            ("approved", "posted", "APPROVED", "Paid"),
            ("declined", "closed", "DECLINED", "Unpaid"),
            ("error", "closed", "ERROR", "Unpaid"),
            ("pending", "due", "PENDING", "Unpaid"),
            ("voided", "closed", "VOIDED", "Unpaid"),
            ("duplicate", "posted", "APPROVED", "Paid"),
            ("late", "posted", "APPROVED", "Paid"),
            ("foreign", "closed", "APPROVED", "Unpaid"),
        ],
    )
    def test_each_kind_comes_in_and_is_worked_on(
        self, world: World, press: Trigger, kind: str, state: str, status: str, invoice_status: str
    ) -> None:
        """The bridge verifies it, keeps it, reads the transaction back, and does what it does with a real one."""
        invoice = world.invoice()
        assert press(kind, None if kind == "foreign" else invoice) == 0
        (made,) = world.wompi.transactions
        world.work()
        payment = world.bridge.store.payment(made["id"])
        assert payment is not None
        assert (payment.state, payment.status) == (state, status)
        assert world.whmcs.invoice(invoice).status == invoice_status
        assert len(world.whmcs.booked(made["id"])) == (1 if state == "posted" else 0)
        assert len(world.bridge.store.stored_events(made["id"])) == 1

    def test_a_void_takes_back_what_was_booked(self, world: World, press: Trigger) -> None:
        """Of the invoice's newest payment, which a person then finds in review."""
        invoice = world.invoice()
        press("approved", invoice)
        world.work()
        assert press("voided") == 0  # the invoice of the newest payment
        world.work()
        (made,) = world.wompi.transactions
        assert (made["status"], world.state(made["id"])) == ("VOIDED", "review")

    def test_production_keys_are_refused(self, world: World, address: str, capsys: pytest.CaptureFixture[str]) -> None:
        """Before anything is read or sent."""
        keys = Keys("pub_prod_abcdef", "prv_prod_abcdef", "prod_integrity_abcdef", ("prod_events_abcdef",))
        calls = len(world.whmcs.calls)
        given = argparse.Namespace(kind="approved", invoice=world.invoice())
        assert trigger.run(replace(world.bridge, keys=keys), given) == 2
        assert "llaves de producción" in capsys.readouterr().err
        assert (len(world.whmcs.calls), world.wompi.transactions) == (calls, [])

    def test_what_is_missing_is_said(self, world: World, press: Trigger, capsys: pytest.CaptureFixture[str]) -> None:
        """No invoice, an unknown one, and a bridge that does not run: exit 1 and a sentence."""
        assert (press("approved"), "--invoice" in capsys.readouterr().err) == (1, True)
        assert (press("approved", 4711), "4711" in capsys.readouterr().err) == (1, True)
        given = argparse.Namespace(kind="approved", invoice=world.invoice())
        assert trigger.run(world.bridge, given) == 1  # nobody listens at its address
        assert "http://127.0.0.1:9/" in capsys.readouterr().err

    def test_at_wompis_own_sandbox_it_takes_a_transaction_that_is_there(
        self, world: World, address: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Nothing can be made up there: the event is about the invoice's newest payment, or there is none to send."""
        invoice = world.invoice()
        settings = world.bridge.settings.model_copy(update={"bridge_url": address, "wompi_api_url": None})
        bridge = replace(world.bridge, settings=settings)
        given = argparse.Namespace(kind="approved", invoice=invoice)
        assert (trigger.run(bridge, given), "tarjeta de prueba" in capsys.readouterr().err) == (1, True)
        paid = world.pay(invoice)
        world.event(paid)
        world.work()
        assert trigger.run(bridge, given) == 0
        assert paid in capsys.readouterr().out
        world.wompi.faults.add("transaction", "503", times=None)
        assert (trigger.run(bridge, given), "Wompi no responde" in capsys.readouterr().err) == (1, True)


class TestReplay:
    def test_the_row_and_the_facts(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        """Before it is booked the row that books, afterwards the row that finds it."""
        paid = world.pay(world.invoice())
        before = told(world.bridge, paid, capsys)
        assert before["state"] is None
        assert before["decision"]["action"] == "post"
        assert before["row"] == ["APPROVED", "ours", "absent, any other status of the invoice", "book what was paid"]
        assert before["facts"]["whmcs"]["invoice_status"] == "Unpaid"
        world.event(paid)
        world.work()
        after = told(world.bridge, paid, capsys)
        assert (after["state"], after["decision"]["action"]) == ("posted", "done")
        assert after["row"][2] == "this payment, where it belongs, or where a person has ordered it"
        assert after["facts"]["whmcs"]["found"]["rows"][0]["transid"] == paid

    def test_an_event_by_its_digest(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        """The bytes are verified again, by the secrets that are set now."""
        paid = world.pay(world.invoice())
        world.event(paid)
        (event,) = world.bridge.store.stored_events(paid)
        answer = told(world.bridge, event.digest, capsys)
        assert (answer["transaction_id"], answer["events"][0]["verdict"]) == (paid, "APPROVED")
        keys = replace(world.bridge.keys, events=("test_events_AnotherOne",))
        answer = told(replace(world.bridge, keys=keys), event.digest, capsys)
        assert answer["events"][0]["verdict"].startswith("EventNotAuthentic: ")

    @pytest.mark.parametrize("status", ["PENDING", "DECLINED", "ERROR", "VOIDED", "APPROVED"])
    def test_it_says_what_the_worker_does(self, world: World, status: str, capsys: pytest.CaptureFixture[str]) -> None:
        """And writes nothing: not a row of any table is another one, and WHMCS is only read."""
        paid = world.pay(world.invoice(), status)
        world.event(paid)
        before = rows(world)
        answer = told(world.bridge, paid, capsys)
        assert rows(world) == before
        assert world.whmcs.transactions == []
        world.work()
        ends = {"post": "posted", "close": "closed", "wait": "due"}
        assert world.state(paid) == ends[answer["decision"]["action"]]

    def test_for_a_person(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        """The facts, the row, and the decision with its sentence."""
        paid = world.transact(world.checkout(world.invoice())["reference"], 5_000_000)
        assert replay.run(world.bridge, argparse.Namespace(name=paid, json=False)) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[0] == f"{paid}  en el puente: desconocido"
        assert "  | APPROVED | amount, currency or merchant differ | absent | review |" in lines
        assert lines[-1].startswith("→ review: ")

    def test_nobody_answers(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        """Exit 1 and a sentence: nothing is decided without facts."""
        world.wompi.faults.add("transaction", "503", times=None)
        assert replay.run(world.bridge, argparse.Namespace(name="1-2-3", json=False)) == 1
        assert "1-2-3" in capsys.readouterr().err


def rows(world: World) -> dict[str, list[Any]]:
    """Every row of every table."""

    def work(connection: Connection) -> dict[str, list[Any]]:
        return {name: list(connection.execute(select(table))) for name, table in metadata.tables.items()}

    return world.bridge.database.read(work)
