"""The panel on the client area's home page: what can be paid here, for those who may see the invoices."""

from __future__ import annotations

import re
from typing import Any

import pytest

from .test_php_button import check_link
from .test_php_navbar import ACTIVE
from .whmcs import Answer, Page, Whmcs

PANEL = "Wompi Unpaid Invoices"


def row(number: int, balance: object, **changes: object) -> dict[str, object]:
    """An unpaid invoice of client 77, as WHMCS's model tells it."""
    usual = {"id": number, "userid": 77, "status": "Unpaid", "paymentmethod": "wompi", "balance": balance}
    return usual | {"items": [{"type": "Hosting"}]} | changes


def open_home(whmcs: Whmcs, **world: object) -> Answer:
    """The home page, seen by client 77, who owes two invoices."""
    owed = [row(1042, "59500.00"), row(1043, "178500.00")]
    usual = {"panels": ["Unpaid Invoices", "Recent News"], "context": {"id": 77}, "settings": ACTIVE, "invoices": owed}
    return whmcs.run("panels", **usual | world)


def panel(answer: Answer) -> dict[str, Any] | None:
    """Ours, if it is there."""
    assert answer.thrown is None
    return next((item for item in answer.menu["children"] if item["name"] == PANEL), None)


def lines(page: Page) -> list[str]:
    """What the panel says above its button."""
    inner = [element for element in page.all("div") if element.inside]
    return [element.text.replace("\N{NO-BREAK SPACE}", " ") for element in inner]


def test_the_sum_and_the_way_to_pay_it(whmcs: Whmcs) -> None:
    """What is due here, of how many invoices, and one button that leads to the list of them."""
    ours = panel(open_home(whmcs))
    assert ours is not None
    assert (ours["label"], ours["icon"], ours["order"]) == ("Pagar con Wompi", "fas fa-credit-card", 11)
    assert ours["extras"] == {"color": "green"}
    page = Page(ours["bodyHtml"])
    assert lines(page) == ["Saldo pendiente", "$ 238.000 COP", "2 avisos de cobro por pagar"]
    assert page.one("a").text == "Pagar ahora"
    check_link(str(page.one("a").attributes["href"]), "https://pagos.example.com/invoices/", "list.0.77", 3600)
    assert ours["bodyHtml"].isascii()


def test_the_words_of_the_host(whmcs: Whmcs) -> None:
    """Where WHMCS has a word, it is WHMCS's, as text; a key that it does not know is no word."""
    ours = panel(open_home(whmcs, words={"invoicespaynow": "Páguelo <ya> &amp; bien", "balancedue": "balancedue"}))
    assert ours is not None
    page = Page(ours["bodyHtml"])
    assert page.one("a").text == "Páguelo <ya> & bien"
    assert lines(page)[0] == "Saldo pendiente"


def test_in_english_and_of_one_invoice(whmcs: Whmcs) -> None:
    """The language of the visit, and the singular."""
    ours = panel(open_home(whmcs, session={"Language": "english"}, invoices=[row(1042, 1500)]))
    assert ours is not None
    assert ours["label"] == "Pay with Wompi"
    page = Page(ours["bodyHtml"])
    assert lines(page) == ["Balance due", "$ 1.500 COP", "One invoice to pay"]
    assert page.one("a").text == "Pay now"


@pytest.mark.parametrize(
    ("invoices", "told"),
    [
        ([row(1, "59500.10"), row(2, 1499.01)], "$ 61.001 COP"),
        ([row(1, "59500.00"), row(2, "1499.00")], "$ 59.500 COP"),
        ([row(1, "59500.00"), row(2, "70000.00", paymentmethod="banktransfer")], "$ 59.500 COP"),
        ([row(1, "59500.00"), row(2, "70000.00", status="Payment Pending")], "$ 59.500 COP"),
        ([row(1, "59500.00"), row(2, "70000.00", userid=78)], "$ 59.500 COP"),
        ([row(1, "59500.00"), row(2, "59500.00", items=[{"type": "Invoice"}])], "$ 59.500 COP"),
        ([row(1, "59500.00"), row(2, None), row(3, "much"), row(4, [])], "$ 59.500 COP"),
    ],
)
def test_what_counts_as_due(whmcs: Whmcs, invoices: list[dict[str, object]], told: str) -> None:
    """The client's unpaid invoices of this gateway that Wompi takes, in whole pesos; a mass payment only repeats."""
    ours = panel(open_home(whmcs, invoices=invoices))
    assert ours is not None
    assert lines(Page(ours["bodyHtml"]))[1] == told


def test_it_hangs_on_the_panel_of_overdue_invoices_too(whmcs: Whmcs) -> None:
    """WHMCS shows one or the other."""
    ours = panel(open_home(whmcs, panels=["Recent News", "Overdue Invoices"]))
    assert ours is not None
    assert ours["order"] == 21


@pytest.mark.parametrize(
    "world",
    [
        {"panels": []},
        {"panels": ["Recent News"]},
        {"invoices": []},
        {"invoices": [row(1042, "59500.00", paymentmethod="banktransfer")]},
        {"currency": "USD"},
        {"context": None},
        {"settings": None},
        {"settings": {**ACTIVE, "type": ""}},
        {"settings": {**ACTIVE, "bridgeUrl": 'https://x"><script>alert(1)</script>'}},
        {"settings": {**ACTIVE, "bridgeSecret": "too short"}},
        {"without": ["Invoice"]},
        {"without": ["getCurrency"]},
    ],
    ids=repr,
)
def test_nothing_hangs_where_nothing_should(whmcs: Whmcs, world: dict[str, object]) -> None:
    """No panel where WHMCS shows none of its own, where nothing is due here, or where we are not set up."""
    answer = open_home(whmcs, **world)
    assert panel(answer) is None
    assert answer.activity == []


@pytest.mark.parametrize("broken", ["Menu", "Invoice", "getCurrency", "getGatewayVariables", "addChild", "Client"])
def test_a_fault_leaves_the_home_page_whole(whmcs: Whmcs, broken: str) -> None:
    """WHMCS's own panels stay, and the log gets a kind and a place."""
    answer = open_home(whmcs, broken=[broken])
    assert panel(answer) is None
    assert [item["name"] for item in answer.menu["children"]] == ["Unpaid Invoices", "Recent News"]
    (line,) = answer.activity
    assert re.fullmatch(r"Wompi: RuntimeException \(harness\.php:[0-9]+\)", line)
