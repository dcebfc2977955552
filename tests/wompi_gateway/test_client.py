"""Wompi's API: every answer told apart by what the caller does next, and a void that is sent once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import requests
import responses
from responses import RequestsMock as Mock

from wompi_gateway.client import WompiClient
from wompi_gateway.errors import (
    AccessRefused,
    ApiError,
    IncompleteList,
    NoAnswer,
    NotFound,
    OddAnswer,
    OddRow,
    RequestRejected,
)
from wompi_gateway.keys import Keys
from wompi_gateway.lists import PAGE_SIZE
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


def ids(found: Iterable[Transaction | OddAnswer]) -> list[str | None]:
    """What stands in a list: ids, None for what has none."""
    return [
        row.id if isinstance(row, Transaction) else row.transaction_id if isinstance(row, OddRow) else None
        for row in found
    ]


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
    [("7", 7.0), ("0", 0.0), (" 7 ", 7.0), ("1.5", 1.5), ("300", 300.0), ("301", 300.0), ("99999", 300.0),
     ("999999", 300.0), ("9" * 5000, 300.0), ("007", 7.0),
     ("-1", None), ("+7", None), ("7s", None), ("7, 7", None), ("1e3", None), ("0x10", None), ("nan", None),
     ("inf", None), ("٣", None), ("", None), ("soon", None),
     ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0), ("Wednesday, 21-Oct-15 07:28:00 GMT", 0.0),
     ("Wed Oct 21 07:28:00 2015", 0.0), ("Fri, 31 Dec 9999 23:59:59 GMT", 300.0),
     ("Fri, 31 Dec 9999 23:59:59 -2359", 300.0), ("Wed, 21 Oct 99999 07:28:00 GMT", None),
     ("Wed, 99 Oct 2026 07:28:00 GMT", None), ("Wed, 21 Oct 2026 07:28:00 +9999999", None)],
)  # fmt: skip
@pytest.mark.parametrize("text", ["{}", "<html>Too Many Requests</html>"])
def test_T18_F19_retry_after(client: WompiClient, mock: Mock, header: str, seconds: float | None, text: str) -> None:
    """The pause that is asked for, in both of its forms, with JSON or without, and never for more than five minutes;
    what cannot be read is none."""
    mock.get(ONE, body=text, status=429, headers={"Retry-After": header})
    with pytest.raises(NoAnswer) as caught:
        client.transaction(ID)
    assert caught.value.retry_after == seconds


@pytest.mark.parametrize("zone", ["GMT", "-0500", ""])
def test_T18_a_time_is_judged_by_our_clock(client: WompiClient, mock: Mock, zone: str) -> None:
    """Two minutes from now, whatever zone it is told in, and in GMT where it names none."""
    at = datetime.now(UTC) + timedelta(seconds=120)
    told = {
        "GMT": format_datetime(at, usegmt=True),
        "-0500": format_datetime(at.astimezone(timezone(timedelta(hours=-5)))),
        "": at.strftime("%a %b %d %H:%M:%S %Y"),
    }
    mock.get(ONE, body="{}", status=503, headers={"Retry-After": told[zone]})
    with pytest.raises(NoAnswer) as caught:
        client.transaction(ID)
    assert caught.value.retry_after is not None
    assert 100 < caught.value.retry_after <= 120


def written(name: str, value: str) -> str:
    """A row as JSON, one of its fields written as it is told."""
    kept = {other: told for other, told in ROW.items() if other != name}
    return f'{json.dumps(kept)[:-1]}, "{name}": {value}}}'


SECOND = json.dumps(ROW | {"id": "1-1-2"})


def test_T12_a_number_without_end_is_about_one_thing(client: WompiClient, mock: Mock) -> None:
    """Python refuses integers of more than 4300 digits: the field that holds one cannot be read, the rest can."""
    endless = written("amount_in_cents", "9" * 5000)
    mock.get(ONE, body=f'{{"data": {endless}}}')
    with pytest.raises(OddAnswer):
        client.transaction(ID)
    mock.get(LIST, body=f'{{"data": [{endless}, {SECOND}], "meta": {{"total_results": {"9" * 5000}}}}}')
    odd, good = client.transactions_by_reference(REFERENCE)
    assert isinstance(odd, OddRow)
    assert (odd.transaction_id, good) == (ID, transaction(id="1-1-2"))


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity", "1e400", "5950000.0", "true", '"5950000"'])
def test_T12_numbers_that_are_none(client: WompiClient, mock: Mock, amount: str) -> None:
    """They are odd, each about its own row."""
    mock.get(LIST, body=f'{{"data": [{written("amount_in_cents", amount)}]}}')
    (odd,) = client.transactions_by_reference(REFERENCE)
    assert isinstance(odd, OddRow)


def test_T12_an_object_that_says_a_thing_twice_says_nothing(client: WompiClient, mock: Mock) -> None:
    """Which of the two was paid? Neither the last nor the first is taken."""
    twice = f'{json.dumps(ROW)[:-1]}, "amount_in_cents": 100}}'
    mock.get(ONE, body=f'{{"data": {twice}}}')
    with pytest.raises(OddAnswer):
        client.transaction(ID)
    mock.get(LIST, body=f'{{"data": [{twice}, {SECOND}]}}')
    odd, good = client.transactions_by_reference(REFERENCE)
    assert isinstance(odd, OddRow)
    assert good == transaction(id="1-1-2")


@pytest.mark.parametrize(("deep", "readable"), [(200, True), (100_000, False)])
def test_T12_deep_nesting_is_no_traceback(client: WompiClient, mock: Mock, deep: int, readable: bool) -> None:
    """What can still be read is read, and the rest is no answer."""
    nested = "[" * deep + "]" * deep
    mock.get(LIST, body=f'{{"data": [{nested}, {written("payment_method", nested)}]}}')
    if readable:
        assert [type(row) for row in client.transactions_by_reference(REFERENCE)] == [OddRow, Transaction]
    else:
        with pytest.raises(NoAnswer):
            client.transactions_by_reference(REFERENCE)


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
    assert ids(client.transactions_by_reference(REFERENCE)) == ["1-1-1", "1-1-2"]
    assert queries(mock)[0] == {
        "reference": [REFERENCE],
        "page_size": ["200"],
        "order_by": ["created_at"],
        "order": ["ASC"],
        "page": ["1"],
    }


@pytest.mark.parametrize("data", [[], [ROW | {"reference": REFERENCE.lower()}]])
def test_no_transaction_yet(client: WompiClient, mock: Mock, data: list[Any]) -> None:
    """Nobody has begun to pay: an empty list, not an error."""
    mock.get(LIST, json={"data": data})
    assert client.transactions_by_reference(REFERENCE) == []


@pytest.mark.parametrize("data", [{}, None, "", ROW])
def test_a_list_by_reference_that_cannot_be_read_is_no_answer(client: WompiClient, mock: Mock, data: Any) -> None:
    """It is none: nothing is known."""
    mock.get(LIST, json={"data": data})
    with pytest.raises(NoAnswer):
        client.transactions_by_reference(REFERENCE)


@pytest.mark.parametrize(
    ("row", "name", "reference"),
    [
        (ROW | {"status": None}, ID, REFERENCE),
        (ROW | {"id": "../x", "status": 1}, None, REFERENCE),
        (ROW | {"id": 7}, None, REFERENCE),
        (ROW | {"reference": None}, ID, ""),
        (ROW | {"reference": 5}, ID, None),
        ({"id": ID}, ID, None),
        ({}, None, None),
        (None, None, None),
        ([ROW], None, None),
    ],
)
def test_T17_a_row_that_cannot_be_read_hides_no_other(
    client: WompiClient, mock: Mock, row: Any, name: str | None, reference: str | None
) -> None:
    """To leave it out would say "not paid" of one that may be, to give up would hide the one that is: it stands in its
    place, with what can be read of it."""
    mock.get(LIST, json={"data": [row, ROW | {"id": "1-1-2"}]})
    odd, good = client.transactions_by_reference(REFERENCE)
    assert isinstance(odd, OddRow)
    assert (odd.transaction_id, odd.reference) == (name, reference)
    assert good == transaction(id="1-1-2")


@pytest.mark.parametrize("reference", ["OTHER-A", REFERENCE.lower(), f"{REFERENCE} "])
def test_T17_a_row_of_another_reference_is_left_out_however_odd(
    client: WompiClient, mock: Mock, reference: str
) -> None:
    """Its reference can be read, and is not the one that was asked for."""
    mock.get(LIST, json={"data": [ROW | {"reference": reference, "status": None}, ROW | {"reference": ""}]})
    assert client.transactions_by_reference(REFERENCE) == []


@pytest.mark.parametrize("meta", [None, [], "x", {}, {"total_results": None}, {"total_results": "2"},
                                  {"total_results": True}, {"total_results": -1}, {"total_results": 2.0}])  # fmt: skip
def test_T17_a_count_that_cannot_be_read_is_none(client: WompiClient, mock: Mock, meta: Any) -> None:
    """The pages are read until one is empty."""
    mock.get(LIST, json={"data": [ROW], "meta": meta})
    mock.get(LIST, json={"data": [ROW | {"id": "1-1-2"}], "meta": meta})
    mock.get(LIST, json={"data": [], "meta": meta})
    assert ids(client.transactions_by_reference(REFERENCE)) == [ID, "1-1-2"]
    assert len(mock.calls) == 3


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

    def test_T16_on_whatever_page(self, client: WompiClient, mock: Mock) -> None:
        """The list is read until the id is found, and no further."""
        for page in range(3):
            mock.get(LIST, json={"data": [ROW | {"id": f"1-1-{page}"}], "meta": {"total_results": 5}})
        assert client.is_ours(transaction(id="1-1-1", merchant=None))
        assert len(mock.calls) == 2
        mock.assert_all_requests_are_fired = False

    def test_T16_a_list_that_ends_short_is_not_a_no(self, client: WompiClient, mock: Mock) -> None:
        """The id may stand in the part that is missing."""
        mock.get(LIST, json={"data": [ROW], "meta": {"total_results": 61}})
        with pytest.raises(IncompleteList):
            client.is_ours(transaction(id="9-9-9", merchant=None))
        assert client.is_ours(transaction(merchant=None))

    def test_T17_a_row_that_cannot_be_read_may_be_the_one(self, client: WompiClient, mock: Mock) -> None:
        """Where its id can be read it is, or it is not; where it cannot, nothing is said."""
        mock.get(LIST, json={"data": [ROW | {"status": None}], "meta": {"total_results": 1}})
        assert client.is_ours(transaction(merchant=None))
        assert not client.is_ours(transaction(id="9-9-9", merchant=None))
        mock.replace(responses.GET, LIST, json={"data": [ROW | {"id": 7}], "meta": {"total_results": 1}})
        with pytest.raises(OddRow):
            client.is_ours(transaction(merchant=None))

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

    def walk(self, client: WompiClient) -> list[str | None]:
        return ids(client.transactions_between(*self.DAYS))

    @pytest.mark.parametrize("sizes", [[0], [1], [PAGE_SIZE], [PAGE_SIZE, 1], [100, 100, 50]])
    def test_page_after_page(self, client: WompiClient, mock: Mock, sizes: list[int]) -> None:
        """Until the list's own count is reached."""
        for number, size in enumerate(sizes):
            meta = {"page": number + 1, "page_size": size, "total_results": sum(sizes)}
            mock.get(LIST, json={"data": self.rows(sum(sizes[:number]), size), "meta": meta})
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

    def test_each_page_waits_its_turn(self, client: WompiClient, mock: Mock) -> None:
        """``before_page`` is called before each call."""
        mock.get(LIST, json={"data": self.rows(0, 1), "meta": {"total_results": 2}})
        mock.get(LIST, json={"data": self.rows(1, 1), "meta": {"total_results": 2}})
        called_after: list[int] = []
        list(client.transactions_between(*self.DAYS, before_page=lambda: called_after.append(len(mock.calls))))
        assert called_after == [0, 1]

    def test_T17_a_list_that_ends_short_says_so_last(self, client: WompiClient, mock: Mock) -> None:
        """A server that ignores the page: what it gave is there, and how much is missing."""
        mock.get(LIST, json={"data": self.rows(0, 100), "meta": {"total_results": 250}})
        *found, last = client.transactions_between(*self.DAYS)
        assert isinstance(last, IncompleteList)
        assert (len(found), last.count, last.total) == (100, 100, 250)

    def test_T17_an_unreadable_row_hides_no_other(self, client: WompiClient, mock: Mock) -> None:
        """It stands in its place, and what it tells of itself has nothing of its content."""
        odd = [ROW | {"id": "ana@example.com", "status": 1}, None]
        mock.get(LIST, json={"data": [ROW, *odd, ROW | {"id": "1-1-2"}], "meta": {"total_results": 4}})
        found = list(client.transactions_between(*self.DAYS))
        assert ids(found) == [ID, None, None, "1-1-2"]
        assert "ana" not in "".join(str(row) for row in found if isinstance(row, OddRow))

    def test_a_page_that_fails_is_told(self, client: WompiClient, mock: Mock) -> None:
        """An incomplete walk never looks like a complete one."""
        mock.get(LIST, json={"data": self.rows(0, PAGE_SIZE), "meta": {"total_results": 201}})
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
    assert [path.partition("&")[0] for path in loopback.asked[2:]] == ["GET /v1/transactions?reference=A"] * 2


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
