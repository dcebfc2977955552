"""The click: from the press on "Pagar con Wompi" to the checkout, or to a page that says why not."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.world import START, World, fields_of
from whmcs_bridge.sandbox.faults import Kind
from whmcs_bridge.signed.links import Purpose

pytestmark = pytest.mark.one_elsewhere


def actions(world: World) -> list[str]:
    """What WHMCS was asked, in order."""
    return [call.action for call in world.whmcs.calls if call.action]


class TestTheCheckoutThatIsOpened:
    def test_is_wompis_with_all_that_was_agreed(self, world: World) -> None:
        """A press answers 303 to Wompi's checkout with the balance, a reference of ours, and the return address."""
        response = world.press(world.invoice("59500.00", tax="9500.00"))
        fields = fields_of(response)
        assert response.headers["Location"].startswith(world.wompi.checkout_url + "?")
        assert fields["public-key"] == world.wompi.public_key
        assert fields["currency"] == "COP"
        assert fields["amount-in-cents"] == "5950000"
        assert fields["tax-in-cents:vat"] == "950000"
        # Wompi's widget comes back by a GET form, which replaces a query: the mark is in the path.
        assert fields["redirect-url"] == f"http://127.0.0.1:9/return/{fields['reference']}"
        assert fields["expiration-time"] == "2026-11-21T16:04:05.000Z"
        assert fields["reference"].startswith("INV1042-77-5950000-")

    def test_is_signed_over_the_raw_values(self, world: World) -> None:
        """The integrity signature is the SHA-256 of reference, amount, currency, expiry and secret, in lower case."""
        fields = world.checkout(world.invoice())
        signed = fields["reference"] + "5950000COP2026-11-21T16:04:05.000Z" + world.wompi.integrity_secret
        assert fields["signature:integrity"] == hashlib.sha256(signed.encode()).hexdigest()

    def test_carries_the_payer_of_a_pay_link(self, world: World) -> None:
        """Who is signed in at WHMCS finds name, e-mail and phone filled in; the phone travels with its prefix."""
        fields = world.checkout(world.invoice())
        assert fields["customer-data:email"] == "ana@ejemplo.test"
        assert fields["customer-data:full-name"] == "Ana Ruiz"
        assert fields["customer-data:phone-number"] == "3001234567"
        assert fields["customer-data:phone-number-prefix"] == "+57"

    def test_carries_nobody_of_a_mail_link(self, world: World) -> None:
        """An e-mail may be forwarded: its link prefills nothing personal."""
        invoice = world.invoice()
        fields = fields_of(world.press(invoice, link=world.link(invoice, purpose=Purpose.MAIL)))
        assert not [name for name in fields if name.startswith("customer-data")]

    def test_is_accepted_by_wompi(self, world: World) -> None:
        """The sandbox's checkout, which checks everything by itself, shows the page of the payment."""
        location = world.press(world.invoice()).headers["Location"]
        assert world.wompi.app.test_client().get(f"/p/?{urlsplit(location).query}").status_code in (200, 303)

    @pytest.mark.parametrize(
        ("balance", "charged"),
        [("59500.00", "5950000"), ("59500.01", "5950100"), ("1500.00", "150000"), ("1499.01", "150000")],
    )
    def test_asks_for_whole_pesos_rounded_up(self, world: World, balance: str, charged: str) -> None:
        """Wompi takes whole pesos, and a cent too little would leave the invoice unpaid."""
        assert world.checkout(world.invoice(balance, tax="0.00"))["amount-in-cents"] == charged

    def test_asks_for_the_balance_and_names_no_vat_of_a_rest(self, world: World) -> None:
        """Of a partly paid invoice the rest is asked for; nobody can say which share of it is VAT."""
        invoice = world.invoice("59500.00", tax="9500.00")
        world.whmcs.add_payment(invoice, "transfer-1", amount="20000.00", gateway="banktransfer")
        fields = world.checkout(invoice)
        assert fields["amount-in-cents"] == "3950000"
        assert "tax-in-cents:vat" not in fields

    def test_names_no_vat_that_would_bring_the_base_under_the_minimum(self, world: World) -> None:
        """Wompi's minimum of COP 1.500 counts without taxes: 1.700 with 271 of VAT is only taken without naming it."""
        assert "tax-in-cents:vat" not in world.checkout(world.invoice("1700.00", tax="271.00"))

    def test_A98_ignores_an_amount_in_the_address(self, world: World) -> None:
        """The amount comes from WHMCS at each press, whatever the address says, and whatever else the form has; its
        ``amount`` can only ask for a part of the balance, see ``test_partial``."""
        invoice = world.invoice()
        response = world.http.post(
            f"/pay/{world.link(invoice)}?amount=1&amount-in-cents=150000",
            data={"terms": "accepted", "amount-in-cents": "150000", "token": "added-by-whmcs"},
        )
        assert fields_of(response)["amount-in-cents"] == "5950000"

    def test_F21_is_remembered_before_the_payer_leaves(self, world: World) -> None:
        """Whatever comes back finds the checkout's row, with the terms that were accepted and when."""
        fields = world.checkout(world.invoice())
        checkout = world.bridge.store.checkout(fields["reference"])
        assert checkout is not None
        assert (checkout.invoice_id, checkout.client_id, checkout.amount_in_cents) == (1042, 77, 5_950_000)
        assert (checkout.created_at, checkout.terms_url) == (START, world.whmcs.url)

    def test_costs_two_calls_to_whmcs_and_none_to_wompi(self, world: World) -> None:
        """A first click asks WHMCS for the invoice and its client, and Wompi for nothing."""
        world.checkout(world.invoice())
        assert sorted(actions(world)) == ["GetClientsDetails", "GetInvoice"]
        assert world.wompi.calls == []


