"""``wompi-bridge``: parses the command line and runs a command. ``--help`` imports none of them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from whmcs_bridge import __version__
from whmcs_bridge.commands import COMMANDS, Command, run
from whmcs_bridge.commands.parser_words import explain, speak
from whmcs_bridge.messages import bilingual
from whmcs_bridge.messages.screen import make_streams_safe


class _CommandParser(argparse.ArgumentParser):
    """The parser of one command. It imports the command's module only when that command is called."""

    command: Command | None = None

    def parse_known_args(self, args=None, namespace=None):  # type: ignore[no-untyped-def]  # as argparse declares it
        """argparse calls this for the given command only."""
        if self.command:
            self.command.arguments(self)
            explain(self)
            self.command = None
        return super().parse_known_args(args, namespace)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; 2 means that the configuration or the call cannot be used."""
    make_streams_safe()
    speak()
    return run(_parser().parse_args(arguments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="wompi-bridge",
        formatter_class=argparse.RawDescriptionHelpFormatter,  # a path that is broken into lines cannot be copied
        description=bilingual(
            "Cobra los avisos de cobro de WHMCS con Wompi y registra cada pago una sola vez.",
            "Collects WHMCS invoices with Wompi and books each payment exactly once.",
        ),
    )
    parser.epilog = _manual()
    told = bilingual("muestra la versión y termina", "shows the version and exits")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}", help=told)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_CommandParser)
    for command in COMMANDS:
        told = bilingual(command.es, command.en)
        commands.add_parser(command.name, help=told, description=told).command = command
    return parser


def _manual() -> str | None:
    """Where the installation has its manual; nothing in a clone, whose reader has it before them."""
    folder = Path(sys.prefix) / "share/doc/whmcs-wompi-bridge"
    if not folder.is_dir():
        return None
    return bilingual(f"El manual: {folder / 'manual.md'}", f"The manual: {folder / 'manual.en.md'}")


if __name__ == "__main__":
    sys.exit(main())
