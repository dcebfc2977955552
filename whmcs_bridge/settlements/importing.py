"""From Wompi's report of a payout into the books: read whole, and checked, before anything is kept.

A row loses here what is not needed: who paid, and all columns that are not known. What was read waits in a file without
a name, so that a report of any size takes the same memory and is read once.
"""

from __future__ import annotations

import functools
import marshal
import re
import tempfile
import time
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO

from whmcs_bridge.ledger.booked import Booked
from whmcs_bridge.ledger.keepable import is_word
from whmcs_bridge.ledger.records import Settled
from whmcs_bridge.ledger.settlement_queries import SettlementQueries
from whmcs_bridge.ledger.settlements import ToldBy
from whmcs_bridge.settlements.books import agrees
from whmcs_bridge.settlements.business_days import next_business_day
from wompi_gateway.payout_report import PayoutReport, day_in_name

# Kept in one transaction: it takes a tenth of a second at the most, for which an event that comes in waits.
BATCH = 8_000
# Between two of them, in seconds: longer than another process waits until it tries again (``write_lock``).
_BREATH = 0.0025
_LONGEST_METHOD = 40
_DAYS = itemgetter(1, 2)
_PRINTABLE = re.compile(r"[ -~]{0,64}").fullmatch

# Tells whether a reference was issued by this bridge.
IsOurs = Callable[[str], bool]


@dataclass(slots=True)
class Imported:
    """What was read in one report."""

    payout_day: date | None = None
    """As the file's name tells it; without, each row's is the business day after it."""
    unknown_columns: tuple[str, ...] = ()
    read: int = 0
    """Rows that were read and checked; ``rows`` of them are kept."""
    rows: int = 0
    new: int = 0
    changed: int = 0
    others: int = 0
    off: int = 0
    """Rows that do not add up."""
    doubtful: int = 0
    """Rows of ours that one of the books disagrees about."""
    months: set[str] = field(default_factory=set)


def import_report(
    table: SettlementQueries,
    path: Path,
    is_ours: IsOurs,
    done: Imported | None = None,
    *,
    pause: Callable[[float], None] = time.sleep,
) -> Imported:
    """Keep what a report says. Importing it again changes nothing. ``done`` is what is returned, for who watches it
    meanwhile.

    Raises ``UnreadableReport`` or ``OSError``, and then nothing was kept.
    """
    return import_opened(table, path.name, lambda: path.open("rb"), is_ours, done, pause=pause)


def import_opened(
    table: SettlementQueries,
    name: str,
    opens: Callable[[], BinaryIO],
    is_ours: IsOurs,
    done: Imported | None = None,
    *,
    pause: Callable[[float], None] = time.sleep,
) -> Imported:
    """The same of what ``opens`` gives, under the name that Wompi gave it."""
    done = done or Imported()
    waiting: list[int] = []
    with tempfile.TemporaryFile() as spool:
        with opens() as file:
            report = PayoutReport(file)
            rows = report.rows()
            while batch := [*islice(rows, BATCH)]:
                waiting.append(spool.write(marshal.dumps(batch)))
                done.read += len(batch)
        spool.seek(0)
        done.payout_day, done.unknown_columns = day_in_name(name), tuple(report.unknown)
        for size in waiting:
            # Our own bytes, in a file that nobody else can open.
            _keep(table, marshal.loads(spool.read(size)), is_ours, done)  # noqa: S302 - its own bytes
            pause(_BREATH)
    return done


def _keep(table: SettlementQueries, rows: Sequence[tuple[Any, ...]], is_ours: IsOurs, done: Imported) -> None:
    """Keep some rows, each as the report tells it."""
    posted = table.posted([row[0] for row in rows])
    unknown = table.booked([row[0] for row in rows if row[0] not in posted])
    posted |= {name: cents for name, one in unknown.items() if (cents := one.posted_in_cents) is not None}
    told_by = ToldBy.CALENDAR if done.payout_day is None else ToldBy.REPORT
    on_day = None if done.payout_day is None else done.payout_day.isoformat()
    settled, doubts, make = [], set(), Settled._make
    for name, day, told, method, *amounts in rows:
        booked = posted.get(name)
        # What the ledger has booked need not prove itself once more.
        reference = our_reference(told, unknown.get(name), is_ours) if booked is None else _word(told)
        payout_id = on_day or _next_business_day(day)
        row = make((name, day, payout_id, told_by, reference, method_word(method), *amounts))
        settled.append(row)
        # What is right is nearly every row, and told in one look.
        if (booked != amounts[0] or sum(amounts) != 2 * amounts[0]) and not agrees(row, booked):
            doubts.add(name)
            done.off += row.off_by != 0
        done.others += reference is None
    kept = table.keep(settled, doubts)
    done.rows += len(rows)
    done.new += kept.new
    done.changed += kept.changed
    done.doubtful += len(doubts)
    done.months |= {day[:7] for days in set(map(_DAYS, settled)) for day in days}


def our_reference(told: str, booked: Booked | None, is_ours: IsOurs) -> str | None:
    """The reference where it is ours: because the ledger has the payment, or because it proves itself."""
    ours = (booked is not None and booked.invoice_id is not None) or is_ours(told)
    return _word(told) if ours else None


def _word(told: str) -> str:
    return told if _PRINTABLE(told) else ""


@functools.lru_cache(maxsize=1000)
def _next_business_day(day: str) -> str:
    return next_business_day(date.fromisoformat(day)).isoformat()


@functools.lru_cache(maxsize=1000)
def method_word(told: str) -> str:
    """A method of payment as a word: capitals without accents."""
    letters = unicodedata.normalize("NFKD", told.strip().upper()).encode("ascii", "ignore").decode("ascii")
    return letters[:_LONGEST_METHOD] if is_word(letters[:_LONGEST_METHOD], _LONGEST_METHOD) else ""
