"""How many send at a time: refused events, duplicates, new ones, and new ones beside a flood of refused, by the number
of connections; each kind in turn, so that what else the machine does meets all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests.bench.figures import Figure, of_rounds
from tests.bench.load import CONNECTIONS, Load, post, shares
from tests.bench.mail import ENOUGH, Mail
from tests.bench.surroundings import Serving

_COUNTS = (1, 8, CONNECTIONS, 256)
_ROUNDS = 3
_SECONDS = 2
_STRANGER = "test_events_another"


def senders(bridge: Serving, mail: Mail) -> list[Figure]:
    """Each number of connections in turn."""
    figures: list[Figure] = []
    for count in _COUNTS:
        kinds: dict[str, list[Load]] = {"new": [], "duplicate": [], "refused": [], "beside": []}
        for _ in range(_ROUNDS):
            for kind, load in zip(kinds, _round(bridge, mail, count), strict=True):
                kinds[kind].append(load)
        figures += _told(count, **kinds)
    return figures


def _round(bridge: Serving, mail: Mail, count: int) -> Iterator[Load]:
    events = mail.file()
    new = post(bridge.webhook, events, seconds=_SECONDS, connections=count)
    yield new
    # Half as many as were stored just now: those were stored for sure.
    known = _repeated(events, max(int(new.per_second), 1))
    yield post(bridge.webhook, known, seconds=_SECONDS, connections=count)
    strange = mail.file(secret=_STRANGER)
    yield post(bridge.webhook, strange, seconds=_SECONDS, expect=401, connections=count)
    with _flood(bridge, mail):
        yield post(bridge.webhook, mail.file(), seconds=_SECONDS, connections=count)


@contextmanager
def _flood(bridge: Serving, mail: Mail) -> Iterator[None]:
    """Refused events as fast as they are answered, for longer than what is measured beside them."""
    strange = mail.file(2 * ENOUGH, secret=_STRANGER, name="strange")
    with ThreadPoolExecutor(1) as beside:
        flood = beside.submit(post, bridge.webhook, strange, seconds=_SECONDS + 1, expect=401)
        yield
        flood.result()


def _told(
    count: int, new: Sequence[Load], duplicate: Sequence[Load], refused: Sequence[Load], beside: Sequence[Load]
) -> Iterator[Figure]:
    at = f"{count} connection{'s' if count > 1 else ''}"
    for name, loads in (("new", new), ("duplicate", duplicate), ("refused", refused)):
        yield of_rounds(f"{name} events, {at}", [load.per_second for load in loads], "/s")
    yield _of(f"duplicates, of new events, {at}", duplicate, new)
    yield _of(f"refused events, of new ones, {at}", refused, new)
    yield of_rounds(f"p99 of a new event, {at}", [load.p99 for load in new], "ms")
    # Whoever has 256 connections open waits for his own.
    bounded = count <= CONNECTIONS
    yield _p99(f"p99 of a refused event, {at}", refused, 30 if bounded else 0)
    yield _p99(f"p99 of a new event beside a flood of refused, {at}", beside, 100 if bounded else 0)


def _of(name: str, ours: Sequence[Load], theirs: Sequence[Load]) -> Figure:
    return of_rounds(name, shares(ours, theirs), "x", ">=", 1.5)


def _p99(name: str, loads: Sequence[Load], goal: float) -> Figure:
    return of_rounds(name, [load.p99 for load in loads], "ms", "<=" if goal else "", goal)


def _repeated(events: Path, first: int) -> Path:
    """The first lines of the file, again and again."""
    lines = events.read_bytes().splitlines(keepends=True)[:first]
    repeated = events.with_name("repeated")
    repeated.write_bytes(b"".join(lines) * (ENOUGH // len(lines) + 1))
    return repeated
