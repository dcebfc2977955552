"""``wompi-bridge hooks``: copies our files into WHMCS, removes them, or packs them to unpack there."""

from __future__ import annotations

import argparse
from pathlib import Path

from whmcs_bridge.commands.terminal import complain, flag, option
from whmcs_bridge.messages import bilingual
from whmcs_bridge.whmcs.hooks_archive import pack
from whmcs_bridge.whmcs.hooks_files import HooksInstallError
from whmcs_bridge.whmcs.hooks_installer import install
from whmcs_bridge.whmcs.hooks_uninstaller import uninstall


def arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="hooks_command", required=True, metavar="install|uninstall|zip")
    for name, es, en in (
        ("install", "copia los archivos en WHMCS", "copies the files into WHMCS"),
        ("uninstall", "los quita todos", "takes all of them out"),
    ):
        command = commands.add_parser(name, help=bilingual(es, en), description=bilingual(es, en))
        option(command, "directory", "la carpeta de WHMCS", "the root of WHMCS", metavar="DIR")
        flag(
            command,
            "--force",
            "también los archivos que alguien cambió o que son de otro módulo",
            "also the files that somebody changed, or that are another module's",
        )
    told = bilingual("los guarda en un .zip, para descomprimir en WHMCS", "packs them as a .zip, to unpack in WHMCS")
    command = commands.add_parser("zip", help=told, description=told)
    option(command, "file", "el archivo .zip", "the .zip to write", metavar="FILE", type=Path)


def run(given: argparse.Namespace) -> int:
    if given.hooks_command == "zip":
        return _zip(given.file)
    root = Path(given.directory)
    removing = given.hooks_command == "uninstall"
    try:
        report = uninstall(root, force=given.force) if removing else install(root, force=given.force)
    except HooksInstallError as error:
        return complain(str(error))
    for file in report:
        print(f"{file.outcome:<10} {file.path}")
    if removing:
        print(
            bilingual(
                "Si la pasarela Wompi sigue activa en WHMCS, desactívela: System Settings > Payment Gateways.",
                "If the gateway Wompi is still active in WHMCS, deactivate it: System Settings > Payment Gateways.",
            )
        )
    return 0


def _zip(file: Path) -> int:
    try:
        pack(file)
    except HooksInstallError as error:
        return complain(str(error))
    print(
        bilingual(
            f"{file}: súbalo a la carpeta de WHMCS y descomprímalo allí (en cPanel: Administrador de archivos →"
            " Extract).",
            f"{file}: upload it to WHMCS's folder and unpack it there (cPanel: File Manager → Extract).",
        )
    )
    return 0
