"""F40: killed at every step of a void, of ``resolve --record-void``, of an alarm, of deleting, of taking a link back.

As in ``test_failpoints``: one process dies at one step, the next ones work undisturbed, and the oracle is asked.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import requests
from sqlalchemy import update

from tests.faults.dying import held, killed_at, reached
from tests.faults.failpoints import (
    AGREES,
    BACK_AND_BESIDE,
    CANNOT_BE_TOLD,
    FAILPOINTS,
    GOES_ON,
    IMPORTS,
    IS_OVER,
    MENDS,
    OF_MONEY,
    PRUNE,
    PULLS,
    PULLS_DAILY,
    RECORD_VOID,
    REVOKE,
    RINGS,
    SHOWS,
    SIGNATURES,
    TOLD,
    VOID,
)
from tests.faults.stage import LONG_ENOUGH, Stage
from tests.faults.writers import WRITING, covered_by_failpoints
from tests.world import BRIDGE_SECRET
from whmcs_bridge.ledger.records import State
from whmcs_bridge.ledger.schema import payments
from whmcs_bridge.signed.calls import HEADER, signature_of

# After the intent the payment is looked at once more, a quarter of an hour later at most.
FOLLOW_UP = 1000.0

# Where the crash leaves something behind: the rest of a void is tried without a second press from here.
LEFT_BEHIND = [
    "void's intent: after COMMIT",
    "void: amid the request",
    "void: after the answer is read",
    "void's outcome: after COMMIT",
    "void's telling: after COMMIT",
    "void: after the answer is sent",
]
ON_SERVERS = [
    f"void's {step}: {moment} COMMIT" for step in ("intent", "outcome", "telling") for moment in ("before", "after")
]


def booked(stage: Stage) -> str:
    """A payment that is in WHMCS."""
    transaction = stage.pay()
    stage.world.event(transaction)
    stage.run("run-once")
    assert stage.world.state(transaction) == State.POSTED
    return transaction


def refund(stage: Stage, transaction: str) -> dict[str, Any]:
    """The press on Refund: WHMCS's PHP signs a call, and WHMCS records a refund for each success that it hears of."""
    amount = f"{stage.world.wompi.transaction(transaction)['amount_in_cents'] / 100:.2f}"
    body = json.dumps({"transid": transaction, "amount": amount, "language": "en"}).encode()
    headers = {
        HEADER: signature_of("/voids", body, BRIDGE_SECRET, now=stage.clock()),
        "Content-Type": "application/json",
    }
    try:
        response = requests.post(stage.address("/voids"), data=body, headers=headers, timeout=30)
    except requests.RequestException:
        return {"status": "none"}
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    if answer["status"] == "success":
        assert stage.world.wompi.transaction(transaction)["status"] == "VOIDED", "a fake success"
        stage.world.whmcs.take_back(transaction)
    return answer


def voids_at(stage: Stage) -> int:
    """How often Wompi was asked for a void."""
    return sum(1 for call in stage.world.wompi.calls if call.path.endswith("/void"))


def die_in_the_void(stage: Stage, name: str) -> str:
    """A booked payment is to be given back, and the bridge dies at a step of it."""
    stage.world.wompi.auto_deliver = False
    transaction = booked(stage)
    killed_at(stage, name, "serve", act=lambda: refund(stage, transaction))
    return transaction


def press_again(stage: Stage, transaction: str) -> dict[str, Any]:
    """The admin presses Refund again, at once and once more later. Returns the last answer."""
    serving = stage.serve("--no-worker")
    answers = [refund(stage, transaction)]
    if answers[0]["status"] == "error":
        stage.clock.advance(seconds=61)
        answers.append(refund(stage, transaction))
    serving.close()
    assert all(answer["rawdata"] for answer in answers)
    return answers[-1]


def settled(stage: Stage, transaction: str) -> None:
    """Time passes, the worker looks, the oracle is asked; and money that did not go back is not told as gone."""
    for _ in range(3):
        stage.clock.advance(seconds=FOLLOW_UP)
        stage.run("run-once")
    assert voids_at(stage) <= 1
    assert stage.verdict().kept, stage.verdict()


