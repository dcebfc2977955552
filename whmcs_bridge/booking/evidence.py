"""The evidence for a decision, read from Wompi and WHMCS. Every method raises what the clients raise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import NamedTuple
from zoneinfo import ZoneInfo

from whmcs_bridge.booking.decision import Facts, InWhmcs, Retry
from whmcs_bridge.booking.places import Worth, accepted_client, places_of, worth_of
from whmcs_bridge.booking.reviews import (
    OTHER_MERCHANT,
    QUOTE_LOST,
    Decision,
    not_a_test_client,
    other_amount,
    other_currency,
    other_sum,
    other_than_quoted,
)
from whmcs_bridge.clock import Clock
from whmcs_bridge.ledger.records import Payment, State, VoidState
from whmcs_bridge.ledger.seen import Seen
from whmcs_bridge.ledger.store import Store
from whmcs_bridge.money.currencies import amount_text
from whmcs_bridge.money.fees import Fees
from whmcs_bridge.money.pesos import format_cop
from whmcs_bridge.signed.references import Reference, read_reference
from whmcs_bridge.whmcs.client import WhmcsClient
from whmcs_bridge.whmcs.invoice_state import InvoiceState, read_invoice_state
from whmcs_bridge.whmcs.proof import Found, Has, Place, Proof
from whmcs_bridge.whmcs.side_by_side import Ahead, SideBySide
from wompi_gateway.client import WompiClient
from wompi_gateway.events import reference_if_approved
from wompi_gateway.models import CURRENCY, Status, Transaction

# WHMCS is asked to book at most so often, if it says "booked" and has no row.
_MOST_UNSEEN = 2
# If it did so with another payment within this time, something there rewrites or hides rows.
_HIDING = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class BookingSettings:
    """The settings of the booking. Times are in seconds."""

    secrets: tuple[str, ...]
    gateway: str
    timezone: ZoneInfo
    recheck_after: float
    post_timeout: float
    lease: float
    fees: Fees | None = None
    parallel: int = 1
    only_clients: frozenset[int] | None = None
    """Whose payments alone are booked while the keys are test keys; None: everybody's."""


class ReadAhead(NamedTuple):
    """An invoice that is read while Wompi is asked, and the client to whom it should belong."""

    invoice_id: int
    client_id: int
    state: Ahead[InvoiceState]


