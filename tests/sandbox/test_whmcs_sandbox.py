"""The sandbox WHMCS's API, against developers.whmcs.com and the field's reports."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import requests

from whmcs_bridge.sandbox.whmcs.server import WhmcsSandbox

from .conftest import Clock


def post(whmcs: WhmcsSandbox, action: str, **fields: Any) -> requests.Response:
    credentials = {"identifier": whmcs.identifier, "secret": whmcs.secret, "responsetype": "json"}
    return requests.post(whmcs.api_url, data=credentials | {"action": action} | fields, timeout=5)


def call(whmcs: WhmcsSandbox, action: str, **fields: Any) -> dict[str, Any]:
    answer = post(whmcs, action, **fields)
    assert answer.status_code == 200
    body = answer.json()
    assert isinstance(body, dict)
    return body


def message(whmcs: WhmcsSandbox, action: str, **fields: Any) -> str:
    """The words of a business error, which comes with 200."""
    body = call(whmcs, action, **fields)
    assert body["result"] == "error"
    return str(body["message"])


@pytest.fixture
def invoice(whmcs: WhmcsSandbox) -> int:
    return whmcs.add_invoice(whmcs.add_client(), "59500.00", tax="9500.00", duedate="2026-10-05")


# --- the envelope


@pytest.mark.parametrize(
    ("fields", "status", "text"),
    [
        ({"secret": "wrong"}, 403, "Authentication Failed"),
        ({"identifier": "", "secret": ""}, 403, "Authentication Failed"),
        ({"identifier": "wrong"}, 403, "Invalid or missing credentials"),
        ({"action": ""}, 400, "Empty action request"),
        ({"action": "NoSuchThing"}, 200, "Command Not Found"),
        ({"action": "__init__"}, 200, "Command Not Found"),
    ],
)
def test_errors_before_the_action(whmcs: WhmcsSandbox, fields: dict[str, str], status: int, text: str) -> None:
    """403 for credentials, 400 without an action, 200 for most else."""
    answer = post(whmcs, **({"action": "WhmcsDetails"} | fields))
    assert (answer.status_code, answer.json()) == (status, {"result": "error", "message": text})


def test_old_names_of_the_credentials(whmcs: WhmcsSandbox) -> None:
    """username and password stand for identifier and secret; actions are case-insensitive."""
    fields = {"username": whmcs.identifier, "password": whmcs.secret, "action": "whmcsDETAILS", "responsetype": "json"}
    assert requests.post(whmcs.api_url, data=fields, timeout=5).json()["whmcs"]["version"] == "8.13.1"


def test_the_address_must_be_listed_unless_the_access_key_is_sent(whmcs: WhmcsSandbox) -> None:
    """Invalid IP as JSON or, as some versions do, as text; the access key goes past the list."""
    whmcs.allowed_ips = {"203.0.113.9"}
    refused = post(whmcs, "WhmcsDetails")
    assert (refused.status_code, refused.json()["message"]) == (403, "Invalid IP 127.0.0.1")
    whmcs.ip_error_as_nvp = True
    assert post(whmcs, "WhmcsDetails").text == "result=error;message=Invalid IP 127.0.0.1"
    whmcs.access_key = "key"
    assert post(whmcs, "WhmcsDetails", accesskey="key").status_code == 200


def test_a_role_may_lack_an_action(whmcs: WhmcsSandbox) -> None:
    """403, and the action in lower case."""
    whmcs.denied = {"addinvoicepayment"}
    answer = post(whmcs, "AddInvoicePayment")
    assert answer.status_code == 403
    assert answer.json()["message"] == 'Invalid Permissions: API action "addinvoicepayment" is not allowed'


def test_json_must_be_asked_for(whmcs: WhmcsSandbox) -> None:
    """Without responsetype=json the answer is not JSON."""
    assert post(whmcs, "LogActivity", responsetype="").text == "result=success"


def test_maintenance_closes_everything(whmcs: WhmcsSandbox) -> None:
    """A page with 503, for the API too."""
    whmcs.maintenance = True
    answers = [post(whmcs, "WhmcsDetails"), requests.get(whmcs.url, timeout=5)]
    assert [(row.status_code, row.headers["Content-Type"].split(";")[0]) for row in answers] == [(503, "text/html")] * 2


# --- reads


def test_get_invoice_has_the_documented_shape(whmcs: WhmcsSandbox, invoice: int) -> None:
    """Money as strings, the zero date, "" for no transactions, a balance, and no currency."""
    assert call(whmcs, "GetInvoice", invoiceid=invoice) == {
        "result": "success", "invoiceid": 1042, "invoicenum": "", "userid": 77, "date": "2026-09-21",
        "duedate": "2026-10-05", "datepaid": "0000-00-00 00:00:00", "lastcaptureattempt": "0000-00-00 00:00:00",
        "subtotal": "50000.00", "credit": "0.00", "tax": "9500.00", "tax2": "0.00", "total": "59500.00",
        "balance": "59500.00", "taxrate": "19.000", "taxrate2": "0.000", "status": "Unpaid", "paymentmethod": "wompi",
        "notes": "", "ccgateway": False,
        "items": {"item": [{"id": 5001, "type": "Hosting", "relid": 88, "description": "Plan Web Esencial, un mes",
                            "amount": "50000.00", "taxed": 1}]},
        "transactions": "",
    }  # fmt: skip


def test_older_versions_answer_numbers_as_strings(whmcs: WhmcsSandbox, invoice: int) -> None:
    """Integers become strings, booleans stay."""
    whmcs.strings = True
    body = call(whmcs, "GetInvoice", invoiceid=invoice)
    assert (body["invoiceid"], body["userid"], body["items"]["item"][0]["taxed"]) == ("1042", "77", "1")
    assert body["ccgateway"] is False


@pytest.mark.parametrize("invoice_id", [9, "", "abc"])
def test_an_unknown_invoice(whmcs: WhmcsSandbox, invoice_id: object) -> None:
    """Invoice ID Not Found, with 200."""
    assert message(whmcs, "GetInvoice", invoiceid=invoice_id) == "Invoice ID Not Found"


def test_get_invoices_has_the_currency_but_no_balance(whmcs: WhmcsSandbox, invoice: int) -> None:
    """What GetInvoice lacks is here, and the other way round."""
    (row,) = call(whmcs, "GetInvoices", userid=77)["invoices"]["invoice"]
    assert (row["id"], row["currencycode"], row["currencysuffix"]) == (invoice, "COP", " COP")
    assert not {"balance", "items", "transactions"} & set(row)
    assert row["date_cancelled"] == "0000-00-00 00:00:00"


def test_get_invoices_filters_sorts_and_pages(whmcs: WhmcsSandbox) -> None:
    """By client, by status with Overdue for an unpaid one past its date; 25 a page unless told."""
    ana, luz = whmcs.add_client(), whmcs.add_client(firstname="Luz")
    for number in range(30):
        whmcs.add_invoice(ana, 10_000 + number, duedate="2026-09-20" if number == 3 else None)
    whmcs.add_invoice(luz, 20_000, status="Paid")

    def ids(**fields: Any) -> list[int]:
        found = call(whmcs, "GetInvoices", **fields)
        assert found["numreturned"] == len(found["invoices"]["invoice"])
        return [row["id"] for row in found["invoices"]["invoice"]]

    assert ids(userid=ana) == list(range(1042, 1067))
    assert ids(userid=ana, limitstart=25) == list(range(1067, 1072))
    assert ids(limitnum=2, orderby="total", order="desc") == [1072, 1071]
    assert ids(status="Paid") == [1072]
    assert ids(status="Overdue") == [1045]
    none = call(whmcs, "GetInvoices", status="Refunded")
    assert (none["totalresults"], none["invoices"]) == (0, "")


def test_get_clients_details(whmcs: WhmcsSandbox) -> None:
    """The client under `client` and, deprecated, at the root; HTML entities in PHP's spelling; never the password."""
    client_id = whmcs.add_client(companyname="O'Neil & Peña", currency_code="USD")
    by_id = call(whmcs, "GetClientsDetails", clientid=client_id)
    assert by_id["client"]["companyname"] == by_id["companyname"] == "O&#039;Neil &amp; Peña"
    assert by_id["client"]["currency_code"] == "USD"
    assert by_id["client"]["phonenumberformatted"] == "+57.3001234567"
    assert "password" not in by_id["client"]
    assert call(whmcs, "GetClientsDetails", email="ana@ejemplo.test")["client"]["id"] == client_id
    assert message(whmcs, "GetClientsDetails", clientid=9) == "Client Not Found"
    assert message(whmcs, "GetClientsDetails") == "Either clientid Or email Is Required"


