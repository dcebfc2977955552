"""Posting: look at one transaction at Wompi and in WHMCS, and book it where it is missing. Five guards keep a payment
from being booked twice.

``AddInvoicePayment`` refuses no duplicate, may take effect after the call timed out, and may report a success that is
none. So:

1. *claim* - one worker takes the row, by compare-and-swap, with a lease;
2. *look* - WHMCS is asked for the transaction id right before the booking;
3. *wait* - after an unclear answer or a crash the row stays ``posting`` and untouched until its ``due_at``: an earlier
   *look* could say "absent" while the first request is about to take effect;
4. *age* - an old claim (the machine slept) is given up right before the booking's bytes are written;
5. *proof* - only what was seen in WHMCS is ``posted``, see ``proof``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from whmcs_bridge.booking.decision import decide, of_rows
from whmcs_bridge.booking.evidence import BookingSettings, Evidence, seen_of, share_of
from whmcs_bridge.booking.outcomes import WHILE_DOWN, WHILE_REFUSED, ClaimLost, Outcome, Outcomes, step
from whmcs_bridge.booking.pacing import Upstream
from whmcs_bridge.booking.places import accepted_client, surplus_of
from whmcs_bridge.booking.reviews import SETTLED_AS_ONE, Action, Decision, Settle, invoice_gone, review
from whmcs_bridge.booking.whole import Whole
from whmcs_bridge.clock import Clock, Stopwatch
from whmcs_bridge.ledger.claims import Attempt, Claim, InvoiceBusy
from whmcs_bridge.ledger.engine.database import DatabaseUnavailable
from whmcs_bridge.ledger.records import Payment, State
from whmcs_bridge.ledger.seen import Seen
from whmcs_bridge.ledger.store import Store
from whmcs_bridge.messages import bilingual
from whmcs_bridge.messages import failures as words
from whmcs_bridge.metrics import Metrics
from whmcs_bridge.money.currencies import units_of
from whmcs_bridge.whmcs.answers import AccessRefused as WhmcsAccessRefused
from whmcs_bridge.whmcs.answers import InvoiceCancelled, InvoiceNotFound, Refused, Unclear, Unreachable, WhmcsError
from whmcs_bridge.whmcs.client import WhmcsClient
from whmcs_bridge.whmcs.proof import Place
from wompi_gateway.client import WompiClient
from wompi_gateway.errors import ApiError, OddAnswer
from wompi_gateway.models import Status, Transaction

logger = logging.getLogger(__name__)

# What the lease leaves for the database after every call has taken its longest, in seconds.
_MARGIN = 5.0
# Another payment of the same invoice is being booked, which takes about so many seconds.
_NEXT_IN_LINE = 2.0


@dataclass(frozen=True, slots=True)
class ClaimTime:
    """Shortly before a claim was taken, by the ledger's clock and by the stopwatch."""

    at: datetime
    ticks: float

    def age(self, now: datetime, ticks: float) -> float:
        """How long ago, in seconds: the larger of what the two tell."""
        return max((now - self.at).total_seconds(), ticks - self.ticks)


class ClaimTooOld(Exception):
    """This machine was paused: what was to move money was not sent."""


