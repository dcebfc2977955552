"""The accountant's sheet: one row for each payment that is booked, and a last row with the sums.

It opens by a double click where Spanish is spoken: semicolons, a mark for UTF-8, a comma before cents. No cell begins
as a formula.
"""

from __future__ import annotations

import csv
import io
import logging
from collections.abc import Sequence
from datetime import datetime

from whmcs_bridge.history.attempts import method_name
from whmcs_bridge.ledger.records import Order, Payment
from whmcs_bridge.ledger.store import Store
from whmcs_bridge.messages import BOGOTA, Language, Text
from whmcs_bridge.money.fees import Fees
from whmcs_bridge.money.pesos import CENTS_PER_PESO
from whmcs_bridge.whmcs.answers import WhmcsError
from whmcs_bridge.whmcs.client import WhmcsClient
from whmcs_bridge.whmcs.models import ListedInvoice

logger = logging.getLogger(__name__)

# https://owasp.org/www-community/attacks/CSV_Injection: a spreadsheet would run such a cell as a formula.
_FORMULA = ("=", "+", "-", "@")

_HEAD = Text(
    "fecha;aviso;número impreso;n.º de cliente;cliente;transacción;referencia;medio;total;comisión estimada;"
    "IVA de la comisión;neto estimado;moneda;estado;registrado en WHMCS",
    "date;invoice;printed number;client no.;client;transaction;reference;method;total;estimated fee;IVA of the fee;"
    "estimated net;currency;state;booked in WHMCS",
)
_TOTAL = Text("Total", "Total")
_BOOKED = Text("Registrado", "Booked")
_CREDIT = Text("Registrado como saldo a favor", "Booked as credit")
_SECOND = Text("Registrado: segundo pago", "Booked: a second payment")


def sheet(payments: Sequence[Payment], store: Store, whmcs: WhmcsClient, fees: Fees | None, language: Language) -> str:
    """Write the sheet of booked payments. Raises ``DatabaseUnavailable``.

    WHMCS is asked for the printed numbers and the clients' names. Where it does not answer the sheet is whole without.
    """
    labels = _labels(payments, whmcs)
    text = io.StringIO()
    rows = csv.writer(text, delimiter=";", lineterminator="\r\n")
    rows.writerow(_HEAD.in_(language).split(";"))
    sums = [0, 0, 0, 0]
    for payment in payments:
        total = payment.amount_in_cents or 0
        estimate = _estimate(payment, store, fees)
        fee = None if fees is None or estimate is None else fees.without_iva(estimate)
        iva = None if fee is None or estimate is None else estimate - fee
        net = None if estimate is None else total - estimate
        sums = [before + (now or 0) for before, now in zip(sums, (total, fee, iva, net), strict=True)]
        label = labels.get(payment.invoice_id or 0)
        rows.writerow(
            (
                _moment(payment.finalized_at or payment.created_at),
                payment.invoice_id or "",
                cell(label.printed_number if label else ""),
                payment.client_id or "",
                cell(label.client_name if label else ""),
                cell(payment.transaction_id),
                cell(payment.reference),
                cell(method_name(payment.method, language)),
                *map(_amount, (total, fee, iva, net)),
                cell(payment.currency),
                _state(payment).in_(language),
                _moment(payment.posted_at),
            )
        )
    known = sums if fees else [sums[0], None, None, None]
    rows.writerow((_TOTAL.in_(language), *[""] * 7, *map(_amount, known), "", "", ""))
    return "\N{ZERO WIDTH NO-BREAK SPACE}" + text.getvalue()


def _estimate(payment: Payment, store: Store, fees: Fees | None) -> int | None:
    """The fee with its IVA, as WHMCS was told it: of a part, its share."""
    if fees is None:
        return None
    whole = payment.amount_in_cents if payment.part_of is None else payment.whole_in_cents
    return fees.estimate_part(whole or 0, *store.amounts_beside(payment), payment.method)


def _labels(payments: Sequence[Payment], whmcs: WhmcsClient) -> dict[int, ListedInvoice]:
    wanted = {payment.invoice_id for payment in payments if payment.invoice_id}
    if not wanted:
        return {}
    try:
        return {row.id: row for row in whmcs.invoices_from(min(wanted)) if row.id in wanted}
    except WhmcsError as error:
        logger.warning("sheet: it is without printed numbers and names: %s", error)
        return {}


def cell(text: str | None) -> str:
    """Text of others, that a spreadsheet does not take for a formula."""
    given = text or ""
    told = "".join(each if each.isprintable() else "?" for each in given)
    return ("'" if given.lstrip().startswith(_FORMULA) else "") + told


def _state(payment: Payment) -> Text:
    if payment.ordered is Order.CREDIT:
        return _CREDIT
    return _SECOND if payment.surplus_in_cents else _BOOKED


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone(BOGOTA):%Y-%m-%d %H:%M:%S}" if at else ""


def _amount(amount_in_cents: int | None) -> str:
    """Whole pesos without decimals, which every language's spreadsheet reads alike; a comma before cents.

    A Colombian one takes ``59500.00`` for text, or for a hundred times as much.
    """
    if amount_in_cents is None:
        return ""
    pesos, cents = divmod(amount_in_cents, CENTS_PER_PESO)
    return f"{pesos},{cents:02d}" if cents else str(pesos)
