"""Every page of the payer on a phone, a tablet and a desk: it fits, it is one small file, and it is pictured."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from .conftest import Browse
from .customer import SUCCESS, VERIFYING, Customer
from .shop import Shop

# In pixels, with the colours that the visitor prefers. https://www.w3.org/TR/WCAG22/#reflow asks for 320 and up.
SCREENS = {360: "light", 768: "dark", 1280: "light"}
PAGES = ("avisos", "pagar", "verificacion", "en-curso", "comprobante", "rechazo")
HEAVIEST = 20_000
"""Bytes that a page may weigh, with everything that it loads."""


def picture_name(page: str, width: int) -> str:
    """The name of the picture of a page on a screen."""
    return f"ancho-{width}-{page}"


@pytest.mark.parametrize(("width", "scheme"), SCREENS.items())
def test_every_page_fits(browse: Browse, shop: Shop, width: int, scheme: str) -> None:
    """No page scrolls sideways, loads a second file, or weighs 20 kB."""
    ana = browse(viewport={"width": width, "height": 800}, color_scheme=scheme)

    def shows(name: str, address: str, title: str, *, status: int = 200) -> None:
        if status >= 400:
            ana.expects_refusal(status)
        ana.watch.requests.clear()
        answer = ana.page.goto(address)
        ana.sees_title(title)
        assert answer is not None
        assert (answer.status, len(answer.body()) < HEAVIEST) == (status, True)
        assert ana.watch.requests == [f"GET {address}"]
        assert ana.page.evaluate("document.documentElement.scrollWidth") <= width
        ana.picture(picture_name(name, width), whole=True)

    link = shop.link("pay", shop.invoice, 77)
    shows("avisos", shop.link("list", 0, 77), "Mis avisos de cobro")
    shows("pagar", link, f"Aviso de cobro n.º {shop.invoice}")
    ana.press_pay()
    ana.sees_checkout()
    ana.leave_pending()
    ana.pay_by_pse()
    ana.sees_title(VERIFYING)
    (transaction_id,) = shop.transactions(shop.invoice)
    result = f"{shop.bridge_url}return?id={transaction_id}"
    shows("verificacion", result, VERIFYING)
    shows("en-curso", link, f"Aviso de cobro n.º {shop.invoice}", status=409)
    shop.wompi.settle(transaction_id, "APPROVED")
    shop.wait_until_booked()
    ana.page.goto(result)
    ana.sees_title(SUCCESS)
    shows("comprobante", result, SUCCESS)
    shows("rechazo", shop.link("pay", shop.invoice, 77, seconds=-60), "Este enlace venció", status=403)
    assert shop.booked(shop.invoice) == [(transaction_id, "59500.00")]


def test_P19_letters_of_twice_the_size_on_a_narrow_screen(browse: Browse, shop: Shop) -> None:
    """320 pixels and text at 200 %: no page scrolls sideways. https://www.w3.org/TR/WCAG22/#resize-text"""
    ana = browse(viewport={"width": 320, "height": 800})
    for address, title in (
        (shop.link("list", 0, 77), "Mis avisos de cobro"),
        (shop.link("pay", shop.invoice, 77), f"Aviso de cobro n.º {shop.invoice}"),
    ):
        ana.page.goto(address)
        ana.sees_title(title)
        ana.page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert ana.page.evaluate("document.documentElement.scrollWidth") <= 320
    ana.page.evaluate("document.documentElement.style.fontSize = ''")
    ana.press_pay()
    ana.pay_by_card()
    ana.sees_title(SUCCESS)
    ana.page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert ana.page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_receipt_on_paper(ana: Customer, shop: Shop) -> None:
    """Printed, it is the payment's facts in black on white: no button, no link to press, no word about printing."""
    ana.open_invoice()
    ana.press_pay()
    ana.pay_by_card()
    ana.sees_title(SUCCESS)
    (transaction_id,) = shop.transactions(shop.invoice)
    ana.page.emulate_media(media="print", color_scheme="dark")
    for fact in ("$ 59.500 COP", transaction_id, str(shop.reference(shop.invoice)), "Tarjeta débito o crédito"):
        expect(ana.page.get_by_role("definition").filter(has_text=fact)).to_be_visible()
    expect(ana.page.get_by_text("Ver el aviso de cobro")).to_be_hidden()
    expect(ana.page.get_by_text("Puede imprimir")).to_be_hidden()
    assert ana.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert ana.page.evaluate("getComputedStyle(document.body).color") == "rgb(26, 29, 33)"
    ana.picture("19-comprobante-impreso")
    assert shop.booked(shop.invoice) == [(transaction_id, "59500.00")]
