"""The payer's pages: view models in, HTML out. No request, no database, no clock.

Every page is one file: no script, no font, no asset but the host's own logo, and one inline style sheet whose hash
stands in the Content-Security-Policy. No page carries personal data of the payer: a link may have been forwarded.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import partial
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from whmcs_bridge.history.trail import as_held, clock
from whmcs_bridge.messages import Language, format_date, format_date_time, text
from whmcs_bridge.money.pesos import MINIMUM_IN_CENTS, format_cop
from whmcs_bridge.web.admin.words import word
from whmcs_bridge.web.colors import NEUTRAL, properties
from whmcs_bridge.web.payer.views import Brand, InvoicesView, PayView, RefusalView, ResultView

# --- addresses: a template's escaping does not make "javascript:" harmless ------------------------------------------

_ORIGIN = re.compile(r"https?://(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\])(?::[0-9]{1,5})?\Z")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    if not _ORIGIN.match(origin):
        raise ValueError(f"not an http(s) address: {url[:80]!r}")
    return origin


def _address(url: str) -> str:
    """``url`` itself, if it is http(s), a path or a query; raises ``ValueError`` for anything else."""
    if not re.match(r"/(?![/\\])|\?", url):
        _origin(url)
    if re.search(r"[\s\x00-\x1f\x7f\\]", url):
        raise ValueError(f"not a clean address: {url[:80]!r}")
    return url


def _small(style: str) -> str:
    """Our own style sheet without the spaces that make it readable: every page carries it."""
    return re.sub(r":\s+", ":", re.sub(r"\s*([{};,])\s*", r"\1", style)).strip()


# --- the renderer ---------------------------------------------------------------------------------------------------


class Pages:
    """Renders every page of one brand. Raises ``ValueError`` for a colour or an address that cannot be used.

    ``checkout_origin`` is where the POST is redirected to: browsers apply ``form-action`` to that redirect, too.
    ``content_security_policy`` is the header's value for all pages but an admin's.
    """

    content_security_policy: str
    admin_content_security_policy: str

    def __init__(self, brand: Brand, *, checkout_origin: str) -> None:
        color = brand.color or NEUTRAL
        if not re.fullmatch(r"#[0-9A-Fa-f]{6}", color):
            raise ValueError(f"not a colour of the form #rrggbb: {color[:20]!r}")
        for url in filter(None, (brand.whmcs_url, brand.logo_url)):
            _address(url)
        folder = Path(__file__).parent / "templates"
        environment = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,  # or each page would look at the dates of its files
            trim_blocks=True,
            lstrip_blocks=True,
        )
        style = _small(properties(color.lower()) + (folder / "style.css").read_text(encoding="utf-8"))
        environment.filters.update(cop=format_cop, address=_address)
        environment.globals.update(brand=brand, style=style, minimum=format_cop(MINIMUM_IN_CENTS))
        self._templates = {
            name: environment.get_template(f"{name}.html")
            for name in ("pay", "invoices", "result", "refusal", "trail", "review")
        }
        self._brand = brand
        self.content_security_policy = self._policy(style, checkout_origin)
        self._admin_style = style + _small((folder / "admin.css").read_text(encoding="utf-8"))
        self.admin_content_security_policy = self._policy(self._admin_style, checkout_origin)

    def _policy(self, style: str, checkout_origin: str) -> str:
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
        logo = self._brand.logo_url
        images = _origin(logo) if logo and urlsplit(logo).scheme else "'self'"
        return "; ".join(
            (
                "default-src 'none'",
                f"style-src 'sha256-{digest}'",
                f"img-src {images} data:",
                f"form-action 'self' {_origin(checkout_origin)}",
                "base-uri 'none'",
                "frame-ancestors 'none'",
            )
        )

    def pay(self, language: Language, view: PayView) -> str:
        """The invoice's summary, the box for the terms, and the button."""
        return self._render("pay", language, view)

    def invoices(self, language: Language, view: InvoicesView) -> str:
        """A client's unpaid invoices."""
        return self._render("invoices", language, view)

    def result(self, language: Language, view: ResultView) -> str:
        """What became of a payment; it prints as a receipt."""
        return self._render("result", language, view)

    def refusal(self, language: Language, view: RefusalView) -> str:
        """Why there is no payment here, and what to do next."""
        return self._render("refusal", language, view)

    def admin(self, name: Literal["trail", "review"], language: Language, view: object) -> str:
        """A page for an admin: an invoice's trail, or what waits for a person."""
        helpers = {"w": partial(word, language), "as_held": as_held, "clock": clock}
        return self._render(name, language, view, style=self._admin_style, **helpers)

    def _render(self, name: str, language: Language, view: object, **helpers: object) -> str:
        return self._templates[name].render(
            language=language,
            view=view,
            t=partial(text, language),
            day=partial(format_date, language=language),
            moment=partial(format_date_time, language=language),
            **helpers,
        )