def void_and_press_again(stage: Stage, name: str) -> None:
    transaction = die_in_the_void(stage, name)
    answer = press_again(stage, transaction)
    if stage.world.wompi.transaction(transaction)["status"] == "VOIDED":
        # Success was told now, or it had been told before the crash and WHMCS has recorded it.
        assert answer["status"] in ("success", "declined")
        settled(stage, transaction)
        assert stage.world.state(transaction) == State.CLOSED
    else:
        # Wompi was never asked, and nobody knows: the admin is told to look, and nothing is given back.
        assert (answer["status"], voids_at(stage)) == ("error", 0)
        assert "Look at Wompi" in answer["rawdata"]
        settled(stage, transaction)
        assert stage.world.state(transaction) == State.POSTED


@pytest.mark.parametrize("name", VOID)
def test_F40_killed_at_any_step_of_a_void_asks_once_and_tells_the_truth(sqlite_stage: Stage, name: str) -> None:
    """Wompi is asked at most once, success is told for VOIDED alone, and WHMCS records one refund."""
    void_and_press_again(sqlite_stage, name)


@pytest.mark.parametrize("name", ON_SERVERS)
@pytest.mark.parametrize("database_url", ["mariadb", "postgresql"], indirect=True)
def test_F40_killed_amid_a_commit_of_a_void(stage: Stage, name: str) -> None:
    """The same on a database server, around COMMIT."""
    void_and_press_again(stage, name)


@pytest.mark.parametrize("name", LEFT_BEHIND)
def test_F40_killed_in_a_void_and_nobody_presses_again(sqlite_stage: Stage, name: str) -> None:
    """Never silence: what Wompi voided and WHMCS did not record goes to a person, with the command that records it."""
    stage = sqlite_stage
    transaction = die_in_the_void(stage, name)
    settled(stage, transaction)
    voided = stage.world.wompi.transaction(transaction)["status"] == "VOIDED"
    recorded = any(row.amountout for row in stage.world.whmcs.transactions)
    assert stage.world.state(transaction) == ("posted" if not voided else "closed" if recorded else "review")
    if voided and not recorded:
        assert "--record-void" in stage.world.reason(transaction)


@pytest.mark.parametrize("name", RECORD_VOID)
def test_F40_killed_while_a_void_is_recorded_records_it_once(sqlite_stage: Stage, name: str) -> None:
    """Voided at Wompi's dashboard; the command that records it dies, and is given again."""
    stage = sqlite_stage
    transaction = booked(stage)
    stage.world.wompi.settle(transaction, "VOIDED", deliver=False)
    stage.world.event(transaction)
    stage.run("run-once")
    command = ("resolve", transaction, "--record-void", "--reason", "voided at the dashboard")
    killed_at(stage, name, *command)
    stage.clock.advance(seconds=LONG_ENOUGH)
    # What was in doubt is looked for first; then it is posted, or waits for a person again.
    stage.run("run-once")
    stage.run(*command)
    settled(stage, transaction)
    assert stage.world.state(transaction) == State.CLOSED
    out = [row.transid for row in stage.world.whmcs.transactions if row.amountout > 0]
    assert out == [f"{transaction}-VOIDED"]
    assert voids_at(stage) == 0


def review_mails(stage: Stage) -> int:
    """How often the admins were told that a payment waits for a person."""
    mails = stage.world.whmcs.admin_emails
    return sum("espera a una persona" in mail["customsubject"] for mail in mails)


def alarm_rings(stage: Stage, name: str) -> None:
    """A payment goes into review, and the process dies over the alarm: told again only where nobody knows."""
    transaction = stage.pay()
    stage.world.whmcs.set_invoice(stage.invoice_of(transaction), status="Cancelled")
    stage.world.event(transaction)
    killed_at(stage, name, "run-once")
    for _ in range(2):
        stage.clock.advance(seconds=LONG_ENOUGH)
        stage.run("run-once")
    unknown = name in ("alarm: after it is told", "alarm was told: before COMMIT")
    assert review_mails(stage) == (2 if unknown else 1)
    assert stage.world.state(transaction) == State.REVIEW


def alarm_goes_on(stage: Stage, name: str) -> None:
    """It is confirmed now and then; it was told once."""
    held(stage)
    stage.clock.advance(minutes=2)
    killed_at(stage, name, "run-once")
    stage.clock.advance(seconds=LONG_ENOUGH)
    stage.run("run-once")
    assert review_mails(stage) == 1
    assert stage.world.bridge.alarms.alarms()["review"].on


