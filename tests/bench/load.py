"""Load on loopback, bounded in count and time: as much as goes through (wrk), or at a steady pace."""

from __future__ import annotations

import asyncio
import http.client
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

Found = TypeVar("Found")

_SCRIPT = Path(__file__).parent / "post.lua"
_JSON = {"Content-Type": "application/json"}
CONNECTIONS = 32
SECONDS = 4


@dataclass(frozen=True, slots=True)
class Load:
    """What came of a load. Times in milliseconds."""

    per_second: float
    p99: float
    refused: int


def shares(ours: Sequence[Load], theirs: Sequence[Load]) -> list[float]:
    """Of each round, how many times as many a second."""
    return [one.per_second / other.per_second for one, other in zip(ours, theirs, strict=True)]


def hit(url: str, *, seconds: int = SECONDS, connections: int = CONNECTIONS) -> Load:
    """GET an address as often as it answers."""
    return _wrk(url, seconds, connections)


def post(url: str, events: Path, *, seconds: int = SECONDS, expect: int = 200, connections: int = CONNECTIONS) -> Load:
    """POST the lines of a file, each once, as fast as they are answered. Raises ``RuntimeError`` where the answers are
    not what they should be, or the file was too short."""
    load = _wrk(url, seconds, connections, "-s", str(_SCRIPT), "--", str(events))
    if bool(load.refused) != (expect != 200):
        raise RuntimeError(f"{load.refused} answers of {url} were not 200")
    return load


def _wrk(url: str, seconds: int, connections: int, *script: str) -> Load:
    # One thread of wrk: each would send the whole file.
    options = ("-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s")
    if not script:
        script = ("-s", str(_SCRIPT), "--")
    where = script.index("--")
    command = ["wrk", *options, *script[:where], url, *script[where:]]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 60)
    line = next((line for line in done.stdout.splitlines() if line.startswith("BENCH ")), None)
    if line is None:
        raise RuntimeError(f"wrk said nothing of use:\n{done.stdout}{done.stderr}")
    requests, microseconds, refused, broken, p99 = map(int, line.split()[1:])
    if broken or not requests or "again" in done.stdout:
        raise RuntimeError(f"{url}: {broken} connections broke, {requests} requests\n{done.stdout}")
    return Load(requests / (microseconds / 1e6), p99 / 1000, refused)


def paced(url: str, bodies: Sequence[bytes], *, per_second: float) -> list[float]:
    """POST each of the bodies at its time, from a process that does nothing else. Returns how long each took, in
    milliseconds, counted from when it should have been sent."""
    return elsewhere(partial(post_at_pace, url, list(bodies), per_second), len(bodies) / per_second + 60)


def elsewhere(work: Callable[[], Found], patience: float) -> Found:
    """Do it in a process that does nothing else, in so many seconds at most."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as other:
        return other.submit(work).result(patience)


def post_at_pace(url: str, bodies: Sequence[bytes], per_second: float) -> list[float]:
    """What that process does."""
    where = urlsplit(url)
    times = []
    with closing(http.client.HTTPConnection(where.hostname or "", where.port, timeout=30)) as connection:
        connection.connect()
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for body, due in zip(bodies, _beats(per_second), strict=False):
            connection.request("POST", where.path, body, _JSON)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{url} answered {answer.status}")
            times.append((time.perf_counter() - due) * 1000)
    return times


@dataclass
class Meanwhile:
    """What came of events that were sent while something else happened."""

    milliseconds: list[float] = field(default_factory=list)
    """How long each answer took."""
    refused: int = 0
    """Answers that were not 200, and events that nobody took."""


@contextmanager
def meanwhile(url: str, bodies: Sequence[bytes], *, per_second: float) -> Iterator[Meanwhile]:
    """POST bodies at this pace, from a process that does nothing else, until the block ends; the first ones may be told
    again. What came of them is there after the block."""
    context = get_context("spawn")
    over, (ours, theirs) = context.Event(), context.Pipe(duplex=False)
    process = context.Process(target=_post_until, args=(url, list(bodies), per_second, over, theirs))
    process.start()
    found = Meanwhile()
    try:
        ours.recv()  # it has begun
        yield found
    finally:
        over.set()
        found.milliseconds, found.refused = ours.recv()
        process.join()


def _post_until(url: str, bodies: list[bytes], per_second: float, over: Event, told: Pipe) -> None:
    told.send(None)
    told.send(asyncio.run(_post_each(url, bodies, per_second, over)))


async def _post_each(url: str, bodies: list[bytes], per_second: float, over: Event) -> tuple[list[float], int]:
    """Each over a connection of its own, as Wompi does: one that waits holds up no other."""
    where = urlsplit(url)
    head = f"POST {where.path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n"

    async def answered(body: bytes) -> tuple[float, bool]:
        began = time.perf_counter()
        try:
            reader, writer = await asyncio.open_connection(where.hostname, where.port)
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            taken = b" 200 " in await reader.readline()
            writer.close()
        except OSError:
            taken = False
        return (time.perf_counter() - began) * 1000, taken

    sent: list[asyncio.Task[tuple[float, bool]]] = []
    while not over.is_set():
        sent.append(asyncio.create_task(answered(bodies[len(sent) % len(bodies)])))
        await asyncio.sleep(1 / per_second)
    answers = await asyncio.gather(*sent)
    return [took for took, _ in answers], sum(not taken for _, taken in answers)


def _beats(per_second: float) -> Iterator[float]:
    start, number = time.perf_counter(), 0
    while True:
        due = start + number / per_second
        time.sleep(max(0.0, due - time.perf_counter()))
        yield due
        number += 1


@contextmanager
def stalled(url: str, count: int) -> Iterator[None]:
    """Clients that send their headers and one byte, and then nothing."""
    where = urlsplit(url)
    head = f"POST {where.path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2000\r\n\r\n"
    sockets = [socket.create_connection((where.hostname, where.port)) for _ in range(count)]
    try:
        for each in sockets:
            each.sendall(head.encode() + b"{")
        yield
    finally:
        for each in sockets:
            each.close()
