"""``wompi-bridge``: the commands. They are carried out by ``commands``; what a command needs is imported when it
runs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date

from whmcs_bridge import __version__
from whmcs_bridge.speech import say


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; 2 means that the configuration or the call cannot be used."""
    given = _parser().parse_args(arguments)
    from whmcs_bridge import commands  # noqa: PLC0415 - --help must not wait for it

    return commands.run(given)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="wompi-bridge",
        description=say(
            "Cobra los avisos de cobro de WHMCS con Wompi y registra cada pago una sola vez.",
            "Collects WHMCS invoices with Wompi and books each payment exactly once.",
        ),
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, es: str, en: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=say(es, en), description=say(es, en))

    demo = command("demo", "un mundo completo de prueba en este equipo", "a whole world to try, on this machine")
    demo.add_argument(
        "--port", type=port_number, default=8000, help=say("puerto de WHMCS de prueba", "port of the WHMCS")
    )
    demo.add_argument("--once", action="store_true", help=say("hace un pago solo y termina", "plays one payment, ends"))

    serve = command("serve", "atiende a los pagadores y a Wompi", "serves payers and Wompi")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=port_number, default=8080)
    serve.add_argument("--no-worker", action="store_true", help=say("sin registrar pagos aquí", "book nothing here"))

    command("worker", "registra los pagos, en un proceso aparte", "books the payments, as a process of its own")
    command(
        "run-once", "hace lo que esté pendiente y termina (para cron)", "does all work that is due, ends (for cron)"
    )

    reconcile = command("reconcile", "compara Wompi, el puente y WHMCS", "compares Wompi, the bridge and WHMCS")
    reconcile.add_argument("--since", type=day, metavar="YYYY-MM-DD", help=say("desde ese día", "from that day on"))
    reconcile.add_argument(
        "--dry-run", action="store_true", help=say("solo dice qué haría", "only says what it would do")
    )

    payments = command("payments", "muestra los pagos", "lists payments")
    payments.add_argument("--state", choices=("due", "posting", "posted", "closed", "review"))
    payments.add_argument("--invoice", type=positive_number, metavar="N")
    payments.add_argument("--limit", type=positive_number, metavar="N")
    payments.add_argument("--json", action="store_true")

    resolve = command(
        "resolve", "resuelve un pago que espera a una persona", "settles a payment that waits for a person"
    )
    resolve.add_argument("transaction", metavar="TRANSACTION")
    how = resolve.add_mutually_exclusive_group(required=True)
    how.add_argument("--book", action="store_true", help=say("registrarlo en su aviso", "book it to its invoice"))
    how.add_argument("--credit", action="store_true", help=say("como saldo a favor", "book it as the client's credit"))
    how.add_argument("--dismiss", action="store_true", help=say("dejarlo así", "leave it"))
    resolve.add_argument("--reason", required=True, type=sentence, metavar="TEXT", help=say("por qué", "why"))

    link = command("link", "crea un enlace de pago firmado", "makes a signed pay link")
    link.add_argument("invoice", type=positive_number, metavar="INVOICE")
    link.add_argument("--purpose", choices=("pay", "mail"), default="mail")
    link.add_argument("--json", action="store_true")

    hooks = command("hooks", "los archivos que van dentro de WHMCS", "the files that go into WHMCS")
    install = hooks.add_subparsers(dest="hooks_command", required=True, metavar="install").add_parser("install")
    install.add_argument("directory", metavar="DIR", help=say("la carpeta de WHMCS", "the root of WHMCS"))
    return parser


def port_number(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65_535:
        raise ValueError
    return port


def positive_number(text: str) -> int:
    number = int(text)
    if number <= 0:
        raise ValueError
    return number


def sentence(text: str) -> str:
    if not text.strip():
        raise ValueError
    return text.strip()[:500]


def day(text: str) -> date:
    return date.fromisoformat(text)


if __name__ == "__main__":
    sys.exit(main())
