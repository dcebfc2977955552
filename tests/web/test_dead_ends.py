"""Where a payer would not know how to go on: each page leads to the invoice, in the payer's language."""

from __future__ import annotations

import pytest

from tests.world import World
from whmcs_bridge.messages import decline_advice
from whmcs_bridge.signed.links import Purpose


@pytest.fixture
def world(sqlite_world: World) -> World:
    return sqlite_world


@pytest.mark.parametrize("purpose", [Purpose.PAY, Purpose.MAIL])
def test_P1_an_expired_link_leads_to_its_invoice(world: World, purpose: Purpose) -> None:
    """It is ours, so it knows which; a list's leads to the client's invoices, an altered one only to the start."""
    invoice = world.invoice()
    page = world.http.get(f"/pay/{world.link(invoice, purpose=purpose, seconds=0)}")
    assert page.status_code == 403
    assert f"{world.whmcs.url}viewinvoice.php?id={invoice}" in page.text
    listed = world.http.get(f"/invoices/{world.link(0, purpose=Purpose.LIST, seconds=0)}")
    assert f"{world.whmcs.url}clientarea.php?action=invoices" in listed.text
    assert "viewinvoice" not in world.http.get(f"/pay/{world.link(invoice)}x").text


def test_P1_a_cancelled_checkout_leads_to_its_invoice(world: World) -> None:
    """200, the invoice, and one more try."""
    invoice = world.invoice()
    reference = world.checkout(invoice)["reference"]
    page = world.http.get(f"/return/{reference}")
    assert page.status_code == 200
    assert f"viewinvoice.php?id={invoice}" in page.text
    assert "Intentar de nuevo" in page.text


@pytest.mark.parametrize(
    "message",
    [
        "La transacción caducó",
        "La transaccion caduco",
        "Transacción caducada",
        "La transacción expiró",
        "El pago venció",
    ],
)
@pytest.mark.parametrize("method", ["PSE", "NEQUI", "CARD", "BANCOLOMBIA_TRANSFER"])
def test_P4_a_payment_that_expired(message: str, method: str) -> None:
    """By any method: nothing was charged, try again. A card that expired is another thing."""
    assert decline_advice(method, message, None) == "late"
    assert decline_advice(method, "Tarjeta caducada", None) == "expired"


def test_P16_the_chosen_language_stays(world: World) -> None:
    """On the page, on the page after a press without the terms, and on the result's."""
    invoice = world.invoice()
    link = world.link(invoice)
    assert "Valor a pagar" in world.http.get(f"/pay/{link}").text
    page = world.http.get(f"/pay/{link}?lang=en").text
    assert 'lang="en"' in page
    assert f'action="http://127.0.0.1:9/pay/{link}?lang=en"' in page
    assert '<html lang="en">' in world.http.post(f"/pay/{link}?lang=en", data={}).text
    transaction = world.pay(invoice)
    result = world.http.get(f"/return?id={transaction}&lang=en").text
    assert '<html lang="en">' in result
    assert f'href="?id={transaction}&amp;lang=es"' in result
    assert '<html lang="es">' in world.http.get(f"/pay/{link}?lang=xx").text
