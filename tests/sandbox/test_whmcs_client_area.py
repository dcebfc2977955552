"""The sandbox WHMCS's client area: who sees what, and whose button it shows."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from whmcs_bridge.sandbox.whmcs.server import WhmcsSandbox

from .conftest import Clock

SECRET = "sandbox-bridge-secret-0123456789abcdef"
needs_php = pytest.mark.skipif(shutil.which("php") is None, reason="needs PHP")


@pytest.fixture
def whmcs(clock: Clock) -> Iterator[WhmcsSandbox]:
    sandbox = WhmcsSandbox(clock=clock, bridge_url="http://127.0.0.1:9/puente/", bridge_secret=SECRET)
    sandbox.add_invoice(sandbox.add_client(), "59500.00", tax="9500.00")
    with sandbox.serving():
        yield sandbox


@pytest.fixture
def ana(whmcs: WhmcsSandbox) -> Iterator[requests.Session]:
    """A browser in which Ana has signed in."""
    with requests.Session() as browser:
        answer = browser.post(whmcs.url, data={"username": "ana@ejemplo.test", "password": "demo"}, timeout=5)
        assert "Hola, Ana" in answer.text
        yield browser


def page(browser: requests.Session, whmcs: WhmcsSandbox, path: str) -> str:
    return browser.get(f"{whmcs.url}{path}", timeout=5).text


def test_a_stranger_is_asked_to_sign_in(whmcs: WhmcsSandbox) -> None:
    """Every page leads to the sign-in, which says the demo's user; a wrong password is refused."""
    for path in ("clientarea.php?action=invoices", "viewinvoice.php?id=1042", ""):
        answer = requests.get(f"{whmcs.url}{path}", timeout=5)
        assert "Entrar al área de clientes" in answer.text
        assert "ana@ejemplo.test" in answer.text
        assert "#1042" not in answer.text
    wrong = requests.post(whmcs.url, data={"username": "ana@ejemplo.test", "password": "no"}, timeout=5)
    assert (wrong.status_code, "no son correctos" in wrong.text) == (403, True)


def test_the_way_to_an_unpaid_invoice(whmcs: WhmcsSandbox, ana: requests.Session) -> None:
    """Facturación, Mis facturas, No Pagado, the invoice with lines, VAT, total and balance."""
    assert "Facturación" in page(ana, whmcs, "")
    listed = page(ana, whmcs, "clientarea.php?action=invoices")
    assert 'href="/viewinvoice.php?id=1042"' in listed
    assert "No Pagado" in listed
    shown = page(ana, whmcs, "viewinvoice.php?id=1042")
    for text in ("Plan Web Esencial", "IVA (19 %)", "$59.500,00&nbsp;COP", "Saldo", "Método de pago"):
        assert text in shown


def test_foreign_drafts_and_missing_invoices_are_not_shown(whmcs: WhmcsSandbox, ana: requests.Session) -> None:
    """404, and no trace in the list."""
    luz = whmcs.add_client()
    for number in (whmcs.add_invoice(luz, 20_000), whmcs.add_invoice(77, 20_000, status="Draft"), 9, 0):
        assert ana.get(f"{whmcs.url}viewinvoice.php?id={number}", timeout=5).status_code == 404
        assert f"id={number}" not in page(ana, whmcs, "clientarea.php?action=invoices")


def test_signing_out(whmcs: WhmcsSandbox, ana: requests.Session) -> None:
    """Ends the session."""
    assert "Entrar al área de clientes" in page(ana, whmcs, "logout.php")


def test_without_php_the_button_is_made_from_the_contract(whmcs: WhmcsSandbox, ana: requests.Session) -> None:
    """A form to /pay/<link> with the terms, and a list link in the menu; the signatures were computed by openssl."""
    shown = page(ana, whmcs, "viewinvoice.php?id=1042")
    link = "pay.1042.77.1790000000.lvOt-dYQPi4x8zHgT2phmfsZm_QalNAHn75oVErOZOA"
    assert f'<form method="post" action="http://127.0.0.1:9/puente/pay/{link}">' in shown
    assert 'name="terms" value="accepted" required' in shown
    assert "Pagar con Wompi" in shown
    assert "imitación hecha en Python" in shown
    listed = "list.0.77.1790000000.ojCsJnAQ-SCKw350Ev5IYEyyIASzKhJy-qIK8DaYiZw"
    assert f'href="http://127.0.0.1:9/puente/invoices/{listed}"' in page(ana, whmcs, "")


