"""``Refund.php``: success only in the bridge's own word about this transaction, and otherwise a sentence that helps."""

from __future__ import annotations

import json
import re
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from whmcs_bridge.voids.voids import BUDGET
from whmcs_bridge.whmcs.client import refund_id

from .bridge import StubBridge, serving
from .whmcs import HOOKS, SECRET, SETTINGS, Whmcs

TRANSACTION = "12022-1732460000-10001"
DONE = {"status": "success", "transid": TRANSACTION, "rawdata": "Anulado en Wompi (VOIDED)."}


@pytest.fixture
def bridge() -> Iterator[StubBridge]:
    """A bridge that has voided it."""
    with serving() as stub:
        stub.body = json.dumps(DONE).encode()
        yield stub


@pytest.fixture
def whmcs(php: str) -> Whmcs:
    """A WHMCS whose PHP may call the bridge."""
    return Whmcs(php, asks=True)


def refund(whmcs: Whmcs, bridge_url: str, given: object = None, **changes: object) -> dict[str, str]:
    """What WHMCS gets for a press on Refund. World's parts go by ``world``."""
    world: Any = changes.pop("world", {})
    params = {
        "invoiceid": 1042, "transid": TRANSACTION, "amount": "59500.00", "currency": "COP", "moduleName": "wompi",
        "clientdetails": {"firstname": "Ana", "email": "ana@example.test"}, **SETTINGS, "bridgeUrl": bridge_url,
        **changes,
    }  # fmt: skip
    answer = whmcs.run("wompi_refund", params if given is None else given, **world)
    assert answer.thrown is None
    told: dict[str, str] = answer.result
    assert told["rawdata"]
    assert SECRET not in json.dumps([told, answer.activity])
    if told["status"] != "success":
        assert set(told) == {"status", "rawdata"}
    return told


def test_success_is_told_with_an_id_of_its_own(whmcs: Whmcs, bridge: StubBridge) -> None:
    """The bridge is asked once, by a signed call; the refund's id is the one that the bridge knows it by."""
    assert refund(whmcs, bridge.url) == {
        "status": "success",
        "rawdata": "Anulado en Wompi (VOIDED).",
        "transid": f"{TRANSACTION}-VOIDED",
    }
    assert refund_id(TRANSACTION) == f"{TRANSACTION}-VOIDED"
    ((path, signed, body),) = bridge.asked
    assert path == "/puente/voids"
    assert json.loads(body) == {"transid": TRANSACTION, "amount": "59500.00", "language": "es"}
    assert re.fullmatch(r"t=[0-9]+,n=[0-9a-z]{32},v2=[0-9a-f]{64}", signed)


def test_waits_longer_than_the_bridge_may_take() -> None:
    """Who gives up first does not hear of a void that happened."""
    source = (HOOKS / "modules/gateways/wompi/lib/Refund.php").read_text(encoding="utf-8")
    (milliseconds,) = re.findall(r"MILLISECONDS = ([0-9]+);", source)
    assert BUDGET * 1000 + 2000 <= int(milliseconds) <= 30_000


@pytest.mark.parametrize("status", ["declined", "error"])
def test_what_the_bridge_refuses_is_told_in_its_words(whmcs: Whmcs, bridge: StubBridge, status: str) -> None:
    """In the admin's language, in one line, and without anything that HTML could take for an element."""
    words = 'No: <b>x</b>\n hágalo "a mano".\x00'
    bridge.body = json.dumps({"status": status, "transid": TRANSACTION, "rawdata": words}).encode()
    told = refund(whmcs, bridge.url, world={"admin": {"language": "english"}})
    assert told == {"status": status, "rawdata": 'No: b x /b hágalo "a mano".'}
    assert json.loads(bridge.asked[0][2])["language"] == "en"


@pytest.mark.parametrize(
    ("fees", "told"),
    [("2709.33", "2709.33"), (2709.33, None), ("-1.00", None), ("1e3", None), ("", None), (None, None)],
)
def test_fees_pass_as_decimal_text(whmcs: Whmcs, bridge: StubBridge, fees: object, told: str | None) -> None:
    """Anything else is left out; the refund is a refund without them."""
    bridge.body = json.dumps(DONE | {"fees": fees}).encode()
    answer = refund(whmcs, bridge.url)
    assert (answer["status"], answer.get("fees")) == ("success", told)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"success",
        b'"success"',
        b"[]",
        b'{"status": "success"}',
        json.dumps(DONE | {"transid": "12022-1732460000-10002"}).encode(),
        json.dumps(DONE | {"transid": TRANSACTION + " "}).encode(),
        json.dumps(DONE | {"status": "Success"}).encode(),
        json.dumps(DONE | {"status": "success "}).encode(),
        json.dumps(DONE | {"status": True}).encode(),
        json.dumps(DONE | {"status": 0}).encode(),
        json.dumps(DONE | {"status": ["success"]}).encode(),
        json.dumps(DONE | {"rawdata": None}).encode(),
        json.dumps(DONE | {"rawdata": "x" * 2001}).encode(),
        json.dumps(DONE | {"rawdata": "x" * 300_000}).encode(),
        json.dumps(DONE).encode()[:-1],
    ],
    ids=range(16),
)
def test_an_odd_answer_is_never_success(whmcs: Whmcs, bridge: StubBridge, body: bytes) -> None:
    """Whether it was voided is not known, and is said so; pressing again is safe."""
    bridge.body = body
    told = refund(whmcs, bridge.url)
    assert told["status"] == "error"
    assert "oprima Refund otra vez" in told["rawdata"]


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (400, "el puente no reconoce esta transacción"),
        (401, "rechaza la firma de WHMCS"),
        (302, "en la dirección del puente no está el puente"),
        (404, "en la dirección del puente no está el puente"),
        (403, "no dio una respuesta clara"),
        (500, "no dio una respuesta clara"),
        (503, "no dio una respuesta clara"),
        (504, "no dio una respuesta clara"),
        (201, "no dio una respuesta clara"),
    ],
)
def test_another_http_status_is_never_success(whmcs: Whmcs, bridge: StubBridge, status: int, sentence: str) -> None:
    """Also around a body that says so. "Nothing was asked" is said only where that is sure."""
    bridge.status, bridge.headers = status, {"Location": bridge.url}
    told = refund(whmcs, bridge.url)
    assert told["status"] == "error"
    assert sentence in told["rawdata"]
    assert told["rawdata"].startswith("No se pidió nada") is (status in (302, 400, 401, 404))
    assert len(bridge.asked) == 1


