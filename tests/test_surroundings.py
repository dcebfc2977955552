"""What makes the tests quick changes nothing of what they show: forked commands, shared statements, blocks of ports."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, literal, select

from tests.ports import free_port
from tests.processes import call, start
from tests.world import World


@pytest.mark.parametrize(
    "arguments", [("payments", "--json"), ("payments", "--state", "nope"), ("show", "1"), ("--version",)]
)
def test_a_forked_command_is_like_a_fresh_one(sqlite_world: World, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """The same words, in the same stream, and the same exit status."""
    sqlite_world.event(sqlite_world.pay(sqlite_world.invoice()))
    sqlite_world.work()
    forked = call(*arguments, folder=tmp_path, **sqlite_world.settings)
    fresh = start(*arguments, folder=tmp_path, **sqlite_world.settings)
    assert (forked.returncode, forked.stdout, forked.stderr) == (fresh.returncode, fresh.stdout, fresh.stderr)


def test_a_forked_command_sees_nothing_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting and no folder of the test's process: it is told what it lacks, as in an empty one."""
    monkeypatch.setenv("BRIDGE_SECRET", "a-secret-that-is-not-to-be-seen-0123456789")
    ended = call("payments", folder=tmp_path)
    assert ended.returncode == 2
    assert str(tmp_path / ".env") in ended.stderr


def test_a_statement_is_compiled_for_its_kind_of_database(tmp_path: Path) -> None:
    """Two files share it, with values of their own; another kind of database has another one."""
    one, two, other = (
        create_engine(url)
        for url in (f"sqlite:///{tmp_path / 'a'}", f"sqlite:///{tmp_path / 'b'}", "mysql+pymysql:///c")
    )
    for engine, number in ((one, 1), (two, 2)):
        with engine.connect() as connection:
            assert connection.scalar(select(literal(number).label("x"))) == number
        engine.dispose()
    key = select(literal(3).label("x"))._generate_cache_key()
    assert key is not None
    first, second, third = (
        engine.get_execution_options()["compiled_cache"].get((engine.dialect, key.key, (), False, False))
        for engine in (one, two, other)
    )
    assert first is second is not None
    assert third is None


def test_another_process_is_given_other_ports() -> None:
    """Two runs at once take nothing from each other."""
    ours = free_port()
    code = "from tests.ports import free_port; print(free_port())"
    told = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": str(Path.cwd())}, capture_output=True, text=True,
        timeout=30, check=True,
    ).stdout  # fmt: skip
    assert int(told) // 500 != ours // 500
