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
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from whmcs_bridge.clock import Clock, Stopwatch
from whmcs_bridge.database import DatabaseUnavailable
from whmcs_bridge.decision import (
    TAKEN_BACK,
    Action,
    Decision,
    Facts,
    InWhmcs,
    Settle,
    decide,
    invoice_gone,
    other_amount,
    other_currency,
    other_merchant,
)
from whmcs_bridge.fees import Fees
from whmcs_bridge.meters import Meters
from whmcs_bridge.money import format_cop
from whmcs_bridge.outcomes import WHILE_DOWN, WHILE_REFUSED, Lost, Outcome, Outcomes, step
from whmcs_bridge.records import Seen, State, VoidState
from whmcs_bridge.references import Reference, read_reference
from whmcs_bridge.store import Claim, InvoiceBusy, Store
from whmcs_bridge.upstream import Upstream
from whmcs_bridge.whmcs import WhmcsClient
from whmcs_bridge.whmcs_answers import AccessRefused as WhmcsAccessRefused
from whmcs_bridge.whmcs_answers import (
    InvoiceCancelled,
    InvoiceNotFound,
    Refused,
    Unclear,
    Unreachable,
    WhmcsError,
)
from wompi_gateway.client import WompiClient
from wompi_gateway.errors import ApiError, OddAnswer
from wompi_gateway.models import CURRENCY, Status, Transaction

logger = logging.getLogger(__name__)

# What is left of the lease for the database, after every call has taken its longest, in seconds.
_AIR = 5.0
# Another payment of the same invoice is being booked, which takes about so many seconds.
_NEXT_IN_LINE = 2.0


@dataclass(frozen=True, slots=True)
class Rules:
    """What posting needs of the settings. Times are in seconds."""

    secrets: tuple[str, ...]
    gateway: str
    timezone: ZoneInfo
    recheck_after: float
    post_timeout: float
    lease: float
    fees: Fees | None = None


