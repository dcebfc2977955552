"""Reads a transaction at Wompi for a visitor: at most once in a short while, and out of the right budget."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from whmcs_bridge.bridge import Bridge
from whmcs_bridge.checkout.visitor_limits import Breaker
from whmcs_bridge.signed.references import Reference
from wompi_gateway.errors import NotFound
from wompi_gateway.models import Transaction

# A payer who presses "reload" again and again costs one call to Wompi in this time.
_REMEMBERED_FOR = timedelta(seconds=2)
_MOST_REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who comes to ``/return``. The mark decides whose budget pays for a call to Wompi, and where "back" leads. What is
    said of a transaction comes from Wompi alone."""

    address: str
    query: Mapping[str, str]
    mark: str | None = None
    """The reference of the checkout that the visitor comes from; None where the address has none of ours."""
    promise: Reference | None = None
    """What the mark says about its invoice."""


class Readings:
    """What was read lately."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._remembered: OrderedDict[str, tuple[float, Transaction | None]] = OrderedDict()
        self._lock = threading.Lock()

    def transaction(self, transaction_id: str, visitor: Visitor) -> Transaction | None:
        """Read from Wompi, at most once in a short while. None when Wompi does not know it, or it is not ours.

        Where the answer names no merchant, this asks once more, as the worker does before it books: no page says
        "approved" of a payment to another shop. Raises ``ApiError``; ``NotAsked`` when the visitor's budget is spent.
        """
        now = self._bridge.clock().timestamp()
        with self._lock:
            until, transaction = self._remembered.get(transaction_id, (0.0, None))
        # Never for longer than that, also when the clock was set back.
        if 0 < until - now <= _REMEMBERED_FOR.total_seconds():
            return transaction
        transaction = self._read(transaction_id, self._payer(transaction_id, visitor))
        with self._lock:
            self._remembered[transaction_id] = (now + _REMEMBERED_FOR.total_seconds(), transaction)
            self._remembered.move_to_end(transaction_id)
            while len(self._remembered) > _MOST_REMEMBERED:
                self._remembered.popitem(last=False)
        return transaction

    def _read(self, transaction_id: str, pay: Callable[[], Breaker]) -> Transaction | None:
        wompi = self._bridge.wompi_for_visitors
        try:
            transaction = pay().call(partial(wompi.transaction, transaction_id))
            named = transaction.merchant is not None
            ours = wompi.is_ours(transaction) if named else pay().call(partial(wompi.is_ours, transaction))
        except NotFound:
            return None
        return transaction if ours else None

    def _payer(self, transaction_id: str, visitor: Visitor) -> Callable[[], Breaker]:
        """Whose budget pays for a call about this id: the invoice's, by a mark or a known payment, or the strangers'.

        A mark pays for its own share only, whatever ids come with it. After that its holder is a stranger.
        """
        visitor_limits, promise = self._bridge.visitor_limits, visitor.promise
        stranger = partial(visitor_limits.stranger, visitor.address)
        if promise is not None:
            return partial(visitor_limits.invoice, promise.invoice_id, promise.client_id, otherwise=stranger)
        payment = next(iter(self._bridge.store.of_transaction(transaction_id)), None)
        if payment is None or payment.invoice_id is None:
            return stranger
        return partial(visitor_limits.invoice, payment.invoice_id, payment.client_id)
