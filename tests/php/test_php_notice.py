"""WHMCS 9's notice above an invoice: what a payer reads who has a payment under way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .bridge import StubBridge, attempt, serving
from .test_php_navbar import ACTIVE
from .whmcs import Whmcs


@pytest.fixture
def bridge() -> Iterator[StubBridge]:
    """A bridge that knows of a payment under way."""
    with serving() as stub:
        stub.tells(under_way=True, attempts=[attempt("Pago ($ 59.500, PSE): su banco aún no lo confirma.")])
        yield stub


@pytest.fixture
def whmcs(php: str) -> Whmcs:
    """A WHMCS whose PHP may call the bridge."""
    return Whmcs(php, asks=True)


def notice(whmcs: Whmcs, url: str, status: str = "Unpaid", **world: object) -> dict[str, dict[str, str]]:
    """What the page of invoice 1042 gets, which client 77 looks at."""
    usual = {"settings": {**ACTIVE, "bridgeUrl": url}, "context": {"id": 77}}
    vars_ = {"invoiceid": 1042, "status": status, "paymentmethod": "Tarjeta o PSE"}
    answer = whmcs.run("hook", "ClientAreaPageViewInvoice", vars_, **usual | world)
    assert (answer.thrown, answer.activity) == (None, [])
    (given,) = answer.result
    return dict(given)


@pytest.mark.parametrize("status", ["Unpaid", "Draft"])
def test_above_the_button_it_is_brief(whmcs: Whmcs, bridge: StubBridge, status: str) -> None:
    """There the button's place tells the whole story; whoever has chosen another gateway reads this alone."""
    told = notice(whmcs, bridge.url, status)["customAlert"]
    assert told["title"] == "Ya hay un pago en curso"
    assert told["message"] == "Espere su resultado antes de pagar otra vez, también por otro medio."
    english = notice(whmcs, bridge.url, status, session={"Language": "english"})["customAlert"]
    assert english["message"] == "Wait for its result before you pay again, by another method as well."


@pytest.mark.parametrize("status", ["Payment Pending", "Collections"])
def test_a_payment_under_way_is_told_above_the_invoice(whmcs: Whmcs, bridge: StubBridge, status: str) -> None:
    """Of a kind that every theme has a readable colour for, in plain text: these pages have no button."""
    assert notice(whmcs, bridge.url, status) == {
        "customAlert": {
            "type": "primary",
            "title": "Ya hay un pago en curso",
            "message": "Pago ($ 59.500, PSE): su banco aún no lo confirma. Si paga de nuevo, se le puede cobrar dos"
            " veces. Cuando se confirme, este aviso de cobro quedará pagado sin que haga nada más.",
        }
    }
    assert len(bridge.asked) == 1


def test_in_english(whmcs: Whmcs, bridge: StubBridge) -> None:
    """The language of the visit."""
    told = notice(whmcs, bridge.url, session={"Language": "english"})
    assert told["customAlert"]["title"] == "A payment is already under way"


@pytest.mark.parametrize("status", ["Paid", "Cancelled", "Refunded"])
def test_where_nothing_is_to_be_paid_whmcss_own_notice_stays(whmcs: Whmcs, bridge: StubBridge, status: str) -> None:
    """Ours would stand in its place; so the bridge is not even asked."""
    assert notice(whmcs, bridge.url, status) == {}
    assert bridge.asked == []


def test_otherwise_there_is_none(whmcs: Whmcs, bridge: StubBridge) -> None:
    """Nothing under way, nobody signed in, the module not in use: the page is WHMCS's."""
    bridge.tells(under_way=False, attempts=[attempt("Su banco no aprobó el pago.")])
    assert notice(whmcs, bridge.url) == {}
    bridge.tells(under_way=True)
    assert notice(whmcs, bridge.url, context=None, session={}) == {}
    assert notice(whmcs, bridge.url, settings=None) == {}


def test_hostile_words_are_one_line_of_text(whmcs: Whmcs, bridge: StubBridge) -> None:
    """The template escapes them; a theme that does not gets no element all the same."""
    bridge.tells(under_way=True, attempts=[attempt("<script>alert(1)</script>\r\n\u202e fin")])
    told = notice(whmcs, bridge.url, "Payment Pending")["customAlert"]["message"]
    assert told.startswith("script alert(1) /script fin Si paga")
