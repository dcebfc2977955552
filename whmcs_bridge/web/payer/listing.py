"""``/invoices``: what a client owes, and what was chosen of it, as views."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

from whmcs_bridge.bridge import Bridge
from whmcs_bridge.checkout.quotes import NotPayable, Quote, Refusal, price_of
from whmcs_bridge.checkout.rates import NoRate, Rate
from whmcs_bridge.checkout.unpaid import Unpaid, with_balances
from whmcs_bridge.history.attempts import attempts_of
from whmcs_bridge.ledger.records import Payment
from whmcs_bridge.messages import Language
from whmcs_bridge.money.currencies import amount_text
from whmcs_bridge.money.pesos import MINIMUM_IN_CENTS
from whmcs_bridge.signed.links import Link, Purpose
from whmcs_bridge.web.payer.branded import chosen_language
from whmcs_bridge.web.payer.rates import rate_view
from whmcs_bridge.web.payer.receipts import Receipts
from whmcs_bridge.web.payer.results import invoice_address, invoices_address
from whmcs_bridge.web.payer.rows import attempt_rows
from whmcs_bridge.web.payer.views import InvoiceRow, InvoicesView, SeveralView, WhyNot
from whmcs_bridge.whmcs.models import ListedInvoice

logger = logging.getLogger(__name__)

Mistake = Literal["none", "too_many"]


def today(bridge: Bridge) -> date:
    """The day in WHMCS's zone."""
    return bridge.clock().astimezone(bridge.settings.whmcs_timezone).date()


def chosen_numbers(told: Sequence[str]) -> list[int]:
    """The chosen invoices, each once. Raises ``Refusal`` for what is no number of an invoice."""
    if not all(re.fullmatch(r"[1-9][0-9]{0,9}", one, re.ASCII) for one in told):
        raise Refusal("no_invoice", 403)
    return list(dict.fromkeys(map(int, told)))


class Listing:
    """Makes the views."""

    def __init__(self, bridge: Bridge, receipts: Receipts) -> None:
        self._bridge = bridge
        self._receipts = receipts

    def view(
        self, listed: Sequence[ListedInvoice], read: Link, link: str, language: Language, error: Mistake | None
    ) -> InvoicesView:
        """The unpaid invoices of a link's client. Raises ``WhmcsError``."""
        unpaid = with_balances(listed, self._bridge.checkouts.quotes, read.client_id)
        rates = {currency: self._rate(currency) for currency in {one.listed.currency for one in unpaid}}
        payments, settings = self._bridge.store.payments_of([one.listed.id for one in unpaid]), self._bridge.settings
        return InvoicesView(
            rows=[self._row(one, read, payments.get(one.listed.id, ()), rates, language) for one in unpaid],
            action=_action(settings.bridge_url, link),
            error=error,
            back_url=invoices_address(settings.whmcs_url) if read.purpose is Purpose.LIST else None,
            # A receipt names the client: an e-mail's link does not lead there.
            receipts_url=self._receipts.address(read) if read.purpose is Purpose.LIST else None,
        )

    def chosen(self, quote: Quote, link: str, *, missed: bool, under_way: bool) -> SeveralView:
        """The chosen invoices before their payment. ``missed``: the terms were not accepted."""
        settings, now = self._bridge.settings, today(self._bridge)
        rows = []
        for each in quote.owed:
            due = each.invoice.due_date
            rows.append((each.invoice.printed_number, due, due is not None and due < now, each.amount_in_cents))
        return SeveralView(
            rows=rows,
            invoice_ids=quote.invoice_ids,
            to_pay_in_cents=quote.amount_in_cents,
            action=_action(settings.bridge_url, link),
            terms_url=settings.terms_url,
            error="terms" if missed else None,
            under_way=under_way,
            rate=rate_view(quote),
        )

    def _rate(self, currency: str) -> Rate | WhyNot | None:
        """The rate of a currency, or why there is none; None for the peso. Raises ``WhmcsError``."""
        try:
            return self._bridge.checkouts.quotes.rate_of(currency)
        except NotPayable:
            return "currency"
        except NoRate as error:
            logger.warning("invoices: %s", error)
            return "no_rate"

    def _row(
        self,
        unpaid: Unpaid,
        link: Link,
        payments: Sequence[Payment],
        rates: Mapping[str, Rate | WhyNot | None],
        language: Language,
    ) -> InvoiceRow:
        settings, row = self._bridge.settings, unpaid.listed
        under_way = [payment for payment in payments if payment.is_under_way]
        shown = attempts_of([*under_way, *payments][:1], language, now=self._bridge.store.now())
        attempts = attempt_rows(shown.latest, settings.bridge_url)
        rate = rates[row.currency]
        price = None if isinstance(rate, str) else price_of(unpaid.balance_in_cents, rate)
        why_not = self._why_not(unpaid, rate, price)
        personal = link.purpose is Purpose.LIST
        # Valid for no longer than the link that led here: using a link must not prolong it.
        purpose = Purpose.PAY if personal else Purpose.MAIL
        pay = Link(purpose, row.id, link.client_id, link.expires_at).signed(settings.bridge_secret[0])
        return InvoiceRow(
            invoice_number=row.printed_number,
            invoice_id=row.id,
            date=row.date,
            due_date=row.due_date,
            overdue=row.due_date is not None and row.due_date < today(self._bridge),
            balance_in_cents=price,
            amount_text=None if rate is None else amount_text(unpaid.balance_in_cents, row.currency),
            pay_url=None if why_not else f"{settings.bridge_url}pay/{pay}",
            why_not=why_not,
            view_url=invoice_address(settings.whmcs_url, row.id) if personal else None,
            choice=why_not is None and not under_way,
            under_way=bool(under_way),
            attempt=attempts[0] if attempts else None,
        )

    def _why_not(self, unpaid: Unpaid, rate: Rate | WhyNot | None, price: int | None) -> WhyNot | None:
        row = unpaid.listed
        if row.payment_method and row.payment_method != self._bridge.settings.whmcs_gateway:
            return "currency" if rate == "currency" else "gateway"
        if isinstance(rate, str):
            return rate
        return "too_small" if price is not None and price < MINIMUM_IN_CENTS else None


def _action(bridge_url: str, link: str) -> str:
    return f"{bridge_url}invoices/{link}" + (f"?lang={chosen}" if (chosen := chosen_language()) else "")
