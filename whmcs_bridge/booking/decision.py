"""The decision: what to do about one transaction, from what is known. Pure and total, and the only place that decides.

The rows of the table, in order, stand in ``docs/decisions.md`` beside the reasons; ``tests/booking/test_decision.py``
walks every combination. What is not understood goes to a person, never to a guess, and never to silence.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from whmcs_bridge.booking.reviews import (
    DISMISSED,
    NOT_OURS,
    TAKEN_BACK,
    Action,
    Decision,
    booked_and_without_money,
    changed_since_the_first_try,
    credit_not_seen,
    doubled,
    elsewhere,
    invoice_gone,
    moved,
    of_rows,
    other_owner,
    read_in_other_currency,
    rows_are_hidden,
    said_and_not_done,
    undecided_for_too_long,
    vanished,
    voided_and_still_paid,
    voided_by_the_button_and_still_paid,
)
from whmcs_bridge.ledger.records import Order, State
from whmcs_bridge.whmcs.proof import Found, Has
from wompi_gateway.models import Status


class Retry(StrEnum):
    """Whether WHMCS may be asked to book a payment once more."""

    ALLOWED = "allowed"
    """It was never asked, or the invoice stands as it did before the first time."""
    CHANGED = "changed"
    """The invoice has changed since, or a row of this amount has come: it may be this payment."""
    UNSEEN = "unseen"
    """WHMCS said twice that it was booked, and has no row of it."""
    HIDDEN = "hidden"
    """WHMCS said it of another payment as well: something there rewrites or hides rows."""


@dataclass(frozen=True, slots=True)
class InWhmcs:
    """What WHMCS says. ``invoice_status`` is None where there is no such invoice."""

    found: Found
    taken_back: bool
    """A row with money out stands against the payment: a refund was recorded."""
    invoice_status: str | None
    other_owner: int | None = None
    """The client to whom the invoice belongs, where it is neither the payer nor whom a person has accepted."""
    other_currency: str | None = None
    """The currency in which WHMCS would read the amount, where it is not the one that was quoted; empty: not known."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a decision depends on."""

    status: Status
    status_word: str
    """Wompi's own word, which may be one that we do not know."""
    ours: bool
    """The reference was issued by this bridge: by its MAC, or by the checkout's row."""
    mismatch: Decision | None
    """What to do because amount, currency or merchant differ from the checkout; None when nothing does."""
    state: State
    status_when_held: str
    """The status under which the payment entered review; empty when it is not in review."""
    posted_before: bool
    """We once saw it booked."""
    age: timedelta
    """Since it was first heard of."""
    dismissed: bool = False
    """A person has decided to leave it."""
    whmcs: InWhmcs | None = None
    ordered: Order | None = None
    """What a person has ordered before."""
    retry: Retry = Retry.ALLOWED
    void_age: timedelta | None = None
    """Since WHMCS's refund button asked for a void, or was told last that it is done; None when it did not."""


# A PSE payment may wait for its bank for a business day; no maximum is documented. After a week a person should ask
# Wompi.
PATIENCE = timedelta(days=7)
# WHMCS records a refund when its button has heard of success; after this time it did not.
WHILE_WHMCS_RECORDS = timedelta(minutes=15)


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
        return NOT_OURS
    if facts.age < PATIENCE:
        return Decision(Action.WAIT)
    if facts.dismissed:
        return DISMISSED
    if facts.posted_before:
        return booked_and_without_money(facts.status_word)
    return undecided_for_too_long(facts.status_word, facts.age.days)


def _without_money(facts: Facts) -> Decision:
    word = facts.status_word
    if facts.ours and facts.posted_before and not facts.dismissed:
        return booked_and_without_money(word)
    if facts.ours and facts.state in (State.POSTING, State.REVIEW) and not facts.dismissed:
        # Its booking may have taken effect, and nobody has seen it yet.
        if facts.whmcs is None:
            return Decision(Action.ASK_WHMCS)
        if facts.whmcs.found.has is not Has.NOTHING:
            return booked_and_without_money(word)
    return Decision(Action.CLOSE, f"{word} en Wompi", f"{word} at Wompi")


def _approved(facts: Facts) -> Decision:
    if not facts.ours:
        return NOT_OURS
    held = facts.state is State.REVIEW and facts.status_when_held == facts.status_word
    if facts.whmcs is None:
        # A person may have settled it, or begun to: then WHMCS knows.
        settled = held or facts.dismissed or facts.posted_before or facts.state is State.POSTING
        return facts.mismatch if facts.mismatch and not settled else Decision(Action.ASK_WHMCS)
    return _in_whmcs(facts, facts.whmcs.found) or _absent(facts, facts.whmcs, held=held)


def _in_whmcs(facts: Facts, found: Found) -> Decision | None:
    """What follows from the rows that WHMCS has; None where it has none, and no person has left it so."""
    if found.has is Has.ELSEWHERE and facts.posted_before:
        return moved(found)
    if facts.dismissed and found.has is not Has.THIS:
        return DISMISSED
    return of_rows(found)


def _absent(facts: Facts, whmcs: InWhmcs, *, held: bool) -> Decision:
    """Approved, ours, and WHMCS has nothing of it: post it, or say why not."""
    if facts.mismatch:
        return facts.mismatch
    if facts.posted_before:
        return vanished()
    if facts.state is State.POSTING and facts.ordered is Order.CREDIT:
        return credit_not_seen()
    if whmcs.invoice_status is None or whmcs.invoice_status.lower() == "cancelled":
        return invoice_gone(cancelled=whmcs.invoice_status is not None)
    if held:
        # A person was asked to look, and has not settled it: to book now, behind that person's back, could be twice.
        return Decision(Action.REVIEW)
    if whmcs.other_owner is not None:
        return other_owner(whmcs.other_owner)
    if whmcs.other_currency is not None:
        return read_in_other_currency(whmcs.other_currency)
    if facts.retry is not Retry.ALLOWED:
        return _not_again(facts.retry)
    # Also on a Paid invoice: the money is real, and WHMCS makes it the client's credit.
    return Decision(Action.POST)


def _not_again(retry: Retry) -> Decision:
    match retry:
        case Retry.CHANGED:
            return changed_since_the_first_try()
        case Retry.UNSEEN:
            return said_and_not_done()
        case _:
            return rows_are_hidden()


def _voided(facts: Facts) -> Decision:
    if not facts.ours:
        return NOT_OURS
    if facts.whmcs is None:
        return Decision(Action.ASK_WHMCS)
    if facts.dismissed:
        return DISMISSED
    if facts.whmcs.found.has is Has.MANY:
        return doubled(facts.whmcs.found)
    if facts.whmcs.taken_back:
        return TAKEN_BACK
    if facts.whmcs.found.has is Has.NOTHING:
        return Decision(Action.CLOSE, "VOIDED en Wompi", "VOIDED at Wompi")
    found = facts.whmcs.found
    if found.has is Has.OTHER or (found.has is Has.ELSEWHERE and not facts.posted_before):
        return elsewhere(found)  # no payment of ours that could be taken back
    if facts.void_age is None:
        return voided_and_still_paid()
    if facts.void_age < WHILE_WHMCS_RECORDS:
        return Decision(
            Action.CLOSE,
            "VOIDED en Wompi, como se pidió desde WHMCS",
            "VOIDED at Wompi, as WHMCS asked",
            again_in=WHILE_WHMCS_RECORDS - facts.void_age,
        )
    return voided_by_the_button_and_still_paid()
