"""A person's orders: how ``wompi-bridge resolve`` settles a payment in review.

An order that moves money in WHMCS has the guards of any booking: claim, look, wait, age, proof. What a person accepted
is stored with the payment, so that nobody is asked about it again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from whmcs_bridge.booking import failures
from whmcs_bridge.booking.decision import of_rows
from whmcs_bridge.booking.evidence import BookingSettings, seen_of
from whmcs_bridge.booking.outcomes import Outcome
from whmcs_bridge.booking.places import places_of
from whmcs_bridge.booking.posting import ClaimTime, Posting
from whmcs_bridge.booking.reviews import TAKEN_BACK, Settle, credited, invoice_gone, read_in_other_currency
from whmcs_bridge.ledger.claims import Attempt, Claim, InvoiceBusy
from whmcs_bridge.ledger.records import Order, Seen, State
from whmcs_bridge.ledger.store import Store
from whmcs_bridge.signed.references import Reference
from whmcs_bridge.whmcs.answers import AccessRefused, ClientNotFound, Refused, Unreachable
from whmcs_bridge.whmcs.client import WhmcsClient
from whmcs_bridge.whmcs.invoice_state import currency_known
from whmcs_bridge.whmcs.models import Client
from whmcs_bridge.whmcs.proof import Has, Place
from wompi_gateway.client import WompiClient
from wompi_gateway.models import CURRENCY, Status, Transaction


class _Declined(Exception):
    """The order cannot be carried out: nothing was moved, and the payment stays in review."""


class Orders:
    """Carries out orders, one payment each."""

    def __init__(
        self, store: Store, wompi: WompiClient, whmcs: WhmcsClient, posting: Posting, settings: BookingSettings
    ) -> None:
        self._store = store
        self._wompi = wompi
        self._whmcs = whmcs
        self._posting = posting
        self._settings = settings

    def resolve(self, transaction_id: str, settle: Settle, note: str, *, owner: int | None = None) -> Outcome | None:
        """Settle one payment in review as a person decided; ``note`` says who and why.

        ``owner`` is the client of the invoice, where it is not the one who opened the checkout. None: the payment is
        not in review, or claimed. Raises only ``DatabaseUnavailable``.
        """
        taken = self._posting.begin()
        told = f"{settle} --owner {owner}" if owner else settle
        claim = self._store.claim_in_review(transaction_id, timedelta(seconds=self._settings.lease), f"{told} {note}")
        if claim is None:
            return None
        ways: dict[Settle, Callable[[], Outcome]] = {
            Settle.BOOK: lambda: self._book(claim, taken, owner),
            Settle.CREDIT: lambda: self._credit(claim, taken),
            Settle.RECORD_VOID: lambda: self._record_void(claim, taken),
            Settle.DISMISS: lambda: self._posting.outcomes.ended(claim, State.CLOSED, note, dismissed=True),
        }
        return self._posting.guarded(claim, lambda: self._unless_declined(claim, ways[settle]))

    def _unless_declined(self, claim: Claim, way: Callable[[], Outcome]) -> Outcome:
        try:
            return way()
        except (_Declined, InvoiceBusy) as error:
            return self._posting.outcomes.later(claim, 0, str(error))

    def _book(self, claim: Claim, taken: ClaimTime, owner: int | None) -> Outcome:
        """Book what was really paid to us, on the invoice of its reference."""
        transaction, promise, seen = self._approved(claim)
        if settled := self._in_whmcs(claim, seen, promise, owner):
            return settled
        client_id = owner or promise.client_id
        state = self._posting.evidence.invoice_state(promise.invoice_id, client_id)
        if state.invoice is None or state.invoice.status.lower() == "cancelled":
            return self._posting.outcomes.decided(claim, invoice_gone(cancelled=state.invoice is not None), seen)
        if state.owner != client_id:
            raise _Declined(failures.not_the_owner(state.owner, client_id))
        if state.currency != CURRENCY:
            return self._posting.outcomes.decided(claim, read_in_other_currency(state.currency or ""), seen)
        surplus = state.surplus(transaction.amount_in_cents)
        attempt = Attempt(state.snapshot(), surplus, Order.BOOK, owner)
        place = Place(promise.invoice_id, client_id, seen.amount_in_cents)
        return self._posting.book(claim, seen, taken, attempt, place)

    def _credit(self, claim: Claim, taken: ClaimTime) -> Outcome:
        """Book what was really paid to us as the payer's credit; if WHMCS has no such client any more, as the credit
        of the invoice's owner."""
        transaction, promise, seen = self._approved(claim)
        if settled := self._in_whmcs(claim, seen, promise, None):
            return settled
        client = self._whom_to_credit(promise)
        if client.currency != CURRENCY:
            return self._posting.outcomes.decided(claim, read_in_other_currency(client.currency), seen)
        unfinished = self._move(
            claim,
            taken,
            seen,
            Attempt("", None, Order.CREDIT, client.id),
            lambda: self._whmcs.add_credit(
                client_id=client.id,
                transid=transaction.id,
                gateway=self._settings.gateway,
                amount_in_cents=seen.amount_in_cents,
                description=f"Wompi {transaction.id} ({transaction.reference})",
            ),
        )
        place = Place(0, client.id, seen.amount_in_cents)
        return unfinished or self._posting.prove(claim, seen, place, credited(client.id))

    def _record_void(self, claim: Claim, taken: ClaimTime) -> Outcome:
        """Record in WHMCS, once, that a payment which Wompi says is VOIDED went back, where its row stands now."""
        transaction = self._wompi.transaction(claim.payment.transaction_id)
        evidence, outcomes, name = self._posting.evidence, self._posting.outcomes, transaction.id
        promise = evidence.promise(transaction.reference)
        if promise is None or transaction.state is not Status.VOIDED or not self._wompi.is_ours(transaction):
            raise _Declined(f"there is no void of ours to record: {transaction.status}")
        seen = seen_of(transaction, promise)
        places = places_of(claim.payment, promise, seen.amount_in_cents)
        found = evidence.proof.of(name, seen.amount_in_cents, places)
        if evidence.proof.taken_back(name, found, promise.invoice_id):
            return outcomes.decided(claim, TAKEN_BACK, seen)
        mine = found.has is Has.THIS or (found.has is Has.ELSEWHERE and claim.payment.posted_at is not None)
        if not mine:
            raise _Declined(failures.NOTHING_TO_TAKE_BACK)
        row = found.rows[0]
        left = row.amount_in - evidence.proof.given_back(name, found, promise.invoice_id)
        owner = self._whmcs.invoice(row.invoice_id).client_id if row.invoice_id else row.client_id or promise.client_id
        unfinished = self._move(
            claim,
            taken,
            seen,
            Attempt("", None, Order.VOID),
            # WHMCS itself refuses a second transaction of this id.
            lambda: self._whmcs.record_refund(
                invoice_id=row.invoice_id,
                client_id=owner,
                transid=name,
                gateway=self._settings.gateway,
                amount_in_cents=left,
                description=f"VOIDED at Wompi: {name}",
            ),
        )
        if unfinished:
            return unfinished
        try:
            if evidence.proof.taken_back(name, found, promise.invoice_id):
                return outcomes.decided(claim, TAKEN_BACK, seen)
        except Exception as error:  # noqa: BLE001 - whatever failed, the money may have been moved
            return self._posting.in_doubt(claim, seen, error)
        return outcomes.not_seen(claim, seen, self._settings.recheck_after)

    def _approved(self, claim: Claim) -> tuple[Transaction, Reference, Seen]:
        """Read what was paid to us in pesos. Raises ``_Declined``."""
        transaction = self._wompi.transaction(claim.payment.transaction_id)
        promise = self._posting.evidence.promise(transaction.reference)
        approved = transaction.state is Status.APPROVED and transaction.currency == CURRENCY
        if promise is None or not approved or not self._wompi.is_ours(transaction):
            raise _Declined(failures.not_paid_to_us(transaction.status))
        return transaction, promise, seen_of(transaction, promise)

    def _in_whmcs(self, claim: Claim, seen: Seen, promise: Reference, owner: int | None) -> Outcome | None:
        """The outcome where WHMCS has a row already; None where it has none."""
        places = places_of(claim.payment, promise, seen.amount_in_cents)
        if owner:
            places.append(Place(promise.invoice_id, owner, seen.amount_in_cents))
        found = self._posting.evidence.proof.of(claim.payment.transaction_id, seen.amount_in_cents, places)
        decision = of_rows(found)
        return self._posting.outcomes.decided(claim, decision, seen) if decision else None

    def _whom_to_credit(self, promise: Reference) -> Client:
        """The client who paid; the invoice's present owner only where WHMCS says that this client is gone."""
        state = self._posting.evidence.invoice_state(promise.invoice_id, promise.client_id)
        if state.client is not None:
            return state.client
        try:
            if state.owner is not None:
                return currency_known(self._whmcs.client(state.owner))
        except ClientNotFound:
            pass
        raise _Declined(failures.nobody_to_credit(promise.client_id, promise.invoice_id))

    def _move(
        self, claim: Claim, taken: ClaimTime, seen: Seen, attempt: Attempt, call: Callable[[], None]
    ) -> Outcome | None:
        """Commit the intent, and make the one call that moves money. None: WHMCS reported success."""
        self._posting.commit_intent(claim, seen, attempt)
        if self._posting.is_old(taken):
            raise _Declined(failures.PAUSED)
        try:
            call()
        except (Refused, AccessRefused, Unreachable) as error:
            raise _Declined(failures.refused_by_whmcs(error)) from None
        except Exception as error:  # noqa: BLE001 - whatever failed, the request may be on its way
            return self._posting.in_doubt(claim, seen, error)
        return None
