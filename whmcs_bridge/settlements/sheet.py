"""The accountant's sheet of a month: a row for each payment, and the totals.

Gross less everything else is net, in each. Plain cells: whoever shows them writes them as CSV or as a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from whmcs_bridge.ledger.records import Settled
from whmcs_bridge.messages import bilingual
from whmcs_bridge.messages import sheets as words
from whmcs_bridge.money.spreadsheet import amount_cell, cell
from whmcs_bridge.settlements.month import Month


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One payment of the sheet; the payout has its day, Wompi's number or its day as a name, and the bank's words."""

    settled: Settled
    invoices: str
    payout_day: str
    payout_id: str
    bank_text: str


def header() -> list[str]:
    """The columns' names."""
    return bilingual(*words.MONTH).split(",")


def sheet_rows(month: Month, rows: Iterable[SheetRow]) -> Iterator[list[str]]:
    """The month's rows, in the order that they come in, and the totals below them."""
    for row in rows:
        told = row.settled
        # Without a report, all of it has still to be explained.
        unexplained = told.gross if told.net is None else told.off_by
        kept = (told.fee, told.fee_iva, told.retefuente, told.reteica, told.reteiva, told.impoconsumo)
        yield [
            told.day,
            cell(told.transaction_id),
            cell(told.reference),
            row.invoices,
            cell(told.method),
            *map(amount_cell, (told.gross, *kept, unexplained, told.net)),
            cell(row.payout_id),
            row.payout_day,
            row.bank_text,
        ]
    sums = month.sums
    all_kept = (sums.fee, sums.fee_iva, sums.retefuente, sums.reteica, sums.reteiva, sums.impoconsumo)
    unexplained = sums.gross - sum(all_kept) - sums.net
    amounts = map(amount_cell, (sums.gross, *all_kept, unexplained, sums.net))
    yield ["TOTAL", "", "", "", str(sums.payments), *amounts, "", "", ""]
