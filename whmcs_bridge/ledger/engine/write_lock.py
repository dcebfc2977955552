"""One writer at a time on one SQLite file: a mutex within the process, a lock on a file beside it among processes.

Several connections that write at once would starve each other for seconds; see ``database``.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path


class NoWriteLock(Exception):
    """It did not come, or cannot be waited for; the sentence says why."""


class WriteLock:
    """Whoever holds the turn is alone. A process that dies gives it back."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mutex = threading.Lock()
        self._file: int | None = None

    @contextlib.contextmanager
    def hold(self, patience: float) -> Iterator[None]:
        """Wait for the turn, so many seconds at most, and hold it. Raises ``NoWriteLock``."""
        deadline = time.monotonic() + patience
        if not self._mutex.acquire(timeout=patience):
            raise NoWriteLock("another writer holds the database")
        try:
            self._lock(deadline)
            try:
                yield
            finally:
                if self._file is not None:
                    fcntl.flock(self._file, fcntl.LOCK_UN)
        finally:
            self._mutex.release()

    def close(self) -> None:
        """Give the file back."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _lock(self, deadline: float) -> None:
        try:
            if self._file is None:
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            while True:
                try:
                    fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise NoWriteLock("another process holds the database") from None
                    time.sleep(0.002)
                else:
                    return
        except OSError as error:
            raise NoWriteLock(f"the lock file {self._path} cannot be used ({error.strerror})") from None
