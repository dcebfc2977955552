"""The one door out: look at one transaction, compare Wompi with WHMCS, and close the gap. Booked exactly once, by four
guards.

``AddInvoicePayment`` refuses no duplicate, and it can take effect after we gave up waiting. So:

1. *claim* - one worker takes the row, by compare-and-swap, with a lease;
2. *look* - WHMCS is asked for the transaction id right before the booking;
3. *wait* - after an unclear answer or a crash the row stays ``posting`` and is left alone until its ``due_at``: without
   that, *look* would say "absent" while the first request is about to take effect;
4. *age* - a claim that is no longer young (the machine slept) is dropped just before the booking.
"""

from __future__ import annotations

import logging
import traceback
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from zoneinfo import ZoneInfo

from whmcs_bridge.clock import Clock, Stopwatch
from whmcs_bridge.database import DatabaseUnavailable
from whmcs_bridge.decision import Action, Decision, Facts, InWhmcs, decide
from whmcs_bridge.money import format_cop
from whmcs_bridge.records import Payment, Seen, State
from whmcs_bridge.references import Reference, read_reference
from whmcs_bridge.store import Claim, Store
from whmcs_bridge.whmcs import WhmcsClient
from whmcs_bridge.whmcs_answers import AccessRefused as WhmcsAccessRefused
from whmcs_bridge.whmcs_answers import InvoiceCancelled, InvoiceNotFound, Refused, Unclear, Unreachable, WhmcsError
from wompi_gateway.client import WompiClient
from wompi_gateway.errors import AccessRefused, ApiError, NoAnswer
from wompi_gateway.models import CURRENCY, Status, Transaction

logger = logging.getLogger(__name__)

# How long to leave a transaction alone that Wompi has not decided; then daily, until the decision's patience ends.
WHILE_PENDING = (60, 300, 1800, 7200, 28_800, 86_400)
# How long to wait when Wompi or WHMCS cannot be asked. Spaced, and never given up.
WHILE_DOWN = (10, 30, 60, 300)
# Our address or key is refused: only a person can mend that, and hammering may get the address banned.
WHILE_REFUSED = 900
# A payment in review is looked at now and then: it ends by itself once a person has booked it in WHMCS.
WHILE_IN_REVIEW = (600, 3600, 3600, 3600, 86_400)
# Wompi does not know the id: a fresh transaction may not be readable yet, and one day covers all of its repeated
# events.
UNKNOWN_FOR = timedelta(hours=24)
# What is left of the lease for the database, after every call has taken its longest.
_AIR = 5.0
# How often a payment may break this code before a person is asked.
_PATIENCE_WITH_OURSELVES = 3


@dataclass(frozen=True, slots=True)
class Rules:
    """What posting needs of the settings. Times are in seconds."""

    secrets: tuple[str, ...]
    gateway: str
    timezone: ZoneInfo
    recheck_after: float
    post_timeout: float
    lease: float


