"""Rows that this version cannot read, or does not know: skipped, counted, told, never changed; they hold up nobody."""

from __future__ import annotations

from contextlib import redirect_stderr, redirect_stdout
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, text, update

from tests.web.test_status import ask
from tests.world import World
from whmcs_bridge.commands import payments as payments_command
from whmcs_bridge.doctor.check import Status
from whmcs_bridge.doctor.work import work_checks
from whmcs_bridge.ledger.engine.database import ValueRefused
from whmcs_bridge.ledger.queries import PaymentFilter
from whmcs_bridge.ledger.records import State
from whmcs_bridge.ledger.schema import checkouts, payments
from whmcs_bridge.monitoring.causes import Cause

pytestmark = pytest.mark.slow

FAR = 10**15
"""Milliseconds: the year 33658, which no ``datetime`` can hold."""
DOUBT = timedelta(minutes=11)


def write(world: World, statement: Any, **values: Any) -> None:
    """By hand, past everything that the bridge checks."""
    world.bridge.database.write(lambda connection: connection.execute(text(statement), values))


def payment_row(name: str, world: World, **changes: Any) -> dict[str, Any]:
    """A payment as the store would have written it, due for an hour."""
    at = world.clock() - timedelta(hours=1)
    return {
        "transaction_id": name,
        "state": "due",
        "reason": "",
        "due_at": at,
        "looks": 0,
        "touched": False,
        "status": "APPROVED",
        "reference": None,
        "invoice_id": None,
        "created_at": at,
        "dismissed": False,
    } | changes


def add(world: World, *rows: dict[str, Any]) -> None:
    """Put payments into the table."""
    world.bridge.database.write(lambda connection: connection.execute(insert(payments), list(rows)))


def snapshot(world: World, name: str) -> Any:
    """Every column of a payment, as it is kept."""

    def work(connection: Connection) -> Any:
        return connection.execute(text("SELECT * FROM payments WHERE transaction_id = :name"), {"name": name}).one()

    return world.bridge.database.read(work)


def checks(world: World) -> dict[str, Any]:
    """What doctor says of the work, by the checks' ids."""
    bridge = world.bridge
    found = work_checks(bridge.store, bridge.statistics, bridge.settings.bridge_url, DOUBT)
    return {check.id: check for check in found}


def ready(world: World) -> tuple[int, str]:
    response = world.http.get("/readyz")
    return response.status_code, response.text


