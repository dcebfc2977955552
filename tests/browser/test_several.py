"""Several invoices in one payment: choosing, paying, and reading what became of each."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from .conftest import Browse
from .customer import SUCCESS, Customer
from .shop import Shop
from .test_phone import fits
from .test_whole_way import tab_to


def overdue_one(shop: Shop) -> int:
    """Another invoice of Ana's, of $ 20.000, overdue."""
    return shop.whmcs.add_invoice(77, "20000.00", duedate="2026-01-10")


def box(customer: Customer, invoice: int) -> Locator:
    """The box of an invoice in the list."""
    return customer.page.get_by_role("checkbox", name=f"Pagar junto con otros {invoice}")


@pytest.mark.parametrize("java_script", [True, False], ids=["with script", "without script"])
def test_choose_pay_and_read(browse: Browse, shop: Shop, java_script: bool) -> None:
    """The overdue one is chosen already; one more is added; one checkout; one page with both."""
    overdue = overdue_one(shop)
    ana = browse(java_script_enabled=java_script)
    ana.sign_in()
    ana.open_list("Mis avisos de cobro")
    expect(box(ana, overdue)).to_be_checked()
    expect(box(ana, shop.invoice)).not_to_be_checked()
    box(ana, shop.invoice).check()
    ana.picture("23-elegir", whole=True)
    ana.button("Pagar los elegidos").click()
    ana.sees_title("Pagar 2 avisos de cobro")
    ana.sees("$ 79.500 COP")
    ana.press_pay()
    ana.sees_checkout("$ 79.500")
    ana.pay_by_card()
    ana.sees_title(SUCCESS)
    shop.wait_until_booked(2)
    for invoice in (shop.invoice, overdue):
        expect(ana.page.locator(f"#part-{invoice}")).to_be_visible()
    ana.picture("24-varios", whole=True)
    (transaction_id,) = shop.transactions(overdue)
    assert shop.booked(overdue) == [(f"{transaction_id}-{overdue}", "20000.00")]
    assert shop.booked(shop.invoice) == [(f"{transaction_id}-{shop.invoice}", "59500.00")]


def test_with_the_keyboard_alone(browse: Browse, shop: Shop) -> None:
    """Tab, Space and Enter choose and pay; every stop on the way shows the focus."""
    overdue = overdue_one(shop)
    ana = browse()
    ana.sign_in()
    ana.open_list("Mis avisos de cobro")
    keyboard = ana.page.keyboard
    tab_to(ana.page, box(ana, shop.invoice))
    keyboard.press("Space")
    tab_to(ana.page, ana.button("Pagar los elegidos"))
    keyboard.press("Enter")
    ana.sees_title("Pagar 2 avisos de cobro")
    tab_to(ana.page, ana.terms)
    keyboard.press("Space")
    tab_to(ana.page, ana.button("Pagar con Wompi"))
    keyboard.press("Enter")
    ana.sees_checkout("$ 79.500", invoice_id=overdue)


def test_on_a_phone(browse: Browse, shop: Shop) -> None:
    """Neither the list, nor the choice, nor the receipt scrolls sideways."""
    overdue_one(shop)
    ana = browse(viewport={"width": 360, "height": 780}, color_scheme="dark", is_mobile=True, has_touch=True)
    ana.sign_in()
    ana.open_list("Mis avisos de cobro")
    fits(ana, ours=True)
    box(ana, shop.invoice).check()
    ana.button("Pagar los elegidos").click()
    ana.sees_title("Pagar 2 avisos de cobro")
    fits(ana, ours=True)
    ana.press_pay()
    ana.sees_checkout("$ 79.500")
    ana.pay_by_card()
    ana.sees_title(SUCCESS)
    fits(ana, ours=True)
