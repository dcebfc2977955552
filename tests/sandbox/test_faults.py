"""Faults on demand: what the caller sees, and what became of the call."""

from __future__ import annotations

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from whmcs_bridge.sandbox.whmcs.server import WhmcsSandbox
from whmcs_bridge.sandbox.wompi.server import WompiSandbox

Book = Callable[..., requests.Response]


@pytest.fixture
def book(whmcs: WhmcsSandbox) -> Book:
    """AddInvoicePayment for T-1 on an invoice of 59500."""
    invoice = whmcs.add_invoice(whmcs.add_client(), "59500.00")
    fields = {
        "identifier": whmcs.identifier, "secret": whmcs.secret, "responsetype": "json", "action": "AddInvoicePayment",
        "invoiceid": invoice, "transid": "T-1", "gateway": "wompi", "amount": "59500.00",
    }  # fmt: skip

    def post(timeout: float = 5) -> requests.Response:
        return requests.post(whmcs.api_url, data=fields, allow_redirects=False, timeout=timeout)

    return post


@pytest.mark.parametrize(
    ("kind", "status", "start"),
    [
        ("500", 500, "<!DOCTYPE html>"),
        ("503", 503, "<!DOCTYPE html>"),
        ("429", 429, "<!DOCTYPE html>"),
        ("html", 200, "<!DOCTYPE html>"),
        ("nvp", 403, "result=error;message=Sandbox fault"),
        ("truncate", 200, '{"result"'),
        ("empty", 200, ""),
        ("redirect", 302, ""),
        ("error", 200, '{"result": "error", "message": "Sandbox fault"}'),
    ],
)
@pytest.mark.parametrize("when", ["before", "after", "late"])
def test_the_answer_is_spoilt_and_the_effect_is_as_planned(
    whmcs: WhmcsSandbox, book: Book, kind: Any, status: int, start: str, when: Any
) -> None:
    """before: nothing is booked; after: it is; late: it is once commit_late() says so."""
    whmcs.faults.add("AddInvoicePayment", kind, when=when)
    answer = book()
    assert (answer.status_code, answer.text.startswith(start)) == (status, True)
    with pytest.raises(requests.JSONDecodeError) if kind != "error" else pytest.raises(KeyError):
        answer.json()["nothing"]
    assert len(whmcs.booked("T-1")) == (1 if when == "after" else 0)
    assert whmcs.faults.commit_late() == (1 if when == "late" else 0)
    assert len(whmcs.booked("T-1")) == (0 if when == "before" else 1)


@pytest.mark.parametrize("kind", ["reset", "cut"])
@pytest.mark.parametrize("when", ["before", "after", "late"])
def test_the_connection_breaks(whmcs: WhmcsSandbox, book: Book, kind: Any, when: Any) -> None:
    """No answer at all, or one that ends before its promised length."""
    whmcs.faults.add("AddInvoicePayment", kind, when=when)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        book()
    whmcs.faults.commit_late()
    assert len(whmcs.booked("T-1")) == (0 if when == "before" else 1)


def test_a_notice_comes_before_good_json(whmcs: WhmcsSandbox, book: Book) -> None:
    """PHP's words, then the whole answer; the effect is there."""
    whmcs.faults.add("AddInvoicePayment", "notice")
    assert book().text.endswith('</b>\n{"result": "success"}')
    assert len(whmcs.booked("T-1")) == 1


def test_details_of_an_answer_can_be_chosen(whmcs: WhmcsSandbox, book: Book) -> None:
    """Retry-After, a status of one's own, a message, a location."""
    whmcs.faults.add("AddInvoicePayment", "503", retry_after=7)
    whmcs.faults.add("AddInvoicePayment", "html", status=403)
    whmcs.faults.add("AddInvoicePayment", "error", message="Out of paper")
    whmcs.faults.add("AddInvoicePayment", "redirect", status=301, location="https://other.test/")
    assert book().headers["Retry-After"] == "7"
    assert book().status_code == 403
    assert book().json()["message"] == "Out of paper"
    moved = book()
    assert (moved.status_code, moved.headers["Location"]) == (301, "https://other.test/")


