"""What the invoice page says of payments under way, and that it is whole whatever the bridge does."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import socket
import time
from collections.abc import Iterator

import pytest

from .bridge import StubBridge, attempt, serving
from .whmcs import HOOKS, SECRET, Page, Whmcs, invoice

VERIFYING = "Pago ($ 59.500, PSE): su banco aún no lo confirma. «Espere» – 10 min…"


@pytest.fixture
def bridge() -> Iterator[StubBridge]:
    """A bridge that answers."""
    with serving() as stub:
        yield stub


@pytest.fixture
def whmcs(php: str) -> Whmcs:
    """A WHMCS whose PHP may call the bridge."""
    return Whmcs(php, asks=True)


def page(whmcs: Whmcs, bridge_url: str, *, activity: list[str] | None = None, **world: object) -> Page:
    """The button of invoice 1042, at which its client looks; and the lines of the activity log that it may cost."""
    answer = whmcs.run("wompi_link", invoice(bridgeUrl=bridge_url), **{"client": {"id": 77}, **world})
    assert answer.activity == (activity or [])
    assert answer.result.isascii()
    return Page(answer.result)


def is_plain(shown: Page) -> bool:
    """The button as it stands where nothing is known of any payment."""
    controls = [element.attributes.get("name") for element in shown.all("input")]
    return (controls, shown.one("button").text, shown.all("p")) == (["terms"], "Pagar con Wompi", [])


def test_the_question_is_signed_and_names_the_invoice(whmcs: Whmcs, bridge: StubBridge) -> None:
    """One call a page, to the bridge's own path, which the bridge can believe."""
    assert is_plain(page(whmcs, bridge.url))
    ((path, signature, body),) = bridge.asked
    assert path == "/puente/status"
    assert json.loads(body) == {"invoice_id": 1042, "language": "es"}
    told = re.fullmatch(r"t=([0-9]+),n=([0-9a-z]{16,64}),v2=([0-9a-f]{64})", signature)
    assert told is not None
    assert abs(time.time() - int(told[1])) < 60
    signed = f"{told[1]}.{told[2]}./status.".encode() + body
    assert told[3] == hmac.digest(SECRET.encode(), signed, hashlib.sha256).hex()


def test_with_test_keys_only_test_clients_see_the_button(whmcs: Whmcs, bridge: StubBridge) -> None:
    """Nobody else can pay a real invoice with a test card; the bridge names who may."""
    bridge.tells(only_clients=[90])
    answer = whmcs.run("wompi_link", invoice(bridgeUrl=bridge.url), client={"id": 77})
    assert (answer.result, answer.activity) == ("", [])
    bridge.tells(only_clients=[90, 77])
    assert is_plain(page(whmcs, bridge.url))


def test_a_payment_under_way_is_told_in_the_buttons_place(whmcs: Whmcs, bridge: StubBridge) -> None:
    """What is known of it, why to wait, and a look again; no button is in sight."""
    bridge.tells(under_way=True, hold_cancellation=True, attempts=[attempt(VERIFYING, "verifying")])
    shown = page(whmcs, bridge.url)
    paragraphs = [element for element in shown.all("p") if "details" not in element.inside]
    title, what, wait = (element.text for element in paragraphs)
    assert title == "Ya hay un pago en curso"
    assert what == VERIFYING
    assert wait.startswith("Si paga de nuevo, se le puede cobrar dos veces.")
    look = next(element for element in shown.all("a") if "details" not in element.inside)
    assert (look.text, look.attributes["href"]) == ("Consultar de nuevo", "")
    assert "details" in shown.one("button").inside


