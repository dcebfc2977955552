"""``wompi-bridge resolve``: a person settles what is in review, once, and leaves a line with who and why."""

from __future__ import annotations

import re
from unittest.mock import Mock

import pytest

from tests.world import World
from whmcs_bridge.booking.reviews import Settle
from whmcs_bridge.ledger.records import State
from whmcs_bridge.messages import Language, speaking
from whmcs_bridge.whmcs.answers import AccessRefused, Unreachable, WhmcsError
from whmcs_bridge.whmcs.client import WhmcsClient

pytestmark = pytest.mark.one_elsewhere


def held(world: World, *, cancelled: bool = False, **changes: object) -> str:
    """A payment in review: of another amount than was asked for, or of an invoice that was cancelled."""
    invoice = world.invoice()
    transaction = world.pay(invoice)
    if cancelled:
        world.whmcs.set_invoice(invoice, status="Cancelled")
    else:
        world.wompi.amend(transaction, amount_in_cents=4_000_000)
    world.wompi.amend(transaction, **changes)
    world.event(transaction)
    world.work()
    assert world.state(transaction) == "review"
    return transaction


def settle(world: World, transaction: str, how: Settle) -> str:
    """What ``resolve`` does; ``-`` when it did nothing."""
    outcome = world.bridge.orders.resolve(transaction, how, "luz: hablé con el cliente")
    return outcome.state if outcome else "-"


class TestTheSentence:
    def test_says_what_was_found_and_the_command_that_settles_it(self, world: World) -> None:
        """One sentence that a person understands, and one command to copy."""
        transaction = held(world)
        assert "se pagaron $\N{NO-BREAK SPACE}40.000" in world.reason(transaction)
        assert f'wompi-bridge resolve {transaction} --book --reason "..."' in world.reason(transaction)

    def test_names_the_remedy_that_works(self, world: World) -> None:
        """A cancelled invoice takes no payment, so its command books credit."""
        assert "--credit" in world.reason(held(world, cancelled=True))

    @pytest.mark.parametrize(
        ("language", "sentence"),
        [("es", "WHMCS no muestra este pago, y no hay qué devolver"), ("en", "WHMCS shows no payment to take back")],
    )
    def test_a_refusal_is_in_the_language_of_who_orders(
        self, sqlite_world: World, language: Language, sentence: str
    ) -> None:
        """An admin of WHMCS's console reads their own language, whatever the process was started in."""
        transaction = held(sqlite_world)
        sqlite_world.wompi.amend(transaction, status="VOIDED")
        with speaking(language):
            outcome = sqlite_world.bridge.orders.resolve(transaction, Settle.RECORD_VOID, "luz: anulado")
        assert outcome is not None
        assert outcome.detail == sentence

    @pytest.mark.parametrize(
        ("language", "sentence"),
        [
            ("es", "no hay una anulación nuestra que apuntar: Wompi dice APPROVED"),
            ("en", "there is no void of ours to record: APPROVED"),
        ],
    )
    def test_a_void_that_wompi_does_not_say_is_not_recorded(
        self, sqlite_world: World, language: Language, sentence: str
    ) -> None:
        """The refusal says what Wompi says, in both languages."""
        transaction = held(sqlite_world)
        with speaking(language):
            outcome = sqlite_world.bridge.orders.resolve(transaction, Settle.RECORD_VOID, "luz: anulado")
        assert outcome is not None
        assert (outcome.state, outcome.detail) == ("review", sentence)


