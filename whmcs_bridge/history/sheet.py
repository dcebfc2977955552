"""The accountant's sheet: one row for each payment that is booked, and a last row with the sums."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator, Sequence
from datetime import datetime

from whmcs_bridge.history.attempts import method_name
from whmcs_bridge.ledger.records import Order, Payment, Settled
from whmcs_bridge.ledger.store import Store
from whmcs_bridge.messages import BOGOTA, Language, Text
from whmcs_bridge.messages import sheets as words
from whmcs_bridge.money.fees import Fees, share
from whmcs_bridge.money.spreadsheet import amount_cell, cell, write_sheet
from whmcs_bridge.whmcs.answers import WhmcsError
from whmcs_bridge.whmcs.client import WhmcsClient
from whmcs_bridge.whmcs.models import ListedInvoice

logger = logging.getLogger(__name__)

_UNKNOWN: Sequence[int | None] = (None, None, None, None)


def sheet(payments: Sequence[Payment], store: Store, whmcs: WhmcsClient, fees: Fees | None, language: Language) -> str:
    """Write the sheet of booked payments. What Wompi really charged stands behind the estimate, where a report of its
    payouts has told it. Raises ``DatabaseUnavailable``.

    WHMCS is asked for the printed numbers and the clients' names. Where it does not answer the sheet is whole without.
    """
    text = io.StringIO()
    write_sheet(text, _rows(payments, store, _labels(payments, whmcs), fees, language))
    return text.getvalue()


def _rows(
    payments: Sequence[Payment],
    store: Store,
    labels: dict[int, ListedInvoice],
    fees: Fees | None,
    language: Language,
) -> Iterator[Sequence[object]]:
    yield words.PAYMENTS.in_(language).split(";")
    sums, charged = [0, 0, 0, 0], list[Sequence[int]]()
    settled = store.settled([payment.wompi_id for payment in payments])
    for payment in payments:
        total = payment.amount_in_cents or 0
        fee, iva = _estimate(payment, store, fees)
        net = None if fee is None or iva is None else total - fee - iva
        sums = [before + (now or 0) for before, now in zip(sums, (total, fee, iva, net), strict=True)]
        real = _real(settled.get(payment.wompi_id), *store.amounts_beside(payment))
        charged += [real] if real else []
        label = labels.get(payment.invoice_id or 0)
        yield (
            _moment(payment.finalized_at or payment.created_at),
            payment.invoice_id or "",
            cell(label.printed_number if label else ""),
            payment.client_id or "",
            cell(label.client_name if label else ""),
            cell(payment.transaction_id),
            cell(payment.reference),
            cell(method_name(payment.method, language)),
            *map(amount_cell, (total, fee, iva, net)),
            cell(payment.currency),
            _state(payment).in_(language),
            _moment(payment.posted_at),
            *map(amount_cell, real or _UNKNOWN),
        )
    known = sums if fees else [sums[0], None, None, None]
    # A sum of some of them would look like that of all.
    real_sums = [sum(column) for column in zip(*charged, strict=True)] if len(charged) == len(payments) else []
    yield (
        words.TOTAL.in_(language),
        *[""] * 7,
        *map(amount_cell, known),
        *[""] * 3,
        *map(amount_cell, real_sums or _UNKNOWN),
    )


def _real(settled: Settled | None, amounts: Sequence[int], place: int) -> Sequence[int]:
    """What Wompi charged, the IVA on it, what was withheld and what was paid out, as its report tells; else nothing.

    Of a part its share, see ``share``: the shares of all parts add up to what the report tells of the transaction.
    """
    if settled is None or settled.net is None:
        return ()
    withheld = (settled.reteica, settled.reteiva, settled.retefuente, settled.impoconsumo)
    told = settled.fee or 0, settled.fee_iva or 0, sum(filter(None, withheld)), settled.net
    return [share(each, amounts, place) for each in told]


def _estimate(payment: Payment, store: Store, fees: Fees | None) -> tuple[int, int] | tuple[None, None]:
    """The commission and its IVA, as WHMCS was told them in one sum: of a part, its share."""
    if fees is None:
        return None, None
    return fees.parts_of_one(payment.paid_in_cents or 0, *store.amounts_beside(payment), payment.method)


def _labels(payments: Sequence[Payment], whmcs: WhmcsClient) -> dict[int, ListedInvoice]:
    wanted = {payment.invoice_id for payment in payments if payment.invoice_id}
    if not wanted:
        return {}
    try:
        return {row.id: row for row in whmcs.invoices_from(min(wanted)) if row.id in wanted}
    except WhmcsError as error:
        logger.warning("sheet: it is without printed numbers and names: %s", error)
        return {}


def _state(payment: Payment) -> Text:
    if payment.ordered is Order.CREDIT:
        return words.CREDIT
    return words.SECOND if payment.surplus_in_cents else words.BOOKED


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone(BOGOTA):%Y-%m-%d %H:%M:%S}" if at else ""
