"""What one invoice or several cost now, read from WHMCS, or the reason why they cannot be paid here."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from whmcs_bridge.checkout.rates import NoRate, Rate, Rates
from whmcs_bridge.ledger.records import Part, Quoted
from whmcs_bridge.money.currencies import pesos_of
from whmcs_bridge.money.instalments import Choice, PartialMinimum, choice_of
from whmcs_bridge.money.pesos import CENTS_PER_PESO, MAXIMUM_IN_CENTS, MINIMUM_IN_CENTS, whole_pesos_up
from whmcs_bridge.signed.links import Link
from whmcs_bridge.whmcs.answers import ClientNotFound, InvoiceNotFound, WhmcsError
from whmcs_bridge.whmcs.client import WhmcsClient
from whmcs_bridge.whmcs.models import Client, Invoice, ListedInvoice
from whmcs_bridge.whmcs.side_by_side import SideBySide
from wompi_gateway.models import CURRENCY

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


@dataclass(frozen=True, slots=True)
class Owed:
    """One invoice, and what it costs now in whole pesos. The VAT is None where it is not known."""

    invoice: Invoice
    amount_in_cents: int
    vat_in_cents: int | None


@dataclass(frozen=True, slots=True)
class Quote:
    """What one invoice or several cost now, the oldest due first, and who pays them."""

    link: Link
    client: Client
    owed: tuple[Owed, ...]
    rate: Rate | None = None
    """Where they are in another currency than the peso: each is quoted at its whole balance."""
    minimum: PartialMinimum | None = None
    """The least that may be paid of an invoice, where less than its balance may be."""

    @property
    def invoice(self) -> Invoice:
        """The first one."""
        return self.owed[0].invoice

    @property
    def invoice_ids(self) -> list[int]:
        """All of them."""
        return [each.invoice.id for each in self.owed]

    @property
    def amount_in_cents(self) -> int:
        """The sum."""
        return sum(each.amount_in_cents for each in self.owed)

    @property
    def vat_in_cents(self) -> int | None:
        """The VAT within the sum. Each amount without its VAT is at least Wompi's minimum, so the sum is."""
        known = [each.vat_in_cents for each in self.owed if each.vat_in_cents is not None]
        return sum(known) if len(known) == len(self.owed) else None

    def parts(self, reference: str) -> list[Part]:
        """What each invoice gets of a checkout for several; none for a single one."""
        if len(self.owed) == 1:
            return []
        return [
            Part(reference, place, each.invoice.id, self.client.id, each.amount_in_cents)
            for place, each in enumerate(self.owed)
        ]

    @property
    def choice(self) -> Choice | None:
        """What may be paid of a single invoice instead of its whole balance; None: nothing else."""
        invoice = self.invoice
        if self.minimum is None or len(self.owed) > 1 or self.rate is not None or invoice.is_mass_payment:
            return None
        return choice_of(self.minimum, invoice.total, invoice.balance)

    def part(self, amount_in_cents: int) -> Quote | None:
        """The quote of a part of the balance; None where that may not be paid."""
        if amount_in_cents == self.amount_in_cents:
            return self
        if self.choice is None or not self.choice.allows(amount_in_cents):
            return None
        return replace(self, owed=(Owed(self.invoice, amount_in_cents, None),))

    def quoted(self, reference: str) -> list[Quoted]:
        """What each invoice is quoted at in its own currency, by their numbers; none: they are in pesos."""
        rate = self.rate
        if rate is None:
            return []
        told = str(rate.pesos), rate.source, rate.day.isoformat()
        return [
            Quoted(reference, each.invoice.id, rate.currency, each.invoice.balance, *told)
            for each in sorted(self.owed, key=lambda each: each.invoice.id)
        ]

    def shares(self) -> list[tuple[int, int]]:
        """Each invoice with its amount, as ``shares_of`` tells it of a checkout."""
        return [(each.invoice.id, each.amount_in_cents) for each in self.owed]


# WHMCS's invoice statuses that take no payment here, and the sentence that says why.
_STATUS_REFUSALS = {
    "Paid": "paid",
    "Cancelled": "cancelled",
    "Draft": "draft",
    "Refunded": "refunded",
    "Collections": "collections",
    "Payment Pending": "payment_pending",
}


