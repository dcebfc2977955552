"""Recount: every booked payment is looked for in WHMCS, where it must stand once. It says "look at it", and no more."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime

from whmcs_bridge.booking.fan_out import FanOut
from whmcs_bridge.booking.pacing import CircuitBreaker
from whmcs_bridge.booking.places import places_of_booked
from whmcs_bridge.booking.reconcile_report import Report
from whmcs_bridge.booking.reviews import where
from whmcs_bridge.booking.upstream import how_whmcs_is
from whmcs_bridge.clock import Clock
from whmcs_bridge.ledger.records import Payment
from whmcs_bridge.ledger.store import Store
from whmcs_bridge.messages import bilingual
from whmcs_bridge.whmcs.answers import WhmcsError
from whmcs_bridge.whmcs.client import WhmcsClient
from whmcs_bridge.whmcs.proof import Found, Has, Proof

logger = logging.getLogger(__name__)

# How many failures in a row make it take WHMCS to be down; those under way together count as one.
_PATIENCE = 3


class Recount:
    """Counts. ``parallel`` is how many calls WHMCS may be given at a time."""

    def __init__(self, store: Store, whmcs: WhmcsClient, *, clock: Clock, parallel: int) -> None:
        self._store = store
        self._proof = Proof(whmcs)
        self._clock = clock
        self._ask_whmcs = FanOut(parallel, "ask-whmcs")

    def close(self) -> None:
        """End the threads that ask."""
        self._ask_whmcs.close()

    def run(self, report: Report, since: datetime, *, dry_run: bool) -> None:
        """Count every booked payment in WHMCS. One that cannot be counted does not hide the others; that is told."""
        breaker, last, wanted = CircuitBreaker(self._clock, tries=_PATIENCE), "", 0

        def all_booked() -> Iterator[Payment]:
            nonlocal wanted
            for payment in self._store.posted_since(since):
                wanted += 1
                yield payment

        booked = all_booked()

        def ask_whmcs(one: Payment) -> Found:
            return self._proof.of(one.transaction_id, one.amount_in_cents or 0, places_of_booked(one))

        ask = self._ask_whmcs.each(booked, ask_whmcs, how_whmcs_is, breaker)
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
            """WHMCS is down: what is left is not asked about any more, only how many they are."""
        if missed := wanted - report.counted:
            es = f"WHMCS: {last}. No se pudo contar allí {missed} de {wanted} pagos registrados; repita reconcile."
            en = f"WHMCS: {last}. {missed} of {wanted} booked payments could not be counted there; repeat reconcile."
            report.problem(bilingual(es, en))

    def _judge(self, report: Report, payment: Payment, found: Found, *, dry_run: bool) -> None:
        """A booked payment stands once in WHMCS, with its amount; a merge may have moved it to another invoice."""
        if found.has in (Has.THIS, Has.ELSEWHERE):
            return
        name, rows, (where_es, where_en) = payment.transaction_id, len(found.rows), where(found)
        es = f"transacción {name} de la factura {payment.invoice_id}: está {rows} veces en WHMCS, debe estar una"
        en = f"transaction {name} of invoice {payment.invoice_id}: WHMCS has it {rows} times, it should be once"
        if found.has is Has.OTHER:
            es = f"transacción {name} de la factura {payment.invoice_id}: WHMCS la tiene de otra manera: {where_es}"
            en = f"transaction {name} of invoice {payment.invoice_id}: WHMCS has it otherwise: {where_en}"
        report.problem(bilingual(es, en))
        if not dry_run:
            self._store.touch(name, f"WHMCS has it {rows} times" if found.has is not Has.OTHER else "WHMCS differs")
        report.touch([name])
