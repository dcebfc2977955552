"""The edges of the way of money: each test states a fact that once did not hold."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.world import World
from whmcs_bridge.booking.reviews import Settle
from whmcs_bridge.whmcs.client import WhmcsClient
from whmcs_bridge.whmcs.models import BookedPayment

WAIT = 300
"""The default of BRIDGE_RECHECK_AFTER, in seconds."""


def paid(world: World) -> tuple[int, str]:
    """An invoice, and its approved payment whose event has arrived and which nobody has looked at."""
    number = world.invoice()
    transaction = world.pay(number)
    world.event(transaction)
    return number, transaction


def booked(world: World) -> tuple[int, str]:
    """The same, and it is booked."""
    invoice, transaction = paid(world)
    world.work()
    assert world.state(transaction) == "posted"
    return invoice, transaction


def voided(world: World, transaction: str) -> None:
    """Somebody voids it at Wompi's dashboard, and the event arrives."""
    world.wompi.settle(transaction, "VOIDED", deliver=False)
    world.event(transaction)
    world.work()


def resolve(world: World, transaction: str, how: Settle, **options: int) -> str:
    """What ``resolve`` makes of it; ``-`` when it did nothing."""
    outcome = world.bridge.orders.resolve(transaction, how, "luz: hablé con el cliente", **options)
    return outcome.state if outcome else "-"


def tries(world: World) -> int:
    """How often WHMCS was asked to book."""
    return len(world.whmcs.calls_to("AddInvoicePayment"))


def test_what_was_dismissed_and_is_booked_after_all_is_a_booked_payment(sqlite_world: World) -> None:
    """The sentence says "mend that row" and its command says ``--dismiss``: both done, WHMCS has the payment, and a
    void at Wompi must be told as of any other."""
    world = sqlite_world
    world.whmcs.add_client(id=78)
    invoice, transaction = paid(world)
    other = world.invoice(client=78)
    world.whmcs.add_payment(other, transaction)
    world.work()
    assert resolve(world, transaction, Settle.DISMISS) == "closed"
    row = world.whmcs.booked(transaction)[0]
    row.invoice_id, row.client_id = invoice, 77
    world.bridge.store.touch(transaction, "a person asks")
    world.work()
    assert world.state(transaction) == "posted"
    voided(world, transaction)
    assert world.state(transaction) == "review"


def test_a_part_that_was_given_back_is_not_the_whole(sqlite_world: World) -> None:
    """WHMCS has a refund of ten thousand of 59,500 pesos; Wompi voids all of it: the rest is still paid in WHMCS."""
    world = sqlite_world
    _, transaction = booked(world)
    world.whmcs.books.take_back(world.whmcs.booked(transaction)[0], Decimal("10000.00"))
    voided(world, transaction)
    assert world.state(transaction) == "review"
    assert resolve(world, transaction, Settle.RECORD_VOID) == "closed"
    out = [row.amountout for row in world.whmcs.transactions if row.amountout]
    assert sum(out) == Decimal("59500.00")


@pytest.mark.parametrize(("amount_in", "amount_out"), [("0.00", "-59500.00"), ("-59500.00", "59500.00")])
def test_a_row_with_a_sign_that_makes_no_sense_is_not_absent(
    sqlite_world: World, amount_in: str, amount_out: str
) -> None:
    """A row of this very id, written by hand with a minus: nobody knows what it means, so nothing is booked beside
    it."""
    world = sqlite_world
    invoice, transaction = paid(world)
    world.whmcs.add_payment(invoice, transaction)
    row = world.whmcs.booked(transaction)[0]
    row.amountin, row.amountout = Decimal(amount_in), Decimal(amount_out)
    world.work()
    assert (world.state(transaction), tries(world)) == ("review", 0)


