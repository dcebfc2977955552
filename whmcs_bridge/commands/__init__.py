"""The commands of ``wompi-bridge``, one module each: ``arguments`` declares what it takes, ``run`` does it.

A module is imported when its command is called, so each command loads only what it needs. Results go to standard
output, everything else to standard error.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

from whmcs_bridge.commands.terminal import complain, log_to_stderr
from whmcs_bridge.installation import CannotEnter, enter
from whmcs_bridge.messages import bilingual


@dataclass(frozen=True, slots=True)
class Command:
    """One command, as ``--help`` describes it.

    ``run`` takes the bridge and the arguments. With ``alone`` it takes the arguments only, and no settings are read.
    """

    name: str
    es: str
    en: str
    alone: bool = False
    enters: bool = True
    """It works for the installation of this machine, from whatever folder it is called."""

    @property
    def module(self) -> ModuleType:
        """The command's module: ``run_once`` for ``run-once``."""
        return import_module(f"{__name__}.{self.name.replace('-', '_')}")

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare what the command takes, if it takes anything."""
        if declare := getattr(self.module, "arguments", None):
            declare(parser)


# In the order of ``--help``.
COMMANDS = (
    Command(
        "demo",
        "un mundo completo de prueba en este equipo",
        "a whole world to try, on this machine",
        alone=True,
        enters=False,
    ),
    Command(
        "sandbox",
        "un Wompi y un WHMCS de prueba, para desarrolladores",
        "a Wompi and a WHMCS to build against, for developers",
        alone=True,
        enters=False,
    ),
    Command("serve", "atiende a los pagadores y a Wompi", "serves payers and Wompi"),
    Command("worker", "registra los pagos, en un proceso aparte", "books the payments, as a process of its own"),
    Command(
        "run-once", "hace lo que esté pendiente y termina (para cron)", "does all work that is due, ends (for cron)"
    ),
    Command("reconcile", "compara Wompi, el puente y WHMCS", "compares Wompi, the bridge and WHMCS"),
    Command(
        "doctor",
        "revisa todo el camino y dice qué corregir",
        "checks the whole road, says what to mend",
        alone=True,
    ),
    Command("payments", "muestra los pagos", "lists payments"),
    Command(
        "show", "el rastro de una transacción, referencia o aviso de cobro", "the trail of a payment or an invoice"
    ),
    Command(
        "replay",
        "qué decidiría hoy el puente sobre un evento o una transacción",
        "what the bridge would decide today about an event or a transaction",
    ),
    Command("resolve", "resuelve un pago que espera a una persona", "settles a payment that waits for a person"),
    Command(
        "settlements",
        "lo que Wompi cobró, retuvo y desembolsó, contra lo registrado",
        "what Wompi charged, withheld and paid out, against what was booked",
    ),
    Command("prune", "borra los eventos viejos, con los datos del pagador", "deletes old events and the payer's data"),
    Command("link", "crea un enlace de pago firmado", "makes a signed pay link"),
    Command("trigger", "envía al puente un evento de prueba firmado", "sends the bridge a signed test event"),
    Command(
        "setup",
        "instala y configura el puente, paso a paso",
        "installs and configures the bridge, step by step",
        alone=True,
        enters=False,
    ),
    Command(
        "go-live",
        "cambia las llaves de prueba por las de producción",
        "changes the test keys for those of production",
        alone=True,
        enters=False,
    ),
    Command("hooks", "los archivos que van dentro de WHMCS", "the files that go into WHMCS", alone=True, enters=False),
)


def run(given: argparse.Namespace) -> int:
    """Run the command that was given."""
    command = next(command for command in COMMANDS if command.name == given.command)
    log_to_stderr()
    work: Callable[..., int] = command.module.run
    if command.enters:
        try:
            enter(sys.argv[1:])
        except CannotEnter as refused:
            complain(bilingual(refused.es, refused.en))
            return 2
    if command.alone:
        return work(given)
    from whmcs_bridge.bridge import build
    from whmcs_bridge.ledger.engine.database import DatabaseUnavailable, ValueRefused
    from whmcs_bridge.settings import SettingsError, load_settings

    try:
        settings = load_settings()
        with closing(build(settings)) as bridge:
            status = work(bridge, given)
            sys.stdout.flush()
            return status
    except BrokenPipeError:
        # The reader has closed the pipe, as ``head`` does. The rest of the buffer must not be written again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except SettingsError as error:
        for problem in error.problems:
            complain(f"{problem.name}: {problem.es}.", f"{problem.name}: {problem.en}.")
    except DatabaseUnavailable as error:
        complain(
            f"BRIDGE_DATABASE_URL: la base de datos no se puede usar ({error}).",
            f"BRIDGE_DATABASE_URL: the database cannot be used ({error}).",
        )
    except ValueRefused:
        complain(
            "La base de datos no puede guardar ni buscar uno de los valores dados.",
            "The database can neither keep nor look for one of the given values.",
        )
    return 2
