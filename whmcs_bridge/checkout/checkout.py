"""From a signed link to the address of Wompi's checkout, for one invoice or several, or to the reason why not.

Amount, currency and owner are read from WHMCS at each click. The checkout is stored before the payer is sent to Wompi.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import partial

from whmcs_bridge.booking.pacing import Upstream
from whmcs_bridge.booking.reconcile import ASK_AFTER, Reconcile
from whmcs_bridge.checkout.quotes import QUOTE_CALLS, Quote, Quotes
from whmcs_bridge.checkout.visitor_limits import Breaker
from whmcs_bridge.clock import Clock
from whmcs_bridge.ledger.parts import shares_of
from whmcs_bridge.ledger.records import Checkout
from whmcs_bridge.ledger.store import Store
from whmcs_bridge.signed.links import Link, Purpose
from whmcs_bridge.signed.references import Reference, issue_reference
from whmcs_bridge.whmcs.models import Client
from wompi_gateway.checkout import Payer, checkout_url
from wompi_gateway.errors import ApiError, OddAnswer
from wompi_gateway.keys import Keys
from wompi_gateway.models import Status, Transaction

logger = logging.getLogger(__name__)


class AtWompi(Enum):
    """What Wompi says of a checkout."""

    UNDER_WAY = "a payment has begun, and has not ended"
    OVER = "a payment has ended, or cannot be read"
    NOTHING = "no payment has begun"
    UNKNOWN = "Wompi does not answer"


@dataclass(frozen=True, slots=True)
class Look:
    """What a press needs to know: the quote, and what Wompi says of the open checkouts of its invoices, the newest
    first."""

    quote: Quote
    checkouts: Sequence[Checkout]
    states: Sequence[AtWompi]


@dataclass(frozen=True, slots=True)
class CheckoutSettings:
    """The settings of a checkout."""

    keys: Keys
    secret: str
    checkout_url: str
    checkout_ttl: timedelta
    return_url: str
    """The payer comes back to this and the reference: it is a path, as Wompi's widget replaces a query."""
    terms_url: str


# Figures of a telephone number without its country: ten in Colombia.
_LONGEST_NATIONAL = 10


