"""``wompi-bridge setup``: from nothing to a bridge that runs; asks a person, or reads the answers from a file."""

from __future__ import annotations

import argparse
from pathlib import Path

from whmcs_bridge.commands.terminal import flag, option


def arguments(parser: argparse.ArgumentParser) -> None:
    es, en = "las respuestas, una por línea: NOMBRE=valor (chmod 600)", "the answers, NAME=value lines (chmod 600)"
    option(parser, "--answers", es, en, type=Path, metavar="FILE")
    es, en = "qué mantiene encendido el puente", "what keeps the bridge running"
    option(parser, "--target", es, en, choices=("systemd", "passenger", "docker", "files"))
    es = "escribe debajo de esta carpeta en vez de /, y no enciende nada"
    en = "writes below this folder instead of /, and starts nothing"
    option(parser, "--root", es, en, type=Path, metavar="DIR")
    es, en = "muestra cada archivo y cada orden, y no cambia nada", "shows each file and command, changes nothing"
    flag(parser, "--dry-run", es, en)


def run(given: argparse.Namespace) -> int:
    from whmcs_bridge.setup.walk import setup

    return setup(given.answers, given.target, given.root, dry=given.dry_run)
