"""Reads that are needed together, side by side: never more of them at a time than there are threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Found = TypeVar("Found")


class Ahead(Generic[Found]):
    """A read that was begun before its turn, or is made when its turn comes."""

    def __init__(self, read: Callable[[], Found], begun: Future[Found] | None) -> None:
        self._read = read
        self._begun = begun

    def result(self) -> Found:
        """What was read. Raises what the read raises."""
        return self._read() if self._begun is None else self._begun.result()

    def end(self) -> None:
        """Wait until it is over, if it was begun: whoever has ended calls nobody any more."""
        if self._begun is not None:
            wait([self._begun])


class SideBySide:
    """Threads that read; each keeps its connection. Where the host allows no more threads, the caller's own reads."""

    def __init__(self, parallel: int) -> None:
        self._threads = ThreadPoolExecutor(parallel, "read-beside")
        self._free = BoundedSemaphore(parallel)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """The caller makes calls of its own: it counts as one of the threads meanwhile, and waits until one is free."""
        with self._free:
            yield

    def ahead(self, read: Callable[[], Found]) -> Ahead[Found]:
        """Begin to read while the caller reads something else, if a thread is free."""
        if not self._free.acquire(blocking=False):
            return Ahead(read, None)
        try:
            begun = self._threads.submit(read)
        except RuntimeError:
            self._free.release()
            return Ahead(read, None)
        begun.add_done_callback(lambda _: self._free.release())
        return Ahead(read, begun)

    def each(self, read: Callable[[Asked], Found], asked: Sequence[Asked]) -> list[Found]:
        """Read for each, in this order. Raises what a read raises."""
        try:
            return list(self._threads.map(read, asked))
        except RuntimeError:
            return [read(one) for one in asked]
