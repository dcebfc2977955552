"""A client billed in dollars pays in pesos: what was quoted is booked, exactly, and nothing else ever is."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.web import signed
from tests.world import World, fields_of, make_world
from whmcs_bridge.booking.reviews import Settle
from whmcs_bridge.signed.links import Purpose

pytestmark = pytest.mark.one_elsewhere

# WHMCS's rate in the sandbox is 0.00025 dollars for a peso: 4,000 pesos for a dollar.
DOLLARS = "14.50"
PESOS = 5_800_000


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    with make_world(tmp_path, database_url, BRIDGE_CURRENCIES="USD=whmcs", BRIDGE_FEES="2.65%+700") as made:
        made.whmcs.books.clients[77]["currency_code"] = "USD"
        yield made


def invoice(world: World, total: str = DOLLARS) -> int:
    return world.invoice(total, tax="0.00")


class TestTheQuote:
    def test_the_page_tells_both_amounts_the_rate_and_how_long_it_holds(self, world: World) -> None:
        """Before anything is paid; and the lines stand in dollars."""
        page = world.http.get(f"/pay/{world.link(invoice(world))}").text
        assert "$\xa058.000 <small>COP</small>" in page
        assert "Por USD 14.50, el saldo en su moneda." in page
        assert "1 USD = $ 4.000 COP, la tasa de nuestro sistema de facturación el 21 de noviembre de 2026." in page
        assert "Esta tasa vale hasta el final del 21 de noviembre de 2026, hora de Colombia." in page

    def test_the_checkout_asks_for_pesos(self, world: World) -> None:
        """Wompi knows nothing else."""
        fields = world.checkout(invoice(world))
        assert (fields["amount-in-cents"], fields["currency"]) == (str(PESOS), "COP")

    def test_a_checkout_ends_with_its_rates_day(self, world: World) -> None:
        """At midnight in Bogota, five hours behind UTC, although it would have been good for an hour."""
        world.clock.now = world.clock.now.replace(hour=4, minute=30)
        assert world.checkout(invoice(world))["expiration-time"].startswith("2026-11-21T05:00:00")

    def test_another_rate_is_another_checkout(self, world: World) -> None:
        """The one that is open is for other pesos; at the same rate it is used again."""
        number = invoice(world)
        first = world.checkout(number)["reference"]
        assert world.checkout(number)["reference"] == first
        world.bridge.database.write(
            lambda connection: connection.exec_driver_sql("UPDATE quotes SET rate = '3999.999999'")
        )
        assert world.checkout(number)["reference"] != first

    def test_a_currency_that_is_not_set_cannot_be_paid(self, world: World) -> None:
        """As ever: the page says why."""
        world.bridge.settings.bridge_currencies.clear()
        assert world.press(invoice(world)).status_code == 409

    def test_no_rate_no_payment(self, world: World) -> None:
        """WHMCS has no such currency any more: a sentence, and no checkout."""
        world.whmcs.currencies.remove("USD")
        response = world.press(invoice(world))
        assert (response.status_code, "tasa de cambio" in response.text) == (409, True)

    def test_one_call_more_than_in_pesos(self, world: World) -> None:
        """GetInvoice, GetClientsDetails and GetCurrencies at the press."""
        world.whmcs.calls.clear()
        world.press(invoice(world))
        assert sorted(call.action for call in world.whmcs.calls) == ["GetClientsDetails", "GetCurrencies", "GetInvoice"]


class TestTheBooking:
    def test_what_was_quoted_is_booked(self, world: World) -> None:
        """Dollars, whole, with the fee at the same rate: 2.65 % of 58,000 and 700, with 19 % IVA, are 2,662.03 pesos,
        which are 0.66 dollars."""
        number = invoice(world)
        transaction = world.pay(number)
        world.event(transaction)
        world.work()
        (row,) = world.whmcs.booked(transaction)
        assert (row.invoice_id, row.amountin, row.fees) == (number, Decimal("14.50"), Decimal("0.66"))
        assert world.state(transaction) == "posted"
        assert world.whmcs.invoice(number).status == "Paid"
        assert world.whmcs.books.clients[77].get("credit", "0.00") in ("0.00", Decimal("0.00"))

    def test_what_was_begun_in_time_is_honoured_days_later(self, world: World) -> None:
        """PSE takes days, and the rate may have changed: the quote is what was agreed."""
        number = invoice(world)
        transaction = world.pay(number, "PENDING")
        world.event(transaction)
        world.clock.advance(days=3)
        world.wompi.settle(transaction, "APPROVED", deliver=False)
        world.event(transaction)
        world.work()
        assert [str(row.amountin) for row in world.whmcs.booked(transaction)] == ["14.50"]

    def test_also_where_the_setting_is_gone(self, world: World, tmp_path: Path) -> None:
        """The quote is stored with the checkout: nothing depends on today's settings."""
        number = invoice(world)
        transaction = world.pay(number)
        world.event(transaction)
        world.bridge.settings.bridge_currencies.clear()
        world.work()
        assert world.state(transaction) == "posted"

    def test_other_pesos_than_quoted_are_for_a_person(self, world: World) -> None:
        """Nothing is converted: both numbers and what they were for; and no order books it either."""
        number = invoice(world)
        fields = world.checkout(number)
        transaction = world.transact(fields["reference"], PESOS - 100)
        world.event(transaction)
        world.work()
        assert world.state(transaction) == "review"
        for told in ("57.999", "58.000", "USD 14.50"):
            assert told in world.reason(transaction)
        world.bridge.orders.resolve(transaction, Settle.BOOK, "luz")
        world.bridge.orders.resolve(transaction, Settle.CREDIT, "luz")
        assert (world.state(transaction), world.whmcs.booked(transaction)) == ("review", [])

    def test_T6_the_currency_changed_between_the_quote_and_the_booking(self, world: World) -> None:
        """Quoted in dollars, and WHMCS would read pesos now: 14.50 pesos are not what was paid."""
        transaction = world.pay(invoice(world))
        world.event(transaction)
        world.whmcs.books.clients[77]["currency_code"] = "COP"
        world.work()
        assert (world.state(transaction), world.whmcs.booked(transaction)) == ("review", [])

    def test_T6_the_quote_is_lost_with_the_database(self, world: World) -> None:
        """The reference proves pesos; what they are in dollars nobody knows any more. A person is asked."""
        number = invoice(world)
        transaction = world.pay(number)
        for table in ("quotes", "checkouts"):
            world.forget(table)
        world.event(transaction)
        world.work()
        assert (world.state(transaction), world.whmcs.booked(transaction)) == ("review", [])
        world.bridge.orders.resolve(transaction, Settle.BOOK, "luz")
        assert (world.state(transaction), world.whmcs.booked(transaction)) == ("review", [])

    def test_T6_the_quote_is_lost_and_the_client_is_billed_in_pesos_now(self, world: World) -> None:
        """The reference says that the pesos were the price of something else: neither the bridge nor an order books
        them as they are."""
        number = invoice(world)
        transaction = world.pay(number)
        for table in ("quotes", "checkouts"):
            world.forget(table)
        world.whmcs.books.clients[77]["currency_code"] = "COP"
        world.event(transaction)
        world.work()
        world.bridge.orders.resolve(transaction, Settle.BOOK, "luz")
        world.bridge.orders.resolve(transaction, Settle.CREDIT, "luz")
        assert (world.state(transaction), world.whmcs.booked(transaction)) == ("review", [])

    def test_T1_an_answer_that_was_lost_is_found_by_its_dollars(self, world: World) -> None:
        """Seen in WHMCS: this id, this invoice, this amount in this currency."""
        world.whmcs.faults.add("AddInvoicePayment", "cut", when="after")
        transaction = world.pay(invoice(world))
        world.event(transaction)
        world.work()
        world.clock.advance(minutes=20)
        world.work()
        assert (world.state(transaction), len(world.whmcs.booked(transaction))) == ("posted", 1)

    def test_T8_a_second_payment_is_told(self, world: World) -> None:
        """14.50 dollars beyond the balance are 58,000 pesos of credit, at the quote's rate."""
        number = invoice(world)
        first, second = world.pay(number, "PENDING"), fields_of(world.press(number, anyway="yes"))
        other = world.transact(second["reference"], int(second["amount-in-cents"]))
        world.wompi.settle(first, "APPROVED", deliver=False)
        for transaction in (first, other):
            world.event(transaction)
            world.work()
        surplus = [payment.surplus_in_cents for payment in world.bridge.store.payments(invoice_id=number)]
        assert sorted(filter(None, surplus)) == [PESOS]

    def test_booked_by_a_persons_order(self, world: World) -> None:
        """An order books the quote's amount as well: the invoice was cancelled, and is open again."""
        number = invoice(world)
        transaction = world.pay(number)
        world.whmcs.set_invoice(number, status="Cancelled")
        world.event(transaction)
        world.work()
        assert world.state(transaction) == "review"
        world.whmcs.set_invoice(number, status="Unpaid")
        world.bridge.orders.resolve(transaction, Settle.BOOK, "luz")
        assert [str(row.amountin) for row in world.whmcs.booked(transaction)] == ["14.50"]

    def test_credited_by_a_persons_order(self, world: World) -> None:
        """As dollars, of which the client's credit is made."""
        number = invoice(world)
        transaction = world.pay(number)
        world.whmcs.set_invoice(number, status="Cancelled")
        world.event(transaction)
        world.work()
        world.bridge.orders.resolve(transaction, Settle.CREDIT, "luz")
        assert [(row.invoice_id, str(row.amountin)) for row in world.whmcs.booked(transaction)] == [(0, "14.50")]

    def test_reconcile_counts_it_as_booked(self, world: World) -> None:
        """WHMCS has dollars, and they are what was quoted."""
        transaction = world.pay(invoice(world))
        world.event(transaction)
        world.work()
        report = world.bridge.reconcile.run(since=world.clock().date(), dry_run=False)
        assert (report.counted, world.state(transaction)) == (1, "posted")


