"""Large books: 5 million payments and 20 million lines of the journal on SQLite, beside the same with 10,000.

The migrations from version 0.1.0 and ``prune`` run while events come in; then each page is asked of both in turn.
``BENCH_PAYMENTS`` makes the books smaller. They lie in ``TMPDIR``: two gigabytes a million payments.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import requests

from tests.bench import books
from tests.bench.figures import Figure, Wanted, percentile
from tests.bench.growth import looks
from tests.bench.load import Meanwhile, meanwhile
from tests.bench.mail import Mail
from tests.bench.surroundings import PATIENCE, Serving, Surroundings, command, serving, surroundings
from tests.world import BRIDGE_SECRET
from whmcs_bridge.bridge import build
from whmcs_bridge.ledger import migrations
from whmcs_bridge.settings import load_settings
from whmcs_bridge.signed.calls import HEADER, signature_of
from whmcs_bridge.signed.links import Link, Purpose

MANY, FEW = 5_000_000, 10_000
_GOAL = 1.5
_A_SECOND, _EVENTS = 50, 500
_ROUNDS, _PRESSES = 40, 10
# Beyond every invoice of the books.
_FIRST_INVOICE = 50_000_000
_GIGABYTE = 1 << 30
_ADMIN = {"id": 3, "name": "Ana", "may": ["read"]}


@dataclass(frozen=True, slots=True)
class Books:
    """One of the two databases."""

    path: Path
    settings: dict[str, str]
    payments: int


def large() -> list[Figure]:
    """All of it. Raises ``RuntimeError`` where there is no room for the books."""
    many = int(os.environ.get("BENCH_PAYMENTS", MANY))
    with surroundings() as around:
        if shutil.disk_usage(around.folder).free < 2 * many / 1_000_000 * _GIGABYTE:
            raise RuntimeError(f"no room for {many} payments in {around.folder}: TMPDIR names another place")
        around.to_whmcs.seconds = around.to_wompi.seconds = 0.0
        few, large_ones = (_books(around, number) for number in (FEW, many))
        began = time.monotonic()
        _make(large_ones)
        figures = [
            Figure(f"large books: made, of {many:,} payments", time.monotonic() - began, "s"),
            Figure("large books: size", large_ones.path.stat().st_size / _GIGABYTE, "GiB"),
        ]
        _make(few)
        command(few.settings, around.folder, "payments", "--limit", "1")
        mail = Mail(around.folder)
        return (
            figures
            + _migrated(around, large_ones, mail)
            + _pruned(around, large_ones, mail)
            + _flat(around, few, large_ones)
        )


def _books(around: Surroundings, payments: int) -> Books:
    path = around.folder / f"{payments}.db"
    return Books(path, around.settings(f"sqlite:///{path}"), payments)


def _make(of: Books) -> None:
    books.make(of.path, of.payments, int(time.time() * 1000))


def _migrated(around: Surroundings, of: Books, mail: Mail) -> list[Figure]:
    """The version before is a ``serve`` that takes the old tables for its own: its statements about events are those of
    0.1.0. It books nothing meanwhile."""
    with closing(sqlite3.connect(of.path)) as database:
        _carry(database, migrations.HEAD)
        with serving(of.settings, around.folder, "--no-worker") as before:
            _carry(database, books.FIRST_RELEASE)
            with meanwhile(before.webhook, mail.bodies(_EVENTS), per_second=_A_SECOND) as events:
                seconds = command(of.settings, around.folder, "payments", "--limit", "1")
    return _told("the migrations since 0.1.0", seconds, events)


def _carry(database: sqlite3.Connection, revision: str) -> None:
    with database:
        database.execute("UPDATE alembic_version SET version_num = ?", (revision,))


def _pruned(around: Surroundings, of: Books, mail: Mail) -> list[Figure]:
    with closing(sqlite3.connect(of.path)) as database, serving(of.settings, around.folder, "--no-worker") as bridge:
        count = "SELECT count(*) FROM events"
        (before,) = database.execute(count).fetchone()
        with meanwhile(bridge.webhook, mail.bodies(_EVENTS), per_second=_A_SECOND) as events:
            seconds = command(of.settings, around.folder, "prune")
        (after,) = database.execute(count).fetchone()
    deleted = before + len(events.milliseconds) - events.refused - after
    return [*_told("prune", seconds, events), Figure("large books: events that prune deleted", deleted, "")]


def _told(what: str, seconds: float, events: Meanwhile) -> list[Figure]:
    return [
        Figure(f"large books: {what}", seconds, "s"),
        Figure(
            f"large books: {what}: p99 at {_A_SECOND} events/s meanwhile", percentile(events.milliseconds, 99), "ms"
        ),
        Figure(f"large books: {what}: events not taken meanwhile", events.refused, "", "<=", 0),
    ]


def _flat(around: Surroundings, few: Books, many: Books) -> list[Figure]:
    figures = [*_ratio("due-work query", *(_due_work(around, of) for of in (few, many)))]
    with serving(few.settings, around.folder) as small, serving(many.settings, around.folder) as full:
        ours, theirs = _Asker(around, full, many), _Asker(around, small, few)
        for name in ours.asks:
            times: tuple[list[float], list[float]] = ([], [])
            rounds = _PRESSES if name == _PRESS else _ROUNDS
            for number in range(rounds):
                for asker, found in zip((theirs, ours), times, strict=True):
                    took = asker.took(name)
                    if number >= rounds // 5:  # the first ones find nothing in memory
                        found.append(took)
            figures += _ratio(name, *times, goal=0.0 if name == _TODAY else _GOAL)
    return figures


def _ratio(name: str, few: list[float], many: list[float], *, goal: float = _GOAL) -> Iterator[Figure]:
    yield Figure(f"large books: {name}", median(many), "ms")
    wanted: Wanted = "<=" if goal else ""
    yield Figure(f"large books: {name}, of it at {FEW:,}", median(many) / median(few), "x", wanted, goal)


def _due_work(around: Surroundings, of: Books) -> list[float]:
    with closing(sqlite3.connect(of.path)) as database, database:  # the events that came in above are looked at
        database.execute("UPDATE payments SET state = 'closed', due_at = NULL WHERE status = ''")
    with closing(build(load_settings(of.settings, folder=around.folder))) as bridge:
        return looks(bridge)


_PRESS = "the press"
# It sums two months: what it costs grows with what comes in a day, and not with the years.
_TODAY = "page Today"


class _Asker:
    """Asks one bridge for its pages. What is named is another payment each time, anywhere in the books."""

    def __init__(self, around: Surroundings, bridge: Serving, of: Books) -> None:
        self._around = around
        self._bridge = bridge
        self._of = of
        self._turn = 0
        self._http = requests.Session()
        self._database = sqlite3.connect(of.path)
        self._link = ""
        console = self._console
        self.asks: dict[str, Callable[[dict[str, str]], None]] = {
            "payments page, first": lambda row: console("payments"),
            "payments page, by transaction": lambda row: console("payments", q=row["transaction_id"]),
            "payments page, by reference": lambda row: console("payments", q=row["reference"]),
            "payments page, by invoice or client": lambda row: console("payments", q=row["invoice_id"]),
            "payments page, by amount": lambda row: console("payments", q=f"$ {int(row['amount_in_cents']) // 100}"),
            "payments page, what waits": lambda row: console("payments", state="review"),
            "payments page, by method": lambda row: console("payments", method="CARD"),
            "payments page, by a method that nobody used": lambda row: console("payments", method="DAVIPLATA"),
            "payments page, since a day": lambda row: console("payments", since=f"{_day(400)}"),
            "payments page, of some days": lambda row: console("payments", since=f"{_day(90)}", until=f"{_day(60)}"),
            "trail of a transaction": lambda row: console("trail", of=row["transaction_id"]),
            "trail of a reference": lambda row: console("trail", of=row["reference"]),
            "trail of an invoice": lambda row: console("trail", of=row["invoice_id"]),
            "page of what waits": lambda row: console("review"),
            _TODAY: lambda row: console("today"),
            "page before the press": lambda row: self._view(),
            _PRESS: lambda row: self._press(),
            "/readyz": lambda row: self._http.get(f"{bridge.url}readyz", timeout=PATIENCE).raise_for_status(),
        }

    def took(self, name: str) -> float:
        """How long it took beyond the calls to the sandboxes, in milliseconds. Raises where it is refused."""
        row = self._named()
        self._link = self._new_link() if "press" in name else ""
        self._around.to_whmcs.forget()
        self._around.to_wompi.forget()
        began = time.perf_counter()
        self.asks[name](row)
        took = time.perf_counter() - began
        calls = [*self._around.to_whmcs.calls, *self._around.to_wompi.calls]
        return (took - sum(done - came for _, came, done in calls)) * 1000

    def _named(self) -> dict[str, str]:
        """One of the approved payments, far from the one before."""
        self._turn += 1
        number = self._turn * 7919 * 613 % (self._of.payments - 1) // 10 * 10 + 1
        columns = ("transaction_id", "reference", "invoice_id", "amount_in_cents")
        named = f"SELECT {', '.join(columns)} FROM payments WHERE rowid = ?"
        return dict(zip(columns, map(str, self._database.execute(named, (number + 1,)).fetchone()), strict=True))

    def _console(self, page: str, **fields: str) -> None:
        call = {"page": page, "method": "GET", "fields": fields, "admin": _ADMIN}
        body = json.dumps(call).encode()
        signed = {HEADER: signature_of("/console", body, BRIDGE_SECRET, now=datetime.now(UTC))}
        answer = self._http.post(f"{self._bridge.url}console", body, headers=signed, timeout=PATIENCE)
        answer.raise_for_status()
        if answer.json()["status"] != 200:
            raise RuntimeError(f"the page {page} was answered {answer.json()['status']}")

    def _new_link(self) -> str:
        invoice = _FIRST_INVOICE + self._turn + (self._of.payments if self._of.payments > FEW else 0)
        self._around.whmcs.add_invoice(77, "59500.00", tax="9500.00", invoice_id=invoice)
        return Link(Purpose.PAY, invoice, 77, datetime.now(UTC) + timedelta(hours=1)).signed(BRIDGE_SECRET)

    def _view(self) -> None:
        self._http.get(f"{self._bridge.url}pay/{self._link}", timeout=PATIENCE).raise_for_status()

    def _press(self) -> None:
        pressed = {"terms": "accepted"}
        address = f"{self._bridge.url}pay/{self._link}"
        answer = self._http.post(address, pressed, timeout=PATIENCE, allow_redirects=False)
        if answer.status_code != 303:
            raise RuntimeError(f"the press was answered {answer.status_code}")


def _day(ago: int) -> str:
    return (datetime.now(UTC) - timedelta(days=ago)).date().isoformat()
