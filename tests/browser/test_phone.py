"""On a phone: 360 pixels wide, in the dark, and no page scrolls sideways."""

from __future__ import annotations

import pytest

from .conftest import Browse
from .customer import BAD_CARD, SUCCESS, VERIFYING, Customer
from .shop import Shop


@pytest.fixture
def phone(browse: Browse) -> Customer:
    """The smallest that is still sold, in dark colours."""
    return browse(
        viewport={"width": 360, "height": 780},
        color_scheme="dark",
        is_mobile=True,
        has_touch=True,
        device_scale_factor=2,
    )


def test_the_whole_way_on_a_phone(phone: Customer, shop: Shop) -> None:
    """Every page of the way fits, also the ones that a decline leads to."""
    phone.page.goto(shop.whmcs.url)
    fits(phone)
    phone.sign_in()
    fits(phone)
    phone.open_list("Mis facturas")
    fits(phone)
    phone.open_invoice()
    fits(phone)
    phone.page.goto(shop.whmcs.url)
    phone.open_list("Mis avisos de cobro")
    fits(phone, ours=True)
    phone.link(f"Pagar {shop.invoice}").click()
    phone.sees_title(f"Aviso de cobro n.º {shop.invoice}")
    fits(phone, ours=True)
    phone.picture("06-telefono")
    phone.press_pay()
    phone.sees_checkout()
    fits(phone)
    phone.pay_by_card(BAD_CARD)
    phone.sees("Pago rechazado")
    fits(phone)
    phone.link("Volver al comercio").click()
    phone.sees_title("El pago no fue aprobado")
    fits(phone, ours=True)
    phone.link("Intentar de nuevo").click()
    phone.press_pay()
    phone.sees_checkout()
    phone.page.get_by_label("Correo electrónico").fill("ana@ejemplo.test")
    phone.leave_pending()
    phone.pay_by_pse()
    phone.sees_title(VERIFYING)
    fits(phone, ours=True)
    return_address = phone.page.url
    (transaction_id,) = shop.transactions(shop.invoice)

    phone.link("Ver el aviso de cobro").click()
    phone.sees_title(f"Aviso de cobro #{shop.invoice}")
    fits(phone)
    phone.expects_refusal(409)
    phone.page.goto(shop.link("pay", shop.invoice, 77))
    phone.sees("Ya hay un pago en curso")
    fits(phone, ours=True)
    shop.wompi.settle(transaction_id, "APPROVED")
    shop.wait_until_booked()
    phone.page.goto(return_address)
    phone.sees_title(SUCCESS)
    fits(phone, ours=True)
    phone.link("Ver el aviso de cobro").click()
    phone.sees_paid(transaction_id)
    fits(phone)
    phone.expects_refusal(403)
    phone.page.goto(f"{shop.bridge_url}pay/nothing")
    phone.sees_title("Este enlace no es válido")
    fits(phone, ours=True)
    assert shop.booked(shop.invoice) == [(transaction_id, "59500.00")]


def fits(phone: Customer, *, ours: bool = False) -> None:
    """The page is no wider than the screen; our own pages are dark, too."""
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 360, phone.page.url
    if ours:
        assert phone.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 27)"
