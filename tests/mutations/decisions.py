"""What is never booked by itself, and several payments at a time."""

from __future__ import annotations

from tests.mutations.mutant import (
    CLAIMS,
    DECISION,
    ORDERS,
    PACING,
    PARALLEL,
    Mutant,
)

RULES = (
    # What is never booked again by itself
    Mutant("held in review", "booked behind the back of the person who was asked", DECISION,
           "    if held:\n", "    if False:\n", "tests/booking/test_decision.py"),
    Mutant("posted before", "booked again when it vanished from WHMCS", DECISION,
           "    if facts.posted_before:\n        return reviews.VANISHED",
           "    if False:\n        return reviews.VANISHED",
           "tests/booking/test_decision.py tests/booking/test_reconcile.py"),
    Mutant("dismissed", "booked or asked again after a person dismissed it", DECISION,
           "        return reviews.moved(found)\n    if facts.dismissed and",
           "        return reviews.moved(found)\n    if False and",
           "tests/booking/test_decision.py tests/booking/test_resolve.py"),
    Mutant("doubled", "two rows in WHMCS count as one", DECISION,
           "case Has.THIS:", "case Has.THIS | Has.MANY:",
           "tests/booking/test_decision.py tests/booking/test_reconcile.py"),
    Mutant("cancelled", "booked on a cancelled invoice", DECISION,
           'or whmcs.invoice_status.lower() == "cancelled"', "", "tests/booking/test_decision.py"),
    Mutant("resolve", "a person can book what was not paid to us", ORDERS,
           "if promise is None or not approved or not self._wompi.is_ours(transaction):", "if promise is None:",
           "tests/booking/test_resolve.py"),
    Mutant("resolve", "a person books without a look", ORDERS,
           "decision = of_rows(found)", "decision = None", "tests/booking/test_resolve.py"),
    # Several at a time
    Mutant("circuit breaker", "everybody probes while WHMCS is down", PACING,
           "if self.paused() or (self._failures and self._under_way):", "if self.paused():", PARALLEL),
    Mutant("circuit breaker", "no pause", PACING,
           "return self._paused_until is not None and timedelta(0) < self._paused_until - self._clock() <= self._pause",
           "return False", PARALLEL),
    Mutant("circuit breaker", "each of those that failed together counts", PACING,
           "if upstream is None or number != self._round:", "if upstream is None:", PARALLEL),
    Mutant("circuit breaker", "a refusal is taken for a hiccup", PACING,
           "if upstream is Upstream.REFUSES:", "if False:", PARALLEL),
    Mutant("one for each invoice", "two payments of one invoice are booked at once", CLAIMS,
           "if other is not None and until > now:", "if False and other:", PARALLEL),
    Mutant("one for each invoice", "another one's doubt is not waited for", CLAIMS,
           "        if other is not None and until > now:\n            raise",
           "        if other is not None and until > now:\n            if not is_claimed(other.claimed_until, now):\n"
           "                return\n            raise", PARALLEL),
)  # fmt: skip
