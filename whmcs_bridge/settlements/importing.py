"""From Wompi's report of a payout into the books: read whole, and checked, before anything is kept.

A row loses here what is not needed: who paid, and all columns that are not known. What was read waits in a file without
a name, so that a report of any size takes the same memory and is read once.
"""

from __future__ import annotations

import functools
import json
import tempfile
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import TextIO

from whmcs_bridge.ledger.keepable import is_word
from whmcs_bridge.ledger.settlement_queries import SettlementQueries
from whmcs_bridge.ledger.settlements import Booked, Settled, ToldBy
from whmcs_bridge.settlements.books import agrees
from whmcs_bridge.settlements.business_days import next_business_day
from wompi_gateway.payout_report import PayoutReport, ReportRow, day_in_name

# Kept in one transaction: it takes a tenth of a second at the most, for which an event that comes in waits.
BATCH = 4_000
# Between two of them, in seconds: longer than another process waits until it tries again (``write_lock``).
_BREATH = 0.004
_LONGEST_METHOD = 40

# Tells whether a reference was issued by this bridge.
IsOurs = Callable[[str], bool]


@dataclass(slots=True)
class Imported:
    """What was read in one report."""

    payout_day: date | None
    """As the file's name tells it; without, each row's is the business day after it."""
    unknown_columns: tuple[str, ...]
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
    table: SettlementQueries, path: Path, is_ours: IsOurs, *, pause: Callable[[float], None] = time.sleep
) -> Imported:
    """Keep what a report says. Importing it again changes nothing.

    Raises ``UnreadableReport`` or ``OSError``, and then nothing was kept.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8") as spool:
        with path.open("rb") as file:
            report = PayoutReport(file)
            for rows in _batches(report.rows()):
                spool.write(json.dumps(rows) + "\n")
        spool.seek(0)
        done = Imported(day_in_name(path.name), tuple(report.unknown))
        for rows in _spooled(spool):
            _keep(table, rows, is_ours, done)
            pause(_BREATH)
    return done


def _batches(rows: Iterator[ReportRow]) -> Iterator[list[ReportRow]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _spooled(spool: TextIO) -> Iterator[list[ReportRow]]:
    for line in spool:
        yield [ReportRow(*row) for row in json.loads(line)]


def _keep(table: SettlementQueries, rows: Sequence[ReportRow], is_ours: IsOurs, done: Imported) -> None:
    booked = table.booked([row.transaction_id for row in rows])
    settled = [as_settled(row, booked.get(row.transaction_id), is_ours, done.payout_day) for row in rows]
    doubts = {row.transaction_id for row in settled if not agrees(row, booked.get(row.transaction_id))}
    kept = table.keep(settled, doubts)
    done.rows += len(rows)
    done.new += kept.new
    done.changed += kept.changed
    done.others += sum(row.reference is None for row in settled)
    done.off += sum(row.off_by != 0 for row in settled if row.reference is not None)
    done.doubtful += len(doubts)
    done.months |= {row.day[:7] for row in settled} | {row.payout_id[:7] for row in settled}


def as_settled(row: ReportRow, booked: Booked | None, is_ours: IsOurs, payout_day: date | None) -> Settled:
    """What is kept of a row."""
    reference = our_reference(row.reference, booked, is_ours)
    if payout_day is not None:
        payout_id, told_by = payout_day.isoformat(), ToldBy.REPORT
    else:
        payout_id, told_by = _next_business_day(row.day), ToldBy.CALENDAR
    return Settled(row.transaction_id, row.day, payout_id, told_by, reference, method_word(row.method), *row[4:])


def our_reference(told: str, booked: Booked | None, is_ours: IsOurs) -> str | None:
    """The reference where it is ours: because the ledger has the payment, or because it proves itself."""
    if booked is not None and booked.invoice_id is not None and booked.reference:
        return booked.reference
    return told if is_ours(told) else None


@functools.lru_cache(maxsize=1000)
def _next_business_day(day: str) -> str:
    return next_business_day(date.fromisoformat(day)).isoformat()


@functools.lru_cache(maxsize=1000)
def method_word(told: str) -> str:
    """A method of payment as a word: capitals without accents."""
    letters = unicodedata.normalize("NFKD", told.strip().upper()).encode("ascii", "ignore").decode("ascii")
    return letters[:_LONGEST_METHOD] if is_word(letters[:_LONGEST_METHOD], _LONGEST_METHOD) else ""
