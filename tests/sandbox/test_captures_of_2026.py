"""E25: the sandboxes answer as clients and captures of 2026 show that the vendors do."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from whmcs_bridge.sandbox.whmcs.server import WhmcsSandbox
from whmcs_bridge.sandbox.wompi.server import WompiSandbox

from .test_whmcs_sandbox import call


@pytest.mark.parametrize("way", ["form", "query", "both"])
def test_E25_the_action_and_the_credential_come_by_form_or_by_query(whmcs: WhmcsSandbox, way: str) -> None:
    """PHP reads both as one: npm's `whmcs-js` sends the action in the query, the access-key document all of it."""
    credential = {"identifier": whmcs.identifier, "secret": whmcs.secret, "responsetype": "json"}
    action = {"action": "WhmcsDetails"}
    form, query = {"form": (credential | action, {}), "query": ({}, credential | action), "both": (credential, action)}[
        way
    ]
    answer = requests.post(whmcs.api_url, data=form, params=query, timeout=5).json()
    assert answer["whmcs"]["version"] == "8.13.1"
    assert len(whmcs.calls_to("WhmcsDetails")) == 1


def test_E25_a_get_is_answered_too_and_no_secret_is_listed(whmcs: WhmcsSandbox) -> None:
    """And a fault that is planned for an action hits it however it was asked."""
    query = {"identifier": whmcs.identifier, "secret": whmcs.secret, "responsetype": "json", "action": "WhmcsDetails"}
    whmcs.faults.add("WhmcsDetails", "500")
    assert [requests.get(whmcs.api_url, params=query, timeout=5).status_code for _ in range(2)] == [500, 200]
    listed = requests.get(f"{whmcs.url}_sandbox/calls", timeout=5)
    assert whmcs.secret not in listed.text
    assert listed.json()[0]["query"]["secret"] == "***"


def test_E25_the_form_wins_over_the_query(whmcs: WhmcsSandbox) -> None:
    """As PHP's `request_order` has it."""
    form = {"identifier": whmcs.identifier, "secret": whmcs.secret, "responsetype": "json", "action": "WhmcsDetails"}
    answer = requests.post(whmcs.api_url, data=form, params={"action": "GetCurrencies"}, timeout=5).json()
    assert "whmcs" in answer


def test_E25_transactions_come_in_pages_for_who_asks(whmcs: WhmcsSandbox) -> None:
    """`whmcspy` asks with `limitstart` until a page is empty: a list that ignores it never ends."""
    invoice = whmcs.add_invoice(whmcs.add_client(), "500.00")
    for number in range(5):
        whmcs.add_payment(invoice, f"T-{number}", amount="100.00")

    def page(**asked: int) -> tuple[list[str], int, int]:
        body = call(whmcs, "GetTransactions", invoiceid=invoice, **asked)
        rows = body["transactions"] and body["transactions"]["transaction"]
        return [row["transid"] for row in rows], body["startnumber"], body["totalresults"]

    assert page() == (["T-0", "T-1", "T-2", "T-3", "T-4"], 0, 5)
    assert page(limitstart=3) == (["T-3", "T-4"], 3, 5)
    assert page(limitstart=1, limitnum=2) == (["T-1", "T-2"], 1, 5)
    assert page(limitstart=5) == ([], 5, 5)


def test_E25_a_client_has_the_documented_fields(whmcs: WhmcsSandbox) -> None:
    """All that the reference lists for GetClientsDetails; the sums of `stats` are texts, and only for who asks."""
    client = whmcs.add_client(customfields=[{"id": 1, "value": "CC 123"}])
    whmcs.add_invoice(client, "59500.00", duedate="2026-01-01")
    shown = call(whmcs, "GetClientsDetails", clientid=client)
    assert "stats" not in shown
    assert shown["client"].keys() >= {
        "client_id", "owner_user_id", "userid", "id", "uuid", "fullname", "fullstate", "statecode", "countryname",
        "groupid", "lastlogin", "telephoneNumber", "phonenumberformatted", "email_preferences", "latefeeoveride",
        "overideduenotices", "separateinvoices", "disableautocc", "allowSingleSignOn", "email_verified",
        "customfields1",
    }  # fmt: skip
    assert shown["client"]["customfields1"] == "CC 123"
    assert len(shown["client"]["uuid"]) == 36
    stats = call(whmcs, "GetClientsDetails", clientid=client, stats="true")["stats"]
    assert (stats["numdueinvoices"], stats["numoverdueinvoices"]) == (1, 1)
    assert stats["overdueinvoicesbalance"] == "$59500.00 COP"


def event(wompi: WompiSandbox, method: str) -> tuple[bytes, dict[str, Any]]:
    body = wompi.event_body(wompi.create_transaction("R-1-x", 200000, method=method, status="APPROVED")["id"])
    return body, json.loads(body)["data"]["transaction"]


def test_E25_a_cards_event_of_2026(wompi: WompiSandbox) -> None:
    """`origin`, `is_click_to_pay` and the card's country; no month and year of expiry, which the API still tells."""
    _, told = event(wompi, "CARD")
    assert told["origin"] is None
    assert told["payment_method"]["is_click_to_pay"] is False
    assert told["payment_method"]["extra"]["country_iso2"] == "CO"
    assert not {"exp_month", "exp_year"} & told["payment_method"]["extra"].keys()
    assert {"exp_month", "exp_year"} <= wompi.transaction(told["id"])["payment_method"]["extra"].keys()


def test_E25_a_nequi_event_of_2026(wompi: WompiSandbox) -> None:
    """Three ids of the wallet's own, one of them twice, and the antifraud engine's decision beside `extra`."""
    _, told = event(wompi, "NEQUI")
    method = told["payment_method"]
    assert method["afe_decision"] == "APPROVE"
    assert method["extra"]["transaction_id"] == method["extra"]["nequi_transaction_id"] == "350-123-12022-sandboxNequi"
    assert method["extra"]["external_identifier"] == "sandboxNequi"


@pytest.mark.parametrize("method", ["CARD", "NEQUI", "PSE"])
def test_E25_the_devices_token_makes_an_event_long(wompi: WompiSandbox, method: str) -> None:
    """About 3.7 kB: a receiver that keeps 2 kB, or a column of 4,000 characters, is found out here."""
    body, told = event(wompi, method)
    assert told["customer_data"]["device_data_token"].count(".") == 2
    assert 3_600 <= len(body) <= 4_300