class Checkouts:
    """Opens the checkout of a quote."""

    def __init__(
        self,
        store: Store,
        quotes: Quotes,
        reconcile: Reconcile,
        settings: CheckoutSettings,
        breaker: Breaker,
        *,
        clock: Clock,
    ) -> None:
        self._store = store
        self.quotes = quotes
        self._reconcile = reconcile
        self._settings = settings
        self._breaker = breaker
        self._clock = clock

    def calls(self, *invoice_ids: int) -> int:
        """How many calls a page about these invoices costs: the quote, and one for each open checkout."""
        return QUOTE_CALLS - 1 + len(invoice_ids) + len(self._store.open_checkouts(*invoice_ids))

    def look(self, link: Link, invoice_ids: Sequence[int] = ()) -> Look:
        """Read what the link's invoice costs now, or these of its client, and at the same time what became of their
        open checkouts. Raises ``Refusal`` when one cannot be paid here."""
        checkouts = self._store.open_checkouts(*(invoice_ids or [link.invoice_id]))
        if not checkouts:
            return Look(self.quotes.read(link, invoice_ids), (), ())
        states = self.quotes.side_by_side.ahead(partial(self._ask_about, checkouts))
        try:
            return Look(self.quotes.read(link, invoice_ids), checkouts, states.result())
        finally:
            states.end()

    def under_way(self, found: Look) -> bool:
        """Tell whether a payment of one of the invoices is under way, by the ledger or at one of their open
        checkouts."""
        # What Wompi said is stored, and so known to the ledger.
        return AtWompi.UNDER_WAY in found.states or self._is_under_way(found.quote.invoice_ids)

    def open(self, found: Look, *, anyway: bool, language: str | None = None) -> str | None:
        """Open a checkout and return its address; None: a payment is under way, and the payer did not insist.

        A checkout of the same invoices and amounts, without a known payment and with half of its time left, is used
        again: two tabs then share one reference at Wompi instead of paying twice. So do clicks while Wompi does not
        answer.
        """
        quote, invoice_ids, now = found.quote, found.quote.invoice_ids, self._clock()
        if not anyway and self.under_way(found):
            return None
        paid = self._store.payments_of(invoice_ids)
        known = {payment.reference for payments in paid.values() for payment in payments}
        for checkout, state in zip(found.checkouts, found.states, strict=True):
            untouched = state is AtWompi.NOTHING or (state is AtWompi.UNKNOWN and checkout.reference not in known)
            if untouched and _fresh(checkout, now) and self._same(checkout, quote):
                return self._address(checkout, quote)
        newest = found.checkouts[0] if found.checkouts else None
        sums = quote.amount_in_cents, len(quote.owed)
        promise = Reference(quote.invoice.id, quote.client.id, *sums, quoted=quote.rate is not None)
        reference = issue_reference(promise, self._settings.secret)
        new = Checkout(
            reference=reference,
            invoice_id=quote.invoice.id if len(quote.owed) == 1 else 0,
            client_id=quote.client.id,
            amount_in_cents=quote.amount_in_cents,
            purpose=quote.link.purpose,
            terms_url=self._settings.terms_url,
            created_at=now,
            expires_at=min(now + self._settings.checkout_ttl, quote.rate.ends_at)
            if quote.rate
            else now + self._settings.checkout_ttl,
            ask_at=now + ASK_AFTER[0],
            language=language,
        )
        opened = self._store.open_checkout(
            new,
            unless_newer_than=newest.reference if newest else None,
            parts=quote.parts(reference),
            quoted=quote.quoted(reference),
        )
        logger.info("checkout: reference=%s invoice=%s opened", opened.reference, ",".join(map(str, invoice_ids)))
        return self._address(opened, quote)

    def _is_under_way(self, invoice_ids: Sequence[int]) -> bool:
        """By the ledger alone."""
        found = self._store.payments_of(invoice_ids)
        if any(payment.is_under_way for payments in found.values() for payment in payments):
            return True
        # A payment that this version cannot read may be paid.
        return bool(self._store.unreadable_of(invoice_ids))

    def _same(self, checkout: Checkout, quote: Quote) -> bool:
        """Whether a checkout asks this client for the same amounts for the same invoices, at the same rate."""
        name, store = checkout.reference, self._store
        same = checkout.client_id == quote.client.id and shares_of(checkout, store.parts(name)) == quote.shares()
        return same and store.quotes(name) == quote.quoted(name)

    def _ask_about(self, checkouts: Sequence[Checkout]) -> list[AtWompi]:
        """Ask Wompi about each, until it does not answer: the payer would wait for each of the others."""
        states: list[AtWompi] = []
        down = False
        for checkout in checkouts:
            if down:
                states.append(AtWompi.UNKNOWN)
                continue
            try:
                found = self._breaker.call(partial(self._reconcile.ask, checkout))
            except ApiError as error:
                logger.info("checkout: reference=%s: %s", checkout.reference, error)
                down = Upstream.of(error) is not Upstream.WELL
                # An unusable answer is about a transaction: one has begun.
                states.append(AtWompi.OVER if isinstance(error, OddAnswer) else AtWompi.UNKNOWN)
            else:
                states.append(_state_of(found))
        return states

    def _address(self, checkout: Checkout, quote: Quote) -> str:
        return checkout_url(
            self._settings.keys,
            reference=checkout.reference,
            amount_in_cents=checkout.amount_in_cents,
            redirect_url=self._settings.return_url + checkout.reference,
            expires_at=checkout.expires_at,
            vat_in_cents=quote.vat_in_cents,
            payer=None if quote.link.purpose is Purpose.MAIL else _payer(quote.client),
            base_url=self._settings.checkout_url,
        )


def _state_of(found: Sequence[Transaction]) -> AtWompi:
    if any(transaction.state in (Status.PENDING, Status.UNKNOWN) for transaction in found):
        return AtWompi.UNDER_WAY
    return AtWompi.OVER if found else AtWompi.NOTHING


def _fresh(checkout: Checkout, now: datetime) -> bool:
    return checkout.expires_at - now >= (checkout.expires_at - checkout.created_at) / 2


def _payer(client: Client) -> Payer:
    prefix, number = _phone(client.phone, client.phone_prefix)
    return Payer(
        email=client.email or None,
        full_name=client.full_name or None,
        phone_number_prefix=f"+{prefix}" if prefix and number else None,
        phone_number=number if prefix and number else None,
    )


def _phone(phone: str, country: str) -> tuple[str, str]:
    """The prefix of the country and the number without it, from what WHMCS has: ``+57.6123456``, ``573001234567``.

    Both are empty where the number is of another country than WHMCS says, and cannot be parted.
    """
    written, prefix, digits = phone.strip(), _figures(country), _figures(phone)
    before, point, after = written.partition(".")
    abroad = re.match(r"\W*\+|\W*00", written) is not None
    digits = digits.removeprefix("00") if abroad and "+" not in written else digits
    # WHMCS writes the country before a point; what stands after it is the number, however long it is.
    if point and _figures(before) and (before.lstrip("( ").startswith("+") or _figures(before) == prefix):
        return _figures(before), _figures(after)
    if abroad:
        return (prefix, digits[len(prefix) :]) if prefix and digits.startswith(prefix) else ("", "")
    # Without a sign of it, only a number that is too long for the country holds the prefix.
    if prefix and len(digits) > _LONGEST_NATIONAL and digits.startswith(prefix):
        digits = digits[len(prefix) :]
    return prefix, digits


def _figures(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)
