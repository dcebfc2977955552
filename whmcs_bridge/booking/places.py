"""Where a payment belongs in WHMCS: on the invoice of its reference, or where a person ordered it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from whmcs_bridge.ledger.records import Order, Payment, Quoted
from whmcs_bridge.ledger.seen import Seen
from whmcs_bridge.money.currencies import pesos_of
from whmcs_bridge.money.pesos import CENTS_PER_PESO
from whmcs_bridge.signed.references import Reference
from whmcs_bridge.whmcs.invoice_state import InvoiceState
from whmcs_bridge.whmcs.proof import Place
from wompi_gateway.models import CURRENCY


@dataclass(frozen=True, slots=True)
class Worth:
    """What WHMCS is told of a payment: cents of the currency in which it reads an amount of the payer's. ``rate`` is
    pesos for one unit of it, where it is not the peso."""

    amount_in_cents: int
    currency: str = CURRENCY
    rate: Decimal | None = None


def worth_of(paid: Seen | Payment, quoted: Quoted | None) -> Worth:
    """The pesos that were paid, or what they were quoted for."""
    if quoted is None:
        return Worth(paid.amount_in_cents or 0)
    return Worth(quoted.amount_in_cents, quoted.currency, Decimal(quoted.rate))


def accepted_client(payment: Payment, promise: Reference) -> int:
    """The client who should own the invoice: who opened the checkout, or whom a person accepted."""
    if payment.ordered is Order.BOOK and payment.ordered_client_id:
        return payment.ordered_client_id
    return promise.client_id


def surplus_of(state: InvoiceState, worth: Worth) -> int | None:
    """Cents of a peso by which a payment exceeds the invoice's balance; None where it does not.

    Less than a peso is rounding: pesos are paid whole. What was quoted in another currency is its balance to the cent.
    """
    beyond = worth.amount_in_cents - state.balance
    if worth.rate is not None:
        return pesos_of(beyond, worth.rate) if beyond > 0 else None
    return beyond if beyond >= CENTS_PER_PESO else None


def places_of(payment: Payment, promise: Reference, amount_in_cents: int, *, owned: bool = True) -> list[Place]:
    """List where the payment may stand. ``owned``: the accepted client owns the invoice."""
    places = [Place(promise.invoice_id, accepted_client(payment, promise), amount_in_cents)] if owned else []
    if payment.ordered is Order.CREDIT and payment.ordered_client_id:
        places.append(Place(0, payment.ordered_client_id, amount_in_cents))
    return places


def places_of_booked(payment: Payment, worth: Worth) -> list[Place]:
    """List where a booked payment may stand, by the ledger alone."""
    promise = Reference(payment.invoice_id or 0, payment.client_id or 0, payment.amount_in_cents or 0)
    return places_of(payment, promise, worth.amount_in_cents)