def test_who_insists_may_pay(whmcs: Whmcs, bridge: StubBridge) -> None:
    """Behind "¿Necesita pagar de todos modos?", with both boxes ticked by hand: what a script posts is not enough."""
    bridge.tells(under_way=True, attempts=[attempt(VERIFYING)])
    shown = page(whmcs, bridge.url)
    assert shown.one("summary").text == "¿Necesita pagar de todos modos?"
    assert "open" not in shown.one("details").attributes
    form = shown.one("form")
    assert str(form.attributes["action"]).startswith(f"{bridge.url}pay/pay.1042.77.")
    boxes = [(box.attributes["type"], box.attributes["name"], box.attributes["value"]) for box in shown.all("input")]
    assert boxes == [("checkbox", "anyway", "yes"), ("checkbox", "terms", "accepted")]
    for box in shown.all("input"):
        assert "required" in box.attributes
        assert "checked" not in box.attributes
    assert shown.one("button").text == "Pagar de todos modos"
    assert any("saldo a favor" in element.text for element in shown.all("p"))


def test_what_became_of_the_last_attempt(whmcs: Whmcs, bridge: StubBridge) -> None:
    """Nothing is under way: the newest attempt in words above the button, which is as always."""
    bridge.tells(attempts=[attempt("Su banco no aprobó el pago."), attempt("Otro, antes.")])
    shown = page(whmcs, bridge.url)
    assert shown.one("p").text == "Su último intento: Su banco no aprobó el pago."
    assert shown.one("button").text == "Pagar con Wompi"
    assert [box.attributes["name"] for box in shown.all("input")] == ["terms"]


def test_in_english(whmcs: Whmcs, bridge: StubBridge) -> None:
    """The language of the visit is the language of the question, and of every word."""
    bridge.tells(under_way=True, attempts=[attempt("Your bank has not confirmed it.")])
    shown = page(whmcs, bridge.url, session={"Language": "english"})
    assert json.loads(bridge.asked[0][2])["language"] == "en"
    assert [element.text for element in shown.all("p")][:2] == [
        "A payment is already under way",
        "Your bank has not confirmed it.",
    ]
    assert shown.one("button").text == "Pay anyway"


@pytest.mark.parametrize("client", [None, {"id": 78}], ids=["nobody", "somebody else"])
def test_nobody_else_is_told_anything(whmcs: Whmcs, bridge: StubBridge, client: object) -> None:
    """An e-mail, or another client: the bridge is not even asked."""
    bridge.tells(under_way=True, attempts=[attempt(VERIFYING)])
    shown = page(whmcs, bridge.url, client=client)
    assert [element.tag for element in shown.elements] == ["a"]
    assert bridge.asked == []


def test_hostile_words_stay_words(whmcs: Whmcs, bridge: StubBridge) -> None:
    """Even the bridge's sentences are text, never markup, and never more than a page can bear."""
    bridge.tells(attempts=[attempt("<script>alert(1)</script> \"'&amp; 💸\u0000\u202e fin")])
    assert page(whmcs, bridge.url).one("p").text == "Su último intento: <script>alert(1)</script> \"'&amp;   fin"
    bridge.tells(attempts=[attempt("a" * 601)])
    assert is_plain(page(whmcs, bridge.url))


