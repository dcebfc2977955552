"""Proof, the fifth guard: what counts as booked is what was seen in WHMCS, whole, where it belongs. Cases T1 to T8."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.world import World
from whmcs_bridge.booking.reviews import Settle
from whmcs_bridge.sandbox.faults import Kind

pytestmark = pytest.mark.one_elsewhere

WAIT = 300
"""The default of BRIDGE_RECHECK_AFTER, in seconds."""


def paid(world: World, **invoice: Any) -> tuple[int, str]:
    """An invoice, and its approved payment whose event has arrived and which nobody has looked at."""
    number = world.invoice(**invoice)
    transaction = world.pay(number)
    world.event(transaction)
    return number, transaction


def tries(world: World) -> int:
    """How often WHMCS was asked to book."""
    return len(world.whmcs.calls_to("AddInvoicePayment"))


def resolve(world: World, transaction: str, how: Settle, **options: int) -> str:
    """What ``resolve`` makes of it; ``-`` when it did nothing."""
    outcome = world.bridge.orders.resolve(transaction, how, "luz: hablé con el cliente", **options)
    return outcome.state if outcome else "-"


class TestARowThatIsNotThisPayment:
    @pytest.mark.parametrize("reconciled", [False, True])
    def test_T1_on_another_clients_invoice_it_is_nobody_s_booking(self, world: World, reconciled: bool) -> None:
        """A person has mistyped: the id stands on a stranger's invoice. Held, and the sentence names that invoice."""
        world.whmcs.add_client(id=78)
        invoice, transaction = paid(world)
        other = world.invoice(client=78)
        world.whmcs.add_payment(other, transaction)
        world.work()
        if reconciled:
            world.bridge.reconcile.run(since=None, dry_run=False)
            world.work()
        assert (world.state(transaction), tries(world)) == ("review", 0)
        assert f"en el aviso {other} del cliente 78" in world.reason(transaction)
        assert world.whmcs.invoice(invoice).status == "Unpaid"

    @pytest.mark.parametrize(
        ("amount", "same_client", "named"),
        [("59500.00", True, "en el aviso"), ("59400.00", True, "59.400"), ("0.01", False, "del cliente 78")],
    )
    def test_T1_what_agrees_in_the_id_and_in_nothing_else(
        self, world: World, amount: str, same_client: bool, named: str
    ) -> None:
        """Another invoice of the same client, another amount: a person must look."""
        world.whmcs.add_client(id=78)
        _, transaction = paid(world)
        world.whmcs.add_payment(world.invoice(client=77 if same_client else 78), transaction, amount=amount)
        world.work()
        assert (world.state(transaction), named in world.reason(transaction)) == ("review", True)
        assert tries(world) == 0

    def test_T1_this_invoice_and_another_amount(self, world: World) -> None:
        """Somebody has booked it by hand with a wrong amount."""
        invoice, transaction = paid(world)
        world.whmcs.add_payment(invoice, transaction, amount="5950.00")
        world.work()
        assert (world.state(transaction), "5.950" in world.reason(transaction)) == ("review", True)

    def test_T1_the_row_is_mended_and_it_ends_by_itself(self, world: World) -> None:
        """What waits for a person ends once WHMCS has it on this invoice, with this amount and owner."""
        world.whmcs.add_client(id=78)
        invoice, transaction = paid(world)
        world.whmcs.add_payment(world.invoice(client=78), transaction)
        world.work()
        row = world.whmcs.booked(transaction)[0]
        row.invoice_id, row.client_id = invoice, 77
        world.clock.advance(hours=1)
        world.work()
        assert (world.state(transaction), tries(world)) == ("posted", 0)

    @pytest.mark.parametrize("how", [Settle.BOOK, Settle.CREDIT])
    def test_T1_no_order_books_beside_a_row_elsewhere(self, world: World, how: Settle) -> None:
        """A person can be wrong: WHMCS has this id, and a second row would be a double."""
        world.whmcs.add_client(id=78)
        _, transaction = paid(world)
        world.whmcs.add_payment(world.invoice(client=78), transaction)
        world.work()
        assert resolve(world, transaction, how) == "review"
        assert len(world.whmcs.booked(transaction)) == 1

    def test_T1_dismissed_it_is_not_asked_about_again(self, world: World) -> None:
        """What a person has left stays left, also when reconcile comes by."""
        world.whmcs.add_client(id=78)
        _, transaction = paid(world)
        world.whmcs.add_payment(world.invoice(client=78), transaction)
        world.work()
        assert resolve(world, transaction, Settle.DISMISS) == "closed"
        world.bridge.reconcile.run(since=world.clock().date(), dry_run=False)
        world.work()
        assert (world.state(transaction), tries(world)) == ("closed", 0)

    @pytest.mark.parametrize("new_client", [77, 78])
    def test_T1_a_merge_after_the_booking_is_no_alarm(self, world: World, new_client: int) -> None:
        """WHMCS moves the rows of merged invoices: seen booked once, it stays posted, with a line in the journal."""
        world.whmcs.add_client(id=78)
        _, transaction = paid(world)
        world.work()
        row = world.whmcs.booked(transaction)[0]
        row.invoice_id, row.client_id = world.invoice(client=new_client), new_client
        report = world.bridge.reconcile.run(since=None, dry_run=False)
        world.event(transaction, timestamp=int(world.clock.seconds()) + 1)
        world.work()
        assert (world.state(transaction), report.problems) == ("posted", [])
        told = [line.detail for line in world.bridge.store.journal(transaction_id=transaction)]
        assert f"WHMCS lo tiene ahora en el aviso {row.invoice_id}" in told[-1]

    def test_T1_a_changed_amount_after_the_booking_is_told(self, world: World) -> None:
        """A person has edited the row: reconcile says so, and a person must look."""
        _, transaction = paid(world)
        world.work()
        world.whmcs.booked(transaction)[0].amountin = Decimal("5950.00")
        report = world.bridge.reconcile.run(since=None, dry_run=False)
        world.work()
        assert (world.state(transaction), len(report.problems)) == ("review", 1)

    @pytest.mark.parametrize("written", ["{} ", "{}   "])
    def test_T2_a_blank_behind_the_id_is_this_payment(self, world: World, written: str) -> None:
        """WHMCS's database finds it when it is asked for the id, and so do we: booked, and not once more."""
        invoice, transaction = paid(world)
        world.whmcs.add_payment(invoice, written.format(transaction))
        world.work()
        assert (world.state(transaction), tries(world)) == ("posted", 0)


