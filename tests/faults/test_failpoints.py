"""F40, F52: a process killed at every step of click, webhook, return, booking and reconcile. See ``failpoints``.

Each test kills one process at one step, lets the next ones work undisturbed, and asks the oracle.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal

import pytest
import requests

from tests.faults.dying import held, killed_at, reached
from tests.faults.failpoints import (
    BOOKING,
    CLICK,
    COMMIT,
    CREDIT,
    OF_MONEY,
    PARTS,
    RECONCILE,
    RESOLVE,
    RETURN,
    TIMER,
    WEBHOOK,
    Failpoint,
)
from tests.faults.stage import LONG_ENOUGH, Stage

ON_SERVERS = [
    name
    for name, point in OF_MONEY.items()
    if point.target == COMMIT and name.split(":")[0] in ("webhook", "claim", "intent", "settle", "parts")
]
"""On MariaDB and PostgreSQL only what differs there is tried one by one; the storm tries the rest."""


def click(stage: Stage, name: str) -> list[str]:
    """A payer presses, sees nothing, presses again, and pays."""
    invoice = stage.world.invoice()

    def press() -> None:
        with contextlib.suppress(requests.ConnectionError):
            stage.press(invoice)

    killed_at(stage, name, "serve", act=press)
    serving = stage.serve("--no-worker")
    answer = stage.press(invoice)
    serving.close()
    assert answer.status_code == 303
    fields = dict(re.findall(r"([a-z-]+)=([^&]*)", answer.headers["Location"]))
    stage.promised[fields["reference"]] = (invoice, int(fields["amount-in-cents"]))
    return [stage.approve(fields["reference"])]


def webhook(stage: Stage, name: str) -> list[str]:
    """Wompi delivers an event, and delivers it again when it was not answered with 200."""
    transaction = stage.pay()
    killed_at(stage, name, "serve", act=lambda: stage.deliver(transaction))
    serving = stage.serve("--no-worker")
    if transaction not in stage.acknowledged:
        assert stage.deliver(transaction) == 200
    serving.close()
    return [transaction]


def come_back(stage: Stage, name: str) -> list[str]:
    """A payer comes back from Wompi, and no event ever comes."""
    transaction = stage.pay()

    def call() -> None:
        with pytest.raises(requests.ConnectionError):
            stage.get(f"/return?id={transaction}")

    killed_at(stage, name, "serve", act=call)
    return [transaction]


def book(stage: Stage, name: str) -> list[str]:
    """Two payments wait, and the first one's booking is cut short."""
    transactions = [stage.pay(), stage.pay()]
    for transaction in transactions:
        stage.world.event(transaction)
    killed_at(stage, name, "run-once")
    return transactions


def book_several(stage: Stage, name: str) -> list[str]:
    """One payment of three invoices waits, and its booking is cut short."""
    transaction = stage.pay_several(3)
    stage.world.event(transaction)
    killed_at(stage, name, "run-once")
    reference = stage.world.wompi.transaction(transaction)["reference"]
    return [f"{transaction}-{invoice}" for invoice in stage.several[reference]]


def ask_by_timer(stage: Stage, name: str) -> list[str]:
    """The events never come; the worker's timer asks Wompi."""
    transactions = [stage.pay(), stage.pay()]
    stage.clock.advance(minutes=11)
    killed_at(stage, name, "run-once")
    return transactions


def reconcile(stage: Stage, name: str) -> list[str]:
    """An operator runs reconcile; one payment is booked already, another one was never told."""
    booked, untold = stage.pay(), stage.pay()
    stage.world.event(booked)
    stage.run("run-once")
    killed_at(stage, name, "reconcile", "--since", f"{stage.clock():%Y-%m-%d}")
    return [booked, untold]


def resolve(stage: Stage, name: str) -> list[str]:
    """A person lets it be booked as it is, sees nothing happen, and says it again."""
    transaction = held(stage)
    stage.world.whmcs.set_invoice(stage.invoice_of(transaction), status="Unpaid")
    command = ("resolve", transaction, "--book", "--reason", "the invoice is open again")
    killed_at(stage, name, *command)
    stage.clock.advance(seconds=LONG_ENOUGH)
    stage.run(*command)
    return [transaction]


JOURNEYS: dict[Callable[[Stage, str], list[str]], dict[str, Failpoint]] = {
    click: CLICK,
    webhook: WEBHOOK,
    come_back: RETURN,
    book: BOOKING,
    book_several: PARTS,
    ask_by_timer: TIMER,
    reconcile: RECONCILE,
    resolve: RESOLVE,
}


def die_and_finish(stage: Stage, name: str) -> None:
    journey = next(journey for journey, points in JOURNEYS.items() if name in points)
    transactions = journey(stage, name)
    stage.finish(*transactions)
    assert stage.verdict().kept, stage.verdict()


@pytest.mark.parametrize("name", [name for points in JOURNEYS.values() for name in points])
def test_F40_killed_at_any_step_books_exactly_once(sqlite_stage: Stage, name: str) -> None:
    """Whatever was acknowledged is there, and each payment ends in WHMCS once, on the invoice that was clicked."""
    die_and_finish(sqlite_stage, name)


@pytest.mark.parametrize("name", ON_SERVERS)
@pytest.mark.parametrize("database_url", ["mariadb", "postgresql"], indirect=True)
def test_F40_F52_killed_amid_a_commit_books_exactly_once(stage: Stage, name: str) -> None:
    """The same on a database server, around COMMIT: what the time-out of an application server does as well."""
    die_and_finish(stage, name)


@pytest.mark.parametrize("name", CREDIT)
def test_F40_killed_amid_a_credit_books_it_once(sqlite_stage: Stage, name: str) -> None:
    """A person books a payment as the client's credit; the command dies, and is given again."""
    stage = sqlite_stage
    transaction = held(stage)
    command = ("resolve", transaction, "--credit", "--reason", "the invoice stays cancelled")
    killed_at(stage, name, *command)
    stage.clock.advance(seconds=LONG_ENOUGH)
    # What was in doubt is looked for first; then it is posted, or waits for a person again.
    stage.run("run-once")
    stage.run(*command)
    stage.finish(transaction)
    amount = Decimal(stage.world.wompi.transaction(transaction)["amount_in_cents"]) / 100
    assert stage.world.whmcs.credit_of(77) == amount
    assert [(row.invoice_id, row.amountin) for row in stage.world.whmcs.booked(transaction)] == [(0, amount)]
    assert stage.world.state(transaction) == "posted"


def test_a_failpoint_can_be_tried_by_hand(sqlite_stage: Stage) -> None:
    """The command that `docs/reliability.md` names: it says where it died, and died there."""
    stage = sqlite_stage
    stage.world.event(stage.pay())
    command = [sys.executable, "-m", "tests.faults.bridge_process", "--failpoint", "claim: after COMMIT", "run-once"]
    ended = subprocess.run(
        command, env=os.environ | stage.world.settings, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, "hit" in ended.stderr) == (-signal.SIGKILL, True)
    assert stage.attempts() == 0


def test_no_failpoint_was_left_untouched() -> None:
    """At each of them a process has really died in this run."""
    assert reached >= set(OF_MONEY)
