"""Wompi's API: every answer told apart by what the caller does next, and a void that is sent once."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import requests
import responses
from responses import RequestsMock as Mock

from wompi_gateway.client import PAGE_SIZE, WompiClient
from wompi_gateway.errors import AccessRefused, ApiError, NoAnswer, NotFound, OddAnswer, RequestRejected
from wompi_gateway.keys import Keys
from wompi_gateway.models import Transaction
from wompi_gateway.transport import Transport

from .conftest import Loopback
from .test_models import ROW
from .test_transport import body, hang, raw

API = "https://production.wompi.co/v1"
ID = ROW["id"]
REFERENCE = ROW["reference"]
ONE = f"{API}/transactions/{ID}"
LIST = f"{API}/transactions"
VOID = f"{ONE}/void"
NOT_FOUND = {
    "error": {"type": "NOT_FOUND_ERROR", "reason": "La entidad solicitada no existe"},
    "meta": {"trace_id": "t-1"},
}


@pytest.fixture
def mock() -> Iterator[Mock]:
    with Mock() as mock:
        yield mock


@pytest.fixture
def client(keys: Keys, mock: Mock) -> Iterator[WompiClient]:
    transport = Transport()
    yield WompiClient(keys, transport=transport)
    transport.close()


def transaction(**changes: Any) -> Transaction:
    return Transaction.model_validate(ROW | changes)


def queries(mock: Mock) -> list[dict[str, list[str]]]:
    return [parse_qs(urlsplit(call.request.url or "").query) for call in mock.calls]


def test_reads_one_transaction(client: WompiClient, mock: Mock) -> None:
    """From the keys' own environment, and as it stands there."""
    mock.get(ONE, json={"data": ROW, "meta": {}})
    assert client.transaction(ID) == transaction()


def test_the_private_key_goes_with_every_call_about_transactions(client: WompiClient, mock: Mock, keys: Keys) -> None:
    """In the header and nowhere else: addresses end up in logs."""
    mock.get(ONE, json={"data": ROW})
    mock.get(LIST, json={"data": []})
    mock.post(VOID, json={"data": {"status": "APPROVED"}}, status=201)
    client.transaction(ID)
    client.transactions_by_reference(REFERENCE)
    list(client.transactions_between(date(2026, 9, 20), date(2026, 9, 22)))
    client.void(ID)
    for call in mock.calls:
        assert call.request.headers["Authorization"] == f"Bearer {keys.private}"
        assert keys.private not in str(call.request.url)


def test_the_merchant_is_asked_with_the_public_key_alone(client: WompiClient, mock: Mock, keys: Keys) -> None:
    """https://docs.wompi.co/docs/colombia/tokens-de-aceptacion/: a header of its own, and no Authorization."""
    mock.get(f"{API}/merchants/info", json={"data": {"name": "Tienda", "public_key": keys.public, "new": 1}})
    assert client.merchant().name == "Tienda"
    sent = mock.calls[0].request.headers
    assert sent["x-merchant-public-key"] == keys.public
    assert "Authorization" not in sent


@pytest.mark.parametrize("asked", ["../merchants/info", "a/../b", "a?b=c", "a#b", "a%2fb", "a b"])
def test_an_id_never_changes_the_address(client: WompiClient, mock: Mock, asked: str) -> None:
    """Whatever is asked for stays one segment of the path."""
    mock.get(url := f"{LIST}/{quote(asked, safe='')}", json=NOT_FOUND, status=404)
    with pytest.raises(NotFound):
        client.transaction(asked)
    assert mock.calls[0].request.url == url


