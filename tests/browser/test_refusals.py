"""No payment here: the page says so in Spanish and shows the way back, and no checkout is opened."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from .customer import Customer
from .shop import Shop


def test_expired_link(ana: Customer, shop: Shop) -> None:
    """A link whose time is over leads back to the client area, where there is a new one."""
    ana.expects_refusal(403)
    ana.page.goto(shop.link("pay", shop.invoice, 77, seconds=-60))
    ana.sees_title("Este enlace venció")
    ana.link("Volver al área de clientes").click()
    ana.sees_title("Hola, Ana")
    assert shop.reference(shop.invoice) is None


def test_altered_link(ana: Customer, shop: Shop) -> None:
    """Whatever is changed in a link - purpose, invoice, client, expiry, signature - it is not valid any more."""
    good = shop.link("pay", shop.invoice, 77)
    changes = {
        r"pay\.": "list.",
        r"\.1042\.": ".1043.",
        r"\.77\.": ".78.",
        r"\.1(?=[0-9]{9}\.)": ".2",
        r".{4}$": "AAAA",
    }
    for pattern, change in changes.items():
        altered = re.sub(pattern, change, good)
        assert altered != good
        ana.expects_refusal(403)
        ana.page.goto(altered)
        ana.sees_title("Este enlace no es válido")
    assert [shop.reference(row.id) for row in shop.whmcs.invoices] == [None, None, None]


@pytest.mark.parametrize(
    ("status", "title"),
    [("Paid", "Este aviso de cobro ya está pagado"), ("Cancelled", "Este aviso de cobro está cancelado")],
)
def test_changed_since_the_page_was_opened(ana: Customer, shop: Shop, status: str, title: str) -> None:
    """The press counts, not the page: an invoice that was paid or cancelled meanwhile is not paid again."""
    ana.open_invoice()
    shop.whmcs.set_invoice(shop.invoice, status=status)
    ana.expects_refusal(409)
    ana.press_pay()
    ana.sees_title(title)
    assert shop.reference(shop.invoice) is None


def test_the_price_changed_since_the_page_was_opened(ana: Customer, shop: Shop) -> None:
    """The amount is read at the press: the checkout asks for what the invoice costs now."""
    ana.open_invoice()
    shop.whmcs.set_invoice(shop.invoice, total="70000.40", tax="0.00")
    ana.press_pay()
    ana.sees_checkout("$ 70.001")


def test_another_currency(ana: Customer, shop: Shop, php: str) -> None:
    """An invoice in dollars has no button in WHMCS where the bridge does not take them, and its link says why."""
    shop.takes_no_dollars()
    client = shop.whmcs.add_client(currency_code="USD")
    invoice = shop.whmcs.add_invoice(client, "20.00")
    ana.link("Salir").click()
    ana.sign_in(shop.whmcs.books.clients[client]["email"])
    ana.open_invoice(invoice)
    ana.sees("No Pagado")
    expect(ana.button("Pagar con Wompi")).to_have_count(0)
    expect(ana.terms).to_have_count(0)
    ana.expects_refusal(409)
    ana.page.goto(shop.link("pay", invoice, client))
    ana.sees_title("Este aviso de cobro está en otra moneda")
    assert shop.reference(invoice) is None


def test_too_small(ana: Customer, shop: Shop, php: str) -> None:
    """Below Wompi's minimum there is no button in WHMCS, and the link says why."""
    small = shop.whmcs.add_invoice(77, "1499.00")
    ana.open_invoice(small)
    ana.sees("No Pagado")
    expect(ana.button("Pagar con Wompi")).to_have_count(0)
    ana.expects_refusal(409)
    ana.page.goto(shop.link("pay", small, 77))
    ana.sees_title("El valor es muy bajo para pagarlo aquí")
    ana.sees("Wompi recibe pagos desde $ 1.500.")
    assert shop.reference(small) is None


def test_whmcs_in_maintenance(ana: Customer, shop: Shop) -> None:
    """While WHMCS does not answer nothing can be paid; "Intentar de nuevo" works as soon as it does."""
    ana.open_invoice()
    shop.whmcs.maintenance = True
    ana.expects_refusal(503)
    ana.press_pay()
    ana.sees_title("No podemos consultar sus avisos de cobro en este momento")
    ana.sees("No se hizo ningún cobro.")
    assert shop.reference(shop.invoice) is None
    shop.whmcs.maintenance = False
    ana.link("Intentar de nuevo").click()
    ana.press_pay()
    ana.sees_checkout()


def test_an_old_browser_lets_the_box_stay_empty(ana: Customer, shop: Shop) -> None:
    """Where nothing stops the press without the acceptance, the bridge does: the page again, with what is missing."""
    ana.open_invoice()
    ana.page.locator("form", has=ana.terms).evaluate("form => { form.noValidate = true }")
    ana.button("Pagar con Wompi").click()
    ana.sees("Falta un paso")
    expect(ana.terms).not_to_be_checked()
    assert shop.reference(shop.invoice) is None
    ana.press_pay()
    ana.sees_checkout()


def test_the_payer_cancels_at_the_checkout(ana: Customer, shop: Shop) -> None:
    """P1: back at the merchant without a payment, the page leads to the invoice, and to paying it once more."""
    ana.open_invoice()
    ana.press_pay()
    ana.sees_checkout()
    reference = shop.reference(shop.invoice)
    ana.link("Cancelar y volver al comercio").click()
    ana.sees_title("Volvió sin hacer el pago")
    ana.link("Ver el aviso de cobro").click()
    expect(ana.button("Pagar con Wompi")).to_be_visible()
    ana.page.go_back()
    ana.link("Intentar de nuevo").click()
    ana.press_pay()
    ana.sees_checkout()
    assert shop.reference(shop.invoice) == reference


def test_the_bridge_is_down(ana: Customer, shop: Shop) -> None:
    """WHMCS calls nobody to render its pages: with the bridge down they are whole, with the button in its place."""
    shop.close()
    ana.open_invoice()
    expect(ana.terms).to_be_enabled()
    expect(ana.button("Pagar con Wompi")).to_be_enabled()
    expect(ana.page.get_by_label("Método de pago")).to_be_visible()
    ana.sees("No hay transacciones todavía.")
    ana.link("Volver a mis facturas").click()
    ana.page.get_by_text("Facturación", exact=True).click()
    expect(ana.link("Mis avisos de cobro")).to_be_visible()
