"""Growth: a million payments in the books, a hundred thousand open checkouts, and the programs' starts."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
import tracemalloc
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from statistics import median

from tests.bench import books
from tests.bench.events import event
from tests.bench.figures import Figure, of_rounds
from tests.bench.load import paced
from tests.bench.surroundings import FAR, Surroundings, serving, surroundings
from tests.world import BRIDGE_SECRET
from whmcs_bridge.booking.reconcile import ASKS_A_SECOND, SIDE_BY_SIDE
from whmcs_bridge.bridge import Bridge, build
from whmcs_bridge.ledger.columns import milliseconds
from whmcs_bridge.settings import load_settings
from whmcs_bridge.signed.references import Reference, issue_reference

_MANY = 1_000_000
_LOOKS = 300
_FEW_CHECKOUTS, _MANY_CHECKOUTS = 1_000, 100_000
_ASKED = 60
_STARTS = 7
_MEBIBYTE = 1024 * 1024


def growth() -> list[Figure]:
    """All of it."""
    with surroundings() as around:
        return _a_million_payments(around) + _open_checkouts(around) + _starts(around)


def _a_million_payments(around: Surroundings) -> list[Figure]:
    settings = around.settings()
    with closing(_built(around, settings)) as bridge:
        empty = looks(bridge)
        now = milliseconds(bridge.store.now())
    path = Path(_file(settings))
    path.unlink()
    books.make(path, _MANY, now, old_days=0)
    with closing(_built(around, settings)) as bridge:  # of today's version from here
        full = looks(bridge)
    with serving(settings, around.folder) as serve:
        paced(serve.webhook, [event(number) for number in range(200)], per_second=50)
        memory = serve.resident_mebibytes()
    return [
        of_rounds("due-work query at 1M payments", full, "ms", "<=", 1),
        Figure("due-work query at 1M payments, of an empty database", median(full) / median(empty), "x"),
        Figure("memory of serve with 1M payments", memory, "MiB", "<=", 80),
    ]


def looks(bridge: Bridge) -> list[float]:
    """How long the worker takes to see that nothing is due, in milliseconds: medians of rounds."""
    medians = []
    for _ in range(5):
        times = []
        for _ in range(_LOOKS):
            began = time.perf_counter()
            if bridge.store.claim(timedelta(seconds=60)) is not None:
                raise RuntimeError("something is due")
            times.append((time.perf_counter() - began) * 1000)
        medians.append(median(times))
    return medians


def _open_checkouts(around: Surroundings) -> list[Figure]:
    around.to_wompi.seconds = FAR
    settings = around.settings()
    with closing(_built(around, settings)) as bridge:
        _open(bridge, _ASKED)
        began = time.monotonic()
        asked = bridge.reconcile.run(since=None, dry_run=True).checkouts
        took = time.monotonic() - began
    permitted = min(ASKS_A_SECOND, SIDE_BY_SIDE / FAR)
    if asked != _ASKED:
        raise RuntimeError(f"{asked} of {_ASKED} checkouts were asked about")
    few, many = (_peak(around, number) for number in (_FEW_CHECKOUTS, _MANY_CHECKOUTS))
    return [
        Figure("reconcile over open checkouts: of what its pace permits", asked / permitted / took, "x", ">=", 0.9),
        Figure(f"memory of reconcile over {_MANY_CHECKOUTS}, of {_FEW_CHECKOUTS}", many / few, "x", "<=", 1.5),
        Figure(f"memory of reconcile over {_MANY_CHECKOUTS} checkouts", many, "MiB"),
    ]


def _peak(around: Surroundings, number: int) -> float:
    """The most that reconcile holds at a time, in MiB; Wompi knows of no transaction, and answers at once."""
    with closing(_built(around, around.settings(), pause=False)) as bridge:
        _open(bridge, number)
        bridge.wompi.transactions_by_reference = lambda reference: []
        tracemalloc.start()
        try:
            if bridge.reconcile.run(since=None, dry_run=False).checkouts != number:
                raise RuntimeError("not all were asked about")
            return tracemalloc.get_traced_memory()[1] / _MEBIBYTE
        finally:
            tracemalloc.stop()


def _open(bridge: Bridge, number: int) -> None:
    now = bridge.store.now()
    with closing(sqlite3.connect(bridge.database.engine.url.database or "")) as database, database:
        database.executemany(
            "INSERT INTO checkouts (reference, invoice_id, client_id, amount_in_cents, purpose, terms_url, created_at,"
            " expires_at, ask_at, language, asked) VALUES (?, ?, 77, 5950000, 'pay', '', ?, ?, ?, 'es', 0)",
            (
                (
                    issue_reference(Reference(invoice, 77, 5_950_000), BRIDGE_SECRET),
                    invoice,
                    *(milliseconds(now + timedelta(minutes=minutes)) for minutes in (0, 60, 10)),
                )
                for invoice in range(1, number + 1)
            ),
        )


def _starts(around: Surroundings) -> list[Figure]:
    settings = around.settings()
    answering = [_start(around, settings) for _ in range(_STARTS + 1)]
    helping = [_run("--help") for _ in range(_STARTS)]
    return [
        of_rounds("serve answers after its start", answering[1:], "s", "<=", 1.0),
        Figure("the very first start, which makes the database", answering[0], "s"),
        of_rounds("wompi-bridge --help", helping, "s", "<=", 0.3),
    ]


def _start(around: Surroundings, settings: dict[str, str]) -> float:
    with serving(settings, around.folder) as serve:
        return serve.seconds_to_answer


def _run(*arguments: str) -> float:
    began = time.monotonic()
    subprocess.run(
        [str(Path(sys.executable).with_name("wompi-bridge")), *arguments], check=True, capture_output=True, timeout=60
    )
    return time.monotonic() - began


def _built(around: Surroundings, settings: dict[str, str], *, pause: bool = True) -> Bridge:
    return build(load_settings(settings, folder=around.folder), pause=time.sleep if pause else lambda _seconds: None)


def _file(settings: dict[str, str]) -> str:
    return settings["BRIDGE_DATABASE_URL"].removeprefix("sqlite:///")
