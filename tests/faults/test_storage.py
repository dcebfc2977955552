"""F32, I4: a disk that is full, broken, read-only or gone. The answer is 503 and never a 200 without the row."""

from __future__ import annotations

import contextlib
import resource
import signal
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.bridge_process import BridgeProcess
from tests.faults.stage import Stage, make_stage

RESTLESS = {"whmcs_bridge.ledger.engine.database:LOCK_TIMEOUT": 0.2}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where nothing but the database lies, so that it can be made anybody's."""
    made = tmp_path / "data"
    made.mkdir()
    return made


@pytest.fixture
def stage(tmp_path: Path, folder: Path) -> Iterator[Stage]:
    """On SQLite, and no connection of the test's own stays open."""
    with make_stage(tmp_path, f"sqlite:///{folder / 'bridge.db'}") as made:
        made.world.bridge.database.close()
        yield made


def payments(stage: Stage, count: int) -> list[str]:
    """Payments whose event was not delivered."""
    made = [stage.pay() for _ in range(count)]
    stage.world.bridge.database.close()
    return made


def booked_after_all(stage: Stage, serving: BridgeProcess, transactions: list[str]) -> None:
    """The trouble is over: what was refused is taken now, by the same process, and everything is booked."""
    for transaction in transactions:
        assert stage.deliver(transaction) == 200
    serving.close()
    stage.finish(*transactions)
    assert stage.verdict().kept, stage.verdict()


def test_a_full_disk_is_503(stage: Stage) -> None:
    """No file may grow: the event is refused, nothing half of it is stored, and the same process recovers."""
    first, second = payments(stage, 2)
    serving = stage.serve("--no-worker")
    assert stage.deliver(first) == 200
    log = Path(f"{stage.world.bridge.database.engine.url.database}-wal")
    limits = resource.prlimit(serving.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(serving.pid, resource.RLIMIT_FSIZE, (log.stat().st_size, limits[1]))
    assert [stage.deliver(second) for _ in range(3)] == [503, 503, 503]
    resource.prlimit(serving.pid, resource.RLIMIT_FSIZE, limits)
    booked_after_all(stage, serving, [first, second])


@pytest.mark.parametrize("trouble", ["full", "broken"])
def test_a_disk_that_refuses_writes_or_syncs_is_503(stage: Stage, tmp_path: Path, trouble: str) -> None:
    """ENOSPC at any write, EIO at any sync: a commit that did not reach the disk is not acknowledged."""
    first, second = payments(stage, 2)
    images = tmp_path / "images"
    images.mkdir()
    serving = stage.serve("--no-worker", platter=images)
    assert stage.deliver(first) == 200
    (images / trouble).touch()
    assert [stage.deliver(second) for _ in range(3)] == [503, 503, 503]
    (images / trouble).unlink()
    booked_after_all(stage, serving, [first, second])


def test_F32_a_database_that_a_backup_holds_is_503(stage: Stage, folder: Path) -> None:
    """Another program holds the write lock for longer than we wait; nothing is acknowledged, and then it is taken."""
    first, second = payments(stage, 2)
    serving = stage.serve("--no-worker", changes=RESTLESS)
    assert stage.deliver(first) == 200
    with contextlib.closing(sqlite3.connect(folder / "bridge.db", isolation_level=None)) as backup:
        backup.execute("BEGIN IMMEDIATE")
        assert stage.deliver(second) == 503
        backup.execute("ROLLBACK")
    booked_after_all(stage, serving, [first, second])


def test_a_frozen_neighbour_that_holds_the_lock_is_503(stage: Stage) -> None:
    """A process on the same SQLite file sleeps amid its commit: the webhook says 503 in time, and works after it."""
    first, second = payments(stage, 2)
    assert stage.world.event(first).status_code == 200
    stage.world.bridge.database.close()
    frozen = stage.start("run-once", failpoint="claim: before COMMIT", action="stop")
    frozen.expect("hit")
    serving = stage.serve("--no-worker", changes=RESTLESS)
    assert stage.deliver(second) == 503
    frozen.signal(signal.SIGCONT)
    frozen.status()
    booked_after_all(stage, serving, [first, second])


class TestGone:
    """The files of the database are moved away under a running bridge."""

    def move(self, folder: Path, to: Path) -> None:
        """All of its files, as they are."""
        to.mkdir(exist_ok=True)
        for file in folder.iterdir():
            file.rename(to / file.name)

    def test_a_vanished_database_is_503(self, stage: Stage, folder: Path, tmp_path: Path) -> None:
        """A commit into a file that has no name any more would be lost with the process: it is not acknowledged. Put
        back, the same process goes on."""
        first, second = payments(stage, 2)
        serving = stage.serve("--no-worker")
        assert stage.deliver(first) == 200
        self.move(folder, tmp_path / "elsewhere")
        assert [stage.deliver(second) for _ in range(3)] == [503, 503, 503]
        for stray in folder.iterdir():
            stray.unlink()
        self.move(tmp_path / "elsewhere", folder)
        booked_after_all(stage, serving, [first, second])

    def test_a_replaced_database_is_used_from_then_on(self, stage: Stage, folder: Path) -> None:
        """Somebody restores a backup while the bridge runs: what is acknowledged afterwards is in the restored file."""
        first, second = payments(stage, 2)
        copy = (folder / "bridge.db").read_bytes()
        serving = stage.serve("--no-worker")
        assert stage.deliver(first) == 200
        for file in folder.iterdir():
            file.unlink()
        (folder / "bridge.db").write_bytes(copy)
        stage.acknowledged.clear()  # what was stored since the backup is gone; Wompi has it, and reconcile asks
        booked_after_all(stage, serving, [second])
        assert stage.world.state(first) == "posted"


class TestReadOnly:
    """Nobody may write. Root may always, unless it gives that right up."""

    @pytest.fixture
    def forbid(self, folder: Path) -> Iterator[Callable[[bool], None]]:
        """Take the right to write away, or give it back."""

        def forbid(yes: bool) -> None:
            for path in folder.iterdir():
                path.chmod(0o444 if yes else 0o644)
            folder.chmod(0o555 if yes else 0o755)

        yield forbid
        forbid(False)

    def test_at_the_start_it_is_one_sentence(self, stage: Stage, forbid: Callable[[bool], None]) -> None:
        """Exit 2 and what is wrong, no traceback."""
        forbid(True)
        assert stage.run("run-once", humble=True) == 2
        told = stage.processes[-1].log()
        assert "BRIDGE_DATABASE_URL" in told
        assert "Traceback" not in told

    def test_while_it_runs_no_200_without_the_row(self, stage: Stage, forbid: Callable[[bool], None]) -> None:
        """Whatever is answered meanwhile, what was acknowledged is there, and the rest is taken afterwards."""
        first, second, third = payments(stage, 3)
        serving = stage.serve("--no-worker", humble=True)
        assert stage.deliver(first) == 200
        forbid(True)
        stage.deliver(second)
        forbid(False)
        booked_after_all(stage, serving, [first, second, third])
