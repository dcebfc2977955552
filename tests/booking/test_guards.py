"""Four of the five guards of a booking: claim, look, wait, age; *proof* has ``test_proof``. Each test fails when its
guard is taken out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.world import World
from whmcs_bridge.booking.posting import ClaimTime, Posting
from whmcs_bridge.ledger.claims import Attempt
from whmcs_bridge.ledger.records import State
from whmcs_bridge.sandbox.faults import Kind
from whmcs_bridge.signed.references import Reference

pytestmark = pytest.mark.one_elsewhere

RECHECK_AFTER = 300
POST_TIMEOUT = 5


def approved(world: World) -> str:
    """An approved payment whose event has arrived and which nobody has looked at."""
    transaction = world.pay(world.invoice())
    world.event(transaction)
    return transaction


def attempts(world: World) -> int:
    return len(world.whmcs.calls_to("AddInvoicePayment"))


def due(world: World, transaction: str) -> datetime | None:
    """When the payment is looked at next."""
    payment = world.bridge.store.payment(transaction)
    return payment.due_at if payment else None


class TestClaim:
    def test_F42_one_of_two_workers_gets_the_payment(self, world: World) -> None:
        """A claimed payment is nobody else's until the lease ends."""
        transaction = approved(world)
        lease = timedelta(seconds=90)
        claim = world.bridge.store.claim(lease)
        assert claim is not None
        assert claim.payment.transaction_id == transaction
        assert world.bridge.store.claim(lease) is None

    def test_a_dead_workers_claim_is_taken_up_again_after_the_lease(self, world: World) -> None:
        """A worker that died before it booked anything costs one lease, not the payment."""
        transaction = approved(world)
        assert world.bridge.store.claim(timedelta(seconds=world.bridge.settings.lease)) is not None
        world.clock.advance(seconds=world.bridge.settings.lease - 1)
        assert world.work() == 0
        world.clock.advance(seconds=1)
        assert (world.work(), world.state(transaction)) == (1, "posted")

    def test_who_lost_the_claim_changes_nothing(self, world: World) -> None:
        """A worker that woke up after its lease can neither book nor settle: the row is another one's now."""
        approved(world)
        store = world.bridge.store
        late = store.claim(timedelta(seconds=90))
        assert late is not None
        world.clock.advance(seconds=91)
        new = store.claim(timedelta(seconds=90))
        assert new is not None
        assert not store.settle(late, State.CLOSED, "too late", due_in=None, seen=None)
        assert store.settle(new, State.DUE, "", due_in=timedelta(0), seen=None)

    def test_a_touch_during_the_claim_makes_it_due_again(self, world: World) -> None:
        """What happens while a payment is being looked at is looked at afterwards."""
        transaction = approved(world)
        store = world.bridge.store
        claim = store.claim(timedelta(seconds=90))
        assert claim is not None
        store.touch(transaction, "a second event")
        store.settle(claim, State.CLOSED, "DECLINED at Wompi", due_in=None, seen=None)
        payment = store.payment(transaction)
        assert payment is not None
        assert payment.due_at == world.clock()


class TestLook:
    @pytest.mark.parametrize("kind", ["500", "503", "html", "empty", "truncate", "cut", "reset", "redirect", "429"])
    def test_F3_F6_booked_and_the_answer_lost_is_found_and_not_booked_again(self, world: World, kind: Kind) -> None:
        """WHMCS committed, and we were told nothing that we understand: look first, and find it."""
        transaction = approved(world)
        world.whmcs.faults.add("AddInvoicePayment", kind, when="after")
        world.work()
        assert world.state(transaction) == "posting"
        world.clock.advance(seconds=RECHECK_AFTER)
        world.work()
        assert (world.state(transaction), len(world.whmcs.booked(transaction)), attempts(world)) == ("posted", 1, 1)

    @pytest.mark.parametrize("kind", ["500", "503", "html", "empty", "truncate", "reset", "redirect", "429"])
    def test_F5_F7_not_booked_and_unclear_is_booked_once_later(self, world: World, kind: Kind) -> None:
        """The answer was the same, and WHMCS had not committed: look, find nothing, book."""
        transaction = approved(world)
        world.whmcs.faults.add("AddInvoicePayment", kind)
        world.work()
        world.clock.advance(seconds=RECHECK_AFTER)
        world.work()
        assert (world.state(transaction), len(world.whmcs.booked(transaction)), attempts(world)) == ("posted", 1, 2)

    def test_a_notice_before_a_good_answer_is_a_good_answer(self, world: World) -> None:
        """PHP printed something before the JSON: degraded, but clear."""
        transaction = approved(world)
        world.whmcs.faults.add("AddInvoicePayment", "notice")
        world.work()
        assert (world.state(transaction), attempts(world)) == ("posted", 1)


