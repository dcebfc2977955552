"""The ledger's steps. Each method is one short transaction; none is open during a call over the network.

Every trigger uses ``touch``, which says only "look at this transaction". The steps of the booking are in ``claims``.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, and_, or_, update

from whmcs_bridge.ledger.claims import Claims
from whmcs_bridge.ledger.engine.database import DatabaseUnavailable, RowsLocked
from whmcs_bridge.ledger.inbox import Received, event_row, keep_together
from whmcs_bridge.ledger.queries import newest_checkout
from whmcs_bridge.ledger.raw_statements import insert_row
from whmcs_bridge.ledger.records import Checkout, Seen, State
from whmcs_bridge.ledger.rows import NOT_POSTING, unclaimed
from whmcs_bridge.ledger.schema import checkouts, events, payments
from whmcs_bridge.ledger.writes import insert_new, journal_line, keep_fact, lock_payment, one_at_a_time
from wompi_gateway.models import Status

logger = logging.getLogger(__name__)


class Store(Claims):
    """What the bridge remembers, on one database, and the steps that change it."""

    def open_checkout(self, checkout: Checkout, *, unless_newer_than: str | None) -> Checkout:
        """Store a checkout before the payer is sent to it, and return the one to use.

        That is another one of the same amount, if it was opened after ``unless_newer_than``, the newest reference that
        the caller had read (None: none). So a double click leads to one checkout.
        """

        def work(connection: Connection) -> Checkout:
            one_at_a_time(connection, "turn_to_open_a_checkout")
            newest = newest_checkout(connection, checkout.invoice_id)
            if newest and newest.reference != unless_newer_than and newest.amount_in_cents == checkout.amount_in_cents:
                return newest
            insert_row(connection, checkouts, asdict(checkout))
            note = f"{checkout.purpose} link, {checkout.amount_in_cents} cents, terms accepted: {checkout.terms_url}"
            journal_line(connection, self._clock(), "checkout", note, None, checkout.reference, checkout.invoice_id)
            return checkout

        return self._database.write(work)

    def checkout_asked(self, checkout: Checkout, next_at: datetime | None) -> None:
        """Note that Wompi was asked, and when to ask next (None closes it). Of two at once, one is noted."""
        mine = and_(checkouts.c.reference == checkout.reference, checkouts.c.asked == checkout.asked)
        values = update(checkouts).where(mine).values(ask_at=next_at, asked=checkout.asked + 1)
        self._database.write(lambda connection: connection.execute(values))

    def touch(self, transaction_id: str, why: str, seen: Seen | None = None) -> None:
        """Make a transaction due to be looked at; ``seen`` is what was just read back from Wompi, if anything."""
        self._database.write(lambda connection: self._touch(connection, transaction_id, why, seen))

    def receive(self, events_received: Sequence[Received]) -> list[bool | Exception]:
        """Store events and touch their transactions, with one wait for the disk for all.

        Returns for each event whether it was new, or why it could not be stored. Raises ``DatabaseUnavailable``.
        """
        outcomes: list[bool | Exception | None] = [None] * len(events_received)
        if len(events_received) > 1:
            try:
                outcomes = list(self._database.write(partial(self._receive_together, events_received)))
            except Exception as error:  # alone, each fails or succeeds by itself
                if isinstance(error, DatabaseUnavailable) and not isinstance(error, RowsLocked):
                    raise
                logger.info("store: events that came together are stored alone (%s)", type(error).__name__)
        left = [place for place, outcome in enumerate(outcomes) if outcome is None]
        alone = self._database.write_each([partial(self._receive, events_received[place]) for place in left])
        for place, outcome in zip(left, alone, strict=True):
            outcomes[place] = outcome
        return [outcome for outcome in outcomes if outcome is not None]

    def _receive_together(self, events_received: Sequence[Received], connection: Connection) -> list[bool | None]:
        now = self._clock()
        return keep_together(
            connection, events_received, now, _blank, lambda known: self._touch_known(connection, known, now)
        )

    def _receive(self, received: Received, connection: Connection) -> bool:
        if not insert_new(connection, events, event_row(received, self._clock())):
            return False
        self._touch(connection, received.transaction_id, received.note, None)
        return True

    def _touch(self, connection: Connection, transaction_id: str, why: str, seen: Seen | None) -> None:
        now = self._clock()
        row = _blank(transaction_id, now) | (asdict(seen) if seen else {})
        row["approved_at"] = now if seen and seen.status == Status.APPROVED else None
        # Locked before the insert, for the reason in ``keep_fact``.
        if lock_payment(connection, transaction_id) or not insert_new(connection, payments, row):
            self._touch_known(connection, [transaction_id], now)
        reference, invoice_id = (seen.reference, seen.invoice_id) if seen else (None, None)
        journal_line(connection, now, "touch", why, transaction_id, reference, invoice_id)

    def _touch_known(self, connection: Connection, transaction_ids: Sequence[str], now: datetime) -> None:
        # A claimed row is looked at again when it is released. The wait of a row in doubt is never shortened: a request
        # that timed out may still take effect.
        mine = payments.c.transaction_id.in_(transaction_ids)
        connection.execute(update(payments).where(mine, payments.c.claimed_until > now).values(touched=True))
        waiting = or_(payments.c.due_at.is_(None), payments.c.due_at > now)
        # A state that only a newer version knows is left alone as well.
        free = and_(payments.c.state.in_(NOT_POSTING), waiting, unclaimed(now))
        connection.execute(update(payments).where(mine, free).values(due_at=now, looks=0))

    def remember(self, name: str, value: str) -> None:
        """Store one fact under a name."""
        self._database.write(lambda connection: keep_fact(connection, name, value))


def _blank(transaction_id: str, now: datetime) -> dict[str, Any]:
    """The row of a payment that was not read at Wompi yet."""
    return {
        "transaction_id": transaction_id,
        "state": State.DUE,
        "reason": "",
        "looks": 0,
        "touched": False,
        "status": "",
        "dismissed": False,
        "created_at": now,
        "due_at": now,
    }
