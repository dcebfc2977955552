"""The commands of ``wompi-bridge``, one module each: ``arguments`` says what it takes, ``run`` does it.

A module is imported when its command is called, so that each command loads only what it needs. Results go to standard
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
from whmcs_bridge.messages import bilingual


@dataclass(frozen=True, slots=True)
class Command:
    """One command, as ``--help`` tells of it.

    With ``alone``, its ``run`` takes what was given and nothing else, and no settings are read before it; without, the
    bridge comes first.
    """

    name: str
    es: str
    en: str
    alone: bool = False

    @property
    def module(self) -> ModuleType:
        """The module that does it: ``run-once`` is done by ``run_once``."""
        return import_module(f"{__name__}.{self.name.replace('-', '_')}")

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Tell the parser what the command takes, if it takes anything."""
        add: Callable[[argparse.ArgumentParser], None] | None = getattr(self.module, "arguments", None)
        if add:
            add(parser)


# In the order in which ``--help`` tells them.
COMMANDS = (
    Command("demo", "un mundo completo de prueba en este equipo", "a whole world to try, on this machine", alone=True),
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
    Command("resolve", "resuelve un pago que espera a una persona", "settles a payment that waits for a person"),
    Command(
        "settlements",
        "lo que Wompi cobró, retuvo y desembolsó, contra lo registrado",
        "what Wompi charged, withheld and paid out, against what was booked",
    ),
    Command("prune", "borra los eventos viejos, con los datos del pagador", "deletes old events and the payer's data"),
    Command("link", "crea un enlace de pago firmado", "makes a signed pay link"),
    Command("hooks", "los archivos que van dentro de WHMCS", "the files that go into WHMCS", alone=True),
)


def run(given: argparse.Namespace) -> int:
    """Run the command that was given."""
    command = next(command for command in COMMANDS if command.name == given.command)
    log_to_stderr()
    work: Callable[..., int] = command.module.run
    if command.alone:
        return work(given)
    from whmcs_bridge.bridge import build  # noqa: PLC0415 - --help must not wait for these
    from whmcs_bridge.ledger.engine.database import DatabaseUnavailable, ValueRefused  # noqa: PLC0415
    from whmcs_bridge.settings import SettingsError, load_settings  # noqa: PLC0415

    try:
        settings = load_settings()
        with closing(build(settings)) as bridge:
            status = work(bridge, given)
            sys.stdout.flush()
            return status
    except BrokenPipeError:
        # Whoever read the output has read enough, as ``head`` does. What is left in the buffer must not be tried again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except SettingsError as error:
        for problem in error.problems:
            complain(f"{problem.name}: {bilingual(problem.es, problem.en)}.")
    except DatabaseUnavailable as error:
        complain(
            bilingual(
                f"BRIDGE_DATABASE_URL: la base de datos no se puede usar ({error}).",
                f"BRIDGE_DATABASE_URL: the database cannot be used ({error}).",
            )
        )
    except ValueRefused:
        complain(
            bilingual(
                "La base de datos no puede guardar ni buscar uno de los valores dados.",
                "The database can neither keep nor look for one of the given values.",
            )
        )
    return 2
