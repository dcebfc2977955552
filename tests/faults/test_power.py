"""F41: the power fails. What was answered with 200, and what WHMCS was asked for, is on the disk by then.

An event's way is the one that ``serve`` takes on SQLite, by ``whmcs_bridge.web.wompi.intake``: the failpoint is within
its reply.

Not in the operating system's cache: ``platter`` knows which writes an ``fsync`` has confirmed, and leaves of the others
nothing, everything, or any mixture. Each test is made to fail by a database that is less careful.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.guards import Guard
from tests.faults.stage import Stage, make_stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """On SQLite, in a folder beside the images of its disk; no connection of the test's own stays open."""
    folder = tmp_path / "running"
    folder.mkdir()
    with make_stage(folder, f"sqlite:///{folder / 'bridge.db'}") as made:
        yield made


def left_after(
    stage: Stage, tmp_path: Path, failpoint: str, without: Guard | None, beside: int = 0
) -> list[list[tuple[str, str]]]:
    """Cut the power at a step of ``serve`` or ``run-once``, with so many more events ``beside`` the first one. Returns,
    of each disk that may be left, the payments with their state; each of them must be a sound database."""
    transaction = stage.pay()
    others = [stage.pay() for _ in range(beside)]
    serves = failpoint.startswith("webhook")
    if not serves:
        stage.world.event(transaction)
    stage.world.bridge.database.close()
    images = tmp_path / "images"
    images.mkdir()
    plan = {"failpoint": failpoint, "action": "unplug", "platter": images, "without": without}
    process = stage.serve("--no-worker", **plan) if serves else stage.start("run-once", **plan)
    if serves:
        with ThreadPoolExecutor(1 + beside) as wompi:
            list(wompi.map(stage.deliver, [transaction, *others]))
    process.expect("hit")
    assert process.died()
    found = []
    for image in sorted(images.iterdir()):
        with closing(sqlite3.connect(image / "bridge.db")) as disk:
            assert disk.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            found.append(disk.execute("SELECT transaction_id, state FROM payments").fetchall())
    return found


def test_F41_the_event_is_on_the_disk_before_the_200_leaves(stage: Stage, tmp_path: Path) -> None:
    """The power fails when the first byte of the 200 is about to leave: on every disk that may be left, the payment is
    due."""
    disks = left_after(stage, tmp_path, "webhook: before the 200 is sent", None)
    assert len(disks) > 2
    assert all([state for _, state in payments] == ["due"] for payments in disks)


def test_F41_with_synchronous_normal_it_is_not(stage: Stage, tmp_path: Path) -> None:
    """The same with SQLite's usual setting for a write-ahead log: there is a disk without the payment."""
    assert [] in left_after(stage, tmp_path, "webhook: before the 200 is sent", "synchronous")


def test_F41_each_of_many_events_is_on_the_disk_before_its_200_leaves(stage: Stage, tmp_path: Path) -> None:
    """Eight at once, of which some share a commit: on every disk there are at least those that were stored together
    with the first one whose 200 was about to leave, and every one of them whole."""
    disks = left_after(stage, tmp_path, "webhook: before the 200 is sent", None, beside=7)
    least = min(len(payments) for payments in disks)
    assert least >= 1
    assert all({state for _, state in payments} == {"due"} for payments in disks)


def test_F41_the_intent_is_on_the_disk_before_the_request_leaves(stage: Stage, tmp_path: Path) -> None:
    """Whoever finds the disk after the power has failed amid a booking knows that it is in doubt."""
    disks = left_after(stage, tmp_path, "booking: before the request", None)
    assert all([state for _, state in payments] == ["posting"] for payments in disks)


def test_F41_with_synchronous_normal_the_intent_is_not(stage: Stage, tmp_path: Path) -> None:
    """There would be a disk on which nothing is in doubt."""
    disks = left_after(stage, tmp_path, "booking: before the request", "synchronous")
    assert any([state for _, state in payments] != ["posting"] for payments in disks)