class TestSuccessWithoutARow:
    @pytest.mark.parametrize("word", ["success", "status"])
    def test_T3_success_is_a_word_until_the_row_is_seen(self, world: World, word: Kind) -> None:
        """Nothing was written: not posted. After the wait, all being as before, it is tried once more, and booked."""
        invoice, transaction = paid(world)
        world.whmcs.faults.add("AddInvoicePayment", word)
        world.work()
        assert (world.state(transaction), world.whmcs.invoice(invoice).status) == ("posting", "Unpaid")
        world.clock.advance(seconds=WAIT - 1)
        assert world.work() == 0
        world.clock.advance(seconds=1)
        world.work()
        assert (world.state(transaction), len(world.whmcs.booked(transaction)), tries(world)) == ("posted", 1, 2)

    def test_T3_a_row_that_comes_late_is_found(self, world: World) -> None:
        """Success was said before the row was written: it is looked for again, and not booked again."""
        _, transaction = paid(world)
        world.whmcs.faults.add("AddInvoicePayment", "success", when="late")
        world.work()
        assert world.reason(transaction) == "WHMCS dijo que lo registró, y todavía no lo tiene"
        world.whmcs.faults.commit_late()
        world.clock.advance(seconds=WAIT)
        world.work()
        assert (world.state(transaction), tries(world)) == ("posted", 1)

    def test_T3_it_is_tried_once_more_and_no_oftener(self, world: World) -> None:
        """Twice success and no row: a person must look at what touches payments there."""
        _, transaction = paid(world)
        world.whmcs.faults.add("AddInvoicePayment", "success", times=None)
        world.work()
        for _ in range(5):
            world.clock.advance(seconds=WAIT)
            world.work()
        assert (world.state(transaction), tries(world)) == ("review", 2)
        assert "no lo tiene" in world.reason(transaction)

    @pytest.mark.parametrize("kind", ["success", "500", "reset"])
    @pytest.mark.parametrize("change", ["balance", "status", "row", "other place"])
    def test_T3_any_change_since_the_first_try_is_a_persons_question(
        self, world: World, kind: Kind, change: str
    ) -> None:
        """The row may stand there under another number: a hook rewrites it, or moves it."""
        invoice, transaction = paid(world)
        world.whmcs.faults.add("AddInvoicePayment", kind)
        world.work()
        match change:
            case "balance":
                world.whmcs.set_invoice(invoice, total="60000.00")
            case "status":
                world.whmcs.set_invoice(invoice, status="Collections")
            case "row":
                world.whmcs.add_payment(invoice, "WOMPI-1", amount="1.00")
            case _:
                world.whmcs.add_payment(world.invoice(), "rewritten")
        world.clock.advance(seconds=WAIT)
        world.work()
        assert (world.state(transaction), tries(world)) == ("review", 1)
        assert "cambiaron desde entonces" in world.reason(transaction)

    def test_T3_another_payment_of_ours_of_the_same_amount_is_no_change(self, world: World) -> None:
        """What the ledger knows by its own id is not this payment."""
        _, transaction = paid(world)
        world.whmcs.faults.add("AddInvoicePayment", "500")
        world.work()
        _, other = paid(world)
        world.work()
        world.clock.advance(seconds=WAIT)
        world.work()
        assert (world.state(other), world.state(transaction), tries(world)) == ("posted", "posted", 3)

    def test_T3_two_payments_without_a_row_are_not_tried_again(self, world: World) -> None:
        """Within a day: something rewrites or hides rows. No more tries, and a person is told."""
        world.whmcs.faults.add("AddInvoicePayment", "success", times=2)
        _, first = paid(world)
        world.work()
        world.clock.advance(seconds=WAIT - 10)
        _, second = paid(world)
        world.work()
        world.clock.advance(seconds=WAIT + 10)
        world.work()
        assert (world.state(first), world.state(second), tries(world)) == ("review", "review", 2)
        assert "reescribe o esconde" in world.reason(second)

    def test_T3_an_order_that_is_said_to_be_done_and_is_not(self, world: World) -> None:
        """``--credit`` is proven like a booking: without a row it stays in doubt, then waits for a person again."""
        invoice, transaction = paid(world)
        world.whmcs.set_invoice(invoice, status="Cancelled")
        world.work()
        world.whmcs.faults.add("AddTransaction", "success")
        assert resolve(world, transaction, Settle.CREDIT) == "posting"
        world.clock.advance(seconds=WAIT)
        world.work()
        assert (world.state(transaction), world.whmcs.credits) == ("review", [])


