"""Payments that are booked, in a whole world."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.world import World

PAID_ON = datetime(2026, 11, 3, 15, tzinfo=UTC).timestamp()


def paid(world: World, *totals: str, **options: Any) -> list[str]:
    """Payments of 3 November that are booked."""
    found = [
        world.pay(world.invoice(total, tax="0.00"), created_at=PAID_ON + number, **options)
        for number, total in enumerate(totals)
    ]
    for transaction in found:
        world.event(transaction)
    world.work()
    return found
