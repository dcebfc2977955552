"""Where a payment belongs in WHMCS: on the invoice of its reference, or where a person ordered it."""

from __future__ import annotations

from whmcs_bridge.ledger.records import Order, Payment
from whmcs_bridge.signed.references import Reference
from whmcs_bridge.whmcs.proof import Place


def accepted_client(payment: Payment, promise: Reference) -> int:
    """The client who should own the invoice: who opened the checkout, or whom a person accepted."""
    if payment.ordered is Order.BOOK and payment.ordered_client_id:
        return payment.ordered_client_id
    return promise.client_id


def places_of(payment: Payment, promise: Reference, amount_in_cents: int, *, owned: bool = True) -> list[Place]:
    """List where the payment may stand. ``owned``: the accepted client owns the invoice."""
    places = [Place(promise.invoice_id, accepted_client(payment, promise), amount_in_cents)] if owned else []
    if payment.ordered is Order.CREDIT and payment.ordered_client_id:
        places.append(Place(0, payment.ordered_client_id, amount_in_cents))
    return places


def places_of_booked(payment: Payment) -> list[Place]:
    """List where a booked payment may stand, by the ledger alone."""
    promise = Reference(payment.invoice_id or 0, payment.client_id or 0, payment.amount_in_cents or 0)
    return places_of(payment, promise, promise.amount_in_cents)
