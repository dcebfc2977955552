"""No question that the bridge asks often reads a whole table that grows, or sorts what an index has in order.

The statements are those that the product issues, caught on their way to the driver, and explained by each database over
tables with enough rows that a planner sees the difference. MariaDB and PostgreSQL keep statistics by themselves, so
they are made here; SQLite has none in an installation, so it has none here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert

from tests.conftest import DATABASES, create_database
from tests.world import START, Hands
from whmcs_bridge.ledger import migrations, retention, rows
from whmcs_bridge.ledger.claims import Attempt
from whmcs_bridge.ledger.engine.database import Database
from whmcs_bridge.ledger.impossible_times import ImpossibleTimes
from whmcs_bridge.ledger.queries import PaymentFilter
from whmcs_bridge.ledger.raw_statements import packed
from whmcs_bridge.ledger.records import State
from whmcs_bridge.ledger.reports import Reports, Sought
from whmcs_bridge.ledger.retention import Retention
from whmcs_bridge.ledger.schema import (
    SPLIT,
    checkouts,
    events,
    journal,
    meta,
    metadata,
    parts,
    payments,
    payouts,
    settlement_days,
    settlement_doubts,
    settlements,
    voids,
)
from whmcs_bridge.ledger.seen import Seen
from whmcs_bridge.ledger.settlement_queries import SettlementQueries
from whmcs_bridge.ledger.settlements import day_of
from whmcs_bridge.ledger.statistics import LedgerStatistics
from whmcs_bridge.ledger.store import Store
from whmcs_bridge.ledger.waiting import Timer

pytestmark = pytest.mark.slow

ROWS = 6_000
# Small beside them, as the product's are beside a million rows.
PAGE = 50
# So many rows a server may sort when it finds that cheaper than to follow the index.
HANDFUL = 200
# A payout a day and a handful of doubts are no growth.
GROWING = {"checkouts", "parts", "quotes", "events", "payments", "journal", "voids", "settlements", "settlement_days"}
SMALL = {"payouts", "settlement_doubts"}
SEEN = Seen("APPROVED", "INV-00042", 42, 77, 5_950_000, "COP", "CARD", START)
MINUTE = timedelta(minutes=1)
A_DAY = Sought(since=START - timedelta(days=9), until=START - timedelta(days=8))
OF_A_METHOD = Sought(method="CARD", since=A_DAY.since, until=A_DAY.until)
KNOWN = Sought(names=["1202-00123"], invoices=[42], clients=[78], amounts_in_cents=[5_950_001])


@dataclass
class Room:
    """A full database, and what the product asks it with."""

    database: Database
    store: Store
    statistics: LedgerStatistics
    retention: Retention
    times: ImpossibleTimes
    reports: Reports
    settlements: SettlementQueries

    def asked(self, call: Callable[[Room], object]) -> list[tuple[str, Any]]:
        """Do what the product does; return the statements that the database was given for it."""
        found: list[tuple[str, Any]] = []

        def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
            assert not many, statement
            found.append((statement, parameters))

        event.listen(self.database.engine, "before_cursor_execute", note)
        try:
            call(self)
        finally:
            event.remove(self.database.engine, "before_cursor_execute", note)
        return [one for one in found if one[0].startswith(("SELECT", "UPDATE", "DELETE", "(SELECT"))]

    def faults(self, statement: str, parameters: Any, *, sorts: bool) -> list[str]:
        """What is wrong with the way in which the database would carry it out."""
        with self.database.engine.connect() as connection:
            look = {"sqlite": _sqlite, "mysql": _mariadb, "postgresql": _postgresql}[connection.dialect.name]
            found = list(look(connection, statement, parameters))
        return [fault for fault in found if not (sorts and fault.startswith("sorts"))]


def _sqlite(connection: Connection, statement: str, parameters: Any) -> Iterator[str]:
    plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    for detail in [str(row[3]) for row in plan]:
        words = detail.split()
        if words[0] == "SCAN" and words[1] in GROWING and not _ends_early(statement):
            yield f"reads all: {detail}"
        # "FOR LAST TERM OF ORDER BY" settles the order of those of one moment. How many are sorted is not told.
        if detail == "USE TEMP B-TREE FOR ORDER BY":
            yield f"sorts: {detail}"


def _mariadb(connection: Connection, statement: str, parameters: Any) -> Iterator[str]:
    for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).mappings():
        in_order = row["type"] == "index" and _ends_early(statement)
        if row["table"] in GROWING and row["type"] in ("ALL", "index") and not in_order:
            yield f"reads all: {dict(row)}"
        if "filesort" in (row["Extra"] or "") and int(str(row["rows"] or 0).split()[0]) > HANDFUL:
            yield f"sorts: {dict(row)}"


def _postgresql(connection: Connection, statement: str, parameters: Any) -> Iterator[str]:
    (told,) = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).one()
    plans = [plan["Plan"] for plan in (json.loads(told) if isinstance(told, str) else told)]
    while plans:
        plan = plans.pop()
        plans += plan.get("Plans", [])
        kind, table = plan["Node Type"], plan.get("Relation Name")
        whole = kind in ("Index Scan", "Index Only Scan") and "Index Cond" not in plan
        if table in GROWING and (kind == "Seq Scan" or (whole and not _ends_early(statement))):
            yield f"reads all: {kind} on {table}"
        if kind == "Sort" and plan["Plans"][0]["Plan Rows"] > HANDFUL:
            yield f"sorts: {plan['Sort Key']}"


def _ends_early(statement: str) -> bool:
    """It reads one end of an index and stops: nothing has to be looked for on the way."""
    return "WHERE" not in statement and ("LIMIT" in statement or statement.startswith(("SELECT max(", "SELECT min(")))


def fill(connection: Connection) -> None:
    """An installation after some years: nearly everything is over, a little is under way, and some waits."""
    begin = START - timedelta(days=50)
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in GROWING | SMALL}
    for number in range(ROWS):
        at, name, reference = begin + number * 12 * MINUTE, f"1202-{number:05}", f"INV-{number:05}"
        invoice = number // 2
        state, due_at = {
            0: (State.DUE, at),
            1: (State.REVIEW, START + timedelta(hours=1)),
            2: (State.POSTING, START + timedelta(minutes=5)),
        }.get(number % 100, (State.POSTED, None))
        posted_at = at if state is State.POSTED else None
        rows["checkouts"].append(
            {
                "reference": reference,
                "invoice_id": invoice,
                "client_id": 77,
                "amount_in_cents": 5_950_000,
                "purpose": "pay",
                "terms_url": "https://example.com/terms",
                "created_at": at,
                "expires_at": at + timedelta(hours=1),
                "ask_at": START - timedelta(minutes=number % 7) if number % 50 == 0 else None,
                "language": "es",
                "asked": 6,
            }
        )
        rows["payments"].append(
            {
                "transaction_id": name,
                "state": state,
                "reason": "",
                "due_at": due_at,
                "looks": 0,
                "touched": False,
                "status": "APPROVED",
                "reference": reference,
                "invoice_id": invoice,
                "client_id": 77,
                "amount_in_cents": 5_950_000,
                "currency": "COP",
                "method": "CARD",
                "finalized_at": at,
                "created_at": at,
                "posted_at": posted_at,
                "approved_at": at,
                "dismissed": False,
                "part_of": f"{name}W" if number % 20 == 0 else None,
            }
        )
        if number % 20 == 0:
            rows["parts"] += [
                {"reference": reference, "place": place, "invoice_id": invoice + place, "client_id": 77}
                | {"amount_in_cents": 1_000_000}
                for place in range(3)
            ]
        rows["events"].append(
            {"digest": f"{number:064}", "transaction_id": name, "received_at": at, "body": packed(b"x" * 200)}
        )
        rows["journal"] += [
            {
                "at": at,
                "transaction_id": name,
                "reference": reference,
                "invoice_id": invoice if what == "posted" else None,
                "what": what,
                "detail": "",
            }
            for what in ("touch", "posted")
        ]
        if number % 10 == 0:
            rows["voids"].append(
                {"transaction_id": name, "state": "done", "detail": "", "asked_at": at, "told_at": None}
            )
        if number % 100 > 2:
            add_settlement(rows, number, name if number % 20 else f"{name}W", at)
    rows["payouts"] = [
        {"id": f"{payout:010}", "wompi_id": str(payout), "day": day_of(begin + payout * 720 * MINUTE), "amount": 1}
        for payout in range(ROWS // 60)
    ]
    last = {"name": "settlements_looked_through", "value": (START - timedelta(hours=3)).isoformat()}
    connection.execute(insert(meta), last)
    for table in (
        *(checkouts, parts, payments, events, journal, voids),
        *(settlements, settlement_days, settlement_doubts, payouts),
    ):
        for start in range(0, len(rows[table.name]), 2_000):
            connection.execute(insert(table), rows[table.name][start : start + 2_000])


def add_settlement(rows: dict[str, list[dict[str, Any]]], number: int, name: str, at: datetime) -> None:
    """What was paid out of a payment: its row, one sum for each five of them, and a few that do not agree."""
    day, payout = day_of(at), f"{number // 60:010}"
    money = dict.fromkeys(SPLIT, 1)
    rows["settlements"].append(
        {"transaction_id": name, "day": day, "payout_id": payout, "told_by": 2, "reference": "INV", "method": "CARD"}
        | {"gross": 7, **money}
    )
    if number % 5 == 0:
        rows["settlement_days"].append(
            {"day": day, "method": f"M{number % 60}", "payout_id": payout, "kind": "ours"}
            | {"payments": 5, "gross": 5, "split": 5, "split_gross": 5, **money}
        )
    if number % 50 == 3:
        rows["settlement_doubts"].append({"transaction_id": name, "day": day})


@contextmanager
def full_room(url: str) -> Iterator[Room]:
    """Fill a database, and let it look at itself as it would by and by."""
    with closing(Database(url)) as database:
        migrations.upgrade(database)
        database.write(fill)
        clock = Hands()
        if not database.is_sqlite:
            word = "ANALYZE TABLE" if url.startswith("mysql") else "ANALYZE"
            for name in metadata.tables:
                database.write(lambda connection, name=name: connection.exec_driver_sql(f"{word} {name}").close())  # type: ignore[misc]  # no lambda with a default is inferred
        yield Room(
            database,
            Store(database, clock),
            LedgerStatistics(database, clock),
            Retention(database, clock, keep_events=timedelta(days=48)),
            ImpossibleTimes(database, clock, Timer("test", clock.ticks, 6 * MINUTE), lease=MINUTE),
            Reports(database),
            SettlementQueries(database, clock),
        )


@pytest.fixture(params=DATABASES, scope="class")
def room(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """One on each database."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('plans') / 'bridge.db'}"
    else:
        server = request.getfixturevalue(request.param)
        create_database(server, "plans")
        url = server.url("plans")
    with full_room(url) as made, pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "PAGE", PAGE)
        patch.setattr(retention, "BATCH", PAGE)
        yield made


