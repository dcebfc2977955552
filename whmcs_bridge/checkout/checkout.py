"""From a signed link to the address of Wompi's checkout, or to the reason why not.

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
from whmcs_bridge.checkout.visitor_limits import Breaker
from whmcs_bridge.clock import Clock
from whmcs_bridge.ledger.records import Checkout
from whmcs_bridge.ledger.store import Store
from whmcs_bridge.money.pesos import CENTS_PER_PESO, MAXIMUM_IN_CENTS, MINIMUM_IN_CENTS, whole_pesos_up
from whmcs_bridge.signed.links import Link, Purpose
from whmcs_bridge.signed.references import Reference, issue_reference
from whmcs_bridge.whmcs.answers import ClientNotFound, InvoiceNotFound, WhmcsError
from whmcs_bridge.whmcs.client import WhmcsClient
from whmcs_bridge.whmcs.models import Client, Invoice
from wompi_gateway.checkout import Payer, checkout_url
from wompi_gateway.errors import ApiError, OddAnswer
from wompi_gateway.keys import Keys
from wompi_gateway.models import CURRENCY, Status, Transaction

logger = logging.getLogger(__name__)

# GetInvoice and GetClientsDetails.
QUOTE_CALLS = 2


class Refusal(Exception):
    """No checkout for this link. ``kind`` names the sentence that the payer reads."""

    http_status = 409
    retry_after: int | None = None

    def __init__(self, kind: str, http_status: int | None = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.http_status = http_status or self.http_status


class NotPayable(Refusal):
    """Nothing is to be paid, or not here."""


class TooManyQuestions(Refusal):
    """The link has spent its budget of calls to WHMCS and Wompi; try again in ``retry_after`` seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("too_many", 503)
        self.retry_after = retry_after


class AtWompi(Enum):
    """What Wompi says of a checkout."""

    UNDER_WAY = "a payment has begun, and has not ended"
    OVER = "a payment has ended, or cannot be read"
    NOTHING = "no payment has begun"
    UNKNOWN = "Wompi does not answer"


@dataclass(frozen=True, slots=True)
class Quote:
    """What an invoice costs now, in whole pesos, and who pays it."""

    link: Link
    invoice: Invoice
    client: Client
    amount_in_cents: int
    vat_in_cents: int | None


@dataclass(frozen=True, slots=True)
class CheckoutSettings:
    """The settings of a checkout."""

    keys: Keys
    secret: str
    gateway: str
    checkout_url: str
    checkout_ttl: timedelta
    return_url: str
    """The payer comes back to this and the reference: it is a path, as Wompi's widget replaces a query."""
    terms_url: str
    only_clients: frozenset[int] | None = None
    """Who alone can pay while the keys are test keys; None: all."""


# Figures of a telephone number without its country: ten in Colombia.
_LONGEST_NATIONAL = 10

# WHMCS's invoice statuses that take no payment here, and the sentence that says why.
_STATUS_REFUSALS = {
    "Paid": "paid",
    "Cancelled": "cancelled",
    "Draft": "draft",
    "Refunded": "refunded",
    "Collections": "collections",
    "Payment Pending": "payment_pending",
}


