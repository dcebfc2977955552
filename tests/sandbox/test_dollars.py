"""A client billed in dollars, in the sandboxes: the pages in their currency, and the whole way through real PHP and the
real bridge."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.serving import serving
from tests.web import signed
from tests.world import BRIDGE_SECRET, World, fields_of, make_world
from whmcs_bridge.sandbox.whmcs.server import WhmcsSandbox
from whmcs_bridge.sandbox.wompi.server import WompiSandbox
from whmcs_bridge.whmcs.hooks_files import hooks_directory

from .conftest import Clock

TODAY = "2026-09-21T00:00:00.000"


@pytest.fixture
def shop(clock: Clock) -> Iterator[WhmcsSandbox]:
    """A WHMCS without PHP, whose client 78 is billed in dollars and owes 14.50."""
    whmcs = WhmcsSandbox(clock=clock, bridge_url="http://127.0.0.1:9/", bridge_secret=BRIDGE_SECRET)
    whmcs.add_client()
    whmcs.add_invoice(whmcs.add_client(currency_code="USD"), "14.50")
    with whmcs.serving():
        yield whmcs


def sign_in(whmcs: WhmcsSandbox) -> requests.Session:
    """The browser of client 78."""
    browser = requests.Session()
    browser.post(whmcs.url, data={"username": "cliente78@ejemplo.test", "password": "demo"}, timeout=10)
    return browser


def test_the_pages_are_in_the_clients_currency(shop: WhmcsSandbox) -> None:
    """Home, list, invoice, the admin's books and the e-mail."""
    with sign_in(shop) as browser:
        for path in ("", "clientarea.php?action=invoices", "viewinvoice.php?id=1042"):
            shown = browser.get(f"{shop.url}{path}", timeout=5).text
            assert "$14.50&nbsp;USD" in shown
            assert "&nbsp;COP" not in shown
    assert "$14.50&nbsp;USD" in requests.get(f"{shop.url}admin", timeout=5).text
    shop.send_mail("Invoice Created", 1042)
    assert "por $14.50&nbsp;USD" in requests.get(f"{shop.url}admin/emails", timeout=5).text


def test_the_look_alike_knows_what_the_bridge_takes(shop: WhmcsSandbox) -> None:
    """Without PHP nobody asks the bridge: no button, panel or link for dollars until the sandbox is told."""
    with sign_in(shop) as browser:
        assert "Pagar con Wompi" not in browser.get(f"{shop.url}viewinvoice.php?id=1042", timeout=5).text
        assert "<strong>$14.50" not in browser.get(shop.url, timeout=5).text
        assert shop.send_mail("Invoice Created", 1042).pay_link == ""
        shop.bridge_currencies = {"USD"}
        shown = browser.get(f"{shop.url}viewinvoice.php?id=1042", timeout=5).text
        assert re.search(r'<form method="get" action="http://127\.0\.0\.1:9/pay/pay\.1042\.78\.', shown)
        assert "en el siguiente paso" in shown
        assert "<strong>$14.50&nbsp;USD</strong>" in browser.get(shop.url, timeout=5).text


def test_an_email_leads_to_all_that_is_due(shop: WhmcsSandbox) -> None:
    """From the second invoice that can be paid; a mass-pay invoice repeats others and is none."""
    shop.bridge_currencies = {"USD"}
    shop.add_mass_pay(78, [1042])
    assert shop.send_mail("Invoice Created", 1042).pay_all_link == ""
    shop.add_invoice(78, "29.00")
    mail = shop.send_mail("Invoice Created", 1042)
    assert mail.pay_all_link.startswith("http://127.0.0.1:9/invoices/mail.0.78.1792588400.")
    assert "Pagar todo lo pendiente" in requests.get(f"{shop.url}admin/emails", timeout=5).text


