"""From an event to the payment in WHMCS: booked right, and once."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from tests.world import BRIDGE_SECRET, World
from whmcs_bridge.ledger.schema import checkouts
from whmcs_bridge.signed.references import Reference, issue_reference

pytestmark = pytest.mark.one_elsewhere


def bookings(world: World) -> list[dict[str, str]]:
    """The fields of each AddInvoicePayment, without the credential."""
    hidden = {"action", "identifier", "secret", "responsetype"}
    sent = [call.fields for call in world.whmcs.calls_to("AddInvoicePayment")]
    return [{name: value for name, value in fields.items() if name not in hidden} for fields in sent]


class TestAnApprovedPayment:
    def test_is_told_to_whmcs_with_exactly_the_agreed_fields(self, world: World) -> None:
        """Invoice, Wompi's id, gateway, what was paid, and when Wompi finalised it, in Bogotá's time. Nothing else."""
        transaction = world.pay(world.invoice())
        assert world.event(transaction).status_code == 200
        world.work()
        assert bookings(world) == [
            {
                "invoiceid": "1042",
                "transid": transaction,
                "gateway": "wompi",
                "amount": "59500.00",
                "date": "2026-11-21 10:04:05",
            }
        ]
        assert world.whmcs.invoice(1042).status == "Paid"
        assert world.state(transaction) == "posted"

    def test_F47_is_dated_in_the_zone_of_whmcs(self, world: World) -> None:
        """Half past three in the morning of UTC is the evening before in Bogotá."""
        world.clock.advance(hours=12)
        transaction = world.pay(world.invoice())
        world.event(transaction)
        world.work()
        assert bookings(world)[0]["date"] == "2026-11-21 22:04:05"

    def test_costs_one_call_to_wompi_and_five_to_whmcs(self, world: World) -> None:
        """Wompi is read back once; WHMCS is asked for invoice and client, for the id, told, and asked once more."""
        transaction = world.pay(world.invoice())
        world.whmcs.calls.clear()
        world.event(transaction)
        world.work()
        assert [call.path for call in world.wompi.calls] == [f"/v1/transactions/{transaction}"]
        actions = [call.action for call in world.whmcs.calls]
        assert sorted(actions[:2]) == ["GetClientsDetails", "GetInvoice"]
        assert actions[2:] == ["GetTransactions", "AddInvoicePayment", "GetTransactions"]

    def test_wakes_the_worker_at_once(self, world: World) -> None:
        """The webhook itself books nothing; it wakes who does."""
        transaction = world.pay(world.invoice())
        world.event(transaction)
        assert (len(world.woken), world.state(transaction)) == (1, "due")

    def test_leaves_a_trail(self, world: World) -> None:
        """I8: click, event, booking begun, booked: one line each, in order."""
        world.event(world.pay(world.invoice()))
        world.work()
        trail = [line.what for line in world.bridge.store.journal(invoice_id=1042)]
        assert trail == ["checkout", "touch", "posting", "posted"]

    def test_is_booked_although_the_invoice_was_paid_meanwhile(self, world: World) -> None:
        """F13: the money is real; WHMCS makes it the client's credit."""
        transaction = world.pay(world.invoice())
        world.whmcs.add_payment(1042, "bank-transfer", gateway="banktransfer")
        world.event(transaction)
        world.work()
        assert (world.state(transaction), str(world.whmcs.credit_of(77))) == ("posted", "59500.00")

    def test_F15_is_booked_with_what_was_paid(self, world: World) -> None:
        """The invoice grew since the click: what was paid is booked, and the rest stays due."""
        transaction = world.pay(world.invoice())
        world.whmcs.books.invoices[1042].total += 5000
        world.event(transaction)
        world.work()
        assert (bookings(world)[0]["amount"], str(world.whmcs.balance(1042))) == ("59500.00", "5000.00")

    def test_F12_that_somebody_booked_by_hand_is_not_booked_again(self, world: World) -> None:
        """WHMCS has the transaction id already: seen, and done."""
        transaction = world.pay(world.invoice())
        world.whmcs.add_payment(1042, transaction)
        world.event(transaction)
        world.work()
        assert (world.state(transaction), bookings(world)) == ("posted", [])

    def test_is_not_confused_by_an_id_that_only_looks_alike(self, world: World) -> None:
        """Whatever WHMCS's search matches, only exactly this id counts."""
        transaction = world.pay(world.invoice())
        world.whmcs.add_payment(1042, transaction + "0", amount="1.00", gateway="banktransfer")
        world.event(transaction)
        world.work()
        assert len(bookings(world)) == 1


