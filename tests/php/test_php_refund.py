"""WHMCS's refund button and its window on a transaction: what the bridge says is passed on, and nothing is made up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from .bridge import StubBridge, serving
from .whmcs import SECRET, SETTINGS, Whmcs

TRANSID = "1234-1610641025-49201"


@pytest.fixture
def bridge() -> Iterator[StubBridge]:
    """A bridge that answers."""
    with serving() as stub:
        yield stub


@pytest.fixture
def whmcs(php: str) -> Whmcs:
    """A WHMCS whose PHP may call the bridge."""
    return Whmcs(php, asks=True)


def refund(whmcs: Whmcs, bridge_url: str, **changes: Any) -> dict[str, str]:
    """Press the button on a payment of $ 59.500."""
    params = {
        **SETTINGS,
        "bridgeUrl": bridge_url,
        "transid": TRANSID,
        "amount": "59500.00",
        "currency": "COP",
        **changes,
    }
    result = whmcs.run("wompi_refund", params).result
    assert isinstance(result, dict)
    return result


def details(whmcs: Whmcs, bridge_url: str, **world: object) -> Any:
    """Click the transaction's id."""
    params = {**SETTINGS, "bridgeUrl": bridge_url, "transactionId": TRANSID}
    return whmcs.run("wompi_TransactionInformation", params, **{"admin": {"id": 1, "language": "spanish"}, **world})


def test_what_the_bridge_is_asked(whmcs: Whmcs, bridge: StubBridge) -> None:
    """The transaction and WHMCS's own text of the amount, to one address, once."""
    refund(whmcs, bridge.url)
    ((path, _, body),) = bridge.asked
    assert (path, json.loads(body)) == ("/puente/voids", {"transid": TRANSID, "amount": "59500.00"})


@pytest.mark.parametrize("status", ["success", "declined", "error"])
def test_the_bridges_word_is_passed_on(whmcs: Whmcs, bridge: StubBridge, status: str) -> None:
    """Its status, its sentence, and the transaction that it speaks of."""
    bridge.body = json.dumps({"status": status, "transid": TRANSID, "rawdata": "Devuélvalo a mano."}).encode()
    assert refund(whmcs, bridge.url) == {"status": status, "rawdata": "Devuélvalo a mano.", "transid": TRANSID}


def test_the_fee_that_is_not_charged_any_more(whmcs: Whmcs, bridge: StubBridge) -> None:
    """Only where the money really went back."""
    told = {"status": "success", "transid": TRANSID, "rawdata": "", "fees": "2709.28"}
    bridge.body = json.dumps(told).encode()
    assert refund(whmcs, bridge.url)["fees"] == "2709.28"
    bridge.body = json.dumps(told | {"status": "declined"}).encode()
    assert "fees" not in refund(whmcs, bridge.url)


@pytest.mark.parametrize(
    "answer",
    [{}, {"status": "success"}, {"status": "success", "transid": "another", "rawdata": ""},
     {"status": "SUCCESS", "transid": TRANSID, "rawdata": ""}, {"status": True, "transid": TRANSID, "rawdata": ""},
     {"status": ["success"], "transid": TRANSID, "rawdata": ""},
     {"status": "success", "transid": TRANSID, "rawdata": 7}],
    ids=json.dumps,
)  # fmt: skip
def test_an_odd_answer_is_no_success(whmcs: Whmcs, bridge: StubBridge, answer: dict[str, object]) -> None:
    """WHMCS would record a refund for it."""
    bridge.body = json.dumps(answer).encode()
    result = refund(whmcs, bridge.url)
    assert (result["status"], result["transid"]) == ("error", TRANSID)
    assert result["rawdata"].startswith("No se sabe si el dinero se devolvió")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "el puente rechaza la firma"),
        (400, "no entiende"),
        (503, "No se sabe"),
        (302, "No se sabe"),
        (500, "No se sabe"),
    ],
)
def test_a_refusal_is_an_error_in_words(whmcs: Whmcs, bridge: StubBridge, status: int, words: str) -> None:
    """Also when its body says success."""
    bridge.status = status
    bridge.body = json.dumps({"status": "success", "transid": TRANSID, "rawdata": ""}).encode()
    result = refund(whmcs, bridge.url)
    assert result["status"] == "error"
    assert words in result["rawdata"]
    assert SECRET not in json.dumps(result)


def test_no_bridge_is_an_error_in_words(whmcs: Whmcs) -> None:
    """Nobody listens, or the gateway was never filled in."""
    assert refund(whmcs, "http://127.0.0.1:1/")["status"] == "error"
    unset = refund(whmcs, "")
    assert unset["status"] == "error"
    assert "faltan la dirección o el secreto" in unset["rawdata"]


def test_the_window_tells_the_trail(whmcs: Whmcs, bridge: StubBridge) -> None:
    """Amount and steps, as plain text within WHMCS's own window."""
    known = {
        "transid": TRANSID,
        "known": True,
        "amount_in_cents": 5950050,
        "label": "Registrado en WHMCS",
        "reason": "",
        "method": "CARD",
        "status": "APPROVED",
        "reference": "INV1042",
        "steps": ["10:00 <b>Llegó</b>"],
    }
    bridge.body = json.dumps(known).encode()
    assert details(whmcs, bridge.url).result == {
        "transactionId": TRANSID,
        "amount": 59500.5,
        "description": "Registrado en WHMCS · CARD · APPROVED · INV1042 · 10:00 &lt;b&gt;Llegó&lt;/b&gt;",
    }
    ((path, _, body),) = bridge.asked
    assert (path, json.loads(body)) == ("/puente/transaction", {"transid": TRANSID, "language": "es"})


@pytest.mark.parametrize("answer", [{"transid": TRANSID, "known": False}, {"transid": "another", "known": True}])
def test_the_window_of_an_unknown_transaction(whmcs: Whmcs, bridge: StubBridge, answer: dict[str, object]) -> None:
    """No amount is made up."""
    bridge.body = json.dumps(answer).encode()
    assert details(whmcs, bridge.url).result == {
        "transactionId": TRANSID,
        "description": "El puente no la conoce.",
    }


def test_the_window_without_a_bridge(whmcs: Whmcs) -> None:
    """It opens all the same, and says so."""
    assert details(whmcs, "http://127.0.0.1:1/").result["description"] == "El puente no contesta."
