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

from whmcs_bridge.ledger.engine.errors import DatabaseUnavailable


class WriteLock:
    """Only its holder writes. The operating system releases it when the holder's process dies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mutex = threading.Lock()
        self._file: int | None = None

    @contextlib.contextmanager
    def hold(self, timeout: float) -> Iterator[None]:
        """Hold the lock. Raises ``DatabaseUnavailable`` when it is not free within ``timeout`` seconds."""
        deadline = time.monotonic() + timeout
        if not self._mutex.acquire(timeout=timeout):
            raise DatabaseUnavailable("another writer holds the database")
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
        """Close the file."""
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
                        raise DatabaseUnavailable("another process holds the database") from None
                    time.sleep(0.002)
                else:
                    return
        except OSError as error:
            raise DatabaseUnavailable(f"the lock file {self._path} cannot be used ({error.strerror})") from None