def test_whatever_breaks_after_the_booking_it_is_in_doubt(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The request was sent; then this code breaks while it looks whether it took effect: no touch may bring the next
    try before the wait is over."""
    world = sqlite_world
    _, transaction = paid(world)
    real, calls = WhmcsClient.payments, 0

    def breaks_the_second_time(self: WhmcsClient, transid: str) -> list[BookedPayment]:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise ArithmeticError
        return real(self, transid)

    monkeypatch.setattr(WhmcsClient, "payments", breaks_the_second_time)
    world.whmcs.faults.add("AddInvoicePayment", "success", when="late")
    world.work()
    assert (world.state(transaction), tries(world)) == ("posting", 1)
    world.bridge.store.touch(transaction, "the payer came back")
    world.work()
    assert tries(world) == 1
    world.whmcs.faults.commit_late()
    world.clock.advance(seconds=WAIT + 1)
    world.work()
    assert (world.state(transaction), len(world.whmcs.booked(transaction))) == ("posted", 1)


@pytest.mark.parametrize("how", ["404", "word"])
def test_of_what_is_booked_nobody_says_that_nothing_was_booked(sqlite_world: World, how: str) -> None:
    """A month after the booking Wompi does not know the transaction any more (new keys), or has a new word for it
    (a chargeback): a person who reads "nothing was booked" books it by hand, a second time."""
    world = sqlite_world
    _, transaction = booked(world)
    world.clock.advance(days=30)
    if how == "404":
        world.wompi.faults.add("transaction", "error", status=404, times=None)
    else:
        world.wompi.amend(transaction, status="CHARGEBACK")
    world.bridge.store.touch(transaction, "a person asks")
    world.work()
    assert world.state(transaction) == "review"
    assert "no se ha registrado nada" not in world.reason(transaction).lower()
    assert "WHMCS" in world.reason(transaction)


def test_what_a_person_is_to_read_outlives_an_id_that_wompi_forgets(sqlite_world: World) -> None:
    """WHMCS has it twice; that Wompi does not know the id any more must not replace that sentence by "nothing was
    booked"."""
    world = sqlite_world
    invoice, transaction = booked(world)
    world.whmcs.add_payment(invoice, transaction)
    world.bridge.store.touch(transaction, "a person asks")
    world.work()
    assert "2 veces" in world.reason(transaction)
    world.wompi.faults.add("transaction", "error", status=404, times=None)
    world.clock.advance(days=2)
    world.work()
    assert (world.state(transaction), "2 veces" in world.reason(transaction)) == ("review", True)


def test_a_second_payment_does_not_overtake_one_whose_doubt_is_being_ended(sqlite_world: World) -> None:
    """WHMCS answered 500 once and had not booked. While one worker looks at that payment after its wait, another one
    has the second payment of the invoice: booked first, it would make the first one's retry a person's question."""
    world = sqlite_world
    invoice, first = paid(world)
    fields = world.checkout(invoice, anyway="yes")
    second = world.transact(fields["reference"], int(fields["amount-in-cents"]))
    world.whmcs.faults.add("AddInvoicePayment", "500")
    world.work()
    assert world.state(first) == "posting"
    world.event(second)
    world.work()
    world.clock.advance(seconds=WAIT + 1)
    posting, store = world.bridge.posting, world.bridge.store
    look = posting.begin()
    claim = store.claim(timedelta(seconds=100))
    assert claim is not None
    assert claim.payment.transaction_id == first
    world.work()
    assert world.state(second) == "due"
    posting.guarded(claim, lambda: posting._look(claim, look))
    world.clock.advance(seconds=5)
    world.work()
    assert (world.state(first), world.state(second)) == ("posted", "posted")


def test_an_order_that_must_wait_for_another_booking_is_not_forgotten(sqlite_world: World) -> None:
    """``--book --owner 78`` while another payment of the invoice is in doubt: it stays in review, with the sentence
    that a person reads, and the person is told why; or it is booked as ordered. It never comes back as news."""
    world = sqlite_world
    world.whmcs.add_client(id=78)
    invoice, first = paid(world)
    fields = world.checkout(invoice, anyway="yes")
    second = world.transact(fields["reference"], int(fields["amount-in-cents"]))
    world.whmcs.faults.add("AddInvoicePayment", "500")
    world.work()
    assert world.state(first) == "posting"
    world.whmcs.set_invoice(invoice, client_id=78)
    world.event(second)
    world.work()
    assert world.state(second) == "review"
    before = world.reason(second)
    outcome = world.bridge.orders.resolve(second, Settle.BOOK, "luz", owner=78)
    assert outcome is not None
    assert (outcome.state, world.state(second), world.reason(second)) == ("review", "review", before)
    assert first in outcome.detail


def test_a_currency_that_whmcs_does_not_tell_is_no_client_that_is_gone(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GetClientsDetails without ``currency_code``: nothing is known, so it is looked at again. "WHMCS does not have the
    client any more" would be false, and its ``--credit`` leads to the same sentence for ever."""
    world = sqlite_world
    _, transaction = paid(world)
    real = WhmcsClient._read

    def without_currency(self: WhmcsClient, action: str, **fields: str) -> dict[str, Any]:
        document = real(self, action, **fields)
        if action == "GetClientsDetails":
            for told in (document, document.get("client")):
                if isinstance(told, dict):
                    told.pop("currency_code", None)
        return document

    with monkeypatch.context() as patched:
        patched.setattr(WhmcsClient, "_read", without_currency)
        world.work()
        assert (world.state(transaction), tries(world)) == ("due", 0)
    world.clock.advance(seconds=WAIT + 1)
    world.work()
    assert world.state(transaction) == "posted"


@pytest.mark.parametrize("told", [" 1", "1 ", "1\n"])
def test_a_count_with_a_blank_is_the_same_count(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    """``totalresults`` as text with a blank: 1 is 1."""
    world = sqlite_world
    invoice = world.invoice()
    world.whmcs.add_payment(invoice, "bank-1")
    real = WhmcsClient._read

    def with_a_blank(self: WhmcsClient, action: str, **fields: str) -> dict[str, Any]:
        document = real(self, action, **fields)
        return document | {"totalresults": told} if action == "GetTransactions" else document

    monkeypatch.setattr(WhmcsClient, "_read", with_a_blank)
    assert len(world.bridge.whmcs.payments("bank-1")) == 1


@pytest.mark.parametrize("amount", ["59500.00", "5950.00"])
def test_a_void_is_recorded_only_of_a_row_that_is_this_payment(sqlite_world: World, amount: str) -> None:
    """The id stands on a stranger's invoice by mistake, and the payment, never booked, is voided at Wompi: "record the
    void" would be refused, so the sentence must not name it, but the row."""
    world = sqlite_world
    world.whmcs.add_client(id=78)
    _, transaction = paid(world)
    other = world.invoice(client=78)
    world.whmcs.add_payment(other, transaction, amount=amount)
    world.work()
    voided(world, transaction)
    assert world.state(transaction) == "review"
    assert f"en el aviso {other} del cliente 78" in world.reason(transaction)
    assert "--record-void" not in world.reason(transaction)


def test_a_booking_in_doubt_that_wompi_takes_back_is_looked_for(sqlite_world: World) -> None:
    """WHMCS answered 500 and has booked it; before the next look Wompi says DECLINED: WHMCS is asked before anything is
    closed, and a person is told that it stands there."""
    world = sqlite_world
    _, transaction = paid(world)
    world.whmcs.faults.add("AddInvoicePayment", "500", when="after")
    world.work()
    assert world.state(transaction) == "posting"
    world.wompi.amend(transaction, status="DECLINED")
    world.clock.advance(seconds=WAIT + 1)
    world.work()
    assert world.state(transaction) == "review"
    assert "DECLINED" in world.reason(transaction)


def test_what_a_person_has_booked_as_it_is_stays_booked(sqlite_world: World) -> None:
    """Another amount than asked for, booked by order and seen: one more event does not make it a question again."""
    world = sqlite_world
    invoice = world.invoice()
    transaction = world.pay(invoice)
    world.wompi.amend(transaction, amount_in_cents=4_000_000)
    world.event(transaction)
    world.work()
    assert resolve(world, transaction, Settle.BOOK) == "posted"
    world.bridge.store.touch(transaction, "one more event")
    world.work()
    assert world.state(transaction) == "posted"


def test_what_a_person_is_to_read_outlives_a_fault_of_this_code(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """WHMCS has it twice, and this code breaks on it later: "nothing was booked" would be false."""
    world = sqlite_world
    invoice, transaction = booked(world)
    world.whmcs.add_payment(invoice, transaction)
    world.bridge.store.touch(transaction, "a person asks")
    world.work()

    def breaks(self: WhmcsClient, transid: str) -> list[BookedPayment]:
        raise ArithmeticError

    monkeypatch.setattr(WhmcsClient, "payments", breaks)
    for _ in range(6):
        world.clock.advance(days=1, seconds=1)
        world.work()
    assert (world.state(transaction), "2 veces" in world.reason(transaction)) == ("review", True)
