"""The WHMCS client: reads that trust no filter, and a write that is sent once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests
import responses
from responses import RequestsMock as Mock

from tests.ports import free_port
from whmcs_bridge.whmcs.answers import (
    AccessRefused,
    ClientNotFound,
    InvoiceCancelled,
    InvoiceNotFound,
    OddAnswer,
    Unclear,
    Unreachable,
    WhmcsError,
)
from whmcs_bridge.whmcs.client import PAGE_SIZE, WhmcsClient
from whmcs_bridge.whmcs.models import BookedPayment
from whmcs_bridge.whmcs.proof import Found, Has, Proof
from wompi_gateway.transport import Transport

API = "https://clientes.example.com/includes/api.php"
TRANSID = "1234-1610641025-49201"

# The shapes of WHMCS's reference pages, values invented.
INVOICE: dict[str, Any] = {
    "result": "success", "invoiceid": 1042, "invoicenum": "", "userid": 77,
    "date": "2026-02-01", "duedate": "2026-02-15", "datepaid": "0000-00-00 00:00:00",
    "subtotal": "50000.00", "credit": "500.00", "tax": "9500.00", "tax2": "0.00",
    "total": "59500.00", "balance": "59000.00", "status": "Unpaid", "paymentmethod": "wompi", "notes": "",
    "items": {"item": [{"id": 5001, "type": "Hosting", "description": "Plan &quot;Web&quot; &amp; m\u00e1s\n(01\\/02)",
                        "amount": "50000.00", "taxed": 1}]},
    "transactions": "",
}  # fmt: skip
CLIENT: dict[str, Any] = {
    "client_id": 77, "userid": 77, "id": 77, "owner_user_id": 41, "fullname": "Ana Ruiz", "email": "ana@example.com",
    "phonenumber": "3001234567", "phonecc": "57", "currency": 1, "currency_code": "COP", "language": "spanish",
}  # fmt: skip
LISTED: dict[str, Any] = {
    "id": 1042, "userid": 77, "invoicenum": "", "date": "2026-02-01", "duedate": "2026-02-15", "total": "59500.00",
    "status": "Unpaid", "paymentmethod": "wompi", "currencycode": "COP",
}  # fmt: skip
BOOKED: dict[str, Any] = {
    "id": "10", "userid": "77", "currency": "0", "gateway": "wompi", "date": "2026-02-03 10:11:12",
    "amountin": "59500.00", "fees": "1900.00", "amountout": "0.00", "rate": "1.00000",
    "transid": TRANSID, "invoiceid": "1042", "refundid": "0",
}  # fmt: skip


@pytest.fixture
def mock() -> Iterator[Mock]:
    with Mock() as mock:
        yield mock


@pytest.fixture
def client(mock: Mock) -> Iterator[WhmcsClient]:
    transport = Transport()
    yield WhmcsClient(API, identifier="the-identifier", secret="the-secret", access_key="key", transport=transport)
    transport.close()


def sent(mock: Mock) -> list[dict[str, str]]:
    return [dict(parse_qsl(str(call.request.body), keep_blank_values=True)) for call in mock.calls]


def found(name: str, inner: str, *rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"result": "success", "totalresults": len(rows), name: {inner: list(rows)}} | more


class TestEveryCall:
    def test_credentials_travel_in_the_body(self, client: WhmcsClient, mock: Mock) -> None:
        """Never in an address, which ends up in logs; JSON is asked for each time."""
        mock.post(API, json=INVOICE)
        client.invoice(1042)
        assert sent(mock) == [
            {
                "action": "GetInvoice",
                "invoiceid": "1042",
                "identifier": "the-identifier",
                "secret": "the-secret",
                "accesskey": "key",
                "responsetype": "json",
            }
        ]
        assert mock.calls[0].request.url == API

    def test_no_access_key_unless_there_is_one(self, mock: Mock) -> None:
        """An empty one would be compared with the installation's."""
        mock.post(API, json=INVOICE)
        transport = Transport()
        WhmcsClient(API, identifier="i", secret="s", transport=transport).invoice(1042)
        transport.close()
        assert "accesskey" not in sent(mock)[0]

    @pytest.mark.parametrize(
        "error",
        [
            requests.ConnectTimeout("x"),
            requests.exceptions.SSLError("x"),
            requests.ReadTimeout("x"),
            requests.ConnectionError("reset"),
        ],
    )
    @pytest.mark.parametrize("write", [True, False])
    def test_T20_no_answer(self, client: WhmcsClient, mock: Mock, error: Exception, write: bool) -> None:
        """Perhaps done, whatever the error is called: nothing has shown that it was not sent. And no error shows a
        credential."""
        mock.post(API, body=error)
        with pytest.raises(Unclear) as caught:
            book(client) if write else client.invoice(1042)
        assert "the-secret" not in str(caught.value)
        if write:
            assert len(mock.calls) == 1

    @pytest.mark.parametrize("write", [True, False])
    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_T20_surely_not_reached(self, scheme: str, write: bool) -> None:
        """Nobody listens: no connection, and so no request."""
        transport = Transport()
        address = f"{scheme}://127.0.0.1:{free_port()}/"
        client = WhmcsClient(address, identifier="i", secret="the-secret", transport=transport)
        with pytest.raises(Unreachable) as caught:
            book(client) if write else client.invoice(1042)
        transport.close()
        assert "the-secret" not in str(caught.value)


