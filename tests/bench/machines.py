"""More than one machine: four ``serve`` and two ``worker`` on one database server beside one and one, all on this
machine; and the server killed under them, or replaced by its standby.

Real hosts have a processor each for what shares two here, so the figures are the least that they would be.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import cycle
from pathlib import Path

import requests
from sqlalchemy import NullPool, create_engine

from tests.bench.booking import paid
from tests.bench.figures import Figure, of_rounds
from tests.bench.load import CONNECTIONS, SECONDS, Load, post
from tests.bench.mail import Mail
from tests.bench.surroundings import (
    FAR,
    PATIENCE,
    Serving,
    Surroundings,
    database_server,
    running,
    serving,
    surroundings,
)
from tests.databases import DatabaseServer
from tests.faults import servers
from tests.faults.standby import address_of, promote, standby_of

_KINDS = {"postgresql": "PostgreSQL", "mariadb": "MariaDB"}
_ROUNDS = 3
_SERVES, _WORKERS = 4, 2
# Seconds that a call takes while bookings are measured, and how many payments wait then.
_NEAR, _BACKLOG = 0.05, 40
# Payments that are told of before the server fails and while it does.
_FAILOVER, _BEFORE = 120, 60
_SENDERS = 8
# A booking that the server's death cut is looked at again after these, and not after minutes.
_HASTY = {"WOMPI_TIMEOUT": "2", "WHMCS_TIMEOUT": "2", "WHMCS_POST_TIMEOUT": "2", "BRIDGE_RECHECK_AFTER": "1"}


def machines() -> list[Figure]:
    """All of it."""
    figures = []
    for kind, name in _KINDS.items():
        with surroundings() as around, database_server(kind, "one", "four", "failover") as server:
            figures += _beside_one(around, server, name)
            figures += _killed(around, server, name)
    return figures + _standby()


@contextmanager
def _fleet(around: Surroundings, url: str, serves: int, workers: int, **changes: str) -> Iterator[list[Serving]]:
    """Processes that share a database. Yields those that serve."""
    settings = around.settings(url, **changes)
    worker = [str(Path(sys.executable).with_name("wompi-bridge")), "worker"]
    with ExitStack() as stack:
        fleet = [stack.enter_context(serving(settings, around.folder, "--no-worker")) for _ in range(serves)]
        stack.enter_context(running([worker] * workers, f"{fleet[0].url}healthz", around.folder, settings))
        yield fleet


def _beside_one(around: Surroundings, server: DatabaseServer, name: str) -> list[Figure]:
    mail = Mail(around.folder)
    with (
        _fleet(around, server.url("one"), 1, 1) as one,
        _fleet(around, server.url("four"), _SERVES, _WORKERS) as four,
    ):
        fleets = (one, four)
        rates, p99s, bookings = _pair(), _pair(), _pair()
        around.to_whmcs.seconds = around.to_wompi.seconds = _NEAR
        for _ in range(_ROUNDS):
            for fleet, found in zip(fleets, bookings, strict=True):
                found.append(_booked_a_second(around, fleet))
        # What came in below is nothing that Wompi knows: the workers ask about it, as slowly as from another city.
        around.to_wompi.seconds = FAR
        for _ in range(_ROUNDS):
            for fleet, rate, p99 in zip(fleets, rates, p99s, strict=True):
                loads = _load(fleet, mail)
                rate.append(sum(load.per_second for load in loads))
                p99.append(max(load.p99 for load in loads))
        costs = _costs(one[0], server, name, mail)
    return [
        *costs,
        of_rounds(f"{name}, one serve: acknowledgements", rates[0], "/s"),
        of_rounds(f"{name}, {_SERVES} serve: acknowledgements", rates[1], "/s"),
        _of(f"{name}, {_SERVES} serve: acknowledgements, of one", rates, 1.6),
        of_rounds(f"{name}, {_SERVES} serve: p99", p99s[1], "ms"),
        of_rounds(f"{name}, one worker: bookings", bookings[0], "/s"),
        _of(f"{name}, {_WORKERS} workers: bookings, of one", bookings, 1.0),
    ]


def _pair() -> tuple[list[float], list[float]]:
    return [], []


def _of(name: str, rates: tuple[list[float], list[float]], goal: float) -> Figure:
    return of_rounds(name, [more / one for one, more in zip(*rates, strict=True)], "x", ">=", goal)


def _costs(bridge: Serving, server: DatabaseServer, name: str, mail: Mail) -> list[Figure]:
    """What an event takes of the processors, at both ends: what other hosts would do follows from it."""
    events, before = mail.file(), [_processor_time(of) for of in ([bridge.pid], servers.family(server))]
    taken = post(bridge.webhook, events).per_second * SECONDS
    after = [_processor_time(of) for of in ([bridge.pid], servers.family(server))]
    ours, theirs = ((now - then) / taken * 1000 for now, then in zip(after, before, strict=True))
    return [
        Figure(f"{name}, processor time of an event: serve", ours, "ms"),
        Figure(f"{name}, processor time of an event: the database server, the worker's looks included", theirs, "ms"),
    ]


def _processor_time(processes: Sequence[int]) -> float:
    """In seconds, since each began."""
    # https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: utime and stime, counted behind the name.
    fields = (Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split() for process in processes)
    return sum(int(found[11]) + int(found[12]) for found in fields) / os.sysconf("SC_CLK_TCK")


def _load(fleet: Sequence[Serving], mail: Mail) -> list[Load]:
    """As many connections as ever, shared among the processes, as a load balancer would."""
    files = [mail.file(name=f"events-{number}") for number in range(len(fleet))]
    each = CONNECTIONS // len(fleet)
    with ThreadPoolExecutor(len(files)) as senders:
        return list(senders.map(lambda to, file: post(to.webhook, file, connections=each), fleet, files))


def _booked_a_second(around: Surroundings, fleet: Sequence[Serving]) -> float:
    transactions = [paid(around) for _ in range(_BACKLOG)]
    began = time.monotonic()
    sent = _Sending(around, fleet, transactions)
    sent.send()
    _wait_until_booked(around, transactions)
    if sent.refused:
        raise RuntimeError(f"{len(sent.refused)} events were refused")
    return _BACKLOG / (time.monotonic() - began)


def _wait_until_booked(around: Surroundings, transactions: Sequence[str], *, but: int = 0) -> None:
    """Wait until at most ``but`` of them are missing."""
    deadline, wanted = time.monotonic() + 2 * PATIENCE, set(transactions)
    while len(missing := wanted - {row.transid for row in around.whmcs.transactions}) > but:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{len(missing)} of {len(wanted)} payments were not booked")
        time.sleep(0.02)


class _Sending:
    """Events on their way to a fleet, each process in turn."""

    def __init__(self, around: Surroundings, fleet: Sequence[Serving], transactions: Sequence[str]) -> None:
        self._around = around
        self._todo = list(zip(transactions, cycle(each.webhook for each in fleet), strict=False))
        self.acknowledged: list[str] = []
        self.refused: list[str] = []
        self.one_more = threading.Semaphore(0)

    def send(self) -> None:
        """Send each of them once."""
        with ThreadPoolExecutor(_SENDERS) as wompi:
            list(wompi.map(self._send, self._todo))

    def _send(self, what: tuple[str, str]) -> None:
        transaction, webhook = what
        body = self._around.wompi.event_body(transaction)
        try:
            head = {"Content-Type": "application/json"}
            status = requests.post(webhook, body, headers=head, timeout=PATIENCE).status_code
        except requests.RequestException:
            status = 0
        (self.acknowledged if status == 200 else self.refused).append(transaction)
        if status == 200:
            self.one_more.release()


def _failover(around: Surroundings, url: str, name: str, fail: Callable[[], None], afterwards: str) -> list[Figure]:
    """The server fails while events come in and are booked. What was refused is sent again, as Wompi does."""
    around.to_whmcs.seconds = around.to_wompi.seconds = _NEAR
    transactions = [paid(around) for _ in range(_FAILOVER)]
    with _fleet(around, url, _SERVES, _WORKERS, **_HASTY) as fleet:
        before, during = (_Sending(around, fleet, some) for some in (transactions[:_BEFORE], transactions[_BEFORE:]))
        before.send()
        # A worker that finds no server at its start ends, and leaves it to whoever runs it to start it again.
        _wait_until_booked(around, transactions[:_BEFORE], but=_BEFORE * 3 // 4)
        with ThreadPoolExecutor(1) as beside:
            sending = beside.submit(during.send)
            for _ in range(_SENDERS):
                during.one_more.acquire(timeout=PATIENCE)
            began = time.monotonic()
            fail()
            sending.result()
        lost = len({*before.acknowledged, *during.acknowledged} - _known(afterwards))
        waiting = before.refused + during.refused
        while waiting and time.monotonic() < began + PATIENCE:
            again = _Sending(around, fleet, waiting)
            again.send()
            waiting = again.refused
        away = time.monotonic() - began
        _wait_until_booked(around, transactions)
    rows = [row.transid for row in around.whmcs.transactions]
    return [
        Figure(f"{name}: events that were refused meanwhile", len(during.refused), ""),
        Figure(f"{name}: until every event was taken", away, "s"),
        Figure(f"{name}: acknowledged events lost", lost, "", "<=", 0),
        Figure(
            f"{name}: payments booked other than once", sum(rows.count(one) != 1 for one in transactions), "", "<=", 0
        ),
    ]


def _known(url: str) -> set[str]:
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        return set(connection.exec_driver_sql("SELECT transaction_id FROM events").scalars())


def _killed(around: Surroundings, server: DatabaseServer, name: str) -> list[Figure]:
    def fail() -> None:
        servers.kill(server)
        server.start()

    url = server.url("failover")
    return _failover(around, url, f"{name}, killed and started again", fail, url)


def _standby() -> list[Figure]:
    with (
        surroundings() as around,
        database_server("postgresql", "failover") as primary,
        standby_of(primary) as standby,
    ):

        def fail() -> None:
            servers.kill(primary)
            promote(standby)

        url = address_of(primary, standby, name="failover")
        return _failover(around, url, "PostgreSQL, its standby promoted", fail, standby.url("failover"))
