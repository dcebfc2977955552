"""Rate limits and circuit breakers for the calls to Wompi and WHMCS that visitors of the pages cause.

The worker's calls pass neither, so visitors cannot slow a booking. All of it is in memory: with several processes a
visitor has as many budgets.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar

from whmcs_bridge.booking.pacing import Upstream
from whmcs_bridge.clock import Stopwatch
from whmcs_bridge.signed.links import Link
from wompi_gateway.errors import NoAnswer

logger = logging.getLogger(__name__)

Found = TypeVar("Found")

# The number of buckets; the least recently used is dropped, and begins anew with a full budget.
_MOST_REMEMBERED = 10_000
# After so many failures in a row the pages do not call Wompi for a while, in seconds.
_TRIES = 2
_PAUSE = 5.0
# The longest pause, whatever Wompi names.
_LONGEST_PAUSE = 60.0


class NotAsked(NoAnswer):
    """Wompi was not called: the visitor's budget is spent, or the circuit breaker is open."""


class Budget:
    """Token buckets, one for each key: ``at_once`` calls, refilled by ``a_second``. Safe from any thread."""

    def __init__(self, ticks: Stopwatch, *, at_once: float, a_second: float, most: int = _MOST_REMEMBERED) -> None:
        self._ticks = ticks
        self._at_once = at_once
        self._a_second = a_second
        self._most = most
        self._lock = threading.Lock()
        # The tokens left, and when.
        self._left: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def spend(self, payer: Hashable, calls: int = 1) -> bool:
        """Spend so many tokens, all or none. False: there are not enough."""
        with self._lock:
            left, now = self._now(payer)
            if left < calls:
                return False
            self._left[payer] = (left - calls, now)
            self._left.move_to_end(payer)
            while len(self._left) > self._most:
                self._left.popitem(last=False)
            return True

    def owe(self, payer: Hashable, calls: int) -> None:
        """Take so many tokens, also those that are not there: they are missing from the next calls."""
        with self._lock:
            left, now = self._now(payer)
            self._left[payer] = (left - calls, now)

    def wait(self, payer: Hashable, calls: int = 1) -> float:
        """In how many seconds there are so many tokens."""
        with self._lock:
            return max(0.0, (calls - self._now(payer)[0]) / self._a_second)

    def _now(self, payer: Hashable) -> tuple[float, float]:
        now = self._ticks()
        left, at = self._left.get(payer, (self._at_once, now))
        return min(self._at_once, left + max(0.0, now - at) * self._a_second), now


class Breaker:
    """A circuit breaker before Wompi: after ``_TRIES`` failures in a row one call for each pause, until one succeeds.
    Safe from any thread."""

    def __init__(self, ticks: Stopwatch, name: str) -> None:
        self._ticks = ticks
        self._name = name
        self._lock = threading.Lock()
        self._failures = 0
        self._open_until = 0.0

    def call(self, ask: Callable[[], Found]) -> Found:
        """Make the call, and pass its result or error on. Raises ``NotAsked`` during a pause."""
        self._begin()
        try:
            found = ask()
        except Exception as error:
            named = error.retry_after if isinstance(error, NoAnswer) else None
            self._end(Upstream.of(error), named)
            raise
        self._end(Upstream.WELL, None)
        return found

    def _begin(self) -> None:
        with self._lock:
            if self._failures < _TRIES:
                return
            now = self._ticks()
            if now < self._open_until:
                raise NotAsked("Wompi is left alone for a while")
            # This call is the probe; the next one comes a pause later, whether or not this one has ended.
            self._open_until = now + _PAUSE

    def _end(self, upstream: Upstream | None, named: float | None) -> None:
        with self._lock:
            if upstream is Upstream.WELL:
                self._failures = 0
            elif upstream is not None:
                # A pause that Wompi names begins at once.
                self._failures = max(self._failures + 1, _TRIES if named else 0)
                if self._failures >= _TRIES:
                    pause = min(max(named or 0.0, _PAUSE), _LONGEST_PAUSE)
                    self._open_until = self._ticks() + pause
                    logger.warning(
                        "circuit breaker: %s: Wompi does not answer as it should; paused for %s s", self._name, pause
                    )


class VisitorLimits:
    """How many calls visitors may cause. Strangers and payers have separate budgets.

    Wompi publishes no limit. The worker makes at most ten calls a second for open checkouts; all strangers together get
    half of that.
    """

    def __init__(self, ticks: Stopwatch) -> None:
        self._addresses = Budget(ticks, at_once=30, a_second=1)
        self._strangers = Budget(ticks, at_once=60, a_second=5, most=1)
        # By invoice, not by reference: a click makes a new reference.
        self._invoices = Budget(ticks, at_once=20, a_second=0.5)
        # A page costs about three calls.
        self._links = Budget(ticks, at_once=120, a_second=2)
        # A payer has one number to tell, or mistypes it a few times.
        self._notes = Budget(ticks, at_once=5, a_second=1 / 600)
        self._strangers_breaker = Breaker(ticks, "unknown ids")
        self.breaker = Breaker(ticks, "payers")
        """For payers: they hold a cookie or a link that this bridge has signed."""

    def stranger(self, address: str) -> Breaker:
        """Spend one call that anybody may cause, by address and by all together. Raises ``NotAsked``."""
        if self._addresses.spend(address) and self._strangers.spend("all"):
            return self._strangers_breaker
        raise NotAsked("too many unknown ids are asked about")

    def invoice(
        self, invoice_id: int, client_id: int | None, *, otherwise: Callable[[], Breaker] | None = None
    ) -> Breaker:
        """Spend one call about a payment of an invoice, or ``otherwise``. Raises ``NotAsked``."""
        if self._invoices.spend((invoice_id, client_id)):
            return self.breaker
        if otherwise is not None:
            return otherwise()
        raise NotAsked("too many questions about one invoice")

    def note(self, address: str) -> bool:
        """Spend one note that a payer leaves for the host. False: this address has left enough of them."""
        return self._notes.spend(address)

    def link(self, link: Link, calls: int) -> float:
        """Spend the calls of a link's page, all or none. Return 0, or in how many seconds that is possible."""
        payer = _payer_of(link)
        return 0.0 if self._links.spend(payer, calls) else self._links.wait(payer, calls)

    def owe(self, link: Link, calls: int) -> None:
        """Charge a link's page for calls of which nobody knew before it was read how many they are."""
        self._links.owe(_payer_of(link), calls)


def _payer_of(link: Link) -> Hashable:
    # Not by signature: the page of a declined payment has new links to its invoice.
    return link.purpose, link.invoice_id, link.client_id
