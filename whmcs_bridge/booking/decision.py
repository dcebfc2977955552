"""The decision: what to do about one transaction, from what is known. Pure and total, and the only place that decides.

``docs/decisions.md`` has it as a table with the reasons; ``tests/booking/test_decision.py`` tries every combination of
facts. What is not understood goes to a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from whmcs_bridge.booking import reviews
from whmcs_bridge.booking.reviews import Action, Decision
from whmcs_bridge.ledger.records import Order, State
from whmcs_bridge.whmcs.proof import Found, Has
from wompi_gateway.models import Status


class Retry(StrEnum):
    """Whether WHMCS may be asked to book a payment once more."""

    ALLOWED = "allowed"
    """WHMCS was never asked, or the invoice stands as it did before the first time."""
    CHANGED = "changed"
    """The invoice has changed since, or a row of this amount has come: it may be this payment."""
    UNSEEN = "unseen"
    """WHMCS said twice that it was booked, and has no row of it."""
    HIDDEN = "hidden"
    """WHMCS did so with another payment as well: something there rewrites or hides rows."""


@dataclass(frozen=True, slots=True)
class InWhmcs:
    """What WHMCS says. ``invoice_status`` is None where there is no such invoice."""

    found: Found
    taken_back: bool
    """A refund of it was recorded: there is a row with money out."""
    invoice_status: str | None
    other_owner: int | None = None
    """The invoice's owner, where it is neither the payer nor accepted by a person."""
    other_currency: str | None = None
    """The currency in which WHMCS would read the amount, where it is not the quoted one; empty: not known."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a decision depends on."""

    status: Status
    status_word: str
    """Wompi's own word, which may be an unknown one."""
    ours: bool
    """The reference was issued by this bridge: by its MAC, or by the checkout's row."""
    mismatch: Decision | None
    """What to do because amount, currency or merchant differ from the checkout; None: they do not."""
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
    """Since WHMCS's refund button asked for a void, or was last told that it is done; None: it did not ask."""


# A PSE payment may wait for its bank for a business day; Wompi documents no maximum.
PATIENCE = timedelta(days=7)
# WHMCS records the refund within this time of hearing of success, or not at all.
WHILE_WHMCS_RECORDS = timedelta(minutes=15)


_NOT_AGAIN = {
    Retry.CHANGED: reviews.CHANGED_SINCE_THE_FIRST_TRY,
    Retry.UNSEEN: reviews.SAID_AND_NOT_DONE,
    Retry.HIDDEN: reviews.ROWS_ARE_HIDDEN,
}


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


def of_rows(found: Found) -> Decision | None:
    """What follows from WHMCS's rows of an approved payment; None where it has none."""
    match found.has:
        case Has.NOTHING:
            return None
        case Has.THIS:
            return Decision(Action.DONE)
        case Has.MANY:
            return reviews.doubled(found)
        case _:
            return reviews.elsewhere(found)


def _undecided(facts: Facts) -> Decision:
    if not facts.ours:
        return reviews.NOT_OURS
    if facts.age < PATIENCE:
        return Decision(Action.WAIT)
    if facts.dismissed:
        return reviews.DISMISSED
    if facts.posted_before:
        return reviews.booked_and_without_money(facts.status_word)
    return reviews.undecided_for_too_long(facts.status_word, facts.age.days)


def _without_money(facts: Facts) -> Decision:
    word = facts.status_word
    if facts.ours and facts.posted_before and not facts.dismissed:
        return reviews.booked_and_without_money(word)
    if facts.ours and facts.state in (State.POSTING, State.REVIEW) and not facts.dismissed:
        # Its booking may have taken effect unseen.
        if facts.whmcs is None:
            return Decision(Action.ASK_WHMCS)
        if facts.whmcs.found.has is not Has.NOTHING:
            return reviews.booked_and_without_money(word)
    return reviews.ended(word)


def _approved(facts: Facts) -> Decision:
    if not facts.ours:
        return reviews.NOT_OURS
    held = facts.state is State.REVIEW and facts.status_when_held == facts.status_word
    if facts.whmcs is None:
        # A person may have settled it: then WHMCS knows.
        settled = held or facts.dismissed or facts.posted_before or facts.state is State.POSTING
        return facts.mismatch if facts.mismatch and not settled else Decision(Action.ASK_WHMCS)
    return _in_whmcs(facts, facts.whmcs.found) or _absent(facts, facts.whmcs, held=held)


def _in_whmcs(facts: Facts, found: Found) -> Decision | None:
    """What follows from WHMCS's rows; None where it has none, and no person has dismissed the payment."""
    if found.has is Has.ELSEWHERE and facts.posted_before:
        return reviews.moved(found)
    if facts.dismissed and found.has is not Has.THIS:
        return reviews.DISMISSED
    return of_rows(found)


def _absent(facts: Facts, whmcs: InWhmcs, *, held: bool) -> Decision:
    """Approved, ours, and WHMCS has nothing of it: book it, or say why not."""
    if facts.mismatch:
        return facts.mismatch
    if facts.posted_before:
        return reviews.VANISHED
    if facts.state is State.POSTING and facts.ordered is Order.CREDIT:
        return reviews.CREDIT_NOT_SEEN
    if whmcs.invoice_status is None or whmcs.invoice_status.lower() == "cancelled":
        return reviews.invoice_gone(cancelled=whmcs.invoice_status is not None)
    if held:
        # A person was asked, and has not settled it: to book it now could be to book it twice.
        return Decision(Action.REVIEW)
    if whmcs.other_owner is not None:
        return reviews.other_owner(whmcs.other_owner)
    if whmcs.other_currency is not None:
        return reviews.read_in_other_currency(whmcs.other_currency)
    if facts.retry is not Retry.ALLOWED:
        return _NOT_AGAIN[facts.retry]
    # Also on a Paid invoice: the money is real, and WHMCS makes it the client's credit.
    return Decision(Action.POST)


def _voided(facts: Facts) -> Decision:
    if not facts.ours:
        return reviews.NOT_OURS
    if facts.whmcs is None:
        return Decision(Action.ASK_WHMCS)
    if facts.dismissed:
        return reviews.DISMISSED
    if facts.whmcs.found.has is Has.MANY:
        return reviews.doubled(facts.whmcs.found)
    if facts.whmcs.taken_back:
        return reviews.TAKEN_BACK
    if facts.whmcs.found.has is Has.NOTHING:
        return reviews.ended(Status.VOIDED)
    found = facts.whmcs.found
    if found.has is Has.OTHER or (found.has is Has.ELSEWHERE and not facts.posted_before):
        return reviews.elsewhere(found)  # not a payment of ours to take back
    if facts.void_age is None:
        return reviews.VOIDED_AND_STILL_PAID
    if facts.void_age < WHILE_WHMCS_RECORDS:
        return reviews.void_to_be_recorded(WHILE_WHMCS_RECORDS - facts.void_age)
    return reviews.VOIDED_BY_THE_BUTTON_AND_STILL_PAID
