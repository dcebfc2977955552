"""An invoice's attempts to pay, in words for the payer: for the pages, and for WHMCS's ``POST /status``.

Made from the database alone, without a call to Wompi or WHMCS. Nothing in it is personal: whoever holds a link to the
invoice may see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

from whmcs_bridge.ledger.records import Payment, State
from whmcs_bridge.messages import Language, format_date_time, text
from whmcs_bridge.money.pesos import format_cop
from wompi_gateway.models import Status

Kind = Literal["approved", "booking", "verifying", "declined", "error", "voided", "review"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

# A page and an answer stay small: of more attempts they show the last ones.
MOST_SHOWN: Final = 10
# WHMCS's automatic cancellation waits so long for a payment to end; by then a person was asked.
HOLD_FOR: Final = timedelta(days=7)

_KNOWN_METHODS: Final = ("CARD", "PSE", "NEQUI", "BANCOLOMBIA_TRANSFER")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One payment as its payer sees it. ``at`` is None while Wompi has given no time."""

    transaction_id: str
    kind: Kind
    state: State
    status: str
    amount_in_cents: int | None
    method: str | None
    at: datetime | None
    label: str
    """What became of it, in two or three words."""
    what: str
    """How much, and by which method."""
    sentence: str
    """All of it in one sentence."""
    surplus_in_cents: int | None = None
    """How much of it stands as the client's credit, because the invoice was paid already."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """The payments of one invoice."""

    latest: Sequence[Attempt] = ()
    """The last few, the newest first."""
    under_way: bool = False
    hold_cancellation: bool = False


def kind_of(status: Status, payment: Payment | None) -> Kind:
    """What a payment is to its payer, by its status at Wompi and by our record of it."""
    match status:
        case Status.APPROVED:
            if payment is None or payment.state in (State.DUE, State.POSTING):
                return "booking"
            # Closed with its money at Wompi: a person has decided, and a person can explain.
            return "approved" if payment.state is State.POSTED else "review"
        case Status.DECLINED:
            return "declined"
        case Status.ERROR:
            return "error"
        case Status.VOIDED:
            return "voided"
        case _:
            return "verifying"


def attempts_of(
    payments: Sequence[Payment], language: Language, *, now: datetime, unreadable: datetime | None = None
) -> Attempts:
    """Describe an invoice's payments, which come newest first.

    ``unreadable`` is when the newest payment was first seen that this version cannot read. It counts as under way.
    """
    began = [payment.created_at for payment in payments if payment.is_under_way]
    began += [unreadable] if unreadable else []
    return Attempts(
        latest=tuple(_attempt(payment, language) for payment in payments[:MOST_SHOWN]),
        under_way=bool(began),
        hold_cancellation=any(now - at < HOLD_FOR for at in began),
    )


def method_name(method: str | None, language: Language) -> str:
    """A payment method as payers call it."""
    return text(language, f"method.{method if method in _KNOWN_METHODS else 'other'}")


def _attempt(payment: Payment, language: Language) -> Attempt:
    kind = kind_of(Status.of(payment.status), payment)
    parts = [format_cop(payment.amount_in_cents)] if payment.amount_in_cents is not None else []
    if payment.method:
        parts.append(method_name(payment.method, language))
    dated = [*parts, format_date_time(payment.finalized_at, language)] if payment.finalized_at else parts
    surplus = payment.surplus_in_cents if kind == "approved" else None
    word = "second" if surplus else kind
    outcome = text(language, f"attempt.{word}", surplus=format_cop(surplus or 0))
    sentence = "attempt.sentence" if dated else "attempt.sentence.bare"
    return Attempt(
        transaction_id=payment.transaction_id,
        kind=kind,
        state=payment.state,
        status=payment.status,
        amount_in_cents=payment.amount_in_cents,
        method=payment.method,
        at=payment.finalized_at,
        label=text(language, f"attempt.{word}.label"),
        what=" · ".join(parts) or text(language, "attempt.payment"),
        sentence=text(language, sentence, about=", ".join(dated), outcome=outcome),
        surplus_in_cents=surplus,
    )
