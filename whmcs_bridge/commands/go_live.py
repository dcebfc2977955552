"""``wompi-bridge go-live``: from Wompi's test keys to those of production."""

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
            "las cuatro llaves de producción, NOMBRE=valor (chmod 600)",
            "the four keys of production, NAME=value lines (chmod 600)",
        ),
    )


def run(given: argparse.Namespace) -> int:
    from whmcs_bridge.setup.production import go_live  # noqa: PLC0415 - --help must not wait for it

    return go_live(given.answers)
