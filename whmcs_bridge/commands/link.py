"""``wompi-bridge link``: a signed pay link for an invoice."""

from __future__ import annotations

import argparse
import json
from datetime import timedelta
from typing import TYPE_CHECKING

from whmcs_bridge.commands.terminal import complain, positive_number
from whmcs_bridge.links import Link, Purpose
from whmcs_bridge.speech import say
from whmcs_bridge.whmcs_answers import InvoiceNotFound, WhmcsError

if TYPE_CHECKING:
    from whmcs_bridge.bridge import Bridge

# A link from the invoice's page belongs to a visitor who is signed in; one in an e-mail waits until it is read.
_LIFETIMES = {Purpose.PAY: timedelta(hours=1), Purpose.MAIL: timedelta(days=30)}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("invoice", type=positive_number, metavar="INVOICE")
    parser.add_argument("--purpose", choices=("pay", "mail"), default="mail")
    parser.add_argument("--json", action="store_true")


def run(bridge: Bridge, given: argparse.Namespace) -> int:
    try:
        invoice = bridge.whmcs.invoice(given.invoice)
    except InvoiceNotFound:
        complain(say(f"WHMCS no tiene el aviso de cobro {given.invoice}.", f"WHMCS has no invoice {given.invoice}."))
        return 1
    except WhmcsError as error:
        complain(say(f"WHMCS no responde como debe: {error}.", f"WHMCS does not answer as it should: {error}."))
        return 1
    purpose = Purpose(given.purpose)
    link = Link(purpose, invoice.id, invoice.client_id, bridge.clock() + _LIFETIMES[purpose])
    signed = link.signed(bridge.settings.bridge_secret[0])
    address = f"{bridge.settings.bridge_url}pay/{signed}"
    if given.json:
        told = {
            "url": address,
            "link": signed,
            "purpose": purpose,
            "invoice_id": invoice.id,
            "client_id": invoice.client_id,
            "expires_at": link.expires_at.isoformat(timespec="seconds"),
        }
        print(json.dumps(told, indent=2))
    else:
        print(address)
    return 0
