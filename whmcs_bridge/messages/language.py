"""The languages that the bridge speaks, and which of them a reader gets: Spanish, unless something names another."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, Literal, NamedTuple, get_args

Language = Literal["es", "en"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
_DEFAULT: Final[Language] = "es"
_SPOKEN: ContextVar[Language | None] = ContextVar("spoken", default=None)

# By the first word of a language file's name: "spanish", "spanish-latin" and "spanish_co" are all Spanish.
_WHMCS_FILES: Final[dict[str, Language]] = {"spanish": "es", "english": "en"}

# A browser sends a handful of ranges. The rest of a longer header is ignored.
_MOST_RANGES = 20
_QUALITY = re.compile(r"q\s*=\s*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", re.ASCII | re.IGNORECASE)


class Text(NamedTuple):
    """The same words in every language: a rule gives them, and who shows them chooses."""

    es: str
    en: str

    @classmethod
    def same(cls, words: str) -> Text:
        """What is the same in every language: nothing, a name, or somebody else's words."""
        return cls(**dict.fromkeys(LANGUAGES, words))

    def in_(self, language: Language) -> str:
        """The words in one language."""
        words: str = getattr(self, language)
        return words


NO_WORDS: Final = Text.same("")


def known_language(code: object) -> Language | None:
    """``code`` itself, if it is the code of one of our languages."""
    return next((language for language in LANGUAGES if language == code), None)


def browser_language(whmcs_language: str | None, accept_language: str | None) -> Language:
    """The client's WHMCS language (the name of a language file, such as ``spanish``; ``""`` is the system's default),
    or else the browser's ``Accept-Language`` (RFC 9110, section 12.5.4), or else Spanish."""
    first_word = re.split(r"[^a-z]", (whmcs_language or "").strip().lower(), maxsplit=1)[0]
    return _WHMCS_FILES.get(first_word) or known_language(first_word) or _best_range(accept_language or "")


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Let ``terminal_language`` be this one meanwhile, in this thread: a page is drawn for an admin who reads it."""
    token = _SPOKEN.set(language)
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def terminal_language() -> Language:
    """By the POSIX variables in their order of precedence; ``C`` and no setting at all mean Spanish."""
    if (spoken := _SPOKEN.get()) is not None:
        return spoken
    locale = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    return known_language(locale[:2].lower()) or _DEFAULT


def _best_range(header: str) -> Language:
    best, best_quality = _DEFAULT, 0.0
    for item in header.split(",", _MOST_RANGES)[:_MOST_RANGES]:
        name, _, parameter = (part.strip() for part in item.partition(";"))
        quality = _QUALITY.fullmatch(parameter) if parameter else None
        if parameter and quality is None:
            continue
        weight = float(quality[1]) if quality else 1.0
        language = _DEFAULT if name == "*" else known_language(name.lower().partition("-")[0])
        if language is not None and weight > best_quality:
            best, best_quality = language, weight
    return best
