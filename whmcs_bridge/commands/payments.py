"""``wompi-bridge payments``: lists payments, newest first."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from whmcs_bridge.commands.terminal import positive_number
from whmcs_bridge.money import format_cop
from whmcs_bridge.records import Payment, State
from whmcs_bridge.speech import say

if TYPE_CHECKING:
    from whmcs_bridge.bridge import Bridge


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--state", choices=("due", "posting", "posted", "closed", "review"))
    parser.add_argument("--invoice", type=positive_number, metavar="N")
    parser.add_argument("--limit", type=positive_number, metavar="N")
    parser.add_argument("--json", action="store_true")


def run(bridge: Bridge, given: argparse.Namespace) -> int:
    state = State(given.state) if given.state else None
    found = bridge.store.payments(state=state, invoice_id=given.invoice, limit=given.limit)
    if given.json:
        print(json.dumps([_as_json(payment) for payment in found], ensure_ascii=False, indent=2))
        return 0
    for payment in found:
        amount = format_cop(payment.amount_in_cents) if payment.amount_in_cents is not None else "-"
        told = f"{payment.created_at:%Y-%m-%d %H:%M}  {payment.state:<8} {payment.status or '-':<9} {amount:>14}"
        invoice = f"{say('aviso', 'invoice')} {payment.invoice_id or '-'}"
        print(f"{told}  {invoice}  {payment.transaction_id}  {payment.reason}".rstrip())
    if not found:
        print(say("No hay pagos.", "There are no payments."))
    return 0


def _as_json(payment: Payment) -> dict[str, object]:
    values = asdict(payment)
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}
