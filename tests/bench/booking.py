"""Booking: what the bridge adds to the calls, how fast a backlog drains, and how few calls a payment needs."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import requests

from tests.bench.figures import Figure, covered, of_samples
from tests.bench.surroundings import FAR, PATIENCE, Serving, Surroundings, serving, surroundings
from tests.world import BRIDGE_SECRET, World, make_world
from whmcs_bridge.booking.reconcile import ASK_AFTER
from whmcs_bridge.signed.references import Reference, issue_reference

_AMOUNT = 5_950_000
_ONE_BY_ONE = 60
_PARALLEL = 4
_ADD = "AddInvoicePayment"
# Calls to WHMCS for one booking: the invoice, its client, the look for the transaction, the payment, and the proof.
_CALLS_TO_WHMCS = 5


def booking() -> list[Figure]:
    """All of it."""
    figures = _counted()
    with surroundings() as around:
        figures += _own_time(around)
    for seconds, payments in ((0.2, 60), (2.0, 12)):
        with surroundings() as around:
            figures += _backlog(around, seconds, payments)
    return figures


def paid(around: Surroundings) -> str:
    """A payment at Wompi that nobody has told the bridge of. Returns the transaction's id."""
    invoice = around.whmcs.add_invoice(77, "59500.00", tax="9500.00")
    reference = issue_reference(Reference(invoice, 77, _AMOUNT), BRIDGE_SECRET)
    return str(around.wompi.create_transaction(reference, _AMOUNT, status="APPROVED", deliver=False)["id"])


def _own_time(around: Surroundings) -> list[Figure]:
    """From the 200 to the payment on the wire, less what the calls before it took at the other side."""
    around.to_whmcs.seconds = around.to_wompi.seconds = 0.0
    own = []
    with serving(around.settings(), around.folder) as bridge, requests.Session() as session:
        for number in range(_ONE_BY_ONE):
            transaction = paid(around)
            around.to_whmcs.forget()
            around.to_wompi.forget()
            _post(session, bridge, around.wompi.event_body(transaction))
            accepted = time.monotonic()
            came = wait_for_booking(around)
            calls = [*around.to_wompi.calls, *(call for call in around.to_whmcs.calls if call[0] != _ADD)]
            theirs = covered((began, done) for _, began, done in calls)
            if number >= _ONE_BY_ONE // 6:  # the first ones find nothing imported and no connection open
                own.append((came - accepted - theirs) * 1000)
    return [of_samples("own time, event accepted to AddInvoicePayment on the wire", own, "ms", "<=", 10)]


def _backlog(around: Surroundings, seconds: float, payments: int) -> list[Figure]:
    """WHMCS comes back, and everything that came meanwhile is due."""
    around.to_whmcs.seconds, around.to_wompi.seconds = seconds, FAR
    transactions = [paid(around) for _ in range(payments)]
    settings = around.settings()
    with serving(settings, around.folder) as bridge, requests.Session() as session:
        # All at once, from nothing: the first is taken up at once, so that is where the time begins.
        began = time.monotonic()
        for transaction in transactions:
            _post(session, bridge, around.wompi.event_body(transaction))
        while len(around.whmcs.transactions) < payments and time.monotonic() < began + 2 * PATIENCE:
            time.sleep(0.02)
        took = time.monotonic() - began
    order = [row.transid for row in around.whmcs.transactions]
    if sorted(order) != sorted(transactions):
        raise RuntimeError(f"{len(order)} of {payments} payments were booked")
    allowed = payments * (FAR + _CALLS_TO_WHMCS * seconds) / _PARALLEL
    most = max(around.to_whmcs.most_at_once, around.to_wompi.most_at_once)
    name = f"a backlog, WHMCS at {seconds:g} s"
    return [
        Figure(f"{name}: of what {_PARALLEL} calls at a time permit", allowed / took, "x", ">=", 0.9),
        Figure(f"{name}: calls at a time", most, "", "<=", _PARALLEL),
    ]


def _counted() -> list[Figure]:
    """What needs no stopwatch: counted with a clock in hand, in one process."""
    with TemporaryDirectory(prefix="wompi-bridge-bench-") as folder, make_world(Path(folder)) as world:
        world.bridge.store.remember("merchant_name", "Hosting Andino")
        transaction = world.pay(world.invoice())
        world.event(transaction)
        world.work()
        paid = len(world.whmcs.calls) + len(world.wompi.calls)
        if world.state(transaction) != "posted":
            raise RuntimeError("the payment was not booked")
        healed = _healed(world)
        abandoned = _abandoned(world)
    return [
        Figure("calls for one paid invoice, click to seen in WHMCS", paid, "", "<=", 8),
        Figure("Wompi calls for one abandoned checkout, its whole life", abandoned, "", "<=", 6),
        Figure("approved and the event lost, until booked", healed, "min", "<=", 11),
    ]


def _healed(world: World) -> float:
    transaction, minutes = world.pay(world.invoice()), 0
    while world.state(transaction) != "posted" and minutes < 60:
        world.clock.advance(minutes=1)
        world.work()
        minutes += 1
    return minutes


def _abandoned(world: World) -> int:
    world.clock.advance(days=10)
    world.work()
    fields = world.checkout(world.invoice())
    before = len(world.wompi.calls)
    end = world.clock() + max(ASK_AFTER) + timedelta(days=1)
    while world.clock() < end:
        world.clock.advance(minutes=10)
        world.work()
    asked = world.wompi.calls[before:]
    if any(call.query.get("reference") != fields["reference"] for call in asked):
        raise RuntimeError("Wompi was asked something else")
    return len(asked)


def _post(session: requests.Session, bridge: Serving, body: bytes) -> None:
    answer = session.post(bridge.webhook, body, headers={"Content-Type": "application/json"}, timeout=30)
    answer.raise_for_status()


def wait_for_booking(around: Surroundings) -> float:
    """When the payment came in at WHMCS, on the steady clock. Raises ``RuntimeError`` when it does not come."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for name, came, _ in list(around.to_whmcs.calls):
            if name == _ADD:
                return came
        time.sleep(0.002)
    raise RuntimeError("the payment was not booked")