class TestASecondClick:
    def test_A101_uses_the_checkout_again_that_nobody_has_begun(self, world: World) -> None:
        """Two tabs lead to one reference, so that they collide at Wompi instead of paying twice."""
        invoice = world.invoice()
        first, second = world.checkout(invoice), world.checkout(invoice)
        assert first == second

    def test_gets_a_new_reference_when_the_amount_has_changed(self, world: World) -> None:
        """F15: a late fee since the first click makes another amount, and so another checkout."""
        invoice = world.invoice()
        first = world.checkout(invoice)
        world.whmcs.add_payment(invoice, "transfer-1", amount="500.00", gateway="banktransfer")
        second = world.checkout(invoice)
        assert (second["amount-in-cents"], second["reference"] == first["reference"]) == ("5900000", False)

    def test_gets_a_new_reference_when_less_than_half_of_the_time_is_left(self, world: World) -> None:
        """A checkout that is about to expire is no use to the payer."""
        invoice = world.invoice()
        first = world.checkout(invoice)
        world.clock.advance(minutes=31)
        assert world.checkout(invoice)["reference"] != first["reference"]

    def test_gets_a_new_reference_after_a_decline(self, world: World) -> None:
        """Wompi takes a reference that was used for one checkout only."""
        invoice = world.invoice()
        first = world.checkout(invoice)
        world.transact(first["reference"], 5_950_000, "DECLINED")
        assert world.checkout(invoice)["reference"] != first["reference"]

    def test_uses_the_checkout_again_when_wompi_does_not_answer(self, world: World) -> None:
        """Nobody is kept from paying because a question found no answer; and two payments would collide at Wompi."""
        invoice = world.invoice()
        first = world.checkout(invoice)
        world.wompi.faults.add("transactions", "500", times=None)
        assert world.checkout(invoice)["reference"] == first["reference"]

    def test_is_told_of_a_payment_that_wompi_has_not_decided(self, world: World) -> None:
        """A PENDING payment on the open checkout: a page with 409, and no checkout."""
        invoice = world.invoice()
        world.pay(invoice, "PENDING")
        response = world.press(invoice)
        assert response.status_code == 409
        assert "Ya hay un pago en curso" in response.text

    def test_is_told_of_one_that_wompi_has_not_decided_on_an_older_checkout(self, world: World) -> None:
        """The first tab pays by PSE and waits for its bank; the amount has changed since: a second checkout is open."""
        invoice = world.invoice()
        older = world.checkout(invoice)
        world.whmcs.add_payment(invoice, "transfer-1", amount="500.00", gateway="banktransfer")
        world.checkout(invoice)
        world.transact(older["reference"], 5_950_000, "PENDING")
        assert world.http.get(f"/pay/{world.link(invoice)}").status_code == 409
        assert world.press(invoice).status_code == 409

    def test_is_told_of_a_payment_that_is_being_booked(self, world: World) -> None:
        """A payment whose webhook was lost is found by the click itself, and then known."""
        invoice = world.invoice()
        transaction = world.pay(invoice)
        assert world.press(invoice).status_code == 409
        assert world.state(transaction) == "due"

    def test_may_pay_anyway(self, world: World) -> None:
        """A payer who insists may: a new reference, and both payments would be booked."""
        invoice = world.invoice()
        first = world.checkout(invoice)
        world.transact(first["reference"], 5_950_000, "PENDING")
        assert world.checkout(invoice, anyway="yes")["reference"] != first["reference"]

    def test_at_the_same_moment_leads_to_the_same_checkout(self, world: World) -> None:
        """A double click whose second half looked before the first half had written is given the first one's
        checkout."""
        invoice = world.invoice()
        first = world.bridge.store.checkout(world.checkout(invoice)["reference"])
        assert first is not None
        twin = type(first)(
            reference="INV1042-77-5950000-TWINTWINTWINTWINTWINTWINA",
            invoice_id=first.invoice_id,
            client_id=first.client_id,
            amount_in_cents=first.amount_in_cents,
            purpose=first.purpose,
            terms_url=first.terms_url,
            created_at=first.created_at,
            expires_at=first.expires_at,
            ask_at=first.ask_at,
        )
        assert world.bridge.store.open_checkout(twin, unless_newer_than=None) == first


