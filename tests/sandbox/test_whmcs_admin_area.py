"""The sandbox WHMCS's admin area: the real hooks, the real PHP and the real bridge, together."""

from __future__ import annotations

import html
import json
import re
import shutil
from collections.abc import Iterator
from decimal import Decimal

import pytest
import requests

from tests.php.whmcs import SETTINGS, Whmcs
from tests.serving import serving
from tests.world import BRIDGE_SECRET, World
from whmcs_bridge.signed.calls import HEADER, signature_of
from whmcs_bridge.whmcs.hooks_files import hooks_directory

pytestmark = pytest.mark.skipif(shutil.which("php") is None, reason="needs PHP")


@pytest.fixture
def world(sqlite_world: World) -> Iterator[World]:
    """A world whose WHMCS has our hooks, at the hour that PHP has."""
    world = sqlite_world
    world.clock.now = world.clock.now.now(world.clock.now.tzinfo)
    world.whmcs.hooks_dir = hooks_directory()
    world.whmcs.bridge_secret = BRIDGE_SECRET
    with serving(world, with_worker=False) as server:
        world.whmcs.bridge_url = f"http://127.0.0.1:{server.port}/"
        yield world


def page(world: World, path: str) -> str:
    answer = requests.get(f"{world.whmcs.url}{path}", timeout=10)
    assert answer.status_code == 200
    assert "alert danger" not in answer.text  # a word of PHP's own
    return answer.text


def follow(world: World, shown: str, what: str) -> str:
    """Open the only link to a page of the console."""
    (address,) = re.findall(rf'href="(addonmodules\.php\?module=wompi_bridge&amp;page={what}[^"]*)"', shown)
    return page(world, f"admin/{html.unescape(address)}")


def test_from_whmcs_s_invoice_to_the_trail_of_its_payment(world: World) -> None:
    """The panel tells the payment, and its link opens the trail in the console."""
    assert "Nadie ha intentado pagar" in page(world, f"admin/invoices.php?action=edit&id={world.invoice()}")
    transaction = world.pay(1042, method="PSE")
    world.event(transaction)
    world.work()
    shown = page(world, "admin/invoices.php?action=edit&id=1042")
    assert all(part in shown for part in ("Pagos con Wompi", "PSE", "APPROVED", "Registrado", transaction))
    trail = follow(world, shown, "trail")
    assert 'data-state="posted"' in trail
    assert transaction in trail


def test_from_the_dashboard_to_what_waits_and_its_command(world: World) -> None:
    """The widget counts, and its link opens the list in the console, with its buttons."""
    assert "Ning&uacute;n pago espera a una persona." in page(world, "admin")
    transaction = world.pay(world.invoice())
    world.whmcs.set_invoice(1042, status="Cancelled")
    world.event(transaction)
    world.work()
    shown = page(world, "admin")
    assert "1 pago espera a una persona." in shown
    review = follow(world, shown, "review")
    assert all(part in review for part in (transaction, 'value="credit"'))


def test_the_page_is_whole_without_its_bridge(world: World) -> None:
    """An address where nobody answers, a secret that differs: a sentence in the panel, and the page around it."""
    address = f"admin/invoices.php?action=edit&id={world.invoice()}"
    world.whmcs.bridge_secret = "another-secret-of-thirty-two-characters"
    shown = page(world, address)
    assert "El puente rechaza la firma de WHMCS" in shown
    assert "Transacciones" in shown
    world.whmcs.bridge_url = "http://127.0.0.1:9/"
    assert "El puente no responde ahora" in page(world, address)
    assert "El puente no responde ahora" in page(world, "admin")


def paid(world: World, **options: str) -> str:
    """An invoice that is paid, and booked."""
    transaction = world.pay(world.invoice(), **options)
    world.event(transaction)
    world.work()
    assert [str(row.amountin) for row in world.whmcs.booked(transaction)] == ["59500.00"]
    return transaction


def refund(world: World, transaction: str, **form: str) -> tuple[str, str]:
    """The press on Refund, in WHMCS's page: the status of the gateway's answer, and its words."""
    data = {"transid": transaction, "amount": ""} | form
    answer = requests.post(f"{world.whmcs.url}admin/refund", data=data, timeout=60)
    assert answer.status_code == 200
    ((status, words),) = re.findall(r"<strong>Refund: (\w+)</strong> ([^<]+)</p>", answer.text)
    return status, html.unescape(words)


def given_back(world: World, transaction: str) -> list[tuple[str, str, str]]:
    """Every row of money out on the payment's invoice: transid, amount, fees."""
    (paid_row,) = world.whmcs.booked(transaction)
    rows = [row for row in world.whmcs.transactions if row.invoice_id == paid_row.invoice_id and row.amountout > 0]
    assert all(row.refundid == paid_row.id for row in rows)
    return [(row.transid, str(row.amountout), str(row.fees)) for row in rows]


