"""A client who is billed in dollars, and one who pays a part: each sees what it means before anything is paid."""

from __future__ import annotations

import pytest

from whmcs_bridge.money.instalments import parse_minimum

from .conftest import Browse
from .customer import SUCCESS, Customer
from .shop import Shop
from .test_accessibility import violations


@pytest.mark.parametrize("java_script", [True, False], ids=["with script", "without script"])
def test_dollars_are_paid_in_pesos(browse: Browse, shop: Shop, java_script: bool, php: str) -> None:
    """From WHMCS's button to the page with both amounts and the rate, to Wompi, and back; WHMCS has dollars."""
    client = shop.whmcs.add_client(currency_code="USD", firstname="John", lastname="Smith")
    invoice = shop.whmcs.add_invoice(client, "14.50")
    john = browse(java_script_enabled=java_script)
    john.sign_in(shop.whmcs.books.clients[client]["email"])
    john.open_invoice(invoice)
    john.button("Pagar con Wompi").click()
    john.sees("Por USD 14.50, el saldo en su moneda.")
    john.sees("por la TRM oficial del")
    if java_script:
        assert violations(john.page) == []
    john.picture("25-dolares", whole=True)
    john.press_pay()
    john.pay_by_card()
    john.sees_title(SUCCESS)
    shop.wait_until_booked(1)
    assert [amount for _, amount in shop.booked(invoice)] == ["14.50"]


def test_a_part_is_paid_from_whmcs_s_page(ana: Customer, shop: Shop, php: str) -> None:
    """The way stands below the button; what may not be paid is said in the page, and what was typed stays."""
    shop.takes_parts(parse_minimum("20000"))
    ana.open_invoice()
    ana.link("Pagar solo una parte").click()
    field = ana.page.get_by_label("¿Cuánto quiere pagar? (en pesos)")
    ana.terms.check()
    field.fill("1.000")
    ana.expects_refusal(400)
    ana.button("Pagar con Wompi").click()
    ana.sees("Falta un paso")
    assert violations(ana.page) == []
    ana.picture("26-una-parte", whole=True)
    field.fill("20.000")
    ana.press_pay()
    ana.sees_checkout("$ 20.000")
    ana.pay_by_card()
    ana.sees_title(SUCCESS)
    shop.wait_until_booked(1)
    assert [amount for _, amount in shop.booked(shop.invoice)] == ["20000.00"]
    assert shop.whmcs.invoice(shop.invoice).status == "Unpaid"
