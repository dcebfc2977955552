"""``wompi-bridge serve``: the web side, with the worker inside unless told not to."""

from __future__ import annotations

import argparse
import gc
import logging
import sys
from typing import TYPE_CHECKING

from whmcs_bridge.commands.terminal import complain, flag, port_number
from whmcs_bridge.settings import unknown_settings

if TYPE_CHECKING:
    from whmcs_bridge.bridge import Bridge

logger = logging.getLogger(__name__)

# Seconds, a tenth of Python's own: so long a thread that renders a page may keep the server's loop from an event.
_SWITCH_INTERVAL = 0.0005


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=port_number, default=8080)
    flag(parser, "--no-worker", "sin registrar pagos aquí", "book nothing here")


def run(bridge: Bridge, given: argparse.Namespace) -> int:
    from whmcs_bridge.web.wompi.server import Server, on_termination

    try:
        server = Server(bridge, host=given.host, port=given.port, with_worker=not given.no_worker)
    except OSError as error:
        return complain(
            f"No se puede escuchar en {given.host}:{given.port} ({error.strerror}). Elija otro con --port.",
            f"Cannot listen on {given.host}:{given.port} ({error.strerror}). Choose another one with --port.",
            status=2,
        )
    for problem in unknown_settings():
        complain(f"{problem.name}: {problem.es}.", f"{problem.name}: {problem.en}.")
    sys.setswitchinterval(_SWITCH_INTERVAL)
    # What there is now stays. Each time that the collector went through it, everybody waited for 50 to 90 ms.
    gc.freeze()
    on_termination(server.stop)
    logger.info("serve: listening on %s port %s", given.host, server.port)
    server.run()
    return 0
