"""All words for people, in every language that the bridge speaks, and which language a reader gets.

One form: a ``Text`` has the same words in every language. Who says something gives a ``Text``, and who shows it chooses
the language.

- What a rule says stands here, in the module of its subject (``reviews``, ``voids``, ``alarms``, ``settings``, ...): a
  constant, or a function of the plain values that it names. A rule decides which one, and puts no words together.
- What a page says has a key, by which its template asks for it: ``pages``, ``results`` and ``refusals`` for payers,
  ``admin`` for the two pages of admins and the steps of a payment. These are plain text with ``str.format``
  placeholders, never markup: escaping is the template's work.
- What one screen alone says stands on that screen: a command, a check of ``doctor``, the dialogue of ``setup``, the
  console. ``bilingual`` is a ``Text`` that is shown where it is said.

The language of a page is chosen by ``browser_language``, that of everything else by ``terminal_language``. ``screen``
shows a text on a terminal.

A new language takes these edits, and the type checker and ``tests/messages`` name what is missing:

1. ``language``: its code in ``Language``, the name of WHMCS's language file in ``_WHMCS_FILES``, a field of ``Text``,
   and with it the words of each ``Text``;
2. ``dates``: the names of the months and the form of a date;
3. here: a parameter of ``bilingual``.
"""

from __future__ import annotations

from typing import Final

from whmcs_bridge.messages.admin import ADMIN
from whmcs_bridge.messages.advice import Advice, decline_advice
from whmcs_bridge.messages.dates import BOGOTA, format_date, format_date_time, midnight
from whmcs_bridge.messages.language import (
    LANGUAGES,
    NO_WORDS,
    Language,
    Text,
    browser_language,
    known_language,
    speaking,
    terminal_language,
)
from whmcs_bridge.messages.pages import PAGES
from whmcs_bridge.messages.refusals import REFUSALS
from whmcs_bridge.messages.results import RESULTS

__all__ = [
    "BOGOTA",
    "LANGUAGES",
    "NO_WORDS",
    "WORDS",
    "Advice",
    "Language",
    "Text",
    "bilingual",
    "browser_language",
    "decline_advice",
    "every_language",
    "format_date",
    "format_date_time",
    "known_language",
    "midnight",
    "speaking",
    "terminal_language",
    "text",
]

WORDS: Final = {**PAGES, **RESULTS, **REFUSALS, **ADMIN}


def text(language: Language, key: str, **values: object) -> str:
    """The text of ``key``, with its placeholders filled; values beyond those are ignored.

    Raises ``KeyError`` for an unknown key or a missing value: both are faults of the caller.
    """
    return WORDS[key].in_(language).format(**values)


def every_language(key: str, **values: object) -> Text:
    """The same as ``text``, in all languages."""
    return Text(**{language: text(language, key, **values) for language in LANGUAGES})


def bilingual(es: str, en: str) -> str:
    """What an admin reads: one of two texts, in the language of the terminal or of the process."""
    return Text(es, en).in_(terminal_language())
