"""T13, T14: clocks that are set amid the work, forward and back, and boots with a wrong clock.

``Hands.step`` sets the clock that everybody reads, the ledger's too, and moves no stopwatch. ``process`` is a process
of its own on the same database, such as cron starts: on this machine, or on another one or after a boot where it is
given another stopwatch.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import event, update

from tests.world import START, World
from whmcs_bridge.bridge import Bridge, build
from whmcs_bridge.commands import run_once
from whmcs_bridge.ledger.claims import Attempt, InvoiceBusy
from whmcs_bridge.ledger.heartbeat import alive
from whmcs_bridge.ledger.impossible_times import MENDED
from whmcs_bridge.ledger.records import Payment
from whmcs_bridge.ledger.schema import payments
from whmcs_bridge.settings import load_settings

pytestmark = [pytest.mark.slow, pytest.mark.one_elsewhere]

RECHECK_AFTER, POST_TIMEOUT = 300, 5
STEPS = [-365 * 24, -1, 1, 365 * 24]
NINETEEN_SEVENTY = datetime(1970, 1, 1, 0, 1, tzinfo=UTC)


@contextmanager
def process(world: World, *, boot: str | None = None, ticks: Callable[[], float] | None = None) -> Iterator[Bridge]:
    """Another process on the same database."""
    settings = load_settings(world.settings)
    pause = {"pause": lambda _seconds: None}
    with closing(build(settings, clock=world.clock, ticks=ticks or world.clock.ticks, boot=boot, **pause)) as bridge:
        yield bridge


def cron(world: World, *, boot: str | None = None, ticks: Callable[[], float] | None = None) -> None:
    """``run-once``."""
    with process(world, boot=boot, ticks=ticks) as bridge:
        run_once.run(bridge, argparse.Namespace())


def approved(world: World, invoice: int | None = None) -> str:
    """An approved payment whose event has arrived and which nobody has looked at."""
    transaction = world.pay(invoice or world.invoice())
    world.event(transaction)
    return transaction


def paid(world: World) -> tuple[str, bytes]:
    """An approved payment, and its event, which has not arrived."""
    transaction = world.pay(world.invoice())
    return transaction, world.wompi.event_body(transaction)


def in_doubt(world: World) -> str:
    """A booking that may still take effect."""
    transaction = approved(world)
    world.whmcs.faults.add("AddInvoicePayment", "reset", when="late")
    cron(world)
    assert (world.state(transaction), attempts(world)) == ("posting", 1)
    return transaction


def attempts(world: World) -> int:
    return len(world.whmcs.calls_to("AddInvoicePayment"))


def known(world: World, transaction: str) -> Payment:
    payment = world.bridge.store.payment(transaction)
    assert payment is not None
    return payment


class TestAStepWhileABookingIsInDoubt:
    @pytest.mark.parametrize("hours", STEPS)
    def test_T13_a_late_commit_does_not_double(self, world: World, hours: int) -> None:
        """The clock is set; cron's next process leaves the payment alone until its wait is over, and finds it."""
        transaction = in_doubt(world)
        world.clock.step(hours=hours)
        cron(world)
        world.clock.advance(seconds=RECHECK_AFTER - 1)
        cron(world)
        assert attempts(world) == 1
        world.whmcs.faults.commit_late()
        world.clock.advance(seconds=1)
        cron(world)
        assert (world.state(transaction), len(world.whmcs.booked(transaction)), attempts(world)) == ("posted", 1, 1)

    @pytest.mark.parametrize("hours", STEPS)
    def test_T14_the_wait_is_not_longer_than_its_rule(self, world: World, hours: int) -> None:
        """What WHMCS never committed is booked when the wait is over, to the second, whatever the clock shows."""
        transaction = approved(world)
        world.whmcs.faults.add("AddInvoicePayment", "500")
        cron(world)
        world.clock.step(hours=hours)
        world.clock.advance(seconds=RECHECK_AFTER - 1)
        cron(world)
        assert attempts(world) == 1
        world.clock.advance(seconds=1)
        cron(world)
        assert (world.state(transaction), len(world.whmcs.booked(transaction)), attempts(world)) == ("posted", 1, 2)

    def test_T13_many_steps_in_one_wait(self, world: World) -> None:
        """Forward, back, and forward again."""
        transaction = in_doubt(world)
        world.clock.step(hours=3)
        cron(world)
        world.clock.step(hours=-9)
        cron(world)
        world.clock.step(days=40)
        world.clock.advance(seconds=RECHECK_AFTER - 1)
        cron(world)
        assert attempts(world) == 1
        world.whmcs.faults.commit_late()
        world.clock.advance(seconds=1)
        cron(world)
        assert (world.state(transaction), len(world.whmcs.booked(transaction)), attempts(world)) == ("posted", 1, 1)

    @pytest.mark.parametrize("hours", [-1, 1])
    def test_T13_a_long_lived_worker_is_no_other(self, world: World, hours: int) -> None:
        """The process that began it looks at it when the wait is over, too."""
        transaction = approved(world)
        world.whmcs.faults.add("AddInvoicePayment", "reset", when="late")
        world.work()
        world.clock.step(hours=hours)
        world.work()
        world.clock.advance(seconds=RECHECK_AFTER - 1)
        world.work()
        assert attempts(world) == 1
        world.whmcs.faults.commit_late()
        world.clock.advance(seconds=1)
        world.work()
        assert (world.state(transaction), attempts(world)) == ("posted", 1)

    def test_T13_nothing_shortens_the_wait(self, world: World) -> None:
        """Neither an event, nor reconcile, after a step forward."""
        transaction = in_doubt(world)
        world.clock.step(hours=1)
        world.event(transaction, timestamp=1_800_000_000)
        world.bridge.reconcile.run(since=None, dry_run=False)
        cron(world)
        assert (world.state(transaction), attempts(world)) == ("posting", 1)

    @pytest.mark.parametrize("seconds", [30, 3600])
    def test_T13_the_next_payment_of_the_invoice_waits_for_it(self, world: World, seconds: int) -> None:
        """Two bookings of one invoice are never under way at once, also when the clock says that one is over; a worker
        had the second one in hand already."""
        fields = world.checkout(world.invoice())
        first, second = [world.transact(fields["reference"], int(fields["amount-in-cents"])) for _ in range(2)]
        world.event(first)
        world.whmcs.faults.add("AddInvoicePayment", "reset", when="late")
        cron(world)
        world.clock.advance(seconds=RECHECK_AFTER - 20)
        world.event(second)
        store = world.bridge.store
        claim = store.claim(timedelta(seconds=90))
        seen = world.bridge.posting.seen(world.bridge.wompi.transaction(second))
        assert claim is not None
        assert seen is not None
        world.clock.step(seconds=seconds)
        with pytest.raises(InvoiceBusy) as refused:
            store.begin_posting(claim, seen, Attempt(""), look_again_in=timedelta(seconds=305))
        assert refused.value.until == world.clock() + timedelta(seconds=20)
        assert (world.state(first), world.state(second), attempts(world)) == ("posting", "due", 1)

    def test_T13_what_is_put_off_holds_nobody_up(self, world: World) -> None:
        """Twenty-five payments in doubt seem due all at once; the one behind them is booked in the same run."""
        doubtful = [approved(world) for _ in range(25)]
        world.whmcs.faults.add("AddInvoicePayment", "500", when="late", times=25)
        cron(world)
        assert {world.state(transaction) for transaction in doubtful} == {"posting"}
        good = approved(world)
        world.clock.step(hours=1)
        cron(world)
        assert (world.state(good), attempts(world)) == ("posted", 26)
        assert {world.state(transaction) for transaction in doubtful} == {"posting"}

    def test_T13_it_is_told(self, world: World, caplog: pytest.LogCaptureFixture) -> None:
        """A line of the log, and one of the journal."""
        transaction = in_doubt(world)
        world.clock.step(hours=1)
        with caplog.at_level(logging.WARNING):
            cron(world)
        assert f"clock: transaction={transaction} waits until" in caplog.text
        assert "clock" in [line.what for line in world.bridge.store.journal(transaction_id=transaction)]


