"""The protections, each one to be taken out: what is shown to hold must be shown to fall as well."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, true

from tests.faults.failpoints import replace, wrap
from whmcs_bridge.booking.decision import Retry
from whmcs_bridge.booking.reviews import Action, Decision
from whmcs_bridge.ledger.claims import Claim
from whmcs_bridge.ledger.records import State
from whmcs_bridge.ledger.schema import payments
from whmcs_bridge.whmcs.proof import Found, Has

Guard = Literal["claim", "look", "wait", "age", "proof", "synchronous"]


def take_out(guard: Guard) -> None:
    """Take one protection out of this process."""
    {
        "claim": _no_claim,
        "look": _no_look,
        "wait": _no_wait,
        "age": _no_age,
        "proof": _no_proof,
        "synchronous": _no_sync,
    }[guard]()


def _no_claim() -> None:
    def anybodys(claim: Claim) -> ColumnElement[bool]:
        return payments.c.transaction_id == claim.payment.transaction_id

    replace("whmcs_bridge.ledger.claims:unclaimed", lambda _now: true())
    replace("whmcs_bridge.ledger.claims:_held", anybodys)
    for step in ("begin_posting", "settle"):
        wrap(f"whmcs_bridge.ledger.store:Store.{step}", _whatever_it_says)


def _whatever_it_says(original: Callable[..., bool]) -> Callable[..., bool]:
    def call(*args: Any, **options: Any) -> bool:
        original(*args, **options)
        return True

    return call


def _no_look() -> None:
    replace("whmcs_bridge.whmcs.proof:Proof.of", lambda *_: Found(Has.NOTHING))
    replace("whmcs_bridge.booking.posting:Posting.prove", _believe)
    # What stands behind it: the invoice has changed since the first try.
    replace("whmcs_bridge.booking.evidence:Evidence.of_retry", lambda *_: Retry.ALLOWED)


def _no_wait() -> None:
    def begin(original: Callable[..., bool]) -> Callable[..., bool]:
        def call(store: Any, claim: Claim, seen: Any, attempt: Any, *, look_again_in: Any) -> bool:
            return original(store, claim, seen, attempt, look_again_in=timedelta(0))

        return call

    def settle(original: Callable[..., bool]) -> Callable[..., bool]:
        def call(store: Any, claim: Claim, state: State, *args: Any, due_in: Any, **options: Any) -> bool:
            # Before all others, however long these have waited.
            due_in = -timedelta(days=1) if state is State.POSTING else due_in
            return original(store, claim, state, *args, due_in=due_in, **options)

        return call

    replace("whmcs_bridge.ledger.waiting:Timer.judge", lambda _timer, wait, until, *_: (until, wait))
    wrap("whmcs_bridge.ledger.store:Store.begin_posting", begin)
    wrap("whmcs_bridge.ledger.store:Store.settle", settle)


def _no_proof() -> None:
    replace("whmcs_bridge.booking.posting:Posting.prove", _believe)


def _believe(posting: Any, claim: Claim, seen: Any, *_: Any) -> Any:
    """WHMCS has said "success"."""
    return posting.outcomes.decided(claim, Decision(Action.DONE), seen)


def _no_age() -> None:
    replace("whmcs_bridge.booking.posting:_MARGIN", -1e9)


def _no_sync() -> None:
    def prepare(original: Callable[..., None]) -> Callable[..., None]:
        def call(connection: Any, record: Any) -> None:
            original(connection, record)
            connection.execute("PRAGMA synchronous=NORMAL")

        return call

    wrap("whmcs_bridge.ledger.engine.database:_prepare_sqlite", prepare)
