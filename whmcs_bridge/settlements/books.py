"""Three books for each transaction: approved at Wompi, booked in WHMCS, paid out. What does not agree is a finding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from whmcs_bridge.ledger.booked import Booked
from whmcs_bridge.ledger.records import Settled, State
from whmcs_bridge.ledger.settlement_queries import Doubt, KnownPayout
from whmcs_bridge.messages import Text, bilingual
from whmcs_bridge.messages import settlements as words
from whmcs_bridge.money.pesos import format_cop
from whmcs_bridge.settlements.business_days import PATIENCE, is_late


class Kind(StrEnum):
    """What does not agree."""

    PAID_OUT_NOT_BOOKED = "paid_out_not_booked"
    BOOKED_NOT_PAID_OUT = "booked_not_paid_out"
    AMOUNT_DIFFERS = "amount_differs"
    ROW_DOES_NOT_ADD_UP = "row_does_not_add_up"
    PAYOUT_DOES_NOT_ADD_UP = "payout_does_not_add_up"
    FEE_CHANGED = "fee_changed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not agree, with its sentence. ``transaction_id`` is None where it is about several."""

    kind: Kind
    transaction_id: str | None
    why: Text
    command: str = ""
    """What shows or mends it in a terminal."""
    is_unknown: bool = False
    """The bridge has never heard of the transaction."""

    @property
    def sentence(self) -> str:
        """In the reader's language."""
        return bilingual(*self.why)

    @property
    def message(self) -> str:
        """The sentence, and the command behind it."""
        return f"{self.sentence} {bilingual(*words.RUN)}: {self.command}" if self.command else self.sentence


def agrees(settled: Settled, booked_in_cents: int | None) -> bool:
    """Tell whether all books say the same of a transaction that was paid out; None: it is not booked."""
    return settled.reference is None or (booked_in_cents == settled.gross and settled.off_by == 0)


def is_over(doubt: Doubt) -> bool:
    """Tell whether there is nothing left to doubt. What was booked and has still to be paid out stays."""
    posted = doubt.booked.posted_in_cents if doubt.booked else None
    return posted is None if doubt.settled is None else agrees(doubt.settled, posted)


def findings_of(doubt: Doubt, today: date) -> Iterator[Finding]:
    """Tell what does not agree about one transaction."""
    settled, booked = doubt.settled, doubt.booked
    if settled is None:
        if booked is not None and booked.posted_in_cents is not None and is_late(date.fromisoformat(doubt.day), today):
            yield _not_paid_out(doubt, booked)
        return
    if settled.reference is None:
        return
    if settled.off_by:
        yield _does_not_add_up(settled)
    if booked is None or booked.posted_in_cents is None:
        yield _not_booked(settled, booked)
    elif booked.amount_in_cents != settled.gross:
        yield _differs(settled, booked)


def payout_finding(payout: KnownPayout) -> Finding | None:
    """Tell whether the rows of a payout make up what Wompi says that it paid out."""
    if payout.amount is None or not payout.split or payout.net == payout.amount:
        return None
    amounts = format_cop(payout.amount), format_cop(payout.net)
    name = payout.wompi_id or payout.id
    why = words.payout_does_not_add_up(name, payout.day, *amounts, payout.rows - payout.split)
    return Finding(Kind.PAYOUT_DOES_NOT_ADD_UP, None, why)


def _not_paid_out(doubt: Doubt, booked: Booked) -> Finding:
    why = words.not_paid_out(format_cop(booked.amount_in_cents or 0), booked.invoices, doubt.day, PATIENCE)
    return Finding(Kind.BOOKED_NOT_PAID_OUT, doubt.transaction_id, why)


def _does_not_add_up(settled: Settled) -> Finding:
    net, should = format_cop(settled.net or 0), format_cop((settled.net or 0) + settled.off_by)
    return Finding(
        Kind.ROW_DOES_NOT_ADD_UP, settled.transaction_id, words.row_does_not_add_up(settled.day, net, should)
    )


def _not_booked(settled: Settled, booked: Booked | None) -> Finding:
    command = f"wompi-bridge show {settled.transaction_id}"
    if booked is None:
        why, command = words.NOT_KNOWN, f"wompi-bridge reconcile --since {settled.day}"
    elif booked.state == State.REVIEW:
        why = words.IN_REVIEW
    elif booked.dismissed:
        why = words.LEFT_AS_IT_IS
    elif booked.state == State.CLOSED:
        why = words.closed_as(booked.status or "-")
    else:
        why = words.UNDER_WAY
    return Finding(
        Kind.PAID_OUT_NOT_BOOKED,
        settled.transaction_id,
        words.not_booked(format_cop(settled.gross), settled.day, why),
        command,
        is_unknown=booked is None,
    )


def _differs(settled: Settled, booked: Booked) -> Finding:
    paid_out, known = format_cop(settled.gross), format_cop(booked.amount_in_cents or 0)
    return Finding(
        Kind.AMOUNT_DIFFERS,
        settled.transaction_id,
        words.amount_differs(paid_out, settled.day, known, booked.invoices),
        f"wompi-bridge show {settled.transaction_id}",
    )
