"""The books of what Wompi paid out: each transaction once, its sums with it, and what does not agree yet.

Amounts are in cents of a peso; days are Colombian, ``YYYY-MM-DD``. Nothing here is decided, and no invoice is touched.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum
from functools import partial
from itertools import islice
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from whmcs_bridge.ledger.booked import BookedQueries, portions, read_named
from whmcs_bridge.ledger.queries import PaymentFilter
from whmcs_bridge.ledger.raw_statements import insert_tuples, taken_keys
from whmcs_bridge.ledger.records import Settled, State
from whmcs_bridge.ledger.rows import PAGE, moment_of, walk
from whmcs_bridge.ledger.schema import SPLIT, meta, payments, payouts, settlement_days, settlement_doubts, settlements
from whmcs_bridge.ledger.writes import insert_new, keep_fact, one_at_a_time

# Until when booked payments have been looked through for those of which no payout is known.
_LOOKED_THROUGH = "settlements_looked_through"
# On which day a worker has pulled last.
_PULLED = "settlements_pulled"
# What is committed late has an earlier time than what was seen already.
_OVERLAP = timedelta(hours=1)
_TURN = "turn_to_keep_settlements"


class ToldBy(IntEnum):
    """How the payout of a transaction is known; the higher one holds."""

    CALENDAR = 0
    """By the next business day, as nobody told it."""
    REPORT = 1
    """By the name of the report's file."""
    WOMPI = 2
    """By Wompi's list of transactions."""


class SumOf(StrEnum):
    """Which rows a sum is of: apart, so that a row which does not add up says nothing about the tariff."""

    OURS = "ours"
    OFF = "off"
    """Ours, and not adding up."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of rows that were to be kept: how many are new, and how many said something else before."""

    new: int
    changed: int


@dataclass(frozen=True, slots=True)
class WompisPayout:
    """A payout as Wompi's list tells it."""

    wompi_id: str
    day: str
    amount_in_cents: int


# What is to be added to ``settlement_days``, by its key.
_Sums = dict[tuple[str, str, str, str], list[int]]


def _sums_of(rows: Iterable[Settled], doubts: Collection[str] | None = None) -> _Sums:
    """Only rows in ``doubts`` may not add up, where that is known."""
    by_key: dict[tuple[str, str, str, str], list[Settled]] = defaultdict(list)
    ours, off, other = SumOf.OURS.value, SumOf.OFF.value, SumOf.OTHER.value
    for row in rows:
        suspect = doubts is None or row[0] in doubts
        kind = other if row[4] is None else off if suspect and row.off_by else ours
        by_key[row[1], row[5], row[2], kind].append(row)
    sums: _Sums = {}
    for key, found in by_key.items():
        columns = [*zip(*found, strict=True)][6:]
        split = [row[6:] for row in found if row[-1] is not None] if None in columns[-1] else None
        told = columns if split is None else [*zip(*split, strict=True)] or [()] * (1 + len(SPLIT))
        sums[key] = [len(found), sum(columns[0]), len(told[0]), *map(sum, told)]
    return sums


_KEYS = ("day", "method", "payout_id", "kind")
_SUMS = ("payments", "gross", "split", "split_gross", *SPLIT)
_ADD = (
    update(settlement_days)
    .where(*(settlement_days.c[name] == bindparam(f"key_{name}") for name in _KEYS))
    .values({settlement_days.c[name]: settlement_days.c[name] + bindparam(f"more_{name}") for name in _SUMS})
)