def alarm_is_over(stage: Stage, name: str) -> None:
    """A person has settled it: the alarm ends, and the next payment rings anew."""
    transaction = held(stage)
    stage.run("resolve", transaction, "--dismiss", "--reason", "given back in cash")
    stage.clock.advance(minutes=2)
    killed_at(stage, name, "run-once")
    stage.run("run-once")
    assert not stage.world.bridge.alarms.alarms()["review"].on
    stage.clock.advance(seconds=LONG_ENOUGH)
    held(stage)
    assert review_mails(stage) == 2


def alarm_cannot_be_told(stage: Stage, name: str) -> None:
    """WHMCS takes no message: it is told as soon as WHMCS does, once."""
    stage.world.whmcs.denied |= {"sendadminemail", "triggernotificationevent"}
    transaction = stage.pay()
    stage.world.whmcs.set_invoice(stage.invoice_of(transaction), status="Cancelled")
    stage.world.event(transaction)
    killed_at(stage, name, "run-once")
    stage.world.whmcs.denied.clear()
    for _ in range(3):
        stage.clock.advance(seconds=LONG_ENOUGH)
        stage.run("run-once")
    assert review_mails(stage) == 1


def prune(stage: Stage, name: str) -> None:
    """Events whose time is up are deleted; the ledger stays, and a replayed event books nothing."""
    transaction = booked(stage)
    body = stage.world.wompi.event_body(transaction)
    stage.clock.advance(days=61)
    killed_at(stage, name, "prune")
    stage.run("prune")
    assert stage.world.bridge.retention.old().events == 0
    assert stage.world.post_event(body).status_code == 200
    stage.finish(transaction)
    assert stage.verdict().kept, stage.verdict()


def revoke(stage: Stage, name: str) -> None:
    """A link is taken back; the command dies, and is given again: the link opens nothing any more."""
    invoice = stage.world.invoice()
    link = stage.world.link(invoice)
    killed_at(stage, name, "link", "--revoke", link)
    assert stage.run("link", "--revoke", link) == 0
    assert stage.world.press(invoice, link=link).status_code == 403
    assert stage.world.press(invoice, link=stage.world.link(invoice, hours=2)).status_code == 303


def told_number(stage: Stage, name: str) -> None:
    """A payer tells a number that is not found; the process dies over the note. Told again, it is there once."""
    address = f"/paid/{stage.world.link(stage.world.invoice())}"

    def tell() -> None:
        with contextlib.suppress(requests.ConnectionError):
            requests.post(stage.address(address), data={"number": "CUS-4711"}, timeout=10)

    killed_at(stage, name, "serve", act=tell)
    stage.serve("--no-worker")
    tell()
    since = stage.world.clock() - timedelta(days=1)
    assert [one.number for one in stage.world.bridge.payer_notes.since(since, limit=9)] == ["CUS-4711"]


def refused_events(stage: Stage, name: str) -> None:
    """Events of a payment that another secret has signed; the process dies as it notes how many. The next five ring,
    once."""
    transaction = stage.pay()
    body = stage.world.wompi.event_body(transaction, secret="test_events_of_somebody_else_0000000000")
    often: dict[str, object] = {
        "whmcs_bridge.monitoring.monitor:PERIOD": 0.1,
        "whmcs_bridge.ledger.refused_signatures:_EVENT_LATE": timedelta(0),
    }

    def send_five() -> None:
        for _ in range(5):
            with contextlib.suppress(requests.ConnectionError):
                assert stage.post_event(body) == 401
        with contextlib.suppress(requests.ConnectionError):
            stage.get(f"/return?id={transaction}")  # by it the payment is known to be approved

    killed_at(stage, name, "serve", act=send_five, changes=often)
    stage.serve("--no-worker", changes=often)
    send_five()
    assert stage.world.whmcs.wait_for_call("SendAdminEmail", timeout=30)
    stage.run("run-once", changes=often)
    assert len(stage.world.whmcs.calls_to("SendAdminEmail")) == 1
    assert stage.world.bridge.alarms.alarms()["signatures"].on


def times_are_mended(stage: Stage, name: str) -> None:
    """A clock that was wrong has made a payment due in a year; the process dies as it mends that: the next one does."""
    transaction = stage.pay()
    stage.world.event(transaction)
    far = update(payments).values(due_at=stage.clock() + timedelta(days=365))
    stage.world.bridge.database.write(lambda connection: connection.execute(far))
    killed_at(stage, name, "run-once")
    stage.run("run-once")
    assert stage.verdict().kept, stage.verdict()
    assert stage.world.state(transaction) == State.POSTED


