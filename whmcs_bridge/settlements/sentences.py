"""Which sentences a report and a month get, in the reader's language; the terminal and the console say the same."""

from __future__ import annotations

from collections.abc import Iterator

from whmcs_bridge.messages import bilingual
from whmcs_bridge.messages import settlements as words
from whmcs_bridge.settlements.importing import Imported
from whmcs_bridge.settlements.month import Month, Sums
from wompi_gateway.payout_report import UnreadableReport


def what_was_imported(name: str, done: Imported) -> Iterator[str]:
    """What became of a report's rows, and what of it needs a look."""
    yield f"{name}: {bilingual(*words.rows_kept(done.rows, done.new, done.changed, done.others))}"
    if done.unknown_columns:
        yield f"{bilingual(*words.UNKNOWN_COLUMNS)}: {', '.join(done.unknown_columns)}"
    if done.payout_day is None:
        yield bilingual(*words.NO_PAYOUT_DAY)
    if done.off:
        yield bilingual(*words.rows_do_not_add_up(done.off))


def breakdown(sums: Sums) -> Iterator[tuple[str, int]]:
    """From what clients paid to what reached the bank, in cents: the last line is the sum of those above it."""
    lines = [
        (bilingual(*words.PAID_BY_CLIENTS), sums.gross),
        (bilingual(*words.COMMISSION), -sums.fee),
        (bilingual(*words.IVA_ON_IT), -sums.fee_iva),
        ("Retefuente", -sums.retefuente),
        ("ReteICA", -sums.reteica),
        ("ReteIVA", -sums.reteiva),
        ("Impoconsumo", -sums.impoconsumo),
    ]
    if sums.without_report_gross:
        lines.append((f"{bilingual(*words.WITHOUT_REPORT)} ({sums.without_report})", -sums.without_report_gross))
    if rest := sums.net - sum(value for _, value in lines):
        lines.append((bilingual(*words.NOT_ADDING_UP), rest))
    yield from lines
    yield bilingual(*words.NET), sums.net


def fee_lines(month: Month) -> Iterator[str]:
    """Which formula the real commission of each method follows, and whether ``BRIDGE_FEES`` is that."""
    fee, iva = bilingual(*words.FEE), bilingual(*words.PLUS_IVA)
    for found in month.fees:
        rates = " / ".join(map(str, found.tariffs[:3])) or bilingual(*words.NO_FORMULA)
        yield f"{fee} {found.method or '-'}: {rates} ({iva}); {bilingual(*words.FEES_SET[found.as_set])}"
    if month.proposed_fees:
        yield f"{bilingual(*words.ONE_FORMULA)}: BRIDGE_FEES={month.proposed_fees}"


def why_unreadable(name: str, error: UnreadableReport) -> str:
    """Why nothing of a file was kept: which line, what is wrong with it, and what to do."""
    line = bilingual(*words.line(error.line)) if error.line else ""
    told = bilingual(*words.why_unreadable(error.why, error.told))
    return f"{name}{line}: {told}. {bilingual(*words.NOTHING_KEPT)}"