class Posting:
    """Looks at due payments, one at a time."""

    def __init__(
        self,
        store: Store,
        wompi: WompiClient,
        whmcs: WhmcsClient,
        settings: BookingSettings,
        *,
        clock: Clock,
        stopwatch: Stopwatch,
        metrics: Metrics,
    ) -> None:
        self._store = store
        self._whmcs = whmcs
        self._settings = settings
        self._clock = clock
        self._stopwatch = stopwatch
        self.evidence = Evidence(store, wompi, whmcs, settings, clock=clock)
        self.outcomes = Outcomes(store, clock, metrics, recheck_after=settings.recheck_after)
        self.whole = Whole(store, self.evidence, self.outcomes)

    def close(self) -> None:
        """End the threads that read."""
        self.evidence.close()

    def begin(self) -> ClaimTime:
        """Note the time: call it before a claim is taken."""
        return ClaimTime(self._clock(), self._stopwatch())

    def post_one(self, claimed: Callable[[], None] = lambda: None) -> Outcome | None:
        """Take the payment that has been due longest, look at it once, and commit what was found.

        ``claimed`` is called as soon as one is taken. None: none is due. Raises only ``DatabaseUnavailable``.
        """
        with self.evidence.beside.at_work():
            taken = self.begin()
            claim = self._store.claim(timedelta(seconds=self._settings.lease))
            if claim is None:
                return None
            claimed()
            return self.guarded(claim, lambda: self._look(claim, taken))

    def seen(self, transaction: Transaction) -> Seen | None:
        """Return what is kept of a transaction of ours, or None when it is not ours. Raises ``Unkeepable``."""
        promise = self.evidence.promise(transaction.reference)
        return seen_of(transaction, promise) if promise else None

    def guarded(self, claim: Claim, work: Callable[[], Outcome]) -> Outcome:
        """Work on a claim; every error becomes an outcome. Raises only ``DatabaseUnavailable``."""
        outcomes = self.outcomes
        try:
            try:
                return work()
            except ApiError as error:
                return outcomes.not_read(claim, error)
            except WhmcsError as error:
                return outcomes.whmcs_failed(claim, error, None)
            except (DatabaseUnavailable, ClaimLost):
                raise
            except Exception as error:  # noqa: BLE001 - one payment that fails must not hold up the others
                return outcomes.broken(claim, error)
        except ClaimLost:
            logger.warning("posting: transaction=%s: the claim was lost", claim.payment.transaction_id)
            told = bilingual(*words.WORKED_ON_ELSEWHERE)
            return Outcome(claim.payment.transaction_id, claim.payment.state, told, Upstream.WELL)

    def _look(self, claim: Claim, taken: ClaimTime) -> Outcome:
        payment, evidence = claim.payment, self.evidence
        transaction, ahead = evidence.transaction(payment)
        promise = evidence.promise(transaction.reference)
        other = payment.part_of is not None and transaction.reference != payment.reference
        if (promise is None and payment.invoice_id is not None) or other:
            raise OddAnswer("Wompi does not name the reference any more that was ours", fields="reference")
        if promise is not None and promise.count > 1 and payment.part_of is None:
            outcome = self.whole.look(claim, transaction, promise)
            if outcome is not None:
                return outcome
        seen = seen_of(transaction, promise, payment)
        facts = evidence.of_wompi(payment, transaction, promise)
        decision = decide(facts)
        if decision.action is not Action.ASK_WHMCS or promise is None:
            return self.outcomes.decided(claim, decision, seen)
        promise = share_of(payment, promise)
        try:
            if transaction.state is Status.VOIDED:
                return self.outcomes.decided(claim, decide(evidence.of_void(facts, payment, seen, promise)), seen)
            payer, worth = accepted_client(payment, promise), evidence.worth(seen, promise)
            state = evidence.invoice_state(promise.invoice_id, payer, ahead)
            facts = evidence.of_whmcs(facts, payment, worth, promise, state)
            decision = decide(facts)
            if decision.action is Action.POST and payment.tries:
                decision = decide(replace(facts, retry=evidence.of_retry(payment, seen, worth, payer, state)))
        except WhmcsError as error:
            return self.outcomes.whmcs_failed(claim, error, seen)
        if decision.action is Action.POST and promise.count > 1:
            decision = SETTLED_AS_ONE
        if decision.action is Action.POST:
            attempt = Attempt(state.snapshot(), surplus_of(state, worth))
            place = Place(promise.invoice_id, payer, worth.amount_in_cents)
            return self.book(claim, seen, taken, attempt, place, worth.rate)
        return self.outcomes.decided(claim, decision, seen)

    def book(
        self,
        claim: Claim,
        seen: Seen,
        taken: ClaimTime,
        attempt: Attempt,
        place: Place,
        rate: Decimal | None,
    ) -> Outcome:
        """Ask WHMCS once to book a payment, and see whether it did. ``rate`` is pesos for one unit of the currency in
        which WHMCS reads it; None for pesos."""
        settings, outcomes, now = self._settings, self.outcomes, self._clock()
        try:
            self.commit_intent(claim, seen, attempt)
        except InvoiceBusy as error:
            if attempt.ordered is not None:
                raise  # nothing of the order is stored yet: the payment stays in review
            wait = (error.until - now).total_seconds() if error.in_doubt else _NEXT_IN_LINE
            told = bilingual(*words.waits_for_another(error.transaction_id))
            return outcomes.commit(claim, State.DUE, told, max(wait, _NEXT_IN_LINE), seen=seen)
        try:
            self._whmcs.add_invoice_payment(
                invoice_id=place.invoice_id,
                transid=claim.payment.transaction_id,
                gateway=settings.gateway,
                amount_in_cents=place.amount_in_cents,
                paid_at=(seen.finalized_at or now).astimezone(settings.timezone),
                fees_in_cents=self._fees(claim.payment, seen, rate),
                before_bytes=partial(self.refuse_if_old, taken),
            )
        except ClaimTooOld:
            return outcomes.not_tried(claim, seen, bilingual(*words.LOOKING_AGAIN), delay=0)
        except WhmcsAccessRefused as error:
            return outcomes.not_tried(claim, seen, str(error), delay=WHILE_REFUSED, upstream=Upstream.REFUSES)
        except Unreachable as error:
            delay = step(WHILE_DOWN, claim.payment.looks)
            return outcomes.not_tried(claim, seen, str(error), delay=delay, upstream=Upstream.DOWN)
        except (InvoiceNotFound, InvoiceCancelled) as error:
            # It changed between the look and the booking.
            return outcomes.decided(claim, invoice_gone(cancelled=isinstance(error, InvoiceCancelled)), seen)
        except Refused as error:
            return outcomes.decided(claim, review(words.booking_refused(error), Settle.BOOK), seen)
        except Exception as error:  # noqa: BLE001 - whatever failed, the request may be on its way
            return self.in_doubt(claim, seen, error)
        return self.prove(claim, seen, place)

    def _fees(self, payment: Payment, seen: Seen, rate: Decimal | None) -> int | None:
        """The estimate of what Wompi keeps, in the currency that WHMCS is told; of a part, its share."""
        pesos = self._fees_in_pesos(payment, seen)
        return pesos if pesos is None or rate is None else units_of(pesos, rate)

    def _fees_in_pesos(self, payment: Payment, seen: Seen) -> int | None:
        fees = self._settings.fees
        if fees is None or payment.part_of is None:
            return fees.estimate(seen.amount_in_cents, seen.method) if fees else None
        amounts, place = self._store.amounts_beside(payment)
        fee, iva = fees.parts_of_one(payment.whole_in_cents or 0, amounts, place, seen.method)
        return None if fee is None or iva is None else fee + iva

    def commit_intent(self, claim: Claim, seen: Seen, attempt: Attempt) -> None:
        """Commit that money is about to be moved in WHMCS. Raises ``InvoiceBusy`` or ``ClaimLost``."""
        in_doubt = timedelta(seconds=self._settings.post_timeout + self._settings.recheck_after)
        if not self._store.begin_posting(claim, seen, attempt, look_again_in=in_doubt):
            raise ClaimLost

    def refuse_if_old(self, taken: ClaimTime) -> None:
        """Raise ``ClaimTooOld`` where a claim is too old to move money now. Between this look and the bytes of the
        request lies nothing that waits."""
        settings = self._settings
        if taken.age(self._clock(), self._stopwatch()) > settings.lease - settings.post_timeout - _MARGIN:
            raise ClaimTooOld

    def in_doubt(self, claim: Claim, seen: Seen, error: Exception) -> Outcome:
        """The request may be on its way: leave the payment alone for a while, then look."""
        failed = bilingual(*words.failed_while_booking(type(error).__name__))
        reason = str(error) if isinstance(error, Unclear) else failed
        # Not counted as an outage: WHMCS answered the reads right before.
        delay = self._settings.recheck_after
        return self.outcomes.commit(claim, State.POSTING, reason, delay, seen=seen)

    def prove(self, claim: Claim, seen: Seen, place: Place, done: Decision | None = None) -> Outcome:
        """WHMCS has reported success: see whether its row is there. ``done`` replaces the decision then."""
        try:
            found = self.evidence.proof.of(claim.payment.transaction_id, place.amount_in_cents, [place])
        except Exception as error:  # noqa: BLE001 - whatever failed, the money may have been moved
            return self.in_doubt(claim, seen, error)
        decision = of_rows(found)
        if decision is None:
            return self.outcomes.not_seen(claim, seen, self._settings.recheck_after)
        if done is not None and decision.action is Action.DONE:
            decision = done
        return self.outcomes.decided(claim, decision, seen)