class TestAnUnknownState:
    """A newer version wrote it, and the one before is back."""

    @pytest.mark.parametrize("state", ["settling", "DUE", "", "zzz", "posted2"])
    def test_T10_holds_up_nobody_and_is_told(self, world: World, state: str) -> None:
        """The payment behind it is booked; doctor, readiness and an alarm name it; nothing of it is changed."""
        add(world, payment_row("1-1", world, state=state))
        before = snapshot(world, "1-1")
        good = world.pay(world.invoice())
        world.event(good)
        world.bridge.store.touch("1-1", "event")
        world.work()
        world.bridge.reconcile.run(since=None, dry_run=False)
        world.work()
        world.bridge.monitor.tick()
        assert (world.state(good), snapshot(world, "1-1")) == ("posted", before)
        status, told = ready(world)
        assert (status, told.splitlines()) == (
            200, ["ready", "1 records cannot be read by this version; see wompi-bridge doctor"],
        )  # fmt: skip
        check = checks(world)["ledger.rows"]
        assert (check.status, "1-1" in check.message) == (Status.WARN, True)
        alarm = world.bridge.alarms.alarms()[Cause.LEDGER]
        assert (alarm.on, alarm.subjects, "1-1" in alarm.sentence) == (True, ("1-1",), True)

    def test_T10_a_thousand_in_front_of_the_queue(self, world: World) -> None:
        """The payment behind them is booked in one round, and the worker then sleeps."""
        add(world, *(payment_row(f"1-{number}", world, state="settling") for number in range(1000)))
        good = world.pay(world.invoice())
        world.event(good)
        assert (world.work(), world.state(good)) == (1, "posted")
        assert world.bridge.worker._sleep() == 0.5
        assert ready(world)[0] == 200

    def test_T10_is_under_way_for_its_invoice(self, world: World) -> None:
        """Nobody pays twice because we cannot read: the press says so, and WHMCS does not cancel the invoice."""
        invoice = world.invoice()
        add(world, payment_row("1-1", world, state="settling", invoice_id=invoice))
        assert world.press(invoice).status_code == 409
        assert world.bridge.store.unreadable_of([invoice, 7]) == {invoice: world.clock() - timedelta(hours=1)}
        told = ask(world, {"invoice_id": invoice}).get_json()
        assert (told["under_way"], told["hold_cancellation"], told["attempts"]) == (True, True, [])
        world.clock.advance(days=8)
        told = ask(world, {"invoice_id": invoice}).get_json()
        assert (told["under_way"], told["hold_cancellation"]) == (True, False)
        assert world.press(invoice, anyway="yes").status_code == 303

    def test_T10_lets_no_second_booking_of_its_invoice_begin(self, world: World) -> None:
        """As a booking that this version has begun: until its time has come."""
        invoice = world.invoice()
        transaction = world.pay(invoice)
        later = world.clock() + timedelta(minutes=5)
        add(world, payment_row("1-1", world, state="settling", invoice_id=invoice, due_at=later))
        world.event(transaction)
        world.work()
        assert (world.state(transaction), world.whmcs.calls_to("AddInvoicePayment")) == ("due", [])
        world.clock.advance(minutes=5)
        world.work()
        assert world.state(transaction) == "posted"

    def test_T10_is_left_out_of_every_list(self, world: World) -> None:
        """Lists, walks and pages go on behind it; the command says on its side that some may be missing."""
        transaction = world.pay(world.invoice())
        world.event(transaction)
        world.work()
        newest = world.clock() + timedelta(seconds=1)
        many = (
            payment_row(f"1-{n}", world, state="settling", invoice_id=1042, created_at=newest, posted_at=newest)
            for n in range(600)
        )
        add(world, *many)
        store = world.bridge.store
        names = [payment.transaction_id for payment in store.payments(invoice_id=1042)]
        names += [payment.transaction_id for payment in store.payments(limit=5)]
        names += [payment.transaction_id for payment in store.walk(PaymentFilter())]
        names += [payment.transaction_id for payment in store.walk(PaymentFilter(), limit=5)]
        names += [payment.transaction_id for payment in store.posted_since(world.clock() - timedelta(days=1))]
        names += [payment.transaction_id for payment in store.payments_of([1042])[1042]]
        assert set(names) == {transaction}
        assert len(names) == 6
        assert store.story(transaction, None, 1042).payment is not None
        assert world.http.get(f"/return?id={transaction}").status_code == 200
        out, err = StringIO(), StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            payments_command.run(world.bridge, PAYMENTS)
        assert transaction in out.getvalue()
        assert "registros no se pueden leer" in err.getvalue()

    def test_a_void_in_an_unknown_state_is_not_asked_for_again(self, world: World) -> None:
        """It stands there: whatever became of it, Wompi is not called."""
        transaction = world.pay(world.invoice(), method="CARD")
        world.event(transaction)
        world.work()
        write(
            world,
            "INSERT INTO voids (transaction_id, state, detail, asked_at) VALUES (:name, 'waiting', '', 0)",
            name=transaction,
        )
        assert world.bridge.voids.void(transaction, 5_950_000).told == "error"
        assert [call for call in world.wompi.calls if call.path.endswith("/void")] == []


class TestACheckout:
    def test_T10_of_an_unknown_purpose_holds_up_no_other(self, world: World) -> None:
        """A hundred in front of the timer, and in front of the command's walk: the one behind them is asked about."""
        transaction = world.pay(world.invoice())
        values = {
            "invoice_id": 7, "client_id": 7, "amount_in_cents": 1, "purpose": "gift", "terms_url": "",
            "created_at": world.clock(), "expires_at": world.clock(), "ask_at": world.clock() - timedelta(days=1),
            "asked": 0,
        }  # fmt: skip
        many = [{"reference": f"INV7-{number}"} | values for number in range(100)]
        world.bridge.database.write(lambda connection: connection.execute(insert(checkouts), many))
        assert len(list(world.bridge.store.walk_open_checkouts())) == 1
        assert world.bridge.worker._sleep() == 0.5
        world.clock.advance(minutes=10)
        world.work()
        assert world.state(transaction) == "posted"
        assert world.bridge.store.open_checkouts(7) == []
        assert world.bridge.store.checkout("INV7-1") is None
        status, told = ready(world)
        assert (status, "100 records" in told) == (200, True)
        untouched = select(checkouts.c.asked).where(checkouts.c.reference == "INV7-1")
        assert world.bridge.database.read(lambda connection: connection.execute(untouched).scalar_one()) == 0

    def test_a_click_on_its_invoice_opens_another_one(self, world: World) -> None:
        """It is nobody's that this version knows."""
        invoice = world.invoice()
        world.checkout(invoice)
        write(world, "UPDATE checkouts SET purpose = 'gift'")
        assert world.press(invoice).status_code == 303


