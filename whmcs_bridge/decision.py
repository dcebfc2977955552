"""The decision: what to do about one transaction, from what is known. Pure and total, and the only place that decides.

The rows of the table, in order, stand in ``docs/decisions.md`` beside the reasons; ``tests/test_decision.py`` walks
every combination. What is not understood goes to a person, never to a guess, and never to silence.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from whmcs_bridge.records import State
from wompi_gateway.models import Status


class Action(StrEnum):
    """What to do next."""

    WAIT = "wait"
    """Look again later: Wompi has not decided."""
    ASK_WHMCS = "ask whmcs"
    """It depends on WHMCS: ask, and decide again."""
    POST = "post"
    """Book what was paid."""
    DONE = "done"
    """WHMCS has it."""
    CLOSE = "close"
    """There is no money for us in it."""
    REVIEW = "review"
    """A person must look."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, and why: the reason is a sentence for a person."""

    action: Action
    reason: str = ""


@dataclass(frozen=True, slots=True)
class InWhmcs:
    """What WHMCS says of a transaction. ``invoice_status`` is None where there is no such invoice."""

    booked: int
    """How many rows carry exactly this transaction id and money in."""
    taken_back: bool
    """A row with money out stands against the payment: a refund was recorded."""
    invoice_status: str | None


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a decision depends on."""

    status: Status
    status_word: str
    """Wompi's own word, which may be one that we do not know."""
    ours: bool
    """The reference was issued by this bridge: by its MAC, or by the checkout's row."""
    mismatch: str
    """What differs from the checkout (amount, currency, merchant), as a sentence; empty when nothing does."""
    state: State
    status_when_held: str
    """The status under which the payment entered review; empty when it is not in review."""
    posted_before: bool
    """We once saw it booked."""
    age: timedelta
    """Since it was first heard of."""
    whmcs: InWhmcs | None = None


# A PSE payment may wait for its bank for a business day; no maximum is documented. After a week a person should ask
# Wompi.
PATIENCE = timedelta(days=7)


def decide(facts: Facts) -> Decision:
    """Decide. Total: every combination of facts has an answer, and only ``POST`` moves money."""
    match facts.status:
        case Status.PENDING | Status.UNKNOWN:
            return _undecided(facts)
        case Status.DECLINED | Status.ERROR:
            return _without_money(facts)
        case Status.APPROVED:
            return _approved(facts)
        case Status.VOIDED:
            return _voided(facts)


def _undecided(facts: Facts) -> Decision:
    if not facts.ours:
        return _NOT_OURS
    if facts.age < PATIENCE:
        return Decision(Action.WAIT)
    days = facts.age.days
    return Decision(
        Action.REVIEW,
        f"Wompi has said {facts.status_word} for {days} days. Ask Wompi what became of it; nothing was booked.",
    )


def _without_money(facts: Facts) -> Decision:
    if facts.ours and facts.posted_before:
        return Decision(
            Action.REVIEW,
            f"WHMCS has this payment, but Wompi now says {facts.status_word}. Ask Wompi, and take the payment back in"
            " WHMCS if the money never came.",
        )
    return Decision(Action.CLOSE, f"{facts.status_word} at Wompi")


def _approved(facts: Facts) -> Decision:
    if not facts.ours:
        return _NOT_OURS
    held = facts.state is State.REVIEW and facts.status_when_held == facts.status_word
    if facts.whmcs is None:
        return Decision(Action.REVIEW, facts.mismatch) if facts.mismatch and not held else Decision(Action.ASK_WHMCS)
    if facts.whmcs.booked > 1:
        return _doubled(facts.whmcs)
    if facts.whmcs.booked == 1:
        return Decision(Action.DONE)
    if facts.mismatch:
        return Decision(Action.REVIEW, facts.mismatch)
    if facts.posted_before:
        return Decision(
            Action.REVIEW,
            "WHMCS had this payment and does not have it any more. If it was deleted by mistake, add it to the invoice"
            " again with this transaction id.",
        )
    if facts.whmcs.invoice_status is None:
        return Decision(
            Action.REVIEW,
            "The money was paid, but WHMCS has no such invoice any more. Add it to the client's account with this"
            " transaction id, or return it at Wompi.",
        )
    if facts.whmcs.invoice_status.lower() == "cancelled":
        return Decision(
            Action.REVIEW,
            "The money was paid, but the invoice is Cancelled and takes no payment. Add it to the client's account as"
            " credit with this transaction id, or return it at Wompi.",
        )
    if held:
        # A person was asked to look, and has not settled it: to book now, behind that person's back, could be twice.
        return Decision(Action.REVIEW)
    # Also on a Paid invoice: the money is real, and WHMCS makes it the client's credit.
    return Decision(Action.POST)


def _voided(facts: Facts) -> Decision:
    if not facts.ours:
        return _NOT_OURS
    if facts.whmcs is None:
        return Decision(Action.ASK_WHMCS)
    if facts.whmcs.booked > 1:
        return _doubled(facts.whmcs)
    if facts.whmcs.taken_back:
        return Decision(Action.CLOSE, "VOIDED at Wompi, and taken back in WHMCS")
    if facts.whmcs.booked:
        return Decision(
            Action.REVIEW,
            "VOIDED at Wompi, still paid in WHMCS. Record the refund in WHMCS against this transaction.",
        )
    return Decision(Action.CLOSE, "VOIDED at Wompi")


def _doubled(whmcs: InWhmcs) -> Decision:
    return Decision(
        Action.REVIEW,
        f"WHMCS has this payment {whmcs.booked} times. Delete all but one of the transactions in WHMCS.",
    )


_NOT_OURS = Decision(Action.CLOSE, "not ours: the reference was not issued by this bridge")
