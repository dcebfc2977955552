"""``wompi-bridge demo``: the bridge with sandboxes of WHMCS and Wompi, on this machine."""

from __future__ import annotations

import argparse

from whmcs_bridge.commands.terminal import flag, option, port_number


def arguments(parser: argparse.ArgumentParser) -> None:
    option(parser, "--port", "puerto de WHMCS de prueba", "port of the WHMCS", type=port_number, default=8000)
    flag(parser, "--once", "hace un pago solo y termina", "plays one payment, ends")


def run(given: argparse.Namespace) -> int:
    from whmcs_bridge.sandbox.world import demo  # noqa: PLC0415 - only this command needs the sandboxes

    return demo(port=given.port, once=given.once)