class TestATimeOutOfRange:
    @pytest.mark.parametrize("kept", [FAR, -FAR, 253402343999000, -62135596800000])
    def test_T10_left_by_an_older_version_is_read_and_heals(self, world: World, kept: int) -> None:
        """The oldest due row, whose time of payment nobody could read: it is looked at, and gets a good time."""
        transaction = world.pay(world.invoice())
        world.event(transaction)
        good = world.pay(world.invoice())
        world.event(good)
        write(world, "UPDATE payments SET finalized_at = :kept WHERE transaction_id = :n", kept=kept, n=transaction)
        assert world.bridge.store.payment(transaction) is not None
        out = StringIO()
        with redirect_stdout(out):
            payments_command.run(world.bridge, PAYMENTS)
        assert world.http.get(f"/return?id={transaction}").status_code == 200
        world.work()
        assert (world.state(transaction), world.state(good)) == ("posted", "posted")

    @pytest.mark.parametrize("column", ["due_at", "created_at"])
    def test_T14_far_ahead_is_told(self, world: World, column: str) -> None:
        """A payment that waits for a year, or comes from the future: doctor, readiness, the alarm, the metric."""
        transaction = world.pay(world.invoice(), "PENDING")
        world.event(transaction)
        world.work()
        write(world, f"UPDATE payments SET {column} = :far", far=FAR)
        world.bridge.monitor.look()
        assert world.bridge.statistics.impossible_times(world.clock()) == [transaction]
        assert "1 records carry an impossible time" in ready(world)[1]
        check = checks(world)["ledger.rows"]
        assert (check.status, transaction in check.message) == (Status.WARN, True)
        assert world.bridge.alarms.alarms()[Cause.LEDGER].subjects == (transaction,)
        assert world.bridge.statistics.snapshot().impossible_times == 1

    def test_T14_of_a_checkout_too(self, world: World) -> None:
        """It would never be asked about."""
        reference = world.checkout(world.invoice())["reference"]
        write(world, "UPDATE checkouts SET ask_at = :far", far=FAR)
        assert world.bridge.statistics.impossible_times(world.clock()) == [reference]

    def test_what_the_rules_say_is_possible(self, world: World) -> None:
        """A payment that is looked at daily, and a checkout's last question after three days."""
        transaction = world.pay(world.invoice(), "PENDING")
        world.event(transaction)
        for _ in range(12):
            world.work()
            assert world.bridge.statistics.impossible_times(world.clock()) == []
            world.clock.advance(hours=12)

    def test_a_second_payment_does_not_wait_for_a_booking_that_waits_for_ever(self, world: World) -> None:
        """It is of the same invoice, and in doubt until the year 33658."""
        invoice = world.invoice()
        add(world, payment_row("1-1", world, state="posting", invoice_id=invoice))
        write(world, "UPDATE payments SET due_at = :far", far=FAR)
        transaction = world.transact(world.checkout(invoice, anyway="yes")["reference"], 5_950_000)
        world.event(transaction)
        world.work()
        assert world.state(transaction) == "posted"

    def test_a_heartbeat_from_the_future_is_no_sign_of_life(self, world: World) -> None:
        """Given by a clock that was a year ahead: nobody works, and that is seen. So with one that is no time."""
        world.work()
        for told in ("2027-11-21T15:04:05+00:00", "tomorrow", "2026-11-21T15:04:06", ""):
            world.bridge.store.remember("worker_heartbeat", told)
            assert ready(world)[0] == 503
            assert checks(world)["worker.alive"].status is Status.FAIL
            world.bridge.monitor.look()

    def test_T10_cannot_be_written_by_the_store(self, world: World) -> None:
        """What could not be read again is refused before it reaches the database."""
        transaction = world.pay(world.invoice())
        world.event(transaction)
        change = update(payments).values(due_at=datetime.max.replace(tzinfo=world.clock().tzinfo))
        with pytest.raises(ValueRefused):
            world.bridge.database.write(lambda connection: connection.execute(change))