class TestInvoice:
    def test_all_of_it(self, client: WhmcsClient, mock: Mock) -> None:
        """Money in cents, dates as dates, entities unescaped once, the owner under WHMCS's misleading name."""
        mock.post(API, json=INVOICE)
        invoice = client.invoice(1042)
        assert (invoice.id, invoice.client_id, invoice.status) == (1042, 77, "Unpaid")
        assert (invoice.total, invoice.balance, invoice.credit, invoice.tax) == (5950000, 5900000, 50000, 950000)
        assert (invoice.date, invoice.due_date) == (date(2026, 2, 1), date(2026, 2, 15))
        assert invoice.payment_method == "wompi"
        assert [(line.description, line.amount) for line in invoice.lines] == [('Plan "Web" & más\n(01\\/02)', 5000000)]

    @pytest.mark.parametrize(("number", "printed"), [("", "1042"), (None, "1042"), ("FE-7", "FE-7"), (7, "7")])
    def test_the_number_that_the_client_knows(
        self, client: WhmcsClient, mock: Mock, number: object, printed: str
    ) -> None:
        """Without sequential numbers, or before the payment with proformas, it is the id."""
        mock.post(API, json=INVOICE | {"invoicenum": number})
        assert client.invoice(1042).printed_number == printed

    @pytest.mark.parametrize("items", ["", [], {}, None, {"item": ""}, {"item": []}])
    def test_no_lines(self, client: WhmcsClient, mock: Mock, items: object) -> None:
        """However an empty list is written."""
        mock.post(API, json=INVOICE | {"items": items})
        assert client.invoice(1042).lines == []

    def test_older_versions(self, client: WhmcsClient, mock: Mock) -> None:
        """Numbers as texts, zero dates, one bare line, and nothing that is not needed."""
        line = {"description": "Plan", "amount": "10.00"}
        needed = {"invoiceid": "1042", "userid": "77", "total": "10.00", "balance": "0.00", "status": "Paid"}
        mock.post(API, json={"result": "success", "duedate": "0000-00-00", "items": {"item": line}} | needed)
        invoice = client.invoice(1042)
        assert (invoice.id, invoice.client_id, invoice.due_date, invoice.balance) == (1042, 77, None, 0)
        assert [row.amount for row in invoice.lines] == [1000]

    @pytest.mark.parametrize(
        "changes",
        [
            {"invoiceid": 1043}, {"invoiceid": None}, {"userid": ""}, {"total": "1,000.00"}, {"total": None},
            {"balance": ""}, {"balance": "$5"}, {"status": None}, {"balance": "nan"},
        ],
    )  # fmt: skip
    def test_another_invoice_or_none_that_can_be_read(
        self, client: WhmcsClient, mock: Mock, changes: dict[str, Any]
    ) -> None:
        """Nothing is charged by an answer that is not about this invoice, or that does not say how much."""
        mock.post(API, json=INVOICE | changes)
        with pytest.raises(Unclear):
            client.invoice(1042)

    def test_no_such_invoice(self, client: WhmcsClient, mock: Mock) -> None:
        mock.post(API, json={"result": "error", "message": "Invoice ID Not Found"})
        with pytest.raises(InvoiceNotFound):
            client.invoice(1042)