def test_a_call_that_something_in_between_has_sent_twice(whmcs: Whmcs, bridge: StubBridge) -> None:
    """The bridge refuses the second, and the answer to the first is lost: whether it was asked for is not known."""
    bridge.status, bridge.body = 401, b'{"error": "this very call was received already", "repeated": true}'
    told = refund(whmcs, bridge.url)
    assert told["status"] == "error"
    assert "no se sabe si la anulación se pidió" in told["rawdata"]


def test_a_bridge_that_is_down_or_hangs_up(whmcs: Whmcs) -> None:
    """A closed port, and one that takes the call and ends it without a word."""
    assert "no dio una respuesta clara" in refund(whmcs, "http://127.0.0.1:1/")["rawdata"]
    english = refund(whmcs, "http://127.0.0.1:1/", world={"admin": {"language": "english"}})
    assert "Wompi is never asked twice" in english["rawdata"]
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
    assert refund(whmcs, f"http://127.0.0.1:{port}/")["status"] == "error"


def test_a_bridge_that_is_slow(php: str, tmp_path: Path) -> None:
    """WHMCS does not wait longer than its limit, here a shorter one, and does not take silence for success."""
    shutil.copytree(HOOKS, tmp_path / "whmcs")
    file = tmp_path / "whmcs/modules/gateways/wompi/lib/Refund.php"
    text = file.read_text(encoding="utf-8")
    assert text.count("30000") == 1
    file.write_text(text.replace("30000", "300"), encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        told = refund(Whmcs(php, tmp_path / "whmcs", asks=True), f"http://127.0.0.1:{silent.getsockname()[1]}/")
    assert told["status"] == "error"
    assert "no dio una respuesta clara" in told["rawdata"]


@pytest.mark.parametrize(
    ("changes", "status", "sentence"),
    [
        ({"bridgeUrl": ""}, "error", "faltan la dirección o el secreto"),
        ({"bridgeSecret": "short"}, "error", "faltan la dirección o el secreto"),
        ({"currency": None}, "declined", "en la moneda del aviso de cobro"),
        ({"currency": "usd"}, "declined", "en la moneda del aviso de cobro"),
        ({"basecurrency": "USD"}, "declined", "en la moneda del aviso de cobro"),
        ({"currency": "USD", "basecurrency": "COP"}, "declined", "en la moneda del aviso de cobro"),
    ],
)
def test_what_cannot_be_asked_is_said(
    whmcs: Whmcs, bridge: StubBridge, changes: dict[str, object], status: str, sentence: str
) -> None:
    """The bridge is not asked at all."""
    told = refund(whmcs, bridge.url, **changes)
    assert told["status"] == status
    assert sentence in told["rawdata"]
    assert bridge.asked == []


@pytest.mark.parametrize(
    ("amount", "asked"),
    [("59500.00", "59500.00"), (59500.0, "59500.00"), (59500, "59500"), (" 59500.5 ", "59500.5"), (None, ""), ([], "")],
)
def test_the_amount_is_asked_as_text(whmcs: Whmcs, bridge: StubBridge, amount: object, asked: str) -> None:
    """A float never reaches the bridge; what is no amount is the bridge's to refuse."""
    refund(whmcs, bridge.url, amount=amount)
    assert json.loads(bridge.asked[0][2])["amount"] == asked


@pytest.mark.parametrize("given", ["x", [], {"transid": TRANSACTION}, 5])
def test_strange_parameters_are_an_error(whmcs: Whmcs, given: object) -> None:
    """And nothing is asked of anybody."""
    assert refund(whmcs, "", given)["status"] == "error"


@pytest.mark.parametrize("lost", ["Refund", "Call", "Whmcs"])
@pytest.mark.parametrize("damage", ["missing", "cut off"])
def test_a_module_in_part_is_an_error(php: str, tmp_path: Path, lost: str, damage: str) -> None:
    """Never a fatal one, and never success."""
    shutil.copytree(HOOKS, tmp_path / "whmcs")
    file = tmp_path / "whmcs/modules/gateways/wompi/lib" / f"{lost}.php"
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:700])
    told = refund(Whmcs(php, tmp_path / "whmcs"), "http://127.0.0.1:1/")
    assert told["status"] == "error"
    assert "wompi-bridge hooks install" in told["rawdata"]


def test_a_whmcs_that_breaks_is_an_error(whmcs: Whmcs, bridge: StubBridge) -> None:
    """The language cannot be read: no void is asked for whose answer nobody could tell."""
    assert refund(whmcs, bridge.url, world={"broken": ["CurrentUser"]})["status"] == "error"
    assert bridge.asked == []
