"""Bounded concurrent calls to Wompi or WHMCS, under a circuit breaker.

Only the calls run in the threads of the pool. The caller gets the answers one by one in its own thread, where it writes
to the database: no transaction is open during a call.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Generic, TypeVar

from whmcs_bridge.booking.pacing import CircuitBreaker, Upstream

Item = TypeVar("Item")
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Answer(Generic[Item, Found]):
    """The result of one call: ``found``, or the ``error`` that it raised."""

    item: Item
    found: Found | None
    error: Exception | None


class FanOut:
    """A pool of threads, each of which keeps its connection. One instance for one server."""

    def __init__(self, threads: int, name: str) -> None:
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, name)

    def each(
        self,
        items: Iterable[Item],
        ask: Callable[[Item], Found],
        breaker: CircuitBreaker,
    ) -> Generator[Answer[Item, Found], None, None]:
        """Ask about every item, and yield the answers in the order in which they arrive.

        Items are taken as threads become free, so any number of them takes the same memory. Ends early when the
        circuit breaker pauses.
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
                    breaker.end(number, Upstream.of(error))
                    yield Answer(asked, None if error else future.result(), error)
        finally:
            # The caller may stop early: no call stays under way.
            wait(under_way)
            for _, number in under_way.values():
                breaker.end(number, None)

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()
