"""A client who is billed in dollars: what WHMCS's pages, e-mails and buttons make of the bridge's word about them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from .bridge import StubBridge, attempt, serving
from .test_php_button import DAY, HOUR, check_link
from .test_php_details import TOLD, details
from .test_php_home import PANEL, lines, open_home, panel, row
from .test_php_mail import ALL, FIELD, NOTHING, send
from .test_php_navbar import ACTIVE
from .test_php_refund import DONE, refund
from .whmcs import Page, Whmcs, invoice

NEXT = "El valor en pesos y la tasa de cambio se muestran en el siguiente paso, antes de pagar."


@pytest.fixture
def bridge() -> Iterator[StubBridge]:
    """A bridge that takes dollars."""
    with serving() as stub:
        stub.tells(currencies=["USD"])
        yield stub


@pytest.fixture
def whmcs(php: str) -> Whmcs:
    """A WHMCS whose PHP may call the bridge."""
    return Whmcs(php, asks=True)


def dollars(bridge_url: str, **changes: object) -> dict[str, object]:
    """What WHMCS hands over for an invoice of 14.50 dollars."""
    return invoice(bridgeUrl=bridge_url, amount="14.50", currency="USD", **changes)


def test_the_button_leads_to_the_page_with_both_amounts(whmcs: Whmcs, bridge: StubBridge) -> None:
    """A form that posts nothing: pesos and rate must be seen before the terms are accepted."""
    shown = Page(whmcs.link(dollars(bridge.url)))
    form = shown.one("form")
    assert (form.attributes["method"], shown.all("input")) == ("get", [])
    check_link(str(form.attributes["action"]), f"{bridge.url}pay/", "pay.1042.77", HOUR)
    assert (shown.one("p").text, shown.one("button").text) == (NEXT, "Pagar con Wompi")
    shown = Page(whmcs.link(dollars(bridge.url), session={"Language": "english"}))
    assert shown.one("button").text == "Pay with Wompi"
    assert (
        shown.one("p").text == "The amount in pesos and the exchange rate are shown in the next step, before you pay."
    )


def test_a_payment_under_way_stands_before_it(whmcs: Whmcs, bridge: StubBridge) -> None:
    """As with pesos; the bridge's page asks again whether the payer insists."""
    bridge.tells(currencies=["USD"], under_way=True, attempts=[attempt("Lo estamos verificando.", "verifying")])
    shown = Page(whmcs.link(dollars(bridge.url)))
    assert shown.all("p")[0].text == "Ya hay un pago en curso"
    assert "details" in shown.one("form").inside


@pytest.mark.parametrize(
    "changes",
    [
        {"currency": "EUR"},
        {"currency": "usd"},
        {"amount": "0.00"},
        {"amount": "-1.00"},
        {"amount": "x"},
        {"basecurrency": "COP"},
        {"basecurrency": "EUR", "basecurrencyamount": "13.00"},
    ],
    ids=repr,
)
def test_what_the_bridge_does_not_take_shows_nothing(
    whmcs: Whmcs, bridge: StubBridge, changes: dict[str, object]
) -> None:
    """Another currency, nothing to pay, or an amount that WHMCS has converted ("Convert To For Processing")."""
    assert whmcs.link(dollars(bridge.url) | changes) == ""


@pytest.mark.parametrize("told", [{}, {"currencies": "USD"}, {"currencies": [["USD"]]}, {"currencies": ["EUR"]}])
def test_without_the_bridges_word_there_is_no_button(whmcs: Whmcs, bridge: StubBridge, told: dict[str, Any]) -> None:
    """An older bridge, or one that was not told to take dollars."""
    bridge.tells(**told)
    assert whmcs.link(dollars(bridge.url)) == ""


def test_a_bridge_that_is_down_hides_the_button_for_dollars(whmcs: Whmcs) -> None:
    """Unlike for pesos: the bridge alone knows what it takes."""
    assert whmcs.link(dollars("http://127.0.0.1:1/")) == ""


def test_with_test_keys_others_get_nothing(whmcs: Whmcs, bridge: StubBridge) -> None:
    """Neither on the page nor in an e-mail."""
    bridge.tells(currencies=["USD"], only_clients=[90])
    assert whmcs.link(dollars(bridge.url)) == ""
    assert whmcs.link(dollars(bridge.url), client=None) == ""


def test_the_button_in_an_email(whmcs: Whmcs, bridge: StubBridge) -> None:
    """``{$invoice_payment_link}`` is a link to the same page, without a sign-in; nothing while the bridge is silent."""
    anchor = Page(whmcs.link(dollars(bridge.url), client=None)).one("a")
    check_link(str(anchor.attributes["href"]), f"{bridge.url}pay/", "mail.1042.77", 30 * DAY)
    bridge.status = 503
    assert whmcs.link(dollars(bridge.url), client=None) == ""


def owes(bridge: StubBridge, **world: object) -> dict[str, Any]:
    """A client billed in dollars who owes two invoices."""
    owed = [row(1042, "14.50"), row(1043, 1234.5)]
    return {"currency": "USD", "settings": ACTIVE | {"bridgeUrl": bridge.url}, "invoices": owed} | world


