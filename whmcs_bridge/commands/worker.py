"""``wompi-bridge worker``: the worker alone, as a process of its own."""

from __future__ import annotations

import argparse
import logging
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from whmcs_bridge.bridge import Bridge

logger = logging.getLogger(__name__)


def run(bridge: Bridge, _given: argparse.Namespace) -> int:
    from whmcs_bridge.web.wompi.server import on_termination

    stop = threading.Event()

    def end() -> None:
        stop.set()
        bridge.worker.wake()

    on_termination(end)
    logger.info("worker: working")
    bridge.learn_brand_name()
    monitor = threading.Thread(target=bridge.monitor.run, args=(stop,), name="monitor")
    monitor.start()
    bridge.worker.run(stop)
    monitor.join()
    return 0
