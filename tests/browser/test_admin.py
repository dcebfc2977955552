"""What the admin sees: an invoice's panel, the trail, what waits for a person, doctor. With pictures for the manual."""

from __future__ import annotations

import io
import os

import pytest
from playwright.sync_api import expect
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from tests.commands.test_screen import seen
from whmcs_bridge.booking.reviews import Settle
from whmcs_bridge.commands import doctor
from whmcs_bridge.doctor.check import Status

from .conftest import Browse
from .customer import SUCCESS, Customer
from .shop import Shop

pytestmark = pytest.mark.usefixtures("php")


def pay(customer: Customer) -> str:
    """Pay the invoice by card, and return the transaction's id."""
    customer.open_invoice()
    customer.press_pay()
    customer.pay_by_card()
    customer.sees_title(SUCCESS)
    return customer.shop.transactions(customer.shop.invoice)[0]


def test_the_panel_on_an_invoice_leads_to_the_trail(ana: Customer, browse: Browse, shop: Shop) -> None:
    """Within WHMCS, one line for each payment; behind it the console's trail. Where the addon is not active it is the
    bridge's own page: each step with its time, and nothing of the payer."""
    transaction_id = pay(ana)
    shop.wait_until_booked()
    admin = browse()
    admin.page.goto(f"{shop.whmcs.url}admin/invoices.php?action=edit&id={shop.invoice}")
    panel = admin.page.locator("#controls")
    expect(panel).to_contain_text(transaction_id)
    admin.picture("manual-panel")
    panel.get_by_role("link", name="Ver el rastro de cada pago").click()
    admin.sees(f"Rastro de {shop.invoice}")
    admin.sees(transaction_id)
    admin.page.go_back()
    shop.whmcs.addons.clear()
    admin.page.reload()
    with admin.page.expect_popup() as opened:
        panel.get_by_role("link", name="Ver el rastro de cada pago").click()
    admin.page = opened.value
    admin.sees(transaction_id)
    expect(admin.page.locator("body")).not_to_contain_text("ana@ejemplo.test")
    admin.picture("manual-rastro")


def test_what_waits_for_a_person_is_told_with_its_command(ana: Customer, browse: Browse, shop: Shop) -> None:
    """An invoice that was cancelled while its payer was at Wompi: the dashboard counts it, the page says what to do."""
    ana.open_invoice()
    ana.press_pay()
    ana.sees_checkout()
    shop.whmcs.invoice(shop.invoice).status = "Cancelled"
    ana.pay_by_card()
    ana.page.wait_for_url("**/return/**")
    (transaction_id,) = shop.transactions(shop.invoice)
    shop.wait_until_held(transaction_id)
    admin = browse()
    admin.page.goto(f"{shop.whmcs.url}admin")
    admin.link("Ver qué pasó y resolverlo").click()
    admin.sees("Dejar como saldo a favor del cliente")
    shop.whmcs.addons.clear()
    admin.page.goto(f"{shop.whmcs.url}admin")
    with admin.page.expect_popup() as opened:
        admin.page.get_by_text("Ver qué se necesita").click()
    admin.page = opened.value
    admin.sees(f"wompi-bridge resolve {transaction_id} --credit")
    shop.settle(transaction_id, Settle.CREDIT)
    assert shop.credited() == [transaction_id]


def test_the_refund_button_gives_the_money_back_once(ana: Customer, browse: Browse, shop: Shop) -> None:
    """A card payment of today is voided at Wompi, and WHMCS records it; a second press reaches Wompi no more."""
    transaction_id = pay(ana)
    shop.wait_until_booked()
    admin = browse()
    admin.page.goto(f"{shop.whmcs.url}admin/invoices.php?action=edit&id={shop.invoice}")
    admin.button("Refund through Gateway").click()
    admin.sees("Refund: success")
    admin.picture("manual-devolucion")
    assert shop.wompi.transaction(transaction_id)["status"] == "VOIDED"
    assert shop.whmcs.invoice(shop.invoice).status == "Refunded"
    admin.button("Refund through Gateway").click()
    admin.sees("Refund: declined")
    admin.sees("WHMCS ya tiene la devolución de este pago")
    assert len([call for call in shop.wompi.calls if call.path.endswith("/void")]) == 1
    assert [str(row.amountout) for row in shop.whmcs.transactions if row.amountout] == ["59500.00"]


def test_doctor_tells_the_one_thing_that_is_wrong(browse: Browse, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A role that lacks one permission: one red word in the whole list, with what to do."""
    shop.whmcs.denied.add("addinvoicepayment")
    diagnosis = shop.examine()
    here = seen(monkeypatch, COLUMNS="110")
    doctor._print(diagnosis)
    assert [check.id for check in diagnosis.checks if check.status is Status.FAIL] == ["permission.AddInvoicePayment"]
    assert here.shown.count("\x1b[1;31mFALLA") == 1
    if os.environ.get("UPDATE_SCREENSHOTS"):
        admin = browse(viewport={"width": 840, "height": 1100})
        drawn = Console(record=True, file=io.StringIO(), width=110)
        drawn.print(Text.from_ansi(f"$ wompi-bridge doctor\n{here.shown}"))
        page = '<body style="background:#0c0c0c;color:#d9d9d9"><pre style="font:12px/1.35 monospace">{code}</pre>'
        admin.page.set_content(drawn.export_html(theme=MONOKAI, inline_styles=True, code_format=page))
        admin.picture("manual-doctor")
