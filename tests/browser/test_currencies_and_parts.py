"""Billed in dollars, or paid in part: each way by keyboard alone and on a phone, without script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from whmcs_bridge.money.instalments import parse_minimum

from .conftest import Browse
from .customer import SUCCESS, Customer
from .shop import Shop
from .test_accessibility import small_targets, violations
from .test_phone import fits
from .test_whole_way import tab_to

PHONE = {"viewport": {"width": 360, "height": 780}, "color_scheme": "dark", "is_mobile": True, "has_touch": True}


def in_dollars(shop: Shop) -> tuple[str, int]:
    """A client billed in dollars, by their e-mail, and their invoice of 14.50."""
    client = shop.whmcs.add_client(currency_code="USD", firstname="John", lastname="Smith")
    return shop.whmcs.books.clients[client]["email"], shop.whmcs.add_invoice(client, "14.50")


def amount_field(customer: Customer) -> Locator:
    """Where a part is typed."""
    return customer.page.get_by_label("¿Cuánto quiere pagar? (en pesos)")


def test_dollars_by_keyboard_alone(browse: Browse, shop: Shop) -> None:
    """From the list, with its amount in dollars, over the page with both amounts, to the paid invoice. No script."""
    email, invoice = in_dollars(shop)
    john = browse(java_script_enabled=False)
    john.sign_in(email)
    john.open_list("Mis avisos de cobro")
    john.sees("USD 14.50")
    by_keyboard(john, john.link(f"Pagar {invoice}"))
    john.sees("Por USD 14.50, el saldo en su moneda.")
    john.sees("por la TRM oficial del")
    accepts_and_pays_by_keyboard(john)
    shop.wait_until_booked()
    assert [amount for _, amount in shop.booked(invoice)] == ["14.50"]
    assert shop.whmcs.invoice(invoice).status == "Paid"


def test_a_part_by_keyboard_alone(browse: Browse, shop: Shop) -> None:
    """Too little is typed first: the page says what may be paid, keeps what was typed, and leads to the field."""
    shop.takes_parts(parse_minimum("20000"))
    ana = browse(java_script_enabled=False)
    ana.sign_in()
    ana.open_list("Mis avisos de cobro")
    by_keyboard(ana, ana.link(f"Pagar {shop.invoice}"))
    keyboard = ana.page.keyboard
    tab_to(ana.page, amount_field(ana))
    keyboard.type("1.000")
    tab_to(ana.page, ana.terms)
    keyboard.press("Space")
    ana.expects_refusal(400)
    tab_to(ana.page, ana.button("Pagar con Wompi"))
    keyboard.press("Enter")
    ana.sees("Falta un paso")
    by_keyboard(ana, ana.page.get_by_role("alert").get_by_role("link"))
    expect(amount_field(ana)).to_be_focused()
    keyboard.press("Control+a")
    keyboard.type("20.000")
    accepts_and_pays_by_keyboard(ana)
    shop.wait_until_booked()
    assert [amount for _, amount in shop.booked(shop.invoice)] == ["20000.00"]
    assert shop.whmcs.invoice(shop.invoice).status == "Unpaid"


@pytest.mark.parametrize("java_script", [True, False], ids=["with script", "without script"])
def test_dollars_on_a_phone(browse: Browse, shop: Shop, java_script: bool) -> None:
    """By touch alone, from the list to the receipt: each page fits, and each target is as large as a finger."""
    email, invoice = in_dollars(shop)
    john = browse(**PHONE, java_script_enabled=java_script)
    john.sign_in(email)
    john.open_list("Mis avisos de cobro")
    is_for_a_finger(john, java_script)
    john.link(f"Pagar {invoice}").tap()
    john.sees("Por USD 14.50, el saldo en su moneda.")
    is_for_a_finger(john, java_script)
    accepts_and_pays_by_touch(john, java_script)
    shop.wait_until_booked()
    assert [amount for _, amount in shop.booked(invoice)] == ["14.50"]
    assert shop.whmcs.invoice(invoice).status == "Paid"


@pytest.mark.parametrize("java_script", [True, False], ids=["with script", "without script"])
def test_a_part_on_a_phone(browse: Browse, shop: Shop, java_script: bool) -> None:
    """By touch alone, over a part that is too small: each page fits, and each target is as large as a finger."""
    shop.takes_parts(parse_minimum("20000"))
    ana = browse(**PHONE, java_script_enabled=java_script)
    ana.sign_in()
    ana.open_list("Mis avisos de cobro")
    ana.link(f"Pagar {shop.invoice}").tap()
    ana.sees_title(f"Aviso de cobro n.º {shop.invoice}")
    is_for_a_finger(ana, java_script)
    amount_field(ana).fill("1.000")
    ana.terms.tap()
    ana.expects_refusal(400)
    ana.button("Pagar con Wompi").tap()
    ana.sees("Falta un paso")
    is_for_a_finger(ana, java_script)
    amount_field(ana).fill("20.000")
    accepts_and_pays_by_touch(ana, java_script)
    shop.wait_until_booked()
    assert [amount for _, amount in shop.booked(shop.invoice)] == ["20000.00"]
    assert shop.whmcs.invoice(shop.invoice).status == "Unpaid"


def by_keyboard(customer: Customer, link: Locator) -> None:
    """Tab to a link, and follow it."""
    tab_to(customer.page, link)
    customer.page.keyboard.press("Enter")


def accepts_and_pays_by_keyboard(customer: Customer) -> None:
    """From the box for the terms to the result."""
    keyboard = customer.page.keyboard
    tab_to(customer.page, customer.terms)
    keyboard.press("Space")
    expect(customer.terms).to_be_checked()
    tab_to(customer.page, customer.button("Pagar"))
    keyboard.press("Enter")
    customer.sees_title(customer.shop.whmcs.company_name)
    tab_to(customer.page, customer.button("con tarjeta"))
    keyboard.press("Enter")
    customer.sees_title(SUCCESS)


def accepts_and_pays_by_touch(customer: Customer, java_script: bool) -> None:
    """From the box for the terms to the result, which is a page for a finger as well."""
    customer.terms.tap()
    customer.button("Pagar").tap()
    customer.sees_title(customer.shop.whmcs.company_name)
    customer.button("con tarjeta").tap()
    customer.sees_title(SUCCESS)
    is_for_a_finger(customer, java_script)


def is_for_a_finger(customer: Customer, java_script: bool) -> None:
    """Nothing scrolls sideways, no target is too small; and axe-core, which needs script, finds nothing."""
    fits(customer, ours=True)
    assert small_targets(customer.page) == []
    if java_script:
        assert violations(customer.page) == []