def look_at_one(room: Room) -> None:
    """What the worker does with a payment."""
    room.store.next_due()
    claim = room.store.claim(MINUTE)
    assert claim is not None
    assert room.store.settle(claim, State.POSTED, "", due_in=None, seen=SEEN)


def begin_to_book_one(room: Room) -> None:
    """It asks whether another payment of the invoice is being booked."""
    claim = room.store.claim(MINUTE)
    assert claim is not None
    assert room.store.begin_posting(claim, SEEN, Attempt(""), look_again_in=MINUTE)


def ask_about_one(room: Room) -> None:
    """What the timer does with a checkout."""
    (due, *_) = room.store.checkouts_to_ask(before=START, limit=20)
    room.store.checkout_asked(due, START + MINUTE)


CALLS: dict[str, Callable[[Room], object]] = {
    "a look at a payment": look_at_one,
    "a question about a checkout": ask_about_one,
    "the command's walk over open checkouts": lambda room: list(room.store.walk_open_checkouts()),
    "a touch": lambda room: room.store.touch("1202-00123", "for the test"),
    "everything due": lambda room: room.store.make_due(),
    "a payment": lambda room: room.store.payment("1202-00123"),
    "a checkout by reference": lambda room: room.store.checkout("INV-00123"),
    "the newest payments": lambda room: room.store.payments(limit=50),
    "what waits for a person": lambda room: room.store.payments(state=State.REVIEW),
    "the payments of a state in pages": lambda room: list(room.store.walk(PaymentFilter(state=State.REVIEW))),
    "all payments in pages": lambda room: list(room.store.walk(PaymentFilter(), limit=120)),
    "booked payments since a day": lambda room: list(room.store.posted_since(START - timedelta(days=8))),
    "a transaction's journal": lambda room: room.store.journal(transaction_id="1202-00123"),
    "the journal's last lines": lambda room: room.store.journal(limit=50),
    "how many events": lambda room: room.store.events_of(["1202-00123", "1202-00124"]),
    "events of a transaction, or by their digest": lambda room: room.store.stored_events("1202-00123"),
    "the newest": lambda room: room.store.newest(),
    "a void": lambda room: room.store.void("1202-00120"),
    "the alarms' figures": lambda room: (room.statistics.unbooked_since(), room.statistics.overdue_since()),
    "what rings for a person": lambda room: room.statistics.in_review(),
    "a look for them, and what is in doubt": lambda room: room.times.mend(),
    "the metrics' figures": lambda room: room.statistics.snapshot(),
    "what cannot be read": lambda room: room.statistics.unreadable(),
    "impossible times": lambda room: room.statistics.impossible_times(START),
    "what is in doubt": lambda room: room.statistics.in_doubt(MINUTE),
    "second payments": lambda room: room.statistics.second_payments(START - timedelta(hours=20)),
    "bookings without a row": lambda room: room.statistics.missing(START - timedelta(days=1)),
    "another booking without a row": lambda room: room.store.others_missing("1202-00123", START - timedelta(days=1)),
    "what each invoice gets of a checkout": lambda room: room.store.parts("INV-00120"),
    "which are known": lambda room: room.store.known_ids(["1202-00123", "bank-1"]),
    "the backlog": lambda room: room.store.backlog(),
    "a batch of old events": lambda room: room.retention.prune(),
    "how many old events": lambda room: room.retention.old(),
    "the console's newest payments": lambda room: room.reports.find(Sought(), limit=50),
    "the console's payments of a state": lambda room: room.reports.find(Sought(state=State.REVIEW), limit=50),
    "the console's payments of a day": lambda room: room.reports.find(A_DAY, limit=50),
    "the console's payments by a method": lambda room: room.reports.find(Sought(method="CARD"), limit=50),
    "the console's payments of a day by a method": lambda room: room.reports.find(OF_A_METHOD, limit=50),
    "who tried to pay lately": lambda room: room.reports.checkouts_without_money(START - timedelta(days=3), limit=50),
    "what events said last": lambda room: room.reports.last_events(["1202-00123", "1202-00124"]),
}