class Evidence:
    """Gathers the facts for ``decide``."""

    def __init__(
        self, store: Store, wompi: WompiClient, whmcs: WhmcsClient, settings: BookingSettings, *, clock: Clock
    ) -> None:
        self._store = store
        self._wompi = wompi
        self._whmcs = whmcs
        self._settings = settings
        self._clock = clock
        self.proof = Proof(whmcs)
        # For the invoice while Wompi is asked, and for the client while the invoice is read: where fewer payments are
        # looked at than WHMCS may be given calls.
        self.beside = SideBySide(settings.parallel)
        # How the last question went; False while one is under way.
        self._whmcs_is_well = self._wompi_is_well = False

    def close(self) -> None:
        """End the threads that read."""
        self.beside.close()

    def promise(self, reference: str) -> Reference | None:
        """Read what a reference promises, by its MAC or by the stored checkout. None: not ours."""
        if not (reference.isascii() and reference.isprintable()):
            return None  # no reference of ours, and some databases refuse such a value
        promise = read_reference(reference, self._settings.secrets)
        if promise is not None:
            return promise
        checkout = self._store.checkout(reference)
        if checkout is None:
            return None
        parts = self._store.parts(reference)
        first = parts[0].invoice_id if parts else checkout.invoice_id
        quoted = bool(self._store.quotes(reference))
        return Reference(first, checkout.client_id, checkout.amount_in_cents, max(len(parts), 1), quoted)

    def of_wompi(self, payment: Payment, transaction: Transaction, promise: Reference | None) -> Facts:
        """What is known before WHMCS is asked. Raises ``ApiError``."""
        return Facts(
            status=transaction.state,
            status_word=transaction.status,
            ours=promise is not None,
            mismatch=self._mismatch(transaction, promise) if promise else None,
            state=payment.state,
            status_when_held=payment.status if payment.state is State.REVIEW else "",
            posted_before=payment.posted_at is not None,
            age=self._clock() - payment.created_at,
            dismissed=payment.dismissed,
            ordered=payment.ordered,
            void_age=self._void_age(transaction) if transaction.state is Status.VOIDED else None,
        )

    def transaction(self, payment: Payment) -> tuple[Transaction, ReadAhead | None]:
        """Ask Wompi for a payment's transaction. While both are well, the invoice is read at the same time where it is
        known which one that will be: nothing is decided by that. Raises ``ApiError``."""
        expected = self._expected(payment) if self._wompi_is_well and self._whmcs_is_well else None
        if expected is None:
            return self._ask_wompi(payment.wompi_id), None
        state = self.beside.ahead(partial(self.invoice_state, *expected))
        try:
            return self._ask_wompi(payment.wompi_id), ReadAhead(*expected, state)
        finally:
            state.end()

    def _ask_wompi(self, wompi_id: str) -> Transaction:
        self._wompi_is_well = False
        transaction = self._wompi.transaction(wompi_id)
        self._wompi_is_well = True
        return transaction

    def _expected(self, payment: Payment) -> tuple[int, int] | None:
        """The invoice and the client that an approved payment is about, as its row or an event tells it."""
        if payment.state is not State.DUE or payment.ordered is not None:
            return None
        if payment.invoice_id is not None and payment.client_id is not None:
            return (payment.invoice_id, payment.client_id) if payment.status == Status.APPROVED else None
        for event in self._store.stored_events(payment.wompi_id):
            reference = reference_if_approved(event.body)
            promise = read_reference(reference, self._settings.secrets) if reference else None
            if promise is not None and promise.count == 1:
                return promise.invoice_id, promise.client_id
        return None

    def invoice_state(self, invoice_id: int, client_id: int, ahead: ReadAhead | None = None) -> InvoiceState:
        """Read the invoice and the client to whom it should belong, at once while WHMCS is well; ``ahead`` may have
        read them. Raises ``WhmcsError``."""
        if ahead is not None and (ahead.invoice_id, ahead.client_id) == (invoice_id, client_id):
            return ahead.state.result()
        beside, self._whmcs_is_well = self.beside if self._whmcs_is_well else None, False
        state = read_invoice_state(self._whmcs, beside, invoice_id, client_id)
        self._whmcs_is_well = True
        return state

    def of_whmcs(self, facts: Facts, payment: Payment, worth: Worth, promise: Reference, state: InvoiceState) -> Facts:
        payer = accepted_client(payment, promise)
        other_owner = state.owner if state.owner not in (None, payer) else None
        places = places_of(payment, promise, worth.amount_in_cents, owned=other_owner is None)
        found = self.found(payment, worth, places)
        currency = None if state.currency == worth.currency else state.currency or ""
        return replace(facts, whmcs=InWhmcs(found, False, state.status, other_owner, currency))

    def worth(self, seen: Seen, promise: Reference) -> Worth:
        """What WHMCS is to be told of a transaction, or of a part of one. Raises ``DatabaseUnavailable``."""
        quoted = self._store.quoted(seen.reference, seen.invoice_id) if promise.quoted else None
        return worth_of(seen, quoted)

    def found(self, payment: Payment, worth: Worth, places: Sequence[Place]) -> Found:
        """What WHMCS has of a payment. A part is also there where a person has booked its whole transaction by hand."""
        whole = Found(Has.NOTHING)
        if payment.part_of is not None:
            whole = self.proof.of(payment.part_of, payment.whole_in_cents or 0, [])
        # Read last, so that as little time as possible lies between this look and the booking.
        found = self.proof.of(payment.transaction_id, worth.amount_in_cents, places)
        return whole if found.has is Has.NOTHING else found

    def of_void(self, facts: Facts, payment: Payment, seen: Seen, promise: Reference) -> Facts:
        worth = self.worth(seen, promise)
        places = places_of(payment, promise, worth.amount_in_cents)
        found = self.proof.of(payment.transaction_id, worth.amount_in_cents, places)
        taken_back = self.proof.taken_back(payment.transaction_id, found, promise.invoice_id)
        return replace(facts, whmcs=InWhmcs(found, taken_back, None))

    def of_retry(self, payment: Payment, seen: Seen, worth: Worth, client_id: int, state: InvoiceState) -> Retry:
        """Tell whether WHMCS may be asked once more to book what it has no row of. Raises ``WhmcsError``."""
        if payment.missing_at is not None:
            if payment.tries >= _MOST_UNSEEN:
                return Retry.UNSEEN
            if self._store.others_missing(payment.transaction_id, self._clock() - _HIDING):
                return Retry.HIDDEN
        if payment.before_try != state.snapshot():
            return Retry.CHANGED
        # A hook may have moved the row and changed its id.
        paid_on = (seen.finalized_at or payment.created_at).astimezone(self._settings.timezone).date()
        alike = [
            row.transid
            for row in self._whmcs.transactions_of_client(client_id)
            if row.amount_in == worth.amount_in_cents and (row.day is None or row.day >= paid_on)
        ]
        return Retry.ALLOWED if set(alike) <= self._store.known_ids(alike) else Retry.CHANGED

    def _void_age(self, transaction: Transaction) -> timedelta | None:
        asked = self._store.void(transaction.id)
        if asked is None or asked.state is VoidState.REFUSED:
            return None
        return self._clock() - (asked.told_at or asked.asked_at)

    def _mismatch(self, transaction: Transaction, promise: Reference) -> Decision | None:
        if transaction.state not in (Status.APPROVED, Status.VOIDED):
            return None
        if transaction.currency != CURRENCY:
            return other_currency(transaction.currency)
        if transaction.amount_in_cents != promise.amount_in_cents:
            told = format_cop(transaction.amount_in_cents), format_cop(promise.amount_in_cents)
            if quoted := self._store.quotes(transaction.reference):
                total = sum(one.amount_in_cents for one in quoted)
                return other_than_quoted(*told, amount_text(total, quoted[0].currency))
            return other_sum(*told) if promise.count > 1 else other_amount(*told)
        if not self._wompi.is_ours(transaction):
            return OTHER_MERCHANT
        if promise.quoted and not self._store.quotes(transaction.reference):
            return QUOTE_LOST
        only = self._settings.only_clients
        if only is not None and promise.client_id not in only:
            return not_a_test_client(promise.client_id)
        return None


def seen_of(transaction: Transaction, promise: Reference | None, payment: Payment | None = None) -> Seen:
    """What the ledger keeps of a transaction, or of the ``payment`` that is a part of it. Raises ``Unkeepable``."""
    promise = share_of(payment, promise) if payment and promise else promise
    invoice_id, client_id = (promise.invoice_id, promise.client_id) if promise else (None, None)
    seen = Seen.of(transaction, invoice_id=invoice_id, client_id=client_id)
    is_part = payment is not None and payment.part_of is not None and promise is not None
    return replace(seen, amount_in_cents=promise.amount_in_cents) if is_part and promise else seen


def share_of(payment: Payment, promise: Reference) -> Reference:
    """What is promised to this payment's invoice: all of it, or the part that was remembered."""
    if payment.part_of is None:
        return promise
    share = payment.invoice_id or 0, payment.client_id or 0, payment.amount_in_cents or 0
    return Reference(*share, quoted=promise.quoted)
