"""The ledger's steps. Each method is one short transaction; none is open during a call over the network.

Every trigger uses ``touch``, which says only "look at this transaction". The steps of the booking are in ``claims``.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from functools import partial
from types import MappingProxyType

from sqlalchemy import BigInteger, Connection, and_, literal, or_, type_coerce, update

from whmcs_bridge.ledger.claims import Claims
from whmcs_bridge.ledger.columns import Moment, milliseconds
from whmcs_bridge.ledger.engine.database import DatabaseUnavailable, RowsLocked
from whmcs_bridge.ledger.inbox import Received, event_row, keep_together
from whmcs_bridge.ledger.parts import key_of, newest_checkout, quotes_of, remembered, shares_of, split
from whmcs_bridge.ledger.raw_statements import insert_row
from whmcs_bridge.ledger.records import Checkout, Part, Quoted
from whmcs_bridge.ledger.rows import TOUCHABLE, unclaimed
from whmcs_bridge.ledger.schema import checkouts, events, payments
from whmcs_bridge.ledger.schema import parts as parts_table
from whmcs_bridge.ledger.schema import quotes as quotes_table
from whmcs_bridge.ledger.seen import Seen
from whmcs_bridge.ledger.writes import blank_payment, insert_new, journal_line, keep_fact, lock_payment, one_at_a_time
from wompi_gateway.models import Status

logger = logging.getLogger(__name__)


class Store(Claims):
    """What the bridge remembers, on one database, and the steps that change it."""

    def open_checkout(
        self,
        checkout: Checkout,
        *,
        unless_newer_than: str | None,
        parts: Sequence[Part] = (),
        quoted: Sequence[Quoted] = (),
    ) -> Checkout:
        """Store a checkout, with the ``parts`` of one for several invoices, and what they were ``quoted`` at, by their
        numbers, before the payer is sent to it; return the one to use.

        That is another one of the same amounts, if it was opened after ``unless_newer_than``, the newest reference that
        the caller had read (None: none). So a double click leads to one checkout.
        """
        shares = shares_of(checkout, parts)
        invoice_ids = [invoice_id for invoice_id, _ in shares]

        def work(connection: Connection) -> Checkout:
            one_at_a_time(connection, "turn_to_open_a_checkout")
            newest = newest_checkout(connection, invoice_ids)
            fresh = newest if newest and newest.reference != unless_newer_than else None
            if fresh and shares_of(fresh, remembered(connection, fresh.reference)) == shares:
                before = quotes_of(connection, fresh.reference)
                if [replace(one, reference="") for one in before] == [replace(one, reference="") for one in quoted]:
                    return fresh
            insert_row(connection, checkouts, asdict(checkout))
            for part in parts:
                insert_row(connection, parts_table, asdict(part))
            for one in quoted:
                insert_row(connection, quotes_table, asdict(one))
            note = f"{checkout.purpose} link, {checkout.amount_in_cents} cents, terms accepted: {checkout.terms_url}"
            for invoice_id in invoice_ids:
                journal_line(connection, self._clock(), "checkout", note, None, checkout.reference, invoice_id)
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
            connection, events_received, now, blank_payment, lambda known: self._touch_known(connection, known, now)
        )

    def _receive(self, received: Received, connection: Connection) -> bool:
        if not insert_new(connection, events, event_row(received, self._clock())):
            return False
        self._touch(connection, received.transaction_id, received.note, None)
        return True

    def _touch(self, connection: Connection, transaction_id: str, why: str, seen: Seen | None) -> None:
        now = self._clock()
        if seen is not None and (parts := remembered(connection, seen.reference)):
            wanted = {key_of(transaction_id, part.invoice_id): part for part in parts}
            split(connection, transaction_id, seen, wanted, now, whole=True, held={})
        row = blank_payment(transaction_id, now) | (asdict(seen) if seen else {})
        row["approved_at"] = now if seen and seen.status == Status.APPROVED else None
        # Locked before the insert, for the reason in ``keep_fact``.
        if lock_payment(connection, transaction_id) or not insert_new(connection, payments, row):
            self._touch_known(connection, [transaction_id], now)
        reference, invoice_id = (seen.reference, seen.invoice_id) if seen else (None, None)
        journal_line(connection, now, "touch", why, transaction_id, reference, invoice_id)

    def _touch_known(self, connection: Connection, transaction_ids: Sequence[str], now: datetime) -> None:
        # A claimed row is looked at again when it is released. The wait of a row in doubt is never shortened: a request
        # that timed out may still take effect.
        waiting = or_(payments.c.due_at.is_(None), payments.c.due_at > now)
        # A state that only a newer version knows is left alone as well.
        free = and_(payments.c.state.in_(TOUCHABLE), waiting, unclaimed(now))
        in_order = type_coerce(literal(milliseconds(now), BigInteger) - payments.c.precedence, Moment)
        for column, due_at in ((payments.c.transaction_id, now), (payments.c.part_of, in_order)):
            mine = column.in_(transaction_ids)
            connection.execute(update(payments).where(mine, payments.c.claimed_until > now).values(touched=True))
            connection.execute(update(payments).where(mine, free).values(due_at=due_at, looks=0))

    def split(
        self,
        transaction_id: str,
        seen: Seen,
        wanted: Mapping[str, Part],
        *,
        whole: bool,
        held: Mapping[str, str] = MappingProxyType({}),
    ) -> bool:
        """Make the parts of a transaction payments of their own, see ``parts.split``."""

        def work(connection: Connection) -> bool:
            return split(connection, transaction_id, seen, wanted, self._clock(), whole=whole, held=held)

        return self._database.write(work)

    def remember(self, name: str, value: str) -> None:
        """Store one fact under a name."""
        self._database.write(lambda connection: keep_fact(connection, name, value))
