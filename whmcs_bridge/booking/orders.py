"""A person's orders: how ``wompi-bridge resolve`` settles a payment in review.

Whatever moves money in WHMCS by an order has the guards of any booking: claim, look, wait, age, proof. What a person
accepted is remembered with the payment, so that nobody is asked again about it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from whmcs_bridge.booking.evidence import Rules, seen_of
from whmcs_bridge.booking.outcomes import Outcome
from whmcs_bridge.booking.places import places_of
from whmcs_bridge.booking.posting import Look, Posting
from whmcs_bridge.booking.reviews import (
    TAKEN_BACK,
    Action,
    Decision,
    Settle,
    invoice_gone,
    of_rows,
    read_in_other_currency,
)
from whmcs_bridge.ledger.claims import Attempt, Claim, InvoiceBusy
from whmcs_bridge.ledger.records import Order, Seen, State
from whmcs_bridge.ledger.store import Store
from whmcs_bridge.messages import bilingual
from whmcs_bridge.signed.references import Reference
from whmcs_bridge.whmcs.answers import AccessRefused, ClientNotFound, Refused, Unreachable
from whmcs_bridge.whmcs.client import WhmcsClient
from whmcs_bridge.whmcs.invoice_state import currency_known
from whmcs_bridge.whmcs.models import Client
from whmcs_bridge.whmcs.proof import Has, Place
from wompi_gateway.client import WompiClient
from wompi_gateway.models import CURRENCY, Status, Transaction


class _Declined(Exception):
    """The order cannot be carried out: nothing was moved, and the payment waits for a person as before."""


class Orders:
    """Carries out orders, one payment each."""

    def __init__(self, store: Store, wompi: WompiClient, whmcs: WhmcsClient, posting: Posting, rules: Rules) -> None:
        self._store = store
        self._wompi = wompi
        self._whmcs = whmcs
        self._posting = posting
        self._rules = rules

    def resolve(self, transaction_id: str, settle: Settle, note: str, *, owner: int | None = None) -> Outcome | None:
        """Settle one payment in review as a person decided; ``note`` says who and why.

        ``owner`` names the client of the invoice, where it is not the one who opened the checkout.
        None when the payment is not in review, or is being worked on. Raises ``DatabaseUnavailable`` and nothing else.
        """
        look = self._posting.begin()
        told = f"{settle} --owner {owner}" if owner else settle
        claim = self._store.claim_in_review(transaction_id, timedelta(seconds=self._rules.lease), f"{told} {note}")
        if claim is None:
            return None
        ways: dict[Settle, Callable[[], Outcome]] = {
            Settle.BOOK: lambda: self._book(claim, look, owner),
            Settle.CREDIT: lambda: self._credit(claim, look),
            Settle.RECORD_VOID: lambda: self._record_void(claim, look),
            Settle.DISMISS: lambda: self._posting.outcomes.ended(claim, State.CLOSED, note, dismissed=True),
        }
        return self._posting.carefully(claim, lambda: self._unless_declined(claim, ways[settle]))

    def _unless_declined(self, claim: Claim, way: Callable[[], Outcome]) -> Outcome:
        try:
            return way()
        except _Declined as declined:
            return self._posting.outcomes.later(claim, 0, str(declined))
        except InvoiceBusy as error:
            return self._posting.outcomes.later(claim, 0, str(error))

    def _book(self, claim: Claim, look: Look, owner: int | None) -> Outcome:
        """Book what was really paid to us, on the invoice of its reference."""
        transaction, promise, seen = self._approved(claim)
        if settled := self._in_whmcs(claim, seen, promise, owner):
            return settled
        client_id = owner or promise.client_id
        state = self._posting.evidence.invoice_state(promise.invoice_id, client_id)
        if state.invoice is None or state.invoice.status.lower() == "cancelled":
            return self._posting.outcomes.decided(claim, invoice_gone(cancelled=state.invoice is not None), seen)
        if state.owner != client_id:
            raise _Declined(
                bilingual(
                    f"el aviso es del cliente {state.owner}, no del {client_id}: si el pago va ahí, use --book --owner"
                    f" {state.owner}",
                    f"the invoice is client {state.owner}'s, not {client_id}'s: if the payment goes there, use --book"
                    f" --owner {state.owner}",
                )
            )
        if state.currency != CURRENCY:
            return self._posting.outcomes.decided(claim, read_in_other_currency(state.currency or ""), seen)
        surplus = state.surplus(transaction.amount_in_cents)
        attempt = Attempt(state.snapshot(), surplus, Order.BOOK, owner)
        place = Place(promise.invoice_id, client_id, seen.amount_in_cents)
        return self._posting.book(claim, seen, look, attempt, place)

    def _credit(self, claim: Claim, look: Look) -> Outcome:
        """Put what was really paid to us on the credit of who paid it; if WHMCS has that client no more, of the
        invoice's owner."""
        transaction, promise, seen = self._approved(claim)
        if settled := self._in_whmcs(claim, seen, promise, None):
            return settled
        client = self._whom_to_credit(promise)
        if client.currency != CURRENCY:
            return self._posting.outcomes.decided(claim, read_in_other_currency(client.currency), seen)
        unfinished = self._move(
            claim,
            look,
            seen,
            Attempt("", None, Order.CREDIT, client.id),
            lambda: self._whmcs.add_credit(
                client_id=client.id,
                transid=transaction.id,
                gateway=self._rules.gateway,
                amount_in_cents=seen.amount_in_cents,
                description=f"Wompi {transaction.id} ({transaction.reference})",
            ),
        )
        told = Decision(Action.DONE, f"saldo a favor del cliente {client.id}", f"credit of client {client.id}")
        place = Place(0, client.id, seen.amount_in_cents)
        return unfinished or self._posting.prove(claim, seen, place, told)

    def _record_void(self, claim: Claim, look: Look) -> Outcome:
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
            raise _Declined(
                bilingual("WHMCS no muestra este pago, y no hay qué devolver", "WHMCS shows no payment to take back")
            )
        row = found.rows[0]
        left = row.amount_in - evidence.proof.given_back(name, found, promise.invoice_id)
        owner = self._whmcs.invoice(row.invoice_id).client_id if row.invoice_id else row.client_id or promise.client_id
        unfinished = self._move(
            claim,
            look,
            seen,
            Attempt("", None, Order.VOID),
            # WHMCS refuses a second transaction of the same id by itself.
            lambda: self._whmcs.record_refund(
                invoice_id=row.invoice_id,
                client_id=owner,
                transid=name,
                gateway=self._rules.gateway,
                amount_in_cents=left,
                description=f"VOIDED at Wompi: {name}",
            ),
        )
        if unfinished:
            return unfinished
        try:
            if evidence.proof.taken_back(name, found, promise.invoice_id):
                return outcomes.decided(claim, TAKEN_BACK, seen)
        except Exception as error:  # noqa: BLE001 - whatever broke, the money may have been moved
            return self._posting.in_doubt(claim, seen, error)
        return outcomes.not_seen(claim, seen, self._rules.recheck_after)

    def _approved(self, claim: Claim) -> tuple[Transaction, Reference, Seen]:
        """Read back what was paid to us in pesos, or decline."""
        transaction = self._wompi.transaction(claim.payment.transaction_id)
        promise = self._posting.evidence.promise(transaction.reference)
        approved = transaction.state is Status.APPROVED and transaction.currency == CURRENCY
        if promise is None or not approved or not self._wompi.is_ours(transaction):
            raise _Declined(
                bilingual(
                    f"Wompi no dice que se nos haya pagado en pesos: {transaction.status}",
                    f"Wompi does not say that it was paid to us, in pesos: {transaction.status}",
                )
            )
        return transaction, promise, seen_of(transaction, promise)

    def _in_whmcs(self, claim: Claim, seen: Seen, promise: Reference, owner: int | None) -> Outcome | None:
        """What follows from a row that WHMCS has already; None where it has none."""
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
        raise _Declined(
            bilingual(
                f"WHMCS ya no tiene al cliente {promise.client_id} ni el aviso {promise.invoice_id}: no hay a quién"
                " abonarlo. Devuelva el dinero en Wompi, o regístrelo a mano.",
                f"WHMCS has neither client {promise.client_id} nor invoice {promise.invoice_id} any more: there is"
                " nobody to credit. Return the money at Wompi, or book it by hand.",
            )
        )

    def _move(self, claim: Claim, look: Look, seen: Seen, attempt: Attempt, call: Callable[[], None]) -> Outcome | None:
        """Commit the intent, and make the one call that moves money. None when WHMCS said "success"."""
        self._posting.commit_intent(claim, seen, attempt)
        if self._posting.is_old(look):
            raise _Declined(
                bilingual("este equipo estuvo detenido; ordénelo de nuevo", "this machine was paused; order again")
            )
        try:
            call()
        except (Refused, AccessRefused, Unreachable) as error:
            raise _Declined(bilingual(f"WHMCS no lo aceptó: {error}", f"WHMCS refused it: {error}")) from None
        except Exception as error:  # noqa: BLE001 - whatever broke, the request may be on its way
            return self._posting.in_doubt(claim, seen, error)
        return None
