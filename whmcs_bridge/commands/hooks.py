"""``wompi-bridge hooks``: the files that go into WHMCS."""

from __future__ import annotations

import argparse
from pathlib import Path

from whmcs_bridge.commands.terminal import complain
from whmcs_bridge.hooks_installer import HooksInstallError, install
from whmcs_bridge.speech import say


def arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="hooks_command", required=True, metavar="install")
    install_into = commands.add_parser("install")
    install_into.add_argument("directory", metavar="DIR", help=say("la carpeta de WHMCS", "the root of WHMCS"))


def run(given: argparse.Namespace) -> int:
    try:
        report = install(Path(given.directory))
    except HooksInstallError as error:
        complain(str(error))
        return 1
    for file in report:
        print(f"{file.outcome:<10} {file.path}")
    return 0
