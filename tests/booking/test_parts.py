"""Several invoices in one payment: each gets its part, once, and all parts add up to what was paid."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import update

from tests.booking.test_booking import bookings
from tests.world import BRIDGE_SECRET, World, fields_of, make_world
from whmcs_bridge.booking.reviews import Settle
from whmcs_bridge.ledger.records import State
from whmcs_bridge.ledger.schema import payments
from whmcs_bridge.signed.references import read_reference


def three(world: World) -> tuple[int, int, int]:
    """Three unpaid invoices of client 77, the oldest due last."""
    return (
        world.invoice("59500.00", duedate="2026-11-30"),
        world.invoice("20000.50", tax="0.00", duedate="2026-11-20"),
        world.invoice("10000.00", tax="0.00", duedate="2026-11-10"),
    )


def booked(world: World) -> list[tuple[str, str, str]]:
    """What WHMCS was told, in order: invoice, id and amount."""
    return [(fields["invoiceid"], fields["transid"], fields["amount"]) for fields in bookings(world)]


def states(world: World, transaction: str) -> dict[int | None, str]:
    """Where each part of a transaction stands, by invoice."""
    return {one.invoice_id: one.state for one in world.bridge.store.of_transaction(transaction)}


class TestTheCheckout:
    def test_asks_for_the_sum_under_one_reference_that_names_how_many(self, world: World) -> None:
        """Each balance is rounded up by itself: 59.500, 20.001 and 10.000 pesos. The reference proves the sum."""
        fields = fields_of(world.choose(*three(world)))
        assert fields["amount-in-cents"] == "8950100"
        promise = read_reference(fields["reference"], [BRIDGE_SECRET])
        assert promise is not None
        assert (promise.invoice_id, promise.client_id, promise.amount_in_cents, promise.count) == (
            1044,
            77,
            8_950_100,
            3,
        )

    def test_remembers_what_each_gets_before_the_payer_leaves(self, world: World) -> None:
        """The oldest due first, with what it costs in whole pesos."""
        fields = fields_of(world.choose(*three(world)))
        parts = world.bridge.store.parts(fields["reference"])
        assert [(part.invoice_id, part.amount_in_cents) for part in parts] == [
            (1044, 1_000_000),
            (1043, 2_000_100),
            (1042, 5_950_000),
        ]

    def test_of_one_invoice_is_the_one_of_its_own_page(self, world: World) -> None:
        """A single chosen invoice has no parts: there is one way through the code."""
        invoice = world.invoice()
        fields = fields_of(world.choose(invoice))
        assert fields["reference"].startswith("INV1042-77-5950000-")
        assert world.bridge.store.parts(fields["reference"]) == []
        assert world.checkout(invoice)["reference"] == fields["reference"]

    def test_is_used_again_for_the_same_parts_only(self, world: World) -> None:
        """A second press of the same choice shares the reference; another choice, or another balance, gets its own."""
        first, second, third = three(world)
        reference = fields_of(world.choose(first, second))["reference"]
        assert fields_of(world.choose(second, first))["reference"] == reference
        assert fields_of(world.choose(first, third))["reference"] != reference
        world.whmcs.add_payment(second, "transfer", amount="5000.00", gateway="banktransfer")
        assert fields_of(world.choose(first, second))["reference"] != reference

    def test_makes_its_invoices_count_as_under_way_wherever_they_are_chosen(self, world: World) -> None:
        """A payment that has begun for two holds each of them: alone, and in another choice."""
        first, second, third = three(world)
        fields = fields_of(world.choose(first, second))
        world.transact(fields["reference"], int(fields["amount-in-cents"]), "PENDING")
        assert [world.press(second).status_code, world.choose(second, third).status_code] == [409, 409]
        assert world.choose(second, third, anyway="yes").status_code == 303
        assert world.press(third).status_code == 303

    def test_holds_them_also_once_it_is_approved_and_not_booked(self, world: World) -> None:
        """The payer may come back and press again before the worker has booked anything."""
        first, second, _ = three(world)
        world.pay_several(first, second)
        assert [world.press(first).status_code, world.press(second).status_code] == [409, 409]


class TestAnApprovedPayment:
    def test_is_booked_part_by_part_the_oldest_due_first(self, world: World) -> None:
        """Each invoice is told its own amount under the transaction's id with the invoice's number."""
        invoices = three(world)
        transaction = world.pay_several(*invoices)
        world.event(transaction)
        world.work()
        assert booked(world) == [
            ("1044", f"{transaction}-1044", "10000.00"),
            ("1043", f"{transaction}-1043", "20001.00"),
            ("1042", f"{transaction}-1042", "59500.00"),
        ]
        assert {world.whmcs.invoice(number).status for number in invoices} == {"Paid"}
        assert states(world, transaction) == dict.fromkeys((1044, 1043, 1042), "posted")
        assert world.state(transaction) == "split"

    def test_is_booked_once_however_often_it_is_told(self, world: World) -> None:
        """Events again, the payer's return, reconcile, and a look at every part: three rows in WHMCS."""
        transaction = world.pay_several(*three(world))
        for _ in range(3):
            world.event(transaction)
            world.work()
            world.http.get(f"/return?id={transaction}")
            world.bridge.reconcile.run(since=world.clock().date(), dry_run=False)
            world.work()
            for one in world.bridge.store.of_transaction(transaction):
                world.bridge.store.touch(one.transaction_id, "looked at again")
            world.work()
        assert len(bookings(world)) == 3

    def test_is_listed_as_its_parts(self, world: World) -> None:
        """The transaction's own row is no payment: it is in no list and no count."""
        transaction = world.pay_several(*three(world))
        world.event(transaction)
        world.work()
        listed = [payment.transaction_id for payment in world.bridge.store.payments()]
        assert sorted(listed) == [f"{transaction}-1042", f"{transaction}-1043", f"{transaction}-1044"]
        assert world.bridge.store.payments(invoice_id=1042)[0].wompi_id == transaction

    def test_costs_six_calls_to_whmcs_a_part(self, world: World) -> None:
        """As for one invoice, and one more: nobody may have booked the whole transaction by hand."""
        first, second, _ = three(world)
        transaction = world.pay_several(first, second)
        world.event(transaction)
        world.whmcs.calls.clear()
        world.work()
        asked = sorted(call.action for call in world.whmcs.calls)
        assert asked == sorted(2 * (["GetInvoice", "GetClientsDetails", "AddInvoicePayment"] + 3 * ["GetTransactions"]))

    def test_whose_invoice_was_cancelled_waits_without_holding_the_others(self, world: World) -> None:
        """One part goes to a person; the others are booked."""
        first, second, third = three(world)
        transaction = world.pay_several(first, second, third)
        world.whmcs.books.invoices[second].status = "Cancelled"
        world.event(transaction)
        world.work()
        assert states(world, transaction) == {first: "posted", second: "review", third: "posted"}
        assert f"resolve {transaction}-{second} --credit" in world.reason(f"{transaction}-{second}")

    def test_whose_part_is_in_doubt_waits_without_holding_the_others(self, world: World) -> None:
        """An unclear answer to one part: it is left alone, looked at after the wait, and booked once."""
        first, second, third = three(world)
        transaction = world.pay_several(first, second, third)
        world.whmcs.faults.add("AddInvoicePayment", "500", when="after")
        world.event(transaction)
        world.work()
        assert sorted(states(world, transaction).values()) == ["posted", "posted", "posting"]
        world.clock.advance(minutes=10)
        world.work()
        assert set(states(world, transaction).values()) == {"posted"}
        assert len(bookings(world)) == 3

    def test_of_which_one_invoice_has_another_owner_now(self, world: World) -> None:
        """T5: that part is held, and names the owner; the others are booked."""
        first, second, _ = three(world)
        transaction = world.pay_several(first, second)
        other = world.whmcs.add_client(id=78)
        world.whmcs.books.invoices[second].client_id = other
        world.event(transaction)
        world.work()
        assert states(world, transaction) == {first: "posted", second: "review"}
        assert "cliente 78" in world.reason(f"{transaction}-{second}")

    def test_whose_client_has_another_currency_now(self, world: World) -> None:
        """T6: no part is sent to WHMCS, which would read pesos as dollars."""
        transaction = world.pay_several(*three(world))
        world.whmcs.books.clients[77]["currency_code"] = "USD"
        world.event(transaction)
        world.work()
        assert bookings(world) == []
        assert set(states(world, transaction).values()) == {"review"}

    def test_of_another_sum_than_was_asked_for_is_divided_by_a_person(self, world: World) -> None:
        """What each invoice gets of another sum is not known: nothing is booked, and no order books it either."""
        fields = fields_of(world.choose(*three(world)))
        transaction = world.transact(fields["reference"], 8_000_000)
        world.event(transaction)
        world.work()
        assert set(states(world, transaction).values()) == {"review"}
        world.bridge.orders.resolve(f"{transaction}-1042", Settle.BOOK, "a person")
        assert bookings(world) == []

    def test_that_a_person_booked_whole_by_hand_is_not_booked_again(self, world: World) -> None:
        """F12: the transaction's own id stands in WHMCS: every part goes to a person, who sees where."""
        first, second, _ = three(world)
        transaction = world.pay_several(first, second)
        world.whmcs.add_payment(first, transaction, amount="79501.00")
        world.event(transaction)
        world.work()
        assert bookings(world) == []
        assert set(states(world, transaction).values()) == {"review"}
        assert f"en el aviso {first}" in world.reason(f"{transaction}-{second}")

    def test_of_which_a_person_booked_one_part_by_hand(self, world: World) -> None:
        """The part's id is in WHMCS already: seen, and done; the other one is booked."""
        first, second, _ = three(world)
        transaction = world.pay_several(first, second)
        world.whmcs.add_payment(first, f"{transaction}-{first}", amount="59500.00")
        world.event(transaction)
        world.work()
        assert booked(world) == [(str(second), f"{transaction}-{second}", "20001.00")]
        assert set(states(world, transaction).values()) == {"posted"}

    def test_declined_and_then_approved_on_the_same_reference(self, world: World) -> None:
        """Each transaction has parts of its own; only the approved one brings money."""
        first, second, _ = three(world)
        fields = fields_of(world.choose(first, second))
        declined = world.transact(fields["reference"], int(fields["amount-in-cents"]), "DECLINED")
        world.event(declined)
        world.work()
        assert states(world, declined) == {first: "closed", second: "closed"}
        approved = world.transact(fields["reference"], int(fields["amount-in-cents"]))
        world.event(approved)
        world.work()
        assert states(world, approved) == {first: "posted", second: "posted"}
        assert len(bookings(world)) == 2

    def test_pending_first_is_booked_once_wompi_has_decided(self, world: World) -> None:
        """Its parts are under way from the first reading on, and follow the transaction."""
        first, second, _ = three(world)
        transaction = world.pay_several(first, second, status="PENDING")
        world.event(transaction)
        world.work()
        assert states(world, transaction) == {first: "due", second: "due"}
        world.wompi.settle(transaction, "APPROVED", deliver=False)
        world.event(transaction)
        world.work()
        assert states(world, transaction) == {first: "posted", second: "posted"}