class Checkouts:
    """Quotes an invoice, and opens its checkout."""

    def __init__(
        self,
        store: Store,
        whmcs: WhmcsClient,
        reconcile: Reconcile,
        settings: CheckoutSettings,
        breaker: Breaker,
        *,
        clock: Clock,
    ) -> None:
        self._store = store
        self._whmcs = whmcs
        self._reconcile = reconcile
        self._settings = settings
        self._breaker = breaker
        self._clock = clock

    def calls(self, link: Link) -> int:
        """How many calls the page of a link costs: the quote, and one for each open checkout."""
        return QUOTE_CALLS + len(self._store.open_checkouts(link.invoice_id))

    def quote(self, link: Link) -> Quote:
        """Read what the invoice costs now, by ``QUOTE_CALLS`` calls to WHMCS. Raises ``Refusal`` when it cannot be paid
        here."""
        try:
            invoice = self._whmcs.invoice(link.invoice_id)
            if invoice.client_id != link.client_id:
                raise Refusal("wrong_client", 403)
            self.check_client(link.client_id)
            self._check_status(invoice)
            client = self._whmcs.client(invoice.client_id)
        except InvoiceNotFound:
            raise Refusal("no_invoice", 404) from None
        except ClientNotFound:
            raise Refusal("wrong_client", 403) from None
        except WhmcsError as error:
            logger.warning("checkout: invoice=%s: %s", link.invoice_id, error)
            raise Refusal("whmcs_down", 503) from None
        if client.currency != CURRENCY:
            raise NotPayable("currency")
        amount = whole_pesos_up(invoice.balance)
        if amount < MINIMUM_IN_CENTS:
            raise NotPayable("too_small")
        if amount > MAXIMUM_IN_CENTS:
            raise NotPayable("not_payable")
        return Quote(link, invoice, client, amount, _vat(invoice, amount))

    def check_client(self, client_id: int) -> None:
        """Raise ``Refusal`` where test keys are in use and this client is not among those who test."""
        if self._settings.only_clients is not None and client_id not in self._settings.only_clients:
            raise Refusal("only_tests", 409)

    def under_way(self, invoice_id: int) -> bool:
        """Tell whether a payment of this invoice is under way, by the ledger or at one of its open checkouts."""
        # Wompi is asked first: what it says is stored, and so known to the ledger.
        states = self._ask_about(self._store.open_checkouts(invoice_id))
        return AtWompi.UNDER_WAY in states or self._is_under_way(invoice_id)

    def open(self, quote: Quote, *, anyway: bool, language: str | None = None) -> str | None:
        """Open a checkout and return its address; None: a payment is under way, and the payer did not insist.

        A checkout of the same amount, without a known payment and with half of its time left, is used again: two tabs
        then share one reference at Wompi instead of paying twice. So do clicks while Wompi does not answer.
        """
        invoice_id, now = quote.invoice.id, self._clock()
        checkouts = self._store.open_checkouts(invoice_id)
        states = self._ask_about(checkouts)
        if not anyway and (AtWompi.UNDER_WAY in states or self._is_under_way(invoice_id)):
            return None
        known = {payment.reference for payment in self._store.payments(invoice_id=invoice_id)}
        for checkout, state in zip(checkouts, states, strict=True):
            untouched = state is AtWompi.NOTHING or (state is AtWompi.UNKNOWN and checkout.reference not in known)
            if untouched and _fresh(checkout, quote.amount_in_cents, now):
                return self._address(checkout, quote)
        newest = checkouts[0] if checkouts else None
        promise = Reference(invoice_id, quote.client.id, quote.amount_in_cents)
        new = Checkout(
            reference=issue_reference(promise, self._settings.secret),
            invoice_id=invoice_id,
            client_id=quote.client.id,
            amount_in_cents=quote.amount_in_cents,
            purpose=quote.link.purpose,
            terms_url=self._settings.terms_url,
            created_at=now,
            expires_at=now + self._settings.checkout_ttl,
            ask_at=now + ASK_AFTER[0],
            language=language,
        )
        opened = self._store.open_checkout(new, unless_newer_than=newest.reference if newest else None)
        logger.info("checkout: reference=%s invoice=%s opened", opened.reference, invoice_id)
        return self._address(opened, quote)

    def _check_status(self, invoice: Invoice) -> None:
        if invoice.status not in ("Unpaid", "Overdue"):
            raise NotPayable(_STATUS_REFUSALS.get(invoice.status, "not_payable"))
        if invoice.balance <= 0:
            raise NotPayable("not_payable")
        if invoice.payment_method and invoice.payment_method != self._settings.gateway:
            raise NotPayable("gateway")

    def _is_under_way(self, invoice_id: int) -> bool:
        """By the ledger alone."""
        if any(payment.is_under_way for payment in self._store.payments(invoice_id=invoice_id)):
            return True
        # A payment that this version cannot read may be paid.
        return bool(self._store.unreadable_of([invoice_id]))

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
            payer=_payer(quote.client) if quote.link.purpose is Purpose.PAY else None,
            base_url=self._settings.checkout_url,
        )


def _state_of(found: Sequence[Transaction]) -> AtWompi:
    if any(transaction.state in (Status.PENDING, Status.UNKNOWN) for transaction in found):
        return AtWompi.UNDER_WAY
    return AtWompi.OVER if found else AtWompi.NOTHING


def _fresh(checkout: Checkout, amount_in_cents: int, now: datetime) -> bool:
    half = (checkout.expires_at - checkout.created_at) / 2
    return checkout.amount_in_cents == amount_in_cents and checkout.expires_at - now >= half


def _vat(invoice: Invoice, amount_in_cents: int) -> int | None:
    """The VAT within the amount, in whole pesos, where nothing of the invoice is paid: the share of a rest is unknown.

    Wompi's minimum counts without taxes, so a VAT that would bring the base under it is left out.
    """
    if invoice.tax <= 0 or invoice.credit or invoice.balance != invoice.total:
        return None
    vat = (invoice.tax + CENTS_PER_PESO // 2) // CENTS_PER_PESO * CENTS_PER_PESO
    return vat if amount_in_cents - vat >= MINIMUM_IN_CENTS else None


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