def test_get_transactions(whmcs: WhmcsSandbox, invoice: int) -> None:
    """Rows of strings; none is an empty string; the case of a transid does not count, so a caller must compare."""
    none = call(whmcs, "GetTransactions", transid="T-1")
    assert none == {
        "result": "success", "totalresults": 0, "startnumber": 0, "numreturned": 0, "transactions": "",
    }  # fmt: skip
    whmcs.add_payment(invoice, "T-1", amount="59500.00", fees="1900.00", date="2026-02-03 10:11:12")
    (row,) = call(whmcs, "GetTransactions", transid="t-1")["transactions"]["transaction"]
    assert row == {
        "id": "10", "userid": "77", "currency": "0", "gateway": "wompi", "date": "2026-02-03 10:11:12",
        "description": "Invoice Payment", "amountin": "59500.00", "fees": "1900.00", "amountout": "0.00",
        "rate": "1.00000", "transid": "T-1", "invoiceid": "1042", "refundid": "0",
    }  # fmt: skip


def test_the_small_reads(whmcs: WhmcsSandbox) -> None:
    """Gateways by system name, currencies by code, the version."""
    methods = call(whmcs, "GetPaymentMethods")["paymentmethods"]["paymentmethod"]
    assert [row["module"] for row in methods] == ["wompi", "banktransfer"]
    currencies = call(whmcs, "GetCurrencies")["currencies"]["currency"]
    assert [(row["code"], row["rate"]) for row in currencies] == [("COP", "1.00000"), ("USD", "0.00025")]
    assert call(whmcs, "WhmcsDetails")["whmcs"]["canonicalversion"] == "8.13.1-release.1"


