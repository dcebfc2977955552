"""The whole of a payment of several invoices: a look at it makes its parts payments of their own, and books nothing.

The parts are those of its checkout. Where the database was lost, they are what WHMCS has: a part's id in WHMCS begins
with the transaction's. What WHMCS does not have then is booked by a person's order only.
"""

from __future__ import annotations

from dataclasses import dataclass

from whmcs_bridge.booking.evidence import Evidence, seen_of
from whmcs_bridge.booking.outcomes import Outcome, Outcomes
from whmcs_bridge.booking.pacing import Upstream
from whmcs_bridge.booking.reviews import ended, parts_missing
from whmcs_bridge.ledger.claims import Claim
from whmcs_bridge.ledger.parts import key_of
from whmcs_bridge.ledger.records import Part, Payment, State
from whmcs_bridge.ledger.seen import Seen
from whmcs_bridge.ledger.store import Store
from whmcs_bridge.money.pesos import format_cop
from whmcs_bridge.signed.references import Reference
from whmcs_bridge.whmcs.answers import WhmcsError
from whmcs_bridge.whmcs.ids import same_id
from wompi_gateway.models import Status, Transaction


@dataclass(frozen=True, slots=True)
class Booked:
    """What WHMCS has of a transaction whose parts are not remembered."""

    parts: dict[str, Part]
    """By the ids that WHMCS knows them by."""
    total_in_cents: int
    unclear: bool
    """There is also a row of the whole transaction, or two of one id, or its rows are no pesos."""


class Whole:
    """Looks at transactions of several invoices."""

    def __init__(self, store: Store, evidence: Evidence, outcomes: Outcomes) -> None:
        self._store = store
        self._evidence = evidence
        self._outcomes = outcomes

    def look(self, claim: Claim, transaction: Transaction, promise: Reference) -> Outcome | None:
        """Split the transaction, or say why not. None: it is to be judged like any payment, and must not be booked."""
        parts = self._store.parts(transaction.reference)
        if parts:
            seen = seen_of(transaction, promise)
            wanted = {key_of(transaction.id, part.invoice_id): part for part in parts}
            return self._split(claim, seen, wanted)
        if transaction.state not in (Status.APPROVED, Status.VOIDED) or _is_settled(claim.payment):
            return None
        if self._evidence.of_wompi(claim.payment, transaction, promise).mismatch is not None:
            return None
        return self._from_whmcs(claim, transaction, promise)

    def booked(self, transaction: Transaction, promise: Reference) -> Booked:
        """Ask WHMCS for the parts. Raises ``WhmcsError``."""
        rows = self._evidence.proof.parts_of(transaction.id, promise.client_id)
        parts = {
            row.transid: Part(
                transaction.reference, place, row.invoice_id, row.client_id or promise.client_id, row.amount_in
            )
            for place, row in enumerate(rows)
            if not same_id(row.transid, transaction.id)
        }
        unclear = len(parts) < len(rows) or promise.quoted
        return Booked(parts, sum(row.amount_in for row in rows), unclear)

    def _from_whmcs(self, claim: Claim, transaction: Transaction, promise: Reference) -> Outcome:
        seen = seen_of(transaction, promise)
        try:
            booked = self.booked(transaction, promise)
        except WhmcsError as error:
            return self._outcomes.whmcs_failed(claim, error, seen)
        voided = transaction.state is Status.VOIDED
        if voided and not booked.total_in_cents:
            return self._outcomes.decided(claim, ended(Status.VOIDED), seen)
        whole = (voided or booked.total_in_cents == transaction.amount_in_cents) and not booked.unclear
        if whole and (outcome := self._split(claim, seen, booked.parts)):
            return outcome
        self._store.split(transaction.id, seen, booked.parts, whole=False)
        rest = 0 if booked.unclear else transaction.amount_in_cents - booked.total_in_cents
        told = format_cop(transaction.amount_in_cents), format_cop(booked.total_in_cents)
        return self._outcomes.decided(claim, parts_missing(*told, rest), seen)

    def _split(self, claim: Claim, seen: Seen, wanted: dict[str, Part]) -> Outcome | None:
        name = claim.payment.transaction_id
        if not self._store.split(name, seen, wanted, whole=True):
            return None
        return Outcome(name, State.SPLIT, "", Upstream.WELL)


def _is_settled(payment: Payment) -> bool:
    """A person, or a version without parts, has settled it as one payment."""
    return payment.dismissed or payment.ordered is not None or payment.posted_at is not None