class TestOnceAndNotTwice:
    def test_A83_redelivered_returned_and_reconciled_it_stays_booked_once(self, world: World) -> None:
        """The same event many times, the payer's return, and reconcile: one row in WHMCS."""
        transaction = world.pay(world.invoice())
        answers = {world.event(transaction).text for _ in range(3)}
        world.work()
        answers |= {world.event(transaction).text for _ in range(20)}
        world.http.get(f"/return?id={transaction}")
        world.work()
        world.bridge.reconcile.run(since=None, dry_run=False)
        world.work()
        assert answers == {"stored\n", "known\n"}
        assert len(world.whmcs.booked(transaction)) == 1

    def test_F22_the_return_before_the_webhook_books_once(self, world: World) -> None:
        """Whoever comes first says "look"; the worker looks; the other one changes nothing."""
        transaction = world.pay(world.invoice())
        assert "¡Pago realizado con éxito!" in world.http.get(f"/return?id={transaction}").text
        world.work()
        world.event(transaction)
        world.work()
        assert len(world.whmcs.booked(transaction)) == 1

    def test_A84_a_replay_after_the_inbox_was_pruned_books_nothing(self, world: World) -> None:
        """The ledger remembers for ever what the inbox forgets."""
        transaction = world.pay(world.invoice())
        body = world.wompi.event_body(transaction)
        world.post_event(body)
        world.work()
        world.forget("events")
        assert world.post_event(body).text == "stored\n"
        world.work()
        assert len(world.whmcs.booked(transaction)) == 1

    def test_F24_a_pending_event_after_the_booking_changes_nothing(self, world: World) -> None:
        """Events may come in any order; only what is read back counts."""
        transaction = world.pay(world.invoice())
        pending = world.wompi.event_body(transaction, status="PENDING")
        world.event(transaction)
        world.work()
        assert world.post_event(pending).status_code == 200
        world.work()
        assert (world.state(transaction), len(world.whmcs.booked(transaction))) == ("posted", 1)

    def test_A95_two_payments_on_one_reference_are_both_booked(self, world: World) -> None:
        """Two transactions are two payments, whatever the reference; the second becomes credit."""
        fields = world.checkout(world.invoice())
        one, other = (world.transact(fields["reference"], 5_950_000) for _ in range(2))
        world.event(one)
        world.work()
        world.bridge.reconcile.run(since=None, dry_run=False)
        world.work()
        assert [len(world.whmcs.booked(transaction)) for transaction in (one, other)] == [1, 1]


class TestRetriesAndOrder:
    def test_F25_declined_then_approved_on_one_reference_is_booked(self, world: World) -> None:
        """A payer may try again within the checkout: a decline closes its transaction, never the checkout."""
        fields = world.checkout(world.invoice())
        first = world.transact(fields["reference"], 5_950_000, "DECLINED")
        world.event(first)
        world.work()
        second = world.transact(fields["reference"], 5_950_000, "APPROVED")
        world.event(second)
        world.work()
        assert (world.state(first), world.state(second)) == ("closed", "posted")

    def test_F25_approved_before_its_sibling_is_declined(self, world: World) -> None:
        """Events of one reference may arrive in any order."""
        fields = world.checkout(world.invoice())
        first = world.transact(fields["reference"], 5_950_000, "DECLINED")
        second = world.transact(fields["reference"], 5_950_000, "APPROVED")
        world.event(second)
        world.work()
        world.event(first)
        world.work()
        assert (world.state(first), world.state(second)) == ("closed", "posted")
        assert world.whmcs.invoice(1042).status == "Paid"

    def test_F26_declined_then_approved_for_the_same_transaction(self, world: World) -> None:
        """What Wompi says when it is read back decides, not the event and not what was said before."""
        transaction = world.pay(world.invoice(), "DECLINED")
        world.event(transaction)
        world.work()
        assert world.state(transaction) == "closed"
        world.wompi.amend(transaction, status="APPROVED")
        world.event(transaction)
        world.work()
        assert world.state(transaction) == "posted"

    def test_an_older_checkout_approved_after_a_newer_one_was_opened_is_booked(self, world: World) -> None:
        """A payer who finishes in the first tab has paid as well."""
        invoice = world.invoice()
        older = world.checkout(invoice)
        world.clock.advance(minutes=40)
        newer = world.checkout(invoice)
        assert older["reference"] != newer["reference"]
        transaction = world.transact(older["reference"], 5_950_000)
        world.event(transaction)
        world.work()
        assert world.state(transaction) == "posted"

    def test_F30_is_booked_after_its_checkout_was_closed(self, world: World) -> None:
        """We were down for days, and Wompi's last retry arrives: the reference proves itself."""
        transaction = world.pay(world.invoice())
        world.clock.advance(days=30)
        world.event(transaction, timestamp=int(world.clock.seconds()))
        world.work()
        assert world.state(transaction) == "posted"

    def test_is_booked_when_the_checkouts_row_is_gone(self, world: World) -> None:
        """The reference carries invoice, client and amount, and a MAC over them."""
        transaction = world.pay(world.invoice())
        world.forget("checkouts")
        world.event(transaction)
        world.work()
        assert (world.state(transaction), world.whmcs.invoice(1042).status) == ("posted", "Paid")

    def test_is_booked_when_only_the_checkouts_row_is_left(self, world: World) -> None:
        """The secret that signed the reference is retired; the row still says that it is ours."""
        fields = world.checkout(world.invoice())
        stranger = issue_reference(Reference(1042, 77, 5_950_000), "another-secret-" + BRIDGE_SECRET)
        renamed = update(checkouts).where(checkouts.c.reference == fields["reference"]).values(reference=stranger)
        world.bridge.database.write(lambda connection: connection.execute(renamed))
        transaction = world.transact(stranger, 5_950_000)
        world.event(transaction)
        world.work()
        assert world.state(transaction) == "posted"


