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
from whmcs_bridge.history.trail import Attempt, clock
from whmcs_bridge.messages import BOGOTA, Language, format_date, format_date_time, text
from whmcs_bridge.money.pesos import format_cop

_CONTROLS: Final = dict.fromkeys({*range(0x20), *range(0x7F, 0xA0)} - {ord("\n")}, "\N{REPLACEMENT CHARACTER}")
PAGES: Final = ("today", "payments", "review", "trying", "settlements", "health")


class Drawing:
    """Renders the console's pages, and what is said in place of one."""

    def __init__(self) -> None:
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
        )
        names = (*PAGES, "trail", "send", "refusal")
        self._templates = {name: environment.get_template(f"{name}.html") for name in names}

    def page(self, name: str, language: Language, frame: Mapping[str, object], **view: object) -> str:
        """One page. Beyond ASCII everything is a character reference: a WHMCS may speak another charset than UTF-8."""
        html = self._templates[name].render(
            here=name,
            language=language,
            w=partial(word, language),
            t=partial(text, language),
            day=partial(_day, language),
            moment=partial(_moment, language),
            method=partial(method_name, language=language),
            **frame,
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
