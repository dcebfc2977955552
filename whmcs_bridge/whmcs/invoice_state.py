"""The state of an invoice in WHMCS at a booking: what the decision needs of it, and what the ledger keeps."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import partial

from whmcs_bridge.whmcs.answers import ClientNotFound, InvoiceNotFound, OddAnswer
from whmcs_bridge.whmcs.client import WhmcsClient
from whmcs_bridge.whmcs.models import Client, Invoice
from whmcs_bridge.whmcs.side_by_side import SideBySide

# The longest field and the most rows that a snapshot keeps.
_LONGEST, _MOST_ROWS = 60, 200
# A TEXT of MariaDB ends at 64 KiB: of a longer snapshot only the digest is kept.
_LONGEST_TEXT = 16_000


@dataclass(frozen=True, slots=True)
class InvoiceState:
    """The invoice and the client to whom it should belong; None where WHMCS has none."""

    invoice: Invoice | None
    client: Client | None

    @property
    def status(self) -> str | None:
        """WHMCS's word; None where there is no such invoice."""
        return self.invoice.status if self.invoice else None

    @property
    def owner(self) -> int | None:
        """The invoice's client now."""
        return self.invoice.client_id if self.invoice else None

    @property
    def currency(self) -> str | None:
        """In which currency WHMCS reads an amount of this client; None where the client is gone."""
        return self.client.currency if self.client else None

    def snapshot(self) -> str:
        """Status, balance and rows as text, to compare with a later state."""
        if self.invoice is None:
            return ""
        rows = [
            [row.id[:_LONGEST], row.transid[:_LONGEST], row.gateway[:_LONGEST], row.amount_in[:_LONGEST]]
            for row in self.invoice.payments[:_MOST_ROWS]
        ]
        told = json.dumps([self.invoice.status, self.invoice.balance, sorted(rows)])
        if len(told) <= _LONGEST_TEXT:
            return told
        return json.dumps([self.invoice.status, self.invoice.balance, hashlib.sha256(told.encode()).hexdigest()])

    @property
    def balance(self) -> int:
        """What is left to pay, in cents of the client's currency."""
        return max(0, self.invoice.balance) if self.invoice else 0


def read_invoice_state(whmcs: WhmcsClient, beside: SideBySide | None, invoice_id: int, client_id: int) -> InvoiceState:
    """Read both: at the same time with ``beside``, else one after the other. Raises ``WhmcsError``."""
    if beside is None:
        return InvoiceState(_invoice(whmcs, invoice_id), _client(whmcs, client_id))
    client_read = beside.ahead(partial(_client, whmcs, client_id))
    try:
        return InvoiceState(_invoice(whmcs, invoice_id), client_read.result())
    finally:
        # In any case: no call of this payment may go on after its claim is released.
        client_read.end()


def other_rows(snapshot: str | None) -> list[str]:
    """Name the payments that an invoice had when the snapshot was taken."""
    try:
        rows = json.loads(snapshot or "")[2]
    except (ValueError, LookupError, TypeError):
        return []
    if not isinstance(rows, list):
        return []
    return [f"{row[1]} ({row[2]})" if row[2] else str(row[1]) for row in rows if row[1]]


def _invoice(whmcs: WhmcsClient, invoice_id: int) -> Invoice | None:
    try:
        return whmcs.invoice(invoice_id)
    except InvoiceNotFound:
        return None


def currency_known(client: Client) -> Client:
    """The client itself. Raises ``OddAnswer`` where WHMCS does not tell the client's currency."""
    if not client.currency:
        raise OddAnswer("WHMCS does not tell in which currency it reads this client's amounts")
    return client


def _client(whmcs: WhmcsClient, client_id: int) -> Client | None:
    try:
        return currency_known(whmcs.client(client_id))
    except ClientNotFound:
        return None
