"""``go-live``: the four test keys give way to the four of production, all at once, when nothing of the tests is open.

What signs links and references, ``BRIDGE_SECRET``, stays: a link that was mailed yesterday works, and a checkout
that was opened yesterday leads to production. Wompi keeps the two environments apart, so the tests' events secret is of
no use any more.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from whmcs_bridge.messages import bilingual
from whmcs_bridge.messages.screen import working
from whmcs_bridge.settings import Problem, SettingsError
from whmcs_bridge.setup import running
from whmcs_bridge.setup.answers import KEYS, SETTINGS, BadAnswers, read_answers, strangers
from whmcs_bridge.setup.dialogue import Dialogue, Stopped
from whmcs_bridge.setup.install import Install, call
from whmcs_bridge.setup.machine import heading, say, tell
from whmcs_bridge.setup.notes import Notes
from whmcs_bridge.setup.places import Places, present
from whmcs_bridge.setup.prove import prove, settings_from, stops
from whmcs_bridge.setup.walk import UNUSABLE, complain, wants_it
from wompi_gateway.errors import KeysError
from wompi_gateway.keys import Environment, environment_of

# What may still become money at Wompi, or a question for a person.
_OPEN = ("due", "posting", "review")
_STEPS = 5


def go_live(answers: Path | None) -> int:
    """Run it. Returns the exit status: 0 when nothing is red, 1 otherwise, 2 when the configuration cannot be used."""
    try:
        places = _installed()
        before, whmcs = places.existing(), Notes(places).whmcs_dir
        given = _given(answers, places, before)
        tested = _environment(before) is Environment.SANDBOX
        values = {**before, **given, "WOMPI_EVENTS_SECRET": _events(before, given)}
        values.pop("BRIDGE_TEST_CLIENTS", None)
        settings = settings_from(values)
    except (BadAnswers, SettingsError) as error:
        complain(error.problems)
        return UNUSABLE
    except Stopped:
        return 1
    heading(1, _STEPS, "Wompi acepta las llaves de producción", "Wompi takes the keys of production")
    checks = prove(settings, whmcs=False)
    tell(checks)
    if any(stops(check) for check in checks):
        say("\nNo se cambió nada.", "\nNothing was changed.")
        return 1
    heading(2, _STEPS, "Los pagos de prueba", "The test payments")
    if tested and not _settled(places):
        return 1
    heading(3, _STEPS, "Las cuatro llaves, a la vez", "The four keys, at once")
    work = Install(
        places,
        values,
        settings,
        Path(whmcs) if whmcs else None,
        shows_secrets=answers is None,
        confirm=(lambda: True) if answers else wants_it,
    )
    if not work.write_files():
        return 1
    heading(4, _STEPS, "El puente se enciende con ellas", "The bridge starts with them")
    running.start(work)
    heading(5, _STEPS, "Todo el camino, revisado por doctor", "The whole road, looked at by doctor")
    work.examine()
    say(
        "Escriba esa URL de eventos también en Producción: Wompi guarda una para cada ambiente. Después haga un pago"
        " real pequeño, y devuélvalo el mismo día.",
        "Enter that URL de eventos in Producción as well: Wompi keeps one for each environment. Then make a small"
        " real payment, and return it the same day.",
    )
    return 1 if work.red else 0


def _installed() -> Places:
    if set(KEYS.values()) & set(os.environ):
        name = next(name for name in KEYS.values() if name in os.environ)
        es = "la da el entorno, que go-live no puede cambiar: cámbiela donde se define"
        en = "is given by the environment, which go-live cannot change: change it where it is set"
        raise BadAnswers([Problem(name, es, en)])
    places = present()
    if places is None:
        es = "aquí no hay ningún puente instalado: ni .env en esta carpeta, ni /etc/wompi-bridge"
        raise BadAnswers(
            [Problem("go-live", es, "no bridge is installed here: no .env in this folder, no /etc/wompi-bridge")]
        )
    return places


def _given(answers: Path | None, places: Places, before: dict[str, str]) -> dict[str, str]:
    """The four keys, each of production; and other settings, if the answers have any."""
    if answers is None:
        if not sys.stdin.isatty():
            es = "sin una terminal, dé las llaves en un archivo: --answers ARCHIVO"
            raise BadAnswers([Problem("go-live", es, "without a terminal, give the keys in a file: --answers FILE")])
        given = Dialogue(places, before, asks_all=False).production_keys()
    else:
        given = read_answers(answers)
        complain(strangers(given))
        given = {name: value for name, value in given.items() if name in SETTINGS and value}
    problems = [problem for name in KEYS.values() for problem in _not_production(name, given.get(name, ""))]
    if problems:
        raise BadAnswers(problems)
    return given


def _not_production(name: str, value: str) -> list[Problem]:
    kind = next(kind for kind, each in KEYS.items() if each == name)
    if not value:
        return [
            Problem(name, "falta; go-live cambia las cuatro a la vez", "is missing; go-live changes all four at once")
        ]
    try:
        environments = {environment_of(kind, part.strip()) for part in value.split(",")}
    except KeysError:
        return []  # the settings tell
    if environments == {Environment.PRODUCTION}:
        return []
    return [
        Problem(
            name, "es de pruebas; debe ser la de producción (prod)", "is a test key; it must be production's (prod)"
        )
    ]


def _environment(values: dict[str, str]) -> Environment | None:
    try:
        return environment_of("public", values.get("WOMPI_PUBLIC_KEY", ""))
    except KeysError:
        return None


def _events(before: dict[str, str], given: dict[str, str]) -> str:
    """The new secret first; one of production that was there before goes on to verify what it has signed."""
    new = [part.strip() for part in given["WOMPI_EVENTS_SECRET"].split(",")]
    old = [part.strip() for part in before.get("WOMPI_EVENTS_SECRET", "").split(",")]
    return ",".join(dict.fromkeys([*new, *(part for part in old if part.startswith("prod_events_"))]))


def _settled(places: Places) -> bool:
    """Nothing of the tests may still be open: with other keys nobody could ask Wompi about it any more."""
    # What Wompi knows of the tests and the ledger does not: asked for the last time with the keys that may ask.
    with working(lambda: "wompi-bridge reconcile"):
        asked = call(places, "reconcile")
    if asked.returncode == UNUSABLE:
        print(asked.stderr)
        return False
    for line in asked.stdout.splitlines():
        if line.startswith("!"):
            print(f"   {line}")
    told = call(places, "payments", "--json")
    try:
        payments: list[dict[str, Any]] = json.loads(told.stdout)
    except ValueError:
        print(told.stderr)
        return False
    unsettled = [each for each in payments if each["state"] in _OPEN]
    booked = [each for each in payments if each["state"] == "posted"]
    if unsettled:
        say("   Primero termine estos pagos de prueba:", "   Settle these test payments first:")
        print("\n".join(_line(each) for each in unsettled))
        say("   Vea: wompi-bridge payments", "   See: wompi-bridge payments")
        return False
    if booked:
        say(
            "   Estos pagos de prueba están en WHMCS, sin dinero real. Bórrelos allí (Billing → Transactions) cuando"
            " quiera; si el puente pregunta por uno: wompi-bridge resolve TRANSACCIÓN --dismiss --reason prueba",
            "   These test payments stand in WHMCS, without real money. Delete them there (Billing → Transactions) when"
            " you like; if the bridge asks about one: wompi-bridge resolve TRANSACTION --dismiss --reason test",
        )
        print("\n".join(_line(each) for each in booked))
    else:
        say("   ninguno", "   none")
    return True


def _line(payment: dict[str, Any]) -> str:
    amount = (payment["amount_in_cents"] or 0) // 100
    where = bilingual("aviso", "invoice")
    return f"      {payment['transaction_id']}  {where} {payment['invoice_id']}  {amount} COP  {payment['state']}"
