"""The trail of a payment, told in order and in both languages; and the sentence of a held payment, parted from its
command."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests.world import BRIDGE_SECRET, World
from whmcs_bridge.booking.reviews import Settle
from whmcs_bridge.history.trail import Attempt, as_held, clock, find, held, trail_of
from whmcs_bridge.ledger.queries import PaymentFilter
from whmcs_bridge.ledger.records import State


@pytest.fixture
def world(sqlite_world: World) -> World:
    """What is told here has nothing to do with the kind of database."""
    return sqlite_world


def whats(attempt: Attempt) -> list[str]:
    return [step.what for step in attempt.steps]


def test_a_paid_invoice_from_click_to_booking(world: World) -> None:
    """Five steps in order, each at its time, the last one of them the booking."""
    transaction = world.pay(world.invoice(), method="PSE")
    world.clock.advance(seconds=8)
    world.event(transaction)
    world.clock.advance(seconds=1)
    world.work()
    (attempt,) = trail_of(world.bridge.store, 1042).attempts
    assert whats(attempt) == ["checkout", "finalized", "event", "posting", "posted"]
    assert [clock(step.at) for step in attempt.steps] == [
        "2026-11-21 10:04:05", "2026-11-21 10:04:05", "2026-11-21 10:04:13", "2026-11-21 10:04:14",
        "2026-11-21 10:04:14",
    ]  # fmt: skip
    assert attempt.steps[0].text.es.endswith("desde la página del aviso: checkout por $\xa059.500, términos aceptados")
    assert attempt.steps[2].text.en == "Wompi's event arrived: APPROVED"
    assert (attempt.events, attempt.label[0].es) == (1, "Registrado en WHMCS")


def test_what_is_closed_is_told_by_how_it_ended(world: World) -> None:
    """Declined: no money. Voided: it was there and went back. Left by a person: it is there."""

    def label(status: str) -> tuple[str, str]:
        invoice = world.invoice()
        transaction = world.pay(invoice, status)
        world.whmcs.set_invoice(invoice, status="Cancelled")
        world.event(transaction)
        world.work()
        if status == "APPROVED":
            world.bridge.orders.resolve(transaction, Settle.DISMISS, "x")
        (attempt,) = trail_of(world.bridge.store, invoice).attempts
        assert attempt.payment is not None
        assert attempt.payment.state is State.CLOSED
        return attempt.label[0].es, attempt.label[0].en

    assert label("DECLINED") == ("Sin dinero", "No money")
    assert label("VOIDED") == ("Anulado", "Voided")
    assert label("APPROVED") == ("Cerrado", "Closed")


def test_attempts_newest_first_and_checkouts_without_a_payment(world: World) -> None:
    """A declined card, an abandoned checkout: three attempts, each under its own reference."""
    declined = world.pay(world.invoice(), "DECLINED")
    world.event(declined)
    world.work()
    world.clock.advance(minutes=40)
    abandoned = world.checkout(1042)["reference"]
    newest, oldest = trail_of(world.bridge.store, 1042).attempts
    assert (newest.payment, newest.reference, whats(newest)) == (None, abandoned, ["checkout"])
    assert oldest.payment is not None
    assert oldest.payment.transaction_id == declined
    assert oldest.steps[-1].text.es == "Leída en Wompi, cerrada: DECLINED en Wompi"


def test_what_repeats_itself_is_told_once(world: World) -> None:
    """Three returns of the payer while Wompi says PENDING are one line."""
    transaction = world.pay(world.invoice(), "PENDING")
    for _ in range(3):
        world.bridge.store.touch(transaction, "the payer came back: PENDING")
        world.clock.advance(seconds=5)
    (attempt,) = (each for each in find_all(world, transaction) if each.payment)
    (back,) = (step for step in attempt.steps if step.what == "return")
    assert (back.count, clock(back.at)) == (3, "2026-11-21 10:04:05")


def find_all(world: World, name: str) -> list[Attempt]:
    trail = find(world.bridge.store, name, [BRIDGE_SECRET])
    return list(trail.attempts) if trail else []


def test_a_journal_that_was_pruned_leaves_what_the_payment_knows(world: World) -> None:
    """The booking and its time stand in the payment's own row."""
    transaction = world.pay(world.invoice())
    world.event(transaction)
    world.work()
    for table in ("journal", "checkouts", "events"):
        world.forget(table)
    (attempt,) = trail_of(world.bridge.store, 1042).attempts
    assert whats(attempt) == ["finalized", "posted"]
    assert attempt.events == 0


@pytest.mark.parametrize("by", ["transaction", "reference", "invoice"])
def test_is_found_by_whatever_a_person_has_at_hand(world: World, by: str) -> None:
    """The id from Wompi's panel, the reference from its e-mail, or the invoice's number."""
    transaction = world.pay(world.invoice())
    world.event(transaction)
    world.work()
    payment = world.bridge.store.payment(transaction)
    assert payment is not None
    name = {"transaction": transaction, "reference": str(payment.reference), "invoice": "1042"}[by]
    (attempt,) = find_all(world, name)
    assert attempt.payment == payment
    assert whats(attempt) == ["checkout", "finalized", "event", "posting", "posted"]