class TestWait:
    @pytest.mark.parametrize("kind", ["500", "reset", "html"])
    def test_F4_a_commit_that_comes_late_does_not_double(self, world: World, kind: Kind) -> None:
        """The request takes effect after we gave up: in the meantime nothing is booked, and then it is found."""
        transaction = approved(world)
        world.whmcs.faults.add("AddInvoicePayment", kind, when="late")
        world.work()
        world.clock.advance(seconds=RECHECK_AFTER - 1)
        world.work()
        assert attempts(world) == 1
        world.whmcs.faults.commit_late()
        world.clock.advance(seconds=1)
        world.work()
        assert (world.state(transaction), len(world.whmcs.booked(transaction))) == ("posted", 1)

    def test_nothing_shortens_the_wait(self, world: World) -> None:
        """Neither an event, nor the payer's return, nor reconcile moves the time of a row in doubt."""
        transaction = approved(world)
        world.whmcs.faults.add("AddInvoicePayment", "reset", when="late")
        world.work()
        due_at = world.clock() + timedelta(seconds=RECHECK_AFTER)
        world.clock.advance(seconds=100)
        world.event(transaction, timestamp=1_800_000_000)
        assert due(world, transaction) == due_at
        world.http.get(f"/return?id={transaction}")
        assert due(world, transaction) == due_at
        world.bridge.reconcile.run(since=world.clock().date(), dry_run=False)
        assert due(world, transaction) == due_at
        assert world.work() == 0
        assert (world.state(transaction), attempts(world)) == ("posting", 1)

    def test_a_crash_after_the_intent_waits_for_the_longest_booking_too(self, world: World) -> None:
        """Nobody knows how long the dead worker's request lives on: the wait counts from its start plus its
        time-out."""
        transaction = approved(world)
        store = world.bridge.store
        claim = store.claim(timedelta(seconds=world.bridge.settings.lease))
        assert claim is not None
        seen = world.bridge.posting.seen(world.bridge.wompi.transaction(transaction))
        assert seen is not None
        until = timedelta(seconds=POST_TIMEOUT + RECHECK_AFTER)
        before = world.bridge.posting.evidence.invoice_state(1042, 77).snapshot()
        assert store.begin_posting(claim, seen, Attempt(before), look_again_in=until)
        world.clock.advance(seconds=POST_TIMEOUT + RECHECK_AFTER - 1)
        assert world.work() == 0
        world.clock.advance(seconds=1)
        assert (world.work(), world.state(transaction), attempts(world)) == (1, "posted", 1)

    def test_the_intent_is_on_disk_before_the_call(self, world: World) -> None:
        """While WHMCS is booking, the row says so: whoever comes after a crash knows that it is in doubt."""
        transaction = approved(world)
        states: list[str] = []
        add = world.bridge.whmcs.add_invoice_payment

        def spying(**fields: Any) -> None:
            states.append(world.state(transaction))
            add(**fields)

        world.bridge.whmcs.add_invoice_payment = spying
        world.work()
        assert states == ["posting"]

    def test_F1_a_refused_connection_is_no_doubt(self, world: World) -> None:
        """What surely never reached WHMCS is tried again soon, without the long wait."""
        transaction = approved(world)
        world.whmcs.go_down()
        world.work()
        assert world.state(transaction) == "due"
        world.whmcs.start()
        world.clock.advance(seconds=11)
        world.work()
        assert (world.state(transaction), len(world.whmcs.booked(transaction))) == ("posted", 1)