class Posting:
    """Looks at due payments, one at a time."""

    def __init__(
        self,
        store: Store,
        wompi: WompiClient,
        whmcs: WhmcsClient,
        rules: Rules,
        *,
        clock: Clock,
        stopwatch: Stopwatch,
        meters: Meters,
    ) -> None:
        self._store = store
        self._wompi = wompi
        self._whmcs = whmcs
        self._rules = rules
        self._clock = clock
        self._stopwatch = stopwatch
        self._outcomes = Outcomes(store, clock, meters, recheck_after=rules.recheck_after)

    def post_one(self, claimed: Callable[[], None] = lambda: None) -> Outcome | None:
        """Take the payment that has been due longest, look at it once, and commit what was found.

        ``claimed`` is called as soon as one is taken.
        None when none is due. Raises ``DatabaseUnavailable`` and nothing else.
        """
        look = _Look(self._clock(), self._stopwatch())
        claim = self._store.claim(timedelta(seconds=self._rules.lease))
        if claim is None:
            return None
        claimed()
        return self._carefully(claim, lambda: self._look(claim, look))

    def resolve(self, transaction_id: str, settle: Settle, note: str) -> Outcome | None:
        """Settle one payment in review as a person decided; ``note`` says who and why.

        None when it is not in review, or is being worked on. Raises ``DatabaseUnavailable`` and nothing else.
        """
        look = _Look(self._clock(), self._stopwatch())
        claim = self._store.claim_in_review(transaction_id, timedelta(seconds=self._rules.lease), f"{settle} {note}")
        if claim is None:
            return None
        if settle is Settle.DISMISS:
            return self._carefully(claim, lambda: self._outcomes.ended(claim, State.CLOSED, note, dismissed=True))
        return self._carefully(claim, lambda: self._resolve(claim, look, settle))

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
        """Return what is kept of a transaction of ours, or None when it is not ours. Raises ``Unkeepable``."""
        promise = self.identify(transaction)
        return _seen(transaction, promise) if promise else None

    def _carefully(self, claim: Claim, work: Callable[[], Outcome]) -> Outcome:
        """Do the work on a claim, and make of every fault what becomes of the payment."""
        outcomes = self._outcomes
        try:
            try:
                return work()
            except ApiError as error:
                return outcomes.not_read(claim, error)
            except WhmcsError as error:
                return outcomes.whmcs_failed(claim, error, None)
            except (DatabaseUnavailable, Lost):
                raise
            except Exception as error:  # noqa: BLE001 - one payment that breaks us must not hold up the others
                return outcomes.broken(claim, error)
        except Lost:
            logger.warning("posting: transaction=%s is worked on by somebody else now", claim.payment.transaction_id)
            return Outcome(claim.payment.transaction_id, claim.payment.state, "worked on elsewhere", Upstream.WELL)

    def _look(self, claim: Claim, look: _Look) -> Outcome:
        payment = claim.payment
        transaction = self._wompi.transaction(payment.transaction_id)
        promise = self.identify(transaction)
        if promise is None and payment.invoice_id is not None:
            raise OddAnswer("Wompi does not name the reference any more that was ours", fields="reference")
        seen = _seen(transaction, promise)
        facts = Facts(
            status=transaction.state,
            status_word=transaction.status,
            ours=promise is not None,
            mismatch=self._mismatch(transaction, promise) if promise else None,
            state=payment.state,
            status_when_held=payment.status if payment.state is State.REVIEW else "",
            posted_before=payment.posted_at is not None,
            age=self._clock() - payment.created_at,
            dismissed=payment.dismissed,
            void_age=self._void_age(transaction) if transaction.state is Status.VOIDED else None,
        )
        decision = decide(facts)
        if decision.action is Action.ASK_WHMCS and promise is not None:
            try:
                decision = decide(replace(facts, whmcs=self._ask_whmcs(transaction, promise.invoice_id)))
            except WhmcsError as error:
                return self._outcomes.whmcs_failed(claim, error, seen)
        if decision.action is Action.POST:
            return self._book(claim, seen, look)
        return self._outcomes.decided(claim, decision, seen)

    def _resolve(self, claim: Claim, look: _Look, settle: Settle) -> Outcome:
        """Book what a person has decided to book, once, and only what was really paid to us."""
        transaction = self._wompi.transaction(claim.payment.transaction_id)
        promise = self.identify(transaction)
        if settle is Settle.RECORD_VOID:
            return self._record_void(claim, transaction, promise)
        approved = transaction.state is Status.APPROVED and transaction.currency == CURRENCY
        if promise is None or not approved or not self._wompi.is_ours(transaction):
            return self._outcomes.later(claim, 0, f"there is no approved payment to us to book: {transaction.status}")
        seen = _seen(transaction, promise)
        if self._booked(transaction.id):
            return self._outcomes.decided(claim, Decision(Action.DONE), seen)
        if settle is Settle.BOOK:
            return self._book(claim, seen, look)
        try:
            # Not in doubt like a booking: WHMCS refuses a second transaction of the same id by itself.
            self._whmcs.add_credit(
                client_id=promise.client_id,
                transid=transaction.id,
                gateway=self._rules.gateway,
                amount_in_cents=seen.amount_in_cents,
                description=f"Wompi {transaction.id} ({transaction.reference})",
            )
        except Refused as error:
            return self._outcomes.later(claim, 0, f"WHMCS refused the credit: {error}")
        return self._outcomes.decided(claim, Decision(Action.DONE), seen)

    def _record_void(self, claim: Claim, transaction: Transaction, promise: Reference | None) -> Outcome:
        """Record in WHMCS, once, that a payment which Wompi says is VOIDED went back."""
        voided = promise is not None and transaction.state is Status.VOIDED and self._wompi.is_ours(transaction)
        if promise is None or not voided:
            return self._outcomes.later(claim, 0, f"there is no void of ours to record: {transaction.status}")
        name, invoice_id = transaction.id, promise.invoice_id
        if self._booked(name) == 1 and not self._whmcs.taken_back(name, invoice_id):
            try:
                # WHMCS refuses a second transaction of the same id by itself.
                self._whmcs.record_refund(
                    invoice_id=invoice_id,
                    client_id=promise.client_id,
                    transid=name,
                    gateway=self._rules.gateway,
                    amount_in_cents=transaction.amount_in_cents,
                    description=f"VOIDED at Wompi: {name}",
                )
            except Refused as error:
                return self._outcomes.later(claim, 0, f"WHMCS refused the refund: {error}")
        if not self._whmcs.taken_back(name, invoice_id):
            return self._outcomes.later(claim, 0, "WHMCS shows no payment to take back, or no refund of it")
        return self._outcomes.decided(claim, TAKEN_BACK, _seen(transaction, promise))

    def _void_age(self, transaction: Transaction) -> timedelta | None:
        asked = self._store.void(transaction.id)
        if asked is None or asked.state is VoidState.REFUSED:
            return None
        return self._clock() - (asked.told_at or asked.asked_at)

    def _mismatch(self, transaction: Transaction, promise: Reference) -> Decision | None:
        if transaction.state not in (Status.APPROVED, Status.VOIDED):
            return None
        if transaction.currency != CURRENCY:
            return other_currency(transaction.currency)
        if transaction.amount_in_cents != promise.amount_in_cents:
            return other_amount(format_cop(transaction.amount_in_cents), format_cop(promise.amount_in_cents))
        if not self._wompi.is_ours(transaction):
            return other_merchant()
        return None

    def _ask_whmcs(self, transaction: Transaction, invoice_id: int) -> InWhmcs:
        try:
            invoice_status = self._whmcs.invoice(invoice_id).status
        except InvoiceNotFound:
            invoice_status = None
        taken_back = transaction.state is Status.VOIDED and self._whmcs.taken_back(transaction.id, invoice_id)
        # Asked last, so that as little time as can be lies between this look and the booking.
        return InWhmcs(booked=self._booked(transaction.id), taken_back=taken_back, invoice_status=invoice_status)

    def _booked(self, transaction_id: str) -> int:
        return sum(1 for row in self._whmcs.payments(transaction_id) if row.amount_in > 0)

    def _book(self, claim: Claim, seen: Seen, look: _Look) -> Outcome:
        rules, outcomes, now = self._rules, self._outcomes, self._clock()
        in_doubt_until = now + timedelta(seconds=rules.post_timeout + rules.recheck_after)
        try:
            if not self._store.begin_posting(claim, seen, look_again_at=in_doubt_until):
                raise Lost
        except InvoiceBusy as error:
            wait = (error.until - now).total_seconds() if error.in_doubt else _NEXT_IN_LINE
            return outcomes.waiting(claim, State.DUE, str(error), delay=max(wait, _NEXT_IN_LINE), seen=seen)
        if look.age(self._clock(), self._stopwatch()) > rules.lease - rules.post_timeout - _AIR:
            return outcomes.waiting(claim, State.DUE, "this machine was paused; looking again", delay=0, seen=seen)
        try:
            self._whmcs.add_invoice_payment(
                invoice_id=seen.invoice_id or 0,
                transid=claim.payment.transaction_id,
                gateway=rules.gateway,
                amount_in_cents=seen.amount_in_cents,
                paid_at=(seen.finalized_at or now).astimezone(rules.timezone),
                fees_in_cents=rules.fees.estimate(seen.amount_in_cents, seen.method) if rules.fees else None,
            )
        except WhmcsAccessRefused as error:
            refuses = Upstream.REFUSES
            return outcomes.waiting(claim, State.DUE, str(error), delay=WHILE_REFUSED, seen=seen, upstream=refuses)
        except Unreachable as error:
            delay, down = step(WHILE_DOWN, claim.payment.looks), Upstream.DOWN
            return outcomes.waiting(claim, State.DUE, str(error), delay=delay, seen=seen, upstream=down)
        except (InvoiceNotFound, InvoiceCancelled) as error:
            # It changed between the look and the booking.
            return outcomes.decided(claim, invoice_gone(cancelled=isinstance(error, InvoiceCancelled)), seen)
        except Refused as error:
            refused = Decision(
                Action.REVIEW,
                f"WHMCS no aceptó el registro: {error}. Corrija eso en WHMCS y regístrelo de nuevo.",
                f"WHMCS refused the booking: {error}. Mend that in WHMCS, and book it again.",
                Settle.BOOK,
            )
            return outcomes.decided(claim, refused, seen)
        except Exception as error:  # noqa: BLE001 - whatever broke, the request may be on its way
            reason = str(error) if isinstance(error, Unclear) else f"broke while booking ({type(error).__name__})"
            # WHMCS answered the reads right before: the next payment need not wait for this one.
            return outcomes.waiting(claim, State.POSTING, reason, delay=rules.recheck_after, seen=seen)
        return outcomes.decided(claim, Decision(Action.DONE), seen)


def _seen(transaction: Transaction, promise: Reference | None) -> Seen:
    invoice_id, client_id = (promise.invoice_id, promise.client_id) if promise else (None, None)
    return Seen.of(transaction, invoice_id=invoice_id, client_id=client_id)


@dataclass(frozen=True, slots=True)
class _Look:
    """When a claim was taken, by the ledger's clock and by a stopwatch."""

    at: datetime
    ticks: float

    def age(self, now: datetime, ticks: float) -> float:
        return max((now - self.at).total_seconds(), ticks - self.ticks)