class SettlementTable(BookedQueries):
    """Keeps them. Every method raises ``DatabaseUnavailable``."""

    def keep(self, rows: Sequence[Settled], doubts: Collection[str]) -> Kept:
        """Keep rows, the last one said of each transaction, with their sums; ``doubts`` are those that do not agree.

        A row that is known and the same changes nothing. What only a report tells stays when Wompi's list comes after
        it, and so does a payout that is better known.
        """
        return self._database.write(partial(_keep, rows, frozenset(doubts)))

    def keep_payouts(self, found: Iterable[WompisPayout]) -> dict[str, str]:
        """Keep Wompi's payouts, and tell under which id each of them is known here."""
        return self._database.write(lambda connection: {one.wompi_id: _keep_payout(connection, one) for one in found})

    def look_through(self) -> None:
        """Put down every booked payment of which no payout is known, and every paid out one that is no longer booked:
        since the last time, in pages."""
        since, until = moment_of(self.recall(_LOOKED_THROUGH)), self._clock()
        # To look at the last hour again costs less than to note each time that it was looked at.
        if since and timedelta(0) <= until - since < _OVERLAP:
            until = since
        begin = since - _OVERLAP if since else datetime(2000, 1, 1, tzinfo=UTC)
        # Nearly all of them are posted: the state is no help to find them, and SQLite would go by it.
        paid = func.coalesce(payments.c.part_of, payments.c.transaction_id)
        columns = [payments.c[name] for name in ("state", "finalized_at", "created_at", "posted_at")]
        unpaid = (
            select(*columns, paid.label("paid"))
            .outerjoin(settlements, settlements.c.transaction_id == paid)
            .where(payments.c.posted_at >= begin, settlements.c.transaction_id.is_(None))
        )
        at, name = payments.c.posted_at, payments.c.transaction_id
        found = walk(self._database, unpaid, lambda row: row if row.state == State.POSTED else None, at, name)
        while page := list(islice(found, PAGE)):
            # By their time: who is interrupted goes on from here, which matters where years were booked before.
            reached = min(page[-1].posted_at, until)
            seen = {row.paid: day_of(row.finalized_at or row.created_at) for row in page}
            self._put_down(seen, reached if since is None or reached > since else None)
        open_states = (State.DUE, State.POSTING, State.REVIEW)
        open_ones = (one.wompi_id for state in open_states for one in self.walk(PaymentFilter(state=state)))
        while names := list(islice(open_ones, PAGE)):
            rows = self.settled(names).values()
            self._put_down({row.transaction_id: row.day for row in rows if row.reference is not None})
        if until != since:
            self._database.write(partial(_looked_through, until))

    def _put_down(self, found: Mapping[str, str], reached: datetime | None = None) -> None:
        def work(connection: Connection) -> None:
            _doubt(found, connection)
            if reached is not None:
                _looked_through(reached, connection)

        if found:
            self._database.write(work)

    def begin_pull(self, day: str) -> bool:
        """Take it upon us to pull on this day. False where another worker has."""

        def work(connection: Connection) -> bool:
            one_at_a_time(connection, _TURN)
            if connection.execute(select(meta.c.value).where(meta.c.name == _PULLED)).scalar() == day:
                return False
            keep_fact(connection, _PULLED, day)
            return True

        return self._database.write(work)

    def agree(self, transaction_ids: Sequence[str]) -> None:
        """These agree now."""
        if transaction_ids:
            self._database.write(lambda connection: _settle(connection, transaction_ids))


def day_of(moment: datetime) -> str:
    """The Colombian day of a time: five hours behind UTC, all the year."""
    return (moment.astimezone(UTC) - timedelta(hours=5)).date().isoformat()


def rows_of(connection: Connection, transaction_ids: Sequence[str]) -> dict[str, Settled]:
    """Find rows by transaction."""
    return read_named(connection, settlements, Settled, Settled._fields, transaction_ids)


