"""F2-F6, F49, F51: the running bridge and a WHMCS that hangs, breaks or is late; a backlog; versions side by side."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any, get_args

import pytest
from sqlalchemy import Connection, insert, select, text

from tests.faults.stage import Stage
from whmcs_bridge.ledger.migrations import HEAD
from whmcs_bridge.ledger.schema import payments
from whmcs_bridge.sandbox.faults import Kind, When


def heard_of(stage: Stage) -> dict[str, Any]:
    """The row of a payment that was just heard of; it is gone again."""
    stage.world.bridge.store.touch("template", "for the test")

    def work(connection: Connection) -> dict[str, Any]:
        row = dict(connection.execute(select(payments)).mappings().one())
        connection.execute(payments.delete())
        return row

    return stage.world.bridge.database.write(work)


SHORT = {"WHMCS_POST_TIMEOUT": "1"}


@pytest.mark.parametrize("when", get_args(When))
@pytest.mark.parametrize("kind", ["hang", "reset", "500"])
def test_F2_F3_F4_F5_F6_an_unclear_booking_is_booked_once(sqlite_stage: Stage, kind: Kind, when: When) -> None:
    """No answer within the time-out, a broken connection, an error; before the commit, after it, or long after our
    time-out: the process leaves it alone for the wait, then looks, and WHMCS has it exactly once."""
    stage = sqlite_stage
    transaction = stage.pay()
    stage.world.event(transaction)
    stage.world.whmcs.faults.add("AddInvoicePayment", kind, when=when)
    stage.run("run-once", settings=SHORT)
    assert stage.world.state(transaction) == "posting"
    stage.run("run-once", settings=SHORT)
    stage.run("reconcile", settings=SHORT)
    assert stage.attempts() == 1
    stage.world.whmcs.faults.release()
    stage.world.whmcs.faults.commit_late()
    assert stage.world.whmcs.wait_for_call("AddInvoicePayment", timeout=20)
    stage.finish(transaction)
    assert stage.verdict().kept, stage.verdict()
    # A call that hung before its commit commits when it goes on; one that broke before it has to be made again.
    assert stage.attempts() == (2 if when == "before" and kind != "hang" else 1)


def test_F49_restarts_amid_a_backlog_of_ten_thousand(stage: Stage) -> None:
    """A new process goes on at once with the one that has waited longest, and keeps the order; a kill loses nothing."""
    real = [stage.pay() for _ in range(3)]
    backlog = real + [f"12022-1-{number:05}" for number in range(10_000)]
    start = stage.clock() - timedelta(days=2)
    row = heard_of(stage)
    rows = [row | {"transaction_id": id_, "due_at": start + timedelta(seconds=n)} for n, id_ in enumerate(backlog)]
    random.Random(49).shuffle(rows)
    stage.world.bridge.database.write(lambda connection: connection.execute(insert(payments), rows))
    # The oldest three are real; of the others Wompi knows nothing, and they are looked at again later.
    for goal in ("12022-1-00020", "12022-1-00040", "12022-1-00060"):
        # One at a time: of several at once Wompi does not hear in the order in which they were taken.
        worker = stage.start("worker", settings={"WHMCS_PARALLEL": "1"})
        assert stage.world.wompi.wait_for_call(f"/v1/transactions/{goal}", timeout=20)
        worker.kill()
        stage.clock.advance(seconds=55)  # more than the lease, less than the time until they are looked at again
    asked = [call.path.rpartition("/")[2] for call in stage.world.wompi.calls if "/transactions/" in call.path]
    in_order = list(dict.fromkeys(asked))
    assert in_order == backlog[: len(in_order)]
    assert stage.attempts() == len(real)
    assert stage.verdict().kept, stage.verdict()


def test_F51_an_older_version_works_beside_a_newer_one(stage: Stage) -> None:
    """The database has been brought to a later revision while payments wait: the processes of this version that run,
    and those that start later, go on."""
    first, second = stage.pay(), stage.pay()
    serving = stage.serve("--no-worker")
    assert stage.deliver(first) == 200
    change = stage.world.bridge.database.write
    change(lambda connection: connection.execute(text("ALTER TABLE payments ADD COLUMN later VARCHAR(10)")))
    change(lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    try:
        assert stage.deliver(second) == 200
        assert stage.run("run-once") == 0
        serving.close()
        stage.serve("--no-worker").close()
    finally:
        change(lambda connection: connection.execute(text("ALTER TABLE payments DROP COLUMN later")))
        change(lambda connection: connection.execute(text(f"UPDATE alembic_version SET version_num = '{HEAD}'")))
    assert stage.verdict().kept, stage.verdict()
