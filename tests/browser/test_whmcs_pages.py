"""What WHMCS's own pages carry of ours, by the real PHP: the warning on the invoice, the panel, the e-mail's link."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from .conftest import Browse
from .customer import SUCCESS, VERIFYING, Customer
from .shop import Shop
from .test_accessibility import violations

pytestmark = pytest.mark.usefixtures("php")


def test_the_invoice_page_warns_of_a_payment_under_way(ana: Customer, shop: Shop) -> None:
    """In the button's place, and who insists says so with a box of its own. Both payments are booked in the end."""
    ana.open_invoice()
    ana.press_pay()
    ana.leave_pending()
    ana.pay_by_pse()
    ana.sees_title(VERIFYING)
    (by_pse,) = shop.transactions(shop.invoice)

    ana.link("Ver el aviso de cobro").click()
    ana.sees("Ya hay un pago en curso")
    ana.sees("en verificación")
    expect(ana.button("Pagar con Wompi")).to_have_count(0)
    expect(ana.button("Pagar de todos modos")).to_be_hidden()
    assert not shop.whmcs.cancel_old(shop.invoice)
    ana.link("Consultar de nuevo").click()
    ana.sees("Ya hay un pago en curso")

    ana.page.get_by_text("¿Necesita pagar de todos modos?").click()
    ana.picture("07-pago-en-curso")
    ana.terms.check()
    ana.button("Pagar de todos modos").click()
    insisting = ana.page.get_by_role("checkbox", name="Sé que hay un pago en curso, y quiero hacer otro")
    expect(insisting).to_be_focused()  # where the browser leads who has not said so
    insisting.check()
    ana.button("Pagar de todos modos").click()
    ana.sees_checkout()
    ana.pay_by_card()
    ana.sees_title(SUCCESS)
    (by_card,) = shop.transactions(shop.invoice)
    shop.wait_until_booked()
    shop.wompi.settle(by_pse, "APPROVED")
    shop.wait_until_booked(2)
    assert shop.booked(shop.invoice) == [(by_card, "59500.00"), (by_pse, "59500.00")]


def test_the_invoice_page_tells_of_the_last_attempt(ana: Customer, shop: Shop) -> None:
    """Declined: why, above the button that tries again. Without the bridge it is the button alone."""
    ana.open_invoice()
    ana.press_pay()
    ana.pay_by_card("4111 1111 1111 1111")
    assert shop.wompi.wait_for_deliveries()
    ana.page.goto(shop.invoice_url(shop.invoice))
    ana.sees_soon("Su último intento:")
    expect(ana.button("Pagar con Wompi")).to_be_visible()
    shop.close()
    ana.page.reload()
    expect(ana.button("Pagar con Wompi")).to_be_visible()
    expect(ana.page.get_by_text("Su último intento:")).to_have_count(0)


@pytest.mark.parametrize("theme", ["twenty-one", "six"])
def test_from_the_home_page(ana: Customer, shop: Shop, theme: str) -> None:
    """The sum of what can be paid here, and one press to the list of it, in the look of both themes."""
    ana.page.goto(f"{shop.whmcs.url}?systpl={theme}")
    panel = ana.page.locator("[menuitemname='Wompi Unpaid Invoices']")
    expect(panel).to_contain_text("$ 238.000 COP")  # 59.500 + 178.500; Wompi takes no 1.190
    expect(panel).to_contain_text("2 avisos de cobro por pagar")
    if theme == "twenty-one":
        ana.picture("08-inicio")
    panel.get_by_role("link", name="Pagar Ahora").click()
    ana.sees_title("Mis avisos de cobro")
    expect(ana.link("Pagar")).to_have_count(2)


@pytest.mark.parametrize("theme", ["twenty-one", "six"])
def test_what_is_ours_is_accessible_in_both_themes(ana: Customer, shop: Shop, theme: str) -> None:
    """The panel, the button and the warning, on a phone: axe-core finds nothing in them, and they fit."""
    ana.page.set_viewport_size({"width": 360, "height": 800})

    def is_well(selector: str) -> None:
        expect(ana.page.locator(selector).first).to_be_visible()
        assert violations(ana.page, selector) == []
        box = ana.page.locator(selector).first.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360

    ana.page.goto(f"{shop.whmcs.url}?systpl={theme}")
    expect(ana.page.locator(f"body.{theme}")).to_have_count(1)
    is_well("[menuitemname='Wompi Unpaid Invoices']")
    ana.open_invoice()
    is_well(".wompi-pay")
    height = ana.button("Pagar con Wompi").evaluate("button => button.getBoundingClientRect().height")
    assert height >= 44  # WCAG 2.2 asks for 24; a thumb for more
    ana.press_pay()
    ana.leave_pending()
    ana.pay_by_pse()
    ana.sees_title(VERIFYING)
    ana.page.goto(shop.invoice_url(shop.invoice))
    ana.page.get_by_text("¿Necesita pagar de todos modos?").click()
    expect(ana.button("Pagar de todos modos")).to_be_visible()
    is_well(".wompi-note")


def test_from_an_email(browse: Browse, shop: Shop) -> None:
    """Whoever holds the e-mail pays without signing in, and reads nothing of the client's."""
    shop.whmcs.send_mail("Invoice Payment Reminder", shop.invoice)
    reader = browse()
    reader.page.goto(f"{shop.whmcs.url}admin/emails")
    expect(reader.link("Pagar ahora con Wompi")).to_be_visible()
    reader.picture("12-correo")
    reader.link("Pagar ahora con Wompi").click()
    reader.sees_title(f"Aviso de cobro n.º {shop.invoice}")
    reader.picture("13-pagar-sin-entrar")
    for personal in ("Ana", "Ruiz", "ana@ejemplo.test"):
        expect(reader.page.get_by_text(personal)).to_have_count(0)
    reader.press_pay()
    reader.sees_checkout()
    for label, given in {"Nombre completo": "Luz", "Correo electrónico": "luz@ejemplo.test", "Celular": "3"}.items():
        expect(reader.page.get_by_label(label, exact=True)).to_have_value("")
        reader.page.get_by_label(label, exact=True).fill(given)
    reader.pay_by_card()
    reader.sees_title(SUCCESS)
    (transaction_id,) = shop.transactions(shop.invoice)
    shop.wait_until_booked()
    assert shop.booked(shop.invoice) == [(transaction_id, "59500.00")]