class TestNoCheckout:
    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"status": "Paid"}, "ya está pagado"),
            ({"status": "Cancelled"}, "está cancelado"),
            ({"status": "Draft"}, "es un borrador"),
            ({"status": "Refunded"}, "fue reembolsado"),
            ({"status": "Collections"}, "está en cobranza"),
            ({"status": "Payment Pending"}, "tiene un pago en proceso"),
            ({"status": "SomethingNew"}, "no se puede pagar aquí"),
            ({"total": "1499.00", "tax": "0.00"}, "1.500"),
            ({"paymentmethod": "banktransfer"}, "otro medio de pago"),
        ],
    )
    def test_A99_for_an_invoice_that_is_not_payable_here(
        self, world: World, changes: dict[str, Any], sentence: str
    ) -> None:
        """It says so in Spanish with 409, on the page and at the press, and nothing is opened."""
        invoice = world.invoice(**changes)
        for response in (world.http.get(f"/pay/{world.link(invoice)}"), world.press(invoice)):
            assert response.status_code == 409
            assert sentence in response.text
        assert world.bridge.store.open_checkouts(invoice) == []

    def test_leads_to_the_invoice_whose_page_tells_more(self, world: World) -> None:
        """Only a visitor who is signed in is led there, and not to a draft, which WHMCS shows to no client."""
        invoice, draft = world.invoice(paymentmethod="banktransfer"), world.invoice(status="Draft")
        for number, purpose, led in (
            (invoice, Purpose.PAY, True),
            (invoice, Purpose.MAIL, False),
            (draft, Purpose.PAY, False),
        ):
            page = world.http.get(f"/pay/{world.link(number, purpose=purpose)}").text
            assert (f'href="{world.whmcs.url}viewinvoice.php?id={number}"' in page) is led

    def test_for_another_currency(self, world: World) -> None:
        """Wompi takes pesos only; the currency is the client's."""
        client = world.whmcs.add_client(id=78, currency_code="USD")
        invoice = world.invoice("20.00", tax="0.00", client=client)
        response = world.press(invoice, link=world.link(invoice, client=client))
        assert (response.status_code, "otra moneda" in response.text) == (409, True)
        assert world.bridge.store.open_checkouts(invoice) == []

    def test_for_an_invoice_of_another_client(self, world: World) -> None:
        """A link of client 77 does not open client 78's invoice, and shows nothing of it."""
        client = world.whmcs.add_client(id=78)
        invoice = world.invoice("777000.00", client=client)
        response = world.press(invoice, link=world.link(invoice, client=77))
        # The port of WHMCS, in its address, may have the same digits.
        shown = response.text.replace(world.whmcs.url, "")
        assert (response.status_code, "777" in shown) == (403, False)

    def test_for_an_invoice_that_is_not_there(self, world: World) -> None:
        """A deleted or merged invoice is answered 404."""
        assert world.press(4711).status_code == 404

    @pytest.mark.parametrize("kind", ["500", "html", "nvp", "empty", "truncate", "reset", "redirect", "error"])
    def test_when_whmcs_does_not_answer_as_it_should(self, world: World, kind: Kind) -> None:
        """Whatever is broken there: a page with 503, never "paid" and never a checkout."""
        invoice = world.invoice()
        world.whmcs.faults.add("GetInvoice", kind, times=None)
        response = world.press(invoice)
        assert (response.status_code, "no podemos consultar" in response.text.lower()) == (503, True)
        assert world.bridge.store.open_checkouts(invoice) == []

    def test_without_the_terms(self, world: World) -> None:
        """The page comes again and says what is missing; nothing is stored."""
        invoice = world.invoice()
        for form in ({}, {"terms": ""}, {"terms": "on"}):
            response = world.http.post(f"/pay/{world.link(invoice)}", data=form)
            assert (response.status_code, 'role="alert"' in response.text) == (200, True)
        assert world.bridge.store.open_checkouts(invoice) == []

    def test_A97_for_a_link_that_is_not_right(self, world: World) -> None:
        """Altered, expired, for another purpose, without a signature, or nonsense: 403, and WHMCS is not even asked."""
        invoice = world.invoice()
        good = world.link(invoice)
        purpose, number, client, expiry, signature = good.split(".")
        wrong = [
            f"{purpose}.{int(number) + 1}.{client}.{expiry}.{signature}",
            f"{purpose}.{number}.{int(client) + 1}.{expiry}.{signature}",
            f"{purpose}.{number}.{client}.{int(expiry) + 1}.{signature}",
            f"mail.{number}.{client}.{expiry}.{signature}",
            f"{purpose}.{number}.{client}.{expiry}.",
            f"{purpose}.{number}.{client}.{expiry}",
            good + "x",
            world.link(invoice, purpose=Purpose.LIST),
            world.link(invoice, purpose=Purpose.ADMIN),
            world.link(invoice, seconds=0),
            "pay",
            "%00",
            "..%2f..%2fetc%2fpasswd",
        ]
        for link in wrong:
            assert world.http.get(f"/pay/{link}").status_code in (403, 404), link
            assert world.press(invoice, link=link).status_code in (403, 404), link
        assert world.whmcs.calls == []


