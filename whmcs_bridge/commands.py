"""What each command does. Results go to standard output, everything else to standard error."""

from __future__ import annotations

import argparse
import getpass
import json
import logging
import os
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

from whmcs_bridge.bridge import Bridge, build
from whmcs_bridge.database import DatabaseUnavailable
from whmcs_bridge.decision import Settle
from whmcs_bridge.links import Link, Purpose
from whmcs_bridge.money import format_cop
from whmcs_bridge.records import Payment, State
from whmcs_bridge.settings import SettingsError, load_settings
from whmcs_bridge.speech import say
from whmcs_bridge.whmcs_answers import InvoiceNotFound, WhmcsError

logger = logging.getLogger(__name__)

# Cron may call as seldom as every quarter of an hour before /readyz says that nobody works, in seconds.
_CRON_PATIENCE = 1200
# A link from the invoice's page belongs to a visitor who is signed in; one in an e-mail waits until it is read.
_LIFETIMES = {Purpose.PAY: timedelta(hours=1), Purpose.MAIL: timedelta(days=30)}


def run(given: argparse.Namespace) -> int:
    """Run the command that was given."""
    _log_to_stderr()
    if given.command == "demo":
        from whmcs_bridge.demo.world import demo  # noqa: PLC0415 - the sandboxes are needed by nothing else

        return demo(port=given.port, once=given.once)
    if given.command == "hooks":
        return _install_hooks(Path(given.directory))
    try:
        settings = load_settings()
        with closing(build(settings)) as bridge:
            return _COMMANDS[given.command](bridge, given)
    except SettingsError as error:
        for problem in error.problems:
            _complain(f"{problem.name}: {say(problem.es, problem.en)}.")
    except DatabaseUnavailable as error:
        _complain(
            say(
                f"BRIDGE_DATABASE_URL: la base de datos no se puede usar ({error}).",
                f"BRIDGE_DATABASE_URL: the database cannot be used ({error}).",
            )
        )
    return 2


def _serve(bridge: Bridge, given: argparse.Namespace) -> int:
    from whmcs_bridge.server import Server, on_termination  # noqa: PLC0415 - only this command listens

    try:
        server = Server(bridge, host=given.host, port=given.port, with_worker=not given.no_worker)
    except OSError as error:
        _complain(
            say(
                f"No se puede escuchar en {given.host}:{given.port} ({error.strerror}). Elija otro con --port.",
                f"Cannot listen on {given.host}:{given.port} ({error.strerror}). Choose another one with --port.",
            )
        )
        return 2
    on_termination(server.stop)
    logger.info("serve: listening on %s port %s", given.host, server.port)
    server.run()
    return 0


def _worker(bridge: Bridge, _given: argparse.Namespace) -> int:
    from whmcs_bridge.server import on_termination  # noqa: PLC0415

    stop = threading.Event()

    def end() -> None:
        stop.set()
        bridge.worker.wake()

    on_termination(end)
    logger.info("worker: working")
    bridge.learn_brand_name()
    bridge.worker.run(stop)
    return 0


def _run_once(bridge: Bridge, _given: argparse.Namespace) -> int:
    bridge.learn_brand_name()
    bridge.worker.expect_next_in(_CRON_PATIENCE)
    bridge.worker.run_once()
    return _waits_for_a_person(bridge)


def _reconcile(bridge: Bridge, given: argparse.Namespace) -> int:
    report = bridge.reconcile.run(since=given.since, dry_run=given.dry_run)
    if not given.dry_run:
        bridge.worker.expect_next_in(0)
        bridge.worker.run_once()
    touched = ", ".join(report.touched) or say("ninguna", "none")
    print(say("Pagos iniciados consultados en Wompi:", "Open checkouts asked about at Wompi:"), report.checkouts)
    if given.since:
        print(say("Transacciones en la lista de Wompi:", "Transactions in Wompi's list:"), report.listed)
    print(say("Pagos registrados contados en WHMCS:", "Booked payments counted in WHMCS:"), report.counted)
    print(say("Transacciones por revisar:", "Transactions to be looked at:"), touched)
    for problem in report.problems:
        print("!", problem)
    return max(_waits_for_a_person(bridge), 1 if report.problems else 0)


def _waits_for_a_person(bridge: Bridge) -> int:
    held = bridge.store.payments(state=State.REVIEW)
    for payment in held:
        print(say("Espera a una persona:", "Waits for a person:"), payment.transaction_id, "-", payment.reason)
    return 1 if held else 0


def _payments(bridge: Bridge, given: argparse.Namespace) -> int:
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


def _resolve(bridge: Bridge, given: argparse.Namespace) -> int:
    settle = Settle.BOOK if given.book else Settle.CREDIT if given.credit else Settle.DISMISS
    note = f"{_who()}: {given.reason}"
    outcome = bridge.posting.resolve(given.transaction, settle, note)
    if outcome is None:
        payment = bridge.store.payment(given.transaction)
        state = payment.state if payment else say("desconocido", "unknown")
        _complain(
            say(
                f"{given.transaction} no espera a una persona ahora (estado: {state}); no se hizo nada.",
                f"{given.transaction} does not wait for a person now (state: {state}); nothing was done.",
            )
        )
        return 1
    print(f"{outcome.transaction_id}: {outcome.state} {outcome.reason}".rstrip())
    if outcome.state is State.REVIEW:
        _complain(
            say(
                "Sigue esperando a una persona; el registro del puente dice por qué.",
                "It still waits for a person; the bridge's log says why.",
            )
        )
        return 1
    return 0


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a number without a name
        return f"uid {os.getuid()}"


def _link(bridge: Bridge, given: argparse.Namespace) -> int:
    try:
        invoice = bridge.whmcs.invoice(given.invoice)
    except InvoiceNotFound:
        _complain(say(f"WHMCS no tiene el aviso de cobro {given.invoice}.", f"WHMCS has no invoice {given.invoice}."))
        return 1
    except WhmcsError as error:
        _complain(say(f"WHMCS no responde como debe: {error}.", f"WHMCS does not answer as it should: {error}."))
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


def _install_hooks(directory: Path) -> int:
    from whmcs_bridge.hooks_installer import HooksInstallError, install  # noqa: PLC0415 - needs no bridge at all

    try:
        report = install(directory)
    except HooksInstallError as error:
        _complain(str(error))
        return 1
    for file in report:
        print(f"{file.outcome:<10} {file.path}")
    return 0


def _log_to_stderr() -> None:
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    # A log that cannot be written must not be heard of on every line of the log.
    logging.raiseExceptions = False
    # These tell addresses, which may carry what nobody should read in a log.
    for name in ("urllib3", "alembic", "waitress", "waitress.queue"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _complain(sentence: str) -> None:
    print(sentence, file=sys.stderr)


_COMMANDS: dict[str, Callable[[Bridge, argparse.Namespace], int]] = {
    "serve": _serve,
    "worker": _worker,
    "run-once": _run_once,
    "reconcile": _reconcile,
    "payments": _payments,
    "resolve": _resolve,
    "link": _link,
}
