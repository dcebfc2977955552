"""F50: the very commands of ``docs/deploy`` for backup and restore, on each database: yesterday's backup comes back,
nothing is booked again, what was acknowledged meanwhile is found by ``reconcile --since``, and nobody else can read the
copy."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.databases import DatabaseServer
from tests.world import BRIDGE_SECRET, START, World, make_world
from whmcs_bridge.bridge import build
from whmcs_bridge.settings import load_settings
from whmcs_bridge.signed.calls import HEADER, signature_of
from whmcs_bridge.web.app import create_app

PAGE = Path(__file__).parents[2] / "docs" / "deploy" / "README.md"
NAMES = {"sqlite": "SQLite", "mariadb": "MariaDB", "postgresql": "PostgreSQL"}


@dataclass
class Installation:
    """A bridge on one kind of database, and the two commands of the page for it."""

    world: World
    folder: Path
    environment: dict[str, str]
    back_up: str
    restore: str

    def run(self, command: str) -> None:
        """As an admin does, in the folder of the database."""
        ended = subprocess.run(
            ["sh", "-ec", command], cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=60
        )
        assert ended.returncode == 0, ended.stderr
        assert "ERROR" not in ended.stderr

    def bring_back(self) -> None:
        """Stop the bridge, restore, start it again."""
        world = self.world
        world.bridge.close()
        self.run(self.restore)
        settings = load_settings(world.settings, folder=self.folder)
        world.bridge = build(settings, clock=world.clock, ticks=world.clock.ticks)
        world.http = create_app(world.bridge).test_client()


def commands(kind: str) -> list[str]:
    """The commands in the row of the page for this kind of database."""
    (cells,) = re.findall(rf"^\| {NAMES[kind]}\b[^|]*\|(.*)\|$", PAGE.read_text("utf-8"), re.MULTILINE)
    return re.findall(r"`([^`]+)`", cells)


@pytest.fixture
def installation(request: pytest.FixtureRequest, tmp_path: Path, database_url: str) -> Iterator[Installation]:
    """On each of the three databases; the programs reach the private servers by their own usual settings."""
    kind = next(kind for kind in NAMES if database_url.startswith((kind, {"mariadb": "mysql"}.get(kind, kind))))
    back_up, restore = commands(kind)
    program = back_up.removeprefix("(umask 077; ").split()[0]
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    environment = os.environ | {"HOME": str(tmp_path)}
    if kind != "sqlite":
        server: DatabaseServer = request.getfixturevalue(kind)
        login = f"[client]\nhost=127.0.0.1\nprotocol=tcp\nport={server.port}\nuser=root\n"
        (tmp_path / ".my.cnf").write_text(login)
        environment |= {"PGHOST": "127.0.0.1", "PGPORT": str(server.port), "PGUSER": "postgres"}
    with make_world(tmp_path, database_url) as world:
        made = Installation(world, tmp_path, environment, back_up, restore)
        yield made
        (copy,) = tmp_path.glob("copia.*")
        assert (copy.stat().st_size > 0, copy.stat().st_mode & 0o777) == (True, 0o600)
        world.bridge.close()


def refund(world: World, transaction: str) -> str:
    """The press on Refund; WHMCS records it when it hears of success."""
    body = json.dumps({"transid": transaction, "amount": "59500.00"}).encode()
    headers = {HEADER: signature_of("/voids", body, BRIDGE_SECRET, now=world.clock())}
    answer: dict[str, Any] = world.http.post("/voids", data=body, headers=headers).get_json()
    if answer["status"] == "success":
        world.whmcs.take_back(transaction)
    return str(answer["status"])


def acknowledged(world: World) -> str:
    """A payment whose event was answered with 200."""
    transaction = world.pay(world.invoice())
    assert world.event(transaction).status_code == 200
    return transaction


def test_F50_restored_by_the_commands_of_the_page(installation: Installation) -> None:
    """Payments of before and after the backup, one given back after it: each once in WHMCS, and none forgotten."""
    world = installation.world
    old = acknowledged(world)
    world.work()
    waiting = acknowledged(world)
    installation.run(installation.back_up)
    world.work()
    today = acknowledged(world)
    world.work()
    given_back = acknowledged(world)
    world.work()
    assert refund(world, given_back) == "success"
    world.clock.advance(days=1)
    unbooked = acknowledged(world)

    installation.bring_back()
    store = world.bridge.store
    assert {payment.transaction_id for payment in store.payments()} == {old, waiting}
    assert world.state(waiting) == "due"
    bookings = len(world.whmcs.calls_to("AddInvoicePayment"))
    world.bridge.reconcile.run(since=START.date(), dry_run=False)
    world.work()

    kept = (old, waiting, today, unbooked)
    assert [world.state(transaction) for transaction in kept] == ["posted"] * 4
    assert world.state(given_back) == "closed"
    assert [len(world.whmcs.booked(transaction)) for transaction in (*kept, given_back)] == [1] * 5
    assert len(world.whmcs.calls_to("AddInvoicePayment")) == bookings + 1
    # The void is forgotten as well: the button reads Wompi and WHMCS, and asks nothing again.
    assert refund(world, given_back) == "declined"
    assert sum(call.path.endswith("/void") for call in world.wompi.calls) == 1
    # What was acknowledged and is sent again is a payment that is known.
    assert world.event(today).status_code == 200
    world.work()
    assert len(world.whmcs.booked(today)) == 1


def test_each_row_of_the_page_has_its_two_commands() -> None:
    """One for the backup and one for the restore, of the same file."""
    for kind in NAMES:
        back_up, restore = commands(kind)
        assert "copia" in back_up
        assert "copia" in restore