class TestBook:
    def test_books_what_was_paid_once(self, world: World) -> None:
        """What Wompi says was paid, on the invoice of the reference; a second time does nothing."""
        transaction = held(world)
        assert settle(world, transaction, Settle.BOOK) == "posted"
        assert settle(world, transaction, Settle.BOOK) == "-"
        rows = world.whmcs.booked(transaction)
        assert [(row.invoice_id, str(row.amountin)) for row in rows] == [(1042, "40000.00")]

    def test_looks_first(self, world: World) -> None:
        """A111: somebody has booked it by hand meanwhile: found, and not booked again."""
        transaction = held(world)
        world.whmcs.add_payment(1042, transaction, amount="40000.00")
        assert settle(world, transaction, Settle.BOOK) == "posted"
        assert len(world.whmcs.booked(transaction)) == 1

    def test_waits_when_the_answer_is_unclear(self, world: World) -> None:
        """The guards hold here as well: in doubt it is left alone, and found afterwards."""
        transaction = held(world)
        world.whmcs.faults.add("AddInvoicePayment", "reset", when="after")
        assert settle(world, transaction, Settle.BOOK) == "posting"
        assert settle(world, transaction, Settle.BOOK) == "-"
        world.clock.advance(seconds=300)
        world.work()
        assert (world.state(transaction), len(world.whmcs.booked(transaction))) == ("posted", 1)

    @pytest.mark.parametrize("error", [AccessRefused("Invalid IP"), Unreachable("no connection")])
    def test_that_whmcs_does_not_take_leaves_it_in_review(
        self, world: World, monkeypatch: pytest.MonkeyPatch, error: WhmcsError
    ) -> None:
        """Nothing was moved: the payment keeps its sentence and its command, the person is told why, and the order can
        be given again at once. Left to the worker, it would be decided anew without the order."""
        transaction = held(world)
        sentence = world.reason(transaction)
        with monkeypatch.context() as patch:
            patch.setattr(WhmcsClient, "add_invoice_payment", Mock(side_effect=error))
            outcome = world.bridge.orders.resolve(transaction, Settle.BOOK, "luz: hablé con el cliente")
        assert outcome is not None
        assert (outcome.state, world.reason(transaction)) == ("review", sentence)
        assert str(error) in outcome.detail
        assert settle(world, transaction, Settle.BOOK) == "posted"
        assert len(world.whmcs.booked(transaction)) == 1

    @pytest.mark.parametrize(
        "changes", [{"status": "DECLINED"}, {"currency": "USD"}, {"merchant": {"public_key": "pub_test_another0000"}}]
    )
    def test_refuses_what_was_not_paid_to_us(self, world: World, changes: dict[str, object]) -> None:
        """A person can be wrong: nothing is booked that Wompi does not say was paid to us, in pesos."""
        transaction = held(world)
        world.wompi.amend(transaction, **changes)
        assert settle(world, transaction, Settle.BOOK) == "review"
        assert world.whmcs.booked(transaction) == []

    def test_of_a_cancelled_invoice_tells_to_book_credit(self, world: World) -> None:
        """WHMCS refuses it; the sentence names what works."""
        transaction = held(world, cancelled=True)
        assert settle(world, transaction, Settle.BOOK) == "review"
        assert "--credit" in world.reason(transaction)