class TestPartialAndForeignAnswers:
    @pytest.mark.parametrize("kind", ["partial", "foreign"])
    def test_T4_what_is_no_answer_is_waited_for(self, world: World, kind: Kind) -> None:
        """Fewer rows than are counted, or rows of other ids: unclear, and nothing is booked."""
        _, transaction = paid(world)
        world.whmcs.faults.add("GetTransactions", kind)
        world.work()
        assert (world.state(transaction), tries(world)) == ("due", 0)
        world.clock.advance(seconds=WAIT)
        world.work()
        assert (world.state(transaction), len(world.whmcs.booked(transaction))) == ("posted", 1)

    @pytest.mark.parametrize("kind", ["partial", "foreign"])
    def test_T4_the_row_is_there_and_the_answer_hides_it(self, world: World, kind: Kind) -> None:
        """Booked, the answer lost, and then the look is told half: not booked again."""
        _, transaction = paid(world)
        world.whmcs.faults.add("AddInvoicePayment", "500", when="after")
        world.work()
        world.whmcs.faults.add("GetTransactions", kind)
        world.clock.advance(seconds=WAIT)
        world.work()
        assert (world.state(transaction), tries(world)) == ("posting", 1)
        world.clock.advance(seconds=WAIT)
        world.work()
        assert (world.state(transaction), tries(world)) == ("posted", 1)

    def test_T4_a_row_names_no_client(self, world: World) -> None:
        """The owner is what GetInvoice says; a row's client counts only if it names one."""
        _, transaction = paid(world)
        world.whmcs.faults.add("AddInvoicePayment", "500", when="after")
        world.work()
        world.whmcs.booked(transaction)[0].client_id = 0
        world.clock.advance(seconds=WAIT)
        world.work()
        assert (world.state(transaction), tries(world)) == ("posted", 1)


