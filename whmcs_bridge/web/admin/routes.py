"""An admin's pages: ``/trail``, one invoice's payments step by step, and ``/review``, what waits for a person.

They change nothing and show nothing personal. WHMCS signs the links for an hour. A link to one invoice's trail opens
nothing else, and only the link without invoice and client opens the list.
"""

from __future__ import annotations

from functools import partial

from flask import Response, request

from whmcs_bridge.bridge import Bridge
from whmcs_bridge.console.documents import Documents
from whmcs_bridge.ledger.records import Payment
from whmcs_bridge.messages import Language, browser_language
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
from whmcs_bridge.web.pages import style_source
from whmcs_bridge.web.payer.routes import PayerPages


class AdminPages:
    """The views. A refusal is the payer's page."""

    def __init__(self, bridge: Bridge, pages: PayerPages, documents: Documents) -> None:
        self._bridge = bridge
        self._pages = pages
        self._documents = documents
        self._policy = (
            f"default-src 'none'; style-src {style_source(documents.style)}; img-src data:; form-action 'none';"
            " base-uri 'none'; frame-ancestors 'none'"
        )

    def trail(self, link: str) -> Response:
        """The trail of one invoice."""
        try:
            read = self._read(link, of_one_invoice=True)
        except BadLink as error:
            return self._refused(error)
        return self._show(self._documents.trail(_language(), read.invoice_id))

    def review(self, link: str) -> Response:
        """Everything that waits for a person."""
        try:
            read = self._read(link, of_one_invoice=False)
        except BadLink as error:
            return self._refused(error)
        return self._show(self._documents.review(_language(), partial(self._trail_url, read)))

    def _show(self, html: str) -> Response:
        return Response(html, mimetype="text/html", headers={"Content-Security-Policy": self._policy})

    def _read(self, link: str, *, of_one_invoice: bool) -> Link:
        link = canonical(link)
        read = read_link(link, self._bridge.settings.bridge_secret, now=self._bridge.clock())
        names = read.invoice_id > 0 if of_one_invoice else (read.invoice_id, read.client_id) == (0, 0)
        if read.purpose is not Purpose.ADMIN or not names:
            raise BadLink("the link is for another purpose")
        if self._bridge.revocations.is_revoked(*signatures_to_ask(link, read, self._bridge.settings.bridge_secret)):
            raise RevokedLink("the link has been taken back")
        return read

    def _trail_url(self, link: Link, payment: Payment) -> str | None:
        settings = self._bridge.settings
        if payment.invoice_id is None:
            return None
        # Valid for no longer than the link that led here: using a link must not prolong it.
        signed = Link(Purpose.ADMIN, payment.invoice_id, payment.client_id or 0, link.expires_at)
        return f"{settings.bridge_url}trail/{signed.signed(settings.bridge_secret[0])}"

    def _refused(self, error: BadLink) -> Response:
        kinds = {ExpiredLink: "expired_link", RevokedLink: "revoked_link"}
        return self._pages.refusal(kinds.get(type(error), "bad_link"), 403)


def _language() -> Language:
    return browser_language(None, request.headers.get("Accept-Language"))
