"""``/return``: what became of a payment, by Wompi and by the ledger. What Wompi says is recorded before it is shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from unicodedata import category
from urllib.parse import urlencode

from whmcs_bridge.bridge import Bridge
from whmcs_bridge.checkout.quotes import Refusal
from whmcs_bridge.history.attempts import Kind, attempts_of, kind_of
from whmcs_bridge.ledger.records import Payment, State, Story
from whmcs_bridge.ledger.seen import Unkeepable
from whmcs_bridge.messages import Language, decline_advice, known_language
from whmcs_bridge.signed.links import Link, Purpose
from whmcs_bridge.signed.references import read_reference
from whmcs_bridge.web.payer.readings import Readings, Visitor
from whmcs_bridge.web.payer.rows import attempt_rows, part_rows
from whmcs_bridge.web.payer.views import AttemptRow, RefusalView, ResultView
from wompi_gateway.errors import ApiError
from wompi_gateway.models import CURRENCY, TRANSACTION_ID, Status

# The page refreshes itself with growing pauses, in seconds, for about a quarter of an hour.
PAUSES = (3, 5, 5, 10, 10, 20, 30, 30, 60, 60, 120, 120, 240, 240)
# Long enough to try again, too short to be passed on.
_RETRY_LINK = timedelta(hours=1)

_ID = re.compile(TRANSACTION_ID.replace(r"\z", r"\Z"))


class BadTransaction(Refusal):
    """The address holds no id of a transaction."""

    http_status = 400


class UnknownTransaction(Refusal):
    """Wompi does not know it, or it is another merchant's: the page says nothing about it."""

    http_status = 404


def invoice_address(whmcs_url: str, invoice_id: int) -> str:
    """The invoice's page in WHMCS."""
    return f"{whmcs_url}viewinvoice.php?id={invoice_id}"


def invoices_address(whmcs_url: str) -> str:
    """The page of all invoices in WHMCS."""
    return f"{whmcs_url}clientarea.php?action=invoices"


def _kind(status: Status, payments: Sequence[Payment | None]) -> Kind:
    """What a transaction is to its payer: of several parts, what is most worth knowing."""
    kinds = [kind_of(status, payment) for payment in payments]
    return next((kind for kind in ("review", "booking") if kind in kinds), kinds[0])


def plain_id(text: str) -> str:
    """A transaction's id without what mail programs and pasting leave around and within it."""
    whole = "".join(each for each in text if each not in "\r\n\t" and category(each) != "Cf")
    bare = re.sub(r"^[^A-Za-z0-9]+|[^A-Za-z0-9]+$", "", whole)
    # "=3D" is quoted-printable for "="; Wompi's own ids are three numbers.
    return re.sub(r"^3D(?=[0-9]+-[0-9]+-[0-9]+$)", "", bare) or text


def _language(story: Story, visitor: Visitor) -> Language | None:
    """The language that was chosen on the page, or else that of the payer who opened the checkout."""
    chosen = known_language(visitor.query.get("lang"))
    return chosen or (known_language(story.checkout.language) if story.checkout else None)