class TestNeverToTheWrongInvoice:
    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"amount_in_cents": 150_000}, "se habían pedido"),
            ({"amount_in_cents": 5_950_100}, "se habían pedido"),
            ({"currency": "USD"}, "'USD'"),
        ],
    )
    def test_A87_A88_A89_another_amount_or_currency_goes_to_a_person(
        self, world: World, changes: dict[str, object], sentence: str
    ) -> None:
        """What was paid is not what was asked for: held, with a sentence, and nothing is booked."""
        transaction = world.pay(world.invoice())
        world.wompi.amend(transaction, **changes)
        world.event(transaction)
        world.work()
        assert (world.state(transaction), bookings(world)) == ("review", [])
        assert sentence in world.reason(transaction)

    def test_a_payment_to_another_merchant_goes_to_a_person(self, world: World) -> None:
        """A payer could pay a shop of his own with our reference."""
        transaction = world.pay(world.invoice())
        world.wompi.amend(transaction, merchant={"name": "Otra tienda", "public_key": "pub_test_another0000"})
        world.event(transaction)
        world.work()
        assert (world.state(transaction), bookings(world)) == ("review", [])

    def test_without_a_named_merchant_our_own_list_must_know_it(self, world: World) -> None:
        """Where the answer names no merchant, the list by reference, asked with our private key, decides."""
        world.wompi.omit_merchant = True
        transaction = world.pay(world.invoice())
        world.event(transaction)
        world.work()
        assert world.state(transaction) == "posted"
        assert [call.path for call in world.wompi.calls] == [f"/v1/transactions/{transaction}", "/v1/transactions"]

    def test_A48_a_reference_that_is_not_ours_is_left_alone(self, world: World) -> None:
        """Another shop on the same Wompi account: 200, never booked, and WHMCS is not even asked."""
        world.invoice()
        transaction = world.transact("S00042-1a", 5_950_000)
        assert world.event(transaction).status_code == 200
        world.work()
        assert (world.state(transaction), world.whmcs.calls) == ("closed", [])

    def test_A50_a_made_up_reference_is_not_ours(self, world: World) -> None:
        """Only this bridge can make a reference that it believes."""
        world.invoice()
        transaction = world.transact("INV1042-77-5950000-AAAAAAAAAAAAAAAAAAAAAAAAA", 5_950_000)
        world.event(transaction)
        world.work()
        assert (world.state(transaction), bookings(world)) == ("closed", [])

    def test_A47_A90_an_event_with_another_reference_books_the_true_one(self, world: World) -> None:
        """The reference of an event is not signed: somebody swapped it, and it makes no difference."""
        first, second = world.invoice(), world.invoice("20000.00", tax="0.00")
        wrong = world.checkout(second)["reference"]
        transaction = world.pay(first)
        assert world.event(transaction, reference=wrong).status_code == 200
        world.work()
        assert [row.invoice_id for row in world.whmcs.booked(transaction)] == [first]

    @pytest.mark.parametrize("status", ["DECLINED", "ERROR", "VOIDED"])
    def test_A86_an_event_that_says_approved_of_what_is_not(self, world: World, status: str) -> None:
        """A forged or outdated event: what is read back decides, and nothing is booked."""
        transaction = world.pay(world.invoice(), status)
        world.event(transaction, status="APPROVED")
        world.work()
        assert (world.state(transaction), bookings(world)) == ("closed", [])

    def test_A85_an_event_that_says_approved_of_what_is_pending(self, world: World) -> None:
        """Wait, look again, and book when it is true."""
        transaction = world.pay(world.invoice(), "PENDING")
        world.event(transaction, status="APPROVED")
        world.work()
        assert (world.state(transaction), bookings(world)) == ("due", [])
        world.wompi.amend(transaction, status="APPROVED")
        world.clock.advance(seconds=61)
        world.work()
        assert world.state(transaction) == "posted"

    def test_A41_a_word_that_nobody_knows_waits_for_a_person(self, world: World) -> None:
        """A new status is neither money nor its absence: 200, looked at for a week, then held."""
        transaction = world.pay(world.invoice(), "APPROVED")
        world.wompi.amend(transaction, status="PARTIALLY_REFUNDED")
        assert world.event(transaction).status_code == 200
        world.work()
        assert world.state(transaction) == "due"
        world.clock.advance(days=8)
        world.work()
        assert (world.state(transaction), bookings(world)) == ("review", [])
        assert "PARTIALLY_REFUNDED" in world.reason(transaction)

    def test_A92_an_id_that_wompi_does_not_know_is_held_after_a_day(self, world: World) -> None:
        """It may become readable yet; after a day a person should look."""
        transaction = world.pay(world.invoice())
        world.event(transaction)
        world.wompi.faults.add("transaction", "error", status=404, times=None)
        world.work()
        assert world.state(transaction) == "due"
        world.clock.advance(hours=25)
        world.work()
        assert world.state(transaction) == "review"
        world.wompi.faults.clear()
        world.clock.advance(days=2)
        world.work()
        assert world.state(transaction) == "posted"


