"""Each alarm rings once for its cause, and is quiet otherwise. A clock in our hand; nothing sleeps."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.event import listen

from tests.world import World, make_world
from whmcs_bridge.booking.reviews import Settle
from whmcs_bridge.bridge import Bridge, build
from whmcs_bridge.ledger.engine.database import DatabaseUnavailable
from whmcs_bridge.messages.alarms import SUBJECTS
from whmcs_bridge.monitoring.causes import Cause
from whmcs_bridge.settings import load_settings
from whmcs_bridge.web.app import create_app
from wompi_gateway.observing import CallOutcome

pytestmark = pytest.mark.slow


def mails(world: World) -> list[str]:
    """The subjects of what the admins were sent, in order."""
    return [mail["customsubject"] for mail in world.whmcs.admin_emails]


def body(world: World) -> str:
    """The text of the last mail."""
    return html.unescape(world.whmcs.admin_emails[-1]["custommessage"])


def ticks(world: World, minutes: int, *, work: bool = True, step: int = 1) -> None:
    """Let minutes pass, with a round of the worker and of the monitor in each, or after each ``step`` of them."""
    for _ in range(0, minutes, step):
        world.clock.advance(minutes=step)
        if work:
            world.work()
        world.bridge.monitor.tick()


@contextmanager
def another(world: World) -> Iterator[Bridge]:
    """A second process on the same database."""
    settings = load_settings(world.settings, folder=Path("/nonexistent"))
    with closing(build(settings, clock=world.clock, ticks=world.clock.ticks)) as bridge:
        yield bridge


def bad_body(world: World, transaction: str) -> bytes:
    """An event of Wompi's that was signed with another secret."""
    event = json.loads(world.wompi.event_body(transaction))
    event["signature"]["checksum"] = "0" * 64
    return json.dumps(event).encode()


def bad_event(world: World, transaction: str) -> None:
    """Wompi's event is refused."""
    assert world.post_event(bad_body(world, transaction)).status_code == 401


NOT_BOOKED = "Wompi: hay pagos sin registrar"
REVIEW = "Wompi: un pago espera a una persona"
SIGNATURES = "Wompi: los eventos de Wompi no pasan la verificación"
WORKER = "Wompi: nadie está registrando los pagos"
WHMCS_REFUSES = "Wompi: WHMCS no deja entrar al puente"
WOMPI_REFUSES = "Wompi: Wompi no acepta la llave"


