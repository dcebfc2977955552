"""WHMCS's automatic cancellation waits while a payment is under way, and never for the bridge."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest

from .bridge import StubBridge, serving
from .test_php_navbar import ACTIVE
from .whmcs import Answer, Whmcs


@pytest.fixture
def bridge() -> Iterator[StubBridge]:
    """A bridge that answers."""
    with serving() as stub:
        yield stub


@pytest.fixture
def whmcs(php: str) -> Whmcs:
    """A WHMCS whose PHP may call the bridge."""
    return Whmcs(php, asks=True)


def cancel(whmcs: Whmcs, url: str, vars: object = None, **world: object) -> Answer:  # noqa: A002 - WHMCS's word
    """WHMCS's cron job is about to cancel invoice 1042."""
    given = {"invoiceid": 1042} if vars is None else vars
    usual = {"settings": {**ACTIVE, "bridgeUrl": url}}
    answer = whmcs.run("hook", "PreInvoiceAutomaticCancellation", given, **usual | world)
    assert answer.thrown is None
    return answer


def test_a_payment_under_way_holds_it(whmcs: Whmcs, bridge: StubBridge) -> None:
    """The documented answer, and a line for the admin who wonders."""
    bridge.tells(under_way=True, hold_cancellation=True)
    answer = cancel(whmcs, bridge.url)
    assert answer.result == [{"abortCancel": True}]
    (line,) = answer.activity
    assert line == (
        "Wompi: el aviso de cobro 1042 no se cancela todavía: tiene un pago en curso."
        " / invoice 1042 is not cancelled yet: a payment of it is under way."
    )
    assert json.loads(bridge.asked[0][2])["invoice_id"] == 1042


def test_otherwise_whmcs_goes_on(whmcs: Whmcs, bridge: StubBridge) -> None:
    """No payment, or one that is held no longer: what holds is the bridge's word alone."""
    assert cancel(whmcs, bridge.url).result == [None]
    bridge.tells(under_way=True, hold_cancellation=False)
    answer = cancel(whmcs, bridge.url)
    assert (answer.result, answer.activity) == ([None], [])


@pytest.mark.parametrize(
    "changes",
    [{"hold_cancellation": "true"}, {"hold_cancellation": 1}, {"invoice_id": 7}, {"under_way": None}],
    ids=repr,
)
def test_only_a_clear_word_holds_it(whmcs: Whmcs, bridge: StubBridge, changes: dict[str, object]) -> None:
    """An answer of another shape, or about another invoice, is none."""
    bridge.tells(**{"under_way": True, "hold_cancellation": True} | changes)
    assert cancel(whmcs, bridge.url).result == [None]


def test_without_the_bridge_whmcs_goes_on(whmcs: Whmcs, bridge: StubBridge) -> None:
    """Refused, broken, or without a setting: the invoice is cancelled as if we were not there."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        assert cancel(whmcs, f"http://127.0.0.1:{closed.getsockname()[1]}").result == [None]
    bridge.tells(under_way=True, hold_cancellation=True)
    for settings in (None, {**ACTIVE, "type": "", "bridgeUrl": bridge.url}, {**ACTIVE, "bridgeUrl": "x"}):
        assert cancel(whmcs, bridge.url, settings=settings).result == [None]
    bridge.status = 503
    answer = cancel(whmcs, bridge.url)
    assert (answer.result, answer.activity) == ([None], [])


@pytest.mark.parametrize("vars", ["", 5, [], {"invoiceid": None}, {"invoiceid": "1042;"}, {"invoiceid": 0}], ids=repr)
def test_strange_arguments_hold_nothing(whmcs: Whmcs, bridge: StubBridge, vars: object) -> None:  # noqa: A002
    """What is no invoice is not asked about."""
    bridge.tells(hold_cancellation=True)
    assert cancel(whmcs, bridge.url, vars).result == [None]
    assert bridge.asked == []