@pytest.mark.parametrize(
    "changes",
    [
        {"invoice_id": 1043, "under_way": True},
        {"invoice_id": "1042", "under_way": True},
        {"under_way": "yes"},
        {"under_way": 1},
        {"under_way": None},
        {"under_way": True, "hold_cancellation": None},
        {"attempts": None},
        {"attempts": "x"},
        {"attempts": [None]},
        {"attempts": ["x"]},
        {"attempts": [attempt(None)]},
        {"attempts": [attempt(["x"])]},
        {"attempts": [attempt("  ")]},
        {"attempts": {}},
    ],
    ids=repr,
)
def test_answers_of_another_shape_leave_the_plain_button(
    whmcs: Whmcs, bridge: StubBridge, changes: dict[str, object]
) -> None:
    """What is not understood is as if it had not been said."""
    bridge.tells(**changes)
    assert is_plain(page(whmcs, bridge.url))


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (200, b"<!DOCTYPE html><title>nginx</title>", {"Content-Type": "text/html"}),
        (200, b"", {}),
        (200, b"null", {}),
        (200, b'"under_way"', {}),
        (200, b"\xff\xfe", {}),
        (200, b"[" * 200_000, {}),
        (200, b'{"invoice_id": 1042, "under_way": true, ' + b" " * 300_000, {}),
        (200, b'{"invoice_id": 1042, "under_way": true', {"Content-Length": "100000"}),
        (302, b"", {"Location": "/puente/elsewhere"}),
        (307, b"", {"Location": "/puente/elsewhere"}),
        (404, b'{"under_way": true}', {}),
        (500, b"", {}),
        (503, b'{"invoice_id": 1042, "under_way": true, "hold_cancellation": true, "attempts": []}', {}),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_broken_bridge_leaves_the_plain_button(
    whmcs: Whmcs, bridge: StubBridge, status: int, body: bytes, headers: dict[str, str]
) -> None:
    """HTML, nothing, nonsense, too much, half of it, a redirect, an error: the page is whole, and asks only once."""
    bridge.status, bridge.body, bridge.headers = status, body, headers
    assert is_plain(page(whmcs, bridge.url))
    assert len(bridge.asked) == 1


def test_a_bridge_that_is_down_leaves_the_plain_button(whmcs: Whmcs) -> None:
    """Its port refuses."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        assert is_plain(page(whmcs, f"http://127.0.0.1:{closed.getsockname()[1]}/"))


def test_a_bridge_that_is_silent_leaves_the_plain_button(whmcs: Whmcs) -> None:
    """It listens, and never says a word: curl's own timer ends the wait, well within a second."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert is_plain(page(whmcs, url))
        thrown = whmcs.run("Call::post", url, "/status", SECRET, {"invoice_id": 1042}, 50, 1790000000).thrown
        assert thrown == {"class": "RuntimeException", "message": "the bridge does not answer (curl 28)"}
    source = (HOOKS / "modules/gateways/wompi/lib/Status.php").read_text("utf-8")
    (milliseconds,) = re.findall(r"const MILLISECONDS = ([0-9]+);", source)
    assert int(milliseconds) <= 1000


def test_a_php_without_curl_leaves_the_plain_button(php: str, bridge: StubBridge) -> None:
    """Some hosts switch it off."""
    assert is_plain(page(Whmcs(php), bridge.url))


def test_a_secret_that_differs_is_told_to_the_admin(whmcs: Whmcs, bridge: StubBridge) -> None:
    """The payer sees the plain button; the activity log says what to compare, and no secret."""
    bridge.status = 401
    answer = whmcs.run("wompi_link", invoice(bridgeUrl=bridge.url), client={"id": 77})
    assert is_plain(Page(answer.result))
    (line,) = answer.activity
    assert line.startswith("Wompi: El puente rechaza la firma de WHMCS: compare el secreto con BRIDGE_SECRET")
    assert SECRET not in line


def test_a_page_that_asks_twice_calls_once(whmcs: Whmcs, bridge: StubBridge) -> None:
    """WHMCS may render the button more than once for one page."""
    same = invoice(bridgeUrl=bridge.url)
    first, second = whmcs.run("buttons", [same, same], client={"id": 77}).result
    assert is_plain(Page(first))
    assert is_plain(Page(second))
    assert len(bridge.asked) == 1


def test_a_process_soon_stops_asking_a_bridge_that_fails(whmcs: Whmcs, bridge: StubBridge) -> None:
    """Whoever renders a hundred invoices does not wait a hundred times."""
    bridge.status = 500
    params = [invoice(bridgeUrl=bridge.url, invoiceid=number) for number in range(1, 9)]
    for html in whmcs.run("buttons", params, client={"id": 77}).result:
        assert is_plain(Page(html))
    assert len(bridge.asked) == 3
