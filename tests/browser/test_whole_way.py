"""From "Entrar" to the paid invoice: the way that every customer goes, and the ways of those who go it differently."""

from __future__ import annotations

import shutil

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import Browse
from .customer import METHOD, SUCCESS, Customer
from .shop import Shop


@pytest.mark.parametrize("java_script", [True, False], ids=["", "without JavaScript"])
def test_the_whole_way_by_card(browse: Browse, shop: Shop, java_script: bool) -> None:
    """Step by step: sign in, find the invoice, choose Wompi, accept the terms, pay by card, and find it Pagado."""
    shop.whmcs.set_invoice(shop.invoice, paymentmethod="banktransfer")
    ana = browse(java_script_enabled=java_script)
    ana.sign_in()
    ana.open_list("Mis facturas")
    ana.page.get_by_role("row", name=f"#{shop.invoice}").get_by_role("link", name="No Pagado").click()
    ana.sees_title(f"Aviso de cobro #{shop.invoice}")
    ana.sees("No Pagado")
    expect(ana.button("Pagar con Wompi")).to_have_count(0)
    ana.choose_method(METHOD)
    if shutil.which("php"):
        ana.sees("El menú y el botón vienen del PHP real")
    ana.picture("01-aviso")

    ana.watch.requests.clear()
    ana.button("Pagar con Wompi").click()
    expect(ana.terms).to_be_focused()  # where the browser leads who has not accepted
    assert ana.watch.requests == []
    assert shop.reference(shop.invoice) is None

    ana.press_pay()
    ana.sees_checkout("$ 59.500")
    ana.picture("02-checkout")
    ana.pay_by_card("4242 4242 4242 4242")
    ana.sees_title(SUCCESS)
    (transaction_id,) = shop.transactions(shop.invoice)
    ana.sees(transaction_id)

    shop.wait_until_booked()
    ana.page.reload()  # once more through the door that lets money in
    ana.sees_title(SUCCESS)
    ana.picture("03-exito")
    if not java_script:
        ana.picture("16-sin-javascript")
    ana.link("Ver el aviso de cobro").click()
    ana.sees_paid(transaction_id)
    assert shop.booked(shop.invoice) == [(transaction_id, "59500.00")]


def test_from_the_list_of_unpaid_invoices(ana: Customer, shop: Shop) -> None:
    """The entry under Facturación shows all that Ana owes; "Pagar" there leads to the same payment."""
    ana.open_list("Mis avisos de cobro")
    ana.sees("$ 238.000 COP")  # 59.500 + 178.500: what can be paid here, without the 1.190 below
    ana.sees("Wompi recibe pagos desde $ 1.500")
    expect(ana.page.get_by_text("No Pagado", exact=True)).to_have_count(3)
    expect(ana.link("Pagar")).to_have_count(2)
    ana.picture("05-mis-avisos")

    ana.link(f"Pagar {shop.invoice}").click()
    ana.sees_title(f"Aviso de cobro n.º {shop.invoice}")
    ana.sees("Plan Web Esencial, un mes")
    ana.press_pay()
    ana.sees_checkout("$ 59.500")
    ana.pay_by_card()
    ana.sees_title(SUCCESS)

    (transaction_id,) = shop.transactions(shop.invoice)
    shop.wait_until_booked()
    ana.link("Ver el aviso de cobro").click()
    ana.sees_paid(transaction_id)
    ana.link("Volver a mis facturas").click()
    ana.open_list("Mis avisos de cobro")
    ana.sees("Aviso de cobro n.º 1043")
    ana.sees("$ 178.500 COP")
    expect(ana.page.get_by_text(f"n.º {shop.invoice}")).to_have_count(0)
    assert shop.booked(shop.invoice) == [(transaction_id, "59500.00")]


def test_the_summary_adds_up(ana: Customer, shop: Shop) -> None:
    """What stands above the total on the bridge's page makes the total: the lines, the taxes, the credit."""
    taxed = shop.whmcs.add_invoice(77, "59500.00", tax="9500.00")
    with_credit = shop.whmcs.add_invoice(77, "40000.00", tax="9500.00", credit="19500.00")
    cells = ana.page.get_by_role("table").get_by_role("cell")
    ana.page.goto(shop.link("pay", taxed, 77))
    expect(cells).to_have_text(["$ 50.000", "$ 9.500", "$ 59.500"])
    ana.page.goto(shop.link("pay", with_credit, 77))
    expect(cells).to_have_text(["$ 50.000", "$ 9.500", "-$ 19.500", "$ 40.000"])


def test_with_the_keyboard_alone(ana: Customer, shop: Shop) -> None:
    """Tab, Space and Enter lead from the invoice to the paid invoice, and every stop on the way shows the focus."""
    ana.open_invoice()
    keyboard = ana.page.keyboard
    tab_to(ana.page, ana.terms)
    keyboard.press("Space")
    expect(ana.terms).to_be_checked()
    tab_to(ana.page, ana.button("Pagar con Wompi"))
    ana.picture("17-teclado")
    keyboard.press("Enter")
    ana.sees_checkout()
    tab_to(ana.page, ana.button("con tarjeta"))
    keyboard.press("Enter")
    ana.sees_title(SUCCESS)
    (transaction_id,) = shop.transactions(shop.invoice)
    shop.wait_until_booked()
    tab_to(ana.page, ana.link("Ver el aviso de cobro"))
    keyboard.press("Enter")
    ana.sees_paid(transaction_id)
    assert shop.booked(shop.invoice) == [(transaction_id, "59500.00")]


def tab_to(page: Page, goal: Locator) -> None:
    """Press Tab until the goal has the focus. Every control on the way must show that it has it."""
    expect(goal).to_be_visible()
    for _ in range(25):
        page.keyboard.press("Tab")
        # The body has the focus at the end of the page, before it begins anew.
        if page.evaluate("document.activeElement !== document.body"):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
        if goal.evaluate("element => element === document.activeElement"):
            return
    pytest.fail(f"Tab never comes to {goal}")


def test_in_english(browse: Browse, shop: Shop, php: str) -> None:
    """A client whose WHMCS speaks English gets every page of ours in English."""
    client = shop.whmcs.add_client(language="english")
    invoice = shop.whmcs.add_invoice(client, "59500.00", tax="9500.00")
    john = browse(locale="en-US")
    john.sign_in(shop.whmcs.books.clients[client]["email"])
    john.open_list("My unpaid invoices", title="My invoices")
    john.link(f"Pay {invoice}").click()
    john.sees_title(f"Invoice no. {invoice}")
    john.sees("Amount to pay")
    john.picture("18-in-english")
    john.link("Back to the invoice").click()
    john.press_pay("Pay with Wompi")
    john.sees_checkout(invoice_id=invoice)
    john.pay_by_card()
    john.sees_title("Payment successful!")
    (transaction_id,) = shop.transactions(invoice)
    shop.wait_until_booked()
    john.link("View the invoice").click()
    john.sees_paid(transaction_id)
    assert shop.booked(invoice) == [(transaction_id, "59500.00")]
