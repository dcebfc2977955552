"""What today's code would decide about a transaction, and by which facts. Reads only: it takes no claim, and writes
nothing, whatever comes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from whmcs_bridge.booking.decision import Facts, decide
from whmcs_bridge.booking.decision_table import Row, row_of
from whmcs_bridge.booking.evidence import Evidence, seen_of
from whmcs_bridge.booking.places import accepted_client
from whmcs_bridge.booking.reviews import Action, Decision
from whmcs_bridge.ledger.records import Payment, State
from wompi_gateway.client import WompiClient
from wompi_gateway.models import Status, Transaction


@dataclass(frozen=True, slots=True)
class Replayed:
    """What Wompi says now, the facts, the row of the table that decides, and the decision."""

    transaction: Transaction
    facts: Facts
    row: Row | None
    decision: Decision


def replay(
    transaction_id: str, payment: Payment | None, now: datetime, wompi: WompiClient, evidence: Evidence
) -> Replayed:
    """Look at a transaction as the worker would, up to the decision. ``payment`` is None where it was never heard of.

    Raises ``ApiError`` or ``WhmcsError``: then nothing can be decided now, and the worker would look again later.
    """
    transaction = wompi.transaction(transaction_id)
    payment = payment or _unheard_of(transaction_id, now)
    promise = evidence.promise(transaction.reference)
    facts = evidence.of_wompi(payment, transaction, promise)
    if decide(facts).action is Action.ASK_WHMCS and promise is not None:
        seen = seen_of(transaction, promise)
        if transaction.state is Status.VOIDED:
            facts = evidence.of_void(facts, payment, seen, promise)
        else:
            payer = accepted_client(payment, promise)
            state = evidence.invoice_state(promise.invoice_id, payer)
            facts = evidence.of_whmcs(facts, payment, seen, promise, state)
            if decide(facts).action is Action.POST and payment.tries:
                facts = replace(facts, retry=evidence.of_retry(payment, seen, payer, state))
    return Replayed(transaction, facts, row_of(facts), decide(facts))


def _unheard_of(transaction_id: str, now: datetime) -> Payment:
    return Payment(
        transaction_id, State.DUE, reason="", due_at=None, looks=0, status="", reference=None, invoice_id=None,
        client_id=None, amount_in_cents=None, currency=None, method=None, finalized_at=None, created_at=now,
        posted_at=None, dismissed=False,
    )  # fmt: skip