class TestAge:
    def test_a_claim_that_has_grown_old_books_nothing(self, world: World) -> None:
        """The machine slept between the look and the booking: drop the work, and look again."""
        transaction = approved(world)
        payments = world.bridge.whmcs.payments

        def sleeping(transid: str) -> object:
            found = payments(transid)
            world.clock.slept += 3600
            return found

        world.bridge.whmcs.payments = sleeping  # type: ignore[assignment]  # a stand-in
        outcome = world.bridge.posting.post_one()
        assert outcome is not None
        assert (outcome.state, attempts(world)) == ("due", 0)
        world.bridge.whmcs.payments = payments
        world.work()
        assert (world.state(transaction), attempts(world)) == ("posted", 1)

    @pytest.mark.parametrize("call", [1, 2])
    def test_F48_a_machine_that_slept_amid_the_sending_books_nothing(
        self, world: World, monkeypatch: pytest.MonkeyPatch, call: int
    ) -> None:
        """While the connection was made, or between head and body: WHMCS has no whole request, and is asked anew."""
        transaction = approved(world)
        refuse, asked = Posting.refuse_if_old, list[ClaimTime]()

        def sleeping(posting: Posting, taken: ClaimTime) -> None:
            asked.append(taken)
            if len(asked) == call:
                world.clock.slept += 3600
            refuse(posting, taken)

        with monkeypatch.context() as patch:
            patch.setattr(Posting, "refuse_if_old", sleeping)
            outcome = world.bridge.posting.post_one()
        assert outcome is not None
        assert (outcome.state, len(asked), attempts(world)) == ("due", call, 0)
        world.work()
        assert (world.state(transaction), attempts(world)) == ("posted", 1)

    def test_a_lease_that_has_ended_books_nothing(self, world: World) -> None:
        """The wall clock moved past the lease: the intent is not even written."""
        approved(world)
        payments = world.bridge.whmcs.payments

        def lasting(transid: str) -> object:
            found = payments(transid)
            world.clock.advance(seconds=world.bridge.settings.lease + 1)
            return found

        world.bridge.whmcs.payments = lasting  # type: ignore[assignment]  # a stand-in
        world.bridge.posting.post_one()
        assert attempts(world) == 0


class TestPaceAndIsolation:
    def test_F18_payments_wait_while_wompi_is_down(self, world: World) -> None:
        """Events are taken, nothing is booked unconfirmed, and all is booked afterwards."""
        transactions = [world.pay(world.invoice()) for _ in range(5)]
        for transaction in transactions:
            assert world.event(transaction).status_code == 200
        world.wompi.faults.add("transaction", "503", times=None)
        world.work()
        assert {world.state(transaction) for transaction in transactions} == {"due"}
        world.wompi.faults.clear()
        world.clock.advance(minutes=6)
        world.work()
        assert {world.state(transaction) for transaction in transactions} == {"posted"}

    def test_F1_a_whmcs_that_is_down_is_not_hammered(self, world: World) -> None:
        """Two failures in a row make a pause, however many payments wait."""
        for _ in range(20):
            approved(world)
        world.whmcs.faults.add("GetInvoice", "503", times=None)
        world.whmcs.calls.clear()
        world.work()
        assert len(world.whmcs.calls_to("GetInvoice")) == 2
        world.work()
        assert len(world.whmcs.calls_to("GetInvoice")) == 2

    def test_F19_a_pause_that_wompi_names_is_kept(self, world: World) -> None:
        """Retry-After decides when the transaction is asked for again."""
        transaction = approved(world)
        world.wompi.faults.add("transaction", "429", retry_after=120)
        world.work()
        payment = world.bridge.store.payment(transaction)
        assert payment is not None
        assert payment.due_at == world.clock() + timedelta(seconds=120)

    def test_T18_a_pause_that_wompi_names_is_bounded(self, world: World) -> None:
        """``Retry-After: 99999``: an approved payment is looked at after five minutes, not in 28 hours."""
        transaction = approved(world)
        world.wompi.faults.add("transaction", "429", retry_after=99_999)
        world.work()
        world.clock.advance(seconds=299)
        assert world.work() == 0
        world.clock.advance(seconds=1)
        world.work()
        assert world.state(transaction) == "posted"

    def test_F53_a_payment_that_breaks_us_is_isolated(self, world: World) -> None:
        """One that always raises is held after a few tries; the others are booked at once; no personal data is told."""
        poison, good = approved(world), approved(world)
        evidence = world.bridge.posting.evidence
        promise, poisoned = evidence.promise, world.wompi.transaction(poison)["reference"]

        def breaking(reference: str) -> Reference | None:
            if reference == poisoned:
                raise RuntimeError("ana@ejemplo.test")
            return promise(reference)

        evidence.promise = breaking
        world.work()
        assert (world.state(poison), world.state(good)) == ("due", "posted")
        for _ in range(4):
            world.clock.advance(minutes=6)
            world.work()
        assert world.state(poison) == "review"
        assert "RuntimeError" in world.reason(poison)
        assert "ana" not in world.reason(poison)
