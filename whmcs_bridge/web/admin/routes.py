"""An admin's pages: ``/trail``, one invoice's payments step by step, and ``/review``, what waits for a person.

They change nothing and show nothing personal. WHMCS signs the links for an hour. A link to one invoice's trail opens
nothing else, and only the link without invoice and client opens the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from flask import Response, request

from whmcs_bridge.bridge import Bridge
from whmcs_bridge.history.trail import MOST_ATTEMPTS, Attempt, Held, held, trail_of
from whmcs_bridge.ledger.records import State
from whmcs_bridge.messages import browser_language
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
from whmcs_bridge.web.payer.routes import PayerPages


@dataclass(frozen=True)
class TrailView:
    """One invoice's attempts. ``full`` when there may be more than are shown."""

    template: ClassVar = "trail"
    invoice_id: int
    attempts: Sequence[Attempt]
    full: bool


@dataclass(frozen=True)
class HeldRow:
    """One payment that waits, and where its trail is."""

    held: Held
    trail_url: str | None


@dataclass(frozen=True)
class ReviewView:
    """What waits, and how many there are in all."""

    template: ClassVar = "review"
    rows: Sequence[HeldRow]
    count: int


class AdminPages:
    """The views, in the style of the payer's pages."""

    def __init__(self, bridge: Bridge, pages: PayerPages) -> None:
        self._bridge = bridge
        self._pages = pages

    def trail(self, link: str) -> Response:
        """The trail of one invoice."""
        try:
            read = self._read(link, of_one_invoice=True)
        except BadLink as error:
            return self._refused(error)
        attempts = trail_of(self._bridge.store, read.invoice_id).attempts
        return self._show(TrailView(read.invoice_id, attempts, full=len(attempts) >= MOST_ATTEMPTS))

    def review(self, link: str) -> Response:
        """Everything that waits for a person."""
        try:
            read = self._read(link, of_one_invoice=False)
        except BadLink as error:
            return self._refused(error)
        store = self._bridge.store
        rows = [HeldRow(each, self._trail_url(each, read)) for each in held(store)]
        return self._show(ReviewView(rows, max(len(rows), store.count(State.REVIEW))))

    def _show(self, view: TrailView | ReviewView) -> Response:
        return self._pages.page(200, browser_language(None, request.headers.get("Accept-Language")), view)

    def _read(self, link: str, *, of_one_invoice: bool) -> Link:
        link = canonical(link)
        read = read_link(link, self._bridge.settings.bridge_secret, now=self._bridge.clock())
        names = read.invoice_id > 0 if of_one_invoice else (read.invoice_id, read.client_id) == (0, 0)
        if read.purpose is not Purpose.ADMIN or not names:
            raise BadLink("the link is for another purpose")
        if self._bridge.revocations.is_revoked(*signatures_to_ask(link, read, self._bridge.settings.bridge_secret)):
            raise RevokedLink("the link has been taken back")
        return read

    def _trail_url(self, each: Held, link: Link) -> str | None:
        settings, payment = self._bridge.settings, each.payment
        if payment.invoice_id is None:
            return None
        # Valid for no longer than the link that led here: using a link must not prolong it.
        signed = Link(Purpose.ADMIN, payment.invoice_id, payment.client_id or 0, link.expires_at)
        return f"{settings.bridge_url}trail/{signed.signed(settings.bridge_secret[0])}"

    def _refused(self, error: BadLink) -> Response:
        kinds = {ExpiredLink: "expired_link", RevokedLink: "revoked_link"}
        return self._pages.refusal(kinds.get(type(error), "bad_link"), 403)
