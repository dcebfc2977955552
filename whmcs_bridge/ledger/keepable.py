"""Which values the ledger can hold on each of the three databases: checked before anything from outside is written.

A value that the database refuses would otherwise look like a database that is down, and one that it stores but cannot
return would be an unreadable row. The three databases differ in both, so the bounds here are the same for all.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

# Every time within these can be shown in every zone, and no payment lies outside.
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
# A signed 64-bit integer, as all three keep it.
LARGEST = 2**63 - 1
# The longest text: in MariaDB a TEXT ends at 64 KiB, and a character takes up to four bytes.
_LONGEST = 10_000

_BLANKS = re.compile(r"[\t\n\v\f\r]+")
_UNKEEPABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def is_word(text: str, longest: int) -> bool:
    """Tell whether a text fits an ASCII column: printable, and at most ``longest`` characters."""
    return len(text) <= longest and text.isascii() and text.isprintable()


def is_moment(moment: datetime | None) -> bool:
    """Tell whether a time can be kept, and shown in any zone. None can."""
    return moment is None or EARLIEST <= moment < LATEST


def is_amount(cents: int) -> bool:
    """Tell whether an amount of money can be kept."""
    return 0 <= cents <= LARGEST


def kept(text: str, longest: int = _LONGEST) -> str:
    """Make a text storable: control characters, NUL and lone surrogates become U+FFFD."""
    return _UNKEEPABLE.sub("\N{REPLACEMENT CHARACTER}", _BLANKS.sub(" ", text))[:longest]
