"""``wompi-bridge payments``: lists payments, newest first: for eyes, for programs, and for the accountant's sheet."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from dataclasses import fields
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from whmcs_bridge.commands.sheets import Sheet, cell
from whmcs_bridge.commands.terminal import complain, day, positive_number, printable
from whmcs_bridge.messages import BOGOTA, bilingual
from whmcs_bridge.money.pesos import format_cop
from whmcs_bridge.money.spreadsheet import spreadsheet_amount

if TYPE_CHECKING:
    from whmcs_bridge.bridge import Bridge
    from whmcs_bridge.ledger.records import Payment


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--state", choices=("due", "posting", "posted", "closed", "review"))
    parser.add_argument("--invoice", type=positive_number, metavar="N")
    parser.add_argument("--method", type=str.upper, metavar="PSE", help=bilingual("medio de pago", "payment method"))
    parser.add_argument(
        "--since", type=day, metavar="YYYY-MM-DD", help=bilingual("desde ese día, inclusive", "from that day on")
    )
    parser.add_argument(
        "--until",
        type=day,
        metavar="YYYY-MM-DD",
        help=bilingual("hasta ese día, inclusive", "up to that day, included"),
    )
    parser.add_argument("--limit", type=positive_number, metavar="N")
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true")
    output.add_argument("--csv", action="store_true", help=bilingual("para la hoja de cálculo", "for a spreadsheet"))


def run(bridge: Bridge, given: argparse.Namespace) -> int:
    from whmcs_bridge.ledger.queries import Wanted  # noqa: PLC0415 - it brings the database along
    from whmcs_bridge.ledger.records import State  # noqa: PLC0415

    wanted = Wanted(
        state=State(given.state) if given.state else None,
        invoice_id=given.invoice,
        method=given.method,
        since=_midnight(given.since) if given.since else None,
        until=_midnight(given.until) + timedelta(days=1) if given.until else None,
    )
    found = bridge.store.walk(wanted, limit=given.limit)
    if given.json:
        _print_json(found)
    elif given.csv:
        _print_csv(found)
    else:
        _print_lines(found)
    if unreadable := bridge.statistics.unreadable():
        complain(
            bilingual(
                f"{len(unreadable)} registros no se pueden leer con esta versión y pueden faltar aquí; vea:"
                " wompi-bridge doctor",
                f"{len(unreadable)} records cannot be read by this version, and may be missing here; see: wompi-bridge"
                " doctor",
            )
        )
    return 0


def _midnight(told: date) -> datetime:
    return datetime.combine(told, time(), BOGOTA)


def _print_lines(found: Iterable[Payment]) -> None:
    none = True
    for payment in found:
        none = False
        amount = format_cop(payment.amount_in_cents) if payment.amount_in_cents is not None else "-"
        told = f"{_local(payment):%Y-%m-%d %H:%M}  {payment.state:<8} {payment.status or '-':<9} {amount:>14}"
        invoice = f"{bilingual('aviso', 'invoice')} {payment.invoice_id or '-'}"
        print(printable(f"{told}  {invoice}  {payment.transaction_id}  {payment.reason}".rstrip()))
    if none:
        print(bilingual("No hay pagos.", "There are no payments."))


def _print_json(found: Iterable[Payment]) -> None:
    """Write one array, an object at a time."""
    before = "["
    for payment in found:
        print(before)
        print(json.dumps(payment_as_json(payment), ensure_ascii=False, indent=2), end="")
        before = ","
    print("[]" if before == "[" else "\n]")


def payment_as_json(payment: Payment) -> dict[str, object]:
    """The payment for programs; times are ISO 8601 in UTC, amounts are in cents."""
    # Not ``asdict``, which copies every value: a list may be long. What an invoice looked like is for the bridge alone.
    names = (field.name for field in fields(payment) if field.name != "before_try")
    values = ((name, getattr(payment, name)) for name in names)
    told = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values}
    # What WHMCS knows the payment by, and its share of the transaction: all of it, as it pays one invoice.
    return told | {"transid": payment.transaction_id, "part_amount_in_cents": payment.amount_in_cents}


def _print_csv(found: Iterable[Payment]) -> None:
    header = bilingual(
        "fecha,aviso,cliente,transacción,referencia,medio,valor,moneda,estado en Wompi,estado,registrado,motivo",
        "date,invoice,client,transaction,reference,method,amount,currency,status at Wompi,state,booked,reason",
    )
    sheet = Sheet(header.split(","))
    for payment in found:
        sheet.row(
            (
                f"{_local(payment):%Y-%m-%d %H:%M:%S}",
                payment.invoice_id or "",
                payment.client_id or "",
                cell(payment.transaction_id),
                cell(payment.reference),
                cell(payment.method),
                spreadsheet_amount(payment.amount_in_cents),
                cell(payment.currency),
                cell(payment.status),
                payment.state,
                f"{payment.posted_at.astimezone(BOGOTA):%Y-%m-%d %H:%M:%S}" if payment.posted_at else "",
                cell(payment.reason),
            )
        )


def _local(payment: Payment) -> datetime:
    return (payment.finalized_at or payment.created_at).astimezone(BOGOTA)