class TestSeveral:
    def test_each_invoice_gets_its_dollars(self, world: World) -> None:
        """14.50 and 3.33 dollars: 58,000 and 13,320 pesos in one payment."""
        first, second = invoice(world), invoice(world, "3.33")
        fields = fields_of(world.choose(first, second))
        assert fields["amount-in-cents"] == "7132000"
        transaction = world.transact(fields["reference"], 7_132_000)
        world.event(transaction)
        world.work()
        booked = [world.whmcs.booked(f"{transaction}-{number}")[0] for number in (first, second)]
        assert [str(row.amountin) for row in booked] == ["14.50", "3.33"]
        # 2.65 % of 71,320 and 700, with IVA: 3,082.07 pesos, shared, at 4,000.
        assert sum(row.fees for row in booked) <= Decimal("0.77")
        assert [world.whmcs.invoice(number).status for number in (first, second)] == ["Paid", "Paid"]

    def test_T21_without_its_memory_nothing_can_be_booked(self, world: World) -> None:
        """What stands in WHMCS are dollars: no rest can be reckoned from pesos, and none becomes a part."""
        first, second = invoice(world), invoice(world, "3.33")
        fields = fields_of(world.choose(first, second))
        transaction = world.transact(fields["reference"], 7_132_000)
        for table in ("quotes", "parts", "checkouts"):
            world.forget(table)
        world.event(transaction)
        world.work()
        assert (world.state(transaction), "otra moneda" in world.reason(transaction)) == ("review", True)
        world.bridge.orders.resolve(transaction, Settle.BOOK, "luz", invoice_id=second)
        assert world.whmcs.booked(f"{transaction}-{second}") == []
        assert [payment.transaction_id for payment in world.bridge.store.payments()] == [transaction]

    def test_the_list_has_both_amounts(self, world: World) -> None:
        """Pesos to pay, and the balance in dollars."""
        invoice(world)
        page = world.http.get(f"/invoices/{world.link(0, purpose=Purpose.LIST)}").text
        assert "$\xa058.000 COP" in page
        assert "Por USD 14.50" in page


class TestTheRefundButton:
    def test_voids_the_whole_in_its_currency(self, world: World) -> None:
        """WHMCS asks in dollars."""
        transaction = world.pay(invoice(world))
        world.event(transaction)
        world.work()
        answer = signed.ask(world, {"transid": transaction, "amount": "14.50", "currency": "USD"}, path="/voids")
        assert answer.get_json()["status"] == "success"

    @pytest.mark.parametrize(("amount", "currency"), [("58000.00", "COP"), ("14.50", None), ("14.49", "USD")])
    def test_declines_anything_else(self, world: World, amount: str, currency: str | None) -> None:
        """A part, or an amount in a currency that is not the payment's in WHMCS."""
        transaction = world.pay(invoice(world))
        world.event(transaction)
        world.work()
        told = {"transid": transaction, "amount": amount} | ({"currency": currency} if currency else {})
        assert signed.ask(world, told, path="/voids").get_json()["status"] == "declined"


def test_no_personal_data_and_no_rate_in_the_address(world: World) -> None:
    """The address of the checkout carries pesos only."""
    address = world.press(invoice(world)).headers["Location"]
    assert "USD" not in parse_qs(urlsplit(address).query).__repr__()