class TestOwner:
    def test_T5_an_invoice_that_went_to_another_client(self, world: World) -> None:
        """The reference carries the client who paid: held, and the sentence says whose the invoice is now."""
        world.whmcs.add_client(id=78)
        invoice, transaction = paid(world)
        world.whmcs.set_invoice(invoice, client_id=78)
        world.work()
        assert (world.state(transaction), tries(world)) == ("review", 0)
        assert "ahora es del cliente 78" in world.reason(transaction)
        assert world.whmcs.invoice(invoice).status == "Unpaid"

    def test_T5_booked_there_by_the_owners_name(self, world: World) -> None:
        """``--book --owner N`` books it; what was accepted is remembered, and reconcile does not ask again."""
        world.whmcs.add_client(id=78)
        invoice, transaction = paid(world)
        world.whmcs.set_invoice(invoice, client_id=78)
        world.work()
        assert resolve(world, transaction, Settle.BOOK) == "review"
        assert resolve(world, transaction, Settle.BOOK, owner=79) == "review"
        assert tries(world) == 0
        assert resolve(world, transaction, Settle.BOOK, owner=78) == "posted"
        report = world.bridge.reconcile.run(since=world.clock().date(), dry_run=False)
        world.work()
        assert (world.state(transaction), report.problems, tries(world)) == ("posted", [], 1)

    def test_T5_credited_to_who_paid(self, world: World) -> None:
        """``--credit`` gives it to the client who paid, not to the invoice's new owner."""
        world.whmcs.add_client(id=78)
        invoice, transaction = paid(world)
        world.whmcs.set_invoice(invoice, client_id=78)
        world.work()
        assert resolve(world, transaction, Settle.CREDIT) == "posted"
        assert (world.whmcs.credit_of(77), world.whmcs.credit_of(78)) == (Decimal("59500.00"), Decimal(0))

    def test_T5_an_order_in_doubt_remembers_the_owner(self, world: World) -> None:
        """The answer to ``--book --owner`` was lost: after the wait it is found, and is posted."""
        world.whmcs.add_client(id=78)
        invoice, transaction = paid(world)
        world.whmcs.set_invoice(invoice, client_id=78)
        world.work()
        world.whmcs.faults.add("AddInvoicePayment", "reset", when="after")
        assert resolve(world, transaction, Settle.BOOK, owner=78) == "posting"
        world.clock.advance(seconds=WAIT)
        world.work()
        assert (world.state(transaction), tries(world)) == ("posted", 1)

    def test_T5_the_row_is_there_and_the_invoice_moved_before_it_was_seen(self, world: World) -> None:
        """Booked, the answer lost, the invoice given to another client: a person's question, not ``posted``."""
        world.whmcs.add_client(id=78)
        invoice, transaction = paid(world)
        world.whmcs.faults.add("AddInvoicePayment", "500", when="after")
        world.work()
        world.whmcs.set_invoice(invoice, client_id=78)
        world.clock.advance(seconds=WAIT)
        world.work()
        assert (world.state(transaction), tries(world)) == ("review", 1)

    def test_T7_the_client_who_paid_is_gone(self, world: World) -> None:
        """Merged away: then, and only then, the credit goes to the invoice's present owner, who is named."""
        world.whmcs.add_client(id=78)
        invoice, transaction = paid(world)
        world.whmcs.set_invoice(invoice, client_id=78)
        del world.whmcs.books.clients[77]
        world.work()
        assert world.state(transaction) == "review"
        outcome = world.bridge.orders.resolve(transaction, Settle.CREDIT, "luz: unidos")
        assert outcome is not None
        assert (outcome.state, "cliente 78" in outcome.reason) == ("posted", True)
        assert world.whmcs.credit_of(78) == Decimal("59500.00")
        report = world.bridge.reconcile.run(since=None, dry_run=False)
        assert report.problems == []

    def test_T7_client_and_invoice_are_gone(self, world: World) -> None:
        """There is nobody to credit: refused with a sentence, and it still waits for a person."""
        invoice, transaction = paid(world)
        world.whmcs.delete_invoice(invoice)
        del world.whmcs.books.clients[77]
        world.work()
        outcome = world.bridge.orders.resolve(transaction, Settle.CREDIT, "luz: unidos")
        assert outcome is not None
        assert (outcome.state, "no hay a quién abonarlo" in outcome.detail) == ("review", True)
        assert world.whmcs.transactions == []


class TestCurrency:
    def test_T6_pesos_never_become_dollars(self, world: World) -> None:
        """The client's currency changed between click and booking: held, and nothing is sent to WHMCS."""
        _, transaction = paid(world)
        world.whmcs.books.clients[77]["currency_code"] = "USD"
        world.work()
        assert (world.state(transaction), tries(world)) == ("review", 0)
        assert "'USD'" in world.reason(transaction)

    @pytest.mark.parametrize("how", [Settle.BOOK, Settle.CREDIT])
    def test_T6_nor_by_an_order(self, world: World, how: Settle) -> None:
        """A person who orders it is told the same, and once the currency is mended the order goes through."""
        _, transaction = paid(world)
        world.whmcs.books.clients[77]["currency_code"] = "USD"
        world.work()
        assert resolve(world, transaction, how) == "review"
        assert world.whmcs.transactions == []
        world.whmcs.books.clients[77]["currency_code"] = "COP"
        assert resolve(world, transaction, how) == "posted"

    def test_T6_the_new_owners_currency_counts(self, world: World) -> None:
        """``--owner`` names a client who is billed in dollars: refused."""
        world.whmcs.add_client(id=78, currency_code="USD")
        invoice, transaction = paid(world)
        world.whmcs.set_invoice(invoice, client_id=78)
        world.work()
        assert resolve(world, transaction, Settle.BOOK, owner=78) == "review"
        assert tries(world) == 0

    def test_T6_the_credit_of_a_client_who_is_gone_is_not_given_in_dollars(self, world: World) -> None:
        """The present owner would read pesos as dollars."""
        world.whmcs.add_client(id=78, currency_code="USD")
        invoice, transaction = paid(world)
        world.whmcs.set_invoice(invoice, client_id=78)
        del world.whmcs.books.clients[77]
        world.work()
        assert resolve(world, transaction, Settle.CREDIT) == "review"
        assert world.whmcs.credits == []
