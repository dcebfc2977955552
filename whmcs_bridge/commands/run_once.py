"""``wompi-bridge run-once``: all work that is due now, for cron on hosts without long-lived processes."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from whmcs_bridge.commands.terminal import waits_for_a_person
from whmcs_bridge.ledger.records import State

if TYPE_CHECKING:
    from whmcs_bridge.bridge import Bridge

# Seconds until the next call before /readyz says that nobody works: cron may call every quarter of an hour.
_CRON_PATIENCE = 1200


def run(bridge: Bridge, _given: argparse.Namespace) -> int:
    bridge.learn_brand_name()
    bridge.worker.expect_next_in(_CRON_PATIENCE)
    bridge.monitor.before_work()
    bridge.worker.run_once()
    bridge.monitor.after_work()
    return waits_for_a_person(bridge.store.payments(state=State.REVIEW))
