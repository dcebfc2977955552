"""``/receipt``: what was paid of an invoice, for what and by whom.

It names the client, so it opens by a ``pay`` link alone, which WHMCS signs for a visitor who is signed in: an e-mail's
link may have been forwarded, and the id of a transaction, which opens ``/return``, may be guessed.
"""

from __future__ import annotations

import logging

from whmcs_bridge.bridge import Bridge
from whmcs_bridge.checkout.quotes import Refusal
from whmcs_bridge.history.attempts import kind_of
from whmcs_bridge.ledger.records import Payment, State
from whmcs_bridge.ledger.reports import Sought
from whmcs_bridge.signed.links import Link, Purpose
from whmcs_bridge.web.payer.views import ReceiptLink, ReceiptRow, ReceiptsView, ReceiptView
from whmcs_bridge.whmcs.answers import ClientNotFound, InvoiceNotFound, WhmcsError
from whmcs_bridge.whmcs.models import Client
from wompi_gateway.models import CURRENCY, Status

logger = logging.getLogger(__name__)

# Of a client's payments the last ones are listed.
MOST_LISTED = 20


class Receipts:
    """Reads what a receipt shows."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge

    def read(self, link: Link) -> tuple[str, ReceiptView]:
        """Read the receipt of a link's invoice, and the language of its client in WHMCS. Raises ``Refusal``."""
        whmcs = self._bridge.whmcs
        try:
            invoice = whmcs.invoice(link.invoice_id)
            if invoice.client_id != link.client_id:
                raise Refusal("wrong_client", 403)
            client = whmcs.client(link.client_id)
        except (InvoiceNotFound, ClientNotFound):
            raise Refusal("no_invoice", 404) from None
        except WhmcsError as error:
            logger.warning("receipt: invoice=%s: %s", link.invoice_id, error)
            raise Refusal("whmcs_down", 503) from None
        payments = [
            payment
            for payment in self._bridge.store.payments(invoice_id=link.invoice_id)
            # The invoice may have been another client's before.
            if payment.client_id == link.client_id and _has_receipt(payment)
        ]
        if not payments:
            raise Refusal("no_receipt", 404)
        return client.language, ReceiptView(
            invoice_number=invoice.printed_number,
            invoice_id=invoice.id,
            payer=_names(client),
            tax_id=client.tax_id,
            currency=client.currency or CURRENCY,
            lines=[(line.description, line.amount) for line in invoice.lines],
            vat_in_cents=invoice.added_tax,
            credit_in_cents=invoice.credit,
            total_in_cents=invoice.total,
            balance_in_cents=invoice.balance,
            payments=[_row(payment) for payment in payments],
            back_url=f"{self._bridge.settings.whmcs_url}viewinvoice.php?id={invoice.id}",
        )

    def latest(self, link: Link, back_url: str) -> ReceiptsView:
        """List the last payments of a list link's client, each with the way to its receipt."""
        sought = Sought(clients=[link.client_id], state=State.POSTED)
        rows = [
            ReceiptLink(
                invoice_id=payment.invoice_id,
                amount_in_cents=payment.amount_in_cents or 0,
                at=payment.finalized_at,
                url=self.address(Link(Purpose.PAY, payment.invoice_id, link.client_id, link.expires_at)),
            )
            for payment in self._bridge.reports.find(sought, limit=MOST_LISTED)
            if payment.invoice_id is not None and _has_receipt(payment)
        ]
        return ReceiptsView(rows, back_url)

    def address(self, link: Link) -> str:
        """Where the receipt of a link's invoice is, or those of a list's client; good for as long as the link."""
        settings = self._bridge.settings
        return f"{settings.bridge_url}receipt/{link.signed(settings.bridge_secret[0])}"

    def known(self, link: Link) -> str | None:
        """The same where there is one, and the link may open it."""
        if link.purpose is not Purpose.PAY:
            return None
        payments = self._bridge.store.payments(invoice_id=link.invoice_id)
        theirs = any(payment.client_id == link.client_id and _has_receipt(payment) for payment in payments)
        return self.address(link) if theirs else None


def _has_receipt(payment: Payment) -> bool:
    return kind_of(Status.of(payment.status), payment) == "approved" and payment.amount_in_cents is not None


def _names(client: Client) -> list[str]:
    return list(dict.fromkeys(name for name in (client.company, client.full_name) if name))


def _row(payment: Payment) -> ReceiptRow:
    return ReceiptRow(
        transaction_id=payment.wompi_id,
        reference=payment.reference,
        amount_in_cents=payment.amount_in_cents or 0,
        method=payment.method,
        at=payment.finalized_at or payment.posted_at,
    )