class TestThePage:
    def test_shows_what_is_paid(self, world: World) -> None:
        """Lines, total, due date and the button, in the client's language."""
        invoice = world.invoice(items=[("Plan Web Esencial", "50000.00")])
        page = world.http.get(f"/pay/{world.link(invoice)}").text
        assert all(
            part in page
            for part in ("Plan Web Esencial", "$\N{NO-BREAK SPACE}59.500", "Pagar con Wompi", '<html lang="es"')
        )

    def test_of_a_mail_link_shows_nobodys_data(self, world: World) -> None:
        """A forwarded e-mail shows the amount to pay, and neither lines nor names."""
        invoice = world.invoice(items=[("Dominio anaruiz.co", "50000.00")])
        page = world.http.get(f"/pay/{world.link(invoice, purpose=Purpose.MAIL)}").text
        assert "59.500" in page
        assert not any(part in page for part in ("anaruiz", "Ana", "ana@ejemplo.test", "3001234567"))

    def test_speaks_english_to_an_english_client(self, world: World) -> None:
        """The client's WHMCS language decides, not the browser."""
        client = world.whmcs.add_client(id=79, language="english")
        invoice = world.invoice(client=client)
        page = world.http.get(f"/pay/{world.link(invoice, client=client)}", headers={"Accept-Language": "es"}).text
        assert '<html lang="en"' in page

    def test_escapes_what_whmcs_says(self, world: World) -> None:
        """A line's description is text, whatever is written in it; entities of WHMCS are not shown twice escaped."""
        invoice = world.invoice(items=[("<script>alert(1)</script> café & té", "50000.00")])
        page = world.http.get(f"/pay/{world.link(invoice)}").text
        assert "<script" not in page
        assert "café &amp; té" in page

    def test_carries_the_headers_that_protect_it(self, world: World) -> None:
        """No script, no frame, no other host, no cache, no referrer."""
        headers = world.http.get(f"/pay/{world.link(world.invoice())}").headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"

    def test_A12_is_not_moved_by_forged_hosts(self, world: World) -> None:
        """Addresses on the page come from the settings, never from the request's Host or X-Forwarded headers."""
        forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-For": "1.2.3.4"}
        page = world.http.get(f"/pay/{world.link(world.invoice())}", headers=forged)
        assert "evil.example" not in page.text + str(page.headers)
