"""Which of the two languages a page is in."""

from __future__ import annotations

import re
from typing import Final, Literal, get_args

Language = Literal["es", "en"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)

# By the first word of a language file's name: "spanish", "spanish-latin" and "spanish_co" are all Spanish.
_WHMCS_LANGUAGES: Final[dict[str, Language]] = {"spanish": "es", "es": "es", "english": "en", "en": "en"}

# A browser sends a handful; whoever sends more gets the rest ignored.
_MOST_RANGES = 20
_QUALITY = re.compile(r"q\s*=\s*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", re.ASCII | re.IGNORECASE)


def choose_language(whmcs_language: str | None, accept_language: str | None) -> Language:
    """The client's WHMCS language (the name of a language file, such as ``spanish``; ``""`` is the system's default),
    or else the browser's ``Accept-Language`` (RFC 9110, section 12.5.4), or else Spanish."""
    first_word = re.split(r"[^a-z]", (whmcs_language or "").strip().lower(), maxsplit=1)[0]
    return _WHMCS_LANGUAGES.get(first_word) or _best_range(accept_language or "")


def spoken(word: str | None) -> Language | None:
    """What was remembered of a payer's language, if it is one of ours."""
    return next((language for language in LANGUAGES if language == word), None)


def _best_range(header: str) -> Language:
    best: Language = "es"
    best_quality = 0.0
    for item in header.split(",", _MOST_RANGES)[:_MOST_RANGES]:
        name, _, parameter = (part.strip() for part in item.partition(";"))
        quality = _QUALITY.fullmatch(parameter) if parameter else None
        if parameter and quality is None:
            continue
        weight = float(quality[1]) if quality else 1.0
        primary = name.lower().partition("-")[0]
        language: Language | None = "en" if primary == "en" else "es" if primary in ("es", "*") else None
        if language is not None and weight > best_quality:
            best, best_quality = language, weight
    return best
