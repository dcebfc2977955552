"""The room's one door: import a report, pull by API, read a month."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path

from whmcs_bridge.clock import Clock
from whmcs_bridge.ledger.settlement_queries import SettlementQueries
from whmcs_bridge.ledger.settlements import day_of
from whmcs_bridge.money.fees import Fees
from whmcs_bridge.settlements.importing import Imported, import_opened, import_report
from whmcs_bridge.settlements.month import Month, bank_text, days_of, read_month
from whmcs_bridge.settlements.pulling import Pulled, pull
from whmcs_bridge.settlements.sheet import SheetRow
from whmcs_bridge.signed.references import read_reference
from wompi_gateway.client import WompiClient

logger = logging.getLogger(__name__)

# The worker looks back so far: further than any payout may come late.
_DAILY = timedelta(days=14)
# What a person who names no day gets.
_MONTHLY = timedelta(days=31)
# The first look of a day comes after the morning's payouts.
_HOUR = 12
# So often the worker puts down what was booked meanwhile, so that nobody who opens a month waits for that.
_LOOK_THROUGH_EVERY = timedelta(hours=1)


class Settlements:
    """What Wompi really charged, withheld and paid out. No invoice is ever touched. Every method raises
    ``DatabaseUnavailable``."""

    def __init__(
        self,
        table: SettlementQueries,
        wompi: WompiClient,
        *,
        secrets: Sequence[str],
        fees: Fees | None,
        clock: Clock,
        pulls_daily: bool = False,
        before_page: Callable[[], None] = lambda: None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._table = table
        self._wompi = wompi
        self._secrets = secrets
        self._fees = fees
        self._clock = clock
        self._before_page = before_page
        self._pause = pause
        self._pulls_daily = pulls_daily
        self._pulled_on: str | None = None
        self._looked_through_at: datetime | None = None

    def today(self) -> date:
        """The Colombian day."""
        return date.fromisoformat(day_of(self._clock()))

    def import_file(self, path: Path, done: Imported | None = None) -> Imported:
        """Keep Wompi's report of a payout. ``done`` is what is returned, for who watches it meanwhile.

        Raises ``UnreadableReport`` or ``OSError``: then nothing was kept.
        """
        return import_report(self._table, path, self._is_ours, done, pause=self._pause)

    def import_bytes(self, name: str, body: bytes) -> Imported:
        """The same of a report that was handed over whole, under its name. Raises ``UnreadableReport``."""
        return import_opened(self._table, name, lambda: BytesIO(body), self._is_ours, pause=self._pause)

    def pull(self, since: date | None = None, done: Pulled | None = None) -> Pulled:
        """Ask Wompi's API for the payouts since a day, or of the last month. ``done`` as for ``import_file``."""
        today = self.today()
        return pull(
            self._table,
            self._wompi,
            self._is_ours,
            done,
            since=since or today - _MONTHLY,
            today=today,
            before_page=self._before_page,
        )

    def has_any(self) -> bool:
        """Whether a payout is known at all: else nothing can be compared."""
        return self._table.has_payouts()

    def keep_up(self) -> None:
        """The worker's call after each round, which seldom costs a question: look through what was booked, and pull
        where that is set."""
        now, last = self._clock(), self._looked_through_at
        if last is None or not timedelta(0) <= now - last < _LOOK_THROUGH_EVERY:
            self._looked_through_at = now
            if self.has_any():
                self._table.look_through()
        if self._pulls_daily:
            self._pull_daily()

    def _pull_daily(self) -> None:
        """Once a day, in the afternoon."""
        now = self._clock()
        day = day_of(now)
        if day == self._pulled_on or day_of(now - timedelta(hours=_HOUR)) != day:
            return
        self._pulled_on = day
        # Noted first: a worker that dies over it does not try for ever.
        if not self._table.begin_pull(day):
            return
        done = self.pull(self.today() - _DAILY)
        logger.info("settlements: pulled %s payouts, %s transactions", done.payouts, done.transactions)
        for problem in done.problems:
            logger.warning("settlements: %s", problem)

    def month(self, month: str) -> Month:
        """Read a month, ``YYYY-MM``: its sums, payouts and findings. Raises ``ValueError`` where it is none."""
        days_of(month)
        self._table.look_through()
        return read_month(self._table, month, fees=self._fees, today=self.today())

    def rows(self, month: str) -> Iterator[SheetRow]:
        """Walk a month's payments in pages, by their day: the accountant's sheet."""
        first, last = days_of(month)
        for settled, payout_day, wompi_id, invoices in self._table.walk_settled(first.isoformat(), last.isoformat()):
            name = wompi_id or settled.payout_id
            yield SheetRow(settled, invoices, payout_day, name, bank_text(payout_day))

    def _is_ours(self, reference: str) -> bool:
        return read_reference(reference, self._secrets) is not None
