"""What the search, and the taking out of rules, have found: each as a plain test."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.stateful.shop import Crash
from tests.world import World
from whmcs_bridge.booking.reviews import Settle
from whmcs_bridge.ledger.claims import Attempt
from whmcs_bridge.ledger.records import State


def states_told(world: World, transaction: str) -> list[str]:
    """The states of a payment as the journal tells them."""
    return [line.what for line in world.bridge.store.journal(transaction_id=transaction) if line.what in set(State)]


def test_I8_a_second_refusal_for_the_same_reason_is_told(sqlite_world: World) -> None:
    """The booking begins, is refused, begins again, and is refused in the same words: the journal tells all four."""
    transaction = sqlite_world.pay(sqlite_world.invoice())
    sqlite_world.event(transaction)
    sqlite_world.whmcs.denied.add("addinvoicepayment")
    for _ in range(2):
        sqlite_world.work()
        sqlite_world.clock.advance(seconds=900)
    assert sqlite_world.state(transaction) == "due"
    assert states_told(sqlite_world, transaction) == ["posting", "due", "posting", "due"]


@pytest.mark.parametrize("again", [1, 2])
def test_I8_a_resolved_payment_that_comes_back_to_review_is_told(sqlite_world: World, again: int) -> None:
    """A person books it, WHMCS refuses with the words that stand there already: the journal tells that as well."""
    transaction = sqlite_world.pay(sqlite_world.invoice())
    sqlite_world.event(transaction)
    sqlite_world.whmcs.faults.add("AddInvoicePayment", "error", times=None, message="The moon is in the wrong house")
    sqlite_world.work()
    for _ in range(again):
        sqlite_world.bridge.orders.resolve(transaction, Settle.BOOK, "luz: again")
    assert sqlite_world.state(transaction) == "review"
    assert states_told(sqlite_world, transaction)[-2:] == ["posting", "review"]


def test_claim_who_lost_it_cannot_begin_to_book(sqlite_world: World) -> None:
    """Neither after the lease has ended, nor when the row is another one's: the intent is not even written."""
    transaction = sqlite_world.pay(sqlite_world.invoice())
    sqlite_world.event(transaction)
    store, lease = sqlite_world.bridge.store, timedelta(seconds=90)
    seen = sqlite_world.bridge.posting.seen(sqlite_world.bridge.wompi.transaction(transaction))
    late = store.claim(lease)
    assert late is not None
    assert seen is not None
    sqlite_world.clock.advance(seconds=90)
    assert not store.begin_posting(late, seen, Attempt(""), look_again_in=timedelta(0))
    assert store.claim(lease) is not None
    assert not store.begin_posting(late, seen, Attempt(""), look_again_in=timedelta(0))
    assert sqlite_world.state(transaction) == "due"


def test_look_a_refund_under_the_same_id_is_not_a_second_payment(sqlite_world: World) -> None:
    """Money out against a payment, with the payment's own id: WHMCS has the payment once."""
    transaction = sqlite_world.pay(sqlite_world.invoice())
    sqlite_world.event(transaction)
    sqlite_world.work()
    refund = {"userid": "77", "paymentmethod": "wompi", "amountout": "59500.00", "allowduplicatetransid": "1"}
    sqlite_world.whmcs.books.add_transaction(refund | {"transid": transaction})
    sqlite_world.bridge.store.touch(transaction, "look again")
    assert (sqlite_world.work(), sqlite_world.state(transaction)) == (1, "posted")


def test_wait_an_event_that_comes_while_whmcs_is_booking_does_not_shorten_it(sqlite_world: World) -> None:
    """The answer is lost, and an event came in during the call: the payment in doubt is still left alone."""
    transaction = sqlite_world.pay(sqlite_world.invoice())
    sqlite_world.event(transaction)
    sqlite_world.whmcs.faults.add("AddInvoicePayment", "reset", when="late")
    book = sqlite_world.bridge.whmcs.add_invoice_payment

    def interrupted(**fields: Any) -> None:
        sqlite_world.event(transaction, timestamp=1_800_000_000)
        book(**fields)

    sqlite_world.bridge.whmcs.add_invoice_payment = interrupted
    sqlite_world.work()
    sqlite_world.clock.advance(seconds=299)
    assert (sqlite_world.work(), sqlite_world.state(transaction)) == (0, "posting")
    sqlite_world.whmcs.faults.commit_late()
    sqlite_world.clock.advance(seconds=1)
    sqlite_world.work()
    assert (sqlite_world.state(transaction), len(sqlite_world.whmcs.booked(transaction))) == ("posted", 1)


def test_look_an_id_of_another_case_is_the_same_to_whmcs(sqlite_world: World) -> None:
    """T2: WHMCS's database finds ids whatever their case: it has this one elsewhere, and a person must look."""
    fields = sqlite_world.checkout(sqlite_world.invoice())
    amount = int(fields["amount-in-cents"])
    transaction = sqlite_world.transact(fields["reference"], amount, id="12022-1795273445-AbC1")
    sqlite_world.whmcs.add_payment(sqlite_world.invoice(), "12022-1795273445-aBc1")
    sqlite_world.event(transaction)
    sqlite_world.work()
    assert (sqlite_world.state(transaction), len(sqlite_world.whmcs.booked(transaction))) == ("review", 0)


def test_wait_after_a_crash_within_the_booking(sqlite_world: World) -> None:
    """The worker dies while WHMCS is booking: until the call's time-out and the wait are over, nobody looks."""
    transaction = sqlite_world.pay(sqlite_world.invoice())
    sqlite_world.event(transaction)
    sqlite_world.whmcs.faults.add("AddInvoicePayment", "reset", when="late")
    book = sqlite_world.bridge.whmcs.add_invoice_payment

    def dying(**fields: Any) -> None:
        try:
            book(**fields)
        finally:
            raise Crash

    sqlite_world.bridge.whmcs.add_invoice_payment = dying
    with pytest.raises(Crash):
        sqlite_world.work()
    sqlite_world.clock.advance(seconds=5 + 300 - 1)
    assert (sqlite_world.work(), sqlite_world.state(transaction)) == (0, "posting")
    sqlite_world.whmcs.faults.commit_late()
    sqlite_world.clock.advance(seconds=1)
    sqlite_world.work()
    assert (sqlite_world.state(transaction), len(sqlite_world.whmcs.booked(transaction))) == ("posted", 1)


def test_dedup_a_repeated_event_makes_nothing_due(sqlite_world: World) -> None:
    """The same event again, as Wompi may send it for a day: no look at all, and no line in the journal."""
    transaction = sqlite_world.pay(sqlite_world.invoice())
    body = sqlite_world.wompi.event_body(transaction)
    sqlite_world.post_event(body)
    sqlite_world.work()
    before = sqlite_world.bridge.store.journal()
    assert sqlite_world.post_event(body).status_code == 200
    assert sqlite_world.work() == 0
    assert sqlite_world.bridge.store.journal() == before