SETTLED_ON = (START - timedelta(days=20)).date().isoformat()
CALLS |= {
    "what is no longer booked, or not paid out": lambda room: room.settlements.look_through(),
    "the sums of a day": lambda room: room.settlements.days(SETTLED_ON, SETTLED_ON),
    "what is in doubt of a day": lambda room: list(room.settlements.doubts(SETTLED_ON, SETTLED_ON)),
    "the rows of a day": lambda room: list(room.settlements.walk_settled(SETTLED_ON, SETTLED_ON)),
    "the commissions of a day": lambda room: room.settlements.fees_of("CARD", SETTLED_ON, 50),
}

# A handful of rows that an index has found: to sort them costs nothing, and an index more for it would.
CALLS_ON_A_HANDFUL: dict[str, Callable[[Room], object]] = {
    "the beginning of a booking": begin_to_book_one,
    "an invoice's journal": lambda room: room.store.journal(invoice_id=42, limit=200),
    "the payments of a reference": lambda room: list(room.store.walk(PaymentFilter(reference="INV-00123"))),
    "an invoice's payments": lambda room: room.store.payments(invoice_id=42),
    "several invoices' payments": lambda room: room.store.payments_of([42, 43, 44]),
    "an invoice's payments that cannot be read": lambda room: room.store.unreadable_of([42]),
    "an invoice's payments in pages": lambda room: list(room.store.walk(PaymentFilter(invoice_id=42))),
    "an invoice's open checkouts": lambda room: room.store.open_checkouts(42),
    "several invoices' open checkouts": lambda room: room.store.open_checkouts(42, 43, 44),
    "the parts of a transaction": lambda room: room.store.of_transaction("1203-00040"),
    "an invoice's checkouts": lambda room: room.store.checkouts_of(42, limit=10),
    "what was received lately": lambda room: room.reports.received(START.date() - timedelta(days=8), START.date()),
    "the sheet of a week": lambda room: room.reports.booked(START - timedelta(days=8), START),
    "payments by what is known of them": lambda room: room.reports.find(KNOWN, limit=50),
    "the payouts of a day": lambda room: room.settlements.payouts(SETTLED_ON, SETTLED_ON),
}