# --- writes


def test_a_payment_of_the_balance_pays_the_invoice(whmcs: WhmcsSandbox, invoice: int) -> None:
    """The answer says nothing but success; gateway, date and fees are kept as sent."""
    assert call(
        whmcs, "AddInvoicePayment", invoiceid=invoice, transid="T-1", gateway="wompi", amount="59500.00",
        fees="3986.50", date="2026-09-21 08:00:00",
    ) == {"result": "success"}  # fmt: skip
    (row,) = whmcs.booked("T-1")
    assert (row.amountin, row.fees, row.gateway, row.date) == (
        Decimal("59500.00"), Decimal("3986.50"), "wompi", "2026-09-21 08:00:00",
    )  # fmt: skip
    body = call(whmcs, "GetInvoice", invoiceid=invoice)
    assert (body["status"], body["balance"], body["datepaid"]) == ("Paid", "0.00", "2026-09-21 08:00:00")
    assert body["transactions"]["transaction"][0]["transid"] == "T-1"
    assert whmcs.credits == []
    assert whmcs.activity == ["Added Invoice Payment - Invoice ID: 1042"]


def test_a_part_lowers_the_balance(whmcs: WhmcsSandbox, invoice: int) -> None:
    """The invoice stays Unpaid; without an amount the rest is paid, at the clock's time in Bogotá."""
    call(whmcs, "AddInvoicePayment", invoiceid=invoice, transid="T-1", gateway="wompi", amount="500.00")
    assert (whmcs.balance(invoice), whmcs.invoice(invoice).status) == (Decimal("59000.00"), "Unpaid")
    call(whmcs, "AddInvoicePayment", invoiceid=invoice, transid="T-2", gateway="wompi")
    assert whmcs.booked("T-2")[0].amountin == Decimal("59000.00")
    assert whmcs.booked("T-2")[0].date == "2026-09-21 08:13:20"
    assert whmcs.invoice(invoice).status == "Paid"


