"""What must hold after each step of the machine, I2 to I8, and in the end, I1."""

from __future__ import annotations

import sys
from collections import Counter

from hypothesis.stateful import RuleBasedStateMachine, invariant

from tests.stateful.shop import Shop
from whmcs_bridge.ledger.records import State

STATES = frozenset(State)
# For each payment or checkout that is known, in one step of the machine: read, looked for, booked, and tried again.
MOST_CALLS = 12


class Promises(RuleBasedStateMachine):
    """The machine's oracle."""

    database_url: str | None = None

    def __init__(self) -> None:
        super().__init__()
        self.shop = Shop(self.database_url)
        self.world = self.shop.world
        self._calls = 0

    # What must hold after each step

    @invariant()
    def never_twice(self) -> None:
        """I2: WHMCS is never asked to book what it has, and no transaction has two rows that the bridge made."""
        assert not self.shop.violations
        made = Counter(row.transid for row in self.shop.rows_of_the_bridge())
        for transaction, rows in made.items():
            assert rows == 1, f"I2: {transaction} {rows} times"
            times = rows + self.shop.deleted_by_hand[transaction]
            again = self.shop.forgotten[transaction] + self.shop.told_to_book[transaction]
            assert times <= 1 + again, f"I2: {transaction} again after it was deleted"

    @invariant()
    def only_what_was_paid_and_promised(self) -> None:
        """I3: each row of the bridge is of an approved transaction, of its amount, on its checkout's invoice.

        Only a person may book another amount than was asked for, or to the client's credit.
        """
        for row in self.shop.rows_of_the_bridge():
            paid = self.world.wompi.transaction(row.transid)
            promise = self.shop.promises[paid["reference"]]
            assert row.transid in self.shop.ever_approved
            assert row.amountin * 100 == paid["amount_in_cents"]
            if not self.shop.told_to_book[row.transid]:
                assert (row.invoice_id, row.gateway) == (promise.invoice_id, "wompi")
                assert paid["amount_in_cents"] == promise.amount_in_cents

    @invariant()
    def given_back_once(self) -> None:
        """I2, I3, of voids: Wompi is asked once, for the whole; success is told for VOIDED; WHMCS hears of it once."""
        assert self.shop.refunds.check(self.world, self.shop.whmcs_rows_ever()) == []

    @invariant()
    def what_was_acknowledged_is_there(self) -> None:
        """I4: an event that was answered with 200 is known, whoever died meanwhile."""
        for transaction in self.shop.acknowledged:
            assert self.world.bridge.store.payment(transaction) is not None, "I4"

    @invariant()
    def nothing_secret_is_said(self) -> None:
        """I6: neither the log nor the journal holds a key, a secret, or anything of a payer."""
        assert self.shop.leaks == [], "I6"

    @invariant()
    def calls_are_bounded(self) -> None:
        """I7: however much goes wrong, each step of the machine costs Wompi and WHMCS a bounded number of calls."""
        calls = len(self.world.wompi.calls) + len(self.world.whmcs.calls)
        made, self._calls = calls - self._calls, calls
        known = len(self.world.wompi._transactions) + len(self.shop.promises) + 1
        assert made <= MOST_CALLS * known, f"I7: {made} calls for {known} payments and checkouts"

    @invariant()
    def the_journal_tells_every_state(self) -> None:
        """I8: the last state that the journal tells of a payment is the one that it is in."""
        told: dict[str, str] = {}
        for line in self.world.bridge.store.journal():
            self.shop.heard(line.detail)
            if line.transaction_id and line.what in STATES:
                told[line.transaction_id] = line.what
            elif line.transaction_id:
                told.setdefault(line.transaction_id, State.DUE)
        now = {payment.transaction_id: str(payment.state) for payment in self.world.bridge.store.payments()}
        assert told == now, "I8"

    @invariant()
    def nothing_is_forgotten(self) -> None:
        """What is not over has a time at which it is looked at, and what waits for a person says why."""
        for payment in self.world.bridge.store.payments():
            if payment.state in (State.DUE, State.POSTING, State.REVIEW):
                assert payment.due_at is not None
            assert payment.state is not State.REVIEW or payment.reason

    # What must hold in the end

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None:
                self.shop.let_everything_finish()
                self.nothing_is_lost()
                self.never_twice()
                self.only_what_was_paid_and_promised()
                self.given_back_once()
                self.what_was_acknowledged_is_there()
                self.the_journal_tells_every_state()
                self.nothing_secret_is_said()
        finally:
            self.shop.close()

    def nothing_is_lost(self) -> None:
        """I1: every approved transaction of ours is booked once, or with a person, with a reason.

        And one that the bridge has booked, that was voided at Wompi and is still paid in WHMCS, is with a person.
        """
        ours = {row.transid for row in self.shop.rows_of_the_bridge()}
        for paid in self.world.wompi.transactions:
            transaction, status, state = paid["id"], paid["status"], self.world.state(paid["id"])
            rows = len(self.world.whmcs.booked(transaction))
            if paid["reference"] not in self.shop.promises:
                allowed = {"-", "closed"}
            elif transaction in self.shop.dismissed:
                allowed = {"closed", "posted", "review"}
            elif status == "APPROVED" and rows == 1 and not self.shop.stands_right(transaction):
                # Moved after it was seen, or put there by a person's order; else a person's question.
                allowed = {"posted", "review"}
            elif status == "APPROVED":
                allowed = {"posted" if rows == 1 else "review"}
            elif status == "PENDING":
                allowed = {"due", "review", "posted"}
            elif status == "VOIDED" and transaction in ours and not self.shop.taken_back(transaction):
                allowed = {"review"}
            else:
                allowed = {"closed", "review"}
            assert state in allowed, f"I1: {transaction} is {status}, {rows} times in WHMCS, and {state}"
