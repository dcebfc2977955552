"""Which alarms are on: a pure function of facts. ``monitor`` gathers the facts, keeps the alarms and notifies of them.

An alarm has a stable name and one cause. Somebody is notified of it once: again only when it was over and came back,
when something new of its kind happened (``review``), or as a reminder after a day. It is over when its cause was not
seen for its ``calm``: what comes and goes within that time is one alarm, not many.

A new alarm takes a name in ``causes``, a rule here, and its words in ``messages.alarms``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from whmcs_bridge.ledger.records import SecondPayment
from whmcs_bridge.ledger.refused_signatures import IN_A_ROW
from whmcs_bridge.ledger.statistics import Held
from whmcs_bridge.messages import NO_WORDS, Text
from whmcs_bridge.messages import alarms as words
from whmcs_bridge.money.pesos import format_cop
from whmcs_bridge.monitoring.causes import EXPLAINING, Cause
from whmcs_bridge.monitoring.counters import Trouble
from wompi_gateway.observing import CallOutcome

# Approved money that is not in WHMCS for so long raises an alarm.
LONGEST_WAIT = timedelta(minutes=10)
# WHMCS may miss one payment for a moment; two are no accident.
_FEWEST_HIDDEN = 2

Side = tuple[bool, Trouble | None]
"""Whether this process knows how Wompi or WHMCS receives it, and what the trouble is."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What the facts say of one cause. ``on`` is None when they say nothing: that neither raises nor ends an alarm."""

    on: bool | None
    sentence: Text = NO_WORDS
    subjects: tuple[str, ...] = ()
    """What it is about: with a new one, somebody is notified again."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the alarms depend on."""

    now: datetime
    unbooked_since: datetime | None
    """Since when the oldest approved payment waits to be booked; None when none does."""
    patience: timedelta
    """How long that may take."""
    explained: bool
    """Another alarm that is on says why payments are not booked: that they wait is no second cause then."""
    in_review: Sequence[Held]
    """What waits for a person, the newest first."""
    worker_lives: bool | None
    signatures_fail: bool | None
    wompi: Side
    whmcs: Side
    overdue_since: datetime | None = None
    """When the payment that is longest overdue should have been looked at."""
    unreadable: Sequence[str] = ()
    """Payments and checkouts that this version cannot read."""
    impossible_times: Sequence[str] = ()
    """Payments and checkouts that are to wait for longer than any rule says, or come from the future."""
    second_payments: Sequence[SecondPayment] = ()
    """Payments of the last hours that went beyond the balance of their invoice."""
    second_notified: frozenset[str] = frozenset()
    """Those of them that somebody was notified of."""
    missing: Sequence[str] = ()
    """Payments of the last day that WHMCS said to have booked, and has no row of."""

    @property
    def late(self) -> bool:
        """A payment that is approved, or should have been looked at, has waited too long."""
        return self.too_long(self.unbooked_since) or self.too_long(self.overdue_since)

    def too_long(self, since: datetime | None) -> bool:
        """Longer than ``patience``."""
        return since is not None and self.now - since >= self.patience


def judge(facts: Facts) -> dict[Cause, Finding]:
    """The finding of every cause."""
    findings = {
        Cause.REVIEW: _review(facts),
        Cause.SIGNATURES: Finding(facts.signatures_fail, words.signatures_fail(IN_A_ROW)),
        Cause.WORKER: Finding(_not(facts.worker_lives), words.WORKER_STOPPED),
        Cause.WHMCS_REFUSES: _calls_end(facts.whmcs, CallOutcome.ACCESS, words.whmcs_refuses),
        Cause.WOMPI_REFUSES: _calls_end(facts.wompi, CallOutcome.ACCESS, words.wompi_refuses),
        Cause.WHMCS_UNTRUSTED: _calls_end(facts.whmcs, CallOutcome.UNTRUSTED, words.whmcs_untrusted),
        Cause.WOMPI_UNTRUSTED: _calls_end(facts.wompi, CallOutcome.UNTRUSTED, words.wompi_untrusted),
        Cause.LEDGER: _ledger(facts),
        Cause.SECOND_PAYMENT: _second_payment(facts),
        Cause.HIDDEN_ROWS: _hidden_rows(facts),
    }
    explained = facts.explained or any(findings[cause].on for cause in EXPLAINING)
    return findings | {Cause.NOT_BOOKED: _not_booked(facts, explained=explained)}


def _not(known: bool | None) -> bool | None:
    return None if known is None else not known


def _not_booked(facts: Facts, *, explained: bool) -> Finding:
    if not facts.late:
        return Finding(False)
    if explained:
        return Finding(None)
    oldest = min(since for since in (facts.unbooked_since, facts.overdue_since) if since is not None)
    minutes = int((facts.now - oldest).total_seconds() // 60)
    approved = facts.too_long(facts.unbooked_since)
    return Finding(True, words.not_booked(minutes) if approved else words.not_looked_at(minutes))


def _review(facts: Facts) -> Finding:
    if not facts.in_review:
        return Finding(False)
    return Finding(
        True,
        words.in_review([_held(one) for one in facts.in_review]),
        tuple(held.transaction_id for held in facts.in_review),
    )


def _held(held: Held) -> Text:
    amount = "?" if held.amount_in_cents is None else format_cop(held.amount_in_cents)
    return words.held(held.transaction_id, amount, held.invoice_id, held.client_id, held.reason)


def _ledger(facts: Facts) -> Finding:
    subjects = (*facts.unreadable, *facts.impossible_times)
    if not subjects:
        return Finding(False)
    return Finding(True, words.ledger(facts.unreadable, facts.impossible_times), subjects)


def _second_payment(facts: Facts) -> Finding:
    """An invoice was paid twice. The message names those that nobody was notified of."""
    found = facts.second_payments
    if not found:
        return Finding(False)
    fresh = [one for one in found if one.transaction_id not in facts.second_notified] or found
    return Finding(
        True, words.second_payments([_second(one) for one in fresh]), tuple(one.transaction_id for one in found)
    )


def _second(one: SecondPayment) -> Text:
    paid, surplus = format_cop(one.amount_in_cents), format_cop(one.surplus_in_cents)
    return words.second_payment(one.invoice_id, one.transaction_id, paid, surplus, one.others)


def _hidden_rows(facts: Facts) -> Finding:
    """WHMCS says "success" of bookings that it has no row of."""
    if len(facts.missing) < _FEWEST_HIDDEN:
        return Finding(False)
    return Finding(True, words.hidden_rows(facts.missing), tuple(facts.missing))


def _calls_end(side: Side, outcome: CallOutcome, sentence: Callable[[str], Text]) -> Finding:
    """The calls to Wompi or WHMCS end with this outcome; ``sentence`` takes what they were answered."""
    known, trouble = side
    if trouble is None or trouble.outcome is not outcome:
        return Finding(False if known else None)
    return Finding(True, sentence(trouble.sentence.translate(words.NO_BRACES)))
