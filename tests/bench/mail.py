"""Events that nobody has seen yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from tests.bench.events import event, write

# More than any server takes in one round.
ENOUGH = 24_000


@dataclass
class Mail:
    """Makes them, each about another transaction."""

    folder: Path
    _numbers: Iterator[int] = field(default_factory=count)

    def file(self, count: int = ENOUGH, *, secret: str | None = None, name: str = "events") -> Path:
        """New ones, in a file that is written over by the next ones of this name."""
        options = {"secret": secret} if secret else {}
        return write(self.folder / name, (next(self._numbers) for _ in range(count)), **options)

    def bodies(self, count: int) -> list[bytes]:
        """New ones, in memory."""
        return [event(next(self._numbers)) for _ in range(count)]
