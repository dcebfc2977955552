"""The questions about a month of payouts: a few sums, and what is in doubt. The rows themselves come in pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, case, func, literal, or_, select

from whmcs_bridge.ledger.booked import Booked
from whmcs_bridge.ledger.records import Settled
from whmcs_bridge.ledger.rows import PAGE
from whmcs_bridge.ledger.schema import SPLIT, payouts, settlement_days, settlement_doubts, settlements
from whmcs_bridge.ledger.settlements import SettlementTable, SumOf


class DaySums(NamedTuple):
    """The sums of one day, method, payout and kind; see ``settlement_days``."""

    day: str
    method: str
    payout_id: str
    kind: str
    payments: int
    gross: int
    split: int
    split_gross: int
    fee: int
    fee_iva: int
    reteica: int
    reteiva: int
    retefuente: int
    impoconsumo: int
    net: int


class KnownPayout(NamedTuple):
    """A payout, with the sums of its rows: all of them, those of ours, those of which a report told."""

    id: str
    wompi_id: str | None
    day: str
    amount: int | None
    rows: int
    ours: int
    split: int
    net: int


class Doubt(NamedTuple):
    """A transaction of which the books may not agree, as both sides know it."""

    transaction_id: str
    day: str
    settled: Settled | None
    booked: Booked | None


_DAYS = select(*(settlement_days.c[name] for name in DaySums._fields)).where(settlement_days.c.payments > 0)


class SettlementQueries(SettlementTable):
    """Asks them. Days are ``YYYY-MM-DD``, both included."""

    def days(self, first: str, last: str) -> list[DaySums]:
        """The sums of these days."""
        query = _DAYS.where(settlement_days.c.day.between(first, last)).order_by(settlement_days.c.day)
        return self._database.read(lambda connection: [DaySums(*row) for row in connection.execute(query)])

    def has_payouts(self) -> bool:
        """Whether any is known."""
        any_one = select(payouts.c.id).limit(1)
        return self._database.read(lambda connection: connection.execute(any_one).first() is not None)

    def payouts(self, first: str, last: str) -> list[KnownPayout]:
        """The payouts of these days."""
        chosen = select(payouts.c.id, payouts.c.wompi_id, payouts.c.day, payouts.c.amount)
        chosen = chosen.where(payouts.c.day.between(first, last)).order_by(payouts.c.day, payouts.c.id)
        day = settlement_days.c
        mine = func.sum(case((day.kind != SumOf.OTHER, day.payments), else_=0))
        sums = select(day.payout_id, func.sum(day.payments), mine, func.sum(day.split), func.sum(day.net))

        def work(connection: Connection) -> list[KnownPayout]:
            found = connection.execute(chosen).all()
            # Asked for by name: a join would tempt a database to read the sums of all days.
            named = day.payout_id.in_([row.id for row in found])
            of = {row[0]: map(int, row[1:]) for row in connection.execute(sums.where(named).group_by(day.payout_id))}
            return [KnownPayout(*row, *of.get(row.id, (0, 0, 0, 0))) for row in found]

        return self._database.read(work)

    def doubts(self, first: str, last: str) -> Iterator[Doubt]:
        """What may not agree, by the day of the payment."""
        by = settlement_doubts.c.day, settlement_doubts.c.transaction_id
        for page in self._pages(select(*by).where(by[0].between(first, last)), *by):
            names = [name for _, name in page]
            settled, booked = self.settled(names), self.booked(names)
            yield from (Doubt(name, day, settled.get(name), booked.get(name)) for day, name in page)

    def doubtful(self, transaction_ids: Sequence[str]) -> int:
        """Count those of these that do not agree."""
        column = settlement_doubts.c.transaction_id

        def work(connection: Connection) -> int:
            some = (transaction_ids[start : start + PAGE] for start in range(0, len(transaction_ids), PAGE))
            counts = (select(func.count()).where(column.in_(names)) for names in some)
            return sum(connection.execute(count).scalar_one() for count in counts)

        return self._database.read(work)

    def walk_settled(self, first: str, last: str) -> Iterator[tuple[Settled, str, str | None, str]]:
        """Walk the rows of ours by day: each with its payout's day and Wompi's number for it, and its invoices."""
        columns = [settlements.c[name] for name in Settled._fields]
        by = settlements.c.day, settlements.c.transaction_id
        query = (
            select(*by, *columns, payouts.c.day, payouts.c.wompi_id)
            .outerjoin(payouts, payouts.c.id == settlements.c.payout_id)
            .where(settlements.c.day.between(first, last), settlements.c.reference.is_not(None))
        )
        for page in self._pages(query, *by):
            booked = self.booked([row[1] for row in page])
            for row in page:
                settled, payment = Settled(*row[2:-2]), booked.get(row[1])
                yield settled, row[-2] or settled.payout_id, row[-1], payment.invoices if payment else ""

    def fees_of(self, method: str, day: str, limit: int) -> list[tuple[int, int]]:
        """The first rows of a day and method that add up: what was paid, and the commission."""
        sums = sum((settlements.c[name] for name in SPLIT), literal(0))
        query = (
            select(settlements.c.gross, settlements.c.fee)
            .where(settlements.c.day == day, settlements.c.method == method)
            .where(settlements.c.reference.is_not(None), settlements.c.gross == sums)
            .order_by(settlements.c.transaction_id)
            .limit(limit)
        )
        return self._database.read(lambda connection: [(row[0], row[1]) for row in connection.execute(query)])

    def _pages(self, query: Select[Any], day: Any, name: Any) -> Iterator[Sequence[Any]]:
        """A page at a time, by day and transaction, which are the first two columns."""
        query, beyond = query.order_by(day, name).limit(PAGE), None
        while True:
            asked = query if beyond is None else query.where(beyond)
            page = self._database.read(partial(_all, asked))
            if page:
                yield page
            if len(page) < PAGE:
                return
            last_day, last = page[-1][:2]
            # The first half can be found by the index; the second settles those of one day.
            beyond = and_(day >= last_day, or_(day > last_day, name > last))


def _all(query: Select[Any], connection: Connection) -> Sequence[Any]:
    return connection.execute(query).all()
