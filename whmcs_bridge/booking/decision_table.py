"""The rows of the decision table, each with the facts under which it is the one that decides.

``decision`` decides; this tells which row that was, for ``replay``. The rows read as in ``docs/decisions.md``; here
they stand in the order in which they are asked. ``tests/booking/test_decision_table.py`` holds all three together.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from whmcs_bridge.booking.decision import WHILE_WHMCS_RECORDS, Facts, InWhmcs, Retry
from whmcs_bridge.booking.reviews import Action
from whmcs_bridge.ledger.records import Order, State
from whmcs_bridge.whmcs.proof import Has
from wompi_gateway.models import Status

_MONEYLESS = (Status.DECLINED, Status.ERROR)
_WITH_MONEY = (Status.APPROVED, Status.VOIDED)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what Wompi says, what we know, what WHMCS says, and the decision; ``actions`` are what it may end in."""

    wompi: str
    known: str
    whmcs: str
    decision: str
    actions: Collection[Action]
    applies: Callable[[Facts], bool]

    def __str__(self) -> str:
        return f"| {self.wompi} | {self.known} | {self.whmcs} | {self.decision} |"


def row_of(facts: Facts) -> Row | None:
    """Find the row that decides. None: it depends on WHMCS, which is to be asked first."""
    if _asks(facts):
        return None
    return next(row for row in ROWS if row.applies(facts))


def _asks(facts: Facts) -> bool:
    if facts.whmcs is not None or not facts.ours:
        return False
    if facts.status is Status.VOIDED:
        return True
    doubtful = facts.state in (State.POSTING, State.REVIEW)
    if facts.status in _MONEYLESS:
        return doubtful and not facts.dismissed and not facts.posted_before
    settled = _held(facts) or facts.dismissed or facts.posted_before or facts.state is State.POSTING
    return facts.status is Status.APPROVED and not (facts.mismatch and not settled)


def _held(facts: Facts) -> bool:
    return facts.state is State.REVIEW and facts.status_when_held == facts.status_word


def _has(facts: Facts, *kinds: Has) -> bool:
    return facts.whmcs is not None and facts.whmcs.found.has in kinds


def _approved(*conditions: Callable[[Facts], bool]) -> Callable[[Facts], bool]:
    return lambda facts: facts.status is Status.APPROVED and all(condition(facts) for condition in conditions)


def _voided(*conditions: Callable[[Facts], bool]) -> Callable[[Facts], bool]:
    return lambda facts: facts.status is Status.VOIDED and all(condition(facts) for condition in conditions)


def _whmcs(facts: Facts) -> InWhmcs:
    assert facts.whmcs is not None  # noqa: S101 - the rows that ask this come after ``_asks``
    return facts.whmcs


def _gone(facts: Facts) -> bool:
    status = _whmcs(facts).invoice_status
    return status is None or status.lower() == "cancelled"


def _left(facts: Facts) -> bool:
    this = facts.status is Status.APPROVED and _has(facts, Has.THIS)
    moved = facts.status is Status.APPROVED and facts.posted_before and _has(facts, Has.ELSEWHERE)
    return facts.status in _WITH_MONEY and facts.dismissed and facts.whmcs is not None and not this and not moved