def test_a_hanging_call_goes_on_when_released(whmcs: WhmcsSandbox, book: Book) -> None:
    """The slow server: the caller gives up, and the booking still happens."""
    whmcs.faults.add("AddInvoicePayment", "hang")
    with pytest.raises(requests.ReadTimeout):
        book(timeout=0.2)
    assert whmcs.faults.wait_held()
    assert whmcs.booked("T-1") == []
    whmcs.faults.release()
    assert whmcs.wait_for_call("AddInvoicePayment")
    assert len(whmcs.booked("T-1")) == 1


@pytest.mark.parametrize(("when", "rows", "answered"), [("before", 1, True), ("after", 1, True), ("late", 0, False)])
def test_a_released_call_is_answered_unless_it_is_late(
    whmcs: WhmcsSandbox, book: Book, when: Any, rows: int, answered: bool
) -> None:
    """before: effect and answer; after: the effect was there all the time; late: neither yet."""
    whmcs.faults.add("AddInvoicePayment", "hang", when=when)
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(book)
        assert whmcs.faults.wait_held()
        assert len(whmcs.booked("T-1")) == (1 if when == "after" else 0)
        whmcs.faults.release()
        error = future.exception(timeout=5)
    assert (error is None) == answered
    assert len(whmcs.booked("T-1")) == rows


def test_stopping_drops_what_hangs(book: Book, whmcs: WhmcsSandbox) -> None:
    """The caller sees a broken connection, and nothing is booked; then it is down; then it is back at its address."""
    whmcs.faults.add("AddInvoicePayment", "hang")
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(book)
        assert whmcs.faults.wait_held()
        whmcs.go_down()
        assert isinstance(future.exception(timeout=5), requests.ConnectionError)
    assert whmcs.booked("T-1") == []
    with pytest.raises(requests.ConnectionError):
        book()
    whmcs.start()
    assert book().status_code == 200


def test_while_it_is_down_nobody_else_gets_its_port(whmcs: WhmcsSandbox) -> None:
    """Connections are refused, and no other process's server answers in its place; at the end the port is free."""
    port = int(whmcs.url.rstrip("/").rpartition(":")[2])
    whmcs.go_down()
    with pytest.raises(requests.ConnectionError, match="refused"):
        requests.get(whmcs.url, timeout=5)
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", port))
    whmcs.start()
    assert requests.get(f"{whmcs.url}_sandbox/clock", timeout=5).status_code == 200
    whmcs.go_down()
    whmcs.stop()
    with socket.create_server(("127.0.0.1", port)) as free:
        assert free.getsockname()[1] == port


def test_faults_run_out_or_stay(whmcs: WhmcsSandbox, book: Book) -> None:
    """times counts down, in the order of planning; None stays until cleared; other actions are untouched."""
    whmcs.faults.add("addinvoicepayment", "500", times=2)
    whmcs.faults.add("GetInvoice", "empty")
    assert [book().status_code for _ in range(3)] == [500, 500, 200]
    whmcs.faults.add("*", "429", times=None)
    assert [book().status_code for _ in range(3)] == [429, 429, 429]
    whmcs.faults.clear()
    assert book().status_code == 200


