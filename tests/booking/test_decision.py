"""The decision: its laws over every combination of facts, and one literal test for each row of the table."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from whmcs_bridge.booking.decision import PATIENCE, Facts, InWhmcs, Retry, decide
from whmcs_bridge.booking.reviews import Action, Decision, Settle
from whmcs_bridge.ledger.records import Order, State
from whmcs_bridge.messages import Text
from whmcs_bridge.whmcs.models import BookedPayment
from whmcs_bridge.whmcs.proof import Found, Has
from wompi_gateway.models import Status

NEW_WORD = "PARTIALLY_REFUNDED"
OTHER_AMOUNT = Decision(Action.REVIEW, Text("otro valor", "another amount"), Settle.BOOK)
INVOICE_STATUSES = (
    None,
    "Unpaid",
    "Paid",
    "Cancelled",
    "CANCELLED",
    "Draft",
    "Refunded",
    "Collections",
    "Payment Pending",
)
ROW = BookedPayment.model_validate({"transid": "1-2-3", "invoiceid": 1050, "userid": 78, "amountin": "59500.00"})
FOUND = (
    Found(Has.NOTHING),
    Found(Has.THIS, (ROW,)),
    Found(Has.ELSEWHERE, (ROW,)),
    Found(Has.OTHER, (ROW,)),
    Found(Has.MANY, (ROW, ROW)),
)
IN_WHMCS = [
    None,
    *(
        InWhmcs(*told)
        for told in itertools.product(
            FOUND, (False, True), (None, "Unpaid", "CANCELLED"), (None, 78), (None, "", "USD")
        )
    ),
]
# What a person ordered, and whether it may be tried again: not all with all, for the number of combinations.
ORDERS = (
    (None, Retry.ALLOWED),
    (Order.CREDIT, Retry.ALLOWED),
    (Order.BOOK, Retry.CHANGED),
    *((None, retry) for retry in Retry if retry is not Retry.ALLOWED),
)
AGES = (timedelta(0), timedelta(days=6, hours=23), PATIENCE, timedelta(days=400))


def word_of(status: Status) -> str:
    return NEW_WORD if status is Status.UNKNOWN else status.value


def every_combination() -> Iterator[Facts]:
    for status, ours, mismatch, state, held_as, posted_before, dismissed, whmcs in itertools.product(
        Status, (True, False), (None, OTHER_AMOUNT), State, ("", *Status), (True, False), (False, True), IN_WHMCS
    ):
        status_when_held = word_of(held_as) if isinstance(held_as, Status) else ""
        if status_when_held and (state is not State.REVIEW or held_as not in (status, Status.PENDING)):
            continue
        word = word_of(status)
        money = status is Status.APPROVED and ours
        # Age counts before Wompi has decided, an order and a try only afterwards.
        for age in AGES if status in (Status.PENDING, Status.UNKNOWN) else AGES[:1]:
            for ordered, retry in ORDERS if money and whmcs and not posted_before else ORDERS[:1]:
                facts = (status, word, ours, mismatch, state, status_when_held, posted_before, age, dismissed, whmcs)
                yield Facts(*facts, ordered, retry)


def test_the_laws() -> None:
    """Over all combinations, also those that cannot come up: what may never happen does not."""
    seen = set()
    for facts in every_combination():
        decision = decide(facts)
        action, whmcs = decision.action, facts.whmcs
        held = facts.state is State.REVIEW and facts.status_when_held == facts.status_word
        seen.add(action)

        # Money moves for one reason alone.
        if action is Action.POST:
            assert facts.status is Status.APPROVED, facts
            assert facts.ours, facts
            assert not facts.mismatch, facts
            assert not facts.posted_before, facts
            assert not held, facts
            assert not facts.dismissed, facts
            assert whmcs is not None, facts
            assert whmcs.found.has is Has.NOTHING, facts
            assert whmcs.invoice_status is not None, facts
            assert whmcs.invoice_status.lower() != "cancelled", facts
            assert whmcs.other_owner is None, facts
            assert whmcs.other_currency is None, facts
            assert facts.retry is Retry.ALLOWED, facts
            assert (facts.ordered, facts.state) != (Order.CREDIT, State.POSTING), facts
        # What is somebody else's is left alone, and nobody is asked about it.
        if not facts.ours:
            assert action is Action.CLOSE, facts
        # WHMCS is asked once, and then the decision falls.
        if whmcs is not None:
            assert action is not Action.ASK_WHMCS, facts
        # Paid twice in WHMCS: never silently, unless a person has left it so.
        money = facts.status in (Status.APPROVED, Status.VOIDED)
        if facts.ours and money and not facts.dismissed and whmcs is not None and whmcs.found.has is Has.MANY:
            assert action is Action.REVIEW, facts
        # An approved payment of ours is closed by nobody but a person, and done only when WHMCS has it.
        if facts.ours and facts.status is Status.APPROVED:
            assert action is not Action.WAIT, facts
            assert facts.dismissed or action is not Action.CLOSE, facts
            if action is Action.DONE:
                assert whmcs is not None, facts
                moved = whmcs.found.has is Has.ELSEWHERE and facts.posted_before
                assert whmcs.found.has is Has.THIS or moved, facts
        # What Wompi has not decided is neither booked nor closed.
        if facts.ours and facts.status in (Status.PENDING, Status.UNKNOWN):
            late = Action.CLOSE if facts.dismissed else Action.REVIEW
            assert action is (Action.WAIT if facts.age < PATIENCE else late), facts
        # A person who has left it is not asked again.
        if facts.dismissed:
            assert action is not Action.REVIEW, facts
        # A person gets a sentence; only a payment that is held already keeps the one it has.
        if action in (Action.REVIEW, Action.CLOSE) and not facts.dismissed and not (held and action is Action.REVIEW):
            assert decision.why.es, facts
            assert decision.why.en, facts
        if action is Action.REVIEW and decision.why.en and decision is not facts.mismatch:
            assert decision.why.en.endswith("."), facts
            assert decision.why.es.endswith("."), facts
            assert decision.settle is not None, facts
    assert seen == set(Action), "every action comes up"


PAID = Facts(
    status=Status.APPROVED,
    status_word="APPROVED",
    ours=True,
    mismatch=None,
    state=State.DUE,
    status_when_held="",
    posted_before=False,
    age=timedelta(minutes=1),
    whmcs=InWhmcs(Found(Has.NOTHING), taken_back=False, invoice_status="Unpaid"),
)
HELD = replace(PAID, state=State.REVIEW, status_when_held="APPROVED")
VOIDED = replace(PAID, status=Status.VOIDED, status_word="VOIDED")


def action(facts: Facts) -> Action:
    return decide(facts).action


def in_whmcs(
    facts: Facts,
    *,
    booked: int = 0,
    taken_back: bool = False,
    invoice: str | None = "Unpaid",
    owner: int | None = None,
    currency: str | None = None,
) -> Facts:
    found = Found((Has.NOTHING, Has.THIS, Has.MANY)[booked], (ROW,) * booked)
    return replace(facts, whmcs=InWhmcs(found, taken_back, invoice, owner, currency))


def with_row(facts: Facts, has: Has) -> Facts:
    return replace(facts, whmcs=InWhmcs(Found(has, (ROW,)), False, "Unpaid"))


class TestRows:
    @pytest.mark.parametrize(("status", "word"), [(Status.PENDING, "PENDING"), (Status.UNKNOWN, NEW_WORD)])
    def test_not_decided_yet(self, status: Status, word: str) -> None:
        """PENDING, or a word that we do not know: wait; after seven days a person looks, and reads it (A41, A85)."""
        facts = replace(PAID, status=status, status_word=word)
        assert action(facts) is Action.WAIT
        assert action(replace(facts, age=timedelta(days=7) - timedelta(seconds=1))) is Action.WAIT
        late = decide(replace(facts, age=timedelta(days=7)))
        assert late.action is Action.REVIEW
        assert word in late.why.en

    @pytest.mark.parametrize("status", [Status.DECLINED, Status.ERROR])
    def test_no_money(self, status: Status) -> None:
        """DECLINED and ERROR close the transaction, without a question to WHMCS (A86)."""
        decision = decide(replace(PAID, status=status, status_word=status.value, whmcs=None))
        assert decision.action is Action.CLOSE
        assert status.value in decision.why.en

    @pytest.mark.parametrize("status", [Status.DECLINED, Status.ERROR])
    def test_no_money_but_booked(self, status: Status) -> None:
        """Booked once, and Wompi changes its mind: a person must look (F26)."""
        assert action(replace(PAID, status=status, status_word=status.value, posted_before=True)) is Action.REVIEW

    def test_in_review_and_settled_by_a_person(self) -> None:
        """A person has added it in WHMCS: done by itself, whatever it was held for."""
        assert action(in_whmcs(HELD, booked=1)) is Action.DONE
        assert action(in_whmcs(replace(HELD, mismatch=OTHER_AMOUNT), booked=1, invoice="Cancelled")) is Action.DONE

    def test_in_review_and_not_settled(self) -> None:
        """Not booked behind the back of the person who was asked; the sentence stays as it is."""
        assert action(HELD) is Action.REVIEW
        assert decide(HELD).why.en == ""

    def test_held_as_pending_and_approved_since(self) -> None:
        """What it was held for is over: it is booked like any other."""
        assert action(replace(HELD, status_when_held="PENDING")) is Action.POST

    @pytest.mark.parametrize("status", [status for status in Status if status not in (Status.DECLINED, Status.ERROR)])
    def test_not_ours(self, status: Status) -> None:
        """Another shop on the same Wompi account: nothing is asked, nothing is booked (A48)."""
        decision = decide(replace(PAID, ours=False, status=status, status_word=word_of(status), whmcs=None))
        assert decision.action is Action.CLOSE
        assert "not ours" in decision.why.en

    def test_A87_A88_A89_mismatch(self) -> None:
        """Another amount, currency or merchant: a person must look, and reads what differs."""
        facts = replace(PAID, mismatch=OTHER_AMOUNT)
        for asked in (facts, replace(facts, whmcs=None)):
            assert decide(asked).action is Action.REVIEW
            assert decide(asked) is OTHER_AMOUNT

    def test_a_mismatch_that_is_held_asks_whmcs(self) -> None:
        """A person may have settled it meanwhile."""
        assert action(replace(HELD, mismatch=OTHER_AMOUNT, whmcs=None)) is Action.ASK_WHMCS

    def test_whmcs_is_asked_first(self) -> None:
        """Approved and ours: nothing is booked before the look."""
        assert action(replace(PAID, whmcs=None)) is Action.ASK_WHMCS

    def test_F3_F12_booked_already(self) -> None:
        """WHMCS has the transaction id: done, whoever wrote it, whatever became of the invoice."""
        for invoice in INVOICE_STATUSES:
            assert action(in_whmcs(PAID, booked=1, invoice=invoice)) is Action.DONE

    def test_booked_twice(self) -> None:
        """Two rows with one transaction id: a person must delete one, and reads how many."""
        decision = decide(in_whmcs(PAID, booked=2))
        assert decision.action is Action.REVIEW
        assert "2 times" in decision.why.en

    @pytest.mark.parametrize("has", [Has.ELSEWHERE, Has.OTHER])
    @pytest.mark.parametrize("facts", [PAID, HELD])
    def test_T1_a_row_that_is_not_this_payment(self, facts: Facts, has: Has) -> None:
        """On another invoice, of another client, with another amount: a person reads where it stands."""
        decision = decide(with_row(facts, has))
        assert decision.action is Action.REVIEW
        assert "invoice 1050 of client 78" in decision.why.en

    def test_T1_moved_after_it_was_seen(self) -> None:
        """A merge: done, with a line; but another amount is a person's question."""
        decision = decide(with_row(replace(PAID, posted_before=True), Has.ELSEWHERE))
        assert decision.action is Action.DONE
        assert "invoice 1050" in decision.why.en
        assert action(with_row(replace(PAID, posted_before=True), Has.OTHER)) is Action.REVIEW

    def test_T5_another_owner(self) -> None:
        """Named, with both commands that settle it."""
        decision = decide(in_whmcs(PAID, owner=78))
        assert decision.action is Action.REVIEW
        assert "--book --owner 78" in decision.why.en
        assert "--credit" in decision.why.en

    @pytest.mark.parametrize("currency", ["USD", ""])
    def test_T6_another_currency_or_none(self, currency: str) -> None:
        """What WHMCS would read is not what was paid, or nobody knows."""
        assert action(in_whmcs(PAID, currency=currency)) is Action.REVIEW

    @pytest.mark.parametrize("retry", [Retry.CHANGED, Retry.UNSEEN, Retry.HIDDEN])
    def test_T3_not_tried_again(self, retry: Retry) -> None:
        """Each with a sentence of its own."""
        decision = decide(replace(PAID, state=State.POSTING, retry=retry))
        assert (decision.action, decision.settle) == (Action.REVIEW, Settle.BOOK)

    def test_T15_a_credit_in_doubt_and_absent(self) -> None:
        """It is not booked to the invoice instead, and not repeated by itself."""
        decision = decide(replace(PAID, state=State.POSTING, ordered=Order.CREDIT))
        assert (decision.action, decision.settle) == (Action.REVIEW, Settle.CREDIT)

    def test_book(self) -> None:
        """Ours, approved, absent, and the invoice is there."""
        assert action(PAID) is Action.POST
        assert action(replace(PAID, state=State.POSTING)) is Action.POST

    @pytest.mark.parametrize("invoice", ["Paid", "Refunded", "Collections", "Draft", "Payment Pending"])
    def test_F13_F17_money_is_real(self, invoice: str) -> None:
        """Also on an invoice that is paid: WHMCS makes it the client's credit."""
        assert action(in_whmcs(PAID, invoice=invoice)) is Action.POST

    def test_F14_no_invoice(self) -> None:
        """Deleted or merged meanwhile: a person must place the money."""
        assert action(in_whmcs(PAID, invoice=None)) is Action.REVIEW

    @pytest.mark.parametrize("invoice", ["Cancelled", "cancelled", "CANCELLED"])
    def test_F14_A116_cancelled(self, invoice: str) -> None:
        """A cancelled invoice takes no payment."""
        assert action(in_whmcs(PAID, invoice=invoice)) is Action.REVIEW

    def test_booked_once_and_gone(self) -> None:
        """Somebody has deleted it in WHMCS: not booked again by itself."""
        assert action(replace(PAID, posted_before=True)) is Action.REVIEW

    def test_voided_and_whmcs_is_asked(self) -> None:
        """What became of it there decides."""
        assert action(replace(VOIDED, whmcs=None)) is Action.ASK_WHMCS

    def test_F28_voided_and_still_paid(self) -> None:
        """Never silent: the invoice is paid, and the money is not there."""
        decision = decide(in_whmcs(replace(VOIDED, posted_before=True), booked=1, invoice="Paid"))
        assert decision.action is Action.REVIEW
        assert "still paid in WHMCS" in decision.why.en

    @pytest.mark.parametrize("state", [State.REVIEW, State.POSTED, State.DUE])
    def test_voided_and_taken_back(self, state: State) -> None:
        """The refund is recorded, by us or by a person: closed."""
        facts = replace(VOIDED, state=state, status_when_held="VOIDED" if state is State.REVIEW else "")
        assert action(in_whmcs(facts, booked=1, taken_back=True, invoice="Refunded")) is Action.CLOSE

    def test_voided_booked_twice_and_taken_back_once(self) -> None:
        """One of two bookings is left over: not closed before a person has deleted it."""
        assert action(in_whmcs(VOIDED, booked=2, taken_back=True)) is Action.REVIEW

    def test_voided_and_never_booked(self) -> None:
        """No money came, none is booked."""
        assert action(VOIDED) is Action.CLOSE
