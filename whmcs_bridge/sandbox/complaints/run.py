"""Plays the complaints, one after the other, and tells of each in a sentence what the customer sees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from whmcs_bridge.messages import bilingual
from whmcs_bridge.sandbox.complaints import meanwhile, money, trouble
from whmcs_bridge.sandbox.complaints.complaint import ALL, Complaint
from whmcs_bridge.sandbox.complaints.shop import CannotJudge, Failed, Shop

# Each module adds its own to the list.
MODULES = (money, meanwhile, trouble)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one ended. ``passed`` is None where the module cannot be made to do what the case needs."""

    complaint: Complaint
    passed: bool | None
    es: str
    en: str


def judge(shop: Shop, wanted: Callable[[Complaint], bool] = lambda _one: True) -> Iterator[Verdict]:
    """Play them. Anything but ``Failed`` that a script raises is a fault of the suite, or of the sandboxes."""
    for one in filter(wanted, ALL):
        shop.begin()
        try:
            one.play(shop)
        except Failed as failed:
            yield Verdict(one, False, failed.es, failed.en)
        except CannotJudge:
            yield Verdict(
                one, None, "Este módulo no se deja reiniciar desde aquí.", "It cannot be restarted from here."
            )
        else:
            yield Verdict(one, True, one.es, one.en)


def tell(verdicts: Iterator[Verdict], say: Callable[[str], None]) -> int:
    """Say each as it comes. Returns the exit status: 1 if one has failed."""
    marks = {True: "+", False: "-", None: "?"}
    counts = dict.fromkeys(marks, 0)
    for verdict in verdicts:
        counts[verdict.passed] += 1
        say(f"{marks[verdict.passed]} {verdict.complaint.name}: {bilingual(verdict.es, verdict.en)}")
    told = f"{counts[True]} + / {counts[False]} - / {counts[None]} ?"
    say(bilingual(f"Quejas del oficio: {told}", f"The field's complaints: {told}"))
    return 1 if counts[False] else 0
