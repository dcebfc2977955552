"""T8: a second payment of one invoice is booked, rightly, and told: to the payer, on the panels, and to the admin."""

from __future__ import annotations

import pytest

from tests.world import World
from whmcs_bridge.history.trail import trail_of
from whmcs_bridge.signed.calls import HEADER, signature_of

pytestmark = [pytest.mark.slow, pytest.mark.one_elsewhere]


def pay(world: World, invoice: int) -> str:
    """Press, whatever is under way, and pay at Wompi; the event arrives."""
    fields = world.checkout(invoice, anyway="yes")
    transaction = world.transact(fields["reference"], int(fields["amount-in-cents"]))
    world.event(transaction)
    return transaction


def paid_twice(world: World) -> tuple[int, str, str]:
    """Two checkouts of one invoice, both paid, both booked."""
    invoice = world.invoice()
    pending = world.pay(invoice, "PENDING")
    second = pay(world, invoice)
    world.work()
    world.wompi.settle(pending, "APPROVED", deliver=False)
    world.event(pending)
    world.work()
    assert (world.state(second), world.state(pending)) == ("posted", "posted")
    return invoice, second, pending


def surplus(world: World, transaction: str) -> int | None:
    """How much of a payment is known to stand as credit, in cents."""
    payment = world.bridge.store.payment(transaction)
    assert payment is not None
    return payment.surplus_in_cents


class TestWhatCounts:
    def test_T8_a_pending_payment_then_a_card(self, world: World) -> None:
        """Both are booked; the later one went beyond the balance that was read at its booking."""
        _, first, second = paid_twice(world)
        assert (surplus(world, first), surplus(world, second)) == (None, 5_950_000)
        assert str(world.whmcs.credit_of(77)) == "59500.00"

    def test_T8_a_bank_transfer_then_wompi(self, world: World) -> None:
        """The first payment was not ours."""
        invoice = world.invoice()
        transaction = world.pay(invoice)
        world.whmcs.add_payment(invoice, "bank-1", gateway="banktransfer")
        world.event(transaction)
        world.work()
        assert surplus(world, transaction) == 5_950_000

    def test_T8_a_part_was_paid_meanwhile(self, world: World) -> None:
        """Only what goes beyond the balance is too much."""
        invoice = world.invoice()
        transaction = world.pay(invoice)
        world.whmcs.add_payment(invoice, "bank-1", amount="20000.00", gateway="banktransfer")
        world.event(transaction)
        world.work()
        assert surplus(world, transaction) == 2_000_000

    @pytest.mark.parametrize(
        ("total", "paid"), [("59500.00", 5_950_000), ("59500.40", 5_950_100), ("1500.01", 150_100)]
    )
    def test_T8_instalments_and_rounding_are_no_doubles(self, world: World, total: str, paid: int) -> None:
        """An invoice is paid in whole pesos: less than one peso beyond it is nothing to tell."""
        invoice = world.invoice(total, tax="0.00")
        transaction = world.pay(invoice)
        world.event(transaction)
        world.work()
        payment = world.bridge.store.payment(transaction)
        assert payment is not None
        assert (payment.amount_in_cents, payment.surplus_in_cents) == (paid, None)

    def test_T8_after_an_unclear_answer(self, world: World) -> None:
        """Booked and the answer lost: what was read before the booking is remembered."""
        invoice = world.invoice()
        transaction = world.pay(invoice)
        world.whmcs.add_payment(invoice, "bank-1", gateway="banktransfer")
        world.event(transaction)
        world.whmcs.faults.add("AddInvoicePayment", "500", when="after")
        world.work()
        world.clock.advance(seconds=300)
        world.work()
        assert (world.state(transaction), surplus(world, transaction)) == ("posted", 5_950_000)


def mails(world: World) -> list[str]:
    """The messages to the admins about second payments."""
    return [mail["custommessage"] for mail in world.whmcs.admin_emails if "dos veces" in mail["customsubject"]]


def look(world: World, *, minutes: float = 1) -> None:
    """The monitor looks every quarter of a minute; here once, and time passes."""
    world.bridge.monitor.tick()
    world.clock.advance(minutes=minutes)


