"""``wompi-bridge show``: the whole trail of one transaction, reference or invoice."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from whmcs_bridge.commands.invoices import complain_of_whmcs, invoice_name, invoice_of
from whmcs_bridge.commands.payments import payment_as_json
from whmcs_bridge.commands.terminal import complain, option, print_json
from whmcs_bridge.messages import Text, bilingual
from whmcs_bridge.messages.screen import printable
from whmcs_bridge.money.fees import share
from whmcs_bridge.money.pesos import format_cop
from whmcs_bridge.whmcs.answers import WhmcsError

if TYPE_CHECKING:
    from whmcs_bridge.bridge import Bridge
    from whmcs_bridge.history.trail import Attempt, Trail


def arguments(parser: argparse.ArgumentParser) -> None:
    option(parser, "name", "transacción, referencia o aviso de cobro", "transaction, reference or invoice", metavar="X")
    parser.add_argument("--json", action="store_true")


def run(bridge: Bridge, given: argparse.Namespace) -> int:
    from whmcs_bridge.history.trail import clock, find

    name = given.name.strip()
    try:
        trail = find(bridge.store, name, bridge.settings.bridge_secret) or _of_invoice(bridge, name)
    except WhmcsError as error:
        return complain_of_whmcs(error)
    if trail is None:
        name = printable(given.name)
        if given.name.strip() in bridge.statistics.unreadable():
            return complain(
                f"Esta versión no puede leer el registro de {name}; vea: wompi-bridge doctor",
                f"This version cannot read the record of {name}; see: wompi-bridge doctor",
            )
        return complain(
            f"No se conoce nada de {name}. Si acaba de pagarse, pruebe wompi-bridge reconcile.",
            f"Nothing is known of {name}. If it was paid just now, try wompi-bridge reconcile.",
        )
    if given.json:
        print_json(_as_json(trail, [_fee(bridge, one) for one in trail.attempts]))
        return 0
    for number, attempt in enumerate(trail.attempts):
        if number:
            print()
        _print(attempt, trail.invoice_id, _fee(bridge, attempt))
    for line in trail.notes:
        told = bilingual("dijo que pagó, con el número", "said that they had paid, by the number")
        print(printable(f"{clock(line.at)}  {bilingual('El pagador', 'The payer')} {told} {line.detail}"))
    return 0


def _of_invoice(bridge: Bridge, name: str) -> Trail | None:
    """The trail of the invoice on which this number is printed. Raises ``WhmcsError``."""
    from whmcs_bridge.history.trail import find

    try:
        number = invoice_of(bridge, invoice_name(name))
    except argparse.ArgumentTypeError:
        return None
    return find(bridge.store, str(number), bridge.settings.bridge_secret) if number else None


@dataclass(frozen=True, slots=True)
class Fee:
    """What Wompi keeps of a payment, IVA within; of a part, its share."""

    fee_in_cents: int
    real: bool


def _fee(bridge: Bridge, attempt: Attempt) -> Fee | None:
    """By Wompi's report, or else as ``BRIDGE_FEES`` estimates it. None where neither is known."""
    settled, payment, fees = attempt.settled, attempt.payment, bridge.settings.bridge_fees
    if payment is None:
        return None
    if settled is not None and settled.fee is not None:
        real = settled.fee + (settled.fee_iva or 0)
        return Fee(share(real, *bridge.store.amounts_beside(payment)), real=True)
    if payment.posted_at is None or fees is None or payment.paid_in_cents is None:
        return None
    fee, iva = fees.parts_of_one(payment.paid_in_cents, *bridge.store.amounts_beside(payment), payment.method)
    return None if fee is None or iva is None else Fee(fee + iva, real=False)


def _print(attempt: Attempt, invoice_id: int | None, fee: Fee | None) -> None:
    from whmcs_bridge.history.trail import as_held, clock

    payment = attempt.payment
    amount = format_cop(attempt.amount_in_cents) if attempt.amount_in_cents is not None else "-"
    title = [_say(attempt.label[0]), amount, f"{bilingual('aviso', 'invoice')} {invoice_id or '-'}"]
    if payment:
        title += filter(None, (payment.method, payment.transaction_id))
    print(printable(" · ".join(title)))
    if attempt.reference:
        print(printable(f"  {bilingual('referencia', 'reference')} {attempt.reference}"))
    if fee is not None:
        real = bilingual("comisión real de Wompi, con IVA", "Wompi's real fee, with IVA")
        estimated = bilingual("comisión estimada de Wompi, con IVA", "Wompi's estimated fee, with IVA")
        print(f"  {real if fee.real else estimated}: {format_cop(fee.fee_in_cents)}")
    for step in attempt.steps:
        times = f" (×{step.count})" if step.count > 1 else ""
        print(printable(f"  {clock(step.at)}  {_say(step.text)}{times}"))
    if payment and payment.state == "review":
        print(printable(f"  → {as_held(payment).command}"))


def _say(text: Text) -> str:
    return bilingual(text.es, text.en)


def _as_json(trail: Trail, fees: Sequence[Fee | None]) -> dict[str, object]:
    return {
        "invoice_id": trail.invoice_id,
        "attempts": [
            {
                "reference": attempt.reference,
                "amount_in_cents": attempt.amount_in_cents,
                "events": attempt.events,
                "payment": payment_as_json(attempt.payment) if attempt.payment else None,
                "fee": asdict(fee) if fee else None,
                "steps": [
                    {"at": step.at.isoformat(), "what": step.what, "text": _say(step.text), "count": step.count}
                    for step in attempt.steps
                ],
            }
            for attempt, fee in zip(trail.attempts, fees, strict=True)
        ],
        "told_numbers": [{"at": line.at.isoformat(), "number": line.detail} for line in trail.notes],
    }
