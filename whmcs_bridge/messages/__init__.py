"""What a payer reads, in Spanish and English, and how the language is chosen.

The catalogues hold plain text with ``str.format`` placeholders, never markup: escaping is the template's work.
"""

from __future__ import annotations

from typing import Final

from whmcs_bridge.messages import english, spanish
from whmcs_bridge.messages.advice import Advice, decline_advice
from whmcs_bridge.messages.dates import BOGOTA, format_date, format_date_time
from whmcs_bridge.messages.language import LANGUAGES, Language, choose_language, spoken
from whmcs_bridge.messages.terminal_language import bilingual, speaking

__all__ = [
    "BOGOTA",
    "CATALOGUES",
    "LANGUAGES",
    "Advice",
    "Language",
    "bilingual",
    "choose_language",
    "decline_advice",
    "format_date",
    "format_date_time",
    "speaking",
    "spoken",
    "text",
]

CATALOGUES: Final[dict[Language, dict[str, str]]] = {"es": spanish.TEXTS, "en": english.TEXTS}


def text(language: Language, key: str, **values: object) -> str:
    """The text of ``key``, with its placeholders filled; values beyond those are ignored.

    Raises ``KeyError`` for an unknown key or a missing value: both are faults of the caller.
    """
    return CATALOGUES[language][key].format(**values)