ROWS = (
    Row(
        "any", "reference not ours (MAC fails, no row)", "-", "close: another shop on the same Wompi account",
        {Action.CLOSE}, lambda facts: not facts.ours,
    ),
    Row(
        "PENDING, or a word we don't know", "-", "-",
        "wait: 1 min, 5 min, 30 min, 2 h, 8 h, then daily; after 7 days review, which says so where it was booked",
        {Action.WAIT, Action.REVIEW, Action.CLOSE},
        lambda facts: facts.status in (Status.PENDING, Status.UNKNOWN),
    ),
    Row(
        "DECLINED, ERROR", "booked before", "-", "review", {Action.REVIEW},
        lambda facts: facts.status in _MONEYLESS and facts.posted_before and not facts.dismissed,
    ),
    Row(
        "DECLINED, ERROR", "in doubt, or in review", "present", "review", {Action.REVIEW},
        lambda facts: (
            facts.status in _MONEYLESS
            and facts.state in (State.POSTING, State.REVIEW)
            and not facts.dismissed
            and not _has(facts, Has.NOTHING)
        ),
    ),
    Row(
        "DECLINED, ERROR", "never booked", "-", "close the transaction, never the checkout", {Action.CLOSE},
        lambda facts: facts.status in _MONEYLESS,
    ),
    Row(
        "APPROVED", "booked before", "once, with this amount, elsewhere", "done, with a line: it was moved",
        {Action.DONE}, _approved(lambda facts: facts.posted_before and _has(facts, Has.ELSEWHERE)),
    ),
    Row(
        "APPROVED, VOIDED", "a person left it (`resolve --dismiss`)", "not this payment", "stays closed",
        {Action.CLOSE}, _left,
    ),
    Row(
        "APPROVED, VOIDED", "-", "present more than once", "review", {Action.REVIEW},
        lambda facts: facts.status in _WITH_MONEY and _has(facts, Has.MANY),
    ),
    Row(
        "APPROVED", "-", "this payment, where it belongs, or where a person has ordered it",
        "done, also out of review: a person has settled it", {Action.DONE},
        _approved(lambda facts: _has(facts, Has.THIS)),
    ),
    Row(
        "APPROVED", "-", "once, elsewhere or with another amount, or an id that only looks the same",
        "review, naming where", {Action.REVIEW}, _approved(lambda facts: _has(facts, Has.ELSEWHERE, Has.OTHER)),
    ),
    Row(
        "APPROVED", "amount, currency or merchant differ", "absent", "review", {Action.REVIEW},
        _approved(lambda facts: facts.mismatch is not None),
    ),
    Row(
        "APPROVED", "booked before", "absent", "review: it vanished there", {Action.REVIEW},
        _approved(lambda facts: facts.posted_before),
    ),
    Row(
        "APPROVED", "a person ordered `--credit`, in doubt", "absent", "review: order it again", {Action.REVIEW},
        _approved(lambda facts: facts.state is State.POSTING and facts.ordered is Order.CREDIT),
    ),
    Row("APPROVED", "ours", "absent, invoice missing or Cancelled", "review", {Action.REVIEW}, _approved(_gone)),
    Row(
        "APPROVED", "in review as APPROVED", "absent",
        "stays in review: a person was asked, and has not settled it", {Action.REVIEW}, _approved(_held),
    ),
    Row(
        "APPROVED", "ours", "absent, invoice of another client, or amount read in another currency",
        "review, naming whose and which", {Action.REVIEW},
        _approved(
            lambda facts: _whmcs(facts).other_owner is not None or _whmcs(facts).other_currency is not None
        ),
    ),
    Row(
        "APPROVED", "tried before",
        "absent, and something has changed, or success was said twice, or of another payment too", "review",
        {Action.REVIEW}, _approved(lambda facts: facts.retry is not Retry.ALLOWED),
    ),
    Row(
        "APPROVED", "ours", "absent, any other status of the invoice", "book what was paid", {Action.POST},
        _approved(),
    ),
    Row(
        "VOIDED", "-", "money out against it, all of it", "close: taken back", {Action.CLOSE},
        _voided(lambda facts: _whmcs(facts).taken_back),
    ),
    Row("VOIDED", "-", "absent", "close", {Action.CLOSE}, _voided(lambda facts: _has(facts, Has.NOTHING))),
    Row(
        "VOIDED", "-", "only as another payment: elsewhere and never booked, or another amount",
        "review, naming where", {Action.REVIEW},
        _voided(
            lambda facts: _has(facts, Has.OTHER) or (_has(facts, Has.ELSEWHERE) and not facts.posted_before)
        ),
    ),
    Row(
        "VOIDED", "our Refund button asked, or told WHMCS, less than 15 min ago", "present, not taken back",
        "close, and look again when they are over", {Action.CLOSE},
        _voided(lambda facts: facts.void_age is not None and facts.void_age < WHILE_WHMCS_RECORDS),
    ),
    Row("VOIDED", "-", "present, not taken back", "review", {Action.REVIEW}, _voided()),
)  # fmt: skip
