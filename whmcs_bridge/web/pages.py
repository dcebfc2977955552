"""The payer's pages: view models in, HTML out. No request, no database, no clock.

Every page is one file: no script, no font, no asset but the host's own logo, and one inline style sheet whose hash
stands in the Content-Security-Policy. No page carries personal data of the payer: a link may have been forwarded.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from whmcs_bridge.attempts import Kind
from whmcs_bridge.messages import Advice, Language, format_date, format_date_time, text
from whmcs_bridge.money import MINIMUM_IN_CENTS, format_cop
from whmcs_bridge.trail import as_held, clock
from whmcs_bridge.web.admin_words import word

RefusalKind = Literal[
    "bad_link", "expired_link", "wrong_client", "no_invoice", "paid", "cancelled", "draft", "refunded", "collections",
    "payment_pending", "not_payable", "currency", "gateway", "too_small", "whmcs_down", "bad_transaction",
    "no_transaction", "unknown_transaction", "not_found", "method", "server_error",
]  # fmt: skip
WhyNot = Literal["currency", "gateway", "too_small"]

# An invoice may have hundreds of lines, a page stays small: the lines after these are shown as one, with their sum.
MOST_LINES: Final = 25


@dataclass(frozen=True)
class Brand:
    """The host. ``color`` is ``#rrggbb``; ``logo_url`` and ``whmcs_url`` are http(s) addresses."""

    name: str
    logo_url: str | None
    color: str | None
    whmcs_url: str


@dataclass(frozen=True)
class PayView:
    """An invoice before its payment. Amounts in cents of a peso; ``lines`` is empty for a link from an e-mail."""

    invoice_number: str
    invoice_id: int
    lines: Sequence[tuple[str, int]]
    total_in_cents: int
    balance_in_cents: int
    to_pay_in_cents: int
    due_date: datetime.date | None
    overdue: bool
    action: str
    terms_url: str
    vat_in_cents: int = 0
    credit_in_cents: int = 0
    error: Literal["terms"] | None = None
    under_way: bool = False
    back_url: str | None = None

    @property
    def first_lines(self) -> Sequence[tuple[str, int]]:
        return self.lines[:MOST_LINES]

    @property
    def other_lines(self) -> Sequence[tuple[str, int]]:
        return self.lines[MOST_LINES:]


@dataclass(frozen=True)
class InvoiceRow:
    """One unpaid invoice: ``total_in_cents`` of pesos or else ``amount_text``; ``pay_url`` or else ``why_not``."""

    invoice_number: str
    invoice_id: int
    date: datetime.date | None
    due_date: datetime.date | None
    overdue: bool
    total_in_cents: int | None
    amount_text: str | None
    pay_url: str | None
    why_not: WhyNot | None
    view_url: str


@dataclass(frozen=True)
class InvoicesView:
    rows: Sequence[InvoiceRow]
    back_url: str | None = None

    @property
    def total_in_cents(self) -> int:
        """The sum of the invoices in pesos."""
        return sum(row.total_in_cents or 0 for row in self.rows)


@dataclass(frozen=True)
class ResultView:
    """What became of a payment; what is not known (Wompi does not answer) is None and stays off the page.

    ``quiet_url`` is this page without ``refresh_after``: a payer must be able to stop a page that refreshes itself
    (WCAG 2.2, success criteria 2.2.1 and 2.2.2).
    """

    kind: Kind
    amount_in_cents: int | None = None
    invoice_number: str | None = None
    invoice_id: int | None = None
    transaction_id: str | None = None
    reference: str | None = None
    method: str | None = None
    at: datetime.datetime | None = None
    advice: Advice | None = None
    refresh_after: int | None = None
    refresh_url: str | None = None
    quiet_url: str | None = None
    retry_url: str | None = None
    back_url: str | None = None


@dataclass(frozen=True)
class RefusalView:
    kind: RefusalKind
    back_url: str | None = None


# --- colour: the host's own, never unreadable -----------------------------------------------------------------------

# WCAG 2.2, success criterion 1.4.3: text against its background.
_READABLE = 4.5
# Success criterion 1.4.6: in the dark, a muted colour at only 4.5 : 1 looks like a control that is switched off.
_DISTINCT = 7.0

_NEUTRAL = "#334155"

# What text stands on, in templates/style.css: the page and the card on it.
_LIGHT: Final = {"ground": "#f3f4f6", "surface": "#ffffff"}
_DARK: Final = {"ground": "#14171b", "surface": "#1d2127"}


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _luminance(color: str) -> float:
    """Relative luminance, 0 to 1 (https://www.w3.org/TR/WCAG22/#dfn-relative-luminance)."""
    parts = (value / 255 for value in _channels(color))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two ``#rrggbb`` colours, 1 to 21 (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def text_on(color: str) -> str:
    """White where it is readable on ``color``, otherwise black; one of the two always is (at least 4.58 : 1)."""
    return "#ffffff" if contrast("#ffffff", color) >= _READABLE else "#000000"


def readable(color: str, surfaces: Sequence[str], towards: str, *, ratio: float = _READABLE) -> str:
    """``color``, moved towards black or white only as far as it must be to be readable as text on all the surfaces."""
    for step in range(20):
        pairs = zip(_channels(color), _channels(towards), strict=True)
        shade = "#" + "".join(f"{round(a + (b - a) * step / 20):02x}" for a, b in pairs)
        if all(contrast(shade, surface) >= ratio for surface in surfaces):
            return shade
    return towards


def _properties(color: str) -> str:
    def block(ground: dict[str, str], towards: str, ratio: float = _READABLE) -> str:
        accent = readable(color, tuple(ground.values()), towards, ratio=ratio)
        return ":root{" + "".join(f"--{name}:{value};" for name, value in ground.items()) + f"--accent:{accent}}}"

    brand = f":root{{--brand:{color};--on-brand:{text_on(color)}}}"
    dark = f"@media screen and (prefers-color-scheme:dark){{{block(_DARK, '#ffffff', _DISTINCT)}}}"
    return f"{brand}\n{block(_LIGHT, '#000000')}\n{dark}\n"


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


# --- the renderer ---------------------------------------------------------------------------------------------------


class Pages:
    """Renders every page of one brand. Raises ``ValueError`` for a colour or an address that cannot be used.

    ``checkout_origin`` is where the POST is redirected to: browsers apply ``form-action`` to that redirect, too.
    ``content_security_policy`` is the header's value for all pages but an admin's.
    """

    content_security_policy: str
    admin_content_security_policy: str

    def __init__(self, brand: Brand, *, checkout_origin: str) -> None:
        color = brand.color or _NEUTRAL
        if not re.fullmatch(r"#[0-9A-Fa-f]{6}", color):
            raise ValueError(f"not a colour of the form #rrggbb: {color[:20]!r}")
        for url in filter(None, (brand.whmcs_url, brand.logo_url)):
            _address(url)
        folder = Path(__file__).parent / "templates"
        environment = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        style = _properties(color.lower()) + (folder / "style.css").read_text(encoding="utf-8")
        environment.filters.update(cop=format_cop, address=_address)
        environment.globals.update(brand=brand, style=style, minimum=format_cop(MINIMUM_IN_CENTS))
        self._templates = {
            name: environment.get_template(f"{name}.html")
            for name in ("pay", "invoices", "result", "refusal", "trail", "review")
        }
        self._brand = brand
        self.content_security_policy = self._policy(style, checkout_origin)
        self._admin_style = style + (folder / "admin.css").read_text(encoding="utf-8")
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
