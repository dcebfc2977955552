"""``wompi-bridge resolve``: a person settles a payment that waits for one."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from whmcs_bridge.commands.invoices import find_invoice, invoice_name
from whmcs_bridge.commands.terminal import complain, flag, option, positive_number, sentence, who
from whmcs_bridge.ledger.records import State
from whmcs_bridge.messages import WORDS, bilingual
from whmcs_bridge.messages.screen import printable, working

if TYPE_CHECKING:
    from whmcs_bridge.bridge import Bridge


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("transaction", metavar="TRANSACTION")
    option(parser, "--invoice", "la parte de ese aviso", "the part of that invoice", type=invoice_name, metavar="N")
    how = parser.add_mutually_exclusive_group(required=True)
    flag(how, "--book", "registrarlo en su aviso", "book it to its invoice")
    flag(how, "--credit", "como saldo a favor", "book it as the client's credit")
    flag(how, "--record-void", "apuntar en WHMCS que Wompi lo anuló", "record in WHMCS that Wompi voided it")
    flag(how, "--dismiss", "dejarlo así", "leave it")
    option(
        parser,
        "--owner",
        "con --book: el cliente que es ahora dueño del aviso",
        "with --book: the client who owns the invoice now",
        type=positive_number,
        metavar="N",
    )
    option(
        parser,
        "--reason",
        "por qué, para el rastro del pago",
        "why, for the trail of the payment",
        required=True,
        type=sentence,
        metavar="TEXT",
    )


def run(bridge: Bridge, given: argparse.Namespace) -> int:
    from whmcs_bridge.booking.reviews import Settle

    # A ``Settle`` is the option itself; argparse turns ``--record-void`` into ``record_void``.
    settle = next(way for way in Settle if getattr(given, way.lstrip("-").replace("-", "_")))
    if given.owner is not None and settle is not Settle.BOOK:
        return complain("--owner va solamente con --book.", "--owner goes with --book only.", status=2)
    number = None if given.invoice is None else find_invoice(bridge, given.invoice)
    if given.invoice is not None and number is None:
        return 1
    found = bridge.store.of_transaction(given.transaction)
    parts = [payment for payment in found if payment.part_of is not None]
    if number is not None:
        mine = [payment for payment in found if payment.invoice_id == number]
        # Of a payment of several invoices whose parts are not all known, the rest goes where the person says.
        chosen = [payment for payment in mine if payment in parts] or [one for one in found if one not in parts]
        several = parts or (chosen and bridge.orders.is_of_several(chosen[0]))
        if found and not mine and not (several and chosen):
            named = ", ".join(str(payment.invoice_id) for payment in found)
            return complain(
                f"{given.transaction} es del aviso {named}, no del {number}; no se hizo nada.",
                f"{given.transaction} is of invoice {named}, not {number}; nothing was done.",
            )
    else:
        chosen = [payment for payment in found if payment.state is State.REVIEW] or found
        if len(chosen) > 1:
            named = ", ".join(str(payment.invoice_id) for payment in chosen)
            return complain(
                f"{given.transaction} es de varios avisos ({named}): diga cuál con --invoice; no se hizo nada.",
                f"{given.transaction} is of several invoices ({named}): say which by --invoice; nothing was done.",
            )
    if settle is Settle.RECORD_VOID:
        _warn_of_credit_note(bridge)
    name, note = chosen[0].transaction_id if chosen else given.transaction, f"{who()}: {given.reason}"
    with working(lambda: name):
        outcome = bridge.orders.resolve(name, settle, note, owner=given.owner, invoice_id=number)
    if outcome is None:
        payment = bridge.store.payment(name)
        state = payment.state if payment else bilingual("desconocido", "unknown")
        return complain(
            f"{name} no espera a una persona ahora (estado: {state}); no se hizo nada.",
            f"{name} does not wait for a person now (state: {state}); nothing was done.",
        )
    print(printable(f"{outcome.transaction_id}: {outcome.state} {outcome.reason}".rstrip()))
    if outcome.state is State.REVIEW:
        why = outcome.detail or outcome.reason
        return complain(f"Sigue esperando a una persona: {why}", f"It still waits for a person: {why}")
    return 0


def _warn_of_credit_note(bridge: Bridge) -> None:
    """Tell that WHMCS's own refund makes what a row by the API does not. A WHMCS that does not say its version is not
    asked again."""
    from whmcs_bridge.whmcs.answers import WhmcsError
    from whmcs_bridge.whmcs.models import CREDIT_NOTES_SINCE

    try:
        generation = bridge.whmcs.generation()
    except WhmcsError:
        return
    if generation is not None and generation >= CREDIT_NOTES_SINCE:
        complain(*WORDS["admin.no_credit_note"])