def test_faults_over_http(whmcs: WhmcsSandbox, book: Book) -> None:
    """The same controls for a person with curl; nonsense is 400; the control calls are not listed as calls."""
    control = f"{whmcs.url}_sandbox/"
    plan = {"on": "AddInvoicePayment", "kind": "empty", "when": "late", "times": 1}
    assert requests.post(f"{control}faults", json=plan, timeout=5).json()[0]["kind"] == "empty"
    assert requests.post(f"{control}faults", json={"on": "x", "kind": "nonsense"}, timeout=5).status_code == 400
    assert requests.post(f"{control}faults", json={"kind": "500"}, timeout=5).status_code == 400
    book()
    assert requests.post(f"{control}commit-late", timeout=5).json() == {"committed": 1}
    assert len(whmcs.booked("T-1")) == 1
    requests.post(f"{control}faults", json=plan | {"times": None}, timeout=5)
    assert requests.delete(f"{control}faults", timeout=5).json() == []
    assert requests.post(f"{control}release", timeout=5).json() == {"released": True}
    (row,) = requests.get(f"{control}calls", timeout=5).json()
    assert (row["method"], row["path"], row["status"]) == ("POST", "/includes/api.php", 200)
    assert (row["fields"]["transid"], row["fields"]["secret"]) == ("T-1", "***")


def test_calls_are_kept(whmcs: WhmcsSandbox, book: Book) -> None:
    """With their fields and the status they got; 0 for none."""
    book()
    whmcs.faults.add("AddInvoicePayment", "reset")
    with pytest.raises(requests.ConnectionError):
        book()
    assert [row.status for row in whmcs.calls_to("AddInvoicePayment")] == [200, 0]
    assert whmcs.calls[0].fields["amount"] == "59500.00"
    assert not whmcs.wait_for_call("AddInvoicePayment", count=3, timeout=0.01)


@pytest.mark.parametrize(
    ("name", "method", "path"),
    [
        ("transaction", "GET", "v1/transactions/12022-1-1"),
        ("transactions", "GET", "v1/transactions"),
        ("void", "POST", "v1/transactions/12022-1-1/void"),
        ("merchant", "GET", "v1/merchants/info"),
        ("checkout", "GET", "p/"),
    ],
)
def test_wompis_calls_by_name(wompi: WompiSandbox, name: str, method: str, path: str) -> None:
    """Each has its own faults, and an error comes in Wompi's envelope."""
    wompi.faults.add(name, "error", message="Fuera de servicio")
    answer = requests.request(method, f"{wompi.url}{path}", timeout=5)
    assert answer.status_code == 422
    assert answer.json()["error"] == {
        "type": "INPUT_VALIDATION_ERROR", "messages": {"base": ["Fuera de servicio"]},
    }  # fmt: skip
    assert wompi.faults.planned() == []


def test_a_payment_whose_page_is_lost(wompi: WompiSandbox) -> None:
    """The payer sees an error, and the transaction comes later."""
    query = {
        "public-key": wompi.public_key, "currency": "COP", "amount-in-cents": "5950000", "reference": "A-1-x",
        "signature:integrity": "e870079e35a5707c90130e203ae79501ff0d339f979139c9323540b0fb8b8f9c",  # by sha256sum
    }  # fmt: skip
    page = requests.get(wompi.checkout_url, params=query, timeout=5).text
    form = page.partition('action="/')[2].partition('"')[0]
    wompi.faults.add("payment", "503", when="late")
    data = {"method": "CARD", "card": "4242424242424242"}
    assert requests.post(f"{wompi.url}{form}", data=data, timeout=5).status_code == 503
    assert wompi.transactions == []
    wompi.faults.commit_late()
    assert [row["status"] for row in wompi.by_reference("A-1-x")] == ["APPROVED"]


def test_a_void_whose_answer_is_lost(wompi: WompiSandbox) -> None:
    """The transaction is voided all the same; or a while later."""
    one, two = (wompi.create_transaction(f"R-{n}-x", 200000, status="APPROVED")["id"] for n in (1, 2))
    headers = {"Authorization": f"Bearer {wompi.private_key}"}
    wompi.faults.add("void", "500", when="after")
    wompi.faults.add("void", "500", when="late")
    for transaction_id in (one, two):
        requests.post(f"{wompi.api_url}/transactions/{transaction_id}/void", headers=headers, timeout=5)
    assert [wompi.transaction(row)["status"] for row in (one, two)] == ["VOIDED", "APPROVED"]
    wompi.faults.commit_late()
    assert wompi.transaction(two)["status"] == "VOIDED"