class TestWhereWhmcsCannotTakeIt:
    def test_A116_F14_a_cancelled_invoice_goes_to_a_person(self, world: World) -> None:
        """The sentence says what was found and what to do; it ends by itself once WHMCS has the transaction id."""
        transaction = world.pay(world.invoice())
        world.whmcs.set_invoice(1042, status="Cancelled")
        world.event(transaction)
        world.work()
        assert (world.state(transaction), bookings(world)) == ("review", [])
        assert "Cancelled" in world.reason(transaction)
        world.whmcs.set_invoice(1042, status="Unpaid")
        world.whmcs.add_payment(1042, transaction)
        world.clock.advance(hours=1)
        world.work()
        assert world.state(transaction) == "posted"

    def test_A115_a_deleted_invoice_goes_to_a_person(self, world: World) -> None:
        """The money is there, and nobody to book it to."""
        transaction = world.pay(world.invoice())
        world.whmcs.delete_invoice(1042)
        world.event(transaction)
        world.work()
        assert (world.state(transaction), "ya no tiene ese aviso" in world.reason(transaction)) == ("review", True)

    def test_a_refusal_that_nobody_knows_goes_to_a_person(self, world: World) -> None:
        """WHMCS understood and says no: told with its own words, and not tried again and again."""
        transaction = world.pay(world.invoice())
        world.whmcs.faults.add("AddInvoicePayment", "error", message="Gateway is not active", times=None)
        world.event(transaction)
        world.work()
        world.clock.advance(days=1)
        world.work()
        assert (world.state(transaction), len(bookings(world))) == ("review", 1)
        assert "Gateway is not active" in world.reason(transaction)

    def test_A114_F8_an_address_that_whmcs_refuses_is_tried_slowly_and_heals(self, world: World) -> None:
        """Our IP changed: nothing is booked, WHMCS is left alone for a quarter of an hour, and then all is booked."""
        transaction = world.pay(world.invoice())
        world.whmcs.allowed_ips = set()
        world.event(transaction)
        world.work()
        world.clock.advance(minutes=10)
        world.work()
        assert (world.state(transaction), "Invalid IP" in world.reason(transaction)) == ("due", True)
        assert len(world.whmcs.calls_to("GetInvoice")) == 2  # the click, and one look
        world.whmcs.allowed_ips = None
        world.clock.advance(minutes=6)
        world.work()
        assert world.state(transaction) == "posted"


class TestVoids:
    def test_F28_voided_after_it_was_booked_goes_to_a_person(self, world: World) -> None:
        """Never silently: the sentence says what to do, and it ends once the refund is recorded in WHMCS."""
        transaction = world.pay(world.invoice())
        world.event(transaction)
        world.work()
        world.wompi.settle(transaction, "VOIDED", deliver=False)
        world.event(transaction)
        world.work()
        assert (world.state(transaction), "sigue pagado en WHMCS" in world.reason(transaction)) == ("review", True)
        world.whmcs.take_back(transaction)
        world.clock.advance(hours=1)
        world.work()
        assert world.state(transaction) == "closed"

    def test_voided_before_it_was_booked_is_closed(self, world: World) -> None:
        """There is no money, and nothing to take back."""
        transaction = world.pay(world.invoice(), "VOIDED")
        world.event(transaction)
        world.work()
        assert (world.state(transaction), bookings(world)) == ("closed", [])