class TestCredit:
    def test_puts_it_on_the_clients_credit_once(self, world: World) -> None:
        """Without the invoice; WHMCS itself refuses a second one of the same id."""
        transaction = held(world, cancelled=True)
        assert settle(world, transaction, Settle.CREDIT) == "posted"
        assert str(world.whmcs.credit_of(77)) == "59500.00"
        assert [row.invoice_id for row in world.whmcs.booked(transaction)] == [0]

    @pytest.mark.parametrize("again", [Settle.CREDIT, Settle.BOOK])
    def test_T15_an_unclear_answer_leaves_the_order_in_doubt(self, world: World, again: Settle) -> None:
        """Nothing more is ordered until the wait is over; then the credit is found, and nothing is doubled."""
        transaction = held(world, cancelled=True)
        world.whmcs.faults.add("AddTransaction", "500", when="late")
        assert settle(world, transaction, Settle.CREDIT) == "posting"
        world.whmcs.set_invoice(1042, status="Unpaid")
        assert settle(world, transaction, again) == "-"
        world.clock.advance(seconds=299)
        assert (world.work(), settle(world, transaction, again)) == (0, "-")
        world.whmcs.faults.commit_late()
        world.clock.advance(seconds=1)
        world.work()
        assert (world.state(transaction), str(world.whmcs.credit_of(77))) == ("posted", "59500.00")
        assert [row.invoice_id for row in world.whmcs.booked(transaction)] == [0]

    def test_T15_a_credit_that_never_took_effect_waits_for_a_person_again(self, world: World) -> None:
        """After the wait WHMCS has nothing of it: it is not ordered anew by itself, and can be ordered again."""
        transaction = held(world, cancelled=True)
        world.whmcs.faults.add("AddTransaction", "500")
        assert settle(world, transaction, Settle.CREDIT) == "posting"
        world.clock.advance(seconds=300)
        world.work()
        assert (world.state(transaction), "Ordénelo de nuevo" in world.reason(transaction)) == ("review", True)
        assert settle(world, transaction, Settle.CREDIT) == "posted"
        assert str(world.whmcs.credit_of(77)) == "59500.00"

    def test_is_counted_like_any_other_booking(self, world: World) -> None:
        """Reconcile finds it in WHMCS, once."""
        transaction = held(world, cancelled=True)
        settle(world, transaction, Settle.CREDIT)
        assert world.bridge.reconcile.run(since=None, dry_run=False).problems == []


class TestDismiss:
    def test_closes_it_and_stays_closed(self, world: World) -> None:
        """Neither an event, nor reconcile, nor the return asks the person again."""
        transaction = held(world, cancelled=True)
        assert settle(world, transaction, Settle.DISMISS) == "closed"
        world.event(transaction, timestamp=1_800_000_000)
        world.work()
        world.bridge.reconcile.run(since=world.clock().date(), dry_run=False)
        world.work()
        assert (world.state(transaction), world.whmcs.booked(transaction)) == ("closed", [])
        assert "hablé con el cliente" in world.reason(transaction)

    def test_ends_as_posted_when_somebody_books_it_after_all(self, world: World) -> None:
        """What WHMCS has is posted, whatever was decided before."""
        transaction = held(world)
        settle(world, transaction, Settle.DISMISS)
        world.whmcs.add_payment(1042, transaction, amount="40000.00")
        world.event(transaction, timestamp=1_800_000_000)
        world.work()
        assert world.state(transaction) == "posted"


class TestTheTrail:
    @pytest.mark.parametrize("how", list(Settle))
    def test_says_who_and_why(self, world: World, how: Settle) -> None:
        """One journal line with the decision, the person and the reason."""
        transaction = held(world, cancelled=how is Settle.CREDIT)
        settle(world, transaction, how)
        lines = [
            line.detail for line in world.bridge.store.journal(transaction_id=transaction) if line.what == "resolve"
        ]
        assert lines == [f"{how} luz: hablé con el cliente"]

    def test_only_what_is_in_review_can_be_settled(self, world: World) -> None:
        """Not what is due, posted or unknown: nothing is written either."""
        transaction = world.pay(world.invoice())
        world.event(transaction)
        for how in Settle:
            assert settle(world, transaction, how) == "-"
            assert settle(world, "12022-1-1", how) == "-"
        world.work()
        assert settle(world, transaction, Settle.BOOK) == "-"
        assert not [line for line in world.bridge.store.journal() if line.what == "resolve"]

    def test_every_held_payment_names_its_command(self, world: World) -> None:
        """Whatever it is held for."""
        for transaction in (held(world), held(world, cancelled=True), held(world, currency="USD")):
            assert re.search(
                rf"wompi-bridge resolve {transaction} --(book|credit|dismiss) --reason", world.reason(transaction)
            )
        assert {payment.state for payment in world.bridge.store.payments()} == {State.REVIEW}