def test_the_service_of_the_official_rate(wompi: WompiSandbox, clock: Clock) -> None:
    """One row a day, the newest first, as the public data set tells them; with faults, and a rate that can be set."""
    rows = requests.get(wompi.trm_url, {"$order": "vigenciadesde DESC", "$limit": "2"}, timeout=5).json()
    assert rows == [
        {"valor": "4012.34", "unidad": "COP", "vigenciadesde": TODAY, "vigenciahasta": TODAY},
        {
            "valor": "4012.34", "unidad": "COP", "vigenciadesde": "2026-09-20T00:00:00.000",
            "vigenciahasta": "2026-09-20T00:00:00.000",
        },
    ]  # fmt: skip
    wompi.faults.add("trm", "503")
    assert requests.get(wompi.trm_url, timeout=5).status_code == 503
    requests.post(f"{wompi.url}_sandbox/switches", json={"trm": "3999.99"}, timeout=5)
    assert requests.get(wompi.trm_url, timeout=5).json()[0]["valor"] == "3999.99"
    clock.now += 86_400
    assert requests.get(wompi.trm_url, timeout=5).json()[0]["vigenciadesde"] == "2026-09-22T00:00:00.000"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A bridge that takes dollars at the official rate, and a WHMCS with the real hooks, at the hour that PHP has."""
    if shutil.which("php") is None:
        pytest.skip("PHP is not installed: apt-get install php-cli php-curl")
    with make_world(tmp_path, BRIDGE_CURRENCIES="USD=trm") as world:
        world.clock.now = world.clock.now.now(world.clock.now.tzinfo)
        world.whmcs.add_client(id=78, currency_code="USD")
        world.whmcs.hooks_dir = hooks_directory()
        world.whmcs.bridge_secret = BRIDGE_SECRET
        with serving(world, with_worker=False) as server:
            world.whmcs.bridge_url = f"http://127.0.0.1:{server.port}/"
            yield world


def test_from_the_button_to_the_refund(world: World) -> None:
    """14.50 dollars at 4,012.34 are 58,178.93 pesos, so 58,179 are paid: WHMCS has 14.50 dollars, the refund asks for
    14.50 dollars, and Wompi gives 58,179 pesos back."""
    invoice = world.invoice("14.50", tax="0.00", client=78)
    with sign_in(world.whmcs) as browser:
        assert "USD&nbsp;14.50" in browser.get(world.whmcs.url, timeout=20).text  # our panel, by PHP
        shown = browser.get(f"{world.whmcs.url}viewinvoice.php?id={invoice}", timeout=20).text
        (address,) = re.findall(r'method="get" action="([^"]+)"', shown)
        page = browser.get(address, timeout=10)
        assert "58.179" in page.text
    fields = fields_of(world.press(invoice, link=address.rpartition("/")[2]))
    assert fields["amount-in-cents"] == "5817900"
    transaction = world.transact(fields["reference"], 5_817_900)
    world.event(transaction)
    world.work()
    (row,) = world.whmcs.booked(transaction)
    assert (str(row.amountin), world.whmcs.invoice(invoice).status) == ("14.50", "Paid")
    told = signed.ask(world, {"transid": transaction}, path="/transaction").get_json()
    assert (told["amount_in_cents"], told["currency"]) == (5_817_900, "COP")
    assert (told["booked_in_cents"], told["booked_currency"]) == (1450, "USD")

    refused = requests.post(
        f"{world.whmcs.url}admin/refund", data={"transid": transaction, "amount": "58179"}, timeout=60
    )
    assert "USD 14.50" in refused.text
    requests.post(f"{world.whmcs.url}admin/refund", data={"transid": transaction}, timeout=60)
    assert world.wompi.transaction(transaction)["status"] == "VOIDED"
    assert [str(row.amountout) for row in world.whmcs.transactions] == ["0.00", "14.50"]


def test_pesos_have_no_other_amount(world: World) -> None:
    """``/transaction`` of an invoice in pesos is what it was."""
    transaction = world.pay(world.invoice())
    world.event(transaction)
    world.work()
    assert "booked_in_cents" not in signed.ask(world, {"transid": transaction}, path="/transaction").get_json()


def test_a_row_of_transactions_has_the_clients_rate(shop: WhmcsSandbox) -> None:
    """GetTransactions: 0 as the currency of a client's own, and WHMCS's rate of it."""
    shop.add_payment(1042, "T-1", amount="14.50")
    form = {
        "action": "GetTransactions", "invoiceid": "1042", "identifier": shop.identifier, "secret": shop.secret,
        "responsetype": "json",
    }  # fmt: skip
    (row,) = requests.post(shop.api_url, data=form, timeout=5).json()["transactions"]["transaction"]
    assert (row["amountin"], row["currency"], row["rate"]) == ("14.50", "0", "0.00025")
