"""``wompi-bridge payments``: lists payments, newest first, as lines, as JSON or as a spreadsheet."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from whmcs_bridge.commands.invoices import find_invoice, invoice_name
from whmcs_bridge.commands.terminal import complain, day, flag, option, positive_number, print_in_utf_8, print_json
from whmcs_bridge.messages import BOGOTA, bilingual, midnight, terminal_language
from whmcs_bridge.messages.screen import Cell, Side, print_rows, printable
from whmcs_bridge.money.pesos import format_cop

if TYPE_CHECKING:
    from whmcs_bridge.bridge import Bridge
    from whmcs_bridge.ledger.records import Payment

# What is for the bridge alone, or told under another name.
_INTERNAL = frozenset({"before_try", "part_of", "whole_in_cents"})


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--state", choices=("due", "posting", "posted", "closed", "review"))
    parser.add_argument("--invoice", type=invoice_name, metavar="N")
    option(parser, "--method", "medio de pago", "payment method", type=str.upper, metavar="PSE")
    option(parser, "--since", "desde ese día, inclusive", "from that day on", type=day, metavar="YYYY-MM-DD")
    option(parser, "--until", "hasta ese día, inclusive", "up to that day, included", type=day, metavar="YYYY-MM-DD")
    parser.add_argument("--limit", type=positive_number, metavar="N")
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true")
    flag(output, "--csv", "la hoja del contador: lo registrado", "the accountant's sheet: what is booked")


def run(bridge: Bridge, given: argparse.Namespace) -> int:
    from whmcs_bridge.ledger.queries import PaymentFilter
    from whmcs_bridge.ledger.records import State

    if given.csv and given.state not in (None, State.POSTED):
        return complain(
            "La hoja es de los pagos registrados: su suma es lo que entró. Los demás van con --json.",
            "The sheet is of booked payments: its sum is what came in. The others come with --json.",
            status=2,
        )
    invoice_id = given.invoice if given.invoice is None else find_invoice(bridge, given.invoice)
    if given.invoice is not None and invoice_id is None:
        return 1
    state = State.POSTED if given.csv else given.state
    wanted = PaymentFilter(
        state=State(state) if state else None,
        invoice_id=invoice_id,
        method=given.method,
        since=midnight(given.since) if given.since else None,
        until=midnight(given.until) + timedelta(days=1) if given.until else None,
    )
    found = bridge.store.walk(wanted, limit=given.limit)
    if given.json:
        _print_json(found)
    elif given.csv:
        _print_sheet(bridge, found)
    else:
        _print_rows(found)
    if unreadable := bridge.statistics.unreadable():
        complain(
            f"{len(unreadable)} registros no se pueden leer con esta versión y pueden faltar aquí; vea: wompi-bridge"
            " doctor",
            f"{len(unreadable)} records cannot be read by this version, and may be missing here; see: wompi-bridge"
            " doctor",
        )
    return 0


# What a state says at a glance; it is also written in words.
_STYLES = {"posted": "green", "review": "bold yellow", "closed": "dim"}


def _print_rows(found: Iterable[Payment]) -> None:
    columns: dict[str, Side] = {
        bilingual("Fecha", "Date"): "left",
        bilingual("Estado", "State"): "left",
        bilingual("Valor", "Amount"): "right",
        bilingual("Aviso", "Invoice"): "right",
        bilingual("Transacción", "Transaction"): "left",
    }
    if not print_rows(found, columns, _cells, _line):
        print(bilingual("No hay pagos.", "There are no payments."))


def _cells(payment: Payment) -> Sequence[Cell]:
    # Booked is what Wompi approved: that needs no word.
    status = "" if payment.state == "posted" and payment.status == "APPROVED" else payment.status or ""
    return (
        Cell(f"{_local(payment):%Y-%m-%d %H:%M}"),
        Cell(payment.state, _STYLES.get(payment.state, "")),
        Cell(_amount(payment)),
        Cell(f"{payment.invoice_id or '-'}"),
        Cell(payment.transaction_id, below=" · ".join(filter(None, (status, payment.reason)))),
    )


def _line(payment: Payment) -> str:
    told = f"{_local(payment):%Y-%m-%d %H:%M}  {payment.state:<8} {payment.status or '-':<9} {_amount(payment):>14}"
    invoice = f"{bilingual('aviso', 'invoice')} {payment.invoice_id or '-'}"
    return printable(f"{told}  {invoice}  {payment.transaction_id}  {payment.reason}".rstrip())


def _amount(payment: Payment) -> str:
    return format_cop(payment.amount_in_cents) if payment.amount_in_cents is not None else "-"


def _print_json(found: Iterable[Payment]) -> None:
    """Write one array, an object at a time."""
    before = "["
    for payment in found:
        print(before)
        print_json(payment_as_json(payment))
        before = ","
    print("[]" if before == "[" else "]")


def payment_as_json(payment: Payment) -> dict[str, object]:
    """The payment for programs; times are ISO 8601 in UTC, amounts are in cents."""
    # ``asdict`` would copy every value, and a list may be long. ``before_try`` is for the bridge alone.
    names = (field.name for field in fields(payment) if field.name not in _INTERNAL)
    values = ((name, getattr(payment, name)) for name in names)
    told = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values}
    # A transaction that pays several invoices is a payment of each: its id in WHMCS, and its share.
    return told | {
        "transaction_id": payment.wompi_id,
        "transid": payment.transaction_id,
        "amount_in_cents": payment.paid_in_cents,
        "part_amount_in_cents": payment.amount_in_cents,
    }


def _print_sheet(bridge: Bridge, found: Iterable[Payment]) -> None:
    """Write the accountant's sheet, oldest first."""
    from whmcs_bridge.history.sheet import sheet

    print_in_utf_8()
    settings, payments = bridge.settings, [*found][::-1]
    print(sheet(payments, bridge.store, bridge.whmcs, settings.bridge_fees, terminal_language()), end="")


def _local(payment: Payment) -> datetime:
    return (payment.finalized_at or payment.created_at).astimezone(BOGOTA)