class TestClient:
    @pytest.mark.parametrize("inside", [True, False])
    def test_both_places(self, client: WhmcsClient, mock: Mock, inside: bool) -> None:
        """Under ``client``, or on the outside as old versions write it; nothing personal is shown in a log."""
        mock.post(API, json={"result": "success"} | ({"client": CLIENT, "id": 5} if inside else CLIENT))
        read = client.client(77)
        assert (read.id, read.currency, read.language) == (77, "COP", "spanish")
        assert (read.email, read.full_name, read.phone_prefix) == ("ana@example.com", "Ana Ruiz", "57")
        for personal in ("ana@example.com", "Ana", "3001234567"):
            assert personal not in repr(read)
        assert sent(mock)[0]["clientid"] == "77"

    @pytest.mark.parametrize("name", ["client_id", "userid", "id"])
    def test_any_of_its_ids(self, client: WhmcsClient, mock: Mock, name: str) -> None:
        """All three mean the client; the user who signs in has another one."""
        mock.post(API, json={"result": "success", "client": {name: "77", "phonecc": 57, "fullname": None}})
        read = client.client(77)
        assert (read.id, read.phone_prefix, read.full_name) == (77, "57", "")

    @pytest.mark.parametrize("document", [{"client": CLIENT | {"client_id": 78}}, {"client": {}}, {}, {"client": []}])
    def test_another_client(self, client: WhmcsClient, mock: Mock, document: dict[str, Any]) -> None:
        """Another one's data, or nobody's."""
        mock.post(API, json={"result": "success"} | document)
        with pytest.raises(Unclear):
            client.client(77)

    def test_no_such_client(self, client: WhmcsClient, mock: Mock) -> None:
        mock.post(API, json={"result": "error", "message": "Client Not Found"})
        with pytest.raises(ClientNotFound):
            client.client(77)


def paged(rows: list[dict[str, Any]], **counters: Any) -> Callable[[Any], tuple[int, dict[str, str], str]]:
    """A server that knows about pages, and counts as told."""

    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        asked = dict(parse_qsl(request.body))
        start, size = int(asked["limitstart"]), int(asked["limitnum"])
        page = rows[start : start + size]
        return 200, {}, json.dumps({"result": "success", "invoices": {"invoice": page}} | counters)

    return answer


class TestUnpaidInvoices:
    @pytest.mark.parametrize("count", [0, 1, PAGE_SIZE - 1, PAGE_SIZE, PAGE_SIZE + 1, 2 * PAGE_SIZE, 2 * PAGE_SIZE + 5])
    @pytest.mark.parametrize("counted", [True, False])
    def test_page_after_page(self, client: WhmcsClient, mock: Mock, count: int, counted: bool) -> None:
        """All of them, each once, with ``totalresults`` (as a text, as some versions write it) and without."""
        rows = [LISTED | {"id": number} for number in range(1, count + 1)]
        counters = {"totalresults": str(count)} if counted else {}
        mock.add_callback(responses.POST, API, paged(rows, **counters))
        assert [row.id for row in client.unpaid_invoices(77)] == list(range(1, count + 1))
        first = sent(mock)[0]
        assert (first["userid"], first["status"], first["orderby"], first["order"]) == ("77", "Unpaid", "id", "asc")

    def test_the_one_due_first_in_front(self, client: WhmcsClient, mock: Mock) -> None:
        """By due date, those without one last; overdue ones belong to it."""
        rows = [
            LISTED | {"id": 1, "duedate": "0000-00-00"},
            LISTED | {"id": 2, "duedate": "2026-03-01"},
            LISTED | {"id": 3, "duedate": "2026-01-01", "status": "Overdue"},
            LISTED | {"id": 4, "duedate": "2026-03-01"},
        ]
        mock.post(API, json=found("invoices", "invoice", *rows))
        assert [row.id for row in client.unpaid_invoices(77)] == [3, 2, 4, 1]

    def test_a_filter_that_was_ignored(self, client: WhmcsClient, mock: Mock) -> None:
        """Other clients' invoices, and those that are not unpaid, are dropped here."""
        rows = [
            LISTED | {"id": 1, "userid": 78},
            LISTED | {"id": 2, "userid": "77"},
            *(
                LISTED | {"id": 3, "status": status}
                for status in ("Paid", "Draft", "Cancelled", "Refunded", "Collections")
            ),
        ]
        mock.post(API, json=found("invoices", "invoice", *rows))
        assert [row.id for row in client.unpaid_invoices(77)] == [2]

    def test_a_page_that_was_ignored(self, client: WhmcsClient, mock: Mock, caplog: pytest.LogCaptureFixture) -> None:
        """The same page for ever: each invoice once, and an end that is logged."""
        mock.post(API, json={"result": "success", "invoices": {"invoice": [LISTED]}})
        assert [row.id for row in client.unpaid_invoices(77)] == [1042]
        assert len(mock.calls) == 2

    @pytest.mark.parametrize("invoices", ["", [], {}, None, {"invoice": ""}, {"invoice": []}])
    def test_none(self, client: WhmcsClient, mock: Mock, invoices: object) -> None:
        """However an empty list is written."""
        mock.post(API, json={"result": "success", "totalresults": 0, "invoices": invoices})
        assert client.unpaid_invoices(77) == []

    def test_a_page_that_fails_is_told(self, client: WhmcsClient, mock: Mock) -> None:
        """Half a list is never shown as the whole one."""
        mock.post(API, json=found("invoices", "invoice", LISTED, totalresults=2))
        mock.post(API, body="<html>Oops</html>")
        with pytest.raises(Unclear):
            client.unpaid_invoices(77)