class TestPlans:
    @pytest.mark.parametrize("name", CALLS)
    def test_nothing_is_read_whole_or_sorted(self, room: Room, name: str) -> None:
        """Every statement of this step finds its rows by an index, in the order in which it wants them."""
        asked = room.asked(CALLS[name])
        assert asked
        assert {one[0]: faults for one in asked if (faults := room.faults(*one, sorts=False))} == {}

    @pytest.mark.parametrize("name", CALLS_ON_A_HANDFUL)
    def test_a_handful_is_found_by_an_index(self, room: Room, name: str) -> None:
        """What is sorted is one invoice's rows."""
        asked = room.asked(CALLS_ON_A_HANDFUL[name])
        assert asked
        assert {one[0]: faults for one in asked if (faults := room.faults(*one, sorts=True))} == {}

    def test_this_test_can_fail(self, room: Room) -> None:
        """A question without an index is found out on each database, and so is a sort."""
        scan = "SELECT transaction_id FROM payments WHERE currency = 'USD'"
        sort = "SELECT transaction_id FROM payments WHERE created_at > 0 ORDER BY reason"
        walk = "SELECT transaction_id FROM payments WHERE currency = 'USD' ORDER BY created_at LIMIT 5"
        assert [fault.split(":")[0] for fault in room.faults(scan, (), sorts=True)] == ["reads all"]
        assert "sorts" in [fault.split(":")[0] for fault in room.faults(sort, (), sorts=False)]
        assert "reads all" in [fault.split(":")[0] for fault in room.faults(walk, (), sorts=True)]
