"""How a look at a payment ends: which state, which sentence, and when to look again. Used by ``posting`` alone."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from whmcs_bridge.booking.reviews import Action, Decision, Settle
from whmcs_bridge.booking.upstream import Upstream
from whmcs_bridge.clock import Clock
from whmcs_bridge.ledger.claims import Claim
from whmcs_bridge.ledger.records import PartlySeen, Payment, Seen, State, Unkeepable
from whmcs_bridge.ledger.store import Store
from whmcs_bridge.messages import bilingual
from whmcs_bridge.metrics import Metrics
from whmcs_bridge.whmcs.answers import AccessRefused as WhmcsAccessRefused
from whmcs_bridge.whmcs.answers import OddAnswer as OddWhmcsAnswer
from whmcs_bridge.whmcs.answers import WhmcsError
from wompi_gateway.errors import AccessRefused, ApiError, NoAnswer, OddAnswer
from wompi_gateway.models import Status

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
# An answer about a payment that cannot be used: so often, or for so long, and then a person is asked.
_MOST_ODD_LOOKS = 3
_LONGEST_ODD = timedelta(hours=24)
# How often a payment may break this code before a person is asked.
_PATIENCE_WITH_OURSELVES = 3
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one look."""

    transaction_id: str
    state: State
    reason: str
    upstream: Upstream
    detail: str = ""
    """Why nothing changed, where the reason is kept."""


class Lost(Exception):
    """The claim is not ours any more: nothing was changed."""


