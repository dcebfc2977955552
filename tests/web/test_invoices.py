"""``/invoices``: a client's unpaid invoices, all of them, and nobody else's."""

from __future__ import annotations

import re
from threading import Barrier

import pytest

from tests.world import World, fields_of
from whmcs_bridge.signed.links import Purpose, read_link


def listing(world: World, **options: int) -> str:
    """The page of client 77, or of another one."""
    link = world.link(0, purpose=Purpose.LIST, **options)
    response = world.http.get(f"/invoices/{link}")
    assert response.status_code == 200
    return response.text


def test_lists_all_unpaid_invoices_and_no_others(world: World) -> None:
    """Unpaid and overdue ones of this client; neither paid nor cancelled, nor another client's."""
    other = world.whmcs.add_client(id=78)
    unpaid, overdue = world.invoice(), world.invoice(duedate="2026-10-01")
    for invoice in (world.invoice(status="Paid"), world.invoice(status="Cancelled"), world.invoice(client=other)):
        assert f"invoice-{invoice}" not in listing(world)
    page = listing(world)
    assert all(f'id="invoice-{invoice}"' in page for invoice in (unpaid, overdue))
    assert "No Pagado" in page
    assert "Vencido" in page


def test_lists_more_than_one_page_of_whmcs(world: World) -> None:
    """WHMCS pages its answers; the payer sees all."""
    for _ in range(130):
        world.invoice()
    assert len(re.findall(r'id="invoice-\d+"', listing(world))) == 130


def test_leads_to_the_checkout_by_a_link_that_lives_no_longer(world: World) -> None:
    """Each button is a ``pay`` link of the same client that ends when the list's own link ends."""
    invoice = world.invoice()
    page = listing(world, minutes=20)
    link = re.search(r'href="http://127.0.0.1:9/pay/(pay\.[^"]+)"', page)
    assert link is not None
    read = read_link(link[1], world.bridge.settings.bridge_secret, now=world.clock())
    assert (read.invoice_id, read.client_id) == (invoice, 77)
    assert int((read.expires_at - world.clock()).total_seconds()) == 1200
    assert fields_of(world.press(invoice, link=link[1]))["amount-in-cents"] == "5950000"


def test_says_why_an_invoice_cannot_be_paid_here(world: World) -> None:
    """Another method or too small: no button, but a reason, and the way to the invoice in WHMCS."""
    transfer, small = world.invoice(paymentmethod="banktransfer"), world.invoice("1000.00", tax="0.00")
    page = listing(world)
    assert "/pay/" not in page
    for invoice in (transfer, small):
        assert f"{world.whmcs.url}viewinvoice.php?id={invoice}" in page


def test_says_that_there_is_nothing_to_pay(world: World) -> None:
    """An empty list is good news, and is told as such."""
    assert "invoice-" not in listing(world)


def test_403_for_any_other_link(world: World) -> None:
    """A link to pay is not a link to the list, nor the other way round."""
    invoice = world.invoice()
    for link in (world.link(invoice), world.link(0, purpose=Purpose.LIST, seconds=0), "list.0.77.1.x", "x"):
        assert world.http.get(f"/invoices/{link}").status_code == 403
    assert world.whmcs.calls == []


def test_503_when_whmcs_does_not_answer(world: World) -> None:
    """It says so, and does not claim that nothing is due."""
    world.whmcs.faults.add("GetInvoices", "html")
    response = world.http.get(f"/invoices/{world.link(0, purpose=Purpose.LIST)}")
    assert response.status_code == 503
    assert "no se hizo ningún cobro" in response.text.lower()


def test_E4_balances_and_no_mass_payment_beside_its_parts(world: World) -> None:
    """WHMCS's own panel says what is left of each, and of a mass payment nothing: the same figures here."""
    first, second = world.invoice("59500.00"), world.invoice("30000.00", tax="0.00")
    world.whmcs.add_payment(first, "transfer-1", amount="37500.00")
    both = world.whmcs.add_mass_pay(77, [first, second])
    page = listing(world)
    assert f'id="invoice-{both}"' not in page
    assert "22.000 COP" in page
    assert "52.000 COP" in page
    assert "59.500" not in page
    assert len(re.findall(r'id="invoice-\d+"', page)) == 2


def test_E4_a_remainder_under_the_minimum_is_not_offered(world: World) -> None:
    """No button, the reason, and no part of the sum; the same for what another method pays."""
    rest, other, whole = world.invoice(), world.invoice(paymentmethod="banktransfer"), world.invoice()
    world.whmcs.add_payment(rest, "transfer-1", amount="58500.00")
    page = listing(world)
    assert [f'id="invoice-{invoice}"' in page for invoice in (rest, other, whole)] == [True] * 3
    assert len(re.findall(r"/pay/pay\.", page)) == 1
    assert re.search(r'class="sum">.*?59\.500 COP', page, re.DOTALL)
    assert "1.000 COP" in page


def test_E4_an_invoice_that_is_gone_meanwhile_is_left_out(world: World) -> None:
    """Deleted between the list and the look: the others are shown; any other silence of WHMCS is a 503."""
    gone, there = world.invoice(), world.invoice()
    del gone
    world.whmcs.faults.add("GetInvoice", "error", message="Invoice ID Not Found")
    assert len(re.findall(r'id="invoice-\d+"', listing(world))) == 1
    assert there
    world.whmcs.faults.add("GetInvoice", "html")
    assert world.http.get(f"/invoices/{world.link(0, purpose=Purpose.LIST)}").status_code == 503


def test_asks_for_the_client_and_the_list_at_the_same_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither waits for the other's answer: the payer waits for one call and the balances."""
    invoice, whmcs = world.invoice(), world.bridge.whmcs
    together = Barrier(2, timeout=10)
    client, unpaid = whmcs.client, whmcs.unpaid_invoices
    monkeypatch.setattr(whmcs, "client", lambda number: (together.wait(), client(number))[1])
    monkeypatch.setattr(whmcs, "unpaid_invoices", lambda number: (together.wait(), unpaid(number))[1])
    assert f'id="invoice-{invoice}"' in listing(world)
