"""``/paid``: a payer has paid, and tells the number of the payment: Wompi's, or the CUS that PSE gives.

It is looked for among our own payments only. What is not found is noted for the admin, a few numbers for each invoice.
"""

from __future__ import annotations

import logging
import re
from functools import partial
from typing import Final, Literal

from whmcs_bridge.bridge import Bridge
from whmcs_bridge.signed.links import Link
from whmcs_bridge.web.payer.readings import Visitor
from whmcs_bridge.web.payer.results import Results, plain_id
from wompi_gateway.errors import ApiError
from wompi_gateway.models import Transaction

logger = logging.getLogger(__name__)

Outcome = Literal["unclear", "noted", "enough"]

# Of an invoice's checkouts so many are asked about, the newest first.
MOST_ASKED: Final = 5
_NUMBER: Final = re.compile(r"(?=.*[0-9])[A-Za-z0-9-]{4,64}\Z")
# Wompi's own ids are three numbers.
_WOMPI_ID: Final = re.compile(r"[0-9]+-[0-9]+-[0-9]+\Z")


def plain_number(told: str) -> str | None:
    """The number that a payer typed or pasted; None: it is none."""
    bare = re.sub(r"\s+", "", plain_id(told[:200]))
    return bare if _NUMBER.match(bare) else None


class AlreadyPaid:
    """Looks for a payment, and leaves a note about one that is not found."""

    def __init__(self, bridge: Bridge, results: Results) -> None:
        self._bridge = bridge
        self._results = results

    def find(self, number: str, link: Link, visitor: Visitor) -> str | None:
        """Find our payment of this number: its id at Wompi. None: it is not found, or Wompi does not answer."""
        found = self._bridge.store.of_transaction(number)
        if any(payment.invoice_id is not None for payment in found):
            return number
        try:
            if _WOMPI_ID.match(number):
                return number if self._results.is_ours(number, visitor) else None
            return self._by_reference(number, link, visitor)
        except ApiError as error:  # of a reference, or of an id that nobody knows
            logger.info("paid: invoice=%s: %s", link.invoice_id, error)
            return None

    def note(self, number: str, link: Link, visitor: Visitor) -> Outcome:
        """Leave the number for the admin. Raises ``DatabaseUnavailable``."""
        if not self._bridge.visitor_limits.note(visitor.address):
            return "enough"
        kept = self._bridge.payer_notes.leave(link.invoice_id, link.client_id, number)
        return "noted" if kept else "enough"

    def _by_reference(self, number: str, link: Link, visitor: Visitor) -> str | None:
        """Ask about the invoice's checkouts; the payer's number is in what the method of payment adds."""
        for checkout in self._bridge.store.checkouts_of(link.invoice_id, limit=MOST_ASKED):
            if checkout.client_id != link.client_id:
                continue
            ask = partial(self._bridge.wompi_for_visitors.transactions_by_reference, checkout.reference)
            for row in self._bridge.visitor_limits.stranger(visitor.address).call(ask):
                if isinstance(row, Transaction) and number.casefold() in _numbers(row):
                    return row.id
        return None


def _numbers(transaction: Transaction) -> set[str]:
    """Every word that the method of payment adds. Wompi documents none of PSE's as the CUS, so each may be it."""
    extra = (transaction.payment_method or {}).get("extra")
    values = extra.values() if isinstance(extra, dict) else ()
    return {str(value).casefold() for value in values if isinstance(value, str | int)}