def paid_out(stage: Stage) -> tuple[str, str]:
    """A booked payment that Wompi has paid out, and the report of it."""
    transaction = booked(stage)
    name, text = stage.world.wompi.payouts.report(stage.world.wompi.payouts.pay_out(date(2026, 11, 23)))
    (stage.folder / name).write_text(text, "utf-8")
    return transaction, name


def agrees(stage: Stage) -> bool:
    """The month has the payment once, and nothing to say against it."""
    month = stage.world.bridge.settlements.month("2026-11")
    return (month.sums.payments, [one.payments for one in month.payouts], month.findings) == (1, [1], [])


def settlements_import(stage: Stage, name: str) -> None:
    """The command dies over a report and is given again: each row is kept once, with its sums."""
    _, report = paid_out(stage)
    killed_at(stage, name, "settlements", "import", report)
    assert stage.run("settlements", "import", report) == 0
    assert agrees(stage)


def settlements_pull(stage: Stage, name: str) -> None:
    """The same by API."""
    paid_out(stage)
    killed_at(stage, name, "settlements", "pull")
    assert stage.run("settlements", "pull") == 0
    assert agrees(stage)


def settlements_pull_daily(stage: Stage, name: str) -> None:
    """A worker that dies as it begins: the next day is pulled by another one at the latest."""
    paid_out(stage)
    daily = {"BRIDGE_SETTLEMENTS_PULL": "daily"}
    stage.clock.advance(hours=3)
    killed_at(stage, name, "run-once", settings=daily)
    stage.clock.advance(hours=24)
    stage.run("run-once", settings=daily)
    assert agrees(stage)


def settlements_show(stage: Stage, name: str) -> None:
    """A payment of which no payout is known: it is found by whoever looks next."""
    transaction = booked(stage)
    killed_at(stage, name, "settlements", "show")
    stage.clock.advance(days=20)
    found = stage.world.bridge.settlements.month("2026-11").findings
    assert [(one.kind.value, one.transaction_id) for one in found] == [("booked_not_paid_out", transaction)]


def settlements_agree(stage: Stage, name: str) -> None:
    """A finding that is over is struck; who dies over it leaves it to the next."""
    transaction = stage.pay()
    payout = stage.world.wompi.payouts.pay_out(date(2026, 11, 23))
    file, text = stage.world.wompi.payouts.report(payout)
    (stage.folder / file).write_text(text, "utf-8")
    assert stage.run("settlements", "import", file) == 1
    stage.world.event(transaction)
    stage.run("run-once")
    killed_at(stage, name, "settlements", "show", "--month", "2026-11")
    assert agrees(stage)


BESIDE: dict[Callable[[Stage, str], None], Any] = {
    alarm_rings: RINGS,
    alarm_goes_on: GOES_ON,
    alarm_is_over: IS_OVER,
    alarm_cannot_be_told: CANNOT_BE_TOLD,
    prune: PRUNE,
    revoke: REVOKE,
    told_number: TOLD,
    refused_events: SIGNATURES,
    times_are_mended: MENDS,
    settlements_import: IMPORTS,
    settlements_pull: PULLS,
    settlements_pull_daily: PULLS_DAILY,
    settlements_show: SHOWS,
    settlements_agree: AGREES,
}


@pytest.mark.parametrize("name", [name for points in BESIDE.values() for name in points])
def test_F40_killed_beside_the_money(sqlite_stage: Stage, name: str) -> None:
    """Alarms, deleting, taking back, settlements: done when it is said again, and no alarm is lost."""
    journey = next(journey for journey, points in BESIDE.items() if name in points)
    journey(sqlite_stage, name)


def test_every_method_that_writes_has_its_failpoints() -> None:
    """Of every class: what one of them learns to write later must be tried here as well."""
    assert covered_by_failpoints() == WRITING
    assert len(WRITING) >= 20


def test_no_failpoint_was_left_untouched() -> None:
    """At each of them a process has really died in this run, here or in ``test_failpoints``."""
    assert reached >= set(BACK_AND_BESIDE)
    assert FAILPOINTS.keys() == OF_MONEY.keys() | BACK_AND_BESIDE.keys()
