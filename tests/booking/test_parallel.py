"""Several bookings at a time: never two of one invoice, whoever works; and one probe for all while WHMCS is down."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from tests.world import World
from whmcs_bridge.booking.pacing import CircuitBreaker, Upstream
from whmcs_bridge.ledger.claims import Attempt, Claim, InvoiceBusy
from whmcs_bridge.ledger.records import State
from whmcs_bridge.ledger.seen import Seen

LEASE = timedelta(seconds=60)


def seen_of(world: World, claim: Claim) -> Seen:
    """What Wompi says of a claimed payment."""
    seen = world.bridge.posting.seen(world.bridge.wompi.transaction(claim.payment.transaction_id))
    assert seen is not None
    return seen


def claims(world: World, count: int, *invoices: int) -> list[Claim]:
    """So many approved payments, on these invoices in turn, each claimed by somebody."""
    clicks = [world.checkout(invoice) for invoice in invoices]
    for number in range(count):
        fields = clicks[number % len(clicks)]
        world.event(world.transact(fields["reference"], int(fields["amount-in-cents"])))
    taken = [world.bridge.store.claim(LEASE) for _ in range(count)]
    return [claim for claim in taken if claim is not None]


class TestOneInvoice:
    def test_of_all_who_begin_at_once_one_may(self, world: World) -> None:
        """Four workers, four payments of one invoice, the same moment: one intent is committed."""
        store, invoice = world.bridge.store, world.invoice()
        held = claims(world, 4, invoice)
        known = [seen_of(world, claim) for claim in held]
        together = threading.Barrier(4)
        until = timedelta(seconds=300)

        def begin(number: int) -> str:
            together.wait(10)
            try:
                return str(store.begin_posting(held[number], known[number], Attempt(""), look_again_in=until))
            except InvoiceBusy:
                return "busy"

        with ThreadPoolExecutor(4) as workers:
            assert sorted(workers.map(begin, range(4))) == ["True", "busy", "busy", "busy"]
        assert len(store.payments(state=State.POSTING)) == 1

    def test_another_invoice_is_not_held_up(self, world: World) -> None:
        """Two payments of two invoices are booked at the same time."""
        first, second = claims(world, 2, world.invoice(), world.invoice())
        until = timedelta(seconds=300)
        store = world.bridge.store
        assert store.begin_posting(first, seen_of(world, first), Attempt(""), look_again_in=until)
        assert store.begin_posting(second, seen_of(world, second), Attempt(""), look_again_in=until)

    def test_one_in_doubt_holds_the_next_up_until_it_is_looked_at_again(self, sqlite_world: World) -> None:
        """WHMCS hung up amid a booking, which may still take effect; the second payment of the invoice waits for the
        end of the doubt, and then both are booked, once each."""
        world, invoice = sqlite_world, sqlite_world.invoice()
        fields = world.checkout(invoice)
        first, second = [world.transact(fields["reference"], int(fields["amount-in-cents"])) for _ in range(2)]
        world.event(first)
        world.whmcs.faults.add("AddInvoicePayment", "reset", when="late")
        world.work()
        world.event(second)
        world.work()
        assert (world.state(first), world.state(second)) == ("posting", "due")
        world.whmcs.faults.commit_late()
        world.clock.advance(minutes=6)
        world.work()
        world.clock.advance(minutes=6)
        world.work()
        assert (world.state(first), world.state(second)) == ("posted", "posted")
        assert [len(world.whmcs.booked(transaction)) for transaction in (first, second)] == [1, 1]


class TestTheWorkersThreads:
    @contextmanager
    def working(self, world: World) -> Iterator[None]:
        """The worker runs, as in ``serve``."""
        stop = threading.Event()
        thread = threading.Thread(target=world.bridge.worker.run, args=(stop,))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            world.bridge.worker.wake()
            thread.join(20)
            assert not thread.is_alive()

    def test_as_many_bookings_as_allowed_are_under_way(self, sqlite_world: World) -> None:
        """Five payments wait and WHMCS takes its time over each: four are being booked, which is what is set; the
        fifth follows."""
        world = sqlite_world
        transactions = [world.pay(world.invoice()) for _ in range(5)]
        for transaction in transactions:
            world.event(transaction)
        begun, free = threading.Semaphore(0), threading.Event()
        under_way, most, lock = 0, 0, threading.Lock()
        add = world.bridge.whmcs.add_invoice_payment

        def slow(**fields: Any) -> None:
            nonlocal under_way, most
            with lock:
                under_way += 1
                most = max(most, under_way)
            begun.release()
            assert free.wait(20)
            with lock:
                under_way -= 1
            add(**fields)

        world.bridge.whmcs.add_invoice_payment = slow
        with self.working(world):
            for _ in range(4):
                assert begun.acquire(timeout=20)
            free.set()
            assert begun.acquire(timeout=20)
            assert world.whmcs.wait_for_call("AddInvoicePayment", count=5, timeout=20)
        assert most == 4
        assert [world.state(transaction) for transaction in transactions] == ["posted"] * 5

    def test_what_comes_during_a_long_booking_is_taken_up_at_once(self, sqlite_world: World) -> None:
        """The first payment is being booked, which takes long; one that comes then does not wait for its end."""
        world = sqlite_world
        first, second = world.pay(world.invoice()), world.pay(world.invoice())
        world.whmcs.faults.add("AddInvoicePayment", "hang")
        with self.working(world):
            world.event(first)
            world.bridge.worker.wake()
            assert world.whmcs.faults.wait_held(20)
            world.event(second)
            world.bridge.worker.wake()
            assert world.whmcs.wait_for_call("AddInvoicePayment", count=1, timeout=3)
            assert [len(world.whmcs.booked(transaction)) for transaction in (first, second)] == [0, 1]
            world.whmcs.faults.release()


class TestPace:
    @pytest.fixture
    def breaker(self, sqlite_world: World) -> CircuitBreaker:
        """By the world's clock."""
        return CircuitBreaker(sqlite_world.clock)

    def test_failures_that_were_under_way_together_count_as_one(
        self, breaker: CircuitBreaker, sqlite_world: World
    ) -> None:
        """WHMCS goes down under four calls: that is one failure, and no pause of five minutes."""
        numbers = [breaker.begin() for _ in range(4)]
        assert numbers == [0] * 4
        for number in numbers:
            breaker.end(number or 0, Upstream.DOWN)
        assert not breaker.paused()
        probe = breaker.begin()
        assert probe == 1
        breaker.end(probe, Upstream.DOWN)
        assert breaker.paused()
        sqlite_world.clock.advance(seconds=5)
        assert not breaker.paused()

    def test_while_it_is_down_one_probes_for_all(self, breaker: CircuitBreaker) -> None:
        """Nobody else begins before the probe has come back well; then all do."""
        breaker.end(breaker.begin() or 0, Upstream.DOWN)
        probe = breaker.begin()
        assert probe is not None
        assert breaker.begin() is None
        breaker.end(probe, Upstream.WELL)
        assert None not in [breaker.begin() for _ in range(4)]

    def test_a_refusal_stops_all_for_a_quarter_of_an_hour(self, breaker: CircuitBreaker, sqlite_world: World) -> None:
        """Hammering may get the address banned."""
        breaker.end(breaker.begin() or 0, Upstream.REFUSES)
        sqlite_world.clock.advance(seconds=899)
        assert breaker.begin() is None
        sqlite_world.clock.advance(seconds=1)
        assert breaker.begin() is not None