class TestPayments:
    def test_what_is_asked(self, client: WhmcsClient, mock: Mock) -> None:
        """By the transaction's id alone."""
        mock.post(API, json=found("transactions", "transaction", BOOKED))
        assert [(row.id, row.amount_in, row.amount_out) for row in client.payments(TRANSID)] == [(10, 5950000, 0)]
        assert sent(mock)[0]["transid"] == TRANSID

    @pytest.mark.parametrize(
        "other", [TRANSID + "1", "x" + TRANSID, TRANSID[:-1], "", TRANSID.replace("-", "_"), "0", "bank-11"]
    )
    def test_T4_rows_of_other_ids_are_no_answer(self, client: WhmcsClient, mock: Mock, other: str) -> None:
        """WHMCS was asked for one id: an answer about another, beside the right one or alone, is none."""
        mock.post(API, json=found("transactions", "transaction", BOOKED | {"transid": other}, BOOKED))
        with pytest.raises(OddAnswer):
            client.payments(TRANSID)
        mock.replace(responses.POST, API, json=found("transactions", "transaction", BOOKED | {"transid": other}))
        with pytest.raises(OddAnswer):
            client.payments(TRANSID)

    @pytest.mark.parametrize("counted", [2, "2", 0, "0", None, "", "many", -1, 1.5])
    def test_T4_fewer_rows_than_are_counted_is_no_answer(self, client: WhmcsClient, mock: Mock, counted: Any) -> None:
        """A list is whole when it names as many rows as it counts; one that counts nothing at all is not."""
        mock.post(API, json=found("transactions", "transaction", BOOKED, totalresults=counted))
        with pytest.raises(OddAnswer):
            client.payments(TRANSID)

    @pytest.mark.parametrize("counted", [1, "1", None, "", "x"])
    def test_T4_absent_is_believed_of_a_whole_answer_only(
        self, client: WhmcsClient, mock: Mock, counted: object
    ) -> None:
        """An empty list that counts rows, or that does not count, is no "absent"."""
        mock.post(API, json={"result": "success", "totalresults": counted, "transactions": ""})
        with pytest.raises(OddAnswer):
            client.payments(TRANSID)
        mock.replace(responses.POST, API, json={"result": "success", "transactions": ""})
        with pytest.raises(OddAnswer):
            client.payments(TRANSID)

    def test_T4_parts_and_voids_of_the_same_transaction_are_not_foreign(self, client: WhmcsClient, mock: Mock) -> None:
        """Ids that begin with the asked one and a hyphen belong to it, and are not it."""
        others = [BOOKED | {"transid": f"{TRANSID}-{end}"} for end in ("1042", "VOIDED", "")]
        mock.post(API, json=found("transactions", "transaction", *others, BOOKED))
        assert [row.transid for row in client.payments(TRANSID)] == [TRANSID]

    @pytest.mark.parametrize("written", ["12-ABC ", "12-ABC", "12-abc   ", "12-\u00e1bc", "12-a\u200bbc"])
    def test_T2_ids_are_compared_as_whmcs_compares(self, client: WhmcsClient, mock: Mock, written: str) -> None:
        """MySQL's collations ignore case, blanks at the end, accents and what has no width: such a row is ours."""
        mock.post(API, json=found("transactions", "transaction", BOOKED | {"transid": written}))
        assert [row.transid for row in client.payments("12-abc")] == [written]

    @pytest.mark.parametrize("transactions", ["", [], {}, None, {"transaction": ""}, {"transaction": []}])
    def test_F12_none(self, client: WhmcsClient, mock: Mock, transactions: object) -> None:
        """Nothing booked is a success that counts none, however the list is written, or with no list at all."""
        mock.post(API, json={"result": "success", "totalresults": 0, "transactions": transactions})
        assert client.payments(TRANSID) == []
        mock.replace(responses.POST, API, json={"result": "success", "totalresults": "0"})
        assert client.payments(TRANSID) == []

    @pytest.mark.parametrize(
        "transactions", [{"transaction": BOOKED}, BOOKED, {"0": BOOKED}, [BOOKED], {"transaction": {"0": BOOKED}}]
    )
    def test_one_in_every_shape(self, client: WhmcsClient, mock: Mock, transactions: object) -> None:
        """A row that was overlooked would be booked twice."""
        mock.post(API, json={"result": "success", "totalresults": 1, "transactions": transactions})
        assert len(client.payments(TRANSID)) == 1

    def test_two(self, client: WhmcsClient, mock: Mock) -> None:
        """A double is seen as such."""
        mock.post(API, json=found("transactions", "transaction", BOOKED, BOOKED | {"id": 11}))
        assert [row.id for row in client.payments(TRANSID)] == [10, 11]

    @pytest.mark.parametrize(
        "row",
        [
            BOOKED | {"amountin": "many"},
            {"id": "10", "transid": TRANSID},
            {key: value for key, value in BOOKED.items() if key != "amountin"},
            "row",
            None,
        ],
    )
    def test_a_row_that_cannot_be_read_is_not_absence(self, client: WhmcsClient, mock: Mock, row: object) -> None:
        """A row that does not say what came in, taken for "nothing booked", would be booked twice."""
        mock.post(API, json={"result": "success", "totalresults": 1, "transactions": {"transaction": [row]}})
        with pytest.raises(Unclear):
            client.payments(TRANSID)


