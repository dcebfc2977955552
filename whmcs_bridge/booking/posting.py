"""The one door out: look at one transaction, compare Wompi with WHMCS, and close the gap. Booked exactly once, by five
guards.

``AddInvoicePayment`` refuses no duplicate, it can take effect after we gave up waiting, and its "success" is only a
word. So:

1. *claim* - one worker takes the row, by compare-and-swap, with a lease;
2. *look* - WHMCS is asked for the transaction id right before the booking;
3. *wait* - after an unclear answer or a crash the row stays ``posting`` and is left alone until its ``due_at``: without
   that, *look* would say "absent" while the first request is about to take effect;
4. *age* - a claim that is no longer young (the machine slept) is dropped just before the booking;
5. *proof* - ``posted`` is what was seen in WHMCS, see ``proof``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from whmcs_bridge.booking.decision import decide
from whmcs_bridge.booking.evidence import Evidence, Rules, seen_of
from whmcs_bridge.booking.outcomes import WHILE_DOWN, WHILE_REFUSED, Lost, Outcome, Outcomes, step
from whmcs_bridge.booking.places import accepted_client
from whmcs_bridge.booking.reviews import (
    Action,
    Decision,
    Settle,
    invoice_gone,
    of_rows,
)
from whmcs_bridge.booking.upstream import Upstream
from whmcs_bridge.clock import Clock, Stopwatch
from whmcs_bridge.ledger.claims import Attempt, Claim, InvoiceBusy
from whmcs_bridge.ledger.engine.database import DatabaseUnavailable
from whmcs_bridge.ledger.records import Seen, State
from whmcs_bridge.ledger.store import Store
from whmcs_bridge.metrics import Metrics
from whmcs_bridge.whmcs.answers import AccessRefused as WhmcsAccessRefused
from whmcs_bridge.whmcs.answers import (
    InvoiceCancelled,
    InvoiceNotFound,
    Refused,
    Unclear,
    Unreachable,
    WhmcsError,
)
from whmcs_bridge.whmcs.client import WhmcsClient
from whmcs_bridge.whmcs.proof import Place
from wompi_gateway.client import WompiClient
from wompi_gateway.errors import ApiError, OddAnswer
from wompi_gateway.models import Status, Transaction

logger = logging.getLogger(__name__)

# What is left of the lease for the database, after every call has taken its longest, in seconds.
_AIR = 5.0
# Another payment of the same invoice is being booked, which takes about so many seconds.
_NEXT_IN_LINE = 2.0


@dataclass(frozen=True, slots=True)
class Look:
    """When a claim was taken, by the ledger's clock and by a stopwatch."""

    at: datetime
    ticks: float

    def age(self, now: datetime, ticks: float) -> float:
        """How long ago that was, in seconds, by whichever clock says more."""
        return max((now - self.at).total_seconds(), ticks - self.ticks)


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
        metrics: Metrics,
    ) -> None:
        self._store = store
        self._wompi = wompi
        self._whmcs = whmcs
        self._rules = rules
        self._clock = clock
        self._stopwatch = stopwatch
        self.evidence = Evidence(store, wompi, whmcs, rules, clock=clock)
        self.outcomes = Outcomes(store, clock, metrics, recheck_after=rules.recheck_after)

    def close(self) -> None:
        """End the threads that read."""
        self.evidence.close()

    def begin(self) -> Look:
        """Note the time, before a claim is taken."""
        return Look(self._clock(), self._stopwatch())

    def post_one(self, claimed: Callable[[], None] = lambda: None) -> Outcome | None:
        """Take the payment that has been due longest, look at it once, and commit what was found.

        ``claimed`` is called as soon as one is taken.
        None when none is due. Raises ``DatabaseUnavailable`` and nothing else.
        """
        look = self.begin()
        claim = self._store.claim(timedelta(seconds=self._rules.lease))
        if claim is None:
            return None
        claimed()
        return self.carefully(claim, lambda: self._look(claim, look))

    def seen(self, transaction: Transaction) -> Seen | None:
        """Return what is kept of a transaction of ours, or None when it is not ours. Raises ``Unkeepable``."""
        promise = self.evidence.promise(transaction.reference)
        return seen_of(transaction, promise) if promise else None

    def carefully(self, claim: Claim, work: Callable[[], Outcome]) -> Outcome:
        """Do the work on a claim, and make of every fault what becomes of the payment."""
        outcomes = self.outcomes
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

    def _look(self, claim: Claim, look: Look) -> Outcome:
        payment, evidence = claim.payment, self.evidence
        transaction = self._wompi.transaction(payment.transaction_id)
        promise = evidence.promise(transaction.reference)
        if promise is None and payment.invoice_id is not None:
            raise OddAnswer("Wompi does not name the reference any more that was ours", fields="reference")
        seen = seen_of(transaction, promise)
        facts = evidence.of_wompi(payment, transaction, promise)
        decision = decide(facts)
        if decision.action is not Action.ASK_WHMCS or promise is None:
            return self.outcomes.decided(claim, decision, seen)
        try:
            if transaction.state is Status.VOIDED:
                return self.outcomes.decided(claim, decide(evidence.of_void(facts, payment, seen, promise)), seen)
            payer = accepted_client(payment, promise)
            state = evidence.invoice_state(promise.invoice_id, payer)
            facts = evidence.of_whmcs(facts, payment, seen, promise, state)
            decision = decide(facts)
            if decision.action is Action.POST and payment.tries:
                decision = decide(replace(facts, retry=evidence.of_retry(payment, seen, payer, state)))
        except WhmcsError as error:
            return self.outcomes.whmcs_failed(claim, error, seen)
        if decision.action is Action.POST:
            attempt = Attempt(state.snapshot(), state.surplus(seen.amount_in_cents))
            return self.book(claim, seen, look, attempt, Place(promise.invoice_id, payer, seen.amount_in_cents))
        return self.outcomes.decided(claim, decision, seen)

    def book(self, claim: Claim, seen: Seen, look: Look, attempt: Attempt, place: Place) -> Outcome:
        """Ask WHMCS, once, to book a payment, and see whether it did."""
        rules, outcomes, now = self._rules, self.outcomes, self._clock()
        try:
            self.commit_intent(claim, seen, attempt)
        except InvoiceBusy as error:
            if attempt.ordered is not None:
                raise  # nothing of the order is remembered yet: the payment stays with the person
            wait = (error.until - now).total_seconds() if error.in_doubt else _NEXT_IN_LINE
            return outcomes.waiting(claim, State.DUE, str(error), delay=max(wait, _NEXT_IN_LINE), seen=seen)
        if self.is_old(look):
            return outcomes.not_tried(claim, seen, "this machine was paused; looking again", delay=0)
        try:
            self._whmcs.add_invoice_payment(
                invoice_id=place.invoice_id,
                transid=claim.payment.transaction_id,
                gateway=rules.gateway,
                amount_in_cents=seen.amount_in_cents,
                paid_at=(seen.finalized_at or now).astimezone(rules.timezone),
                fees_in_cents=rules.fees.estimate(seen.amount_in_cents, seen.method) if rules.fees else None,
            )
        except WhmcsAccessRefused as error:
            return outcomes.not_tried(claim, seen, str(error), delay=WHILE_REFUSED, upstream=Upstream.REFUSES)
        except Unreachable as error:
            delay = step(WHILE_DOWN, claim.payment.looks)
            return outcomes.not_tried(claim, seen, str(error), delay=delay, upstream=Upstream.DOWN)
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
            return self.in_doubt(claim, seen, error)
        return self.prove(claim, seen, place)

    def commit_intent(self, claim: Claim, seen: Seen, attempt: Attempt) -> None:
        """Commit that money is about to be moved in WHMCS. Raises ``InvoiceBusy`` or ``Lost``."""
        in_doubt = timedelta(seconds=self._rules.post_timeout + self._rules.recheck_after)
        if not self._store.begin_posting(claim, seen, attempt, look_again_in=in_doubt):
            raise Lost

    def is_old(self, look: Look) -> bool:
        """Tell whether too much time has gone by since the claim to move money now."""
        return look.age(self._clock(), self._stopwatch()) > self._rules.lease - self._rules.post_timeout - _AIR

    def in_doubt(self, claim: Claim, seen: Seen, error: Exception) -> Outcome:
        """The request may be on its way, whatever broke: leave it alone, then look."""
        reason = str(error) if isinstance(error, Unclear) else f"broke while booking ({type(error).__name__})"
        # WHMCS answered the reads right before: the next payment need not wait for this one.
        delay = self._rules.recheck_after
        return self.outcomes.waiting(claim, State.POSTING, reason, delay=delay, seen=seen)

    def prove(self, claim: Claim, seen: Seen, place: Place, done: Decision | None = None) -> Outcome:
        """WHMCS has said "success": see whether it is so. ``done`` is what to tell then."""
        try:
            found = self.evidence.proof.of(claim.payment.transaction_id, seen.amount_in_cents, [place])
        except Exception as error:  # noqa: BLE001 - whatever broke, the money may have been moved
            return self.in_doubt(claim, seen, error)
        decision = of_rows(found)
        if decision is None:
            return self.outcomes.not_seen(claim, seen, self._rules.recheck_after)
        if done is not None and decision.action is Action.DONE:
            decision = done
        return self.outcomes.decided(claim, decision, seen)
