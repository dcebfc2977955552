"""``wompi-bridge setup``: from nothing to a bridge that runs; asks a person, or reads the answers from a file."""

from __future__ import annotations

import argparse
from pathlib import Path

from whmcs_bridge.messages import bilingual


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--answers",
        type=Path,
        metavar="FILE",
        help=bilingual(
            "las respuestas, una por línea: NOMBRE=valor (chmod 600)", "the answers, NAME=value lines (chmod 600)"
        ),
    )
    parser.add_argument(
        "--target",
        choices=("systemd", "passenger", "docker", "files"),
        help=bilingual("qué mantiene encendido el puente", "what keeps the bridge running"),
    )
    parser.add_argument(
        "--root",
        type=Path,
        metavar="DIR",
        help=bilingual(
            "escribe debajo de esta carpeta en vez de /, y no enciende nada",
            "writes below this folder instead of /, and starts nothing",
        ),
    )
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help=bilingual(
            "muestra cada archivo y cada orden, y no cambia nada", "shows each file and command, changes nothing"
        ),
    )


def run(given: argparse.Namespace) -> int:
    from whmcs_bridge.setup.walk import setup  # noqa: PLC0415 - --help must not wait for it

    return setup(given.answers, given.target, given.root, dry=given.dry_run)
