"""``whmcs_bridge.wsgi``: the web side under a WSGI server of somebody else, and the file that Passenger loads."""

from __future__ import annotations

import gc
import json
import logging
import runpy
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from tests.processes import COMMAND, clean_environment
from tests.world import World
from whmcs_bridge import wsgi
from whmcs_bridge.ledger import refused_signatures
from whmcs_bridge.monitoring import monitor

EXAMPLE = Path(__file__).parents[1] / "whmcs_bridge" / "setup" / "templates" / "passenger_wsgi.py.template"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working directory, and a log of our own that is put back afterwards."""
    monkeypatch.chdir(tmp_path)
    levels = {name: logging.getLogger(name).level for name in ("whmcs_bridge", "wompi_gateway", "urllib3", "alembic")}
    yield tmp_path
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    logging.raiseExceptions = True


@pytest.fixture
def application() -> Iterator[wsgi._LazyApplication]:
    """As a WSGI server imports it; its monitor ends with the test."""
    made = wsgi._LazyApplication()
    yield made
    if made.stop_monitor is not None:
        made.stop_monitor.set()


def write(folder: Path, settings: dict[str, str]) -> None:
    """Make ``.env`` of settings."""
    (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in settings.items()), "utf-8")


def test_serves_from_the_first_request_on(
    folder: Path, sqlite_world: World, application: wsgi._LazyApplication
) -> None:
    """Nothing is built at the import, so that a process may be forked before; then an event is stored, and stays due:
    there is no worker in it."""
    write(folder, sqlite_world.settings)
    assert application._app is None
    transaction = sqlite_world.pay(sqlite_world.invoice())
    body = sqlite_world.wompi.event_body(transaction)
    answer = Client(application).post("/webhooks/wompi", data=body, content_type="application/json")
    assert (answer.status_code, answer.text) == (200, "stored\n")
    assert sqlite_world.state(transaction) == "due"


def test_the_collector_leaves_alone_what_the_program_is_made_of(
    folder: Path, sqlite_world: World, application: wsgi._LazyApplication
) -> None:
    """To go through all of it takes 50 to 90 ms, in which nobody is answered."""
    write(folder, sqlite_world.settings)
    before = gc.get_freeze_count()
    assert Client(application).get("/healthz").status_code == 200
    assert gc.get_freeze_count() > before


def test_an_unusable_configuration_is_told_in_the_log_and_mended_without_a_restart(
    folder: Path, sqlite_world: World, application: wsgi._LazyApplication, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever asks gets 503 and no detail, Wompi comes again; the admin reads one sentence a setting."""
    write(folder, sqlite_world.settings | {"WHMCS_URL": ""})
    client = Client(application)
    refused = client.get("/healthz")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "60")
    assert "WHMCS" not in refused.text
    assert "WHMCS_URL: falta; es obligatoria" in caplog.text
    write(folder, sqlite_world.settings | {"BRIDGE_DATABASE_URL": "sqlite:////nowhere/bridge.db"})
    assert client.get("/healthz").status_code == 503
    assert "BRIDGE_DATABASE_URL" in caplog.text
    write(folder, sqlite_world.settings)
    assert client.get("/healthz").status_code == 200


def test_passengers_file_works_in_its_own_folder(
    folder: Path, sqlite_world: World, application: wsgi._LazyApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Copied beside ``.env``: it is found, wherever Passenger was started."""
    home = folder / "home"
    home.mkdir()
    write(home, sqlite_world.settings)
    shutil.copy(EXAMPLE, home / "passenger_wsgi.py")
    monkeypatch.setattr(wsgi, "application", application)
    loaded: dict[str, Any] = runpy.run_path(str(home / "passenger_wsgi.py"))
    assert Path.cwd() == home
    assert Client(loaded["application"]).get("/healthz").status_code == 200


def bad_events(client: Client, world: World, number: int) -> None:
    """Wompi's secret is another one than ours."""
    event = json.loads(world.wompi.event_body(world.pay(world.invoice())))
    event["signature"]["checksum"] = "0" * 64
    for _ in range(number):
        answer = client.post("/webhooks/wompi", data=json.dumps(event), content_type="application/json")
        assert answer.status_code == 401


def until(true: Callable[[], bool]) -> None:
    """Give a thread its time; at the most ten seconds."""
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)


def test_the_monitor_runs_beside_it_and_tells_what_only_it_can_see(
    folder: Path, sqlite_world: World, application: wsgi._LazyApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not before the first request: a thread does not live on after a fork. No cron ran here, and the admins are told
    all the same that events fail their signature while a payment is approved; and that nobody books it."""
    monkeypatch.setattr(monitor, "PERIOD", 0.05)
    monkeypatch.setattr(monitor, "_LONG_GRACE", timedelta(0))
    monkeypatch.setattr(refused_signatures, "_EVENT_LATE", timedelta(0))
    write(folder, sqlite_world.settings)
    assert application.stop_monitor is None
    client = Client(application)
    bad_events(client, sqlite_world, 5)
    client.get(f"/return?id={sqlite_world.pay(sqlite_world.invoice())}")
    told = sqlite_world.whmcs.admin_emails
    until(lambda: len(told) == 2)
    subjects = {mail["customsubject"] for mail in told}
    assert subjects == {
        "Wompi: los eventos de Wompi no pasan la verificación", "Wompi: nadie está registrando los pagos",
    }  # fmt: skip


def test_two_run_once_at_the_same_time_book_once(folder: Path, sqlite_world: World) -> None:
    """Cron starts the next one while the last one still works: both end with 0, and WHMCS has the payment once."""
    transactions = [sqlite_world.pay(sqlite_world.invoice()) for _ in range(3)]
    for transaction in transactions:
        sqlite_world.event(transaction)
    write(folder, sqlite_world.settings)
    environment = clean_environment() | {"PYTHONPATH": str(EXAMPLE.parents[3])}
    crons = [subprocess.Popen([*COMMAND, "run-once"], env=environment, cwd=folder) for _ in range(2)]
    assert [cron.wait(60) for cron in crons] == [0, 0]
    assert [len(sqlite_world.whmcs.booked(transaction)) for transaction in transactions] == [1, 1, 1]
