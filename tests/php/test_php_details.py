"""``Details.php``: WHMCS's window about one transaction, since 8.2, tells what the bridge knows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from .bridge import StubBridge, serving
from .whmcs import SETTINGS, Whmcs

TRANSACTION = "12022-1732460000-10001"
TOLD = {
    "transid": TRANSACTION,
    "known": True,
    "invoice_id": 1042,
    "amount_in_cents": 5950050,
    "currency": "COP",
    "method": "CARD",
    "status": "VOIDED",
    "state": "closed",
    "label": "Anulado",
    "reason": "VOIDED en Wompi, <como> se pidió desde WHMCS",
    "finalized_at": "2026-11-21T15:04:09+00:00",
    "steps": ["2026-11-21 10:04:05 El cliente oprimió el botón", "2026-11-21 10:04:09 Registrado en WHMCS"],
}


@pytest.fixture
def bridge() -> Iterator[StubBridge]:
    """A bridge that knows it."""
    with serving() as stub:
        stub.body = json.dumps(TOLD).encode()
        yield stub


@pytest.fixture
def whmcs(php: str) -> Whmcs:
    """A WHMCS whose PHP may call the bridge."""
    return Whmcs(php, asks=True)


def details(whmcs: Whmcs, bridge_url: str, shown: object = TRANSACTION, **world: Any) -> Any:
    """What the window gets."""
    params = {"transactionId": shown, **SETTINGS, "bridgeUrl": bridge_url}
    answer = whmcs.run("wompi_TransactionInformation", params, **world)
    assert answer.thrown is None
    return answer.result


def test_tells_what_the_bridge_knows(whmcs: Whmcs, bridge: StubBridge) -> None:
    """Amount, currency, Wompi's word, when, and the steps; nothing that HTML could take for an element."""
    assert details(whmcs, bridge.url, admin={"language": "english"}) == {
        "transactionId": TRANSACTION,
        "amount": 59500.5,
        "currency": "COP",
        "type": "CARD",
        "status": "VOIDED",
        "created": "2026-11-21T15:04:09+00:00",
        "description": "Anulado · VOIDED en Wompi, como se pidió desde WHMCS · 2026-11-21 10:04:05 El cliente"
        " oprimió el botón · 2026-11-21 10:04:09 Registrado en WHMCS",
    }
    ((path, _, body),) = bridge.asked
    assert (path, json.loads(body)) == ("/puente/transaction", {"transid": TRANSACTION, "language": "en"})


def test_a_refund_tells_of_its_payment(whmcs: Whmcs, bridge: StubBridge) -> None:
    """The bridge is asked for the payment after which the refund is named."""
    told = details(whmcs, bridge.url, f"{TRANSACTION}-VOIDED")
    assert told["transactionId"] == f"{TRANSACTION}-VOIDED"
    assert told["description"].startswith(f"Devolución de {TRANSACTION}: Anulado")
    assert json.loads(bridge.asked[0][2])["transid"] == TRANSACTION


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (200, json.dumps({"transid": TRANSACTION, "known": False}).encode(), "no conoce esta transacción"),
        (200, json.dumps({"transid": "another", "known": False}).encode(), "no responde ahora"),
        (200, json.dumps(TOLD | {"transid": "another"}).encode(), "no responde ahora"),
        (200, json.dumps(TOLD | {"known": 1}).encode(), "no responde ahora"),
        (200, b"<html>", "no responde ahora"),
        (401, b"{}", "no responde ahora"),
        (500, b"{}", "no responde ahora"),
    ],
)
def test_what_is_not_known_is_said(whmcs: Whmcs, bridge: StubBridge, status: int, body: bytes, sentence: str) -> None:
    """The window opens, with the id and a sentence."""
    bridge.status, bridge.body = status, body
    told = details(whmcs, bridge.url)
    assert set(told) == {"transactionId", "description"}
    assert sentence in told["description"]


def test_odd_fields_are_left_out(whmcs: Whmcs, bridge: StubBridge) -> None:
    """Whatever the answer holds, the window opens."""
    odd: dict[str, object] = {name: ["x"] for name in TOLD}
    odd |= {"transid": TRANSACTION, "known": True, "steps": {"a": 1, "b": "uno", "c": None}}
    bridge.body = json.dumps(odd).encode()
    assert details(whmcs, bridge.url) == {
        "transactionId": TRANSACTION, "type": "", "status": "", "description": "uno",
    }  # fmt: skip
    bridge.body = json.dumps(TOLD | {"finalized_at": "mañana", "steps": ["x" * 601] * 40}).encode()
    assert "created" not in details(whmcs, bridge.url)


def test_a_bridge_or_settings_that_are_missing(whmcs: Whmcs) -> None:
    """A sentence, also where WHMCS hands the settings over by name alone."""
    assert "no responde ahora" in details(whmcs, "http://127.0.0.1:1/")["description"]
    assert "Faltan la dirección" in details(whmcs, "")["description"]
    active = {"type": "Invoices", **SETTINGS, "bridgeUrl": "http://127.0.0.1:1/"}
    assert "no responde ahora" in details(whmcs, "", settings=active)["description"]


def test_parts_that_this_whmcs_lacks(whmcs: Whmcs, bridge: StubBridge) -> None:
    """Before 8.2 there is no such window; and what else is missing or breaks costs its own part."""
    assert details(whmcs, bridge.url, without=["Information"]) is None
    bare = details(whmcs, bridge.url, without=["Currency", "Carbon"])
    assert (bare["amount"], bare["currency"], "created" in bare) == (59500.5, None, False)
    assert details(whmcs, bridge.url, broken=["Currency"])["currency"] is None
    assert details(whmcs, bridge.url, currency="USD")["currency"] is None
    assert details(whmcs, bridge.url, broken=["CurrentUser"]) == []
