"""F42, F46, F48: processes that stop and go on, processes that run side by side, and clocks that disagree."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from tests.faults.failpoints import BOOKING, COMMIT
from tests.faults.shared_clock import SharedHands
from tests.faults.stage import LONG_ENOUGH, Stage
from whmcs_bridge.clock import utc_now

# Between the last look at the clock and the last bytes of the request nothing can be checked any more.
TOO_LATE = ("booking: before the last bytes",)
FREEZABLE = [name for name, point in BOOKING.items() if point.target != COMMIT and name not in TOO_LATE]
# Within a transaction the process holds the database's locks: on a server these must end with the patience for it.
WITHIN = [name for name, point in BOOKING.items() if point.target == COMMIT and not name.startswith("heartbeat")]


def frozen_at(stage: Stage, name: str, **plan: Any) -> list[str]:
    """Freeze a worker amid the first of two bookings, let another one do the work, and let the first one go on."""
    transactions = [stage.pay(), stage.pay()]
    for transaction in transactions:
        stage.world.event(transaction)
    frozen = stage.start("run-once", failpoint=name, action="stop", **plan)
    frozen.expect("hit")
    stage.finish(*transactions)
    assert [stage.world.state(transaction) for transaction in transactions] == ["posted", "posted"]
    frozen.signal(signal.SIGCONT)
    frozen.status()
    return transactions


@pytest.mark.parametrize("name", FREEZABLE)
def test_F48_frozen_past_the_lease_books_nothing_again(sqlite_stage: Stage, name: str) -> None:
    """A machine that sleeps at any step outside of a transaction and wakes up hours later does no harm."""
    frozen_at(sqlite_stage, name)
    assert sqlite_stage.verdict().kept, sqlite_stage.verdict()


@pytest.mark.parametrize("name", WITHIN)
@pytest.mark.parametrize("database_url", ["mariadb", "postgresql"], indirect=True)
def test_F48_frozen_amid_a_transaction_holds_nobody_up(stage: Stage, name: str) -> None:
    """What it had locked is free again after seconds, not when it wakes up; and then it does no harm either."""
    frozen_at(stage, name, changes={"whmcs_bridge.ledger.engine.database:_IDLE_TIMEOUT": 1})
    assert stage.verdict().kept, stage.verdict()


@pytest.mark.parametrize("name", TOO_LATE)
def test_F48_the_window_that_is_left_is_told(sqlite_stage: Stage, name: str) -> None:
    """A process that sleeps past the lease after its last look at the clock, with the system call that sends the body
    before it, can still double: only WHMCS could prevent that. Reconcile counts two, and a person is told."""
    stage = sqlite_stage
    first, second = frozen_at(stage, name)
    assert stage.verdict().doubled == [first]
    assert stage.run("reconcile") == 1
    assert (stage.world.state(first), stage.world.state(second)) == ("review", "posted")
    assert " 2 " in stage.world.reason(first)


@pytest.mark.parametrize("database_url", ["mariadb", "postgresql"], indirect=True)
def test_F42_four_processes_at_once_book_each_payment_once(stage: Stage) -> None:
    """They start at the same moment on the same work; WHMCS is asked to book each payment exactly once."""
    transactions = [stage.pay() for _ in range(24)]
    for transaction in transactions:
        stage.world.event(transaction)
    for process in [stage.start("run-once") for _ in range(4)]:
        assert process.status() == 0
    assert stage.attempts() == len(transactions)
    stage.finish(*transactions)
    assert stage.verdict().kept, stage.verdict()


@pytest.mark.parametrize(("early", "late"), [(-600.0, 600.0), (600.0, -600.0)])
def test_F46_hosts_whose_clocks_differ_agree_about_who_books(stage: Stage, early: float, late: float) -> None:
    """While one host waits for WHMCS, another one whose clock is 20 minutes ahead or behind leaves the payment alone.
    On SQLite it is one host, whose clock was set between the starts of two processes."""
    patient = {"WHMCS_POST_TIMEOUT": "20"}
    transaction = stage.pay()
    stage.serve("--no-worker", skew=early)
    assert stage.deliver(transaction) == 200
    stage.world.whmcs.faults.add("AddInvoicePayment", "hang")
    booking = stage.start("run-once", skew=early, settings=patient)
    assert stage.world.whmcs.faults.wait_held(20)
    stage.run("run-once", skew=late, settings=patient)
    stage.run("reconcile", skew=late, settings=patient)
    stage.world.whmcs.faults.release()
    assert booking.status() == 0
    assert (stage.attempts(), stage.world.state(transaction)) == (1, "posted")
    assert stage.verdict().kept, stage.verdict()


@pytest.mark.parametrize("jump", [-3600.0, 3600.0])
def test_F46_a_clock_that_jumps_changes_nothing(stage: Stage, tmp_path: Path, jump: float) -> None:
    """A machine's clock is set by an hour, forward or back, while it books: nothing is booked again, nothing waits an
    hour."""
    wall = SharedHands(now=utc_now(), path=tmp_path / "wall")
    transactions = [stage.pay(), stage.pay()]
    stage.serve(wall=wall.path, settings={"WHMCS_POST_TIMEOUT": "20"})
    stage.world.whmcs.faults.add("AddInvoicePayment", "hang")
    assert stage.deliver(transactions[0]) == 200
    assert stage.world.whmcs.faults.wait_held(20)
    wall.advance(seconds=jump)
    assert stage.deliver(transactions[1]) == 200
    stage.world.whmcs.faults.release()
    assert stage.world.whmcs.wait_for_call("AddInvoicePayment", count=2, timeout=20)
    stage.processes[-1].signal(signal.SIGTERM)
    stage.processes[-1].status()
    assert stage.attempts() == 2
    assert stage.verdict().kept, stage.verdict()


@pytest.mark.parametrize("jump", [-3600.0, 3600.0])
def test_T13_the_servers_clock_is_set_while_a_booking_is_under_way(stage: Stage, tmp_path: Path, jump: float) -> None:
    """The clock of the database server (on SQLite: of this machine) is set by an hour while WHMCS takes its time over a
    booking; cron starts two more processes, and WHMCS commits: one booking. Their stopwatch is this machine's."""
    clocks = SharedHands(now=utc_now(), path=tmp_path / "server")
    patient = {"WHMCS_POST_TIMEOUT": "20"}
    transaction = stage.pay()
    stage.world.event(transaction)
    stage.world.whmcs.faults.add("AddInvoicePayment", "hang")
    booking = stage.start("run-once", wall=clocks.path, server=clocks.path, settings=patient)
    assert stage.world.whmcs.faults.wait_held(20)
    clocks.advance(seconds=jump)
    stage.run("run-once", wall=clocks.path, server=clocks.path, settings=patient)
    stage.run("reconcile", wall=clocks.path, server=clocks.path, settings=patient)
    stage.run("run-once", wall=clocks.path, server=clocks.path, settings=patient)
    assert stage.attempts() == 1
    stage.world.whmcs.faults.release()
    assert booking.status() == 0
    assert (stage.attempts(), stage.world.state(transaction)) == (1, "posted")
    assert stage.verdict().kept, stage.verdict()


