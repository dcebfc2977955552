"""How a look at a payment ends: its state, the sentence for a person, and when to look again."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from whmcs_bridge.booking.pacing import Upstream
from whmcs_bridge.booking.reviews import Action, Decision, Settle, review
from whmcs_bridge.clock import Clock
from whmcs_bridge.ledger.claims import Claim
from whmcs_bridge.ledger.records import Payment, State
from whmcs_bridge.ledger.seen import PartlySeen, Seen, Unkeepable
from whmcs_bridge.ledger.store import Store
from whmcs_bridge.messages import Text, bilingual
from whmcs_bridge.messages import failures as words
from whmcs_bridge.metrics import Metrics
from whmcs_bridge.whmcs.answers import AccessRefused as WhmcsAccessRefused
from whmcs_bridge.whmcs.answers import OddAnswer as OddWhmcsAnswer
from whmcs_bridge.whmcs.answers import WhmcsError
from wompi_gateway.errors import AccessRefused, ApiError, NoAnswer, OddAnswer
from wompi_gateway.models import Status

logger = logging.getLogger(__name__)

# The pauses between looks, in seconds; the last one repeats itself. While Wompi has not decided:
WHILE_PENDING = (60, 300, 1800, 7200, 28_800, 86_400)
# While Wompi or WHMCS does not answer:
WHILE_DOWN = (10, 30, 60, 300)
# While our address or key is refused. Only a person can mend that, and frequent calls may get the address banned.
WHILE_REFUSED = 900
# While in review, which ends by itself once a person has booked the payment in WHMCS:
WHILE_IN_REVIEW = (600, 3600, 3600, 3600, 86_400)
# How long an id may be unknown at Wompi: a new transaction may not be readable yet, and events are repeated for a day.
UNKNOWN_FOR = timedelta(hours=24)
# A person is asked after so many unusable answers about a payment, or after this time.
_MOST_ODD_LOOKS = 3
_LONGEST_ODD = timedelta(hours=24)
# A person is asked after this code has failed on a payment so many times.
_MOST_FAILURES = 3
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one look."""

    transaction_id: str
    state: State
    reason: str
    upstream: Upstream
    detail: str = ""
    """Why nothing changed, where the earlier reason is kept."""


class ClaimLost(Exception):
    """The claim was lost; nothing was changed."""


