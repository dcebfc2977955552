"""The page Review: each payment that waits for a person, what can be done with it, and what became of the last press.

A press says what its page showed: who presses after somebody else, or after the payment has changed, changes nothing
and is told what stands now.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from whmcs_bridge.booking.reviews import Settle
from whmcs_bridge.bridge import Bridge
from whmcs_bridge.console.addresses import at
from whmcs_bridge.console.calls import Answer, Call
from whmcs_bridge.history.trail import Attempt, Held, as_held, held, trail_of_payment
from whmcs_bridge.ledger.records import Payment, State
from whmcs_bridge.messages import speaking
from wompi_gateway.models import Status

_LONGEST_REASON = 500
_SEE_NOW = "see"
_OWNER = re.compile(r"--owner ([1-9][0-9]{0,9})")
_WAYS = {settle.removeprefix("--").replace("-", "_"): settle for settle in Settle}


class Press(StrEnum):
    """What became of a press."""

    DONE = "done"
    STILL = "still"
    """It waits as before: what was ordered could not be done."""
    LATE = "late"
    """Somebody else, or the bridge itself, was faster: nothing was done."""
    CHANGED = "changed"
    """It waits for another reason than the page showed: nothing was done."""
    NO_REASON = "no_reason"
    NO_INVOICE = "no_invoice"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class Way:
    """One thing that a person can order. ``owner`` is the client whose invoice it is now."""

    name: str
    usual: bool
    owner: int | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """One payment that waits."""

    held: Held
    ways: Sequence[Way]
    seen: str
    """What the page showed, in a word: it comes back with the press."""
    which: bool = False
    """It pays several invoices, and what each was to get is not known any more: a person says whose the rest is."""


@dataclass(frozen=True, slots=True)
class LastPress:
    """What became of a press, and the payment as it stands now."""

    press: Press
    attempt: Attempt
    who: str
    """The last person's order on it, as the journal has it: what, who and why."""
    at: datetime | None


@dataclass(frozen=True, slots=True)
class ReviewView:
    """Everything on the page."""

    rows: Sequence[Waiting]
    count: int
    may: bool = False
    last: LastPress | None = None


def see_waiting(bridge: Bridge) -> ReviewView:
    """Look at what waits. Raises ``DatabaseUnavailable``."""
    rows = [waiting(bridge, each) for each in held(bridge.store)]
    return ReviewView(rows, max(len(rows), bridge.store.count(State.REVIEW)))


def see_review(bridge: Bridge, call: Call) -> ReviewView:
    """Look as an admin, after a press or not. Raises ``DatabaseUnavailable``."""
    press, name = call.field("press"), call.field("transaction")
    payment = bridge.store.payment(name) if press in set(Press) else None
    last = _last(bridge, Press(press), payment) if payment else None
    return replace(see_waiting(bridge), may=call.admin.may_move_money, last=last)


def settle(bridge: Bridge, call: Call) -> Answer:
    """Do what a person ordered, and lead back to the page. Raises ``DatabaseUnavailable``."""
    name, reason = call.field("transaction"), call.field("reason")[:_LONGEST_REASON]
    payment = bridge.store.payment(name)
    if payment is None:
        return Answer(status=303, location=at("review"))
    press, name = _press(bridge, call, payment, reason)
    return Answer(status=303, location=at("review", press=press, transaction=name))


def _press(bridge: Bridge, call: Call, payment: Payment, reason: str) -> tuple[Press, str]:
    """What became of it, and of which payment."""
    name = payment.transaction_id
    if not call.admin.may_move_money:
        return Press.FORBIDDEN, name
    if payment.state is not State.REVIEW:
        return Press.LATE, name
    way, owner = _ordered(call.field("settle"))
    if call.field(_SEE_NOW) != seen(payment) or way is None:
        return Press.CHANGED, name
    if not reason:
        return Press.NO_REASON, name
    invoice_id = _number(call.field("invoice"))
    if invoice_id is None and way is Settle.BOOK and _asks_which(bridge, payment):
        return Press.NO_INVOICE, name
    with speaking(call.language):
        note = f"{call.admin.signature}: {reason}"
        outcome = bridge.orders.resolve(name, way, note, owner=owner, invoice_id=invoice_id)
    if outcome is None:
        return Press.LATE, name
    # Of a rest, the part that was made of it.
    return Press.STILL if outcome.state is State.REVIEW else Press.DONE, outcome.transaction_id


def _ordered(told: str) -> tuple[Settle | None, int | None]:
    """``book_91``: booked, and the invoice is client 91's."""
    name, _, owner = told.partition("-")
    return _WAYS.get(name), _number(owner)


def _number(told: str) -> int | None:
    return int(told) if re.fullmatch(r"[1-9][0-9]{0,9}", told, re.ASCII) else None


def _asks_which(bridge: Bridge, payment: Payment) -> bool:
    return payment.part_of is None and bridge.orders.is_of_several(payment)


def waiting(bridge: Bridge, each: Held) -> Waiting:
    """What can be ordered for a payment: what its kind allows, the usual thing first."""
    payment = each.payment
    usual = next((name for name, settle in _WAYS.items() if f" {settle}" in each.command), "")
    owner = _OWNER.search(each.sentence)
    if payment.status == Status.APPROVED:
        names = ["book", "credit", "dismiss"]
    else:
        names = ["record_void", "dismiss"] if payment.status == Status.VOIDED else ["dismiss"]
    ways = [
        Way(name, name == usual, int(owner[1]) if owner and name == "book" else None)
        for name in sorted(names, key=lambda name: name != usual)
    ]
    return Waiting(each, ways, seen(payment), _asks_which(bridge, payment))


def seen(payment: Payment) -> str:
    """A word for the payment as it stands: another one once it waits for another reason, or for the second time."""
    told = f"{payment.state} {payment.status} {payment.amount_in_cents} {payment.reason}"
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _last(bridge: Bridge, press: Press, payment: Payment) -> LastPress:
    (attempt, *_) = trail_of_payment(bridge.store, payment).attempts
    orders = [line for line in bridge.store.journal(transaction_id=payment.transaction_id) if line.what == "resolve"]
    last = orders[-1] if orders else None
    return LastPress(press, attempt, last.detail if last else "", last.at if last else None)


def as_waiting(bridge: Bridge, payment: Payment) -> Waiting | None:
    """The same for a trail; None while it waits for nobody."""
    return waiting(bridge, as_held(payment)) if payment.state is State.REVIEW else None
