"""What today's code would decide about a transaction, and by which facts. Reads only: it takes no claim, and writes
nothing, whatever comes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from whmcs_bridge.booking.decision import Facts, decide
from whmcs_bridge.booking.decision_table import Row, row_of
from whmcs_bridge.booking.evidence import Evidence, seen_of, share_of
from whmcs_bridge.booking.places import accepted_client
from whmcs_bridge.booking.reviews import NEVER_AS_ONE, Action, Decision
from whmcs_bridge.ledger.parts import key_of
from whmcs_bridge.ledger.records import Part, Payment, State
from whmcs_bridge.ledger.store import Store
from whmcs_bridge.signed.references import Reference
from wompi_gateway.client import WompiClient
from wompi_gateway.models import Status, Transaction


@dataclass(frozen=True, slots=True)
class Replayed:
    """What Wompi says now, the facts, the row of the table that decides, and the decision about one payment."""

    payment: Payment
    transaction: Transaction
    facts: Facts
    row: Row | None
    decision: Decision


def replay(name: str, store: Store, now: datetime, wompi: WompiClient, evidence: Evidence) -> list[Replayed]:
    """Look at a transaction, or a part of one, as the worker would, up to the decisions: one for each invoice.

    Raises ``ApiError`` or ``WhmcsError``: then nothing can be decided now, and the worker would look again later.
    """
    known = store.of_transaction(name)
    transaction = wompi.transaction(known[0].wompi_id if known else name)
    promise = evidence.promise(transaction.reference)
    whole = known[0] if len(known) == 1 and known[0].part_of is None else None
    if (not known or (whole and whole.posted_at is None and whole.ordered is None and not whole.dismissed)) and (
        parts := store.parts(transaction.reference)
    ):
        # The worker would make them payments of their own before it decides.
        known = [_part(part, transaction, now) for part in parts]
    return [_replay(payment, transaction, promise, evidence) for payment in known or [_unheard_of(name, now)]]


def _replay(payment: Payment, transaction: Transaction, promise: Reference | None, evidence: Evidence) -> Replayed:
    facts = evidence.of_wompi(payment, transaction, promise)
    if decide(facts).action is Action.ASK_WHMCS and promise is not None:
        seen = seen_of(transaction, promise, payment)
        promise = share_of(payment, promise)
        if transaction.state is Status.VOIDED:
            facts = evidence.of_void(facts, payment, seen, promise)
        else:
            payer = accepted_client(payment, promise)
            state = evidence.invoice_state(promise.invoice_id, payer)
            worth = evidence.worth(seen, promise)
            facts = evidence.of_whmcs(facts, payment, worth, promise, state)
            if decide(facts).action is Action.POST and payment.tries:
                facts = replace(facts, retry=evidence.of_retry(payment, seen, worth, payer, state))
    decision = decide(facts)
    if decision.action is Action.POST and promise is not None and promise.count > 1:
        return Replayed(payment, transaction, facts, None, NEVER_AS_ONE)
    return Replayed(payment, transaction, facts, row_of(facts), decision)


def _part(part: Part, transaction: Transaction, now: datetime) -> Payment:
    return replace(
        _unheard_of(key_of(transaction.id, part.invoice_id), now),
        reference=part.reference,
        invoice_id=part.invoice_id,
        client_id=part.client_id,
        amount_in_cents=part.amount_in_cents,
        part_of=transaction.id,
        whole_in_cents=transaction.amount_in_cents,
    )


def _unheard_of(transaction_id: str, now: datetime) -> Payment:
    return Payment(
        transaction_id, State.DUE, reason="", due_at=None, looks=0, status="", reference=None, invoice_id=None,
        client_id=None, amount_in_cents=None, currency=None, method=None, finalized_at=None, created_at=now,
        posted_at=None, dismissed=False,
    )  # fmt: skip
