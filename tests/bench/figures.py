"""What was measured, beside what was wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median
from typing import Literal

Wanted = Literal[">=", "<=", ""]


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. ``spread`` is the lowest and the highest round; ``wanted`` is empty where no goal is set,
    and the figure only says what surrounds the others."""

    name: str
    value: float
    unit: str
    wanted: Wanted = ""
    goal: float = 0.0
    spread: tuple[float, float] | None = None

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None where there is none."""
        match self.wanted:
            case ">=":
                return self.value >= self.goal
            case "<=":
                return self.value <= self.goal
            case _:
                return None


def of_rounds(name: str, values: list[float], unit: str, wanted: Wanted = "", goal: float = 0.0) -> Figure:
    """The median of several rounds, with their spread."""
    return Figure(name, median(values), unit, wanted, goal, (min(values), max(values)))


def of_samples(name: str, samples: list[float], unit: str, wanted: Wanted = "", goal: float = 0.0) -> Figure:
    """The median of many samples, with the span of nine in ten."""
    spread = percentile(samples, 5), percentile(samples, 95)
    return Figure(name, percentile(samples, 50), unit, wanted, goal, spread)


def covered(spans: Iterable[tuple[float, float]]) -> float:
    """How long at least one of these was under way: calls that are made side by side count once."""
    whole, until = 0.0, float("-inf")
    for began, ended in sorted(spans):
        whole += max(0.0, ended - max(began, until))
        until = max(until, ended)
    return whole


def percentile(samples: list[float], percent: float) -> float:
    """The sample below which so many percent lie."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


Part = Callable[[], list[Figure]]
"""One part of the bench: sets its world up, measures, takes it down, and returns its lines."""