class TestTheAdmin:
    def test_T8_gets_one_message_with_both_payments(self, world: World) -> None:
        """Both ids, the amount that became credit, and what can be done; once, however long one looks."""
        invoice, first, second = paid_twice(world)
        for _ in range(30):
            look(world, minutes=60)
        (told,) = mails(world)
        assert f"El aviso {invoice} se pagó dos veces: {second}" in told
        assert first in told
        assert "$\N{NO-BREAK SPACE}59.500 quedaron como saldo a favor" in told
        assert "Refund" in told

    def test_T8_gets_another_message_for_another_invoice(self, world: World) -> None:
        """It names the new ones, and not again what was told."""
        _, _, second = paid_twice(world)
        look(world, minutes=30)
        _, _, other = paid_twice(world)
        for _ in range(30):
            look(world)
        first_mail, second_mail = mails(world)
        assert (second in first_mail, other in first_mail) == (True, False)
        assert (second in second_mail, other in second_mail) == (False, True)

    def test_T8_a_bank_transfer_is_named_by_its_gateway(self, world: World) -> None:
        """The first payment was not ours, and its id is free text."""
        invoice = world.invoice()
        transaction = world.pay(invoice)
        world.whmcs.add_payment(invoice, "bank {$x}", gateway="banktransfer")
        world.event(transaction)
        world.work()
        look(world)
        assert "después de bank ($x) (banktransfer)" in mails(world)[0]

    def test_T8_is_told_when_whmcs_is_back(self, world: World) -> None:
        """The message could not leave for three hours."""
        paid_twice(world)
        world.whmcs.faults.add("SendAdminEmail", "500", times=None)
        world.whmcs.faults.add("GetTransactions", "500", times=None)
        for _ in range(18):
            look(world, minutes=10)
        world.whmcs.faults.clear()
        for _ in range(4):
            look(world, minutes=10)
        assert len(mails(world)) == 1

    def test_T3_bookings_without_a_row_ring(self, world: World) -> None:
        """Two of them within a day: something in WHMCS rewrites or hides rows. One alone may be a moment's weakness."""
        world.whmcs.faults.add("AddInvoicePayment", "success", times=2)
        world.event(world.pay(world.invoice()))
        world.work()
        look(world)
        assert "hidden_rows" not in world.bridge.alarms.alarms()
        world.event(world.pay(world.invoice()))
        world.work()
        look(world)
        assert world.bridge.alarms.alarms()["hidden_rows"].on
        assert any("esconde pagos" in mail["customsubject"] for mail in world.whmcs.admin_emails)


class TestWhoIsTold:
    def test_T8_the_payer_on_the_page(self, sqlite_world: World) -> None:
        """It says that this was a second payment, and how much stands as credit; the first one's page does not."""
        _, first, second = paid_twice(sqlite_world)
        page = sqlite_world.http.get(f"/return?id={second}").text
        assert "¡Pago realizado con éxito!" in page
        assert "Este fue un segundo pago" in page
        assert "$\N{NO-BREAK SPACE}59.500 COP quedaron como saldo a favor" in page
        assert "Este fue un segundo pago" not in sqlite_world.http.get(f"/return?id={first}").text

    def test_T8_the_payer_in_english_while_wompi_does_not_answer(self, sqlite_world: World) -> None:
        """What the ledger knows is enough."""
        invoice, _, second = paid_twice(sqlite_world)
        sqlite_world.forget("checkouts")
        sqlite_world.clock.advance(seconds=10)
        sqlite_world.wompi.faults.add("transaction", "500", times=None)
        page = sqlite_world.http.get(f"/return?id={second}", headers={"Accept-Language": "en"}).text
        assert "This was a second payment" in page
        assert f'data-invoice="{invoice}"' in page

    def test_T8_whmcs_by_status(self, sqlite_world: World) -> None:
        """The panels of WHMCS get the amount and the sentence."""
        invoice, _, second = paid_twice(sqlite_world)
        body = f'{{"invoice_id": {invoice}}}'.encode()
        secret, now = sqlite_world.settings["BRIDGE_SECRET"], sqlite_world.clock()
        headers = {HEADER: signature_of("/status", body, secret, now=now)}
        told = sqlite_world.http.post("/status", data=body, headers=headers).get_json()["attempts"]
        by_id = {row["transaction_id"]: row for row in told}
        assert by_id[second]["surplus_in_cents"] == 5_950_000
        assert "saldo a favor" in by_id[second]["sentence"]
        assert [row["surplus_in_cents"] for row in told if row["transaction_id"] != second] == [None]

    def test_T8_the_admin_on_the_trail(self, sqlite_world: World) -> None:
        """The row is marked where it stands with the others."""
        invoice, first, second = paid_twice(sqlite_world)
        labels = {
            attempt.payment.transaction_id: attempt.label[0].es
            for attempt in trail_of(sqlite_world.bridge.store, invoice).attempts
            if attempt.payment
        }
        assert (labels[first], labels[second]) == (
            "Registrado en WHMCS",
            "Registrado: segundo pago, con saldo a favor",
        )
