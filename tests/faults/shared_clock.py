"""One clock for a test and all processes of the bridge that it starts: it goes only when the test says so."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.world import Hands

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECONDS = struct.Struct("=q")


@dataclass
class SharedHands(Hands):
    """``Hands`` whose time other processes read from a file."""

    path: Path = field(default=Path(), kw_only=True)

    def __post_init__(self) -> None:
        self._publish()

    def advance(self, **spans: float) -> None:
        """Let time pass, for everybody at once."""
        super().advance(**spans)
        self._publish()

    def set(self, now: datetime) -> None:
        """Set it, for everybody at once."""
        self.now = now
        self._publish()

    def _publish(self) -> None:
        told = _MILLISECONDS.pack((self.now - EPOCH) // timedelta(milliseconds=1))
        if not self.path.exists():
            self.path.write_bytes(told)
        with self.path.open("r+b") as file:
            file.write(told)


def read_clock(path: Path) -> Callable[[], datetime]:
    """The same clock, as another process reads it."""
    with path.open("rb") as file:
        shared = mmap.mmap(file.fileno(), _MILLISECONDS.size, access=mmap.ACCESS_READ)

    def now() -> datetime:
        (milliseconds,) = _MILLISECONDS.unpack(shared[:])
        return EPOCH + timedelta(milliseconds=milliseconds)

    return now
