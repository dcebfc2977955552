"""The QR code on WHMCS's invoice page: where the admin has switched it on, drawn by the bridge."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from .bridge import StubBridge, serving
from .test_php_button import check_link
from .test_php_home import row
from .test_php_navbar import ACTIVE
from .whmcs import Page, Whmcs

DRAWN = {"path": "M4 4.5h7m1 0h2M4 5.5h1", "size": 57}


@pytest.fixture
def bridge() -> Iterator[StubBridge]:
    """A bridge that draws, and is asked about no payment."""
    with serving() as stub:
        draws(stub)
        yield stub


@pytest.fixture
def whmcs(php: str) -> Whmcs:
    """A WHMCS whose PHP may call the bridge."""
    return Whmcs(php, asks=True)


def draws(bridge: StubBridge, **changes: object) -> None:
    quiet = {"invoice_id": 1042, "under_way": False, "hold_cancellation": False, "attempts": []}
    bridge.body = json.dumps(quiet | DRAWN | changes).encode()


def given(whmcs: Whmcs, url: str, setting: str = "on", **world: object) -> dict[str, str]:
    """What the page of invoice 1042 gets, which client 77 looks at."""
    usual = {
        "settings": {**ACTIVE, "bridgeUrl": url, "invoiceQr": setting},
        "context": {"id": 77},
        "invoices": [row(1042, "59500.00")],
    }
    vars_ = {"invoiceid": 1042, "status": "Unpaid", "paymentmethod": "Wompi"}
    answer = whmcs.run("hook", "ClientAreaPageViewInvoice", vars_, **usual | world)
    assert answer.thrown is None
    (found,) = answer.result
    return dict(found)


def test_the_code_of_an_emails_link(whmcs: Whmcs, bridge: StubBridge) -> None:
    """The bridge is asked with the link that it is to draw; what it draws stands in a square, with words for those who
    cannot see it."""
    page = Page(given(whmcs, bridge.url)["invoiceQrHtml"])
    assert page.one("svg").attributes["viewbox"] == "0 0 57 57"
    assert page.one("svg").attributes["aria-label"] == "Código QR del enlace de pago"
    assert page.one("path").attributes["d"] == DRAWN["path"]
    assert page.html.isascii()
    path, _, body = bridge.asked[-1]
    assert path == "/puente/qr"
    check_link(json.loads(body)["link"], f"{bridge.url}pay/", "mail.1042.77", 30 * 86_400)


@pytest.mark.parametrize("setting", ["", "off"])
def test_without_the_setting_there_is_none(whmcs: Whmcs, bridge: StubBridge, setting: str) -> None:
    """Nor is the bridge asked to draw."""
    assert given(whmcs, bridge.url, setting) == {}
    assert [path for path, _, _ in bridge.asked if path.endswith("/qr")] == []


@pytest.mark.parametrize(
    "changes",
    [{"status": "Paid"}, {"balance": "100.00"}, {"paymentmethod": "paypal"}, {"userid": 78}],
    ids=lambda changes: next(iter(changes)),
)
def test_where_nothing_can_be_paid_there_is_none(whmcs: Whmcs, bridge: StubBridge, changes: dict[str, str]) -> None:
    """Paid, too little, another gateway, another client's."""
    assert given(whmcs, bridge.url, invoices=[row(1042, "59500.00") | changes]) == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"path": 'M1 1"/><script>'},
        {"path": ""},
        {"path": ["M1 1"]},
        {"path": "M1 1" + "h1" * 20_000},
        {"size": "57"},
        {"size": 0},
        {"size": 5_000},
    ],
    ids=str,
)
def test_what_is_no_drawing_is_left_out(whmcs: Whmcs, bridge: StubBridge, changes: dict[str, object]) -> None:
    """Nothing of an answer comes onto the page but strokes and a number."""
    draws(bridge, **changes)
    assert given(whmcs, bridge.url) == {}


def test_a_bridge_that_is_away_costs_the_page_nothing(whmcs: Whmcs, bridge: StubBridge) -> None:
    """The invoice is as it was; it can be paid by the button."""
    bridge.status = 503
    assert given(whmcs, bridge.url) == {}
