"""Compares transaction ids as WHMCS's database does, which is not byte by byte.

WHMCS's tables are MySQL's ``utf8_unicode_ci`` or a sibling of it
(https://dev.mysql.com/doc/refman/8.0/en/charset-unicode-sets.html): case, accents, blanks at the end and characters
without weight do not count. A stricter comparison here would lose rows that WHMCS finds for an id.
"""

from __future__ import annotations

import unicodedata

# The collation ignores marks and format characters, and control characters other than white space.
_WITHOUT_WEIGHT = ("Mn", "Cf", "Cc")
_SPACES = "\t\n\v\f\r"


def same_id(one: str, other: str) -> bool:
    """Tell whether WHMCS's database takes two ids for the same one."""
    return _compared(one) == _compared(other)


def looks_like(one: str, other: str) -> bool:
    """Tell whether a person would take two ids for the same one: white space and width do not count either."""
    return _read(one) == _read(other)


def belongs_to(name: str, transid: str) -> bool:
    """Tell whether an id is derived from another one: a part of a payment (``<id>-<invoice>``), or its void."""
    return _compared(name).startswith(f"{_compared(transid)}-")


def _compared(text: str) -> str:
    kept = (
        character
        for character in unicodedata.normalize("NFD", text)
        if character in _SPACES or unicodedata.category(character) not in _WITHOUT_WEIGHT
    )
    return "".join(kept).casefold().rstrip(" ")


def _read(text: str) -> str:
    return "".join(_compared(unicodedata.normalize("NFKC", text)).split())
