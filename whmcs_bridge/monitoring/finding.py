"""What the facts say of one cause of an alarm."""

from __future__ import annotations

from dataclasses import dataclass, field

# What WHMCS says is read by its template engine when it is mailed.
NO_BRACES = str.maketrans("{}", "()")


@dataclass(frozen=True, slots=True)
class Finding:
    """What the facts say of one cause. ``on`` is None when they say nothing."""

    on: bool | None
    sentence: str = ""
    subjects: tuple[str, ...] = field(default=())
