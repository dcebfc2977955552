"""What the tests of failpoints share: a process that dies at a named step, and the list of the steps reached."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.faults.stage import Stage

reached: set[str] = set()
"""The failpoints at which a process has died in this run."""


def killed_at(stage: Stage, name: str, *arguments: str, act: Callable[[], object] = lambda: None, **plan: Any) -> None:
    """Run a command with a failpoint, do what leads there, and see it die there. ``plan``: more fields of ``Plan``."""
    process = stage.serve("--no-worker", failpoint=name, **plan) if arguments == ("serve",) else None
    process = process or stage.start(*arguments, failpoint=name, **plan)
    act()
    process.expect("hit")
    assert process.died()
    process.close()
    reached.add(name)


def held(stage: Stage) -> str:
    """A payment that waits for a person: its invoice was cancelled meanwhile."""
    transaction = stage.pay()
    stage.world.whmcs.set_invoice(stage.invoice_of(transaction), status="Cancelled")
    stage.world.event(transaction)
    stage.run("run-once")
    assert stage.world.state(transaction) == "review"
    return transaction
