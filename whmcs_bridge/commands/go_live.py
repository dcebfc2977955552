"""``wompi-bridge go-live``: from Wompi's test keys to those of production."""

from __future__ import annotations

import argparse
from pathlib import Path

from whmcs_bridge.commands.terminal import option


def arguments(parser: argparse.ArgumentParser) -> None:
    es = "las cuatro llaves de producción, NOMBRE=valor (chmod 600)"
    en = "the four keys of production, NAME=value lines (chmod 600)"
    option(parser, "--answers", es, en, type=Path, metavar="FILE")


def run(given: argparse.Namespace) -> int:
    from whmcs_bridge.setup.production import go_live

    return go_live(given.answers)