@pytest.mark.parametrize(
    ("status", "document", "error"),
    [
        (401, {"error": {"type": "INVALID_ACCESS_TOKEN", "reason": "Llave no válida"}}, AccessRefused),
        (
            403,
            {"error": {"type": "INVALID_ACCESS_TOKEN", "reason": "El token no tiene suficientes permisos"}},
            AccessRefused,
        ),
        (404, NOT_FOUND, NotFound),
        (422, {"error": {"type": "INPUT_VALIDATION_ERROR", "messages": {"a": ["b"]}}}, RequestRejected),
        (400, {"error": {"type": "X"}}, RequestRejected),
        (409, {}, RequestRejected),
        (408, {}, NoAnswer),
        (425, {}, NoAnswer),
        (429, {}, NoAnswer),
        (500, {"error": {"type": "INTERNAL"}}, NoAnswer),
        (502, {"message": "Internal server error"}, NoAnswer),
        (503, {"data": ROW}, NoAnswer),
        (302, {"data": ROW}, NoAnswer),
        (204, {"data": ROW}, NoAnswer),
        (200, {"meta": {}}, NoAnswer),
        (200, {"error": {"type": "NOT_FOUND_ERROR"}}, NoAnswer),
        (200, [ROW], NoAnswer),
        (200, None, NoAnswer),
        (200, {"data": None}, OddAnswer),
        (200, {"data": [ROW]}, OddAnswer),
        (200, {"data": ROW | {"amount_in_cents": 5950000.5}}, OddAnswer),
        (200, {"data": ROW | {"id": "9999-1-1"}}, OddAnswer),
        (401, {"error": "strange"}, AccessRefused),
        (404, {"error": None, "meta": None}, NotFound),
    ],
)
def test_answers_told_apart(client: WompiClient, mock: Mock, status: int, document: Any, error: type[ApiError]) -> None:
    """401 and 403: our key. 404: not known. 422: never. All others: nothing is known - and never "declined"."""
    mock.get(ONE, json=document, status=status)
    with pytest.raises(ApiError) as caught:
        client.transaction(ID)
    assert type(caught.value) is error


@pytest.mark.parametrize("status", [200, 401, 403, 404, 422, 429, 500, 503])
@pytest.mark.parametrize(
    "text", ["<html><h1>403 ERROR</h1>CloudFront</html>", "", '{"data": {"id"', "\xff\xfe", "[" * 9999]
)
def test_what_is_not_json_is_no_answer(client: WompiClient, mock: Mock, status: int, text: str) -> None:
    """A proxy speaks, not Wompi: even its 404 says nothing about a transaction."""
    mock.get(ONE, body=text.encode("latin-1"), status=status, content_type="text/html")
    with pytest.raises(NoAnswer):
        client.transaction(ID)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("0", 0.0), ("99999", 99999.0), ("999999", None), ("-1", None), ("1.5", None), ("٣", None), ("", None),
     ("Wed, 21 Oct 2026 07:28:00 GMT", None)],
)  # fmt: skip
@pytest.mark.parametrize("text", ["{}", "<html>Too Many Requests</html>"])
def test_F19_retry_after(client: WompiClient, mock: Mock, header: str, seconds: float | None, text: str) -> None:
    """The pause that is asked for, in seconds, with JSON or without; what cannot be read is none."""
    mock.get(ONE, body=text, status=429, headers={"Retry-After": header})
    with pytest.raises(NoAnswer) as caught:
        client.transaction(ID)
    assert caught.value.retry_after == seconds


def test_a_refusal_tells_the_kind_and_the_trace_and_nothing_else(client: WompiClient, mock: Mock) -> None:
    """Wompi's support asks for the trace; its texts may repeat a payer's data, and are left out."""
    document = {
        "error": {"type": "INPUT_VALIDATION_ERROR", "messages": {"email": ["ana@example.com"]}},
        "meta": {"trace_id": "t-9"},
    }
    mock.get(ONE, json=document, status=422)
    with pytest.raises(RequestRejected, match=r"^Wompi answered 422 INPUT_VALIDATION_ERROR$") as caught:
        client.transaction(ID)
    assert caught.value.trace_id == "t-9"


def test_only_the_reference_asked_for_is_listed(client: WompiClient, mock: Mock) -> None:
    """A payer may have tried several times; a filter that was not understood brings in nobody else's."""
    tries = [
        ROW | {"id": "1-1-1", "status": "DECLINED"},
        ROW | {"id": "1-1-2"},
        ROW | {"id": "1-1-3", "reference": "OTHER-A"},
    ]
    mock.get(LIST, json={"data": tries, "meta": {}})
    assert [row.id for row in client.transactions_by_reference(REFERENCE)] == ["1-1-1", "1-1-2"]
    assert queries(mock) == [{"reference": [REFERENCE]}]