class Results:
    """Finds out what a payer's page shows."""

    def __init__(self, bridge: Bridge, wake: Callable[[], None]) -> None:
        self._bridge = bridge
        self._wake = wake
        self._readings = Readings(bridge)

    def visitor(self, mark: str, address: str, query: Mapping[str, str]) -> Visitor:
        """Read the mark of a return address. One that we did not issue counts as none."""
        promise = read_reference(mark, self._bridge.settings.bridge_secret)
        return Visitor(address, query, mark if promise else None, promise)

    def without_payment(self, visitor: Visitor, language: Language) -> tuple[Language, RefusalView]:
        """The page for a visitor without a transaction: where to go from here. Neither Wompi nor WHMCS is called."""
        whmcs_url, promise = self._bridge.settings.whmcs_url, visitor.promise
        if promise is None or visitor.mark is None:
            return language, RefusalView("no_transaction", back_url=whmcs_url)
        story, several = self._bridge.store.story("", visitor.mark, promise.invoice_id), promise.count > 1
        language = _language(story, visitor) or language
        # The invoice may have moved to another client since: only this client's payments are shown.
        mine = [payment for payment in story.others if payment.client_id == promise.client_id]
        parts = self._bridge.store.parts(visitor.mark) if several else []
        invoice_ids = [part.invoice_id for part in parts] or [promise.invoice_id]
        attempts, paid = self._others(replace(story, others=mine), language)
        return language, RefusalView(
            "paid_otherwise" if paid else "no_transaction",
            back_url=whmcs_url,
            attempts=attempts,
            invoice_url=invoices_address(whmcs_url) if several else invoice_address(whmcs_url, promise.invoice_id),
            retry_url=None if paid else self._retry_url(story, invoice_ids, promise.client_id, several=several),
        )

    def result(self, transaction_id: str, visitor: Visitor, language: Language) -> tuple[Language, ResultView]:
        """The page of a transaction, in the language of the payer who opened its checkout, or else in ``language``.

        Raises ``BadTransaction`` or ``UnknownTransaction``.
        """
        if not _ID.match(transaction_id):
            raise BadTransaction("bad_transaction")
        try:
            transaction = self._readings.transaction(transaction_id, visitor)
            seen = self._bridge.posting.seen(transaction) if transaction else None
        except Unkeepable as error:
            # It is ours, and cannot be stored: the worker looks at it, and in the end a person.
            self._bridge.store.touch(transaction_id, f"the payer came back: {error}")
            self._wake()
            return self._known(transaction_id, visitor, language)
        except ApiError:
            # Wompi does not answer, or may not be asked now: the page shows what the ledger has.
            return self._known(transaction_id, visitor, language)
        if transaction is None or seen is None or seen.invoice_id is None:
            raise UnknownTransaction("unknown_transaction")
        promise = self._bridge.posting.evidence.promise(transaction.reference)
        several = promise is not None and promise.count > 1
        story, parts = self._story(transaction_id, transaction.reference, seen.invoice_id, several=several)
        payment = story.payment
        if payment is None or any(one.status != transaction.status for one in (payment, *parts)):
            self._bridge.store.touch(transaction_id, f"the payer came back: {transaction.status}", seen)
            self._wake()
            if several:
                # Its parts are payments of their own from now on.
                story, parts = self._story(transaction_id, transaction.reference, seen.invoice_id, several=True)
                payment = story.payment
        kind = _kind(transaction.state, parts or [payment])
        if kind == "booking" and not (
            promise
            and (transaction.currency, transaction.amount_in_cents) == (CURRENCY, promise.amount_in_cents)
            and (payment is None or payment.state is not State.CLOSED)
        ):
            kind = "review"  # a person will look, or has: the worker books nothing in a moment
        method = transaction.payment_method_type
        view = ResultView(
            kind=kind,
            transaction_id=transaction.id,
            amount_in_cents=transaction.amount_in_cents,
            reference=transaction.reference,
            method=method,
            at=transaction.finalized_at or transaction.created_at,
            advice=decline_advice(method or "", transaction.status_message, transaction.processor_code),
            surplus_in_cents=payment.surplus_in_cents if payment else None,
        )
        return self._completed(view, story, parts, (seen.invoice_id, seen.client_id), visitor, language)

    def _story(
        self, transaction_id: str, reference: str | None, invoice_id: int, *, several: bool
    ) -> tuple[Story, list[Payment]]:
        """What is known of a transaction; and of one for several invoices its parts, the first of which stands for it
        in the story."""
        store = self._bridge.store
        found = store.of_transaction(transaction_id) if several else []
        parts = [one for one in found if one.part_of is not None]
        if not parts:
            return store.story(transaction_id, reference, invoice_id), []
        of_invoices = store.payments_of([one.invoice_id for one in parts if one.invoice_id is not None])
        # Another payment of several invoices stands on each of them: it is named once.
        others = {one.wompi_id: one for payments in of_invoices.values() for one in payments}
        others.pop(transaction_id, None)
        checkout = store.checkout(reference) if reference else None
        newest_first = sorted(others.values(), key=lambda one: one.created_at, reverse=True)
        return Story(parts[0], checkout, newest_first), parts

    def is_ours(self, transaction_id: str, visitor: Visitor) -> bool:
        """Tell whether Wompi has a payment of this id, by a reference of this bridge. Raises ``ApiError``."""
        transaction = self._readings.transaction(transaction_id, visitor)
        try:
            seen = self._bridge.posting.seen(transaction) if transaction else None
        except Unkeepable:
            return True  # its page says so
        return seen is not None and seen.invoice_id is not None

    def _known(self, transaction_id: str, visitor: Visitor, language: Language) -> tuple[Language, ResultView]:
        """The same from the ledger alone."""
        payment = next(iter(self._bridge.store.of_transaction(transaction_id)), None)
        if payment is None or payment.invoice_id is None:
            back_url = self._bridge.settings.whmcs_url
            if visitor.promise:
                back_url = invoice_address(back_url, visitor.promise.invoice_id)
            view = ResultView("verifying", transaction_id=transaction_id, back_url=back_url)
            return language, self._refreshing(view, visitor)
        several = payment.part_of is not None
        story, parts = self._story(transaction_id, payment.reference, payment.invoice_id, several=several)
        view = ResultView(
            kind=_kind(Status.of(payment.status), parts or [payment]),
            transaction_id=transaction_id,
            amount_in_cents=payment.paid_in_cents,
            reference=payment.reference,
            method=payment.method,
            at=payment.finalized_at,
            # The ledger does not keep why a payment failed: the method alone decides.
            advice=decline_advice(payment.method or "", None, None),
            surplus_in_cents=payment.surplus_in_cents,
        )
        return self._completed(view, story, parts, (payment.invoice_id, payment.client_id), visitor, language)

    def _completed(
        self,
        view: ResultView,
        story: Story,
        parts: Sequence[Payment],
        owner: tuple[int, int | None],
        visitor: Visitor,
        language: Language,
    ) -> tuple[Language, ResultView]:
        """Add the parts, the other attempts, and where to go from here. ``owner`` is the first invoice and its
        client."""
        invoice_id, client_id = owner
        language = _language(story, visitor) or language
        others, paid_otherwise = self._others(story, language)
        failed = view.kind in ("declined", "error")
        # All that a client owes is not shown to whoever guesses an id: the mark is of this very checkout.
        known = not parts or (story.checkout is not None and visitor.mark == story.checkout.reference)
        can_retry = failed and not paid_otherwise and known
        invoice_ids = [one.invoice_id for one in parts if one.invoice_id is not None] or [invoice_id]
        whmcs_url = self._bridge.settings.whmcs_url
        view = replace(
            view,
            parts=part_rows(parts, language, now=self._bridge.store.now()),
            invoice_id=None if parts else invoice_id,
            invoice_number=", ".join(str(one.invoice_id) for one in parts) or str(invoice_id),
            surplus_in_cents=None if parts else view.surplus_in_cents,
            advice=view.advice if failed else None,
            retry_url=self._retry_url(story, invoice_ids, client_id, several=bool(parts)) if can_retry else None,
            others=others,
            paid_otherwise=paid_otherwise,
            back_url=invoices_address(whmcs_url) if parts else invoice_address(whmcs_url, invoice_id),
        )
        return language, self._refreshing(view, visitor)

    def _others(self, story: Story, language: Language) -> tuple[list[AttemptRow], bool]:
        """The other attempts on the invoice, and whether one of them has brought the money or may yet."""
        found = attempts_of(story.others, language, now=self._bridge.store.now())
        paid = found.under_way or any(payment.state is State.POSTED for payment in story.others)
        return attempt_rows(found.latest, self._bridge.settings.bridge_url), paid

    def _retry_url(
        self, story: Story, invoice_ids: Sequence[int], client_id: int | None, *, several: bool
    ) -> str | None:
        """A new link that pays the invoice, or that lists what the client owes, unless the one that this checkout came
        from may have been revoked since."""
        # Anybody with a transaction's id gets this link, so it shows and prefills nothing personal.
        settings = self._bridge.settings
        opened_at = story.checkout.created_at if story.checkout else None
        ended_for = self._bridge.revocations.ended_for
        if any(ended_for(one, client_id or 0, settings.bridge_secret, since=opened_at) for one in invoice_ids):
            return None
        invoice_id, page = (0, "invoices") if several else (invoice_ids[0], "pay")
        link = Link(Purpose.MAIL, invoice_id, client_id or 0, self._bridge.clock() + _RETRY_LINK)
        return f"{settings.bridge_url}{page}/{link.signed(settings.bridge_secret[0])}"

    def _refreshing(self, view: ResultView, visitor: Visitor) -> ResultView:
        """Let a page in verification refresh itself, with growing pauses."""
        if view.kind != "verifying":
            return view
        number = visitor.query.get("n", "0")
        count = int(number) if number.isascii() and number.isdigit() and len(number) < 4 else 0
        mark = f"/{visitor.mark}" if visitor.mark else ""
        address = f"{self._bridge.settings.bridge_url}return{mark}?"
        quiet_url = address + urlencode({"id": view.transaction_id, "quiet": "1"})
        if "quiet" in visitor.query or count >= len(PAUSES):
            return replace(view, refresh_url=quiet_url)
        again = address + urlencode({"id": view.transaction_id, "n": count + 1})
        return replace(view, refresh_after=PAUSES[count], refresh_url=again, quiet_url=quiet_url)
