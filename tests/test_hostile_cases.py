"""Hostile input and faults that touch several rooms at once, by the numbers that the list of cases gives them."""

from __future__ import annotations

import errno
import hmac
import io
import logging
import re
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, text
from sqlalchemy.exc import OperationalError

from tests.world import World, environment, make_world
from whmcs_bridge.bridge import build
from whmcs_bridge.ledger import migrations
from whmcs_bridge.ledger.engine.database import DatabaseUnavailable
from whmcs_bridge.ledger.records import State
from whmcs_bridge.ledger.schema import payments
from whmcs_bridge.settings import SettingsError, load_settings
from wompi_gateway.events import parse_event
from wompi_gateway.keys import Environment

ROOT = Path(__file__).parent


def at_once(*steps: Callable[[], object]) -> None:
    """Let several threads begin at the same moment, and fail when one of them does."""
    barrier, faults = threading.Barrier(len(steps)), []

    def run(step: Callable[[], object]) -> None:
        barrier.wait(10)
        try:
            step()
        except BaseException as fault:  # noqa: BLE001 - told to the test, which fails
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(step,)) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []


class TestReceiving:
    def test_A11_plain_http_is_for_this_machine_only(self, sqlite_world: World) -> None:
        """A public address must be https; on loopback http will do. Proxies in front are told so in the manual."""
        for address, good in (("http://127.0.0.1:9/", True), ("http://pagos.ejemplo.com/", False)):
            settings = sqlite_world.settings | {"BRIDGE_URL": address}
            if good:
                assert load_settings(settings).bridge_url == address
            else:
                with pytest.raises(SettingsError, match="BRIDGE_URL"):
                    load_settings(settings)

    def test_A13_a_flood_of_forgeries_touches_no_database(
        self, sqlite_world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A thousand bad signatures: a thousand cheap 401s; a good event among them is taken."""
        world = sqlite_world
        transaction = world.pay(world.invoice())
        forged = world.wompi.event_body(transaction, secret="test_events_guessed000")
        touched: list[str] = []
        connect = world.bridge.database.engine.connect

        def counting() -> object:
            touched.append("!")
            return connect()

        monkeypatch.setattr(world.bridge.database.engine, "connect", counting)
        assert {world.post_event(forged).status_code for _ in range(1000)} == {401}
        assert touched == []
        assert world.event(transaction).status_code == 200

    def test_A82_every_secret_is_compared_in_constant_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """All secrets are tried, whichever matches, and by ``hmac.compare_digest``: the time tells nothing."""
        compared: list[tuple[bytes, bytes]] = []
        compare = hmac.compare_digest

        def comparing(one: bytes, other: bytes) -> bool:
            compared.append((one, other))
            return compare(one, other)

        monkeypatch.setattr(hmac, "compare_digest", comparing)
        body = (
            b'{"event":"transaction.updated","data":{"transaction":{"id":"1234-1610641025-49201","status":"APPROVED",'
            b'"amount_in_cents":4490000,"currency":"COP","reference":"INV-1-A"}},"timestamp":1530291411,'
            b'"signature":{"checksum":"c7c03147429efbbcfab3cdf585041c871d577ca183b1387581535add1a061780",'
            b'"properties":["transaction.id","transaction.status","transaction.amount_in_cents"]},"environment":"test"}'
        )
        secrets = ("test_events_EqCPDEn5x4lRatGPxLhyZd6YTgd6QSrr", "test_events_older0000", "test_events_oldest000")
        assert parse_event(body, environment=Environment.SANDBOX, secrets=secrets).transaction_id
        assert len(compared) == 3

    def test_A110_nothing_is_counted_for_strangers(self, sqlite_world: World) -> None:
        """Health tells well or not well, and a reason, but no figures of business; metrics ask for a secret first."""
        world = sqlite_world
        world.event(world.pay(world.invoice("123456.00")))
        world.clock.advance(minutes=11)
        told = "".join(world.http.get(path).text for path in ("/healthz", "/readyz"))
        assert not re.search(r"\b(1|123\D?456|1042)\b", told)
        assert {world.http.get(path).status_code for path in ("/admin", "/admin/1042")} == {404}
        refused = world.http.get("/metrics")
        assert (refused.status_code, re.search(r"\d", refused.text)) == (401, None)

    def test_F31_a_secret_that_changed_at_wompi_only(self, world: World) -> None:
        """Events are refused; reconcile books all the same."""
        transaction = world.pay(world.invoice())
        world.wompi.events_secret = "test_events_changed0000"
        assert world.event(transaction).status_code == 401
        world.clock.advance(minutes=10)
        world.work()
        assert world.state(transaction) == "posted"


class TestBooking:
    def test_A96_declined_twice_and_then_approved(self, world: World) -> None:
        """The list by reference shows all three: the approved one is booked."""
        reference = world.checkout(world.invoice())["reference"]
        tries = [world.transact(reference, 5_950_000, status) for status in ("DECLINED", "DECLINED", "APPROVED")]
        world.clock.advance(minutes=10)
        world.work()
        assert [world.state(transaction) for transaction in tries] == ["closed", "closed", "posted"]

    def test_F2_a_whmcs_that_takes_the_call_and_never_answers(self, tmp_path: Path) -> None:
        """Time-out: in doubt, left alone, looked at, and booked once."""
        with make_world(tmp_path, WHMCS_POST_TIMEOUT="0.2") as world:
            transaction = world.pay(world.invoice())
            world.event(transaction)
            world.whmcs.faults.add("AddInvoicePayment", "hang", when="after")
            world.work()
            assert world.state(transaction) == "posting"
            world.whmcs.faults.release()
            world.clock.advance(seconds=300)
            world.work()
            assert (world.state(transaction), len(world.whmcs.booked(transaction))) == ("posted", 1)

    def test_F9_a_credential_that_is_revoked_for_a_day(self, sqlite_world: World) -> None:
        """WHMCS is asked at most four times an hour, however many payments wait; all are booked when it is mended."""
        world = sqlite_world
        waiting = [world.pay(world.invoice()) for _ in range(10)]
        for transaction in waiting:
            world.event(transaction)
        secret, world.whmcs.secret = world.whmcs.secret, "AnotherSecret000"
        world.whmcs.calls.clear()
        for _ in range(24 * 6):
            world.work()
            world.clock.advance(minutes=10)
        assert 24 <= len(world.whmcs.calls) <= 24 * 4
        world.whmcs.secret = secret
        for _ in range(4):
            world.clock.advance(minutes=15)
            world.work()
        assert {world.state(transaction) for transaction in waiting} == {"posted"}

    def test_F10_a_role_that_may_read_but_not_book(self, sqlite_world: World) -> None:
        """Not spinning: one try a quarter of an hour, with a reason, and booked once the role is mended."""
        world = sqlite_world
        transaction = world.pay(world.invoice())
        world.event(transaction)
        world.whmcs.denied = {"addinvoicepayment"}
        for _ in range(12):
            world.work()
            world.clock.advance(minutes=5)
        assert 1 < len(world.whmcs.calls_to("AddInvoicePayment")) <= 4
        assert "addinvoicepayment" in world.reason(transaction)
        world.whmcs.denied = set()
        world.clock.advance(minutes=15)
        world.work()
        assert (world.state(transaction), len(world.whmcs.booked(transaction))) == ("posted", 1)

    def test_F23_webhook_return_and_reconcile_at_the_same_moment(self, world: World) -> None:
        """Three triggers and two workers at once: one payment in WHMCS."""
        transaction = world.pay(world.invoice())
        body = world.wompi.event_body(transaction)
        clients = [world.http.application.test_client() for _ in range(2)]
        at_once(
            lambda: clients[0].post("/webhooks/wompi", data=body, content_type="application/json"),
            lambda: clients[1].get(f"/return?id={transaction}"),
            lambda: world.bridge.reconcile.run(since=None, dry_run=False),
            world.bridge.posting.post_one,
            world.bridge.posting.post_one,
        )
        world.work()
        assert (world.state(transaction), len(world.whmcs.booked(transaction))) == ("posted", 1)

    def test_F44_two_reconciles_at_once(self, world: World) -> None:
        """The same result as one."""
        transactions = [world.pay(world.invoice()) for _ in range(3)]
        at_once(*[lambda: world.bridge.reconcile.run(since=world.clock().date(), dry_run=False)] * 2)
        at_once(world.bridge.posting.post_one, world.bridge.posting.post_one)
        world.work()
        assert [len(world.whmcs.booked(transaction)) for transaction in transactions] == [1, 1, 1]

    def test_F49_a_restart_in_a_backlog_of_ten_thousand(self, world: World, tmp_path: Path) -> None:
        """The order is kept, and WHMCS is not stormed after the restart either."""
        blank = {"state": State.DUE, "reason": "", "looks": 0, "touched": False, "status": "", "dismissed": False}
        old = world.clock() - timedelta(hours=2)
        rows = [
            {"transaction_id": f"9-{number:05}-9", "due_at": old + timedelta(milliseconds=number), "created_at": old}
            for number in reversed(range(10_000))
        ]
        filled = [blank | row for row in rows]
        world.bridge.database.write(lambda connection: connection.execute(insert(payments), filled))
        world.wompi.faults.add("transaction", "503", times=None)
        with closing(build(load_settings(world.settings, folder=tmp_path), clock=world.clock)) as restarted:
            restarted.worker.run_once()
            restarted.worker.run_once()
        asked = [call.path.rsplit("/", 1)[1] for call in world.wompi.calls]
        assert asked == ["9-00000-9", "9-00001-9"]


class TestSurroundings:
    def test_F38_a_deadlock_is_tried_again(self, world: World) -> None:
        """The server undid one of two transactions that waited for each other; it is done again by itself."""
        database = world.bridge.database
        for name in ("a", "b"):
            world.bridge.store.touch(name, "test")
        meet = threading.Barrier(2)

        def crossing(first: str, second: str) -> Callable[[], None]:
            tries = 0

            def work(connection: Connection) -> None:
                nonlocal tries
                tries += 1
                change = text("UPDATE payments SET looks = looks + 1 WHERE transaction_id = :name")
                connection.execute(change, {"name": first})
                if tries == 1 and not database.is_sqlite:  # on SQLite the second writer waits for the first one
                    meet.wait(10)
                connection.execute(change, {"name": second})

            return lambda: database.write(work)

        at_once(crossing("a", "b"), crossing("b", "a"))
        assert {payment.looks for payment in world.bridge.store.payments()} == {2}

    def test_F38_a_deadlock_that_does_not_end_is_told(self, sqlite_world: World) -> None:
        """Bounded: three tries, then the caller decides."""
        tries = []

        def work(_connection: object) -> None:
            tries.append(1)
            raise OperationalError("UPDATE", {}, Exception(1213, "Deadlock found"))

        with pytest.raises(DatabaseUnavailable):
            sqlite_world.bridge.database.write(work)
        assert len(tries) == 3

    def test_F51_an_old_version_beside_a_new_one(self, world: World, tmp_path: Path) -> None:
        """The schema is one revision ahead of this code: it works on, and takes nothing back."""
        newer = text("UPDATE alembic_version SET version_num = '9999'")
        world.bridge.database.write(lambda connection: connection.execute(newer))
        try:
            with closing(build(load_settings(world.settings, folder=tmp_path), clock=world.clock)) as old:
                transaction = world.pay(world.invoice())
                world.event(transaction)
                old.worker.run_once()
            assert world.state(transaction) == "posted"
        finally:
            head = text(f"UPDATE alembic_version SET version_num = '{migrations.HEAD}'")
            world.bridge.database.write(lambda connection: connection.execute(head))

    def test_F55_a_log_that_cannot_be_written(self, sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """The disk of the logs is full: payments go on."""

        class Full(io.StringIO):
            def write(self, _: str) -> int:
                raise OSError(errno.ENOSPC, "No space left on device")

        world = sqlite_world
        handler = logging.StreamHandler(Full())
        monkeypatch.setattr(logging, "raiseExceptions", False)
        logging.getLogger("whmcs_bridge").addHandler(handler)
        try:
            transaction = world.pay(world.invoice())
            assert world.event(transaction).status_code == 200
            world.work()
            assert world.state(transaction) == "posted"
        finally:
            logging.getLogger("whmcs_bridge").removeHandler(handler)

    def test_F57_a_secret_file_that_cannot_be_read_any_more(self, tmp_path: Path) -> None:
        """A running bridge keeps what it read at its start; a new start says which file it is."""
        with make_world(tmp_path) as world:
            file = tmp_path / "whmcs.secret"
            file.write_text(world.whmcs.secret, encoding="utf-8")
            settings = environment(world.whmcs, world.wompi, f"sqlite:///{tmp_path / 'other.db'}")
            del settings["WHMCS_API_SECRET"]
            settings["WHMCS_API_SECRET_FILE"] = str(file)
            with closing(build(load_settings(settings, folder=tmp_path), clock=world.clock)) as bridge:
                file.unlink()
                assert bridge.whmcs.invoice(world.invoice()).status == "Unpaid"
            with pytest.raises(SettingsError, match="WHMCS_API_SECRET"):
                load_settings(settings, folder=tmp_path)


# The numbers of the list that this project was given; those left out there are left out here.
ABSENT = {5, 6, 7, 20, 22, 27, 28, 37, 43, 45, 46, 62, 70, 72, 74, 78, 91, 93, 100, 103, 105, 113, 117, 118, 119}
ABSENT_FAULTS = {11, 16, 27, 29, 33, 34, 35, 37, 43, 45, 54}


def test_every_case_has_a_test_that_can_be_found_by_its_number() -> None:
    """In the name of a test, in the name of one of its parameters, or in its docstring."""
    told = "\n".join(path.read_text("utf-8") for path in ROOT.rglob("*.py") if path != Path(__file__))
    told += "\n".join(re.findall(r"def test_\w+", Path(__file__).read_text("utf-8")))
    found = set(re.findall(r"(?<![A-Za-z0-9])([AF]\d{1,3})(?![0-9])", told.replace("_", " ")))
    wanted = {f"A{number}" for number in range(1, 121) if number not in ABSENT}
    wanted |= {f"F{number}" for number in range(1, 58) if number not in ABSENT_FAULTS}
    assert sorted(wanted - found) == []
