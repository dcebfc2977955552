"""Settlements: a report of a million rows comes in, and a month is read among them."""

from __future__ import annotations

import csv
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from tests.bench.figures import Figure, of_rounds
from tests.bench.surroundings import Surroundings, program_environment, surroundings
from tests.settlements.reports import HEADER, pesos
from whmcs_bridge.bridge import build
from whmcs_bridge.ledger.columns import milliseconds
from whmcs_bridge.settings import load_settings

_MANY, _FEW = 1_000_000, 10_000
_ROUNDS = 3
_LOOKS = 15
# The payments of a year, one each half minute, and the day before.
_EACH = timedelta(seconds=30)
# Runs a program and prints the most memory that it had, in KiB. From a small process of its own: Linux counts what the
# parent held when it forked as the child's.
_MEASURED = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def settlements() -> list[Figure]:
    """All of it, over payments that the bridge has booked."""
    with surroundings() as around:
        settings = around.settings()
        load = load_settings(settings, folder=around.folder)
        build(load).close()
        last = datetime.now(UTC) - timedelta(days=1)
        _book(settings["BRIDGE_DATABASE_URL"].removeprefix("sqlite:///"), last)
        few, many = (_report(around.folder, number, last) for number in (_FEW, _MANY))
        _, few_memory = _import(around, around.settings(), few)
        reading = [_read(many) for _ in range(_ROUNDS)]
        seconds, memory = _import(around, settings, many)
        again, _ = _import(around, settings, many)
        reading += [_read(many) for _ in range(_ROUNDS)]
        with closing(build(load)) as bridge:
            month = f"{last - timedelta(days=60):%Y-%m}"
            rows = bridge.settlements.month(month).sums.payments
            looks = [_timed(lambda: bridge.settlements.month(month)) for _ in range(_LOOKS)]
    return [
        Figure(
            "settlements: import of 1M rows, of the csv module reading them", median(reading) / seconds, "x", ">=", 0.1
        ),
        Figure("settlements: import of 1M rows", seconds, "s"),
        Figure("settlements: the same file again", again, "s"),
        Figure("settlements: memory of 1M rows, of 10,000", memory / few_memory, "x", "<=", 1.2),
        Figure("settlements: memory of 1M rows", memory, "MiB"),
        of_rounds(f"settlements: a month of {rows} among 1M rows", looks, "ms", "<=", 50),
    ]


def _rows(number: int, last: datetime) -> Iterator[tuple[int, str, str, int, datetime]]:
    for n in range(number):
        gross = 2_000_000 + n * 7_919 % 9_000_000 // 100 * 100
        name = f"1{n:07d}-1700000000-{n % 99999}"
        yield n, name, f"INV{n + 1}-77-{gross}-JJUUELXOILHD2{n:011d}A", gross, last - _EACH * (_MANY - n)


def _book(path: str, last: datetime) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA synchronous=OFF")
        database.executemany(
            "INSERT INTO payments (transaction_id, state, reason, looks, touched, status, reference, invoice_id,"
            " client_id, amount_in_cents, currency, method, finalized_at, created_at, posted_at, approved_at,"
            " dismissed) VALUES (?, 'posted', '', 0, 0, 'APPROVED', ?, ?, 77, ?, 'COP', 'CARD', ?, ?, ?, ?, 0)",
            (
                (name, reference, n + 1, gross, *[milliseconds(at)] * 4)
                for n, name, reference, gross, at in _rows(_MANY, last)
            ),
        )


def _report(folder: Path, number: int, last: datetime) -> Path:
    path = folder / f"report-{number}.csv"
    with path.open("w", encoding="utf-8-sig") as file:
        file.write(HEADER + "\n")
        for _, name, reference, gross, at in _rows(number, last):
            exact = gross * 235 + 400_000_000
            fee, iva, withheld = exact // 10_000, exact * 19 // 1_000_000, gross * 15 // 1_000
            money = [pesos(cents) for cents in (fee, iva, 0, 0, withheld, 0, gross - fee - iva - withheld)]
            when = f"{at - timedelta(hours=5):%d-%m-%Y %H:%M}"
            file.write(f"{name},{when},{reference},{pesos(gross)},COP,CARD,{','.join(money)},1012345678,CC\n")
    return path


def _read(path: Path) -> float:
    """How long the csv module takes to read a file, in seconds."""
    began = time.perf_counter()
    with path.open(newline="", encoding="utf-8-sig") as file:
        if sum(1 for _ in csv.reader(file)) != _MANY + 1:
            raise RuntimeError("not all rows were read")
    return time.perf_counter() - began


def _import(around: Surroundings, settings: dict[str, str], path: Path) -> tuple[float, float]:
    """The command as it is called: its seconds, and the most memory that it had, in MiB."""
    program = str(Path(sys.executable).with_name("wompi-bridge"))
    began = time.perf_counter()
    told = subprocess.run(
        [sys.executable, "-c", _MEASURED, program, "settlements", "import", str(path)],
        env=program_environment(settings),
        cwd=around.folder,
        stdout=subprocess.PIPE,
        check=True,
    )
    return time.perf_counter() - began, int(told.stdout) / 1024


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000