class TestNotBooked:
    def test_rings_once_when_money_has_waited_for_ten_minutes(self, sqlite_world: World) -> None:
        """Wompi does not answer, so that nobody knows whether the payment is approved: that counts as well."""
        world = sqlite_world
        world.wompi.faults.add("*", "503", times=None)
        world.event(world.pay(world.invoice()))
        ticks(world, 9)
        assert mails(world) == []
        ticks(world, 20)
        assert mails(world) == [NOT_BOOKED]
        assert "10 minutos" in body(world)
        assert "wompi-bridge doctor" in body(world)

    def test_is_told_when_whmcs_is_back_if_whmcs_was_the_trouble(
        self, sqlite_world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        """F7: the log has it at once, the admins when they can be reached: once, with when it was."""
        world = sqlite_world
        transaction = world.pay(world.invoice())
        world.whmcs.maintenance = True
        world.event(transaction)
        ticks(world, 60, step=2)
        assert world.state(transaction) == "due"
        assert [line for line in caplog.messages if line.startswith("alarm: not_booked: ")] != []
        assert mails(world) == []
        world.whmcs.maintenance = False
        ticks(world, 20)
        assert world.state(transaction) == "posted"
        assert len(mails(world)) == 1
        assert "no se pudo avisar antes" in body(world)

    def test_over_and_back_rings_again(self, sqlite_world: World) -> None:
        """After half an hour without the cause it is over; then the next one is another one."""
        world = sqlite_world
        fault = world.wompi.faults
        for _ in range(2):
            fault.add("*", "503", times=None)
            world.event(world.pay(world.invoice()))
            ticks(world, 14, step=2)
            fault.clear()
            ticks(world, 35, step=5)
        assert mails(world) == [NOT_BOOKED, NOT_BOOKED]

    def test_what_comes_and_goes_is_one_alarm(self, sqlite_world: World) -> None:
        """Back within half an hour: nobody needs to hear of it twice."""
        world = sqlite_world
        for _ in range(2):
            world.wompi.faults.add("*", "503", times=None)
            world.event(world.pay(world.invoice()))
            ticks(world, 14, step=2)
            world.wompi.faults.clear()
            ticks(world, 5)
        assert mails(world) == [NOT_BOOKED]

    def test_a_payment_that_was_pending_for_days_counts_from_its_approval(self, sqlite_world: World) -> None:
        """PSE: two days pending, then approved while a first booking is unclear. Nothing has waited for ten minutes."""
        world = sqlite_world
        transaction = world.pay(world.invoice(), "PENDING")
        world.event(transaction)
        world.work()
        world.clock.advance(days=2)
        world.wompi.settle(transaction, "APPROVED", deliver=False)
        world.whmcs.faults.add("AddInvoicePayment", "500")
        world.event(transaction)
        ticks(world, 9)
        assert (world.state(transaction), mails(world)) == ("posted", [])

    def test_a_longer_wait_after_unclear_bookings_is_no_alarm(self, tmp_path: Path) -> None:
        """BRIDGE_RECHECK_AFTER of fifteen minutes: the wait is on purpose."""
        with make_world(tmp_path, BRIDGE_RECHECK_AFTER="900") as world:
            transaction = world.pay(world.invoice())
            world.whmcs.faults.add("AddInvoicePayment", "500")
            world.event(transaction)
            ticks(world, 17)
            assert (world.state(transaction), mails(world)) == ("posted", [])


class TestReview:
    def hold(self, world: World) -> str:
        """A payment that ends with a person: its invoice was cancelled meanwhile."""
        invoice = world.invoice()
        transaction = world.pay(invoice)
        world.whmcs.set_invoice(invoice, status="Cancelled")
        world.event(transaction)
        world.work()
        assert world.state(transaction) == "review"
        return transaction

    def test_rings_once_and_names_the_payment(self, sqlite_world: World) -> None:
        """With the command that shows why; nothing about the payer."""
        world = sqlite_world
        transaction = self.hold(world)
        ticks(world, 30)
        assert mails(world) == [REVIEW]
        assert transaction in body(world)
        assert "wompi-bridge payments --state review" in body(world)
        assert "ana@" not in body(world)

    def test_P10_one_can_act_on_it(self, sqlite_world: World) -> None:
        """Amount, invoice, client and the reason in a sentence; and the link to the page that settles it."""
        world = sqlite_world
        address = "https://clientes.example.com/admin/addonmodules.php?module=wompi_bridge"
        world.bridge.store.remember("console_address", address)
        transaction = self.hold(world)
        ticks(world, 1)
        amount = "$\N{NO-BREAK SPACE}59.500"
        assert f"{amount}, aviso 1042, cliente 77 ({transaction}): El dinero se pagó, pero el aviso" in body(world)
        assert "Para resolverlo:" not in body(world)
        assert f'<a href="{address}&page=review">Abrir en WHMCS</a>' in body(world)

    def test_P10_a_notification_leads_there_too(self, tmp_path: Path) -> None:
        """WHMCS's own field for it; and without an addon there is no link."""
        with make_world(tmp_path, BRIDGE_ALARMS="notification") as world:
            self.hold(world)
            ticks(world, 1)
            world.bridge.store.remember(
                "console_address", "https://a.example/admin/addonmodules.php?module=wompi_bridge"
            )
            self.hold(world)
            ticks(world, 30)
        urls = [note.get("url", "") for note in world.whmcs.notifications]
        assert urls == ["", "https://a.example/admin/addonmodules.php?module=wompi_bridge&page=review"]

    def test_each_new_one_rings_although_older_ones_still_wait(self, sqlite_world: World) -> None:
        """Two that come within ten minutes of a message are told together."""
        world = sqlite_world
        self.hold(world)
        ticks(world, 1)
        second, third = self.hold(world), self.hold(world)
        ticks(world, 5)
        assert len(mails(world)) == 1
        ticks(world, 30)
        assert len(mails(world)) == 2
        assert "3 pagos esperan" in body(world)
        assert second in body(world)
        assert third in body(world)

    def test_is_over_when_nothing_waits_any_more(self, sqlite_world: World) -> None:
        """And rings again for the next."""
        world = sqlite_world
        first = self.hold(world)
        ticks(world, 1)
        world.bridge.orders.resolve(first, Settle.DISMISS, "x")
        ticks(world, 1)
        assert not world.bridge.alarms.alarms()[Cause.REVIEW].on
        self.hold(world)
        ticks(world, 1)
        assert mails(world) == [REVIEW, REVIEW]

    def test_many_at_once_are_one_message(self, sqlite_world: World) -> None:
        """A mistake in the settings must not send a hundred mails."""
        world = sqlite_world
        for _ in range(12):
            self.hold(world)
        ticks(world, 12, step=3)
        assert len(mails(world)) == 1
        assert "Y 2 más" in body(world)


class TestSignatures:
    def test_A14_F31_rings_when_five_in_a_row_fail(self, sqlite_world: World) -> None:
        """Another secret at Wompi: told at the next look, once; payments are booked by the timer all the same."""
        world = sqlite_world
        transaction = world.pay(world.invoice())
        for _ in range(4):
            bad_event(world, transaction)
        ticks(world, 1)
        assert mails(world) == []
        bad_event(world, transaction)
        ticks(world, 240, step=5)
        assert mails(world) == [SIGNATURES]
        assert "WOMPI_EVENTS_SECRET" in body(world)
        assert world.state(transaction) == "posted"

    def test_A69_another_list_of_signed_properties_rings_as_well(self, sqlite_world: World) -> None:
        """Wompi could change what it signs."""
        world = sqlite_world
        transaction = world.pay(world.invoice())
        for _ in range(5):
            body = world.wompi.event_body(transaction, properties=["transaction.id", "transaction.status"])
            assert world.post_event(body).status_code == 401
        ticks(world, 120, step=5)
        assert mails(world) == [SIGNATURES]

    def test_a_good_one_between_is_no_alarm(self, sqlite_world: World) -> None:
        """A stranger who tries now and then."""
        world = sqlite_world
        transaction = world.pay(world.invoice())
        for _ in range(5):
            for _ in range(4):
                bad_event(world, transaction)
            world.event(transaction)
            ticks(world, 5)
        assert mails(world) == []

    def test_five_in_two_days_are_no_alarm(self, sqlite_world: World) -> None:
        """Too few to mean anything."""
        world = sqlite_world
        transaction = world.pay(world.invoice())
        for _ in range(6):
            bad_event(world, transaction)
            world.clock.advance(hours=9)
            ticks(world, 1)
        assert mails(world) == []

    def test_a_storm_with_good_ones_between_is_no_alarm(self, sqlite_world: World) -> None:
        """Somebody plays with the address for hours, while Wompi's own events arrive."""
        world = sqlite_world
        transaction = world.pay(world.invoice())
        for _ in range(4):
            for _ in range(10):
                bad_event(world, transaction)
            ticks(world, 1)
            world.event(transaction)
            ticks(world, 40, step=10)
        assert mails(world) == []

    def test_a_strangers_noise_is_no_alarm(self, sqlite_world: World) -> None:
        """Hundreds of badly signed events for days, of payments that are booked by good events, that are still pending,
        that were declined, or that never were."""
        world = sqlite_world
        booked = world.pay(world.invoice())
        world.event(booked)
        pending, declined = world.pay(world.invoice(), "PENDING"), world.pay(world.invoice(), "DECLINED")
        for _ in range(3):
            for transaction in (booked, pending, declined):
                for _ in range(10):
                    bad_event(world, transaction)
            ticks(world, 12 * 60, step=60)
        assert (world.state(booked), mails(world)) == ("posted", [])

    def test_after_the_noise_a_changed_secret_is_told(self, sqlite_world: World) -> None:
        """What makes the difference is a payment that is approved at Wompi, and of which no event came. A good event
        ends it."""
        world = sqlite_world
        for _ in range(5):
            bad_event(world, world.pay(world.invoice(), "DECLINED"))
        ticks(world, 60, step=10)
        assert mails(world) == []
        transaction = world.pay(world.invoice())
        bad_event(world, transaction)
        ticks(world, 240, step=10)
        assert mails(world) == [SIGNATURES]
        world.event(transaction)
        ticks(world, 80, step=10)
        assert not world.bridge.alarms.alarms()[Cause.SIGNATURES].on

    def test_an_event_may_be_on_its_way(self, sqlite_world: World) -> None:
        """The payer comes back before the event does: that is no sign of anything for five minutes."""
        world = sqlite_world
        transaction = world.pay(world.invoice())
        for _ in range(5):
            bad_event(world, transaction)
        world.http.get(f"/return?id={transaction}")
        ticks(world, 4)
        assert (world.state(transaction), mails(world)) == ("posted", [])
        world.event(transaction)
        ticks(world, 60, step=5)
        assert mails(world) == []

    def test_A14_processes_that_come_and_go_count_together(self, world: World) -> None:
        """Passenger: each process sees one event, and dies; what only cron sees, it tells. On each of the databases."""
        transaction = world.pay(world.invoice())
        bad = bad_body(world, transaction)

        def process(body: bytes, status: int) -> None:
            with another(world) as bridge:
                client = create_app(bridge).test_client()
                answer = client.post("/webhooks/wompi", data=body, content_type="application/json")
                assert answer.status_code == status
                bridge.monitor.look()
            world.clock.advance(minutes=3)

        for _ in range(4):
            process(bad, 401)
        ticks(world, 1)
        assert mails(world) == []
        process(bad, 401)
        ticks(world, 30, step=10)
        assert mails(world) == [SIGNATURES]
        process(world.wompi.event_body(transaction), 200)
        ticks(world, 70, step=10)
        assert not world.bridge.alarms.alarms()[Cause.SIGNATURES].on

    def test_what_could_not_be_noted_is_noted_later(self, sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """The database is away when the monitor checks: the five are not forgotten."""
        world = sqlite_world
        transaction = world.pay(world.invoice())
        for _ in range(5):
            bad_event(world, transaction)

        def away(_work: object) -> None:
            raise DatabaseUnavailable("x")

        with monkeypatch.context() as patch:
            patch.setattr(world.bridge.database, "write", away)
            with pytest.raises(DatabaseUnavailable):
                world.bridge.monitor.tick()
        ticks(world, 120, step=5)
        assert mails(world) == [SIGNATURES]

    def test_A13_refused_events_never_reach_the_database(self, sqlite_world: World) -> None:
        """A thousand bad signatures: 401 each, not one transaction, reading or writing; then a good one is stored."""
        world = sqlite_world
        transaction = world.pay(world.invoice())
        bad = bad_body(world, transaction)
        # Some statements go to the driver as they are; all of them within a transaction.
        begun: list[str] = []
        listen(world.bridge.database.engine, "begin", lambda _connection: begun.append("BEGIN"))
        assert {world.post_event(bad).status_code for _ in range(1000)} == {401}
        assert begun == []
        assert world.event(transaction).status_code == 200
        assert begun != []


class TestWorker:
    def test_rings_when_the_worker_stops(self, sqlite_world: World) -> None:
        """The web side's monitor notices: here nobody works any more. Over when somebody does."""
        world = sqlite_world
        ticks(world, 5)
        ticks(world, 30, work=False)
        assert mails(world) == [WORKER]
        ticks(world, 12, step=2)
        assert not world.bridge.alarms.alarms()[Cause.WORKER].on
        ticks(world, 30, work=False)
        assert mails(world) == [WORKER, WORKER]

    def test_a_restart_is_no_alarm(self, sqlite_world: World) -> None:
        """After a night without power, the first look comes before the worker's first sign of life."""
        world = sqlite_world
        world.work()
        world.clock.advance(hours=9)
        with another(world) as bridge:
            bridge.monitor.tick()
            world.clock.advance(seconds=15)
            world.work()
            bridge.monitor.tick()
        assert mails(world) == []

    def test_where_no_worker_was_ever_started(self, sqlite_world: World) -> None:
        """``serve --no-worker``, and the second process was forgotten: told after ten minutes."""
        world = sqlite_world
        ticks(world, 9, work=False)
        assert mails(world) == []
        ticks(world, 5, work=False)
        assert mails(world) == [WORKER]

    def test_the_next_run_of_cron_tells_that_it_stood_still(self, sqlite_world: World) -> None:
        """Every five minutes; then nothing for a day; then again: one message, and none for the first run ever."""
        world = sqlite_world

        def cron() -> None:
            with another(world) as bridge:
                bridge.worker.expect_next_in(1200)
                bridge.monitor.before_work()
                bridge.worker.run_once()
                bridge.monitor.after_work()
            world.clock.advance(minutes=5)

        for _ in range(4):
            cron()
        assert mails(world) == []
        world.clock.advance(days=1)
        for _ in range(4):
            cron()
        assert mails(world) == [WORKER]


class TestRefusals:
    def test_F8_another_address_rings_once_and_heals(self, sqlite_world: World) -> None:
        """403 Invalid IP: the message waits until WHMCS lets it in; the payment is booked by itself then."""
        world = sqlite_world
        transaction = world.pay(world.invoice())
        world.whmcs.allowed_ips = {"192.0.2.1"}
        world.event(transaction)
        ticks(world, 50, step=2)
        assert mails(world) == []
        world.whmcs.allowed_ips = None
        ticks(world, 30)
        assert (world.state(transaction), mails(world)) == ("posted", [WHMCS_REFUSES])
        assert "Invalid IP 127.0.0.1" in body(world)

    def test_F9_a_credential_revoked_for_hours_costs_few_calls(self, sqlite_world: World) -> None:
        """A quarter of an hour between two tries of the worker, and of the notifier: no lock-out."""
        world = sqlite_world
        transaction = world.pay(world.invoice())
        secret, world.whmcs.secret = world.whmcs.secret, "revoked"
        world.event(transaction)
        before = len(world.whmcs.calls)
        ticks(world, 4 * 60, step=15)
        assert len(world.whmcs.calls) - before <= 2 * 4 * 4 + 2
        world.whmcs.secret = secret
        ticks(world, 60, step=5)
        assert (world.state(transaction), mails(world)) == ("posted", [WHMCS_REFUSES])

    def test_F10_a_permission_that_is_missing_rings_although_other_calls_work(self, sqlite_world: World) -> None:
        """Reads work, AddInvoicePayment does not: one message, which goes through as mail."""
        world = sqlite_world
        transaction = world.pay(world.invoice())
        world.whmcs.denied = {"addinvoicepayment"}
        world.event(transaction)
        ticks(world, 60, step=2)
        assert mails(world) == [WHMCS_REFUSES]
        assert "addinvoicepayment" in body(world)
        world.whmcs.denied = set()
        ticks(world, 60, step=5)
        assert (world.state(transaction), mails(world)) == ("posted", [WHMCS_REFUSES])
        assert not world.bridge.alarms.alarms()[Cause.WHMCS_REFUSES].on

    def test_a_key_that_wompi_refuses_rings_once(self, tmp_path: Path) -> None:
        """And names where to copy it from; the key itself stands nowhere."""
        with make_world(tmp_path, WOMPI_PRIVATE_KEY="prv_test_ofanotherworld00000000000000") as world:
            invoice = world.invoice()
            world.event(world.transact(world.checkout(invoice)["reference"], 5_950_000))
            ticks(world, 60, step=4)
            assert mails(world) == [WOMPI_REFUSES]
            assert "comercios.wompi.co" in body(world)
            assert "prv_test" not in body(world)

    @pytest.mark.parametrize("side", ["wompi", "whmcs"])
    def test_A94_a_certificate_that_is_not_valid_rings_once(self, sqlite_world: World, side: str) -> None:
        """Told by what the transport found out; over when a call goes well."""
        world = sqlite_world
        observe = world.bridge.counters.observer(side)
        observe("x", CallOutcome.UNTRUSTED, 0.1, "no answer (SSLError)")
        ticks(world, 1)
        world.bridge.counters.observer("whmcs")("x", CallOutcome.WELL, 0.1, "")
        ticks(world, 30)
        (told,) = mails(world)
        assert f"el certificado de {'Wompi' if side == 'wompi' else 'WHMCS'} no es válido" in told


class TestNotifying:
    def rings(self, world: World) -> None:
        """Any alarm: an event's signature, of a payment that the payer's return has told."""
        transaction = world.pay(world.invoice())
        for _ in range(5):
            bad_event(world, transaction)
        world.http.get(f"/return?id={transaction}")
        world.work()
        world.clock.advance(minutes=5)

    def test_two_workers_on_one_database_tell_once(self, world: World) -> None:
        """On each of the databases: of two who see the same cause, one rings and one tells."""
        with another(world) as second:
            world.wompi.faults.add("*", "503", times=None)
            world.event(world.pay(world.invoice()))
            for _ in range(20):
                world.clock.advance(minutes=1)
                world.work()
                world.bridge.monitor.tick()
                second.monitor.tick()
        assert mails(world) == [NOT_BOOKED]

    def test_who_loses_the_race_neither_rings_nor_tells(self, world: World) -> None:
        """Both have read that there is none, and that it is not told; the second's steps change nothing."""
        alarms = world.bridge.alarms
        assert alarms.ring(Cause.WORKER, "x", ())
        assert not alarms.ring(Cause.WORKER, "x", ())
        alarm = alarms.alarms()[Cause.WORKER]
        assert alarms.take(alarm, timedelta(minutes=3))
        assert not alarms.take(alarm, timedelta(minutes=3))
        alarms.told(alarm)
        world.clock.advance(minutes=10)
        assert not alarms.take(alarm, timedelta(minutes=3))
        assert alarms.end(alarm)
        assert not alarms.end(alarm)
        assert alarms.ring(Cause.WORKER, "again", ())

    def test_who_dies_while_telling_leaves_it_to_the_next(self, sqlite_world: World) -> None:
        """An alarm is told twice rather than never."""
        world = sqlite_world
        alarms = world.bridge.alarms
        alarms.ring(Cause.SIGNATURES, "x", ())
        alarms.take(alarms.alarms()[Cause.SIGNATURES], timedelta(minutes=3))
        ticks(world, 2)
        assert mails(world) == []
        ticks(world, 2)
        assert mails(world) == [SIGNATURES]

    def test_the_other_channel_when_the_first_is_not_permitted(self, sqlite_world: World) -> None:
        """The role lacks SendAdminEmail: WHMCS's notification, with its identifier and a style that WHMCS knows."""
        world = sqlite_world
        world.whmcs.denied = {"sendadminemail"}
        self.rings(world)
        ticks(world, 30)
        (told,) = world.whmcs.notifications
        assert told["notification_identifier"] == "wompi-bridge.alarm"
        assert (told["title"], told["status"], told["statusStyle"]) == (SIGNATURES, "signatures", "danger")
        assert mails(world) == []

    def test_neither_is_permitted(self, sqlite_world: World, caplog: pytest.LogCaptureFixture) -> None:
        """The log says so once, it is tried every quarter of an hour, and told when the role is mended."""
        world = sqlite_world
        world.whmcs.denied = {"sendadminemail", "triggernotificationevent"}
        self.rings(world)
        ticks(world, 60, step=5)
        assert len([line for line in caplog.messages if "cannot be told" in line]) == 1
        assert len(world.whmcs.calls_to("SendAdminEmail")) == 4  # after 5, 20, 35 and 50 minutes
        assert Cause.WHMCS_REFUSES not in world.bridge.alarms.alarms()
        world.whmcs.denied = set()
        ticks(world, 16)
        assert mails(world) == [SIGNATURES]

    def test_the_channels_can_be_chosen(self, tmp_path: Path) -> None:
        """Only the notification."""
        with make_world(tmp_path, BRIDGE_ALARMS="notification") as world:
            self.rings(world)
            ticks(world, 5)
            assert (len(world.whmcs.notifications), mails(world)) == (1, [])

    def test_off_tells_nobody(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        """The log and the metrics have it, WHMCS is not asked at all."""
        with make_world(tmp_path, BRIDGE_ALARMS="off") as world:
            self.rings(world)
            before = len(world.whmcs.calls)
            ticks(world, 5)
            assert len(world.whmcs.calls) == before
            assert any(line.startswith("alarm: signatures: ") for line in caplog.messages)
            assert world.bridge.alarms.alarms()[Cause.SIGNATURES].on

    def test_a_reminder_after_a_day(self, sqlite_world: World) -> None:
        """What still is so is told again once a day."""
        world = sqlite_world
        self.rings(world)
        ticks(world, 23 * 60, step=60)
        assert mails(world) == [SIGNATURES]
        ticks(world, 23 * 60, step=60)
        assert mails(world) == [SIGNATURES, SIGNATURES + " (sigue igual)"]

    def test_what_is_over_before_it_could_be_told_is_told_as_over(self, sqlite_world: World) -> None:
        """WHMCS was down for an hour and a half, and the worker with it, for a while."""
        world = sqlite_world
        ticks(world, 1)
        world.whmcs.maintenance = True
        ticks(world, 20, work=False)
        ticks(world, 30)
        world.whmcs.maintenance = False
        ticks(world, 10)
        assert mails(world) == [WORKER + " (ya pasó)"]
        assert "2026-11-21 10:0" in body(world)

    def test_what_whmcs_says_is_not_run_by_its_template_engine(self, sqlite_world: World) -> None:
        """SendAdminEmail's text is HTML, and Smarty reads it."""
        world = sqlite_world
        world.bridge.counters.observer("whmcs")(
            "GetInvoice", CallOutcome.ACCESS, 0.1, "Invalid Permissions <b>{$x}</b>"
        )
        ticks(world, 1)
        sent = world.whmcs.admin_emails[0]["custommessage"]
        assert "&lt;b&gt;($x)&lt;/b&gt;" in sent
        assert "{" not in sent

    def test_a_monitor_that_breaks_goes_on(self, sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """And what breaks in it does not break cron's run."""
        world = sqlite_world

        def broken() -> None:
            raise RuntimeError("x")

        monkeypatch.setattr(world.bridge.statistics, "unbooked_since", broken)
        world.bridge.monitor.before_work()
        world.bridge.monitor.after_work()


def test_every_cause_has_a_subject() -> None:
    """A new alarm cannot be forgotten in the words, and none is kept there that has no cause."""
    assert SUBJECTS.keys() == set(Cause)


def test_a_long_healthy_day_rings_nothing(sqlite_world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Payments of every kind, lost events, a decline and a second try, unclear bookings, outages of nine minutes of
    either side, abandoned checkouts, noise at the webhook, and so on: not one alarm, not one message."""
    world = sqlite_world
    for hour in range(2):
        booked = [world.pay(world.invoice()) for _ in range(3)]
        world.event(booked[0])
        world.event(booked[1])
        world.event(booked[1])  # the third one's event is lost
        declined = world.checkout(world.invoice())
        world.event(world.transact(declined["reference"], int(declined["amount-in-cents"]), "DECLINED"))
        again = world.transact(declined["reference"], int(declined["amount-in-cents"]))
        world.event(again)
        world.event(world.pay(world.invoice(), "PENDING"))
        world.checkout(world.invoice())
        ticks(world, 2)
        late = world.pay(world.invoice())
        if hour % 2:
            world.whmcs.faults.add("AddInvoicePayment", "500", when="after")
        else:
            world.whmcs.maintenance = True
        world.event(late)
        bad_event(world, late)
        ticks(world, 8)
        world.whmcs.maintenance = False
        ticks(world, 5)
        world.wompi.faults.add("*", "503", times=None)
        ticks(world, 8)
        world.wompi.faults.clear()
        ticks(world, 36, step=4)
        assert {world.state(transaction) for transaction in (*booked, again, late)} == {"posted"}
    assert (mails(world), world.whmcs.notifications, world.bridge.alarms.alarms()) == ([], [], {})
    assert not [line for line in caplog.messages if line.startswith("alarm")]