class Upstream(Enum):
    """How Wompi and WHMCS answered: the worker paces itself by it."""

    WELL = "well"
    DOWN = "down"
    REFUSES = "refuses"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one look."""

    transaction_id: str
    state: State
    reason: str
    upstream: Upstream


class Posting:
    """Looks at due payments, one at a time."""

    def __init__(
        self, store: Store, wompi: WompiClient, whmcs: WhmcsClient, rules: Rules, *, clock: Clock, stopwatch: Stopwatch
    ) -> None:
        self._store = store
        self._wompi = wompi
        self._whmcs = whmcs
        self._rules = rules
        self._clock = clock
        self._stopwatch = stopwatch

    def post_one(self) -> Outcome | None:
        """Take the payment that has been due longest, look at it once, and commit what was found. None when none is
        due.

        Raises ``DatabaseUnavailable`` and nothing else.
        """
        look = _Look(self._clock(), self._stopwatch())
        claim = self._store.claim(timedelta(seconds=self._rules.lease))
        if claim is None:
            return None
        try:
            return self._look(claim, look)
        except ApiError as error:
            return self._not_asked(claim, error)
        except WhmcsAccessRefused as error:
            return self._later(claim, WHILE_REFUSED, str(error), upstream=Upstream.REFUSES)
        except WhmcsError as error:
            return self._later(claim, _step(WHILE_DOWN, claim.payment.looks), str(error), upstream=Upstream.DOWN)
        except _Lost:
            logger.warning("posting: %s is worked on by somebody else now", claim.payment.transaction_id)
            return Outcome(claim.payment.transaction_id, claim.payment.state, "worked on elsewhere", Upstream.WELL)
        except DatabaseUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - one payment that breaks us must not hold up the others
            return self._broken(claim, error)

    def identify(self, transaction: Transaction) -> Reference | None:
        """Tell what the reference promises: by its own MAC, or by the checkout that is remembered. None: not ours."""
        promise = read_reference(transaction.reference, self._rules.secrets)
        if promise is not None:
            return promise
        checkout = self._store.checkout(transaction.reference)
        if checkout is None:
            return None
        return Reference(checkout.invoice_id, checkout.client_id, checkout.amount_in_cents)

    def seen(self, transaction: Transaction) -> Seen | None:
        """Return what is kept of a transaction of ours, or None when it is not ours."""
        promise = self.identify(transaction)
        if promise is None:
            return None
        return Seen.of(transaction, invoice_id=promise.invoice_id, client_id=promise.client_id)

    def _look(self, claim: Claim, look: _Look) -> Outcome:
        payment = claim.payment
        transaction = self._wompi.transaction(payment.transaction_id)
        promise = self.identify(transaction)
        seen = Seen.of(
            transaction,
            invoice_id=promise.invoice_id if promise else None,
            client_id=promise.client_id if promise else None,
        )
        facts = Facts(
            status=transaction.state,
            status_word=transaction.status,
            ours=promise is not None,
            mismatch=self._mismatch(transaction, promise) if promise else "",
            state=payment.state,
            status_when_held=payment.status if payment.state is State.REVIEW else "",
            posted_before=payment.posted_at is not None,
            age=self._clock() - payment.created_at,
        )
        decision = decide(facts)
        if decision.action is Action.ASK_WHMCS and promise is not None:
            facts = replace(facts, whmcs=self._ask_whmcs(transaction, promise.invoice_id))
            decision = decide(facts)
        if decision.action is Action.POST:
            return self._book(claim, seen, look, facts)
        return self._settle_decision(claim, decision, seen)

    def _mismatch(self, transaction: Transaction, promise: Reference) -> str:
        if transaction.state not in (Status.APPROVED, Status.VOIDED):
            return ""
        if transaction.amount_in_cents != promise.amount_in_cents:
            return (
                f"Wompi says that {format_cop(transaction.amount_in_cents)} was paid, but the checkout asked for"
                f" {format_cop(promise.amount_in_cents)}. Book by hand what was really received."
            )
        if transaction.currency != CURRENCY:
            return f"Wompi says that it was paid in {transaction.currency[:3]!r}, not in {CURRENCY}. Ask Wompi."
        if not self._wompi.is_ours(transaction):
            return "It was paid to another merchant at Wompi, with a reference of ours. Nothing was received here."
        return ""

    def _ask_whmcs(self, transaction: Transaction, invoice_id: int) -> InWhmcs:
        try:
            invoice_status = self._whmcs.invoice(invoice_id).status
        except InvoiceNotFound:
            invoice_status = None
        taken_back = transaction.state is Status.VOIDED and self._whmcs.taken_back(transaction.id, invoice_id)
        # Asked last, so that as little time as can be lies between this look and the booking.
        booked = sum(1 for row in self._whmcs.payments(transaction.id) if row.amount_in > 0)
        return InWhmcs(booked=booked, taken_back=taken_back, invoice_status=invoice_status)

    def _book(self, claim: Claim, seen: Seen, look: _Look, facts: Facts) -> Outcome:
        rules, now = self._rules, self._clock()
        in_doubt_until = now + timedelta(seconds=rules.post_timeout + rules.recheck_after)
        if not self._store.begin_posting(claim, seen, look_again_at=in_doubt_until):
            raise _Lost
        if look.age(self._clock(), self._stopwatch()) > rules.lease - rules.post_timeout - _AIR:
            return self._settle(claim, State.DUE, "this machine was paused; looking again", due_in=0, seen=seen)
        try:
            self._whmcs.add_invoice_payment(
                invoice_id=seen.invoice_id or 0,
                transid=claim.payment.transaction_id,
                gateway=rules.gateway,
                amount_in_cents=seen.amount_in_cents,
                paid_at=(seen.finalized_at or now).astimezone(rules.timezone),
            )
        except WhmcsAccessRefused as error:
            refuses = Upstream.REFUSES
            return self._settle(claim, State.DUE, str(error), due_in=WHILE_REFUSED, seen=seen, upstream=refuses)
        except Unreachable as error:
            delay = _step(WHILE_DOWN, claim.payment.looks)
            down = Upstream.DOWN
            return self._settle(claim, State.DUE, str(error), due_in=delay, seen=seen, upstream=down, waiting=True)
        except (InvoiceNotFound, InvoiceCancelled) as error:
            # It changed between the look and the booking.
            status = "Cancelled" if isinstance(error, InvoiceCancelled) else None
            changed = replace(facts, whmcs=InWhmcs(booked=0, taken_back=False, invoice_status=status))
            return self._settle_decision(claim, decide(changed), seen)
        except Refused as error:
            reason = (
                f"WHMCS refused the booking: {error}. Add the payment to the invoice by hand with this transaction id."
            )
            return self._settle_decision(claim, Decision(Action.REVIEW, reason), seen)
        except Exception as error:  # noqa: BLE001 - whatever broke, the request may be on its way
            reason = str(error) if isinstance(error, Unclear) else f"broke while booking ({type(error).__name__})"
            doubt, down = rules.recheck_after, Upstream.DOWN
            return self._settle(claim, State.POSTING, reason, due_in=doubt, seen=seen, upstream=down)
        return self._settle_decision(claim, Decision(Action.DONE), seen)

    def _settle_decision(self, claim: Claim, decision: Decision, seen: Seen | None) -> Outcome:
        payment = claim.payment
        match decision.action:
            case Action.DONE:
                return self._settle(claim, State.POSTED, "", due_in=None, seen=seen)
            case Action.CLOSE:
                return self._settle(claim, State.CLOSED, decision.reason, due_in=None, seen=seen)
            case Action.REVIEW:
                reason = decision.reason or payment.reason
                looks = payment.looks if payment.state is State.REVIEW else 0
                delay = _step(WHILE_IN_REVIEW, looks)
                return self._settle(claim, State.REVIEW, reason, due_in=delay, seen=seen, waiting=True)
            case _:
                # A booked payment stays booked while Wompi wavers.
                state = State.POSTED if payment.posted_at else State.DUE
                delay = _step(WHILE_PENDING, payment.looks)
                return self._settle(claim, state, decision.reason, due_in=delay, seen=seen, waiting=True)

    def _not_asked(self, claim: Claim, error: ApiError) -> Outcome:
        if isinstance(error, AccessRefused):
            told = f"{error}: check WOMPI_PRIVATE_KEY"
            return self._later(claim, WHILE_REFUSED, told, upstream=Upstream.REFUSES)
        if isinstance(error, NoAnswer):
            delay = max(_step(WHILE_DOWN, claim.payment.looks), error.retry_after or 0)
            return self._later(claim, delay, str(error), upstream=Upstream.DOWN)
        if self._clock() - claim.payment.created_at < UNKNOWN_FOR:
            return self._later(claim, _step(WHILE_PENDING, claim.payment.looks), str(error))
        reason = (
            f"Wompi does not know this transaction ({error}). Look for it at comercios.wompi.co; nothing was booked."
        )
        return self._settle(claim, State.REVIEW, reason, due_in=WHILE_IN_REVIEW[-1], seen=None, waiting=True)

    def _broken(self, claim: Claim, error: Exception) -> Outcome:
        # The class of the error and its place: its text, and the values around it, may be personal.
        frames = traceback.extract_tb(error.__traceback__)
        place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
        reason = f"the bridge broke on it ({type(error).__name__} at {place}). Report this; nothing was booked by it."
        logger.error("posting: %s: %s", claim.payment.transaction_id, reason)
        if claim.payment.state is not State.POSTING and claim.payment.looks >= _PATIENCE_WITH_OURSELVES:
            return self._settle_decision(claim, Decision(Action.REVIEW, reason), None)
        return self._later(claim, WHILE_DOWN[-1], reason)

    def _later(self, claim: Claim, delay: float, reason: str, *, upstream: Upstream = Upstream.WELL) -> Outcome:
        """Keep the state, look again later. What is in review keeps the sentence that a person is to read."""
        payment = claim.payment
        told = payment.reason if payment.state is State.REVIEW else reason
        return self._settle(
            claim, payment.state, told, due_in=delay, seen=None, waiting=True, upstream=upstream, log=reason
        )

    def _settle(
        self,
        claim: Claim,
        state: State,
        reason: str,
        *,
        due_in: float | None,
        seen: Seen | None,
        waiting: bool = False,
        upstream: Upstream = Upstream.WELL,
        log: str = "",
    ) -> Outcome:
        due_at = None if due_in is None else self._clock() + timedelta(seconds=due_in)
        if not self._store.settle(claim, state, reason, due_at=due_at, seen=seen, waiting=waiting):
            raise _Lost
        _log(claim.payment, state, log or reason, seen)
        return Outcome(claim.payment.transaction_id, state, reason, upstream)


@dataclass(frozen=True, slots=True)
class _Look:
    """When a claim was taken, by two clocks: each of them misses some way in which a machine can sleep."""

    at: datetime
    ticks: float

    def age(self, now: datetime, ticks: float) -> float:
        return max((now - self.at).total_seconds(), ticks - self.ticks)


class _Lost(Exception):
    """The claim is not ours any more."""


def _step(steps: tuple[int, ...], looks: int) -> int:
    return steps[min(looks, len(steps) - 1)]


def _log(before: Payment, state: State, reason: str, seen: Seen | None) -> None:
    level = logging.WARNING if state is State.REVIEW and before.state is not State.REVIEW else logging.INFO
    logger.log(
        level,
        "posting: transaction=%s reference=%s invoice=%s status=%s %s -> %s%s",
        before.transaction_id,
        seen.reference if seen else before.reference,
        seen.invoice_id if seen else before.invoice_id,
        seen.status if seen else before.status or "-",
        before.state,
        state,
        f": {reason}" if reason else "",
    )