class TestSqliteTakesEverything:
    """Any value in any column."""

    @pytest.mark.parametrize(
        "change",
        [
            "looks = 'many'",
            "finalized_at = 'yesterday'",
            "amount_in_cents = 'much'",
            "amount_in_cents = 1.5",
            "invoice_id = x'00'",
            "created_at = ''",
            "created_at = 'x'",
            "state = x'ff'",
            "reason = x'ff00'",
            "odd_looks = 'x'",
            "odd_since = 'x'",
        ],
    )
    def test_T10_a_row_of_another_kind_holds_up_nobody(self, sqlite_world: World, change: str) -> None:
        """Skipped where it stands in front, named, and left as it is."""
        world = sqlite_world
        add(world, payment_row("1-1", world), payment_row("1-2", world))
        write(world, f"UPDATE payments SET {change}")
        before = snapshot(world, "1-1")
        good = world.pay(world.invoice())
        world.event(good)
        assert (world.work(), world.state(good), snapshot(world, "1-1")) == (1, "posted", before)
        assert world.bridge.store.payment("1-1") is None
        assert world.bridge.statistics.unreadable() == ["1-1", "1-2"]
        assert ready(world)[0] == 200
        assert [payment.transaction_id for payment in world.bridge.store.walk(PaymentFilter())] == [good]
        assert world.bridge.worker._sleep() == 0.5

    def test_T10_a_thousand_of_them_in_front(self, sqlite_world: World) -> None:
        """They are passed by, page by page."""
        world = sqlite_world
        add(world, *(payment_row(f"1-{number}", world) for number in range(1000)))
        write(world, "UPDATE payments SET looks = 'many'")
        good = world.pay(world.invoice())
        world.event(good)
        assert (world.work(), world.state(good)) == (1, "posted")
        assert [payment.transaction_id for payment in world.bridge.store.walk(PaymentFilter())] == [good]

    def test_T10_a_text_where_the_time_to_look_should_be(self, sqlite_world: World) -> None:
        """It would never come: told as an impossible time."""
        world = sqlite_world
        add(world, payment_row("1-1", world))
        write(world, "UPDATE payments SET due_at = 'soon'")
        assert world.bridge.statistics.impossible_times(world.clock()) == ["1-1"]

    def test_T10_bytes_that_are_no_text(self, sqlite_world: World) -> None:
        """Every list goes on, also where the name itself cannot be decoded."""
        world = sqlite_world
        add(world, payment_row("1-1", world))
        write(world, "UPDATE payments SET reason = CAST(x'80ff' AS TEXT), transaction_id = CAST(x'80' AS TEXT)")
        good = world.pay(world.invoice())
        world.event(good)
        world.work()
        assert world.state(good) == "posted"
        assert good in [payment.transaction_id for payment in world.bridge.store.walk(PaymentFilter())]

    def test_an_alarm_that_cannot_be_read_does_not_end_the_watch(self, sqlite_world: World) -> None:
        """The others ring."""
        world = sqlite_world
        world.bridge.alarms.ring("review", "x", ())
        write(world, "UPDATE alarms SET subjects = 'x'")
        world.bridge.monitor.look()
        assert world.bridge.alarms.alarms() == {}

    def test_a_line_of_the_journal_without_a_time_hides_no_other(self, sqlite_world: World) -> None:
        """The trail is told without it."""
        world = sqlite_world
        world.event(world.pay(world.invoice()))
        world.work()
        write(world, "UPDATE journal SET at = 'x' WHERE what = 'touch'")
        told = [line.what for line in world.bridge.store.journal(invoice_id=1042)]
        assert told == ["checkout", "posting", "posted"]


class TestInDoubt:
    def test_a_booking_in_doubt_for_twice_its_rule_is_told(self, world: World) -> None:
        """WHMCS answers unclearly again and again: doctor names it, and readiness says that money waits."""
        transaction = world.pay(world.invoice())
        world.event(transaction)
        world.whmcs.faults.add("AddInvoicePayment", "500", times=None)
        for _ in range(4):
            world.work()
            assert (
                "payments.in_doubt" not in checks(world)
                or world.clock() - world.bridge.store.payments()[0].created_at > DOUBT
            )
            world.clock.advance(minutes=5)
        world.work()
        check = checks(world)["payments.in_doubt"]
        assert (check.status, transaction in check.message) == (Status.WARN, True)
        assert ready(world)[0] == 503

    def test_a_payment_that_nobody_looks_at_rings(self, world: World) -> None:
        """Not approved yet, so no money waits; all the same it should have been looked at ten minutes ago."""
        transaction = world.pay(world.invoice(), "PENDING")
        world.event(transaction)
        world.work()
        world.clock.advance(minutes=12)
        world.bridge.worker._heartbeat()
        world.bridge.monitor.look()
        alarm = world.bridge.alarms.alarms()[Cause.NOT_BOOKED]
        assert (alarm.on, "debía mirar un pago" in alarm.sentence) == (True, True)
        assert world.state(transaction) == State.DUE


class _Payments:
    state = invoice = method = since = until = limit = None
    json = csv = False


PAYMENTS: Any = _Payments()