def test_the_payment_method_decides_on_the_button(whmcs: WhmcsSandbox, ana: requests.Session) -> None:
    """The select changes the invoice; only Unpaid with Wompi shows the button, and only Unpaid the select."""
    chosen = ana.post(f"{whmcs.url}viewinvoice.php?id=1042", data={"gateway": "banktransfer"}, timeout=5)
    assert "Pagar con Wompi" not in chosen.text
    assert whmcs.invoice(1042).paymentmethod == "banktransfer"
    ana.post(f"{whmcs.url}viewinvoice.php?id=1042", data={"gateway": "nonsense"}, timeout=5)
    assert whmcs.invoice(1042).paymentmethod == "banktransfer"
    whmcs.set_invoice(1042, paymentmethod="wompi", status="Paid")
    paid = page(ana, whmcs, "viewinvoice.php?id=1042")
    assert "Pagado" in paid
    assert "Pagar con Wompi" not in paid
    assert "Método de pago" not in paid


def test_the_banners_are_cosmetic(whmcs: WhmcsSandbox, ana: requests.Session) -> None:
    """paymentsuccess on an unpaid invoice says that it waits, and changes nothing; on a paid one it thanks."""
    path = "viewinvoice.php?id=1042&paymentsuccess=true"
    assert "Estamos esperando la confirmación" in page(ana, whmcs, path)
    assert whmcs.invoice(1042).status == "Unpaid"
    whmcs.add_payment(1042, "T-1")
    assert "Su pago fue recibido" in page(ana, whmcs, path)
    assert "no fue aprobado" in page(ana, whmcs, "viewinvoice.php?id=1042&paymentfailed=true")


def test_the_books_can_be_looked_at_and_an_invoice_added(whmcs: WhmcsSandbox) -> None:
    """/admin lists invoices, money and credit; its form adds an unpaid invoice with VAT."""
    form = {"client": "77", "item": "Dominio", "subtotal": "40000", "vat": "on"}
    assert "#1043" in requests.post(f"{whmcs.url}admin/invoices", data=form, timeout=5).text
    assert (str(whmcs.invoice(1043).total), str(whmcs.invoice(1043).tax)) == ("47600.00", "7600.00")
    whmcs.add_payment(1042, "T-99", amount="60000.00")
    shown = requests.get(f"{whmcs.url}admin", timeout=5).text
    assert "T-99" in shown
    assert "Invoice #1042 Overpayment" in shown
    bad = requests.post(f"{whmcs.url}admin/invoices", data=form | {"subtotal": "mucho"}, timeout=5)
    assert bad.status_code == 400


def test_without_php_the_home_panel_and_the_mails_are_made_from_the_contract(
    whmcs: WhmcsSandbox, ana: requests.Session
) -> None:
    """A panel beside WHMCS's own with what can be paid here, and a mail link good for thirty days."""
    whmcs.add_invoice(77, 1190)  # less than Wompi takes
    whmcs.add_invoice(77, 20_000, paymentmethod="banktransfer")
    home = page(ana, whmcs, "")
    assert home.index('menuItemName="Unpaid Invoices"') < home.index('menuItemName="Wompi"')
    assert "<strong>$59.500,00&nbsp;COP</strong>" in home
    mail = whmcs.send_mail("Invoice Created", 1042)
    assert mail.pay_link.startswith("http://127.0.0.1:9/puente/pay/mail.1042.77.1792588400.")
    assert whmcs.send_mail("Invoice Created", 1043).pay_link == ""
    whmcs.set_invoice(1042, status="Paid")
    assert whmcs.send_mail("Invoice Created", 1042).pay_link == ""


