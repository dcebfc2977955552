"""The sandbox WHMCS's admin area: the real hooks, the real PHP and the real bridge, together."""

from __future__ import annotations

import html
import re
import shutil
import threading
from collections.abc import Iterator

import pytest
import requests

from tests.world import BRIDGE_SECRET, World
from whmcs_bridge.hooks_installer import hooks_directory
from whmcs_bridge.server import Server

pytestmark = pytest.mark.skipif(shutil.which("php") is None, reason="needs PHP")


@pytest.fixture
def world(sqlite_world: World) -> Iterator[World]:
    """A world whose WHMCS has our hooks, at the hour that PHP has."""
    world = sqlite_world
    world.clock.now = world.clock.now.now(world.clock.now.tzinfo)
    world.whmcs.hooks_dir = hooks_directory()
    world.whmcs.bridge_secret = BRIDGE_SECRET
    server = Server(world.bridge, host="127.0.0.1", port=0, with_worker=False)
    world.whmcs.bridge_url = f"http://127.0.0.1:{server.port}/"
    serving = threading.Thread(target=server.run)
    serving.start()
    yield world
    server.stop()
    serving.join()


def page(world: World, path: str) -> str:
    answer = requests.get(f"{world.whmcs.url}{path}", timeout=10)
    assert answer.status_code == 200
    assert "alert danger" not in answer.text  # a word of PHP's own
    return answer.text


def follow(world: World, shown: str, what: str) -> requests.Response:
    """Open the only link of a kind."""
    (address,) = re.findall(rf'href="({world.whmcs.bridge_url}{what}/[^"]+)"', shown)
    return requests.get(html.unescape(address), headers={"Accept-Language": "es"}, timeout=5)


def test_from_whmcs_s_invoice_to_the_trail_of_its_payment(world: World) -> None:
    """The panel tells the payment, and its link opens the trail."""
    assert "Nadie ha intentado pagar" in page(world, f"admin/invoices.php?action=edit&id={world.invoice()}")
    transaction = world.pay(1042, method="PSE")
    world.event(transaction)
    world.work()
    shown = page(world, "admin/invoices.php?action=edit&id=1042")
    assert all(part in shown for part in ("Pagos con Wompi", "PSE", "APPROVED", "Registrado", transaction))
    trail = follow(world, shown, "trail")
    assert trail.status_code == 200
    assert 'data-state="posted"' in trail.text
    assert transaction in trail.text


def test_from_the_dashboard_to_what_waits_and_its_command(world: World) -> None:
    """The widget counts, its link opens the list, and the list tells the command."""
    assert "Ning&uacute;n pago espera a una persona." in page(world, "admin")
    transaction = world.pay(world.invoice())
    world.whmcs.set_invoice(1042, status="Cancelled")
    world.event(transaction)
    world.work()
    shown = page(world, "admin")
    assert "1 pago espera a una persona." in shown
    review = follow(world, shown, "review")
    assert (review.status_code, f"wompi-bridge resolve {transaction} --credit" in review.text) == (200, True)


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
