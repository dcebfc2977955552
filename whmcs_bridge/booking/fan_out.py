"""Many questions to Wompi or WHMCS: a few under way at once, one alone after a failure, none during a pause.

Only the questions themselves run in threads of their own. The answers come one by one to whoever asks, in his own
thread, which is where the database is written to: no transaction is ever open while something waits for the network.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Generic, TypeVar

from whmcs_bridge.booking.pacing import CircuitBreaker
from whmcs_bridge.booking.upstream import Upstream

Item = TypeVar("Item")
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Answer(Generic[Item, Found]):
    """What came of one question: ``found``, or the ``error`` that it raised."""

    item: Item
    found: Found | None
    error: Exception | None


class FanOut:
    """So many threads, which stay: each keeps its connection. One instance asks one server."""

    def __init__(self, threads: int, name: str) -> None:
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, name)

    def each(
        self,
        items: Iterable[Item],
        ask: Callable[[Item], Found],
        judge: Callable[[Exception | None], Upstream | None],
        breaker: CircuitBreaker,
    ) -> Generator[Answer[Item, Found], None, None]:
        """Ask about every item, and give the answers in the order in which they come.

        Items are taken one by one as threads become free, so that any number of them takes the same memory. It ends
        early when ``pace`` makes a pause. ``judge`` tells how the other side answered, None when that says nothing
        about it.
        """
        source = iter(items)
        under_way: dict[Future[Found], tuple[Item, int]] = {}
        try:
            item = next(source, None)
            while True:
                while item is not None and len(under_way) < self._threads and (number := breaker.begin()) is not None:
                    try:
                        under_way[self._pool.submit(ask, item)] = (item, number)
                    except BaseException:  # the host allows no more threads
                        breaker.end(number, None)
                        raise
                    item = next(source, None)
                if not under_way:
                    return
                for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                    asked, number = under_way.pop(future)
                    error = future.exception()
                    if error is not None and not isinstance(error, Exception):
                        breaker.end(number, None)
                        raise error
                    breaker.end(number, judge(error))
                    yield Answer(asked, None if error else future.result(), error)
        finally:
            # Whoever stops listening leaves no question behind.
            wait(under_way)
            for _, number in under_way.values():
                breaker.end(number, None)

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()
