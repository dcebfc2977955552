"""Recount: looks for every booked payment in WHMCS, where it must stand once, and touches those that do not."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime

from whmcs_bridge.booking.fan_out import FanOut
from whmcs_bridge.booking.pacing import CircuitBreaker
from whmcs_bridge.booking.places import places_of_booked, worth_of
from whmcs_bridge.booking.reconcile_report import Report
from whmcs_bridge.clock import Clock
from whmcs_bridge.ledger.records import Payment
from whmcs_bridge.ledger.store import Store
from whmcs_bridge.whmcs.answers import WhmcsError
from whmcs_bridge.whmcs.client import WhmcsClient
from whmcs_bridge.whmcs.proof import Found, Has, Proof

logger = logging.getLogger(__name__)

# WHMCS counts as down after so many failures in a row.
_PATIENCE = 3


class Recount:
    """``parallel`` is how many concurrent calls WHMCS gets."""

    def __init__(self, store: Store, whmcs: WhmcsClient, *, clock: Clock, parallel: int) -> None:
        self._store = store
        self._proof = Proof(whmcs)
        self._clock = clock
        self._ask_whmcs = FanOut(parallel, "ask-whmcs")

    def close(self) -> None:
        """End the threads that ask."""
        self._ask_whmcs.close()

    def run(self, report: Report, since: datetime, *, dry_run: bool) -> None:
        """Count every payment booked since a time. Those that cannot be counted are reported."""
        breaker, last, wanted = CircuitBreaker(self._clock, tries=_PATIENCE), "", 0

        def all_booked() -> Iterator[Payment]:
            nonlocal wanted
            for payment in self._store.posted_since(since):
                wanted += 1
                yield payment

        booked = all_booked()

        def ask_whmcs(one: Payment) -> Found:
            worth = worth_of(one, self._store.quoted(one.reference, one.invoice_id))
            return self._proof.of(one.transaction_id, worth.amount_in_cents, places_of_booked(one, worth))

        ask = self._ask_whmcs.each(booked, ask_whmcs, breaker)
        with closing(ask) as answers:
            for answer in answers:
                if isinstance(answer.error, WhmcsError):
                    last = str(answer.error)
                    logger.warning("reconcile: transaction=%s: %s", answer.item.transaction_id, last)
                elif answer.error is not None:
                    raise answer.error
                else:
                    report.counted += 1
                    if answer.found is not None:
                        self._judge(report, answer.item, answer.found, dry_run=dry_run)
        for _ in booked:
            """WHMCS is down: the rest is not asked about, only their number is counted."""
        if missed := wanted - report.counted:
            report.not_counted(missed, wanted, last)

    def _judge(self, report: Report, payment: Payment, found: Found, *, dry_run: bool) -> None:
        """A booked payment stands once in WHMCS, with its amount; a merge may have moved it to another invoice."""
        if found.has in (Has.THIS, Has.ELSEWHERE):
            return
        report.not_once(payment, found)
        if not dry_run:
            why = "WHMCS differs" if found.has is Has.OTHER else f"WHMCS has it {len(found.rows)} times"
            self._store.touch(payment.transaction_id, why)
        report.touch([payment.transaction_id])
