"""``wompi-bridge demo``: a whole world to try, on this machine."""

from __future__ import annotations

import argparse
import logging

from whmcs_bridge.commands.terminal import port_number
from whmcs_bridge.messages import bilingual


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port", type=port_number, default=8000, help=bilingual("puerto de WHMCS de prueba", "port of the WHMCS")
    )
    parser.add_argument(
        "--once", action="store_true", help=bilingual("hace un pago solo y termina", "plays one payment, ends")
    )
    parser.add_argument(
        "--complaints",
        action="store_true",
        help=bilingual("juega las quejas del oficio", "plays the field's complaints"),
    )


def run(given: argparse.Namespace) -> int:
    if given.complaints:
        return _complaints()
    from whmcs_bridge.sandbox.world import demo  # noqa: PLC0415 - the sandboxes are needed by nothing else

    return demo(port=given.port, once=given.once)


def _complaints() -> int:
    from whmcs_bridge.sandbox.complaints.bridge import shop_with_the_bridge  # noqa: PLC0415
    from whmcs_bridge.sandbox.complaints.run import judge, tell  # noqa: PLC0415

    logging.getLogger().setLevel(logging.CRITICAL)  # the cases are faults on purpose
    with shop_with_the_bridge() as shop:
        return tell(judge(shop), print)
