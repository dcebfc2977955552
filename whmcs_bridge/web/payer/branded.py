"""A payer's page as a response: in the host's style, in the visitor's language, small on the wire."""

from __future__ import annotations

import contextlib
import gzip
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from flask import Response, request

from whmcs_bridge.bridge import Bridge
from whmcs_bridge.ledger.engine.database import DatabaseUnavailable
from whmcs_bridge.messages import Language, browser_language, known_language
from whmcs_bridge.web.pages import Pages, View
from whmcs_bridge.web.payer.views import Brand, RefusalView, Support

# Bytes. A longer page is worth compressing: most invoices have few lines, most clients few invoices.
LONG_PAGE = 14_000


class BrandedPages:
    """Makes them."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._name = bridge.brand_name()
        self._pages = self._make_pages()

    def page(self, status: int, language: Language, view: View) -> Response:
        """Any page, in the host's style; the merchant's name is on it as soon as it is known."""
        if self._name is None:
            with contextlib.suppress(DatabaseUnavailable):
                self._name = self._bridge.brand_name()
            if self._name is not None:
                self._pages = self._make_pages()
        response = Response(self._pages.render(language, view, request.args), status, mimetype="text/html")
        response.headers["Content-Security-Policy"] = self._pages.content_security_policy(view)
        return response

    def refusal(self, kind: Any, status: int, headers: Sequence[tuple[str, str]] = ()) -> Response:
        """A page that says why there is nothing to see, and what to do next."""
        response = self.page(status, language_of(), RefusalView(kind, back_url=self._bridge.settings.whmcs_url))
        response.headers.extend(headers)
        return response

    def _make_pages(self) -> Pages:
        settings = self._bridge.settings
        name = self._name or urlsplit(settings.whmcs_url).hostname or ""
        support = Support(settings.bridge_support_email, settings.bridge_support_whatsapp, settings.bridge_support_url)
        brand = Brand(name, settings.bridge_brand_logo_url, settings.bridge_brand_color, settings.whmcs_url, support)
        checkout = urlsplit(settings.wompi_checkout_url)
        return Pages(brand, checkout_origin=f"{checkout.scheme}://{checkout.netloc}")


def compressed(response: Response) -> Response:
    """Compress a long page. The request chooses nothing on it, so that its size reveals nothing (BREACH)."""
    body = response.get_data()
    if len(body) > LONG_PAGE and "gzip" in request.headers.get("Accept-Encoding", ""):
        response.set_data(gzip.compress(body, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    return response


def chosen_language() -> Language | None:
    """The language that the visitor chose on a page before."""
    return known_language(request.args.get("lang"))


def language_of(whmcs_language: str | None = None) -> Language:
    """The language of a page: chosen on a page before, or the client's in WHMCS, or the browser's."""
    return chosen_language() or browser_language(whmcs_language, request.headers.get("Accept-Language"))
