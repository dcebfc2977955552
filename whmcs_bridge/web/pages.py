"""Renders every page: a view in, HTML out. No request, no database, no clock.

A page is one file: no script, no font, no asset but the host's own logo, and one inline style sheet, whose hash is in
the Content-Security-Policy. No page but the receipt carries personal data of the payer: a link may have been forwarded.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import ClassVar, Protocol
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from whmcs_bridge.messages import LANGUAGES, Language, format_date, format_date_time, text
from whmcs_bridge.money.currencies import amount_text
from whmcs_bridge.money.pesos import MINIMUM_IN_CENTS, format_cop
from whmcs_bridge.web.colors import NEUTRAL, properties
from whmcs_bridge.web.payer.views import MOST_CHOSEN, MOST_LINES, Brand

# A template's escaping does not make "javascript:" harmless: every address is checked as well.
_ORIGIN = re.compile(r"https?://(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\])(?::[0-9]{1,5})?\Z")

_PAYER = ("invoices", "receipts", "refusal")
# These draw the marks of the methods, or ask for a number.
_PAYING = ("pay", "several", "result", "receipt", "paid")


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
    """A style sheet without the spaces that make it readable: every page carries it."""
    return re.sub(r":\s+", ":", re.sub(r"\s*([{};,])\s*", r"\1", style)).strip()


class View(Protocol):
    """The values of one page. ``template`` is the name of its file."""

    template: ClassVar[str]


class Pages:
    """The pages of one brand. Raises ``ValueError`` for a colour or an address that cannot be used.

    ``checkout_origin`` is where the POST is redirected to: browsers apply ``form-action`` to that redirect, too.
    """

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
            auto_reload=False,  # else each page checks the dates of its files
            trim_blocks=True,
            lstrip_blocks=True,
        )
        style = _small(properties(color.lower()) + (folder / "style.css").read_text(encoding="utf-8"))
        environment.filters.update(cop=format_cop, money=amount_text, address=_address)
        environment.globals.update(
            brand=brand, minimum=format_cop(MINIMUM_IN_CENTS), most_lines=MOST_LINES, most_chosen=MOST_CHOSEN
        )
        paying = style + _small((folder / "pay.css").read_text(encoding="utf-8"))
        self._templates = {
            name: (environment.get_template(f"{name}.html"), sheet)
            for names, sheet in ((_PAYER, style), (_PAYING, paying))
            for name in names
        }
        self._policies = {sheet: _policy(sheet, brand.logo_url, checkout_origin) for sheet in (style, paying)}

    def content_security_policy(self, view: View) -> str:
        """The header's value for the page of ``view``."""
        return self._policies[self._templates[view.template][1]]

    def render(self, language: Language, view: View, query: Mapping[str, str] | None = None) -> str:
        """The page of ``view``. With the ``query`` of its address it leads to itself in the other language."""
        template, style = self._templates[view.template]
        return template.render(
            language=language,
            view=view,
            switch=None if query is None else _switch(language, query),
            style=style,
            t=partial(text, language),
            day=partial(format_date, language=language),
            moment=partial(format_date_time, language=language),
        )


def _switch(language: Language, query: Mapping[str, str]) -> dict[str, str]:
    # Nothing else of a visitor's query comes into a page.
    kept = {name: query[name] for name in ("id", "quiet") if re.fullmatch(r"[A-Za-z0-9_-]{1,120}", query.get(name, ""))}
    other = next(each for each in LANGUAGES if each != language)
    return {"language": other, "name": text(other, "language"), "url": "?" + urlencode({**kept, "lang": other})}


def style_source(style: str) -> str:
    """How a Content-Security-Policy names this very style sheet."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode('ascii')}'"


def _policy(style: str, logo: str | None, checkout_origin: str) -> str:
    images = _origin(logo) if logo and urlsplit(logo).scheme else "'self'"
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src {style_source(style)}",
            f"img-src {images} data:",
            f"form-action 'self' {_origin(checkout_origin)}",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )
