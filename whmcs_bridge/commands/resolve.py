"""``wompi-bridge resolve``: a person settles a payment that waits for one."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from whmcs_bridge.commands.terminal import complain, sentence, who
from whmcs_bridge.records import State
from whmcs_bridge.speech import say

if TYPE_CHECKING:
    from whmcs_bridge.bridge import Bridge


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("transaction", metavar="TRANSACTION")
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--book", action="store_true", help=say("registrarlo en su aviso", "book it to its invoice"))
    how.add_argument("--credit", action="store_true", help=say("como saldo a favor", "book it as the client's credit"))
    how.add_argument(
        "--record-void",
        action="store_true",
        help=say("apuntar en WHMCS que Wompi lo anuló", "record in WHMCS that Wompi voided it"),
    )
    how.add_argument("--dismiss", action="store_true", help=say("dejarlo así", "leave it"))
    parser.add_argument("--reason", required=True, type=sentence, metavar="TEXT", help=say("por qué", "why"))


def run(bridge: Bridge, given: argparse.Namespace) -> int:
    from whmcs_bridge.decision import Settle  # noqa: PLC0415 - it brings Wompi's models along

    ways = {
        Settle.BOOK: given.book,
        Settle.CREDIT: given.credit,
        Settle.RECORD_VOID: given.record_void,
        Settle.DISMISS: given.dismiss,
    }
    settle = next(way for way, chosen in ways.items() if chosen)
    outcome = bridge.posting.resolve(given.transaction, settle, f"{who()}: {given.reason}")
    if outcome is None:
        payment = bridge.store.payment(given.transaction)
        state = payment.state if payment else say("desconocido", "unknown")
        complain(
            say(
                f"{given.transaction} no espera a una persona ahora (estado: {state}); no se hizo nada.",
                f"{given.transaction} does not wait for a person now (state: {state}); nothing was done.",
            )
        )
        return 1
    print(f"{outcome.transaction_id}: {outcome.state} {outcome.reason}".rstrip())
    if outcome.state is State.REVIEW:
        complain(
            say(
                "Sigue esperando a una persona; el registro del puente dice por qué.",
                "It still waits for a person; the bridge's log says why.",
            )
        )
        return 1
    return 0
