"""The ledger's records, as plain values. The store reads and writes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from whmcs_bridge.signed.links import Purpose
from wompi_gateway.models import Status

# The payment ended without money.
_WITHOUT_MONEY = (Status.DECLINED, Status.ERROR, Status.VOIDED)


class State(StrEnum):
    """Where a payment stands."""

    DUE = "due"
    """To be looked at."""
    POSTING = "posting"
    """The booking has begun; its outcome is not proven."""
    POSTED = "posted"
    """WHMCS has it."""
    CLOSED = "closed"
    """Ended without money for us."""
    REVIEW = "review"
    """A person must look; the reason is a sentence."""
    SPLIT = "split"
    """It pays several invoices: its parts are rows of their own, and this one only leads to them. Never listed."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one invoice gets of a checkout for several."""

    reference: str
    place: int
    """The first one, 0, is booked first."""
    invoice_id: int
    client_id: int
    amount_in_cents: int


@dataclass(frozen=True, slots=True)
class Quoted:
    """What an invoice in another currency was quoted at with a checkout.

    This amount, in cents of its currency, is booked if exactly the checkout's pesos were paid. ``rate`` is pesos for
    one unit, a decimal as text; ``source`` is as in ``BRIDGE_CURRENCIES``, and ``day`` the rate's, ``YYYY-MM-DD``.
    """

    reference: str
    invoice_id: int
    currency: str
    amount_in_cents: int
    rate: str
    source: str
    day: str


@dataclass(frozen=True, slots=True)
class Checkout:
    """One press on "Pagar con Wompi". Of several invoices, ``invoice_id`` is 0, see ``Part``: a version that does not
    know parts can then book the sum nowhere."""

    reference: str
    invoice_id: int
    client_id: int
    amount_in_cents: int
    purpose: Purpose
    terms_url: str
    created_at: datetime
    expires_at: datetime
    ask_at: datetime | None
    asked: int = 0
    language: str | None = None
    """The payer's, ``es`` or ``en``; None where it is not known."""


class Order(StrEnum):
    """What a person ordered for a payment in review."""

    BOOK = "book"
    CREDIT = "credit"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment of one invoice: its state in the work list, and what was last seen of it.

    That is a transaction at Wompi, or the part of it that one of several invoices gets.
    """

    transaction_id: str
    """The key: what WHMCS knows the payment by. Wompi's id, or for a part ``<id>-<invoice>``."""
    state: State
    reason: str
    due_at: datetime | None
    looks: int
    status: str
    reference: str | None
    invoice_id: int | None
    client_id: int | None
    amount_in_cents: int | None
    currency: str | None
    method: str | None
    finalized_at: datetime | None
    created_at: datetime
    posted_at: datetime | None
    dismissed: bool
    tries: int = 0
    """How often WHMCS was asked to book it."""
    before_try: str | None = None
    """Its invoice before the first time, see ``invoice_state``."""
    missing_at: datetime | None = None
    """When WHMCS said "booked" and had no row of it."""
    surplus_in_cents: int | None = None
    """The part beyond the invoice's balance: it was a second payment."""
    ordered: Order | None = None
    ordered_client_id: int | None = None
    """The client of the order: the accepted owner of the invoice, or who was credited."""
    odd_looks: int = 0
    """How many answers about it in a row, of Wompi or WHMCS, could not be used."""
    odd_since: datetime | None = None
    part_of: str | None = None
    """Wompi's id, where this is a part."""
    whole_in_cents: int | None = None
    """What the whole transaction pays, where this is a part."""

    @property
    def wompi_id(self) -> str:
        """The transaction's id at Wompi."""
        return self.part_of or self.transaction_id

    @property
    def paid_in_cents(self) -> int | None:
        """What the transaction pays: of a part, with its siblings."""
        return self.amount_in_cents if self.part_of is None else self.whole_in_cents

    @property
    def is_under_way(self) -> bool:
        """Whether it may still pay its invoice, or is approved and waits for a person."""
        return (
            (self.state is State.DUE and Status.of(self.status) not in _WITHOUT_MONEY)
            or self.state is State.POSTING
            # Without a status its values could not be kept, and it may be paid.
            or (self.state is State.REVIEW and self.status in (Status.APPROVED, ""))
        )


@dataclass(frozen=True, slots=True)
class SecondPayment:
    """A payment that exceeded its invoice's balance by ``surplus_in_cents``; ``others`` are the payments before it."""

    transaction_id: str
    invoice_id: int
    amount_in_cents: int
    surplus_in_cents: int
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """A payment, its checkout, and the ``others`` of its invoice, newest first."""

    payment: Payment | None
    checkout: Checkout | None
    others: list[Payment]


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many payments are due now, and since when the oldest is."""

    due: int
    oldest: datetime | None


class VoidState(StrEnum):
    """The state of a void that WHMCS's refund button asked for."""

    ASKED = "asked"
    """Wompi was asked, or is about to be; nothing is proven."""
    DONE = "done"
    """Wompi says VOIDED."""
    REFUSED = "refused"
    """Wompi refused it, or was never asked."""


@dataclass(frozen=True, slots=True)
class AskedVoid:
    """A void that was asked for: at most one for each transaction."""

    transaction_id: str
    state: VoidState
    detail: str
    asked_at: datetime
    told_at: datetime | None
    wait: str | None = None


class Settled(NamedTuple):
    """A transaction that was paid out. ``reference`` is None where it is not ours; what only a report tells is None
    until there is one. A tuple, as a report may have a million."""

    transaction_id: str
    day: str
    payout_id: str
    told_by: int
    reference: str | None
    method: str
    gross: int
    fee: int | None = None
    fee_iva: int | None = None
    reteica: int | None = None
    reteiva: int | None = None
    retefuente: int | None = None
    impoconsumo: int | None = None
    net: int | None = None

    @property
    def off_by(self) -> int:
        """What the row's own sum misses: 0 where it adds up, or where a report has yet to tell."""
        if self.net is None:
            return 0
        return 2 * self.gross - sum(filter(None, self[6:]))


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One line of the journal."""

    at: datetime
    transaction_id: str | None
    reference: str | None
    invoice_id: int | None
    what: str
    detail: str


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One of Wompi's events as it came in, and when."""

    digest: str
    transaction_id: str
    received_at: datetime
    body: bytes
