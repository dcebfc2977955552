"""A complaint: its name, what it is about, what the customer sees when all is well, and the script that plays it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from whmcs_bridge.sandbox.complaints.shop import Shop

Script = Callable[[Shop], None]


@dataclass(frozen=True, slots=True)
class Complaint:
    """``es`` and ``en`` say what the customer sees when it does not come to the complaint."""

    name: str
    es: str
    en: str
    play: Script


ALL: list[Complaint] = []


def complaint(es: str, en: str) -> Callable[[Script], Script]:
    """Add the script to the list, under its own name. It raises ``Failed`` where the complaint is justified."""

    def add(script: Script) -> Script:
        ALL.append(Complaint(script.__name__.replace("_", " "), es, en, script))
        return script

    return add