def test_what_whmcs_sent_can_be_read(whmcs: WhmcsSandbox) -> None:
    """/admin/emails sends one of the templates and shows all that was sent; what it does not know, it refuses."""
    form = {"invoice": "1042", "template": "Invoice Payment Reminder"}
    shown = requests.post(f"{whmcs.url}admin/emails", data=form, timeout=5).text
    assert "Recordatorio de pago #1042" in shown
    assert "<dd>ana@ejemplo.test</dd>" in shown
    assert 'href="http://127.0.0.1:9/puente/pay/mail.1042.77.' in shown
    assert requests.post(f"{whmcs.url}admin/emails", data=form | {"template": "x"}, timeout=5).status_code == 400
    assert requests.post(f"{whmcs.url}admin/emails", data=form | {"invoice": "9"}, timeout=5).status_code == 404


def test_old_invoices_are_cancelled_unless_somebody_objects(whmcs: WhmcsSandbox) -> None:
    """What the daily cron job does, at the press of a button; only an unpaid invoice can be."""
    requests.post(f"{whmcs.url}admin/cancel", data={"invoice": "1042"}, timeout=5)
    assert whmcs.invoice(1042).status == "Cancelled"
    assert "Automatic Cancellation of Invoice - Invoice ID: 1042" in whmcs.activity
    whmcs.set_invoice(1042, status="Paid")
    assert not whmcs.cancel_old(1042)
    assert whmcs.invoice(1042).status == "Paid"


def test_a_visitor_who_may_not_see_the_invoices(whmcs: WhmcsSandbox, ana: requests.Session) -> None:
    """WHMCS shows neither its own items nor ours, and no invoice."""
    whmcs.without_invoices.add(77)
    home = page(ana, whmcs, "")
    for item in ("Mis facturas", "Facturas sin pagar", "Mis avisos de cobro", "Pagar con Wompi"):
        assert item not in home
    for path in ("clientarea.php?action=invoices", "viewinvoice.php?id=1042"):
        assert "59.500" not in page(ana, whmcs, path)


def test_the_other_theme(whmcs: WhmcsSandbox, ana: requests.Session) -> None:
    """?systpl=six as in WHMCS, for the rest of the visit: panels are "panel" there, and "card" in twenty-one."""
    assert 'class="card card-accent-red"' in page(ana, whmcs, "")
    page(ana, whmcs, "?systpl=six")
    assert 'class="panel panel-default' not in page(ana, whmcs, "?systpl=nonsense")
    assert 'class="panel panel-accent-red"' in page(ana, whmcs, "")


# A gateway and a hook that use the documented surface, to show what the runner gives them.
GATEWAY = r"""<?php
function wompi_link($params) {
    $c = $params['clientdetails'];
    return htmlspecialchars(implode('|', [
        $params['invoiceid'], $params['amount'], $params['currency'], $c['userid'], $c['model']->id, $c['email'],
        $params['bridgeUrl'], strlen($params['bridgeSecret']), $params['langpaynow'], rtrim($params['systemurl'], '/'),
    ]));
}
"""
HOOK = r"""<?php
defined('WHMCS') or die();
use WHMCS\View\Menu\Item;
add_hook('ClientAreaPrimaryNavbar', 5, function (Item $navbar) {
    $billing = $navbar->getChild('Billing');
    if ($billing && Menu::context('client')) {
        App::load_function('gateway');
        $settings = getGatewayVariables('wompi');
        $child = $billing->addChild('Ours', ['label' => 'Nuestra', 'uri' => $settings['bridgeUrl'], 'order' => 5]);
        $child->setLabel($child->getLabel() . ' entrada ' . Menu::context('client')->id);
    }
});
add_hook('ClientAreaHomepagePanels', 1, function (Item $panels) {
    $own = $panels->getChild('Unpaid Invoices');
    $invoice = WHMCS\Billing\Invoice::where('userid', 77)->where('status', 'Unpaid')->get()[0];
    $panel = $panels->addChild('Ours', ['label' => Lang::trans('balancedue'), 'order' => $own->getOrder() + 1]);
    $panel->setExtra('color', 'green')->setBodyHtml("{$invoice->balance} " . getCurrency($invoice->userid)['code']);
});
add_hook('EmailPreSend', 1, function ($vars) {
    return ['wompi_pay_link' => "{$vars['messagename']}/" . WHMCS\Billing\Invoice::find($vars['relid'])->balance];
});
add_hook('PreInvoiceAutomaticCancellation', 1, function ($vars) {
    logActivity("asked about {$vars['invoiceid']}");
    return $vars['invoiceid'] === 1042 ? ['abortCancel' => true] : null;
});
add_hook('ClientAreaPrimaryNavbar', 1, function (Item $navbar) {
    $navbar->addChild('Last', ['uri' => '/last'])->moveToBack();
    $unknown = $GLOBALS['nothing'];
});
"""


