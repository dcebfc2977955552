"""The click: from a signed link to the address of Wompi's checkout, or to the reason why not.

The amount, the currency and the owner are read from WHMCS at each press; the checkout is remembered, durably, before
the payer is sent away, so that whatever comes back finds it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import partial

from whmcs_bridge.booking.reconcile import ASK_AFTER, Reconcile
from whmcs_bridge.booking.upstream import Upstream, how_wompi_is
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

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class NotPayable(Refusal):
    """There is nothing to pay, or not here."""


class WrongClient(Refusal):
    """The invoice belongs to another client than the link says."""

    http_status = 403


class NoInvoice(Refusal):
    """WHMCS knows no such invoice."""

    http_status = 404


class WhmcsDown(Refusal):
    """WHMCS does not answer as it should."""

    http_status = 503


class TooManyQuestions(Refusal):
    """This link has cost so many calls to WHMCS and Wompi that it is to wait for ``retry_after`` seconds."""

    http_status = 503

    def __init__(self, retry_after: int) -> None:
        super().__init__("too_many")
        self.retry_after = retry_after


class Begun(Enum):
    """What is known of a checkout at Wompi."""

    UNDER_WAY = "a payment has begun there, and is not over"
    OVER = "one has, and is over, or cannot be read"
    NOTHING = "none has begun"
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
class Terms:
    """What paying needs of the settings."""

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


# Every status of WHMCS that takes no payment here, by the sentence that tells why.
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
        self, store: Store, whmcs: WhmcsClient, reconcile: Reconcile, terms: Terms, breaker: Breaker, *, clock: Clock
    ) -> None:
        self._store = store
        self._whmcs = whmcs
        self._reconcile = reconcile
        self._terms = terms
        self._breaker = breaker
        self._clock = clock

    def calls(self, link: Link) -> int:
        """Tell how many calls the page of a link costs: the quote, and a question about each open checkout."""
        return QUOTE_CALLS + len(self._store.open_checkouts(link.invoice_id))

    def quote(self, link: Link) -> Quote:
        """Read what the invoice costs now: two calls to WHMCS. Raises a ``Refusal`` when it cannot be paid here."""
        try:
            invoice = self._whmcs.invoice(link.invoice_id)
            if invoice.client_id != link.client_id:
                raise WrongClient("wrong_client")
            self.check_client(link.client_id)
            self._check_status(invoice)
            client = self._whmcs.client(invoice.client_id)
        except InvoiceNotFound:
            raise NoInvoice("no_invoice") from None
        except ClientNotFound:
            raise WrongClient("wrong_client") from None
        except WhmcsError as error:
            logger.warning("paying: invoice=%s: %s", link.invoice_id, error)
            raise WhmcsDown("whmcs_down") from None
        if client.currency != CURRENCY:
            raise NotPayable("currency")
        amount = whole_pesos_up(invoice.balance)
        if amount < MINIMUM_IN_CENTS:
            raise NotPayable("too_small")
        if amount > MAXIMUM_IN_CENTS:
            raise NotPayable("not_payable")
        return Quote(link, invoice, client, amount, _vat(invoice, amount))

    def check_client(self, client_id: int) -> None:
        """Raise ``NotPayable`` where test keys are in use and this client is not among those who test."""
        if self._terms.only_clients is not None and client_id not in self._terms.only_clients:
            raise NotPayable("only_tests")

    def under_way(self, invoice_id: int) -> bool:
        """Tell whether a payment of this invoice is under way: known here, or begun at one of its open checkouts."""
        # Asked first: what Wompi tells is remembered, and then known.
        begun = self._ask_about(self._store.open_checkouts(invoice_id))
        return Begun.UNDER_WAY in begun or self._pays_already(invoice_id)

    def open(self, quote: Quote, *, anyway: bool, language: str | None = None) -> str | None:
        """Open a checkout and return its address, or None when a payment is under way and the payer did not insist.

        A checkout that nobody is known to have begun, of the same amount and with half of its time left, is used again:
        two tabs then collide at Wompi instead of paying twice. So do presses while Wompi does not answer: they would
        open one checkout each.
        """
        invoice_id, now = quote.invoice.id, self._clock()
        checkouts = self._store.open_checkouts(invoice_id)
        answers = self._ask_about(checkouts)
        if not anyway and (Begun.UNDER_WAY in answers or self._pays_already(invoice_id)):
            return None
        known = {payment.reference for payment in self._store.payments(invoice_id=invoice_id)}
        for checkout, begun in zip(checkouts, answers, strict=True):
            untouched = begun is Begun.NOTHING or (begun is Begun.UNKNOWN and checkout.reference not in known)
            if untouched and _fresh(checkout, quote.amount_in_cents, now):
                return self._address(checkout, quote)
        newest = checkouts[0] if checkouts else None
        promise = Reference(invoice_id, quote.client.id, quote.amount_in_cents)
        new = Checkout(
            reference=issue_reference(promise, self._terms.secret),
            invoice_id=invoice_id,
            client_id=quote.client.id,
            amount_in_cents=quote.amount_in_cents,
            purpose=quote.link.purpose,
            terms_url=self._terms.terms_url,
            created_at=now,
            expires_at=now + self._terms.checkout_ttl,
            ask_at=now + ASK_AFTER[0],
            language=language,
        )
        opened = self._store.open_checkout(new, unless_newer_than=newest.reference if newest else None)
        logger.info("paying: reference=%s invoice=%s opened", opened.reference, invoice_id)
        return self._address(opened, quote)

    def _check_status(self, invoice: Invoice) -> None:
        if invoice.status not in ("Unpaid", "Overdue"):
            raise NotPayable(_STATUS_REFUSALS.get(invoice.status, "not_payable"))
        if invoice.balance <= 0:
            raise NotPayable("not_payable")
        if invoice.payment_method and invoice.payment_method != self._terms.gateway:
            raise NotPayable("gateway")

    def _pays_already(self, invoice_id: int) -> bool:
        """A payment that is known and may still become money, or has and is with a person."""
        if any(payment.is_under_way for payment in self._store.payments(invoice_id=invoice_id)):
            return True
        # Of what this version cannot read nobody can tell whether it is paid.
        return bool(self._store.unreadable_of([invoice_id]))

    def _ask_about(self, checkouts: Sequence[Checkout]) -> list[Begun]:
        """Ask Wompi about each, until it does not answer: a payer would wait once more for each of the others."""
        answers: list[Begun] = []
        down = False
        for checkout in checkouts:
            if down:
                answers.append(Begun.UNKNOWN)
                continue
            try:
                found = self._breaker.call(partial(self._reconcile.ask, checkout))
            except ApiError as error:
                logger.info("paying: reference=%s: %s", checkout.reference, error)
                down = how_wompi_is(error) is not Upstream.WELL
                # An answer of an odd shape is about a transaction.
                answers.append(Begun.OVER if isinstance(error, OddAnswer) else Begun.UNKNOWN)
            else:
                answers.append(_begun(found))
        return answers

    def _address(self, checkout: Checkout, quote: Quote) -> str:
        return checkout_url(
            self._terms.keys,
            reference=checkout.reference,
            amount_in_cents=checkout.amount_in_cents,
            redirect_url=self._terms.return_url + checkout.reference,
            expires_at=checkout.expires_at,
            vat_in_cents=quote.vat_in_cents,
            payer=_payer(quote.client) if quote.link.purpose is Purpose.PAY else None,
            base_url=self._terms.checkout_url,
        )


def _begun(found: Sequence[Transaction]) -> Begun:
    if any(transaction.state in (Status.PENDING, Status.UNKNOWN) for transaction in found):
        return Begun.UNDER_WAY
    return Begun.OVER if found else Begun.NOTHING


def _fresh(checkout: Checkout, amount_in_cents: int, now: datetime) -> bool:
    half = (checkout.expires_at - checkout.created_at) / 2
    return checkout.amount_in_cents == amount_in_cents and checkout.expires_at - now >= half


def _vat(invoice: Invoice, amount_in_cents: int) -> int | None:
    """The VAT within the amount, in whole pesos, where the invoice is wholly unpaid: of a rest nobody can say its
    share.

    Wompi's minimum counts without taxes, so a VAT that would bring the base under it is not named.
    """
    if invoice.tax <= 0 or invoice.credit or invoice.balance != invoice.total:
        return None
    vat = (invoice.tax + CENTS_PER_PESO // 2) // CENTS_PER_PESO * CENTS_PER_PESO
    return vat if amount_in_cents - vat >= MINIMUM_IN_CENTS else None


def _payer(client: Client) -> Payer:
    digits, prefix = re.sub(r"\D", "", client.phone), re.sub(r"\D", "", client.phone_prefix)
    # "+57.3001234567" and "573001234567" both occur.
    if prefix and len(digits) > 10 and digits.startswith(prefix):
        digits = digits[len(prefix) :]
    return Payer(
        email=client.email or None,
        full_name=client.full_name or None,
        phone_number_prefix=f"+{prefix}" if prefix else None,
        phone_number=digits or None,
    )
