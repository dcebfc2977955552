"""P15: the receipt names concept, payer and tax id, and only a link that WHMCS signs for its visitor opens it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.world import World
from whmcs_bridge.signed.links import Purpose

pytestmark = pytest.mark.slow

PERSONAL = ("Panadería Ñandú", "Ana Ruiz", "900123456-7", "Plan Web")


@pytest.fixture
def world(sqlite_world: World) -> World:
    """None of this has to do with the kind of database. The client has a company, and a number for the taxes."""
    company = {"companyname": "Panadería Ñandú S.A.S.", "tax_id": "900123456-7"}
    sqlite_world.whmcs.add_client(id=78, **company)
    return sqlite_world


def paid(world: World) -> str:
    """Invoice 1042 of client 78, paid and booked."""
    invoice = world.invoice(client=78, items=[("Plan Web Esencial", "50000.00")])
    fields = world.press(invoice, link=world.link(invoice, client=78)).headers["Location"]
    reference = re.search(r"reference=([A-Za-z0-9-]+)", fields)
    assert reference
    transaction = world.transact(reference[1], 5_950_000, method="PSE")
    world.event(transaction)
    world.work()
    assert world.state(transaction) == "posted"
    return transaction


def receipt(world: World, status: int = 200, *, browser: str = "es-CO", **link: Any) -> str:
    signed = world.link(1042, **({"client": 78} | link))
    response = world.http.get(f"/receipt/{signed}", headers={"Accept-Language": browser})
    assert response.status_code == status
    assert response.headers["Cache-Control"] == "no-store"
    return response.text


class TestWhatItSays:
    def test_P15_concept_payer_and_tax_id(self, world: World) -> None:
        """What was paid for, by whom, with which number, how, when, and by which transaction; no address of theirs."""
        transaction = paid(world)
        shown = receipt(world)
        for fact in (*PERSONAL, "59.500", "IVA", "PSE", "21 de noviembre de 2026", transaction):
            assert fact in shown
        assert "ana" not in shown.replace("Ana Ruiz", "").lower().split()
        client = world.bridge.whmcs.client(78)
        assert client.email not in shown
        assert client.phone not in shown

    def test_P15_in_english(self, world: World) -> None:
        """By the switch, as on every page."""
        paid(world)
        shown = world.http.get(f"/receipt/{world.link(1042, client=78)}?lang=en").text
        assert "Payment receipt of invoice no. 1042" in shown
        assert "900123456-7" in shown

    def test_P15_markup_in_a_name_is_text(self, world: World) -> None:
        """WHMCS lets a client write anything into these fields."""
        paid(world)
        world.whmcs.books.clients[78] |= {"companyname": "<script>x</script>", "tax_id": '"><b>1'}
        shown = receipt(world)
        assert "<script>" not in shown
        assert "<b>1" not in shown

    def test_P15_two_payments_stand_there_with_their_sum(self, world: World) -> None:
        """An invoice that was paid twice: both, and what came in altogether."""
        transactions = [paid(world)]
        first = world.bridge.store.payment(transactions[0])
        assert first
        assert first.reference
        transactions.append(world.transact(first.reference, 5_950_000))
        world.event(transactions[1])
        world.work()
        shown = receipt(world)
        assert [each in shown for each in transactions] == [True, True]
        assert "119.000" in shown


class TestWhoOpensIt:
    def test_P15_an_emails_link_does_not(self, world: World) -> None:
        """403: it may have been forwarded. Neither does the list's."""
        paid(world)
        for purpose in (Purpose.MAIL, Purpose.ADMIN):
            shown = receipt(world, 403, purpose=purpose)
            assert not [each for each in PERSONAL if each in shown]

    def test_P15_the_id_of_the_transaction_does_not(self, world: World) -> None:
        """``/return`` says nothing of them, and leads nowhere that does."""
        transaction = paid(world)
        shown = world.http.get(f"/return?id={transaction}").text
        assert not [each for each in (*PERSONAL, "/receipt/") if each in shown]

    def test_P15_another_client_does_not(self, world: World) -> None:
        """403, also after the invoice has gone to another client: what was paid before is not theirs to see."""
        paid(world)
        assert "900123456-7" not in receipt(world, 403, client=77)
        world.whmcs.set_invoice(1042, client_id=77)
        assert "900123456-7" not in receipt(world, 403)
        assert "59.500" not in receipt(world, 404, client=77)

    def test_P15_a_link_that_was_taken_back_or_is_old_does_not(self, world: World) -> None:
        """403, as on the page to pay."""
        paid(world)
        assert "900123456-7" not in receipt(world, 403, hours=-1)

    def test_P15_the_pay_page_of_a_paid_invoice_leads_there(self, world: World) -> None:
        """By the same link; by an e-mail's link there is no such way."""
        paid(world)
        shown = world.http.get(f"/pay/{world.link(1042, client=78)}").text
        found = re.search(r'href="http://127\.0\.0\.1:9(/receipt/[^"]+)"', shown)
        assert found
        assert "900123456-7" in world.http.get(found[1]).text
        assert "/receipt/" not in world.http.get(f"/pay/{world.link(1042, client=78, purpose=Purpose.MAIL)}").text

    def test_P15_so_does_the_list(self, world: World) -> None:
        """ "Mis avisos de cobro" leads to the client's last payments, for as long as its own link is good. It shows
        none itself."""
        paid(world)
        shown = world.http.get(f"/invoices/{world.link(0, client=78, purpose=Purpose.LIST)}").text
        assert "1042" not in shown
        listed = re.search(r'href="http://127\.0\.0\.1:9(/receipt/list[^"]+)"', shown)
        assert listed
        found = re.search(r'href="http://127\.0\.0\.1:9(/receipt/pay[^"]+)"', world.http.get(listed[1]).text)
        assert found
        assert "900123456-7" in world.http.get(found[1]).text
        world.clock.advance(hours=2)
        assert [world.http.get(each[1]).status_code for each in (listed, found)] == [403, 403]

    def test_P15_each_client_sees_their_own(self, world: World) -> None:
        """The list of another client has none of them."""
        paid(world)
        shown = world.http.get(f"/receipt/{world.link(0, purpose=Purpose.LIST)}").text
        assert "1042" not in shown


class TestWithoutOne:
    def test_P15_nothing_is_paid_yet(self, world: World) -> None:
        """404 and what to do; a payment under way or refused has none either."""
        world.invoice(client=78)
        assert 'data-kind="no_receipt"' in receipt(world, 404)

    def test_P15_while_whmcs_does_not_answer(self, world: World) -> None:
        """503: the lines and the client are WHMCS's."""
        paid(world)
        world.whmcs.faults.add("GetInvoice", "html", times=None)
        assert 'data-kind="whmcs_down"' in receipt(world, 503)
