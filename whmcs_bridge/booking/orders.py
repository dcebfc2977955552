"""A person's orders: how ``wompi-bridge resolve`` settles a payment in review.

An order that moves money in WHMCS has the guards of any booking: claim, look, wait, age, proof. What a person accepted
is stored with the payment, so that nobody is asked about it again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from whmcs_bridge.booking.decision import of_rows
from whmcs_bridge.booking.evidence import BookingSettings, seen_of, share_of
from whmcs_bridge.booking.outcomes import Outcome
from whmcs_bridge.booking.pacing import Upstream
from whmcs_bridge.booking.places import Worth, places_of, surplus_of
from whmcs_bridge.booking.posting import ClaimTime, ClaimTooOld, Posting
from whmcs_bridge.booking.reviews import TAKEN_BACK, Settle, credited, invoice_gone, read_in_other_currency
from whmcs_bridge.ledger.claims import Attempt, Claim, InvoiceBusy
from whmcs_bridge.ledger.parts import key_of
from whmcs_bridge.ledger.records import Order, Part, Payment, State
from whmcs_bridge.ledger.seen import Seen
from whmcs_bridge.ledger.store import Store
from whmcs_bridge.messages import Text, bilingual
from whmcs_bridge.messages import failures as words
from whmcs_bridge.signed.references import Reference
from whmcs_bridge.whmcs.answers import AccessRefused, ClientNotFound, Refused, Unreachable
from whmcs_bridge.whmcs.client import WhmcsClient
from whmcs_bridge.whmcs.ids import same_id
from whmcs_bridge.whmcs.invoice_state import currency_known
from whmcs_bridge.whmcs.models import Client
from whmcs_bridge.whmcs.proof import Has, Place
from wompi_gateway.client import WompiClient
from wompi_gateway.models import CURRENCY, Status, Transaction
from wompi_gateway.transport import BeforeBytes


class _Declined(Exception):
    """The order cannot be carried out: nothing was moved, and the payment stays in review."""

    def __init__(self, why: Text) -> None:
        super().__init__(why.en)
        self.why = why


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

    def is_of_several(self, payment: Payment) -> bool:
        """Tell whether a payment's reference is for several invoices."""
        promise = self._posting.evidence.promise(payment.reference or "")
        return promise is not None and promise.count > 1

    def resolve(
        self, transaction_id: str, settle: Settle, note: str, *, owner: int | None = None, invoice_id: int | None = None
    ) -> Outcome | None:
        """Settle one payment in review as a person decided; ``note`` says who and why.

        ``transaction_id`` is the payment's key. ``owner`` is the client of the invoice, where it is not the one who
        opened the checkout. ``invoice_id`` says where the rest of a payment of several invoices goes whose parts are
        not all known. None: the payment is not in review, or claimed. Raises only ``DatabaseUnavailable``.
        """
        taken = self._posting.begin()
        told = f"{settle} --owner {owner}" if owner else settle
        claim = self._store.claim_in_review(transaction_id, timedelta(seconds=self._settings.lease), f"{told} {note}")
        if claim is None:
            return None
        ways: dict[Settle, Callable[[], Outcome]] = {
            Settle.BOOK: lambda: self._rest(claim, settle, note, owner, invoice_id) or self._book(claim, taken, owner),
            Settle.CREDIT: lambda: self._rest(claim, settle, note, None, invoice_id) or self._credit(claim, taken),
            Settle.RECORD_VOID: lambda: self._record_void(claim, taken),
            Settle.DISMISS: lambda: self._posting.outcomes.ended(claim, State.CLOSED, note, dismissed=True),
        }
        return self._posting.guarded(claim, lambda: self._unless_declined(claim, ways[settle]))

    def _unless_declined(self, claim: Claim, way: Callable[[], Outcome]) -> Outcome:
        try:
            return way()
        except InvoiceBusy as error:
            why = words.waits_for_another(error.transaction_id)
        except _Declined as error:
            why = error.why
        return self._posting.outcomes.later(claim, 0, bilingual(*why))

    def _rest(
        self, claim: Claim, settle: Settle, note: str, owner: int | None, invoice_id: int | None
    ) -> Outcome | None:
        """Of a payment of several invoices whose parts are not all known: settle what WHMCS does not have of it.

        The rest becomes a part of its own: of ``invoice_id``, or for a credit of the reference's invoice. None: it is
        another payment.
        """
        if claim.payment.part_of is not None or not self.is_of_several(claim.payment):
            return None
        transaction, promise = self._paid(claim)
        if settle is Settle.BOOK:
            if invoice_id is None:
                raise _Declined(words.SAY_WHERE)
            # Once it is a part of this invoice, it cannot become another one's.
            client_id = owner or promise.client_id
            found = self._posting.evidence.invoice_state(invoice_id, client_id)
            if found.owner != client_id:
                raise _Declined(words.not_the_owner(found.owner, client_id))
        booked = self._posting.whole.booked(transaction, promise)
        rest = transaction.amount_in_cents - booked.total_in_cents
        where = invoice_id or promise.invoice_id
        key = key_of(transaction.id, where)
        if transaction.amount_in_cents != promise.amount_in_cents or booked.unclear or rest <= 0:
            raise _Declined(words.NO_REST)
        if any(same_id(key, known) for known in booked.parts):
            raise _Declined(words.has_its_part(where))
        wanted = booked.parts | {key: Part(transaction.reference, len(booked.parts), where, promise.client_id, rest)}
        held = {key: claim.payment.reason}
        if not self._store.split(transaction.id, seen_of(transaction, promise), wanted, whole=True, held=held):
            raise _Declined(words.NO_REST)
        return self.resolve(key, settle, note, owner=owner) or Outcome(key, State.REVIEW, "", Upstream.WELL)

    def _book(self, claim: Claim, taken: ClaimTime, owner: int | None) -> Outcome:
        """Book what was really paid to us, on the invoice of its reference."""
        _, promise, seen, worth = self._approved(claim)
        if settled := self._in_whmcs(claim, seen, promise, worth, owner):
            return settled
        client_id = owner or promise.client_id
        state = self._posting.evidence.invoice_state(promise.invoice_id, client_id)
        if state.invoice is None or state.invoice.status.lower() == "cancelled":
            return self._posting.outcomes.decided(claim, invoice_gone(cancelled=state.invoice is not None), seen)
        if state.owner != client_id:
            raise _Declined(words.not_the_owner(state.owner, client_id))
        if state.currency != worth.currency:
            return self._posting.outcomes.decided(claim, read_in_other_currency(state.currency or ""), seen)
        attempt = Attempt(state.snapshot(), surplus_of(state, worth), Order.BOOK, owner)
        place = Place(promise.invoice_id, client_id, worth.amount_in_cents)
        return self._posting.book(claim, seen, taken, attempt, place, worth.rate)

    def _credit(self, claim: Claim, taken: ClaimTime) -> Outcome:
        """Book what was really paid to us as the payer's credit; if WHMCS has no such client any more, as the credit
        of the invoice's owner."""
        transaction, promise, seen, worth = self._approved(claim)
        if settled := self._in_whmcs(claim, seen, promise, worth, None):
            return settled
        client = self._whom_to_credit(promise)
        if client.currency != worth.currency:
            return self._posting.outcomes.decided(claim, read_in_other_currency(client.currency), seen)
        unfinished = self._move(
            claim,
            taken,
            seen,
            Attempt("", None, Order.CREDIT, client.id),
            lambda before_bytes: self._whmcs.add_credit(
                client_id=client.id,
                transid=claim.payment.transaction_id,
                gateway=self._settings.gateway,
                amount_in_cents=worth.amount_in_cents,
                description=f"Wompi {claim.payment.transaction_id} ({transaction.reference})",
                before_bytes=before_bytes,
            ),
        )
        place = Place(0, client.id, worth.amount_in_cents)
        return unfinished or self._posting.prove(claim, seen, place, credited(client.id))

    def _record_void(self, claim: Claim, taken: ClaimTime) -> Outcome:
        """Record in WHMCS, once, that a payment which Wompi says is VOIDED went back, where its row stands now."""
        transaction, name = self._wompi.transaction(claim.payment.wompi_id), claim.payment.transaction_id
        evidence, outcomes = self._posting.evidence, self._posting.outcomes
        promise = evidence.promise(transaction.reference)
        unsplit = promise is not None and promise.count > 1 and claim.payment.part_of is None
        if promise is None or unsplit or transaction.state is not Status.VOIDED or not self._wompi.is_ours(transaction):
            raise _Declined(words.no_void_of_ours(transaction.status))
        seen, promise = seen_of(transaction, promise, claim.payment), share_of(claim.payment, promise)
        amount = evidence.worth(seen, promise).amount_in_cents
        found = evidence.proof.of(name, amount, places_of(claim.payment, promise, amount))
        if evidence.proof.taken_back(name, found, promise.invoice_id):
            return outcomes.decided(claim, TAKEN_BACK, seen)
        mine = found.has is Has.THIS or (found.has is Has.ELSEWHERE and claim.payment.posted_at is not None)
        if not mine:
            raise _Declined(words.NOTHING_TO_TAKE_BACK)
        row = found.rows[0]
        left = row.amount_in - evidence.proof.given_back(name, found, promise.invoice_id)
        owner = self._whmcs.invoice(row.invoice_id).client_id if row.invoice_id else row.client_id or promise.client_id
        unfinished = self._move(
            claim,
            taken,
            seen,
            Attempt("", None, Order.VOID),
            # WHMCS itself refuses a second transaction of this id.
            lambda before_bytes: self._whmcs.record_refund(
                invoice_id=row.invoice_id,
                client_id=owner,
                transid=name,
                gateway=self._settings.gateway,
                amount_in_cents=left,
                description=f"VOIDED at Wompi: {name}",
                before_bytes=before_bytes,
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

    def _approved(self, claim: Claim) -> tuple[Transaction, Reference, Seen, Worth]:
        """Read what was paid to us in pesos for this payment's invoice, and what WHMCS is to be told. Raises
        ``_Declined``."""
        payment = claim.payment
        transaction, promise = self._paid(claim)
        if promise.count > 1:
            if payment.part_of is None or transaction.amount_in_cents != promise.amount_in_cents:
                raise _Declined(words.NO_REST)
            rows = self._posting.evidence.proof.parts_of(transaction.id, promise.client_id)
            others = sum(row.amount_in for row in rows if not same_id(row.transid, payment.transaction_id))
            if others + (payment.amount_in_cents or 0) > transaction.amount_in_cents:
                raise _Declined(words.NO_REST)
        seen = seen_of(transaction, promise, payment)
        worth = self._posting.evidence.worth(seen, promise)
        # What was quoted is the price of exactly these pesos; and without the quote they are no price.
        exact = worth.rate is not None and transaction.amount_in_cents == promise.amount_in_cents
        if promise.quoted and not exact:
            raise _Declined(words.OTHER_THAN_QUOTED)
        return transaction, share_of(payment, promise), seen, worth

    def _paid(self, claim: Claim) -> tuple[Transaction, Reference]:
        """Read the transaction, and what its reference promises. Raises ``_Declined`` where it did not pay us."""
        transaction = self._wompi.transaction(claim.payment.wompi_id)
        promise = self._posting.evidence.promise(transaction.reference)
        approved = transaction.state is Status.APPROVED and transaction.currency == CURRENCY
        if promise is None or not approved or not self._wompi.is_ours(transaction):
            raise _Declined(words.not_paid_to_us(transaction.status))
        return transaction, promise

    def _in_whmcs(
        self, claim: Claim, seen: Seen, promise: Reference, worth: Worth, owner: int | None
    ) -> Outcome | None:
        """The outcome where WHMCS has a row already; None where it has none."""
        places = places_of(claim.payment, promise, worth.amount_in_cents)
        if owner:
            places.append(Place(promise.invoice_id, owner, worth.amount_in_cents))
        found = self._posting.evidence.found(claim.payment, worth, places)
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
        raise _Declined(words.nobody_to_credit(promise.client_id, promise.invoice_id))

    def _move(
        self, claim: Claim, taken: ClaimTime, seen: Seen, attempt: Attempt, call: Callable[[BeforeBytes], None]
    ) -> Outcome | None:
        """Commit the intent, and make the one call that moves money. None: WHMCS reported success."""
        self._posting.commit_intent(claim, seen, attempt)
        try:
            call(partial(self._posting.refuse_if_old, taken))
        except ClaimTooOld:
            raise _Declined(words.PAUSED) from None
        except (Refused, AccessRefused, Unreachable) as error:
            raise _Declined(words.refused_by_whmcs(error)) from None
        except Exception as error:  # noqa: BLE001 - whatever failed, the request may be on its way
            return self._posting.in_doubt(claim, seen, error)
        return None