def test_fees_are_estimated_once_and_shared_among_the_parts(tmp_path: Path) -> None:
    """2.65 % and 700 pesos of 89.501 pesos are 3.071,77, and 19 % of IVA on it 583,63: together 408,42 and 816,88 by
    amount (rounded down), and the rest for the last part. A fixed sum is charged once, not once a part."""
    with make_world(tmp_path, BRIDGE_FEES="2.65%+700") as world:
        transaction = world.pay_several(*three(world))
        world.event(transaction)
        world.work()
        assert [fields["fees"] for fields in bookings(world)] == ["408.42", "816.88", "2430.10"]


class TestALostDatabase:
    """T21: the parts stand in WHMCS as ``<id>-<invoice>``; asked for ``<id>``, WHMCS says that there is nothing."""

    def lose(self, world: World) -> None:
        """Everything is forgotten."""
        for table in ("payments", "parts", "checkouts", "journal", "events"):
            world.forget(table)

    def lost_without_one(self, world: World, *invoices: int) -> str:
        """The first invoice's part was never booked, and the database is gone; Wompi tells of the transaction again."""
        transaction = world.pay_several(*invoices)
        world.whmcs.books.invoices[invoices[0]].status = "Cancelled"
        world.event(transaction)
        world.work()
        self.lose(world)
        world.event(transaction)
        world.work()
        return transaction

    def test_never_books_a_part_again(self, world: World) -> None:
        """WHMCS's rows of the client become the parts: all of them are seen, and nothing is booked."""
        transaction = world.pay_several(*three(world))
        world.event(transaction)
        world.work()
        self.lose(world)
        world.bridge.reconcile.run(since=world.clock().date(), dry_run=False)
        world.work()
        assert len(bookings(world)) == 3
        assert states(world, transaction) == dict.fromkeys((1044, 1043, 1042), "posted")

    def test_holds_what_whmcs_does_not_have(self, world: World) -> None:
        """Of three parts one was never booked: the transaction waits for a person, who is told how much is missing."""
        first, second, third = three(world)
        transaction = self.lost_without_one(world, first, second, third)
        found = {one.transaction_id: one.state for one in world.bridge.store.of_transaction(transaction)}
        seen = {f"{transaction}-{third}": "posted", f"{transaction}-{second}": "posted"}
        assert found == seen | {transaction: "review"}
        assert "faltan $\xa059.500" in world.reason(transaction)

    def test_lets_a_person_book_the_rest_and_no_more(self, world: World) -> None:
        """The order names the invoice; the rest is booked there once, and then nothing is left."""
        first, second, third = three(world)
        transaction = self.lost_without_one(world, first, second, third)
        world.whmcs.books.invoices[first].status = "Unpaid"
        outcome = world.bridge.orders.resolve(transaction, Settle.BOOK, "a person", invoice_id=first)
        assert outcome is not None
        assert (outcome.transaction_id, outcome.state) == (f"{transaction}-{first}", State.POSTED)
        assert booked(world)[2:] == [(str(first), f"{transaction}-{first}", "59500.00")]
        assert set(states(world, transaction).values()) == {"posted"}
        assert world.bridge.orders.resolve(transaction, Settle.BOOK, "again", invoice_id=first) is None

    def test_the_rest_goes_where_the_person_says_and_nowhere_else(self, world: World) -> None:
        """Without an invoice, on another client's, or on one that has its part: refused, and it waits as before."""
        first, second, _ = three(world)
        transaction = self.lost_without_one(world, first, second)
        foreign = world.invoice(client=world.whmcs.add_client(id=78))
        for invoice in (None, foreign, second, 999_999):
            outcome = world.bridge.orders.resolve(transaction, Settle.BOOK, "a person", invoice_id=invoice)
            assert outcome is not None
            assert (outcome.transaction_id, outcome.state) == (transaction, State.REVIEW)
        assert len(bookings(world)) == 1
        credited = world.bridge.orders.resolve(transaction, Settle.CREDIT, "a person", invoice_id=first)
        assert credited is not None
        assert (credited.state, str(world.whmcs.credit_of(77))) == (State.POSTED, "59500.50")
        assert set(states(world, transaction).values()) == {"posted"}

    def test_books_nothing_where_whmcs_cannot_be_read(self, world: World) -> None:
        """No rows and no answer are not the same: the transaction is looked at again later."""
        transaction = world.pay_several(*three(world))
        world.event(transaction)
        world.work()
        self.lose(world)
        world.whmcs.faults.add("GetTransactions", "500", times=9)
        world.event(transaction)
        world.work()
        assert world.state(transaction) == "due"
        assert len(bookings(world)) == 3

    def test_an_order_never_brings_the_parts_beyond_what_was_paid(self, world: World) -> None:
        """A person booked the held part by hand under another part's id: the order finds that nothing is left."""
        first, second, _ = three(world)
        transaction = world.pay_several(first, second)
        world.whmcs.books.invoices[second].status = "Cancelled"
        world.event(transaction)
        world.work()
        world.whmcs.books.invoices[second].status = "Unpaid"
        world.whmcs.add_payment(second, f"{transaction}-a", amount="20001.00")
        outcome = world.bridge.orders.resolve(f"{transaction}-{second}", Settle.BOOK, "a person")
        assert outcome is not None
        assert outcome.state is State.REVIEW
        assert len(bookings(world)) == 1

    def test_a_restored_older_one_never_books_a_part_again(self, world: World) -> None:
        """The checkout is remembered and the payments are not: each part is looked for in WHMCS before it is booked."""
        transaction = world.pay_several(*three(world))
        world.event(transaction)
        world.work()
        world.forget("payments")
        world.bridge.store.touch(transaction, "restored")
        world.work()
        assert len(bookings(world)) == 3
        assert set(states(world, transaction).values()) == {"posted"}


