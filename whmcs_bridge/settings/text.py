"""Text as it is pasted into settings: the encoding of its file, and characters that nobody sees."""

from __future__ import annotations

import codecs
import unicodedata
from pathlib import Path

# Typographic quotes, which word processors and chats put in the place of plain ones.
_QUOTES = "“”„‟‘’‚‛«»"
# Beside what Unicode calls a format character: blanks that look like the plain one, or like nothing.
_BLANKS = "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"


class WrongEncoding(Exception):
    """A file is not in UTF-8. ``found`` names what it seems to be in."""

    def __init__(self, found: str) -> None:
        super().__init__(found)
        self.found = found


def read_text(file: Path) -> str:
    """Read a file in UTF-8, with or without a byte order mark. Raises ``OSError`` and ``WrongEncoding``."""
    content = file.read_bytes()
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise WrongEncoding("UTF-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise WrongEncoding("Windows-1252 (Latin-1)") from None


def without_edges(value: str) -> str:
    """A value without blanks and invisible characters at its ends, as a copied one often has them."""
    start, end = 0, len(value)
    while start < end and (value[start].isspace() or _is_invisible(value[start])):
        start += 1
    while end > start and (value[end - 1].isspace() or _is_invisible(value[end - 1])):
        end -= 1
    return value[start:end]


def odd_character(value: str) -> str | None:
    """Name the first character that does not belong into a secret or an address; None where all do."""
    for character in value:
        if _is_invisible(character) or character in _QUOTES:
            return f"U+{ord(character):04X} ({unicodedata.name(character, '?')})"
    return None


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) == "Cf" or character in _BLANKS
