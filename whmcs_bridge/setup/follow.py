"""The last proof: one sandbox payment of a test client, followed until WHMCS shows it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from whmcs_bridge.messages import bilingual
from whmcs_bridge.settings import Settings
from whmcs_bridge.setup.clients import client_named
from whmcs_bridge.setup.install import call
from whmcs_bridge.setup.machine import say
from whmcs_bridge.setup.places import Places

# Seconds between two looks; with cron a booking takes up to a minute.
_EVERY = 2.0
_WORDS = {
    "due": ("Wompi lo conoce; el puente lo va a mirar", "Wompi knows it; the bridge is about to look"),
    "posting": ("se está registrando en WHMCS", "it is being booked in WHMCS"),
    "posted": ("WHMCS lo tiene: registrado una sola vez", "WHMCS has it: booked once"),
    "closed": ("terminó sin dinero; pruebe otra vez", "it ended without money; try again"),
    "review": ("espera a una persona; vea: wompi-bridge payments", "it waits for a person; see: wompi-bridge payments"),
}


def follow(places: Places, settings: Settings, pause: Callable[[float], None] = time.sleep) -> bool:
    """Ask for the invoice, show whose it is and where to pay it, and tell each step of the payment until it is booked.

    False where the person leaves it for another time: Ctrl+C.
    """
    clients = ", ".join(map(str, sorted(settings.bridge_test_clients or ())))
    say(
        f"""
Falta un pago de prueba, sin dinero real. En WHMCS cree un aviso de cobro de $ 1.500 o más para el cliente de prueba
({clients}), con el método Wompi, y publíquelo. Al pagarse, WHMCS hace lo de siempre: activa lo que vende, envía sus
correos y puede emitir una factura electrónica. Se deshace en WHMCS: Billing → Transactions → borrar, y el aviso,
Cancelled. Con Ctrl+C lo deja para después.""",
        f"""
A test payment is missing, without real money. In WHMCS make an invoice of $ 1.500 or more for the test client
({clients}), with the method Wompi, and publish it. Once paid, WHMCS does what it always does: it provisions what is
sold, sends its mails and may issue an electronic invoice. To undo it in WHMCS: Billing → Transactions → delete, and the
invoice Cancelled. Ctrl+C leaves it for later.""",
    )
    try:
        before = {each["transaction_id"]: each["state"] for each in _payments(places)}
        _show_link(places, settings)
        return _watch(places, before, pause)
    except (EOFError, KeyboardInterrupt):
        say("\nQueda pendiente el pago de prueba.", "\nThe test payment is still to be made.")
        return False


def _show_link(places: Places, settings: Settings) -> None:
    tests = settings.bridge_test_clients
    while True:
        number = input(bilingual("Número del aviso de cobro: ", "The invoice's number: ")).strip()
        if not number.isdigit():
            continue
        told = call(places, "link", number, "--purpose", "pay", "--json")
        if told.returncode != 0:
            print(f"   {told.stderr.strip()}")
            continue
        link = json.loads(told.stdout)
        owner = client_named(settings, link["client_id"])
        if owner:
            say(f"   Es del cliente {owner}.", f"   It is client {owner}'s.")
        if tests and link["client_id"] not in tests:
            say("   No es el cliente de prueba.", "   This is not the test client.")
        elif owner:
            say(
                f"   Ábralo y pague con la tarjeta 4242 4242 4242 4242:\n   {link['url']}",
                f"   Open it and pay with card 4242 4242 4242 4242:\n   {link['url']}",
            )
            return


def _watch(places: Places, before: Mapping[str, str], pause: Callable[[float], None]) -> bool:
    known = dict(before)
    while True:
        for each in _payments(places):
            name, state = str(each["transaction_id"]), str(each["state"])
            if known.get(name) == state:
                continue
            known[name] = state
            if name not in before:
                word = _WORDS.get(state, (state, state))
                print(f"   {name}  {bilingual(*word)}", flush=True)
            if state == "posted" and before.get(name) != "posted":
                return True
        pause(_EVERY)


def _payments(places: Places) -> list[dict[str, Any]]:
    told = call(places, "payments", "--json", "--limit", "20")
    try:
        found: list[dict[str, Any]] = json.loads(told.stdout)
    except ValueError:
        return []
    return found
