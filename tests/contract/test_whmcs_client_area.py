"""The sandbox WHMCS's client area: who sees what, and whose button it shows."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from whmcs_bridge.demo.whmcs_sandbox import WhmcsSandbox

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
def test_a_fault_in_the_hooks_is_told_and_the_page_stays(
    whmcs: WhmcsSandbox, ana: requests.Session, hooks_dir: Path
) -> None:
    """An exception and even a syntax error leave the client area standing, and the footnote says which."""
    whmcs.hooks_dir = hooks_dir
    (hooks_dir / "modules/gateways/wompi.php").write_text("<?php function wompi_link($p) { throw new Error('ay'); }")
    assert "ay in wompi.php on line 1" in page(ana, whmcs, "viewinvoice.php?id=1042")
    (hooks_dir / "includes/hooks/ours.php").write_text("<?php nonsense(")
    assert "Mis facturas" in page(ana, whmcs, "")