class TestTakenBack:
    OUT = BOOKED | {"id": "11", "amountin": "0.00", "amountout": "59500.00"}

    @pytest.mark.parametrize(
        ("rows", "taken"),
        [
            pytest.param([BOOKED], False, id="paid"),
            pytest.param([BOOKED, OUT], True, id="same-transid"),
            pytest.param([BOOKED, OUT | {"transid": "", "refundid": "10"}], True, id="against-its-row"),
            pytest.param([OUT | {"transid": "void-1", "refundid": "10"}, BOOKED], True, id="any-order"),
            pytest.param([BOOKED, OUT | {"transid": "x", "refundid": "9"}], False, id="another-payment-s-refund"),
            pytest.param([BOOKED, OUT | {"transid": "x", "refundid": "0"}], False, id="money-out-for-nothing"),
            pytest.param([BOOKED, OUT | {"refundid": "10", "transid": "", "amountout": "0.00"}], False, id="zero"),
            pytest.param([BOOKED | {"id": ""}, OUT | {"transid": "", "refundid": ""}], False, id="ids-left-empty"),
            pytest.param([], False, id="nothing"),
        ],
    )
    def test_refunds(self, client: WhmcsClient, mock: Mock, rows: list[dict[str, Any]], taken: bool) -> None:
        """Money out with this transaction id, or against a row that carries it."""
        mock.post(API, json=found("transactions", "transaction", *rows))
        booked = Found(Has.THIS, tuple(BookedPayment.model_validate(row) for row in rows if row["amountin"] != "0.00"))
        assert Proof(client).taken_back(TRANSID, booked, 1042) is taken
        assert sent(mock)[0]["invoiceid"] == "1042"

    @pytest.mark.parametrize("odd", [BOOKED | {"invoiceid": "1043"}, BOOKED | {"invoiceid": "0"}])
    def test_T4_rows_of_another_invoice_are_no_answer(self, client: WhmcsClient, mock: Mock, odd: Any) -> None:
        """Whether money went back hangs on a whole answer about this invoice."""
        mock.post(API, json=found("transactions", "transaction", BOOKED, odd))
        with pytest.raises(OddAnswer):
            client.transactions_of_invoice(1042)
        mock.replace(responses.POST, API, json=found("transactions", "transaction", BOOKED, totalresults=2))
        with pytest.raises(OddAnswer):
            client.transactions_of_invoice(1042)

    def test_T4_rows_of_another_client_are_no_answer(self, client: WhmcsClient, mock: Mock) -> None:
        """A row that names no client is the asked one's."""
        mock.post(API, json=found("transactions", "transaction", BOOKED, BOOKED | {"userid": "0"}))
        assert len(client.transactions_of_client(77)) == 2
        mock.replace(responses.POST, API, json=found("transactions", "transaction", BOOKED | {"userid": "78"}))
        with pytest.raises(OddAnswer):
            client.transactions_of_client(77)