@pytest.mark.parametrize("data", [[], [ROW | {"reference": REFERENCE.lower()}]])
def test_no_transaction_yet(client: WompiClient, mock: Mock, data: list[Any]) -> None:
    """Nobody has begun to pay: an empty list, not an error."""
    mock.get(LIST, json={"data": data})
    assert client.transactions_by_reference(REFERENCE) == []


@pytest.mark.parametrize("data", [{}, None, "", ROW, [None], [ROW | {"status": None}]])
def test_a_list_by_reference_that_cannot_be_read_is_no_answer(client: WompiClient, mock: Mock, data: Any) -> None:
    """To leave a row out would say "not paid" of one that may be."""
    mock.get(LIST, json={"data": data})
    with pytest.raises(NoAnswer):
        client.transactions_by_reference(REFERENCE)


class TestIsOurs:
    def test_by_the_merchant_named(self, client: WompiClient, keys: Keys) -> None:
        """Where the transaction names its merchant, no second call is made."""
        assert client.is_ours(transaction(merchant={"public_key": keys.public}))
        assert not client.is_ours(transaction(merchant={"public_key": "pub_prod_AnotherShop"}))

    @pytest.mark.parametrize("merchant", [None, {}, {"public_key": None}, {"public_key": ""}, {"name": "Tienda"}])
    def test_by_our_list_otherwise(self, client: WompiClient, mock: Mock, merchant: dict[str, Any] | None) -> None:
        """Reading by id may answer for any merchant, our list only for us: the very id must stand there."""
        mock.get(LIST, json={"data": [ROW]})
        assert client.is_ours(transaction(merchant=merchant))
        mock.replace(responses.GET, LIST, json={"data": [ROW | {"id": "9-9-9"}]})
        assert not client.is_ours(transaction(merchant=merchant))
        mock.replace(responses.GET, LIST, json={"data": []})
        assert not client.is_ours(transaction(merchant=merchant))

    def test_no_answer_is_not_a_no(self, client: WompiClient, mock: Mock) -> None:
        """While the list cannot be asked, nothing is said about the merchant."""
        mock.get(LIST, json={}, status=503)
        with pytest.raises(NoAnswer):
            client.is_ours(transaction(merchant=None))


class TestWalkingTheList:
    DAYS = (date(2026, 9, 20), date(2026, 9, 22))

    @staticmethod
    def rows(first: int, count: int) -> list[dict[str, Any]]:
        return [ROW | {"id": f"1-1-{number}"} for number in range(first, first + count)]

    def walk(self, client: WompiClient) -> list[str]:
        return [row.id for row in client.transactions_between(*self.DAYS)]

    @pytest.mark.parametrize(
        "sizes", [[0], [1], [PAGE_SIZE - 1], [PAGE_SIZE, 0], [PAGE_SIZE, 1], [PAGE_SIZE, PAGE_SIZE, 7]]
    )
    def test_page_after_page(self, client: WompiClient, mock: Mock, sizes: list[int]) -> None:
        """Full pages are followed by another one, a page that is not full is the last."""
        for number, size in enumerate(sizes):
            mock.get(LIST, json={"data": self.rows(PAGE_SIZE * number, size)})
        assert self.walk(client) == [f"1-1-{number}" for number in range(sum(sizes))]
        assert queries(mock) == [
            {
                "from_date": ["2026-09-20"],
                "until_date": ["2026-09-22"],
                "page_size": ["200"],
                "order_by": ["created_at"],
                "order": ["ASC"],
                "page": [str(number + 1)],
            }
            for number in range(len(sizes))
        ]

    def test_a_server_that_ignores_the_page_ends_the_walk(self, client: WompiClient, mock: Mock) -> None:
        """The same page again is the end, not for ever the same."""
        mock.get(LIST, json={"data": self.rows(0, PAGE_SIZE)})
        assert len(self.walk(client)) == PAGE_SIZE
        assert len(mock.calls) == 2

    def test_an_unreadable_row_hides_no_other(
        self, client: WompiClient, mock: Mock, caplog: pytest.LogCaptureFixture
    ) -> None:
        """It is left out and logged, without its content."""
        mock.get(LIST, json={"data": [ROW, ROW | {"id": "ana@example.com", "status": 1}, None, ROW | {"id": "1-1-2"}]})
        with caplog.at_level(logging.WARNING):
            assert self.walk(client) == [ID, "1-1-2"]
        assert len(caplog.records) == 2
        assert "ana@example.com" not in caplog.text

    def test_a_page_that_fails_is_told(self, client: WompiClient, mock: Mock) -> None:
        """An incomplete walk never looks like a complete one."""
        mock.get(LIST, json={"data": self.rows(0, PAGE_SIZE)})
        mock.get(LIST, json={}, status=500)
        with pytest.raises(NoAnswer):
            self.walk(client)


