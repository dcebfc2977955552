"""Proof: what WHMCS has recorded of a transaction. Only this module asks, and judges the answer.

The answer "success" to a booking proves nothing, and a row with the right id may be of another payment. A payment is
booked when exactly one row of WHMCS has its id (compared as WHMCS compares), its invoice, its client and its amount, in
a complete answer about this id. ``WhmcsClient`` refuses answers that are incomplete or about other ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from whmcs_bridge.whmcs.client import WhmcsClient, refund_id
from whmcs_bridge.whmcs.ids import same_id
from whmcs_bridge.whmcs.models import BookedPayment


class Has(StrEnum):
    """What WHMCS has of a transaction."""

    NOTHING = "nothing"
    THIS = "this"
    """Exactly this payment, where it belongs."""
    ELSEWHERE = "elsewhere"
    """This id and this amount, once, on another invoice or another client."""
    OTHER = "other"
    """This id with another amount, or an id that only looks the same."""
    MANY = "many"
    """More than one row."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a payment belongs. ``invoice_id`` 0 is the client's credit."""

    invoice_id: int
    client_id: int
    amount_in_cents: int

    def holds(self, row: BookedPayment) -> bool:
        """Tell whether a row is here. A row that names no client is judged by its invoice's owner."""
        here = (row.invoice_id, row.amount_in) == (self.invoice_id, self.amount_in_cents)
        return here and row.client_id in (0, self.client_id)


@dataclass(frozen=True, slots=True)
class Found:
    """The answer: what kind, and the rows of money in that it rests on."""

    has: Has
    rows: tuple[BookedPayment, ...] = ()


class Proof:
    """Asks WHMCS. Every method raises ``WhmcsError``: then it is unknown whether there is a row."""

    def __init__(self, whmcs: WhmcsClient) -> None:
        self._whmcs = whmcs

    def of(self, transid: str, amount_in_cents: int, places: Sequence[Place]) -> Found:
        """Tell what WHMCS has of a transaction that belongs to one of ``places`` (none: it belongs nowhere)."""
        # A plain refund is left out. A row whose amounts make no sense is kept: a person decides, it is not "absent".
        rows = tuple(row for row in self._whmcs.payments(transid) if row.amount_in or row.amount_out <= 0)
        if len(rows) != 1:
            return Found(Has.MANY if rows else Has.NOTHING, rows)
        row = rows[0]
        if not same_id(row.transid, transid):
            return Found(Has.OTHER, rows)
        if any(place.holds(row) for place in places):
            return Found(Has.THIS, rows)
        return Found(Has.ELSEWHERE if row.amount_in == amount_in_cents else Has.OTHER, rows)

    def taken_back(self, transid: str, found: Found, invoice_id: int) -> bool:
        """Tell whether all of the payment was refunded in WHMCS: a refund of a part is not a void."""
        back = self.given_back(transid, found, invoice_id)
        return back > 0 and back >= sum(row.amount_in for row in found.rows)

    def given_back(self, transid: str, found: Found, invoice_id: int) -> int:
        """Return the refunded cents: money out against a row of the payment, or under one of its ids.

        Looks at the invoice where the payment's row is now; where there is none, at ``invoice_id``.
        """
        paid = {row.id for row in found.rows if row.id}
        names = (transid, refund_id(transid))
        seen: list[BookedPayment] = []
        for invoice in {row.invoice_id for row in found.rows} or {invoice_id}:
            if invoice:
                seen += self._whmcs.transactions_of_invoice(invoice)
            else:
                seen += [row for name in names for row in self._whmcs.payments(name)]
        return sum(
            row.amount_out
            for row in seen
            if row.amount_out > 0 and (row.refund_of in paid or any(same_id(row.transid, name) for name in names))
        )