class TestTheOracleBites:
    """Each guard taken out, and the double that it prevents is seen."""

    def booked_twice(self, stage: Stage, transaction: str) -> bool:
        """Whether the oracle says that, and nothing else about WHMCS."""
        verdict = stage.verdict()
        assert (verdict.lost, verdict.misbooked) == ([], [])
        return verdict.doubled == [transaction]

    def approved(self, stage: Stage) -> str:
        """A payment that waits to be booked."""
        transaction = stage.pay()
        stage.world.event(transaction)
        return transaction

    def test_without_claim(self, sqlite_stage: Stage) -> None:
        """Two workers look at the same payment at the same time, and both book it."""
        stage, transaction = sqlite_stage, self.approved(sqlite_stage)
        first = stage.start("run-once", failpoint="booking: after the look", action="stop", without="claim")
        first.expect("hit")
        stage.run("run-once", without="claim")
        first.signal(signal.SIGCONT)
        first.status()
        assert self.booked_twice(stage, transaction)

    def test_without_look(self, sqlite_stage: Stage) -> None:
        """A worker dies before it can note that WHMCS has booked, and the next one books again."""
        stage, transaction = sqlite_stage, self.approved(sqlite_stage)
        first = stage.start("run-once", failpoint="booking: after the answer is read")
        assert first.died()
        stage.clock.advance(seconds=LONG_ENOUGH)
        stage.run("run-once", without="look")
        assert self.booked_twice(stage, transaction)

    def test_without_proof(self, sqlite_stage: Stage) -> None:
        """WHMCS says "success", and has written nothing."""
        stage, transaction = sqlite_stage, self.approved(sqlite_stage)
        stage.world.whmcs.faults.add("AddInvoicePayment", "success")
        stage.run("run-once", without="proof")
        assert stage.verdict().lost == [transaction]

    def test_without_wait(self, sqlite_stage: Stage) -> None:
        """WHMCS takes effect after its connection broke, and meanwhile the look has said that nothing is there."""
        stage, transaction = sqlite_stage, self.approved(sqlite_stage)
        stage.world.whmcs.faults.add("AddInvoicePayment", "reset", when="late")
        stage.run("run-once", without="wait")
        stage.world.whmcs.faults.commit_late()
        assert self.booked_twice(stage, transaction)

    def test_without_age(self, sqlite_stage: Stage) -> None:
        """A machine sleeps after its intent was committed, wakes up hours later, and books what others have booked."""
        stage, transaction = sqlite_stage, self.approved(sqlite_stage)
        first = stage.start("run-once", failpoint="intent: after the transaction", action="stop", without="age")
        first.expect("hit")
        stage.finish(transaction)
        first.signal(signal.SIGCONT)
        first.status()
        assert self.booked_twice(stage, transaction)
