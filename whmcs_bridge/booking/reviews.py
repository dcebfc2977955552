"""The decisions about a payment: what to do, the sentence that says why, and what usually settles it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from whmcs_bridge.messages import NO_WORDS, Text
from whmcs_bridge.messages import reviews as words
from whmcs_bridge.money.pesos import format_cop
from whmcs_bridge.whmcs.proof import Found


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


class Settle(StrEnum):
    """The one thing that usually settles a payment in review: the option of ``wompi-bridge resolve``."""

    BOOK = "--book"
    CREDIT = "--credit"
    DISMISS = "--dismiss"
    RECORD_VOID = "--record-void"


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, and why: a sentence for a person, which may be empty, and what would settle it."""

    action: Action
    why: Text = NO_WORDS
    settle: Settle | None = None
    again_in: timedelta | None = None
    """Closed for now, and to be looked at once more then."""


def review(why: Text, settle: Settle) -> Decision:
    """A person must look."""
    return Decision(Action.REVIEW, why, settle)


SETTLED_AS_ONE = review(words.SETTLED_AS_ONE, Settle.DISMISS)
NEVER_AS_ONE = review(words.NEVER_AS_ONE, Settle.BOOK)
OTHER_MERCHANT = review(words.OTHER_MERCHANT, Settle.DISMISS)
QUOTE_LOST = review(words.QUOTE_LOST, Settle.DISMISS)
CREDIT_NOT_SEEN = review(words.CREDIT_NOT_SEEN, Settle.CREDIT)
CHANGED_SINCE_THE_FIRST_TRY = review(words.CHANGED_SINCE_THE_FIRST_TRY, Settle.BOOK)
SAID_AND_NOT_DONE = review(words.SAID_AND_NOT_DONE, Settle.BOOK)
ROWS_ARE_HIDDEN = review(words.ROWS_ARE_HIDDEN, Settle.BOOK)
VANISHED = review(words.VANISHED, Settle.BOOK)
VOIDED_BY_THE_BUTTON_AND_STILL_PAID = review(words.VOIDED_BY_THE_BUTTON_AND_STILL_PAID, Settle.RECORD_VOID)
VOIDED_AND_STILL_PAID = review(words.VOIDED_AND_STILL_PAID, Settle.RECORD_VOID)
TAKEN_BACK = Decision(Action.CLOSE, words.TAKEN_BACK)
NOT_OURS = Decision(Action.CLOSE, words.NOT_OURS)
# Without a sentence: the one that says who dismissed it, and why, stays.
DISMISSED = Decision(Action.CLOSE)


def invoice_gone(*, cancelled: bool) -> Decision:
    """The money was paid, and the invoice takes none."""
    return review(words.INVOICE_CANCELLED if cancelled else words.INVOICE_GONE, Settle.CREDIT)


def other_currency(word: str) -> Decision:
    return review(words.other_currency(word), Settle.DISMISS)


def other_amount(paid: str, asked: str) -> Decision:
    return review(words.other_amount(paid, asked), Settle.BOOK)


def other_sum(paid: str, asked: str) -> Decision:
    """Of several invoices: what each of them gets of another sum is not known."""
    return review(words.other_sum(paid, asked), Settle.DISMISS)


def parts_missing(paid: str, booked: str, rest_in_cents: int) -> Decision:
    """The parts of a payment of several invoices are not remembered, and WHMCS does not have all of it."""
    if rest_in_cents <= 0:
        return review(words.parts_unclear(paid, booked), Settle.DISMISS)
    return review(words.parts_missing(paid, booked, format_cop(rest_in_cents)), Settle.BOOK)


def not_a_test_client(client: int) -> Decision:
    """Somebody paid with a test card what was not meant to be a test."""
    return review(words.not_a_test_client(client), Settle.DISMISS)


def elsewhere(found: Found) -> Decision:
    """WHMCS has this transaction, but not as this payment."""
    return review(words.elsewhere(where(found)), Settle.DISMISS)


def other_owner(owner: int) -> Decision:
    """The invoice belongs to another client now."""
    return review(words.other_owner(owner), Settle.CREDIT)


def other_than_quoted(paid: str, expected: str, quoted: str) -> Decision:
    """Other pesos were paid than those for which an amount in another currency was quoted."""
    return review(words.other_than_quoted(paid, expected, quoted), Settle.DISMISS)


def read_in_other_currency(currency: str) -> Decision:
    """WHMCS would read the amount in another currency than it was quoted in; empty: which one is not known."""
    if not currency:
        return review(words.READ_IN_UNKNOWN_CURRENCY, Settle.CREDIT)
    return review(words.read_in_other_currency(currency), Settle.BOOK)


def undecided_for_too_long(word: str, days: int) -> Decision:
    return review(words.undecided_for_too_long(word, days), Settle.DISMISS)


def booked_and_without_money(word: str) -> Decision:
    return review(words.booked_and_without_money(word), Settle.DISMISS)


def doubled(found: Found) -> Decision:
    return review(words.doubled(len(found.rows), where(found)), Settle.DISMISS)


def ended(word: str) -> Decision:
    """It ended at Wompi without money for us."""
    return Decision(Action.CLOSE, words.ended(word))


def void_to_be_recorded(again_in: timedelta) -> Decision:
    """WHMCS's refund button asked for the void, and WHMCS may still record it."""
    return Decision(Action.CLOSE, words.VOID_TO_BE_RECORDED, again_in=again_in)


def credited(client_id: int) -> Decision:
    """It was booked as a client's credit, as ordered."""
    return Decision(Action.DONE, words.credited(client_id))


def moved(found: Found) -> Decision:
    """Its row stands on another invoice now: a merge, or a person, has moved it."""
    return Decision(Action.DONE, words.moved(where(found)))


def where(found: Found) -> Text:
    """Say where WHMCS's rows stand."""
    return words.where(words.Row(row.invoice_id, row.client_id, format_cop(row.amount_in)) for row in found.rows)
