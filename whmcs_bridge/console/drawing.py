"""Draws the pages: view models in, HTML out, in ASCII, of the few elements that the addon's PHP lets through."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from whmcs_bridge.console.addresses import at, client_at, invoice_at
from whmcs_bridge.console.payments import METHODS
from whmcs_bridge.console.trying import DAYS
from whmcs_bridge.console.words import word
from whmcs_bridge.history.attempts import method_name
from whmcs_bridge.history.trail import MOST_ATTEMPTS, Attempt, clock
from whmcs_bridge.messages import BOGOTA, Language, format_date, format_date_time, text
from whmcs_bridge.money.pesos import format_cop
from whmcs_bridge.whmcs.hooks_files import hooks_directory

_CONTROLS: Final = dict.fromkeys({*range(0x20), *range(0x7F, 0xA0)} - {ord("\n")}, "\N{REPLACEMENT CHARACTER}")
# Around the console, where WHMCS's admin area is not.
_GROUND: Final = (
    "body { margin: 0; padding: 16px; font-family: system-ui, sans-serif; background: #fff; } .wc { margin: 0 auto; }"
    " h1 { margin: 0 0 16px; font-size: 20px; }"
    " @media screen and (prefers-color-scheme: dark) { body { background: #14171b; } }"
)
PAGES: Final = ("today", "payments", "review", "trying", "settlements", "health")


class Drawing:
    """Renders the console's pages, and what is said in place of one. ``style`` is a whole document's style sheet: the
    addon's own, which is among ``hooks/``."""

    def __init__(self) -> None:
        sheet = hooks_directory() / "modules/addons/wompi_bridge/console.css"
        self.style = f"{_GROUND}\n{sheet.read_text('utf-8')}"
        environment = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,  # or each page would look at the dates of its files
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters.update(cop=format_cop)
        environment.globals.update(
            pages=PAGES,
            at=at,
            invoice_at=invoice_at,
            client_at=client_at,
            clock=clock,
            label_of=label_of,
            methods=METHODS,
            days=DAYS,
            most=MOST_ATTEMPTS,
        )
        names = (*PAGES, "trail", "send", "refusal")
        self._templates = {name: environment.get_template(f"{name}.html") for name in names}

    def page(self, name: str, language: Language, frame: Mapping[str, object], **view: object) -> str:
        """One page. Beyond ASCII everything is a character reference: a WHMCS may speak another charset than UTF-8."""
        return self._drawn(name, language, layout="frame.html", inside=True, **frame, **view)

    def document(self, name: str, language: Language, title: str, **view: object) -> str:
        """The same page as a document of its own: it leads to no page of WHMCS, and has no form."""
        return self._drawn(name, language, layout="document.html", inside=False, title=title, style=self.style, **view)

    def _drawn(self, name: str, language: Language, **view: object) -> str:
        html = self._templates[name].render(
            here=name,
            language=language,
            w=partial(word, language),
            t=partial(text, language),
            day=partial(_day, language),
            moment=partial(_moment, language),
            method=partial(method_name, language=language),
            **view,
        )
        # What others wrote may hold control characters, which no page may: the addon refuses it whole.
        return html.translate(_CONTROLS).encode("ascii", "xmlcharrefreplace").decode("ascii")


def _day(language: Language, told: date) -> str:
    return format_date(told, language)


def _moment(language: Language, told: datetime | None) -> str:
    return format_date_time(told.astimezone(BOGOTA), language) if told else word(language, "never")


def label_of(attempt: Attempt, language: Language) -> tuple[str, str]:
    """Where an attempt stands, and in which tone."""
    text, tone = attempt.label
    return text.in_(language), tone
