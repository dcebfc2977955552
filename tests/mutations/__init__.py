"""Each guard and each rule, and how it is taken out: what ``make mutants`` tries. See ``mutants``."""

from __future__ import annotations

from tests.mutations import console, decisions, guards, pages, parts, receiving, settlements, storing, strangers, voids
from tests.mutations.mutant import Mutant

__all__ = ["MUTANTS", "Mutant"]

MUTANTS = (
    *guards.RULES,
    *decisions.RULES,
    *receiving.RULES,
    *storing.RULES,
    *pages.RULES,
    *parts.RULES,
    *voids.RULES,
    *settlements.RULES,
    *console.RULES,
    *strangers.RULES,
)