class Quotes:
    """Reads what invoices cost. ``parallel`` is how many calls WHMCS may be given at a time.

    ``only_clients`` alone can pay while the keys are test keys; None: all. ``minimum`` is the least that may be paid of
    an invoice; None: its whole balance.
    """

    def __init__(
        self,
        whmcs: WhmcsClient,
        gateway: str,
        rates: Rates,
        *,
        parallel: int,
        only_clients: frozenset[int] | None = None,
        minimum: PartialMinimum | None = None,
    ) -> None:
        self._whmcs = whmcs
        self._gateway = gateway
        self._rates = rates
        self._minimum = minimum
        self._only_clients = only_clients
        self.side_by_side = SideBySide(parallel)

    def close(self) -> None:
        """End the threads that read."""
        self.side_by_side.close()

    def read(self, link: Link, invoice_ids: Sequence[int] = ()) -> Quote:
        """Read what the link's invoice costs now, or these of its client, by one call to WHMCS for each and one for
        the client. Raises ``Refusal`` when one cannot be paid here."""
        # Begun before it is known whether the link is right: nearly every link is, and the payer waits.
        client_read = self.side_by_side.ahead(partial(self._whmcs.client, link.client_id))
        try:
            invoices = self._read_invoices(invoice_ids or [link.invoice_id])
            if any(invoice.client_id != link.client_id for invoice in invoices):
                raise Refusal("wrong_client", 403)
            self.check_client(link.client_id)
            for invoice in invoices:
                self._check_status(invoice)
            if len(invoices) > 1 and any(invoice.is_mass_payment for invoice in invoices):
                raise NotPayable("mass_pay")
            client = client_read.result()
            rate = self.rate_of(client.currency)
        except InvoiceNotFound:
            raise Refusal("no_invoice", 403 if invoice_ids else 404) from None
        except ClientNotFound:
            raise Refusal("wrong_client", 403) from None
        except WhmcsError as error:
            logger.warning("checkout: client=%s invoice=%s: %s", link.client_id, link.invoice_id, error)
            raise Refusal("whmcs_down", 503) from None
        except NoRate as error:
            logger.warning("checkout: client=%s invoice=%s: %s", link.client_id, link.invoice_id, error)
            raise NotPayable("no_rate") from None
        finally:
            client_read.end()
        oldest_first = sorted(invoices, key=lambda invoice: (invoice.due_date or date.max, invoice.id))
        quote = Quote(link, client, tuple(_owed(invoice, rate) for invoice in oldest_first), rate, self._minimum)
        if quote.amount_in_cents > MAXIMUM_IN_CENTS:
            raise NotPayable("not_payable")
        return quote

    def unpaid(self, client_id: int) -> tuple[Client, list[ListedInvoice]]:
        """Read a client, and the list of what they owe, side by side. Raises ``WhmcsError``."""
        client_read = self.side_by_side.ahead(partial(self._whmcs.client, client_id))
        try:
            listed = list(self._whmcs.unpaid_invoices(client_id))
            return client_read.result(), listed
        finally:
            client_read.end()

    def details(self, invoice_ids: Sequence[int]) -> dict[int, Invoice | None]:
        """Read invoices by their numbers, side by side; None: there is none. Raises ``WhmcsError``."""
        return dict(zip(invoice_ids, self.side_by_side.each(self._if_there, invoice_ids), strict=True))

    def rate_of(self, currency: str) -> Rate | None:
        """The rate of a currency; None for the peso. Raises ``NotPayable`` where it cannot be paid here, by the
        setting; ``NoRate`` or ``WhmcsError`` where its rate is not known now."""
        rate = None if currency == CURRENCY else self._rates.of(currency)
        if rate is None and currency != CURRENCY:
            raise NotPayable("currency")
        return rate

    def check_client(self, client_id: int) -> None:
        """Raise ``Refusal`` where test keys are in use and this client is not among those who test."""
        if self._only_clients is not None and client_id not in self._only_clients:
            raise Refusal("only_tests", 409)

    def _if_there(self, invoice_id: int) -> Invoice | None:
        try:
            return self._whmcs.invoice(invoice_id)
        except InvoiceNotFound:
            return None

    def _read_invoices(self, invoice_ids: Sequence[int]) -> list[Invoice]:
        """Read invoices, several side by side. Raises ``WhmcsError``."""
        if len(invoice_ids) == 1:
            return [self._whmcs.invoice(invoice_ids[0])]
        return self.side_by_side.each(self._whmcs.invoice, invoice_ids)

    def _check_status(self, invoice: Invoice) -> None:
        if invoice.status not in ("Unpaid", "Overdue"):
            raise NotPayable(_STATUS_REFUSALS.get(invoice.status, "not_payable"))
        if invoice.balance <= 0:
            raise NotPayable("not_payable")
        if invoice.payment_method and invoice.payment_method != self._gateway:
            raise NotPayable("gateway")


def price_of(balance_in_cents: int, rate: Rate | None) -> int:
    """What a balance costs, in whole pesos, rounded up; in cents of a peso."""
    return whole_pesos_up(balance_in_cents) if rate is None else pesos_of(balance_in_cents, rate.pesos)


def _owed(invoice: Invoice, rate: Rate | None) -> Owed:
    """What an invoice costs now. Raises ``NotPayable``."""
    amount = price_of(invoice.balance, rate)
    if amount < MINIMUM_IN_CENTS:
        raise NotPayable("too_small")
    if amount > MAXIMUM_IN_CENTS:
        raise NotPayable("not_payable")
    # How Wompi's taxes would be reckoned in another currency nobody says.
    return Owed(invoice, amount, _vat(invoice, amount) if rate is None else None)


def _vat(invoice: Invoice, amount_in_cents: int) -> int | None:
    """The VAT within the amount, in whole pesos, where nothing of the invoice is paid: the share of a rest is unknown.

    Wompi's minimum counts without taxes, so a VAT that would bring the base under it is left out.
    """
    if invoice.tax <= 0 or invoice.credit or invoice.balance != invoice.total:
        return None
    vat = (invoice.tax + CENTS_PER_PESO // 2) // CENTS_PER_PESO * CENTS_PER_PESO
    return vat if amount_in_cents - vat >= MINIMUM_IN_CENTS else None
