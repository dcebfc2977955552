"""WHMCS's API, as far as the bridge needs it.

https://developers.whmcs.com/api/getting-started/: one address, POST, form fields, every call authenticated. Reads may
be repeated; ``add_invoice_payment`` never is. What WHMCS calls ``userid`` is the id of a client.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import partial
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from whmcs_bridge.money.pesos import decimal_text
from whmcs_bridge.whmcs.answers import InvoiceNotFound, OddAnswer, Unclear, Unreachable, outcome_of, read_answer
from whmcs_bridge.whmcs.ids import belongs_to, looks_like
from whmcs_bridge.whmcs.models import BookedPayment, Client, Invoice, ListedInvoice, generation_of, rows
from wompi_gateway.models import wrong_fields
from wompi_gateway.observing import Observe, nobody, observed
from wompi_gateway.transport import BeforeBytes, Reply, Transport, TransportError

logger = logging.getLogger(__name__)

PAGE_SIZE = 100
# More unpaid invoices than any client has: reading ends even where WHMCS always gives another page.
MOST_PAGES = 50

Answer = TypeVar("Answer", bound=BaseModel)


class WhmcsClient:
    """One installation's API. ``timeout`` and ``post_timeout`` are seconds for a read and for ``AddInvoicePayment``."""

    def __init__(
        self,
        api_url: str,
        *,
        identifier: str,
        secret: str,
        access_key: str | None = None,
        timeout: float = 15.0,
        post_timeout: float = 60.0,
        transport: Transport | None = None,
        observe: Observe = nobody,
    ) -> None:
        self._observe = observe
        self._api_url = api_url
        self._credential = {"identifier": identifier, "secret": secret, "responsetype": "json"}
        if access_key:
            self._credential["accesskey"] = access_key
        self._timeout = timeout
        self._post_timeout = post_timeout
        self._transport = transport or Transport()

    def invoice(self, invoice_id: int) -> Invoice:
        """Read one invoice. Raises ``InvoiceNotFound``."""
        invoice = _model(Invoice, self._read("GetInvoice", invoiceid=str(invoice_id)))
        if invoice.id != invoice_id:
            raise Unclear("WHMCS answered with another invoice than was asked for")
        return invoice

    def client(self, client_id: int) -> Client:
        """Read one client. Raises ``ClientNotFound``."""
        document = self._read("GetClientsDetails", clientid=str(client_id))
        # The same fields outside of ``client`` are deprecated, but old versions have only those.
        client = _model(Client, document["client"] if isinstance(document.get("client"), dict) else document)
        if client.id != client_id:
            raise Unclear("WHMCS answered with another client than was asked for")
        return client

    def unpaid_invoices(self, client_id: int) -> list[ListedInvoice]:
        """List all unpaid invoices of a client, overdue ones included, by due date."""
        found: dict[int, ListedInvoice] = {}
        for row in self._invoices("asc", userid=str(client_id), status="Unpaid"):
            listed = _model(ListedInvoice, row)
            # If WHMCS ignored the filter, these would be other people's invoices.
            if listed.client_id == client_id and listed.status in ("Unpaid", "Overdue"):
                found[listed.id] = listed
        return sorted(found.values(), key=lambda row: (row.due_date or date.max, row.id))

    def invoices_from(self, lowest: int) -> Iterator[ListedInvoice]:
        """Walk the invoices of all clients, the newest first, down to this id; of very many, the newest.

        An installation that knows of no order (before 7.7) gives what it gives.
        """
        for row in self._invoices(order="desc"):
            listed = _model(ListedInvoice, row)
            if listed.id < lowest:
                return
            yield listed

    def invoice_by_number(self, number: str) -> int | None:
        """Find an invoice's id by the number that is printed on it; None where there is none among the newest 5,000.

        https://developers.whmcs.com/api-reference/getinvoices/ has no filter for it. Often the id is within the number.
        """
        wanted = number.strip().casefold()
        with contextlib.suppress(InvoiceNotFound):
            if (figures := re.search(r"[1-9][0-9]{0,9}\Z", wanted)) and (
                self.invoice(int(figures[0])).number.strip().casefold() == wanted
            ):
                return int(figures[0])
        for row in self._invoices("desc"):
            listed = _model(ListedInvoice, row)
            if listed.number.strip().casefold() == wanted:
                return listed.id
        return None

    def currency_rates(self) -> dict[str, str]:
        """Tell the rate of each currency by its code, as decimal text relative to the default currency.

        https://developers.whmcs.com/api-reference/getcurrencies/
        """
        found = rows(self._read("GetCurrencies").get("currencies"), "currency")
        return {str(row.get("code")): str(row.get("rate")) for row in found if isinstance(row, dict)}

    def generation(self) -> int | None:
        """WHMCS's major version, such as 9; None where it does not tell. Raises ``WhmcsError``.

        https://developers.whmcs.com/api-reference/whmcsdetails/
        """
        details = self._read("WhmcsDetails").get("whmcs")
        return generation_of(details.get("version")) if isinstance(details, dict) else None

    def payments(self, transid: str) -> list[BookedPayment]:
        """List WHMCS's rows of one transaction id, without those of its parts and voids.

        Raises ``OddAnswer`` for an answer that is incomplete or about another id: "no rows" would mean "book it".
        """
        mine = [row for row in self._transactions(transid=transid) if not belongs_to(row.transid, transid)]
        if not all(looks_like(row.transid, transid) for row in mine):
            raise OddAnswer("WHMCS was asked for one transaction id and answered with another")
        return mine

    def transactions_of_invoice(self, invoice_id: int) -> list[BookedPayment]:
        """List all rows of money of one invoice. Raises ``OddAnswer`` as ``payments`` does."""
        found = self._transactions(invoiceid=str(invoice_id))
        if any(row.invoice_id != invoice_id for row in found):
            raise OddAnswer("WHMCS was asked for the transactions of one invoice and answered with another's")
        return found

    def transactions_of_client(self, client_id: int) -> list[BookedPayment]:
        """List all rows of money of one client. Raises ``OddAnswer`` as ``payments`` does."""
        found = self._transactions(clientid=str(client_id))
        if any(row.client_id not in (0, client_id) for row in found):
            raise OddAnswer("WHMCS was asked for the transactions of one client and answered with another's")
        return found

    def add_invoice_payment(
        self,
        *,
        invoice_id: int,
        transid: str,
        gateway: str,
        amount_in_cents: int,
        paid_at: datetime,
        fees_in_cents: int | None = None,
        before_bytes: BeforeBytes = None,
    ) -> None:
        """Book one payment. ``paid_at`` is in WHMCS's own time zone; no fee is named unless one is given.

        https://developers.whmcs.com/api-reference/addinvoicepayment/: it refuses no duplicate, and it sends e-mails and
        sets up services within the call. Raises ``Unclear`` when it may have taken effect: look before trying again.
        """
        fees = {} if fees_in_cents is None else {"fees": decimal_text(fees_in_cents)}
        self._write(
            "AddInvoicePayment",
            before_bytes,
            invoiceid=str(invoice_id),
            transid=transid,
            gateway=gateway,
            amount=decimal_text(amount_in_cents),
            date=paid_at.strftime("%Y-%m-%d %H:%M:%S"),
            **fees,
        )

    def add_credit(
        self,
        *,
        client_id: int,
        transid: str,
        gateway: str,
        amount_in_cents: int,
        description: str,
        before_bytes: BeforeBytes = None,
    ) -> None:
        """Put a payment on a client's credit, without an invoice. A second one of the same id is refused by WHMCS.

        https://developers.whmcs.com/api-reference/addtransaction/. Its date is in the installation's own format, which
        the API does not tell, so WHMCS's today is taken.
        """
        self._write(
            "AddTransaction",
            before_bytes,
            paymentmethod=gateway,
            userid=str(client_id),
            transid=transid,
            amountin=decimal_text(amount_in_cents),
            description=description,
            credit="1",
        )

    def notify(self, *, identifier: str, title: str, message: str, status: str, style: str, url: str = "") -> None:
        """Send a message by the notification rules that the admin has made; without a rule nobody gets it.

        https://developers.whmcs.com/api-reference/triggernotificationevent/. ``style``: ``success``, ``danger`` or
        ``info``. ``url`` is where the message leads.
        """
        self._write(
            "TriggerNotificationEvent",
            notification_identifier=identifier,
            title=title,
            message=message,
            status=status,
            statusStyle=style,
            **({"url": url} if url else {}),
        )

    def email_admins(self, *, subject: str, body: str) -> None:
        """Send a mail to the admins who receive system mails; ``body`` is HTML, and Smarty reads it.

        https://developers.whmcs.com/api-reference/sendadminemail/
        """
        self._write("SendAdminEmail", type="system", customsubject=subject, custommessage=body)

    def record_refund(
        self,
        *,
        invoice_id: int,
        client_id: int,
        transid: str,
        gateway: str,
        amount_in_cents: int,
        description: str,
        before_bytes: BeforeBytes = None,
    ) -> None:
        """Record money out against an invoice, under an id of its own, which WHMCS takes only once.

        https://developers.whmcs.com/api-reference/addtransaction/. That it changes the invoice's status is not
        documented: WHMCS's API has no refund.
        """
        self._write(
            "AddTransaction",
            before_bytes,
            paymentmethod=gateway,
            userid=str(client_id),
            invoiceid=str(invoice_id),
            transid=refund_id(transid),
            amountout=decimal_text(amount_in_cents),
            description=description,
        )

    def _transactions(self, **asked: str) -> list[BookedPayment]:
        """https://developers.whmcs.com/api-reference/gettransactions/: it has no pages, and counts what it names."""
        document = self._read("GetTransactions", **asked)
        found = rows(document.get("transactions"), "transaction")
        counted = str(document.get("totalresults", "")).strip()
        if counted != str(len(found)):
            raise OddAnswer(f"WHMCS counts {counted[:10] or 'no'} transactions and names {len(found)}")
        return [_model(BookedPayment, row) for row in found]

    def _invoices(self, order: str = "asc", **asked: str) -> Iterator[Any]:
        start, before = 0, [object()]
        for _ in range(MOST_PAGES):
            paging = {"orderby": "id", "order": order, "limitstart": str(start), "limitnum": str(PAGE_SIZE)}
            document = self._read("GetInvoices", **asked, **paging)
            page = rows(document.get("invoices"), "invoice")
            if page == before:  # this installation ignores the page
                return
            yield from page
            start, before = start + len(page), page
            total = str(document.get("totalresults", ""))
            if not page or (total.isdigit() and start >= int(total)):
                return
        logger.warning("whmcs: GetInvoices has more pages than the bridge reads")

    def _read(self, action: str, **fields: str) -> dict[str, Any]:
        return self._call(self._transport.read, self._timeout, action, fields)

    def _write(self, action: str, before_bytes: BeforeBytes = None, /, **fields: str) -> dict[str, Any]:
        send = partial(self._transport.send, before_bytes=before_bytes)
        return self._call(send, self._post_timeout, action, fields)

    def _call(
        self, exchange: Callable[..., Reply], timeout: float, action: str, fields: dict[str, str]
    ) -> dict[str, Any]:
        data = {"action": action, **fields, **self._credential}
        try:
            with observed(action, self._observe, outcome_of):
                return read_answer(exchange("POST", self._api_url, data=data, timeout=timeout))
        except TransportError as error:
            if error.sent:
                raise Unclear(f"WHMCS: {error}") from None
            raise Unreachable(f"WHMCS cannot be reached: {error}") from None


def refund_id(transid: str) -> str:
    """The id under which ``record_refund`` records a refund: the payment's own id is taken."""
    return f"{transid}-VOIDED"


def _model(model: type[Answer], document: Any) -> Answer:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise OddAnswer(f"WHMCS's answer has another shape than documented ({wrong_fields(error)})") from None
