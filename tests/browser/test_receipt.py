"""P15 and P18 as a payer walks them: the receipt with their name, and the number of a payment that is not seen."""

from __future__ import annotations

from playwright.sync_api import expect

from .customer import SUCCESS, Customer
from .shop import Shop
from .test_accessibility import violations

CUS = "2611211002"


def test_P15_the_receipt_from_the_list(ana: Customer, shop: Shop) -> None:
    """Paid by card; the list leads there, with concept, name and number. On paper it is black on white, and whole."""
    shop.whmcs.books.clients[77] |= {"companyname": "Panadería El Trigal S.A.S.", "tax_id": "900123456-7"}
    ana.open_invoice()
    ana.press_pay()
    ana.pay_by_card()
    ana.sees_title(SUCCESS)
    ana.page.goto(shop.link("list", 0, 77))
    ana.link("Comprobantes de sus pagos").click()
    ana.link(f"Ver el comprobante {shop.invoice}").click()
    ana.sees_title("Comprobante de pago")
    for fact in ("Panadería El Trigal S.A.S.", "Ana Ruiz", "900123456-7", "$ 59.500 COP"):
        expect(ana.page.get_by_role("definition").filter(has_text=fact).first).to_be_visible()
    ana.picture("21-comprobante-con-nit", whole=True)
    ana.page.emulate_media(media="print", color_scheme="dark")
    ana.sees("900123456-7")
    expect(ana.page.get_by_text("Ver el aviso de cobro")).to_be_hidden()
    expect(ana.page.get_by_text("guardarlo como PDF")).to_be_hidden()
    assert ana.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_P18_a_number_that_is_not_found_and_one_that_is(ana: Customer, shop: Shop) -> None:
    """By keyboard: the number of a bank is left for the host; Wompi's own leads to the payment."""
    ana.page.goto(shop.link("pay", shop.invoice, 77))
    ana.page.get_by_text("Ya pagué").click()
    ana.link("¿Pagó y no ve su pago aquí?").click()
    ana.sees_title("Busque su pago")
    ana.page.get_by_label("Número del pago").fill(CUS)
    ana.picture("22-ya-pague")
    ana.page.keyboard.press("Enter")
    ana.sees_title("Todavía no encontramos ese pago")
    assert violations(ana.page) == []
    ana.link("Volver").click()
    ana.press_pay()
    ana.leave_pending()
    ana.pay_by_pse()
    (transaction_id,) = shop.transactions(shop.invoice)
    ana.expects_refusal(409)
    ana.page.goto(shop.link("pay", shop.invoice, 77))
    ana.link("¿Pagó y no ve su pago aquí?").click()
    ana.page.get_by_label("Número del pago").fill(transaction_id)
    ana.button("Buscar mi pago").click()
    ana.sees_title("Estamos verificando su pago")
    shop.wompi.settle(transaction_id, "DECLINED")