def test_a_reference_is_found_without_its_checkout_and_of_others_too(world: World) -> None:
    """Ours names its invoice by itself; one that is not ours is looked for as it is written."""
    transaction = world.pay(world.invoice())
    world.event(transaction)
    foreign = world.transact("ORDER-9", 5_000_000)
    world.event(foreign)
    world.work()
    world.forget("checkouts")
    payment = world.bridge.store.payment(transaction)
    assert payment is not None
    (ours,) = find_all(world, str(payment.reference))
    (other,) = find_all(world, "ORDER-9")
    assert (ours.payment, whats(ours)[0]) == (payment, "finalized")
    assert other.payment is not None
    assert (other.payment.transaction_id, other.payment.invoice_id) == (foreign, None)


@pytest.mark.parametrize("name", ["1042", "12022-1-1", "INV1-1-1-A", "", "0", "9" * 30, "%", "' OR 1=1 --"])
def test_nothing_is_known_of_what_never_was(world: World, name: str) -> None:
    """None, and no error."""
    assert find(world.bridge.store, name, [BRIDGE_SECRET]) is None


def test_a_held_payment_is_one_sentence_and_one_command(world: World) -> None:
    """What was found and what it means; then the command alone, ready to be copied."""
    transaction = world.pay(world.invoice())
    world.whmcs.set_invoice(1042, status="Cancelled")
    world.event(transaction)
    world.work()
    (each,) = held(world.bridge.store)
    assert each.command == f'wompi-bridge resolve {transaction} --credit --reason "..."'
    assert each.sentence == (
        "El dinero se pagó, pero el aviso de cobro está cancelado (Cancelled) y no recibe pagos. Regístrelo como saldo"
        " a favor del cliente, o devuélvalo en Wompi."
    )
    (attempt,) = trail_of(world.bridge.store, 1042).attempts
    assert attempt.steps[-1].text.es == f"Espera a una persona: {each.sentence}"


def test_a_sentence_without_a_command_gets_the_one_that_tells_more(world: World) -> None:
    """``show`` is always of help."""
    transaction = world.pay(world.invoice())
    world.event(transaction)
    query = text("UPDATE payments SET state = 'review', reason = 'raro'")
    world.bridge.database.write(lambda connection: connection.execute(query))
    payment = world.bridge.store.payment(transaction)
    assert payment is not None
    each = as_held(payment)
    assert (each.sentence, each.command) == ("raro", f"wompi-bridge show {transaction}")


def test_a_person_s_decision_is_in_the_trail(world: World) -> None:
    """Who, why and how."""
    transaction = world.pay(world.invoice())
    world.wompi.amend(transaction, amount_in_cents=4_000_000)
    world.event(transaction)
    world.work()
    from whmcs_bridge.booking.reviews import Settle  # noqa: PLC0415 - only this test decides

    world.bridge.orders.resolve(transaction, Settle.BOOK, "laura: acordado")
    (attempt,) = trail_of(world.bridge.store, 1042).attempts
    assert whats(attempt)[-3:] == ["resolve", "posting", "posted"]
    assert attempt.steps[-3].text.es == "Resuelto por una persona: --book laura: acordado"


class TestWalk:
    def test_walks_in_pages_and_forgets_none(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """Seven payments, three of them of one moment, in pages of two: each once, newest first."""
        monkeypatch.setattr("whmcs_bridge.ledger.rows.PAGE", 2)
        store = world.bridge.store
        for name, pause in (("a", 1), ("b", 0), ("c", 0), ("d", 1), ("e", 1), ("f", 1), ("g", 1)):
            store.touch(name, "test")
            world.clock.advance(seconds=pause)
        assert "".join(payment.transaction_id for payment in store.walk(PaymentFilter())) == "gfedcba"
        assert "".join(payment.transaction_id for payment in store.walk(PaymentFilter(), limit=3)) == "gfe"
        assert "".join(payment.transaction_id for payment in store.walk(PaymentFilter(), limit=4)) == "gfed"
        assert [*store.walk(PaymentFilter(state=State.POSTED))] == []

    def test_since_and_until_go_by_the_time_at_wompi(self, world: World) -> None:
        """A payment that was heard of on the next day belongs to the day on which it was paid."""
        transaction = world.pay(world.invoice())
        paid = world.clock()
        world.clock.advance(days=1)
        world.event(transaction)
        world.work()
        store = world.bridge.store
        assert [each.transaction_id for each in store.walk(PaymentFilter(since=paid))] == [transaction]
        assert [*store.walk(PaymentFilter(since=world.clock()))] == []
        assert [*store.walk(PaymentFilter(until=paid))] == []
        assert [each.transaction_id for each in store.walk(PaymentFilter(until=world.clock()))] == [transaction]
