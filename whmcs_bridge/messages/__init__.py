"""All words for people, in every language that the bridge speaks, and which language a reader gets.

Two forms, one ``Language``:

- What stands on a page has a key in the catalogues ``spanish`` and ``english``: the payer's pages, the two pages for
  admins, and the steps of a payment. ``text`` gives it in one language, ``every_language`` in all of them, for a rule
  that does not know its reader. Catalogues hold plain text with ``str.format`` placeholders, never markup: escaping is
  the template's work.
- What a command, a check or an alarm says is written where it is said, by ``bilingual(es, en)``; ``screen`` shows it on
  a terminal.

The language of a page is chosen by ``browser_language``, that of everything else by ``terminal_language``.

A new language takes these edits, and the type checker and ``tests/messages`` name what is missing:

1. ``language``: its code in ``Language``, the name of WHMCS's language file in ``_WHMCS_FILES``, a field of ``Text``;
2. a catalogue beside ``spanish`` and ``english``, and its line in ``CATALOGUES``;
3. ``dates``: the names of the months and the form of a date;
4. here: a parameter of ``bilingual``, and its argument wherever ``bilingual`` or ``Text`` is called.
"""

from __future__ import annotations

from typing import Final

from whmcs_bridge.messages import english, spanish
from whmcs_bridge.messages.advice import Advice, decline_advice
from whmcs_bridge.messages.dates import BOGOTA, format_date, format_date_time
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

__all__ = [
    "BOGOTA",
    "CATALOGUES",
    "LANGUAGES",
    "NO_WORDS",
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
    "speaking",
    "terminal_language",
    "text",
]

CATALOGUES: Final[dict[Language, dict[str, str]]] = {"es": spanish.TEXTS, "en": english.TEXTS}


def text(language: Language, key: str, **values: object) -> str:
    """The text of ``key``, with its placeholders filled; values beyond those are ignored.

    Raises ``KeyError`` for an unknown key or a missing value: both are faults of the caller.
    """
    return CATALOGUES[language][key].format(**values)


def every_language(key: str, **values: object) -> Text:
    """The same as ``text``, in all languages."""
    return Text(**{language: text(language, key, **values) for language in LANGUAGES})


def bilingual(es: str, en: str) -> str:
    """What an admin reads: one of two texts, in the language of the terminal or of the process."""
    return Text(es, en).in_(terminal_language())