def book(client: WhmcsClient) -> None:
    paid_at = datetime(2026, 2, 3, 10, 11, 12, 999999)  # noqa: DTZ001 - already in WHMCS's own zone
    client.add_invoice_payment(
        invoice_id=1042, transid=TRANSID, gateway="wompi", amount_in_cents=5950000, paid_at=paid_at
    )


class TestAddInvoicePayment:
    def test_what_whmcs_is_told(self, client: WhmcsClient, mock: Mock) -> None:
        """The fields of the contract, in WHMCS's own forms, and nothing else."""
        mock.post(API, json={"result": "success"})
        book(client)
        (told,) = sent(mock)
        credential = {"identifier", "secret", "accesskey", "responsetype"}
        assert {name: value for name, value in told.items() if name not in credential} == {
            "action": "AddInvoicePayment",
            "invoiceid": "1042",
            "transid": TRANSID,
            "gateway": "wompi",
            "amount": "59500.00",
            "date": "2026-02-03 10:11:12",
        }

    @pytest.mark.parametrize(
        ("status", "body", "expected"),
        [
            (200, "", Unclear),
            (200, "<html>Oops</html>", Unclear),
            (200, '{"result":"succ', Unclear),
            (200, '{"warning":"not done"}', Unclear),
            (302, "", Unclear),
            (500, '{"result":"success"}', Unclear),
            (504, "<html>Gateway Time-out</html>", Unclear),
            (429, "", Unclear),
            (403, "<html>Cloudflare</html>", Unclear),
            (403, "result=error;message=Invalid IP 203.0.113.9", AccessRefused),
            (200, '{"result":"error","message":"Invoice ID Not Found"}', InvoiceNotFound),
            (
                200,
                '{"result":"error","message":"It is not possible to add a payment to an invoice that is Cancelled"}',
                InvoiceCancelled,
            ),
        ],
    )
    def test_sent_once_whatever_comes_back(
        self, client: WhmcsClient, mock: Mock, status: int, body: str, expected: type[WhmcsError]
    ) -> None:
        """WHMCS refuses no duplicate: what may have taken effect is never simply sent again."""
        mock.post(API, body=body, status=status)
        with pytest.raises(WhmcsError) as caught:
            book(client)
        assert type(caught.value) is expected
        assert len(mock.calls) == 1

    def test_each_kind_of_call_has_its_own_time_limit(self, mock: Mock) -> None:
        """A booking sends e-mails and sets up services within the call; a read does not."""
        mock.post(API, json=INVOICE)
        transport = Transport()
        client = WhmcsClient(API, identifier="i", secret="s", timeout=7, post_timeout=90, transport=transport)
        client.invoice(1042)
        book(client)
        transport.close()
        limits = [call.request.req_kwargs["timeout"][1] for call in mock.calls]  # type: ignore[attr-defined]  # added by responses
        assert limits == [7, 90]
