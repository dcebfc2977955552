"""``wompi-bridge prune``: deletes all old events now. The worker deletes them little by little."""

from __future__ import annotations

import argparse
import threading
from typing import TYPE_CHECKING

from whmcs_bridge.commands.terminal import flag
from whmcs_bridge.ledger.retention import BATCH
from whmcs_bridge.messages import bilingual
from whmcs_bridge.messages.screen import working

if TYPE_CHECKING:
    from whmcs_bridge.bridge import Bridge

# Seconds between two batches, so that other writers get the write lock.
_PAUSE = 0.02


def arguments(parser: argparse.ArgumentParser) -> None:
    flag(parser, "--dry-run", "solo dice cuántos", "only says how many")


def run(bridge: Bridge, given: argparse.Namespace) -> int:
    days, old = bridge.settings.bridge_keep_events_days, bridge.retention.old()
    deleted = 0
    if not given.dry_run:
        with working(lambda: bilingual(f"Borro eventos: {deleted}", f"Deleting events: {deleted}")):
            while True:
                batch = bridge.retention.prune()
                deleted += batch
                if batch < BATCH:
                    break
                threading.Event().wait(_PAUSE)
    es = f"Eventos de hace más de {days} días que se " + ("borrarían:" if given.dry_run else "borraron:")
    en = f"Events older than {days} days that " + ("would be deleted:" if given.dry_run else "were deleted:")
    print(bilingual(es, en), old.events if given.dry_run else deleted)
    if old.held:
        print(bilingual("Quedan hasta resolver su pago:", "Kept until their payment is settled:"), old.held)
    return 0
