"""The payer's pages: ``/pay``, ``/invoices`` and ``/return``.

The browser never causes a booking by itself: at most it names a transaction, and the worker looks at it.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import cast

from flask import Response, request

from whmcs_bridge.bridge import Bridge
from whmcs_bridge.checkout.quotes import QUOTE_CALLS, NotPayable, Quote, Refusal, TooManyQuestions
from whmcs_bridge.history.attempts import attempts_of
from whmcs_bridge.messages import Language, known_language
from whmcs_bridge.money.instalments import pesos_in
from whmcs_bridge.signed.links import (
    BadLink,
    ExpiredLink,
    Link,
    Purpose,
    RevokedLink,
    canonical,
    read_link,
    signatures_to_ask,
)
from whmcs_bridge.web.addresses import client_address, subscriber
from whmcs_bridge.web.payer.already_paid import AlreadyPaid, plain_number
from whmcs_bridge.web.payer.branded import BrandedPages, chosen_language, compressed, language_of
from whmcs_bridge.web.payer.listing import Listing, Mistake, chosen_numbers, today
from whmcs_bridge.web.payer.rates import rate_view
from whmcs_bridge.web.payer.readings import Visitor
from whmcs_bridge.web.payer.receipts import Receipts
from whmcs_bridge.web.payer.results import Results, invoice_address, invoices_address, plain_id
from whmcs_bridge.web.payer.rows import attempt_rows
from whmcs_bridge.web.payer.views import MOST_CHOSEN, PaidView, PartView, PayError, PayView, RefusalKind, RefusalView
from whmcs_bridge.whmcs.answers import ClientNotFound, WhmcsError

logger = logging.getLogger(__name__)


class PayerPages(BrandedPages):
    """The views."""

    def __init__(self, bridge: Bridge, wake: Callable[[], None]) -> None:
        super().__init__(bridge)
        self._results = Results(bridge, wake)
        self._already_paid = AlreadyPaid(bridge, self._results)
        self._receipts = Receipts(bridge)
        self._listing = Listing(bridge, self._receipts)

    def pay(self, link: str) -> Response:
        """``GET``: the invoice's summary. ``POST``: the press on "Pagar con Wompi"."""
        link = canonical(link)
        try:
            read = self._read(link, Purpose.PAY, Purpose.MAIL, of_one=True)
        except BadLink as error:
            return self._bad_link(error)
        try:
            self._spend(read, self._bridge.checkouts.calls(read.invoice_id))
            found = self._bridge.checkouts.look(read)
            quote, language = found.quote, language_of(found.quote.client.language)
            if request.method != "POST":
                return self._offer(language, quote, link, under_way=self._bridge.checkouts.under_way(found))
            part, wrong = self._chosen(quote)
            if part is None or wrong:
                return self._offer(language, quote, link, error=wrong)
            anyway = request.form.get("anyway") == "yes"
            address = self._bridge.checkouts.open(replace(found, quote=part), anyway=anyway, language=language)
            if address is None:
                return self._offer(language, quote, link, under_way=True)
            # Not werkzeug's redirect(): its body repeats the address, which carries the payer's data, into a page.
            return Response(status=303, headers={"Location": address})
        except Refusal as refusal:
            return self._refused(refusal, read)

    def _chosen(self, quote: Quote) -> tuple[Quote | None, PayError | None]:
        """What the form asks for: the whole balance, or a part of it; and why it cannot be had."""
        typed = request.form.get("amount", "").strip()
        if not typed:
            part: Quote | None = quote
        else:
            amount = pesos_in(typed)
            part = quote.part(amount) if amount is not None else None
        if part is None:
            return None, "amount" if quote.choice else "no_parts"
        return part, None if request.form.get("terms") == "accepted" else "terms"

    def invoices(self, link: str) -> Response:
        """``GET``: a client's unpaid invoices, all of them. ``POST``: the chosen ones, in one payment."""
        link = canonical(link)
        try:
            read = self._read(link, Purpose.LIST, Purpose.MAIL, of_one=False)
        except BadLink as error:
            return self._bad_link(error)
        try:
            self._bridge.checkouts.quotes.check_client(read.client_id)
            if request.method != "POST":
                return self._list(read, link)
            chosen = chosen_numbers(request.form.getlist("invoice"))
            if not 0 < len(chosen) <= MOST_CHOSEN:
                return self._list(read, link, error="too_many" if chosen else "none")
            return self._pay_several(read, link, chosen)
        except Refusal as refusal:
            return self._refused(refusal, read)
        except ClientNotFound:
            return self.refusal("wrong_client", 403)
        except WhmcsError as error:
            logger.warning("invoices: client=%s: %s", read.client_id, error)
            return self.refusal("whmcs_down", 503)

    def _list(self, read: Link, link: str, *, error: Mistake | None = None) -> Response:
        """Raises ``WhmcsError`` or ``TooManyQuestions``."""
        self._spend(read, QUOTE_CALLS)
        client, listed = self._bridge.checkouts.quotes.unpaid(read.client_id)
        self._bridge.visitor_limits.owe(read, len(listed))
        language = language_of(client.language)
        return compressed(self.page(200, language, self._listing.view(listed, read, link, language, error)))

    def _pay_several(self, read: Link, link: str, chosen: Sequence[int]) -> Response:
        """Raises ``Refusal``."""
        checkouts, form = self._bridge.checkouts, request.form
        self._spend(read, checkouts.calls(*chosen))
        found = checkouts.look(read, chosen)
        quote = found.quote
        language, accepted = language_of(quote.client.language), form.get("terms") == "accepted"
        # The page sends this itself: without it, the payer has not seen the terms yet.
        missed = "confirm" in form and not accepted
        if accepted:
            address = checkouts.open(found, anyway=form.get("anyway") == "yes", language=language)
            if address is not None:
                return Response(status=303, headers={"Location": address})
        under_way = accepted or (not missed and checkouts.under_way(found))
        view = self._listing.chosen(quote, link, missed=missed, under_way=under_way)
        return self.page(409 if under_way else 200, language, view)

    def come_back(self, mark: str = "") -> Response:
        """The payer comes back from Wompi: what became of that payment. ``mark`` is the checkout's reference."""
        language, visitor = language_of(), self._visitor(mark)
        # Mail programs write "&" as "&amp;".
        transaction_id = plain_id(request.args.get("id") or request.args.get("amp;id", ""))
        if not transaction_id:
            language, back = self._results.without_payment(visitor, language)
            return self.page(200, language, back)
        try:
            language, view = self._results.result(transaction_id, visitor, language)
        except Refusal as refusal:
            return self.refusal(refusal.kind, refusal.http_status)
        response = self.page(200, language, view)
        if view.refresh_after is not None and view.refresh_url:
            response.headers["Refresh"] = f"{view.refresh_after}; url={view.refresh_url}"
        return response

    def receipt(self, link: str) -> Response:
        """What was paid of an invoice, with its lines and its client; by a list's link, the client's last payments."""
        link = canonical(link)
        try:
            read = self._read(link, Purpose.PAY, Purpose.LIST, of_one=None)
        except BadLink as error:
            return self._bad_link(error)
        if read.purpose is Purpose.LIST:
            return self.page(
                200, language_of(), self._receipts.latest(read, f"{self._bridge.settings.bridge_url}invoices/{link}")
            )
        try:
            self._spend(read, QUOTE_CALLS)
            language, view = self._receipts.read(read)
        except Refusal as refusal:
            return self._refused(refusal, read)
        return compressed(self.page(200, language_of(language), view))

    def paid(self, link: str) -> Response:
        """``GET``: the form for the number of a payment. ``POST``: what became of that payment, or a note about it."""
        link = canonical(link)
        try:
            read = self._read(link, Purpose.PAY, Purpose.MAIL, of_one=True)
        except BadLink as error:
            return self._bad_link(error)
        language = chosen_language() or known_language(self._bridge.store.language(read.invoice_id)) or language_of()
        bridge_url = self._bridge.settings.bridge_url
        view = PaidView("ask", read.invoice_id, f"{bridge_url}paid/{link}", f"{bridge_url}pay/{link}")
        if request.method != "POST":
            return self.page(200, language, view)
        number = plain_number(request.form.get("number", ""))
        if number is None:
            return self.page(400, language, replace(view, outcome="unclear"))
        try:
            self._spend(read, 1)  # a stranger's budget pays for the calls to Wompi
        except Refusal as refusal:
            return self._refused(refusal, read)
        visitor = self._visitor()
        if found := self._already_paid.find(number, read, visitor):
            return Response(status=303, headers={"Location": f"{bridge_url}return?id={found}"})
        return self.page(200, language, replace(view, outcome=self._already_paid.note(number, read, visitor)))

    def _visitor(self, mark: str = "") -> Visitor:
        forwarded_for = request.headers.get("X-Forwarded-For")
        client = client_address(request.remote_addr, forwarded_for, self._bridge.settings.bridge_trusted_proxies)
        return self._results.visitor(mark, subscriber(client), request.args)

    def _refused(self, refusal: Refusal, link: Link) -> Response:
        """The same where the link was good: with the payments of its invoice."""
        if not link.invoice_id:
            # A list: the refusal names no invoice, and belongs to none.
            retry_after = refusal.retry_after
            headers = [("Retry-After", str(retry_after))] if retry_after is not None else []
            return self.refusal(refusal.kind, refusal.http_status, headers)
        language = chosen_language() or known_language(self._bridge.store.language(link.invoice_id)) or language_of()
        payments = self._bridge.store.payments(invoice_id=link.invoice_id)
        # The invoice's owner may be unknown now, or may be the reason: only this client's payments are shown.
        mine = [payment for payment in payments if payment.client_id == link.client_id]
        attempts, settings = attempts_of(mine, language, now=self._bridge.store.now()), self._bridge.settings
        rows = attempt_rows(attempts.latest, settings.bridge_url)
        # The invoice says why, or lets the payer choose Wompi. An e-mail's link leads there for nobody; WHMCS shows no
        # draft.
        there = link.purpose is Purpose.PAY and isinstance(refusal, NotPayable) and refusal.kind != "draft"
        view = RefusalView(
            cast("RefusalKind", refusal.kind),
            back_url=settings.whmcs_url,
            attempts=rows,
            invoice_url=invoice_address(settings.whmcs_url, link.invoice_id) if there else None,
            receipt_url=self._receipts.known(link) if refusal.kind == "paid" else None,
            paid_url=f"{settings.bridge_url}paid/{link.signed(settings.bridge_secret[0])}"
            if refusal.kind == "payment_pending"
            else None,
        )
        response = self.page(refusal.http_status, language, view)
        if refusal.retry_after is not None:
            response.headers["Retry-After"] = str(refusal.retry_after)
        return response

    def _spend(self, link: Link, calls: int) -> None:
        """Pay for the calls of a page out of its link's budget. Raises ``TooManyQuestions``."""
        if wait := self._bridge.visitor_limits.link(link, calls):
            raise TooManyQuestions(math.ceil(wait))

    def _bad_link(self, error: BadLink) -> Response:
        if isinstance(error, ExpiredLink):
            return self._expired(error.link)
        return self.refusal("revoked_link" if isinstance(error, RevokedLink) else "bad_link", 403)

    def _expired(self, link: Link) -> Response:
        """An expired link leads to its invoice in WHMCS, where a new one is made, or to the list of invoices there."""
        whmcs_url = self._bridge.settings.whmcs_url
        view = RefusalView("expired_link", back_url=invoices_address(whmcs_url))
        if link.invoice_id:
            view = replace(view, back_url=whmcs_url, invoice_url=invoice_address(whmcs_url, link.invoice_id))
        return self.page(403, language_of(), view)

    def _read(self, link: str, *purposes: Purpose, of_one: bool | None) -> Link:
        read = read_link(link, self._bridge.settings.bridge_secret, now=self._bridge.clock())
        # An e-mail's link is to one invoice, or (invoice 0) to all of a client.
        if read.purpose not in purposes or (of_one is not None and (read.invoice_id > 0) is not of_one):
            raise BadLink("the link is for another purpose")
        if self._bridge.revocations.is_revoked(*signatures_to_ask(link, read, self._bridge.settings.bridge_secret)):
            raise RevokedLink("the link has been taken back")
        return read

    def _offer(
        self, language: Language, quote: Quote, link: str, *, error: PayError | None = None, under_way: bool = False
    ) -> Response:
        invoice, settings = quote.invoice, self._bridge.settings
        choice, typed = quote.choice, request.form.get("amount", "").strip()[:20]
        personal = quote.link.purpose is Purpose.PAY
        payments = self._bridge.store.payments(invoice_id=invoice.id)
        attempts = attempts_of(payments, language, now=self._bridge.store.now())
        view = PayView(
            invoice_number=invoice.printed_number,
            invoice_id=invoice.id,
            lines=[(line.description, line.amount) for line in invoice.lines] if personal else [],
            vat_in_cents=invoice.added_tax,
            credit_in_cents=invoice.credit,
            total_in_cents=invoice.total,
            balance_in_cents=invoice.balance,
            to_pay_in_cents=quote.amount_in_cents,
            due_date=invoice.due_date,
            overdue=invoice.due_date is not None and invoice.due_date < today(self._bridge),
            action=f"{settings.bridge_url}pay/{link}" + (f"?lang={chosen}" if (chosen := chosen_language()) else ""),
            terms_url=settings.terms_url,
            error=error,
            under_way=under_way,
            rate=rate_view(quote),
            part=PartView(choice.least, choice.most, typed, error == "amount") if choice else None,
            attempts=attempt_rows(attempts.latest, settings.bridge_url),
            paid_url=f"{settings.bridge_url}paid/{link}" + (f"?lang={chosen}" if chosen else ""),
            back_url=invoice_address(settings.whmcs_url, invoice.id) if personal else None,
        )
        status = 400 if error in ("amount", "no_parts") else 409 if under_way else 200
        return compressed(self.page(status, language, view))
