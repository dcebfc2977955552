"""``wompi-bridge demo``: the bridge with sandboxes of WHMCS and Wompi, on this machine."""

from __future__ import annotations

import argparse
import logging

from whmcs_bridge.commands.terminal import flag, option, port_number


def arguments(parser: argparse.ArgumentParser) -> None:
    option(parser, "--port", "puerto de WHMCS de prueba", "port of the WHMCS", type=port_number, default=8000)
    flag(parser, "--once", "hace un pago solo y termina", "plays one payment, ends")
    flag(parser, "--complaints", "juega las quejas del oficio", "plays the field's complaints")


def run(given: argparse.Namespace) -> int:
    if given.complaints:
        return _complaints()
    from whmcs_bridge.sandbox.world import demo

    return demo(port=given.port, once=given.once)


def _complaints() -> int:
    from whmcs_bridge.sandbox.complaints.bridge import shop_with_the_bridge
    from whmcs_bridge.sandbox.complaints.run import judge, tell

    logging.getLogger().setLevel(logging.CRITICAL)  # the cases are faults on purpose
    with shop_with_the_bridge() as shop:
        return tell(judge(shop), print)