class TestVoids:
    def test_a_voided_transaction_is_recorded_part_by_part(self, world: World) -> None:
        """Each part that WHMCS has is held with the command that records its void."""
        first, second, _ = three(world)
        transaction = world.pay_several(first, second)
        world.event(transaction)
        world.work()
        world.wompi.settle(transaction, "VOIDED", deliver=False)
        world.event(transaction)
        world.work()
        assert states(world, transaction) == {first: "review", second: "review"}
        for invoice, amount in ((first, "59500.00"), (second, "20001.00")):
            outcome = world.bridge.orders.resolve(f"{transaction}-{invoice}", Settle.RECORD_VOID, "a person")
            assert outcome is not None
            assert outcome.state is State.CLOSED
            row = next(row for row in world.whmcs.transactions if row.transid == f"{transaction}-{invoice}-VOIDED")
            assert (row.invoice_id, str(row.amountout)) == (invoice, amount)

    def test_voided_before_it_was_booked_closes_every_part(self, world: World) -> None:
        """There is no money, and nothing is booked."""
        transaction = world.pay_several(*three(world))
        world.wompi.settle(transaction, "VOIDED", deliver=False)
        world.event(transaction)
        world.work()
        assert set(states(world, transaction).values()) == {"closed"}
        assert bookings(world) == []


def test_a_transaction_that_an_older_version_has_settled_is_not_split(world: World) -> None:
    """A version without parts asked a person, who ordered a credit: nothing of it is booked on an invoice."""
    transaction = world.pay_several(*three(world))
    world.bridge.store.touch(transaction, "by hand")
    changed = update(payments).values(state="posted", ordered="credit", ordered_client_id=77, posted_at=world.clock())
    world.forget("parts")
    world.bridge.database.write(lambda connection: connection.execute(changed))
    world.bridge.store.touch(transaction, "again")
    world.work()
    assert bookings(world) == []
    assert world.state(transaction) == "review"
