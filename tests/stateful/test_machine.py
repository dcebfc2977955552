"""The search: whatever happens, in any order, on each database.

``make test`` runs a bounded part, the same each time. ``make chaos`` searches anew for ``CHAOS_SECONDS``, and prints
the seed of what it finds.
"""

from __future__ import annotations

import os
import random
import time

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.stateful.machine import Bridging
from tests.stateful.several import SeveralAtOnce

KINDS = ("sqlite", "mariadb", "postgresql")
BOUNDED = settings(
    derandomize=True, deadline=None, print_blob=True, stateful_step_count=40, suppress_health_check=list(HealthCheck)
)
CHAOS_SECONDS = float(os.environ.get("CHAOS_SECONDS", "0"))


def machine(kind: str, request: pytest.FixtureRequest) -> type[Bridging]:
    """The machine on a database of a kind."""
    url = None if kind == "sqlite" else request.getfixturevalue(kind).url("bridge")
    return type("Bridging", (Bridging,), {"database_url": url})


@pytest.mark.parametrize(("kind", "examples"), [("sqlite", 19), ("mariadb", 5), ("postgresql", 5)], ids=KINDS)
def test_whatever_happens(kind: str, examples: int, request: pytest.FixtureRequest) -> None:
    """I1 to I8 hold through everything that can happen, in any order."""
    searching = machine(kind, request)
    if not CHAOS_SECONDS:
        run_state_machine_as_test(searching, settings=settings(BOUNDED, max_examples=examples))
        return
    until = time.monotonic() + CHAOS_SECONDS / len(KINDS)
    wide = settings(BOUNDED, derandomize=False, max_examples=25, stateful_step_count=80)
    while time.monotonic() < until:
        number = random.randrange(2**32)
        print(f"chaos on {kind}: seed {number}")  # noqa: T201 - pytest shows it beside the failure
        run_state_machine_as_test(seed(number)(searching), settings=wide)


@pytest.mark.parametrize(("kind", "examples"), [("sqlite", 15), ("mariadb", 4), ("postgresql", 4)], ids=KINDS)
def test_whatever_happens_to_several_at_once(kind: str, examples: int, request: pytest.FixtureRequest) -> None:
    """I1 to I3 hold for the parts of payments of several invoices, through everything that can happen."""
    url = None if kind == "sqlite" else request.getfixturevalue(kind).url("bridge")
    searching = type("SeveralAtOnce", (SeveralAtOnce,), {"database_url": url})
    run_state_machine_as_test(searching, settings=settings(BOUNDED, max_examples=examples))
