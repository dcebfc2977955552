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


class Settle(StrEnum):
    """The one thing that usually settles a payment in review: the option of ``wompi-bridge resolve``."""

    BOOK = "--book"
    CREDIT = "--credit"
    DISMISS = "--dismiss"
    RECORD_VOID = "--record-void"


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, and why: a sentence for a person, in Spanish and in English, and what would settle it."""

    action: Action
    es: str = ""
    en: str = ""
    settle: Settle | None = None
    again_in: timedelta | None = None
    """Closed for now, and to be looked at once more then."""


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


def invoice_gone(*, cancelled: bool) -> Decision:
    """The money is there, and the invoice takes none."""
    if cancelled:
        return Decision(
            Action.REVIEW,
            "El dinero se pagó, pero el aviso de cobro está Cancelled y no recibe pagos. Regístrelo como saldo a favor"
            " del cliente, o devuélvalo en Wompi.",
            "The money was paid, but the invoice is Cancelled and takes no payment. Book it as the client's credit, or"
            " return it at Wompi.",
            Settle.CREDIT,
        )
    return Decision(
        Action.REVIEW,
        "El dinero se pagó, pero WHMCS ya no tiene ese aviso de cobro. Regístrelo como saldo a favor del cliente, o"
        " devuélvalo en Wompi.",
        "The money was paid, but WHMCS has no such invoice any more. Book it as the client's credit, or return it at"
        " Wompi.",
        Settle.CREDIT,
    )


def other_currency(word: str) -> Decision:
    """Something else than pesos was paid."""
    return Decision(
        Action.REVIEW,
        f"Wompi dice que se pagó en {word[:3]!r} y no en COP. Pregunte a Wompi qué se recibió.",
        f"Wompi says that it was paid in {word[:3]!r}, not in COP. Ask Wompi what was received.",
        Settle.DISMISS,
    )


def other_amount(paid: str, asked: str) -> Decision:
    """Another amount was paid than the checkout asked for."""
    return Decision(
        Action.REVIEW,
        f"Wompi dice que se pagaron {paid}, pero se habían pedido {asked}. Puede registrar lo que se pagó.",
        f"Wompi says that {paid} was paid, but {asked} was asked for. What was paid can be booked.",
        Settle.BOOK,
    )


def other_merchant() -> Decision:
    """Somebody else was paid."""
    return Decision(
        Action.REVIEW,
        "Se pagó a otro comercio en Wompi, con una referencia nuestra: aquí no se recibió nada.",
        "It was paid to another merchant at Wompi, with a reference of ours: nothing was received here.",
        Settle.DISMISS,
    )


def _undecided(facts: Facts) -> Decision:
    if not facts.ours:
        return _NOT_OURS
    if facts.age < PATIENCE:
        return Decision(Action.WAIT)
    if facts.dismissed:
        return _DISMISSED
    word, days = facts.status_word, facts.age.days
    return Decision(
        Action.REVIEW,
        f"Wompi dice {word} desde hace {days} días y no se ha registrado nada. Pregunte a Wompi qué pasó.",
        f"Wompi has said {word} for {days} days and nothing was booked. Ask Wompi what became of it.",
        Settle.DISMISS,
    )


def _without_money(facts: Facts) -> Decision:
    word = facts.status_word
    if facts.ours and facts.posted_before and not facts.dismissed:
        return Decision(
            Action.REVIEW,
            f"WHMCS tiene este pago, pero Wompi ahora dice {word}. Pregunte a Wompi; si el dinero nunca llegó, devuelva"
            " el pago en WHMCS.",
            f"WHMCS has this payment, but Wompi now says {word}. Ask Wompi; if the money never came, take the payment"
            " back in WHMCS.",
            Settle.DISMISS,
        )
    return Decision(Action.CLOSE, f"{word} en Wompi", f"{word} at Wompi")


def _approved(facts: Facts) -> Decision:
    if not facts.ours:
        return _NOT_OURS
    held = facts.state is State.REVIEW and facts.status_when_held == facts.status_word
    if facts.whmcs is None:
        # A person may have settled it, or begun to: then WHMCS knows.
        settled = held or facts.dismissed or facts.state is State.POSTING
        return facts.mismatch if facts.mismatch and not settled else Decision(Action.ASK_WHMCS)
    if facts.whmcs.booked == 1:
        return Decision(Action.DONE)
    if facts.dismissed:
        return _DISMISSED
    if facts.whmcs.booked > 1:
        return _doubled(facts.whmcs)
    if facts.mismatch:
        return facts.mismatch
    if facts.posted_before:
        return Decision(
            Action.REVIEW,
            "WHMCS tenía este pago y ya no lo tiene: alguien lo borró, o se restauró una copia.",
            "WHMCS had this payment and does not have it any more: somebody deleted it, or a backup was restored.",
            Settle.BOOK,
        )
    if facts.whmcs.invoice_status is None or facts.whmcs.invoice_status.lower() == "cancelled":
        return invoice_gone(cancelled=facts.whmcs.invoice_status is not None)
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
    if facts.dismissed:
        return _DISMISSED
    if facts.whmcs.booked > 1:
        return _doubled(facts.whmcs)
    if facts.whmcs.taken_back:
        return TAKEN_BACK
    if facts.whmcs.booked and facts.void_age is not None:
        if facts.void_age < WHILE_WHMCS_RECORDS:
            return Decision(
                Action.CLOSE,
                "VOIDED en Wompi, como se pidió desde WHMCS",
                "VOIDED at Wompi, as WHMCS asked",
                again_in=WHILE_WHMCS_RECORDS - facts.void_age,
            )
        return Decision(
            Action.REVIEW,
            "Anulado (VOIDED) en Wompi, como se pidió con el botón Refund, pero WHMCS no registró la devolución. Oprima"
            " Refund otra vez (a Wompi no se le pide nada más), o regístrela con la orden.",
            "VOIDED at Wompi, as was asked by the Refund button, but WHMCS recorded no refund. Press Refund again"
            " (Wompi"
            " is not asked again), or record it by the command.",
            Settle.RECORD_VOID,
        )
    if facts.whmcs.booked:
        return Decision(
            Action.REVIEW,
            "Anulado (VOIDED) en Wompi, pero sigue pagado en WHMCS. Registre la devolución: la orden apunta la salida"
            " del"
            " dinero; para que el aviso quede además Refunded, use en WHMCS Refund, «Manual Refund Processed"
            " Externally».",
            "VOIDED at Wompi, still paid in WHMCS. Record the refund: the command books the money out; to have the"
            " invoice Refunded as well, use WHMCS's Refund, “Manual Refund Processed Externally”.",
            Settle.RECORD_VOID,
        )
    return Decision(Action.CLOSE, "VOIDED en Wompi", "VOIDED at Wompi")


def _doubled(whmcs: InWhmcs) -> Decision:
    return Decision(
        Action.REVIEW,
        f"WHMCS tiene este pago {whmcs.booked} veces. Deje uno solo: borre los demás en WHMCS.",
        f"WHMCS has this payment {whmcs.booked} times. Leave one: delete the others in WHMCS.",
        Settle.DISMISS,
    )


TAKEN_BACK = Decision(Action.CLOSE, "VOIDED en Wompi, y devuelto en WHMCS", "VOIDED at Wompi, and taken back in WHMCS")

# The sentence that says who dismissed it, and why, stays.
_DISMISSED = Decision(Action.CLOSE)

_NOT_OURS = Decision(
    Action.CLOSE,
    "no es nuestro: este puente no emitió la referencia",
    "not ours: the reference was not issued by this bridge",
)