def test_the_panel_tells_the_sum_in_dollars(whmcs: Whmcs, bridge: StubBridge) -> None:
    """WHMCS bills a client in one currency: the sum is in it, and no peso is added to a dollar."""
    ours = panel(open_home(whmcs, **owes(bridge)))
    assert ours is not None
    assert lines(Page(ours["bodyHtml"])) == ["Saldo pendiente", "USD 1249.00", "2 avisos de cobro por pagar"]
    assert ours["bodyHtml"].isascii()
    ((path, _, body),) = bridge.asked
    assert (path, json.loads(body)["invoice_id"]) == ("/puente/status", 1042)


def test_the_panel_asks_nothing_about_pesos(whmcs: Whmcs, bridge: StubBridge) -> None:
    """Nor about an invoice that nobody can pay."""
    assert panel(open_home(whmcs, **owes(bridge, currency="COP", invoices=[row(1042, "59500.00")]))) is not None
    assert panel(open_home(whmcs, **owes(bridge, invoices=[row(1042, "0.00")]))) is None
    assert panel(open_home(whmcs, **owes(bridge, currency="$"))) is None
    assert bridge.asked == []


def test_no_panel_without_the_bridges_word(whmcs: Whmcs, bridge: StubBridge) -> None:
    """Neither for a currency that it does not name, nor while it is silent."""
    assert panel(open_home(whmcs, **owes(bridge, currency="EUR"))) is None
    bridge.tells(currencies=["USD"], only_clients=[90])
    assert panel(open_home(whmcs, **owes(bridge))) is None
    bridge.status = 503
    answer = open_home(whmcs, **owes(bridge))
    assert PANEL not in [item["name"] for item in answer.menu["children"]]
    assert answer.activity == []


def test_the_fields_of_an_email(whmcs: Whmcs, bridge: StubBridge) -> None:
    """Both links where the bridge takes dollars; both empty where it does not say so. It is asked once an e-mail."""
    (fields,) = send(whmcs, **owes(bridge)).result
    check_link(fields[FIELD], f"{bridge.url}pay/", "mail.1042.77", 30 * DAY)
    check_link(fields[ALL], f"{bridge.url}invoices/", "mail.0.77", 30 * DAY)
    assert len(bridge.asked) == 1
    bridge.tells()
    assert send(whmcs, **owes(bridge)).result == [NOTHING]


def test_the_refund_names_its_currency(whmcs: Whmcs, bridge: StubBridge) -> None:
    """The bridge compares both with what it booked; for pesos nothing is added."""
    bridge.body = json.dumps(DONE).encode()
    assert refund(whmcs, bridge.url, amount="14.50", currency="USD")["status"] == "success"
    assert refund(whmcs, bridge.url)["status"] == "success"
    of_dollars, of_pesos = (json.loads(body) for _, _, body in bridge.asked)
    assert (of_dollars["amount"], of_dollars["currency"]) == ("14.50", "USD")
    assert "currency" not in of_pesos


def test_the_window_tells_both_amounts(whmcs: Whmcs, bridge: StubBridge) -> None:
    """What was paid in pesos, and what stands in WHMCS. Where WHMCS has no pesos, the words alone say it: a number
    without a currency would be read as dollars."""
    bridge.body = json.dumps(TOLD | {"booked_in_cents": 1450, "booked_currency": "USD"}).encode()
    told = details(whmcs, bridge.url)
    assert (told["amount"], told["currency"]) == (59500.5, "COP")
    assert told["description"].startswith("Anulado · Pagado: $ 59.501 COP; en WHMCS: USD 14.50 · VOIDED")
    told = details(whmcs, bridge.url, currency="USD", admin={"language": "english"})
    assert "amount" not in told
    assert "Paid: $ 59.501 COP; in WHMCS: USD 14.50" in told["description"]


@pytest.mark.parametrize(
    "odd",
    [
        {"booked_in_cents": "1450", "booked_currency": "USD"},
        {"booked_in_cents": -1, "booked_currency": "USD"},
        {"booked_in_cents": 1450, "booked_currency": "<b>"},
        {"booked_in_cents": 1450, "booked_currency": "COP"},
        {"booked_in_cents": 1450},
    ],
    ids=repr,
)
def test_odd_words_about_it_are_left_out(whmcs: Whmcs, bridge: StubBridge, odd: dict[str, object]) -> None:
    """The window is then as for pesos."""
    bridge.body = json.dumps(TOLD | odd).encode()
    told = details(whmcs, bridge.url)
    assert (told["amount"], "WHMCS: " in told["description"]) == (59500.5, False)


class TestParts:
    """Where the bridge lets a part of an invoice be paid, the page that asks how much is one press away."""

    def test_the_way_stands_below_the_button(self, whmcs: Whmcs, bridge: StubBridge) -> None:
        """The button itself goes on to ask for the whole balance."""
        bridge.tells(parts=True)
        shown = Page(whmcs.link(invoice(bridgeUrl=bridge.url)))
        way = shown.all("a")[-1]
        assert way.text == "Pagar solo una parte"
        check_link(str(way.attributes["href"]), f"{bridge.url}pay/", "pay.1042.77", HOUR)
        assert shown.one("button").text == "Pagar con Wompi"

    @pytest.mark.parametrize("told", [{}, {"parts": "yes"}, {"parts": True, "under_way": True}])
    def test_no_way_where_it_leads_nowhere(self, whmcs: Whmcs, bridge: StubBridge, told: dict[str, Any]) -> None:
        """The bridge does not say so, or a payment is under way: its page would warn first."""
        bridge.tells(**told)
        shown = whmcs.link(invoice(bridgeUrl=bridge.url))
        assert "Pagar solo una parte" not in shown
        assert "<form" in shown