@pytest.fixture
def hooks_dir(tmp_path: Path) -> Path:
    for path, text in {"modules/gateways/wompi.php": GATEWAY, "includes/hooks/ours.php": HOOK}.items():
        target = tmp_path / path
        target.parent.mkdir(parents=True)
        target.write_text(text, encoding="utf-8")
    (tmp_path / "includes/hooks/_off.php").write_text("<?php throw new Exception('off');", encoding="utf-8")
    return tmp_path


@needs_php
def test_with_php_the_button_is_what_the_gateway_returns(
    whmcs: WhmcsSandbox, ana: requests.Session, hooks_dir: Path
) -> None:
    """wompi_link($params) gets the documented parameters: the balance, the client's model, the gateway's settings."""
    whmcs.hooks_dir = hooks_dir
    whmcs.add_payment(1042, "T-1", amount="500")
    shown = page(ana, whmcs, "viewinvoice.php?id=1042")
    system_url = whmcs.url.rstrip("/")
    expected = f"1042|59000.00|COP|77|77|ana@ejemplo.test|http://127.0.0.1:9/puente/|38|Pagar Ahora|{system_url}"
    assert expected in shown
    assert "PHP real" in shown


@needs_php
def test_with_php_the_menu_is_what_the_hooks_make_of_it(
    whmcs: WhmcsSandbox, ana: requests.Session, hooks_dir: Path
) -> None:
    """Hooks run by priority and entries show by order; a file that starts with _ is off; warnings are shown."""
    whmcs.hooks_dir = hooks_dir
    shown = page(ana, whmcs, "")
    assert '<a href="http://127.0.0.1:9/puente/">Nuestra entrada 77</a>' in shown
    assert shown.index("Nuestra entrada 77") < shown.index("Mis facturas") < shown.index('href="/last"')
    assert "Undefined global variable $nothing in ours.php" in shown
    assert "_off.php" not in shown
    stranger = requests.get(whmcs.url, timeout=5).text
    assert "Nuestra" not in stranger


@needs_php
def test_with_php_the_panels_the_mails_and_the_cron_job_ask_the_hooks(
    whmcs: WhmcsSandbox, ana: requests.Session, hooks_dir: Path
) -> None:
    """Each by the documented point: panels in their order, a flat merge field, ``abortCancel``."""
    whmcs.hooks_dir = hooks_dir
    whmcs.add_payment(1042, "T-1", amount="500")
    home = page(ana, whmcs, "")
    assert home.index("Facturas sin pagar") < home.index("Saldo Pendiente") < home.index("Noticias recientes")
    assert '<div class="card-body">59000 COP</div>' in home
    assert whmcs.send_mail("Invoice Created", 1042).pay_link == "Invoice Created/59000"
    other = whmcs.add_invoice(77, 20_000)
    assert (whmcs.cancel_old(1042), whmcs.cancel_old(other)) == (False, True)
    assert [whmcs.invoice(number).status for number in (1042, other)] == ["Unpaid", "Cancelled"]
    assert {"asked about 1042", f"asked about {other}"} <= set(whmcs.activity)


@needs_php
def test_a_fault_in_the_hooks_is_told_and_the_page_stays(
    whmcs: WhmcsSandbox, ana: requests.Session, hooks_dir: Path
) -> None:
    """An exception and even a syntax error leave the client area standing, and the footnote says which."""
    whmcs.hooks_dir = hooks_dir
    (hooks_dir / "modules/gateways/wompi.php").write_text("<?php function wompi_link($p) { throw new Error('ay'); }")
    assert "ay in wompi.php on line 1" in page(ana, whmcs, "viewinvoice.php?id=1042")
    (hooks_dir / "includes/hooks/ours.php").write_text("<?php nonsense(")
    assert "Mis facturas" in page(ana, whmcs, "")