def test_whatever_exceeds_the_balance_becomes_credit(whmcs: WhmcsSandbox, invoice: int) -> None:
    """Also on an invoice that is paid already, and also with a transid that is known already."""
    for _ in range(2):
        call(whmcs, "AddInvoicePayment", invoiceid=invoice, transid="T-1", gateway="wompi", amount="60000.00")
    assert len(whmcs.booked("T-1")) == 2
    assert [row.amount for row in whmcs.credits] == [Decimal("500.00"), Decimal("60000.00")]
    assert whmcs.credit_of(77) == Decimal("60500.00")
    assert call(whmcs, "GetClientsDetails", clientid=77)["client"]["credit"] == "60500.00"


def test_a_cancelled_or_unknown_invoice_takes_no_payment(whmcs: WhmcsSandbox, invoice: int) -> None:
    """In WHMCS's documented words."""
    whmcs.set_invoice(invoice, status="Cancelled")
    text = "It is not possible to add a payment to an invoice that is Cancelled"
    assert message(whmcs, "AddInvoicePayment", invoiceid=invoice, transid="T-1", amount="1.00") == text
    whmcs.delete_invoice(invoice)
    assert message(whmcs, "AddInvoicePayment", invoiceid=invoice, transid="T-1") == "Invoice ID Not Found"
    assert whmcs.transactions == []


def test_add_transaction_can_make_client_credit_once(whmcs: WhmcsSandbox, invoice: int) -> None:
    """credit=1 without an invoice; the same transid again is refused, unless it is allowed; dates are localised."""
    fields = {"userid": 77, "paymentmethod": "wompi", "transid": "T-1", "amountin": "59500.00", "credit": 1}
    assert call(whmcs, "AddTransaction", **fields, date="21/09/2026") == {"result": "success"}
    assert whmcs.credit_of(77) == Decimal("59500.00")
    assert whmcs.booked("T-1")[0].date == "2026-09-21 00:00:00"
    assert message(whmcs, "AddTransaction", **fields) == "Transaction ID must be Unique"
    assert call(whmcs, "AddTransaction", **fields, allowduplicatetransid=1) == {"result": "success"}


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"userid": 9}, "Client ID Not Found"),
        ({"invoiceid": 9}, "Invoice ID Not Found"),
        ({"userid": 78, "invoiceid": 1042}, "User ID does not own the given Invoice ID"),
        ({}, "A Currency ID is required for non-customer related transactions"),
        ({"userid": 77}, "Payment Method is required"),
    ],
)
def test_add_transaction_refuses(whmcs: WhmcsSandbox, invoice: int, fields: dict[str, int], text: str) -> None:
    """In WHMCS's documented words."""
    whmcs.add_client()
    assert message(whmcs, "AddTransaction", **fields) == text


def test_a_payment_can_be_taken_back_by_hand(whmcs: WhmcsSandbox, invoice: int) -> None:
    """A row of money out against the payment; the payment's own row stays the only one of money in."""
    whmcs.add_payment(invoice, "T-1")
    whmcs.take_back("T-1")
    out = whmcs.transactions[-1]
    assert (out.amountout, out.refundid, out.transid) == (Decimal("59500.00"), whmcs.booked("T-1")[0].id, "")
    assert (len(whmcs.booked("T-1")), whmcs.invoice(invoice).status) == (1, "Refunded")


def test_the_small_writes(whmcs: WhmcsSandbox, clock: Clock) -> None:
    """Log, notification, mail to the admins; each with what it requires."""
    call(whmcs, "LogActivity", description="Hola", clientid=77)
    assert whmcs.activity == ["Hola"]
    call(whmcs, "TriggerNotificationEvent", notification_identifier="x", title="t", message="m")
    assert whmcs.notifications[0]["title"] == "t"
    told = "API Notification Events require a identifier string to be passed."
    assert message(whmcs, "TriggerNotificationEvent", title="t") == told
    call(whmcs, "SendAdminEmail", customsubject="s", custommessage="m", type="system")
    assert whmcs.admin_emails[0]["customsubject"] == "s"
    assert message(whmcs, "SendAdminEmail") == "Email Template not found"
    assert [row.at for row in whmcs.calls_to("logactivity")] == [clock.now]