# Where another process may come in while this one works on a payment.
POINTS = ("transaction", "payments", "begin_posting", "add_invoice_payment")


class TestAStepAmidABooking:
    @pytest.mark.parametrize("hours", [-1, 1])
    @pytest.mark.parametrize("when", ["before", "after"])
    @pytest.mark.parametrize("point", POINTS)
    def test_T13_two_processes_book_once(self, world: World, point: str, when: str, hours: int) -> None:
        """The clock is set at one step of a booking, and another process works on all that is due by it: one booking,
        and in the end it is proven."""
        transaction = approved(world)
        bridge = world.bridge
        owner = {"transaction": bridge.wompi, "begin_posting": bridge.store}.get(point, bridge.whmcs)
        real = getattr(owner, point)

        def stepped(*args: object, **options: object) -> object:
            setattr(owner, point, real)
            if when == "after":
                found = real(*args, **options)
            world.clock.step(hours=hours)
            cron(world)
            return found if when == "after" else real(*args, **options)

        setattr(owner, point, stepped)
        world.work()
        world.clock.advance(seconds=RECHECK_AFTER + POST_TIMEOUT)
        cron(world)
        assert (world.state(transaction), len(world.whmcs.booked(transaction)), attempts(world)) == ("posted", 1, 1)

    @pytest.mark.parametrize("database_url", ["mariadb", "postgresql"], indirect=True)
    def test_T13_a_booking_that_begins_while_another_process_claims(self, world: World) -> None:
        """The other one has read a row that is due, by a clock that was set forward; before it takes the row, a booking
        is begun by one who has not seen that yet, so that its end seems long past. On SQLite writers take turns."""
        transaction = approved(world)
        claim = world.bridge.store.claim(timedelta(seconds=world.bridge.settings.lease))
        seen = world.bridge.posting.seen(world.bridge.wompi.transaction(transaction))
        assert claim is not None
        assert seen is not None
        begun: list[bool] = []
        with process(world) as other:

            def meanwhile(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
                if statement.startswith("UPDATE payments SET claimed_by") and not begun:
                    world.clock.step(hours=-1)
                    begun.append(
                        world.bridge.store.begin_posting(claim, seen, Attempt(""), look_again_in=timedelta(seconds=305))
                    )
                    world.clock.step(hours=1)

            event.listen(other.database.engine, "before_cursor_execute", meanwhile)
            world.clock.step(hours=1)
            assert other.store.claim(timedelta(seconds=60)) is None
            assert begun == [True]
            assert other.store.claim(timedelta(seconds=60)) is None

    def test_T13_a_step_forward_drops_the_work_once(self, world: World) -> None:
        """By the clock the claim has grown old: look again, and book."""
        transaction = approved(world)
        found = world.bridge.whmcs.payments

        def stepped(transid: str) -> object:
            world.bridge.whmcs.payments = found
            world.clock.step(minutes=1)
            return found(transid)

        world.bridge.whmcs.payments = stepped  # type: ignore[assignment]  # a stand-in
        world.work()
        assert (world.state(transaction), attempts(world)) == ("posted", 1)

    @pytest.mark.parametrize(("hours", "looks"), [(1, True), (365 * 24, True), (365 * 24, False)])
    def test_T14_a_claim_from_before_a_step_back_costs_no_hour(self, world: World, hours: int, looks: bool) -> None:
        """A process died over a claim, and the clock is set back: the payment is booked within the lease. A command
        that claims and remembers no time leaves a claim that is found out when it lasts impossibly long."""
        transaction = approved(world)
        world.clock.step(hours=hours)
        with process(world) as dying:
            if looks:
                dying.monitor.look()
            assert dying.store.claim(timedelta(seconds=dying.settings.lease)) is not None
        world.clock.step(hours=-hours)
        cron(world)
        assert world.state(transaction) == "posted"


class TestWhoCannotMeasure:
    """Another host, or this one after a boot."""

    @pytest.mark.parametrize("shows", [7.0, 10.0**8])
    def test_T13_waits_for_the_rule_and_once_more(self, world: World, shows: float) -> None:
        """Host A died over a booking. Host B begins the wait anew when it is due, and takes it when that is over."""
        transaction = in_doubt(world)
        start = world.clock.now
        cron_b = partial(cron, world, boot="host-b", ticks=lambda: shows + (world.clock.now - start).total_seconds())
        world.clock.advance(seconds=RECHECK_AFTER - 1)
        cron_b()
        world.clock.advance(seconds=1)
        cron_b()
        world.clock.advance(seconds=RECHECK_AFTER - 1)
        cron_b()
        assert attempts(world) == 1
        world.clock.advance(seconds=1)
        cron_b()
        assert (world.state(transaction), attempts(world)) == ("posted", 2)

    @pytest.mark.parametrize("hours", [1, 365 * 24])
    def test_T13_a_step_forward_while_it_is_taken_over(self, world: World, hours: int) -> None:
        """The wait that host B measures itself is a whole one."""
        in_doubt(world)
        world.clock.step(hours=hours)
        cron_b = partial(cron, world, boot="host-b", ticks=world.clock.ticks)
        cron_b()
        world.clock.step(hours=hours)
        world.clock.advance(seconds=RECHECK_AFTER - 1)
        cron_b()
        assert attempts(world) == 1
        world.clock.advance(seconds=1)
        cron_b()
        assert attempts(world) == 2

    @pytest.mark.parametrize("hours", [-1, -365 * 24])
    def test_T14_a_step_back_while_it_is_taken_over(self, world: World, hours: int) -> None:
        """Its time is further away than the wait is long: it begins anew."""
        transaction = in_doubt(world)
        world.clock.step(hours=hours)
        cron_b = partial(cron, world, boot="host-b", ticks=world.clock.ticks)
        cron_b()
        world.clock.advance(seconds=RECHECK_AFTER)
        cron_b()
        assert (world.state(transaction), attempts(world)) == ("posted", 2)

    def test_T13_a_host_on_another_boot_each_time(self, world: World) -> None:
        """Where nothing at all can be measured the wait ends all the same: it is begun anew once."""
        transaction = in_doubt(world)
        world.clock.advance(seconds=RECHECK_AFTER)
        cron(world, boot="boot-2")
        world.clock.advance(seconds=RECHECK_AFTER - 1)
        cron(world, boot="boot-3")
        assert attempts(world) == 1
        world.clock.advance(seconds=1)
        cron(world, boot="boot-4")
        assert (world.state(transaction), attempts(world)) == ("posted", 2)

    def test_T13_a_machine_that_was_put_back_to_an_earlier_state(self, world: World) -> None:
        """Its boot is the same, and its stopwatch shows less than when the wait began."""
        transaction = in_doubt(world)
        world.clock.slept -= 5000
        world.clock.step(hours=1)
        cron(world)
        world.clock.advance(seconds=RECHECK_AFTER - 1)
        cron(world)
        assert attempts(world) == 1
        world.clock.advance(seconds=1)
        cron(world)
        assert (world.state(transaction), attempts(world)) == ("posted", 2)

    def test_T13_a_row_of_version_0_1(self, world: World) -> None:
        """It tells no wait: when it is due it waits once more, for the longest that it may have waited for."""
        transaction = in_doubt(world)
        world.bridge.database.write(lambda connection: connection.execute(update(payments).values(wait=None)))
        world.clock.step(hours=1)
        cron(world)
        world.clock.advance(seconds=RECHECK_AFTER + POST_TIMEOUT - 1)
        cron(world)
        assert attempts(world) == 1
        world.clock.advance(seconds=1)
        cron(world)
        assert (world.state(transaction), attempts(world)) == ("posted", 2)

    def test_T13_a_booking_that_version_0_1_has_begun_beside_us(self, world: World) -> None:
        """It leaves the text of an earlier wait with the row, which says that all of it is over: it is not believed."""
        transaction = in_doubt(world)
        world.clock.advance(seconds=RECHECK_AFTER)
        again = update(payments).values(due_at=world.clock() + timedelta(seconds=RECHECK_AFTER + POST_TIMEOUT))
        world.bridge.database.write(lambda connection: connection.execute(again))
        cron(world)
        world.clock.step(hours=1)
        cron(world)
        assert (world.state(transaction), attempts(world)) == ("posting", 1)


def wrong_by(world: World, wrong: str) -> Callable[[], None]:
    """Set the clock wrong, as the first process after a boot finds it. Returns what sets it right."""
    by = {"a year ahead": timedelta(days=365), "1970": NINETEEN_SEVENTY - world.clock.now}.get(wrong)
    by = timedelta(hours=2) if by is None else by
    world.clock.step(seconds=by.total_seconds())
    return lambda: world.clock.step(seconds=-by.total_seconds())


WRONG = ["a year ahead", "two hours ahead", "1970"]


@pytest.mark.parametrize("wrong", WRONG)
class TestABootWithAWrongClock:
    """Only processes of cron run; the first finds the wrong time, and the next the right one."""

    def test_T14_a_booking_in_doubt_is_looked_at_within_its_rule(self, world: World, wrong: str) -> None:
        """Not in a year."""
        transaction = approved(world)
        set_right = wrong_by(world, wrong)
        world.whmcs.faults.add("AddInvoicePayment", "500")
        cron(world)
        assert (world.state(transaction), attempts(world)) == ("posting", 1)
        set_right()
        cron(world)
        world.clock.advance(seconds=RECHECK_AFTER - 1)
        cron(world)
        assert attempts(world) == 1
        world.clock.advance(seconds=1)
        cron(world)
        assert (world.state(transaction), len(world.whmcs.booked(transaction))) == ("posted", 1)

    def test_T14_after_another_boot_within_twice_its_rule(self, world: World, wrong: str) -> None:
        """The time was set right by a reboot."""
        transaction = approved(world)
        set_right = wrong_by(world, wrong)
        world.whmcs.faults.add("AddInvoicePayment", "500")
        cron(world)
        set_right()
        cron(world, boot="next-boot")
        world.clock.advance(seconds=RECHECK_AFTER)
        cron(world, boot="next-boot")
        world.clock.advance(seconds=RECHECK_AFTER)
        cron(world, boot="next-boot")
        assert (world.state(transaction), len(world.whmcs.booked(transaction))) == ("posted", 1)

    def test_T14_what_was_heard_of_under_it_is_booked(self, world: World, wrong: str) -> None:
        """Its event came while the clock was wrong, and Wompi did not answer then: it is booked at the next look."""
        transaction, told = paid(world)
        set_right = wrong_by(world, wrong)
        assert world.post_event(told).status_code == 200
        world.wompi.faults.add("transaction", "503", times=None)
        cron(world)
        world.wompi.faults.clear()
        set_right()
        cron(world)
        assert world.state(transaction) == "posted"

    def test_T14_alarms_ring_and_ages_are_right(self, world: World, wrong: str) -> None:
        """An approved payment that cannot be booked is told after ten minutes of the right time, and is that old."""
        transaction, told = paid(world)
        set_right = wrong_by(world, wrong)
        assert world.post_event(told).status_code == 200
        world.whmcs.faults.add("GetInvoice", "503", times=None)
        cron(world)
        set_right()
        cron(world)
        assert timedelta(0) <= world.clock() - known(world, transaction).created_at < timedelta(minutes=1)
        world.clock.advance(minutes=11)
        cron(world)
        alarm = world.bridge.alarms.alarms()["not_booked"]
        assert alarm.on
        assert "11 minutos" in alarm.sentence
        assert alarm.since == world.clock()

    def test_T14_a_sign_of_life_from_then_is_none(self, world: World, wrong: str) -> None:
        """A worker that beat under the wrong clock and stopped does not count as alive for a year."""
        set_right = wrong_by(world, wrong)
        cron(world)
        set_right()
        with process(world) as bridge:
            bridge.monitor.look()
        world.clock.advance(minutes=21)
        assert not alive(world.bridge.store, world.clock())

    def test_T14_an_alarm_that_was_told_then_is_told_again(self, world: World, wrong: str) -> None:
        """What goes on is a reminder a day later, not a year later."""
        world.whmcs.faults.add("AddInvoicePayment", "notice")
        transaction, told = paid(world)
        set_right = wrong_by(world, wrong)
        assert world.post_event(told).status_code == 200
        with process(world) as bridge:
            bridge.alarms.ring("review", "a sentence", [transaction])
            bridge.alarms.told(bridge.alarms.alarms()["review"])
        set_right()
        cron(world)
        told_at = world.bridge.alarms.alarms()["review"].told_at
        assert told_at is not None
        assert told_at <= world.clock()

    def test_T14_open_checkouts_are_asked_about_on_their_schedule(self, world: World, wrong: str) -> None:
        """A payer clicked under the wrong clock and paid, and the event was lost: found after ten minutes."""
        set_right = wrong_by(world, wrong)
        cron(world)
        transaction = world.pay(world.invoice())
        set_right()
        # Wompi's own clock was right.
        world.wompi.amend(transaction, created_at=f"{world.clock():%FT%TZ}", finalized_at=f"{world.clock():%FT%TZ}")
        cron(world)
        world.clock.advance(minutes=10)
        cron(world)
        assert world.state(transaction) == "posted"

    def test_T14_events_are_kept_for_their_days(self, world: World, wrong: str) -> None:
        """Neither for a year longer, nor deleted at once."""
        transaction, told = paid(world)
        set_right = wrong_by(world, wrong)
        assert world.post_event(told).status_code == 200
        set_right()
        cron(world)
        assert world.bridge.store.events_of([transaction]) == {transaction: 1}
        world.clock.advance(days=world.bridge.settings.bridge_keep_events_days, minutes=1)
        cron(world)
        assert world.bridge.store.events_of([transaction]) == {}


class TestImpossibleTimes:
    def test_T14_they_are_counted_and_mended_and_told(self, world: World, caplog: pytest.LogCaptureFixture) -> None:
        """A row due in a year, whatever made it so."""
        transaction = approved(world)
        far = update(payments).values(due_at=world.clock() + timedelta(days=365))
        world.bridge.database.write(lambda connection: connection.execute(far))
        assert len(world.bridge.statistics.impossible_times(world.clock())) == 1
        with caplog.at_level(logging.WARNING):
            cron(world)
        assert (world.state(transaction), world.bridge.statistics.impossible_times(world.clock())) == ("posted", [])
        assert "clock: 1 impossible times were mended" in caplog.text
        assert "clock" in [line.what for line in world.bridge.store.journal(transaction_id=transaction)]
        assert world.bridge.store.recall(MENDED) == f"{START.isoformat()} 1"

    def test_T14_a_right_clock_mends_nothing(self, world: World) -> None:
        """What waits for its day in review is left alone."""
        fields = world.checkout(world.invoice())
        held = world.transact(fields["reference"], int(fields["amount-in-cents"]) + 100)
        world.event(held)
        cron(world)
        before = known(world, held)
        world.clock.advance(seconds=30)
        cron(world)
        assert (world.state(held), known(world, held)) == ("review", before)
        assert world.bridge.store.recall(MENDED) is None

    @pytest.mark.parametrize("minutes", [-5, -60, -600])
    def test_T14_a_short_wait_stays_short_when_the_clock_is_set_back(self, world: World, minutes: int) -> None:
        """Wompi did not answer, which is a matter of seconds; it is not of minutes because a clock was corrected."""
        transaction = approved(world)
        world.wompi.faults.add("transaction", "503")
        cron(world)
        assert world.state(transaction) == "due"
        world.clock.step(minutes=minutes)
        world.clock.advance(seconds=10)
        cron(world)
        assert world.state(transaction) == "posted"

    def test_T14_a_worker_that_runs_notices_it_too(self, world: World) -> None:
        """At its next round, not at its next minute."""
        transaction = approved(world)
        world.wompi.faults.add("transaction", "503")
        world.work()
        world.clock.step(hours=-1)
        world.work()
        assert world.state(transaction) == "posted"

    def test_T14_a_pause_ends_in_its_time(self, world: World) -> None:
        """The worker pauses for five seconds while WHMCS is down, and not for an hour more."""
        transactions = [approved(world) for _ in range(3)]
        world.whmcs.faults.add("GetInvoice", "503", times=2)
        world.work()
        world.clock.step(hours=-1)
        world.clock.advance(seconds=5)
        world.work()
        assert {world.state(transaction) for transaction in transactions} == {"posted"}

    def test_T14_a_heart_goes_on_beating(self, world: World) -> None:
        """A worker that runs gives its sign of life in the hour after a step back, too."""
        world.work()
        world.clock.step(days=-1)
        world.work()
        world.clock.advance(seconds=5)
        assert alive(world.bridge.store, world.clock())

    def test_T14_a_wrong_clock_does_not_rewrite_what_was(self, world: World) -> None:
        """A machine that wakes up in 1970 takes no payment for one of that year; when the time is right, all is as it
        was."""
        transaction = approved(world)
        cron(world)
        waiting = approved(world)
        world.wompi.faults.add("transaction", "503", times=None)
        before = known(world, transaction), known(world, waiting).created_at
        set_right = wrong_by(world, "1970")
        cron(world)
        set_right()
        cron(world)
        assert (known(world, transaction), known(world, waiting).created_at) == before
