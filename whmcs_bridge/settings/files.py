"""Reads the files of the settings as editors leave them: their encoding, and what nobody sees in them."""

from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Mapping
from io import StringIO
from pathlib import Path

from dotenv import dotenv_values

QUOTES = "\"'“”„‟‘’‚‛«»‹›`´″′"
_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
# Categories of Unicode: formats such as the zero-width space, and blanks.
_INVISIBLE = frozenset({"Cf", "Zs", "Zl", "Zp"})


class WrongEncoding(ValueError):
    """A file is not UTF-8; the text names the encoding that it seems to have."""


def read_text(file: Path) -> str:
    """Return a file's text, without a byte order mark. Raises ``WrongEncoding`` and ``OSError``."""
    return decoded(file.read_bytes())


def decoded(data: bytes) -> str:
    """Return the text of a file that has been read, without a byte order mark. Raises ``WrongEncoding``."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            raise WrongEncoding(encoding)
    if b"\0" in data:
        raise WrongEncoding("UTF-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Bytes from 80 to 9F are letters of Windows, and control characters of the ISO's.
        windows = any(0x80 <= byte <= 0x9F for byte in data)
        raise WrongEncoding("Windows-1252 (ANSI)" if windows else "ISO-8859-1 (Latin-1)") from None


def read_env(file: Path) -> Mapping[str, str]:
    """Return the names and values of a ``.env`` file. Raises as ``read_text``."""
    return parsed(read_text(file))


def parsed(text: str) -> Mapping[str, str]:
    """Return the names and values in the text of a ``.env`` file."""
    found = dotenv_values(stream=StringIO(text), interpolate=False)
    return {trimmed(name): value or "" for name, value in found.items()}


def trimmed(value: str) -> str:
    """Take away white space, invisible characters and a pair of quotes around a value, as pasting leaves them."""
    text = _bare(value)
    if len(text) > 1 and text[0] in QUOTES and text[-1] in QUOTES:
        text = _bare(text[1:-1])
    return text


def unseen(value: str) -> str | None:
    """Name the first character of a value that nobody sees or that an editor has put in; None if there is none."""
    for character in value:
        hidden = unicodedata.category(character) in _INVISIBLE | {"Cc"} or character in "“”„‟‘’‚‛\ufffd"
        if hidden and character not in " \t":
            return f"U+{ord(character):04X}"
    return None


def _bare(text: str) -> str:
    start, end = 0, len(text)
    while start < end and _blank(text[start]):
        start += 1
    while end > start and _blank(text[end - 1]):
        end -= 1
    return text[start:end]


def _blank(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in _INVISIBLE
