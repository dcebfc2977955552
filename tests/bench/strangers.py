"""Strangers: what those who sign wait for beside slow and busy ones, of the same without them; no proxy is in front."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing import get_context
from threading import Event
from urllib.parse import urlsplit

import requests

from tests.bench.booking import paid
from tests.bench.figures import Figure, percentile
from tests.bench.load import elsewhere, paced
from tests.bench.surroundings import PATIENCE, Serving, Surroundings, serving, surroundings
from tests.world import BRIDGE_SECRET
from whmcs_bridge.signed.calls import HEADER, signature_of
from whmcs_bridge.signed.links import Link, Purpose

_HOW_MANY = (16, 64, 1000)
_ROUNDS = 3
# What all strangers ask a second, whatever their number: beyond it they would be measured, and not the bridge.
_A_SECOND = 100
_CALLS = 60
_EVENTS = 150
_BOOKINGS = 6
_GOAL = 1.5
# Seconds between two bytes of a slow one.
_SLOW = 20.0

Times = dict[str, list[float]]
"""In milliseconds."""
# Which of the times counts, of a hundred.
_COUNTS = {"p99 of an acknowledgement": 99, "/healthz, median": 50, "/status, median": 50, "a booking, median": 50}


def strangers() -> list[Figure]:
    """Half of them hold a connection open, and send a byte now and then; the others ask for pages that call WHMCS."""
    figures = []
    with surroundings() as around:
        around.to_whmcs.seconds = around.to_wompi.seconds = 0.3
        settings = around.settings(BRIDGE_TRUSTED_PROXIES="192.0.2.1")
        with serving(settings, around.folder) as bridge:
            _measured(around, bridge)  # the first ones find nothing imported and no connection open
            for count in _HOW_MANY:
                alone, beside = [], []
                for _ in range(_ROUNDS):
                    alone.append(_measured(around, bridge))
                    with _crowd(bridge, _paths(around), count):
                        beside.append(_measured(around, bridge))
                figures += [_compared(name, count, beside, alone) for name in _COUNTS]
    return figures


def _compared(name: str, count: int, beside: Sequence[Times], alone: Sequence[Times]) -> Figure:
    """Of all rounds' times; the spread is of single rounds. A p99 of one round would be its second slowest event."""

    def figure(times: Sequence[Times]) -> float:
        return percentile([one for each in times for one in each[name]], _COUNTS[name])

    ratios = [figure([one]) / figure([other]) for one, other in zip(beside, alone, strict=True)]
    told = f"{name}, beside {count} strangers, of it alone"
    return Figure(told, figure(beside) / figure(alone), "x", "<=", _GOAL, (min(ratios), max(ratios)))


def _measured(around: Surroundings, bridge: Serving) -> Times:
    """Raises where anything is refused. The worker is through when this returns."""
    booked = [_booked(around, bridge) for _ in range(_BOOKINGS)]
    # This process is WHMCS and Wompi, and the strangers keep it busy.
    asked = elsewhere(partial(_ask, bridge.url), PATIENCE)
    declined = [_declined(around) for _ in range(_EVENTS)]
    bodies = [around.wompi.event_body(transaction) for transaction in declined]
    events = paced(bridge.webhook, bodies, per_second=50)
    _wait_until_asked(around, declined)
    return asked | {"p99 of an acknowledgement": events, "a booking, median": booked}


def _ask(url: str) -> Times:
    """What that process does."""
    body = json.dumps({"invoice_id": 1}).encode()

    def status() -> None:
        signed = {HEADER: signature_of("/status", body, BRIDGE_SECRET, now=datetime.now(UTC))}
        requests.post(f"{url}status", body, headers=signed, timeout=PATIENCE).raise_for_status()

    def health() -> None:
        requests.get(f"{url}healthz", timeout=PATIENCE).raise_for_status()

    return {"/healthz, median": _timed(health), "/status, median": _timed(status)}


def _timed(call: Callable[[], None]) -> list[float]:
    times = []
    for _ in range(_CALLS):
        began = time.perf_counter()
        call()
        times.append((time.perf_counter() - began) * 1000)
    return times


def _declined(around: Surroundings) -> str:
    """A payment that the worker asks about once."""
    return str(around.wompi.create_transaction("INV1-X", 5_950_000, status="DECLINED", deliver=False)["id"])


def _wait_until_asked(around: Surroundings, transactions: Sequence[str]) -> None:
    deadline = time.monotonic() + PATIENCE
    wanted = {f"/v1/transactions/{transaction}" for transaction in transactions}
    while wanted - {name for name, _, _ in around.to_wompi.calls}:
        if time.monotonic() > deadline:
            raise RuntimeError("the worker asks no more")
        time.sleep(0.2)
    around.to_wompi.forget()


def _booked(around: Surroundings, bridge: Serving) -> float:
    """From the event to WHMCS's row."""
    transaction = paid(around)
    head = {"Content-Type": "application/json"}
    began = time.perf_counter()
    body = around.wompi.event_body(transaction)
    requests.post(bridge.webhook, body, headers=head, timeout=PATIENCE).raise_for_status()
    while not any(row.transid == transaction for row in around.whmcs.transactions):
        if time.perf_counter() > began + PATIENCE:
            raise RuntimeError("the payment was not booked")
        time.sleep(0.005)
    return (time.perf_counter() - began) * 1000


def _paths(around: Surroundings) -> list[str]:
    ends = datetime.now(UTC) + timedelta(hours=1)
    invoices = [around.whmcs.add_invoice(77, "59500.00", tax="9500.00") for _ in range(50)]
    links = [Link(Purpose.PAY, invoice, 77, ends).signed(BRIDGE_SECRET) for invoice in invoices]
    return [
        path for link in links for path in (f"/pay/{link}", "/pay/none", f"/return?id=99999-1790000000-{link[4:8]}")
    ]


@contextmanager
def _crowd(bridge: Serving, paths: Sequence[str], count: int) -> Iterator[None]:
    """So many strangers, in a process of their own, from addresses of their own."""
    context = get_context("spawn")
    ready, over = context.Event(), context.Event()
    process = context.Process(target=_be_strangers, args=(bridge.url, list(paths), count, ready, over))
    process.start()
    try:
        if not ready.wait(PATIENCE):
            raise RuntimeError("the strangers did not come")
        yield
    finally:
        over.set()
        process.join(PATIENCE)


def _be_strangers(url: str, paths: list[str], count: int, ready: Event, over: Event) -> None:
    where = urlsplit(url)

    async def connect(number: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        local = (f"127.0.0.{number % 200 + 2}", 0)
        return await asyncio.open_connection(where.hostname, where.port, local_addr=local)

    async def slow(number: int) -> None:
        while True:
            with contextlib.suppress(OSError):
                _, writer = await connect(number)
                while not writer.is_closing():
                    writer.write(b"G")
                    await writer.drain()
                    await asyncio.sleep(_SLOW)
            await asyncio.sleep(1)

    async def busy(number: int) -> None:
        pause = count / 2 / _A_SECOND
        await asyncio.sleep(pause * number / count)
        while True:
            with contextlib.suppress(OSError):
                reader, writer = await connect(number)
                path = paths[number % len(paths)]
                writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
                await reader.read()
                writer.close()
            await asyncio.sleep(pause)

    async def all_of_them() -> None:
        tasks = [asyncio.create_task((slow if number % 2 else busy)(number)) for number in range(count)]
        await asyncio.sleep(1)
        ready.set()
        await asyncio.to_thread(over.wait)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(all_of_them())