def _keep(rows: Sequence[Settled], doubts: frozenset[str], connection: Connection) -> Kept:
    one_at_a_time(connection, _TURN)
    names = list({row.transaction_id for row in rows})
    new, changed, known = rows, list[Settled](), dict[str, Settled]()
    if not _all_new(connection, rows):
        known, wanted = rows_of(connection, names), dict[str, Settled]()
        for row in rows:
            before = wanted.get(row.transaction_id) or known.get(row.transaction_id)
            wanted[row.transaction_id] = _merged(before, row) if before else row
        new = [row for name, row in wanted.items() if name not in known]
        changed = [row for name, row in wanted.items() if name in known and row != known[name]]
        insert_tuples(connection, settlements, Settled._fields, new)
    for row in changed:
        mine = settlements.c.transaction_id == row.transaction_id
        connection.execute(update(settlements).where(mine).values(row._asdict()))
    for payout_id in {row.payout_id for row in (*new, *changed) if row.told_by != ToldBy.WOMPI}:
        insert_new(connection, payouts, {"id": payout_id, "wompi_id": None, "day": payout_id, "amount": None})
    _add(connection, _sums_of((*new, *changed), None if changed else doubts), 1)
    _add(connection, _sums_of(known[row.transaction_id] for row in changed), -1)
    _settle(connection, [name for name in names if name not in doubts])
    if doubts:
        _doubt({row.transaction_id: row.day for row in rows if row.transaction_id in doubts}, connection)
    return Kept(len(new), sum(known[row.transaction_id].net is not None for row in changed))


def _all_new(connection: Connection, rows: Sequence[Settled]) -> bool:
    """Insert them, if none of them is known: nearly always so, and then nothing has to be looked for."""
    try:
        with connection.begin_nested():
            insert_tuples(connection, settlements, Settled._fields, rows)
    except IntegrityError:
        return False
    return True


def _merged(before: Settled, row: Settled) -> Settled:
    """What holds of two rows about one transaction."""
    better = before if before.told_by > row.told_by or row.told_by == ToldBy.CALENDAR else row
    whole = before if row.net is None and before.net is not None else row
    return whole._replace(payout_id=better.payout_id, told_by=better.told_by)


def _add(connection: Connection, sums: _Sums, sign: int) -> None:
    """Add to the sums that are there, and begin those that are not. Whoever does it is alone, see ``_TURN``."""
    found: set[Any] = set()
    for days in portions(sorted({key[0] for key in sums})):
        columns = [settlement_days.c[name] for name in _KEYS]
        found.update(map(tuple, connection.execute(select(*columns).where(settlement_days.c.day.in_(days)))))
    more, begun = [], []
    for key, numbers in sums.items():
        values = [sign * number for number in numbers]
        if key in found:
            told = dict(zip((f"key_{name}" for name in _KEYS), key, strict=True))
            more.append(told | dict(zip((f"more_{name}" for name in _SUMS), values, strict=True)))
        else:
            begun.append(dict(zip(_KEYS, key, strict=True)) | dict(zip(_SUMS, values, strict=True)))
    if more:
        connection.execute(_ADD, more)
    if begun:
        connection.execute(insert(settlement_days), begun)


def _settle(connection: Connection, names: Sequence[str]) -> None:
    column = settlement_doubts.c.transaction_id
    for some in portions(names):
        if found := taken_keys(connection, settlement_doubts, some):
            connection.execute(delete(settlement_doubts).where(column.in_(found)))


def _looked_through(until: datetime, connection: Connection) -> None:
    keep_fact(connection, _LOOKED_THROUGH, until.isoformat())


def _doubt(found: Mapping[str, str], connection: Connection) -> None:
    one_at_a_time(connection, _TURN)
    for some in portions(list(found)):
        known = taken_keys(connection, settlement_doubts, some)
        new = [(name, found[name]) for name in some if name not in known]
        insert_tuples(connection, settlement_doubts, ("transaction_id", "day"), new)


def _keep_payout(connection: Connection, told: WompisPayout) -> str:
    """A day's first payout is known by its day, so that the day's report finds it."""
    values = {"wompi_id": told.wompi_id, "day": told.day, "amount": told.amount_in_cents}
    mine = select(payouts.c.id).where(payouts.c.wompi_id == told.wompi_id)
    known: str | None = connection.execute(mine).scalar()
    if known is None:
        free = select(payouts.c.id).where(payouts.c.id == told.day, payouts.c.wompi_id.is_(None))
        known = connection.execute(free).scalar()
    if known is not None:
        connection.execute(update(payouts).where(payouts.c.id == known).values(values))
        return known
    if insert_new(connection, payouts, {"id": told.day, **values}):
        return told.day
    insert_new(connection, payouts, {"id": told.wompi_id, **values})
    return told.wompi_id