def voids_at(world: World) -> int:
    """How often Wompi was asked for a void."""
    return sum(1 for call in world.wompi.calls if call.path.endswith("/void"))


def test_refund_by_the_button_once_however_often_it_is_pressed(world: World) -> None:
    """Paid by card, VOIDED at Wompi once, money out in WHMCS once; the bridge agrees, and no person is called."""
    transaction = paid(world)
    world.whmcs.booked(transaction)[0].fees = Decimal("2709.33")  # what the payment was booked with
    assert refund(world, transaction)[0] == "success"
    assert world.wompi.transaction(transaction)["status"] == "VOIDED"
    assert refund(world, transaction)[0] == "declined"
    world.clock.advance(seconds=61)
    status, words = refund(world, transaction)
    assert (status, "WHMCS ya tiene la devolución" in words) == ("declined", True)
    assert given_back(world, transaction) == [(f"{transaction}-VOIDED", "59500.00", "-2709.33")]
    assert world.whmcs.invoice(1042).status == "Refunded"
    assert voids_at(world) == 1
    world.event(transaction)
    for _ in range(3):
        world.work()
        assert world.state(transaction) == "closed"
        world.clock.advance(minutes=16)
    assert given_back(world, transaction) == [(f"{transaction}-VOIDED", "59500.00", "-2709.33")]


def test_a_refund_that_cannot_be_made_says_what_to_do(world: World) -> None:
    """A part, PSE, a bridge that is down, a WHMCS whose API refuses the bridge: nothing is recorded, and why."""
    card, pse = paid(world), paid(world, method="PSE")
    status, words = refund(world, card, amount="10000.00")
    assert (status, "solo se anula un pago entero" in words) == ("declined", True)
    status, words = refund(world, pse)
    assert (status, "«Manual Refund Processed Externally»" in words) == ("declined", True)
    world.whmcs.denied.add("gettransactions")
    assert refund(world, card)[0] == "error"
    world.whmcs.denied.clear()
    address, world.whmcs.bridge_url = world.whmcs.bridge_url, "http://127.0.0.1:9/"
    assert refund(world, card)[0] == "error"
    world.whmcs.bridge_url = address
    assert given_back(world, card) == given_back(world, pse) == []
    assert voids_at(world) == 0
    assert refund(world, card)[0] == "success"


def test_a_refund_whose_answer_never_reached_whmcs(world: World) -> None:
    """Wompi voided it, and WHMCS died before it heard so: a later press reads, and never asks."""
    transaction = paid(world)
    body = json.dumps({"transid": transaction, "amount": "59500.00"}).encode()
    signed = signature_of("/voids", body, BRIDGE_SECRET, now=world.clock())
    assert world.http.post("/voids", data=body, headers={HEADER: signed}).get_json()["status"] == "success"
    assert refund(world, transaction)[0] == "error"
    world.clock.advance(seconds=61)
    assert refund(world, transaction)[0] == "success"
    assert voids_at(world) == 1
    assert given_back(world, transaction) == [(f"{transaction}-VOIDED", "59500.00", "0.00")]


def test_a_payment_that_was_given_back_elsewhere_is_recorded_by_hand(world: World) -> None:
    """«Manual Refund Processed Externally»: nothing is asked of anybody, and the bridge closes the payment."""
    transaction = paid(world)
    world.wompi.settle(transaction, "VOIDED", deliver=False)
    assert refund(world, transaction)[0] == "declined"
    assert given_back(world, transaction) == []
    world.whmcs.take_back(transaction)
    assert given_back(world, transaction) == [("", "59500.00", "0.00")]
    world.event(transaction)
    world.work()
    assert (world.state(transaction), voids_at(world)) == ("closed", 0)


def test_the_window_about_a_transaction_tells_its_steps(world: World) -> None:
    """`wompi_TransactionInformation` with the real bridge: of the payment, and of its refund."""
    transaction = paid(world)
    refund(world, transaction)
    whmcs = Whmcs(str(shutil.which("php")), asks=True)
    settings = SETTINGS | {"bridgeUrl": world.whmcs.bridge_url, "bridgeSecret": BRIDGE_SECRET}
    for shown in (transaction, f"{transaction}-VOIDED"):
        told = whmcs.run("wompi_TransactionInformation", {"transactionId": shown} | settings).result
        assert (told["transactionId"], told["amount"], told["currency"], told["type"]) == (shown, 59500, "COP", "CARD")
        assert "WHMCS" in told["description"]
