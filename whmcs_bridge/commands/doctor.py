"""``wompi-bridge doctor``: checks everything between Wompi and WHMCS, and says what is wrong and how to mend it."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import asdict
from pathlib import Path

from whmcs_bridge.commands.terminal import complain, flag, option, print_json, printable
from whmcs_bridge.doctor.check import Check, Status
from whmcs_bridge.doctor.doctor import Diagnosis, examine
from whmcs_bridge.messages import bilingual
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
    "address": ("Dirección pública", "Public address"),
    "hooks": ("Archivos en WHMCS", "Files in WHMCS"),
    "clock": ("Relojes", "Clocks"),
}
_LIGHTS = {Status.OK: "🟢", Status.WARN: "🟡", Status.FAIL: "🔴"}


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
    lights = _with_lights()
    part = ""
    for check in diagnosis.checks:
        if (title := bilingual(*_PARTS[check.id.partition(".")[0]])) != part:
            part = title
            print(f"\n{part}")
        message = "" if _told_elsewhere(check) and not sys.stdout.isatty() else check.message
        shown = f"{message}{'' if check.status is Status.OK else f'  [{check.id}]'}"
        print(f"{_mark(check, lights=lights)} {printable(shown.strip())}")
        if check.fix:
            print(f"{'   ' if lights else '      '}→ {printable(check.fix)}")
    count = {status: sum(check.status is status for check in diagnosis.checks) for status in Status}
    print()
    print(
        bilingual(
            f"{count[Status.FAIL]} por corregir, {count[Status.WARN]} por mirar, {count[Status.OK]} en orden.",
            f"{count[Status.FAIL]} to mend, {count[Status.WARN]} to look at, {count[Status.OK]} in order.",
        )
    )


def _mark(check: Check, *, lights: bool) -> str:
    return _LIGHTS[check.status] if lights else f"{check.status:<5}"


def _with_lights() -> bool:
    """Tell whether this is a terminal that shows colours. https://no-color.org/"""
    shows = sys.stdout.isatty() and os.environ.get("TERM", "") not in ("", "dumb") and not os.environ.get("NO_COLOR")
    return shows and (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