class TestVoid:
    @pytest.mark.parametrize("status", ["APPROVED", "DECLINED", "ERROR", "SOMETHING_NEW"])
    def test_the_status_counts_not_the_201(self, client: WompiClient, mock: Mock, status: str) -> None:
        """Wompi answers 201 to a void that failed as well."""
        mock.post(VOID, json={"data": {"status": status, "status_message": "x", "transaction": ROW}}, status=201)
        assert client.void(ID).status == status
        assert not mock.calls[0].request.body

    @pytest.mark.parametrize(
        ("status", "error"),
        [(401, AccessRefused), (404, NotFound), (422, RequestRejected), (429, NoAnswer), (500, NoAnswer)],
    )
    def test_refusals(self, client: WompiClient, mock: Mock, status: int, error: type[ApiError]) -> None:
        """As with reads; and in no case is it sent again."""
        mock.post(VOID, json={}, status=status)
        with pytest.raises(error):
            client.void(ID)
        assert len(mock.calls) == 1

    @pytest.mark.parametrize("data", [{}, {"status": None}, {"status": 1}, [], None])
    def test_without_a_status_nothing_is_known(self, client: WompiClient, mock: Mock, data: Any) -> None:
        mock.post(VOID, json={"data": data}, status=201)
        with pytest.raises(NoAnswer):
            client.void(ID)


def test_a_void_is_sent_once_whatever_happens(keys: Keys, transport: Transport, loopback: Loopback) -> None:
    """The connection breaks or stays silent: it may have happened, and it is not sent again. A read is."""
    client = WompiClient(keys, api_url=f"{loopback.url}/v1/", timeout=0.2, transport=transport)
    loopback.answers = [raw(b""), hang(loopback), raw(b""), body(b'{"data": []}')]
    for _ in range(2):
        with pytest.raises(NoAnswer):
            client.void(ID)
    assert loopback.asked == [f"POST /v1/transactions/{ID}/void"] * 2
    assert client.transactions_by_reference("A") == []
    assert loopback.asked[2:] == ["GET /v1/transactions?reference=A"] * 2


def test_a_redirect_takes_the_key_nowhere(keys: Keys, transport: Transport, loopback: Loopback) -> None:
    """Another address is never asked, whatever the configured one says."""
    client = WompiClient(keys, api_url=loopback.url, timeout=20, transport=transport)
    loopback.answers = [body(b"{}", status=302, Location="/elsewhere")]
    with pytest.raises(NoAnswer):
        client.transaction(ID)
    assert loopback.asked == [f"GET /transactions/{ID}"]


def test_no_error_shows_a_key(client: WompiClient, mock: Mock, keys: Keys) -> None:
    """Not even where the library's own error holds the whole request."""
    mock.get(ONE, body=requests.ConnectionError(f"Bearer {keys.private}"))
    with pytest.raises(NoAnswer) as caught:
        client.transaction(ID)
    assert keys.private not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_number_of_thousands_of_digits_is_one_odd_value(client: WompiClient, mock: Mock) -> None:
    """Python refuses to read it; the answer is JSON all the same, and Wompi is well."""
    digits = "9" * 5000
    mock.get(ONE, body=json.dumps({"data": ROW | {"amount_in_cents": 7}}).replace(": 7", f": {digits}"))
    with pytest.raises(OddAnswer, match="amount_in_cents"):
        client.transaction(ID)