class Outcomes:
    """Commits how a look ended, and gives the claim back. Every method raises ``Lost`` or ``DatabaseUnavailable``."""

    def __init__(self, store: Store, clock: Clock, metrics: Metrics, *, recheck_after: float) -> None:
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._recheck_after = timedelta(seconds=recheck_after)

    def decided(
        self, claim: Claim, decision: Decision, seen: Seen | PartlySeen | None, *, odd_looks: int | None = 0
    ) -> Outcome:
        """As was decided."""
        payment = claim.payment
        told = bilingual(decision.es, decision.en)
        match decision.action:
            case Action.DONE:
                return self.ended(claim, State.POSTED, told, seen=seen)
            case Action.CLOSE:
                if decision.again_in is not None:
                    delay = decision.again_in.total_seconds()
                    return self.waiting(claim, State.CLOSED, told, delay=delay, seen=seen)
                return self.ended(claim, State.CLOSED, told or payment.reason, seen=seen)
            case Action.REVIEW:
                looks = payment.looks if payment.state is State.REVIEW else 0
                sentence = f"{told} {_remedy(payment, decision.settle)}".strip() if told else payment.reason
                delay = step(WHILE_IN_REVIEW, looks)
                return self.waiting(claim, State.REVIEW, sentence, delay=delay, seen=seen, odd_looks=odd_looks)
            case _:
                # A booked payment stays booked while Wompi wavers.
                state = State.POSTED if payment.posted_at else State.DUE
                return self.waiting(claim, state, told, delay=step(WHILE_PENDING, payment.looks), seen=seen)

    def ended(
        self, claim: Claim, state: State, reason: str, *, seen: Seen | PartlySeen | None = None, dismissed: bool = False
    ) -> Outcome:
        """There is nothing more to do."""
        return self._commit(claim, state, reason, None, seen=seen, also={"dismissed": True} if dismissed else {})

    def waiting(
        self,
        claim: Claim,
        state: State,
        reason: str,
        *,
        delay: float,
        seen: Seen | PartlySeen | None = None,
        upstream: Upstream = Upstream.WELL,
        log: str = "",
        also: Mapping[str, Any] = MappingProxyType({}),
        odd_looks: int | None = 0,
    ) -> Outcome:
        """Look again after ``delay`` seconds. ``also`` holds further columns of the payment. ``odd_looks``: see
        ``Store.settle``; both sides answered well: 0."""
        return self._commit(
            claim, state, reason, delay, seen=seen, upstream=upstream, log=log, also=also, odd_looks=odd_looks
        )

    def not_tried(
        self, claim: Claim, seen: Seen, reason: str, *, delay: float, upstream: Upstream = Upstream.WELL
    ) -> Outcome:
        """The booking was begun and surely did not take effect: what was known of earlier tries stands as it did."""
        before = {"tries": claim.payment.tries, "before_try": claim.payment.before_try}
        return self.waiting(claim, State.DUE, reason, delay=delay, seen=seen, upstream=upstream, also=before)

    def not_seen(self, claim: Claim, seen: Seen, delay: float) -> Outcome:
        """WHMCS said that it was booked, and has no row of it."""
        reason = "WHMCS said that it was booked, and does not have it yet"
        also = {"missing_at": self._clock()}
        return self.waiting(claim, State.POSTING, reason, delay=delay, seen=seen, also=also)

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
        """Keep the state, look again later. What is in review keeps the sentence that a person is to read."""
        payment = claim.payment
        told = payment.reason if payment.state is State.REVIEW else reason
        return self.waiting(
            claim, payment.state, told, delay=delay, upstream=upstream, seen=seen, log=reason, odd_looks=odd_looks
        )

    def not_read(self, claim: Claim, error: ApiError) -> Outcome:
        """Wompi did not tell what the transaction is."""
        payment = claim.payment
        if isinstance(error, OddAnswer):
            # Whose it is can be told all the same: so its invoice is not paid twice meanwhile.
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
        es, en = _where_it_stands(payment)
        unknown = Decision(
            Action.REVIEW,
            f"Wompi no conoce esta transacción ({error}). {es} Búsquela en comercios.wompi.co.",
            f"Wompi does not know this transaction ({error}). {en} Look for it at comercios.wompi.co.",
            Settle.DISMISS,
        )
        return self.decided(claim, unknown, None)

    def whmcs_failed(self, claim: Claim, error: WhmcsError, seen: Seen | None) -> Outcome:
        """WHMCS was asked, and did not tell."""
        payment = claim.payment
        if isinstance(error, OddWhmcsAnswer):
            return self._odd(claim, error, seen)
        # What a payment in review was held for stays.
        seen = None if payment.state is State.REVIEW else seen
        if isinstance(error, WhmcsAccessRefused):
            return self.later(claim, WHILE_REFUSED, str(error), upstream=Upstream.REFUSES, seen=seen)
        return self.later(claim, step(WHILE_DOWN, payment.looks), str(error), upstream=Upstream.DOWN, seen=seen)

    def _odd(self, claim: Claim, error: OddAnswer | OddWhmcsAnswer, seen: Seen | PartlySeen | None) -> Outcome:
        """Wompi or WHMCS is well, and what it answered about this payment cannot be used: look again, a few times.

        A look counts when it comes ``recheck_after`` later than the one before: a payer who presses "reload" does not
        make three looks of one.
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
            return self.decided(claim, _stays_odd(payment, error, seen), seen, odd_looks=looks)
        return self.later(claim, wait.total_seconds(), str(error), seen=seen, odd_looks=looks)

    def broken(self, claim: Claim, error: Exception) -> Outcome:
        """This code broke on it: try again a few times, then ask a person."""
        # The class of the error and its place: its text, and the values around it, may be personal.
        frames = traceback.extract_tb(error.__traceback__)
        place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
        told = f"{type(error).__name__} at {place}"
        logger.error("posting: transaction=%s broke: %s", claim.payment.transaction_id, told)
        if claim.payment.looks < _PATIENCE_WITH_OURSELVES:
            return self.later(claim, WHILE_DOWN[-1], told)
        if claim.payment.state is State.REVIEW:
            return self.later(claim, step(WHILE_IN_REVIEW, claim.payment.looks), told)
        es, en = _where_it_stands(claim.payment)
        broke = Decision(
            Action.REVIEW,
            f"El puente falló con este pago ({told}). {es} Informe esta falla; mientras tanto, revíselo en WHMCS.",
            f"The bridge broke on this payment ({told}). {en} Report this; meanwhile look at it in WHMCS.",
            Settle.DISMISS,
        )
        return self.decided(claim, broke, None, odd_looks=None)

    def _commit(
        self,
        claim: Claim,
        state: State,
        reason: str,
        due_in: float | None,
        *,
        seen: Seen | PartlySeen | None,
        upstream: Upstream = Upstream.WELL,
        log: str = "",
        also: Mapping[str, Any] = MappingProxyType({}),
        odd_looks: int | None = 0,
    ) -> Outcome:
        again = None if due_in is None else timedelta(seconds=due_in)
        if not self._store.settle(claim, state, reason, due_in=again, seen=seen, also=also, odd_looks=odd_looks):
            raise Lost
        self._metrics.look(state)
        if state is State.POSTED and claim.payment.posted_at is None:
            finalized_at = seen.finalized_at if isinstance(seen, Seen) else None
            began = max(claim.payment.created_at, finalized_at or _LONG_AGO)
            self._metrics.booked((self._clock() - began).total_seconds())
        _log(claim.payment, state, log or reason, seen)
        return Outcome(claim.payment.transaction_id, state, reason, upstream, log)


def step(steps: tuple[int, ...], looks: int) -> int:
    """The pause after so many looks; the last one repeats itself."""
    return steps[min(looks, len(steps) - 1)]


def _stays_odd(payment: Payment, error: OddAnswer | OddWhmcsAnswer, seen: Seen | PartlySeen | None) -> Decision:
    es, en = _where_it_stands(payment)
    if isinstance(error, OddWhmcsAnswer):
        approved = (seen.status if seen else payment.status) == Status.APPROVED
        return Decision(
            Action.REVIEW,
            f"WHMCS responde sobre este pago algo que no se puede usar ({error}). {es} Revise en WHMCS el aviso de"
            " cobro y sus transacciones.",
            f"WHMCS answers about this payment with something that cannot be used ({error}). {en} Look in WHMCS at the"
            " invoice and its transactions.",
            Settle.BOOK if approved else Settle.DISMISS,
        )
    return Decision(
        Action.REVIEW,
        f"Wompi responde sobre este pago algo que no se puede usar ({error.fields or error}). {es} Búsquelo en"
        " comercios.wompi.co; si el dinero llegó, regístrelo en WHMCS con este número de transacción.",
        f"Wompi answers about this payment with something that cannot be used ({error.fields or error}). {en} Look for"
        " it at comercios.wompi.co; if the money came, book it in WHMCS under this transaction's id.",
        Settle.DISMISS,
    )


def _where_it_stands(payment: Payment) -> tuple[str, str]:
    """What a person must know before he books it by hand."""
    if payment.posted_at is not None:
        return "WHMCS lo tenía registrado.", "WHMCS had it booked."
    if payment.state is State.POSTING:
        return (
            "Su registro ya había empezado y puede estar en WHMCS: mire allí primero.",
            "Its booking had begun, and it may be in WHMCS: look there first.",
        )
    return "No se ha registrado nada.", "Nothing was booked."


def _remedy(payment: Payment, settle: Settle | None) -> str:
    if settle is None:
        return ""
    command = f'wompi-bridge resolve {payment.transaction_id} {settle} --reason "..."'
    return bilingual(f"Para resolverlo: {command}", f"To settle it: {command}")


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
