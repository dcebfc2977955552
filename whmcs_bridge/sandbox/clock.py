"""The time of a sandbox, which can be moved ahead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class Clock:
    """Unix seconds: what ``given`` says, and ``ahead`` seconds more."""

    given: Callable[[], float]
    ahead: float = 0.0

    def __call__(self) -> float:
        return self.given() + self.ahead

    @classmethod
    def of(cls, given: Callable[[], float]) -> Clock:
        """The clock itself where it is one already, so that two sandboxes may share it."""
        return given if isinstance(given, cls) else cls(given)
