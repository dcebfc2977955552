"""``wompi-bridge doctor``: checks everything between Wompi and WHMCS, and says what is wrong and how to mend it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

from whmcs_bridge.commands.terminal import complain, flag, option, print_json
from whmcs_bridge.doctor.check import Check, Status
from whmcs_bridge.doctor.doctor import Diagnosis, examine
from whmcs_bridge.messages import bilingual
from whmcs_bridge.messages.screen import Cell, print_rows, print_title, printable, working
from whmcs_bridge.settings import load_settings
from whmcs_bridge.signed.tokens import metrics_token

# The heading for checks whose id begins so.
_PAYMENTS = ("Pagos", "Payments")
_PARTS = {
    "settings": ("Configuración", "Configuration"),
    "database": ("Base de datos", "Database"),
    "worker": _PAYMENTS,
    "payments": _PAYMENTS,
    "events": _PAYMENTS,
    "ledger": _PAYMENTS,
    "wompi": ("Wompi", "Wompi"),
    "whmcs": ("WHMCS", "WHMCS"),
    "permission": ("Permisos en WHMCS", "Permissions in WHMCS"),
    "currencies": ("Otras monedas", "Other currencies"),
    "address": ("Dirección pública", "Public address"),
    "hooks": ("Archivos en WHMCS", "Files in WHMCS"),
    "clock": ("Relojes", "Clocks"),
}
# On a terminal: the word before a check, and its colour.
_MARKS = {
    Status.OK: ("ok", "ok", "green"),
    Status.WARN: ("ojo", "look", "bold yellow"),
    Status.FAIL: ("FALLA", "FAIL", "bold red"),
}


def arguments(parser: argparse.ArgumentParser) -> None:
    flag(parser, "--json", "para programas", "for programs")
    flag(
        parser,
        "--metrics-token",
        "muestra el token de /metrics, y nada más",
        "prints the token of /metrics, and nothing else",
    )
    option(
        parser,
        "--whmcs-dir",
        "la carpeta de WHMCS, si está en este servidor",
        "the root of WHMCS, if it is on this server",
        type=Path,
        metavar="DIR",
    )


def run(given: argparse.Namespace) -> int:
    if given.metrics_token:
        settings = load_settings()
        print(settings.bridge_metrics_token or metrics_token(settings.bridge_secret[0]))
        return 0
    with working(lambda: bilingual("Reviso todo el camino", "Checking the whole road")):
        diagnosis = examine(whmcs_dir=given.whmcs_dir, keeps=True)
    if given.json:
        print_json({"checks": [asdict(check) for check in diagnosis.checks]})
    else:
        _print(diagnosis)
    if given.json or not sys.stdout.isatty():
        for check in filter(_told_elsewhere, diagnosis.checks):
            complain(check.message)
    return diagnosis.exit_status


def _told_elsewhere(check: Check) -> bool:
    """Every command tells of unusable settings on standard error; each thing is said once."""
    return check.id.startswith("settings.") and check.status is Status.FAIL


def _print(diagnosis: Diagnosis) -> None:
    for title, checks in groupby(diagnosis.checks, lambda check: bilingual(*_PARTS[check.id.partition(".")[0]])):
        print()
        print_title(title)
        print_rows(checks, {"": "left", " ": "left"}, _cells, _line)
    count = {status: sum(check.status is status for check in diagnosis.checks) for status in Status}
    print()
    print(
        bilingual(
            f"{count[Status.FAIL]} por corregir, {count[Status.WARN]} por mirar, {count[Status.OK]} en orden.",
            f"{count[Status.FAIL]} to mend, {count[Status.WARN]} to look at, {count[Status.OK]} in order.",
        )
    )


def _cells(check: Check) -> Sequence[Cell]:
    es, en, style = _MARKS[check.status]
    return Cell(f"{bilingual(es, en):<5}", style), Cell(_told(check), below=f"→ {check.fix}" if check.fix else "")


def _line(check: Check) -> str:
    message = _id(check) if _told_elsewhere(check) and not sys.stdout.isatty() else _told(check)
    fix = f"\n      → {printable(check.fix)}" if check.fix else ""
    return f"{check.status:<5} {printable(message)}{fix}"


def _told(check: Check) -> str:
    return f"{check.message}  {_id(check)}".strip()


def _id(check: Check) -> str:
    return "" if check.status is Status.OK else f"[{check.id}]"