class Outcomes:
    """Commits how a look ended, and releases the claim. Each method raises ``ClaimLost`` or ``DatabaseUnavailable``."""

    def __init__(self, store: Store, clock: Clock, metrics: Metrics, *, recheck_after: float) -> None:
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._recheck_after = timedelta(seconds=recheck_after)

    def decided(
        self, claim: Claim, decision: Decision, seen: Seen | PartlySeen | None, *, odd_looks: int | None = 0
    ) -> Outcome:
        """Commit what was decided."""
        payment = claim.payment
        told = bilingual(*decision.why)
        match decision.action:
            case Action.DONE:
                return self.ended(claim, State.POSTED, told, seen=seen)
            case Action.CLOSE:
                if decision.again_in is not None:
                    return self.commit(claim, State.CLOSED, told, decision.again_in.total_seconds(), seen=seen)
                return self.ended(claim, State.CLOSED, told or payment.reason, seen=seen)
            case Action.REVIEW:
                looks = payment.looks if payment.state is State.REVIEW else 0
                sentence = f"{told} {_remedy(payment, decision.settle)}".strip() if told else payment.reason
                delay = step(WHILE_IN_REVIEW, looks)
                return self.commit(claim, State.REVIEW, sentence, delay, seen=seen, odd_looks=odd_looks)
            case _:
                # A booked payment stays booked while Wompi is undecided.
                state = State.POSTED if payment.posted_at else State.DUE
                return self.commit(claim, state, told, step(WHILE_PENDING, payment.looks), seen=seen)

    def ended(
        self, claim: Claim, state: State, reason: str, *, seen: Seen | PartlySeen | None = None, dismissed: bool = False
    ) -> Outcome:
        """Commit a state, and do not look again."""
        return self.commit(claim, state, reason, None, seen=seen, also={"dismissed": True} if dismissed else {})

    def commit(
        self,
        claim: Claim,
        state: State,
        reason: str,
        delay: float | None,
        *,
        seen: Seen | PartlySeen | None = None,
        upstream: Upstream = Upstream.WELL,
        log: str = "",
        also: Mapping[str, Any] = MappingProxyType({}),
        odd_looks: int | None = 0,
    ) -> Outcome:
        """Commit a state, and look again after ``delay`` seconds; None: never. ``also``, ``odd_looks``: see
        ``Store.settle``."""
        again = None if delay is None else timedelta(seconds=delay)
        if not self._store.settle(claim, state, reason, due_in=again, seen=seen, also=also, odd_looks=odd_looks):
            raise ClaimLost
        self._metrics.look(state)
        if state is State.POSTED and claim.payment.posted_at is None:
            finalized_at = seen.finalized_at if isinstance(seen, Seen) else None
            began = max(claim.payment.created_at, finalized_at or _LONG_AGO)
            self._metrics.booked((self._clock() - began).total_seconds())
        _log(claim.payment, state, log or reason, seen)
        return Outcome(claim.payment.transaction_id, state, reason, upstream, log)

    def not_tried(
        self, claim: Claim, seen: Seen, reason: str, *, delay: float, upstream: Upstream = Upstream.WELL
    ) -> Outcome:
        """The booking was begun and did not take effect: what is stored of earlier tries stays. What a person has
        ordered goes on waiting for the person: without the order it would be decided anew."""
        payment = claim.payment
        before = {"tries": payment.tries, "before_try": payment.before_try}
        ordered = payment.state is State.REVIEW
        state, told = (State.REVIEW, payment.reason) if ordered else (State.DUE, reason)
        return self.commit(claim, state, told, delay, seen=seen, upstream=upstream, also=before, log=reason)

    def not_seen(self, claim: Claim, seen: Seen, delay: float) -> Outcome:
        """WHMCS said "booked", and has no row of it."""
        also = {"missing_at": self._clock()}
        return self.commit(claim, State.POSTING, bilingual(*words.NOT_THERE_YET), delay, seen=seen, also=also)

    def later(
        self,
        claim: Claim,
        delay: float,
        reason: str,
        *,
        upstream: Upstream = Upstream.WELL,
        seen: Seen | PartlySeen | None = None,
        odd_looks: int | None = None,
    ) -> Outcome:
        """Keep the state, and look again later. A payment in review keeps its sentence for the person."""
        payment = claim.payment
        told = payment.reason if payment.state is State.REVIEW else reason
        return self.commit(
            claim, payment.state, told, delay, upstream=upstream, seen=seen, log=reason, odd_looks=odd_looks
        )

    def not_read(self, claim: Claim, error: ApiError) -> Outcome:
        """The transaction could not be read at Wompi."""
        payment = claim.payment
        if isinstance(error, OddAnswer):
            # Its owner is kept all the same, so that its invoice is not paid twice meanwhile.
            partly = error.seen if isinstance(error, Unkeepable) else None
            seen = replace(partly, status=partly.status or payment.status) if partly else None
            return self._odd(claim, error, seen)
        if isinstance(error, AccessRefused):
            return self.later(claim, WHILE_REFUSED, f"{error}: WOMPI_PRIVATE_KEY?", upstream=Upstream.REFUSES)
        if isinstance(error, NoAnswer):
            delay = max(step(WHILE_DOWN, payment.looks), error.retry_after or 0)
            return self.later(claim, delay, str(error), upstream=Upstream.DOWN)
        if self._clock() - payment.created_at < UNKNOWN_FOR:
            return self.later(claim, step(WHILE_PENDING, payment.looks), str(error))
        if payment.state is State.REVIEW:
            return self.later(claim, step(WHILE_IN_REVIEW, payment.looks), str(error))
        why = words.unknown_at_wompi(error, _how_far(payment))
        return self.decided(claim, review(why, Settle.DISMISS), None)

    def whmcs_failed(self, claim: Claim, error: WhmcsError, seen: Seen | None) -> Outcome:
        """WHMCS did not give what was asked."""
        payment = claim.payment
        if isinstance(error, OddWhmcsAnswer):
            return self._odd(claim, error, seen)
        # In review, what was seen when it was held stays.
        seen = None if payment.state is State.REVIEW else seen
        if isinstance(error, WhmcsAccessRefused):
            return self.later(claim, WHILE_REFUSED, str(error), upstream=Upstream.REFUSES, seen=seen)
        return self.later(claim, step(WHILE_DOWN, payment.looks), str(error), upstream=Upstream.DOWN, seen=seen)

    def _odd(self, claim: Claim, error: OddAnswer | OddWhmcsAnswer, seen: Seen | PartlySeen | None) -> Outcome:
        """Wompi or WHMCS is well, but its answer about this payment cannot be used: look again a few times.

        A look counts only ``recheck_after`` after the one before, however often the payer reloads the page.
        """
        payment, now = claim.payment, self._clock()
        if payment.state is State.REVIEW:
            delay = step(WHILE_IN_REVIEW, payment.looks)
            return self.later(claim, delay, str(error), odd_looks=max(payment.odd_looks, 1))
        since, looks, wait = payment.odd_since or now, payment.odd_looks, self._recheck_after
        next_at = since + looks * wait
        if since <= now < next_at:
            wait = min(next_at - now, wait)
        else:
            looks += 1
        if looks >= _MOST_ODD_LOOKS or now - since >= _LONGEST_ODD:
            if isinstance(error, OddAnswer):
                decision = review(words.wompi_stays_odd(error.fields or error, _how_far(payment)), Settle.DISMISS)
            else:
                approved = (seen.status if seen else payment.status) == Status.APPROVED
                settle = Settle.BOOK if approved else Settle.DISMISS
                decision = review(words.whmcs_stays_odd(error, _how_far(payment)), settle)
            return self.decided(claim, decision, seen, odd_looks=looks)
        return self.later(claim, wait.total_seconds(), str(error), seen=seen, odd_looks=looks)

    def broken(self, claim: Claim, error: Exception) -> Outcome:
        """This code failed on the payment: try again a few times, then ask a person."""
        # Only the error's class and place: its text may be personal.
        frames = traceback.extract_tb(error.__traceback__)
        place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
        told = f"{type(error).__name__} at {place}"
        logger.error("posting: transaction=%s failed: %s", claim.payment.transaction_id, told)
        if claim.payment.looks < _MOST_FAILURES:
            return self.later(claim, WHILE_DOWN[-1], told)
        if claim.payment.state is State.REVIEW:
            return self.later(claim, step(WHILE_IN_REVIEW, claim.payment.looks), told)
        decision = review(words.bridge_broke(told, _how_far(claim.payment)), Settle.DISMISS)
        return self.decided(claim, decision, None, odd_looks=None)


def step(steps: tuple[int, ...], looks: int) -> int:
    """The pause after so many looks."""
    return steps[min(looks, len(steps) - 1)]


def _remedy(payment: Payment, settle: Settle | None) -> str:
    """Name the command that usually settles the payment; nothing where none does."""
    if settle is None:
        return ""
    return bilingual(*words.to_settle_it(f'wompi-bridge resolve {payment.transaction_id} {settle} --reason "..."'))


def _how_far(payment: Payment) -> Text:
    if payment.posted_at is not None:
        return words.HAD_IT_BOOKED
    return words.BOOKING_HAD_BEGUN if payment.state is State.POSTING else words.NOTHING_BOOKED


def _log(before: Payment, state: State, reason: str, seen: Seen | PartlySeen | None) -> None:
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
