"""What stands around the bridge: both sandboxes as real servers, as far away as one says, and ``serve`` as shipped."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask, request
from sqlalchemy import NullPool, create_engine

from tests.bench.events import SECRET
from tests.databases import DatabaseServer, make_server
from tests.ports import free_port
from tests.world import environment
from whmcs_bridge.sandbox.whmcs.server import WhmcsSandbox
from whmcs_bridge.sandbox.wompi.server import WompiSandbox

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PATIENCE = 60.0
# As far as servers of another city are, in seconds.
FAR = 0.2


@dataclass
class Distance:
    """How long a sandbox takes to answer, in seconds, and what was seen there."""

    seconds: float = FAR
    hangs: bool = False
    most_at_once: int = 0
    calls: list[tuple[str, float, float]] = field(default_factory=list)
    """Which call, when it came in, and when it was answered, on the system's steady clock."""
    _now: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def attach(self, app: Flask) -> None:
        """Be that far away."""
        answer = app.wsgi_app

        def far(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            came = time.monotonic()
            with self._lock:
                self._now += 1
                self.most_at_once = max(self.most_at_once, self._now)
            time.sleep(PATIENCE if self.hangs else self.seconds)
            try:
                return answer(environ, start_response)
            finally:
                with self._lock:
                    self._now -= 1
                    self.calls.append((self._name(environ), came, time.monotonic()))

        app.wsgi_app = far
        app.before_request(self._note_name)

    def forget(self) -> None:
        """Count from here on."""
        with self._lock:
            self.calls, self.most_at_once = [], 0

    def _note_name(self) -> None:
        request.environ["bench.call"] = request.form.get("action", request.path)

    @staticmethod
    def _name(environ: WSGIEnvironment) -> str:
        return str(environ.get("bench.call", environ["PATH_INFO"]))


@dataclass
class Surroundings:
    """Both sandboxes, and a folder for what the bridge keeps."""

    whmcs: WhmcsSandbox
    wompi: WompiSandbox
    to_whmcs: Distance
    to_wompi: Distance
    folder: Path

    def settings(self, database_url: str = "", **changes: str) -> dict[str, str]:
        """Settings of a bridge between the two."""
        url = database_url or f"sqlite:///{self.folder / f'{time.monotonic_ns()}.db'}"
        usual = {"WHMCS_TIMEOUT": "15", "WHMCS_POST_TIMEOUT": "60", "WOMPI_TIMEOUT": "10"}
        return environment(self.whmcs, self.wompi, url, **usual | changes)


@contextmanager
def surroundings() -> Iterator[Surroundings]:
    """Start both; client 77 is there."""
    whmcs, wompi = WhmcsSandbox(), WompiSandbox(events_secret=SECRET)
    to_whmcs, to_wompi = Distance(), Distance()
    to_whmcs.attach(whmcs.app)
    to_wompi.attach(wompi.app)
    with tempfile.TemporaryDirectory(prefix="wompi-bridge-bench-") as folder, whmcs.serving(), wompi.serving():
        whmcs.add_client(id=77)
        yield Surroundings(whmcs, wompi, to_whmcs, to_wompi, Path(folder))


@dataclass(frozen=True, slots=True)
class Serving:
    """A running ``wompi-bridge serve``."""

    url: str
    pid: int
    seconds_to_answer: float

    @property
    def webhook(self) -> str:
        """Where events go."""
        return self.url + "webhooks/wompi"

    def resident_mebibytes(self) -> float:
        """What it holds in memory now."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError("the process has gone")


@contextmanager
def serving(settings: dict[str, str], folder: Path, *options: str, slow_disk: float = 0.0) -> Iterator[Serving]:
    """Run ``serve`` as it is installed, its log in a file. ``slow_disk``: seconds that each sync takes besides."""
    port = free_port()
    program = [str(Path(sys.executable).with_name("wompi-bridge"))]
    if slow_disk:
        program = [sys.executable, "-m", "tests.bench.slow_disk", str(slow_disk)]
    url = f"http://127.0.0.1:{port}/"
    began = time.monotonic()
    program += ["serve", "--port", str(port), *options]
    with running([program], url + "healthz", folder, settings) as (process,):
        yield Serving(url, process.pid, time.monotonic() - began)


def command(settings: dict[str, str], folder: Path, *arguments: str) -> float:
    """Run a command of ``wompi-bridge`` to its end. Returns how long it took, in seconds."""
    began = time.monotonic()
    program = str(Path(sys.executable).with_name("wompi-bridge"))
    environment = program_environment(settings)
    subprocess.run([program, *arguments], env=environment, cwd=folder, check=True, capture_output=True)
    return time.monotonic() - began


def program_environment(settings: dict[str, str]) -> dict[str, str]:
    """What surrounds a process with these settings and no others."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BRIDGE_", "WHMCS_", "WOMPI_"))}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package has its bytecode
    return kept | settings | {"PYTHONPATH": str(Path.cwd())}


# The tests' servers are quick about it; here a commit must be as durable as on a host.
_DURABLE = {
    "mariadb": ("mysql", "SET GLOBAL innodb_flush_log_at_trx_commit = 1"),
    "postgresql": ("postgres", "ALTER SYSTEM SET synchronous_commit = 'on'"),
}


@contextmanager
def database_server(kind: str, *names: str) -> Iterator[DatabaseServer]:
    """A private server of this kind that keeps what it has committed, with these databases, which are new."""
    server = make_server(kind)
    first, durable = _DURABLE[kind]
    server.start()
    try:
        engine = create_engine(server.url(first), isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            for statement in (*(f"CREATE DATABASE {name}" for name in names), durable):
                connection.exec_driver_sql(statement)
        yield server
    finally:
        server.stop()
        shutil.rmtree(server.folder, ignore_errors=True)


@contextmanager
def durable_database(kind: str) -> Iterator[str]:
    """A new database on such a server. Yields its SQLAlchemy address."""
    with database_server(kind, "bridge") as server:
        yield server.url("bridge")


@contextmanager
def running(
    commands: Sequence[Sequence[str]], url: str, folder: Path, settings: dict[str, str]
) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Run programs until the end, their logs in a file of the folder, from the moment when somebody answers at ``url``.
    Raises ``RuntimeError`` when nobody does."""
    environment = program_environment(settings)
    with (folder / "programs.log").open("ab") as log:
        processes = [
            subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log) for command in commands
        ]
        try:
            _wait_for(url, processes)
            yield processes
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:  # it waits for an upstream that hangs, or for clients that stall
                    process.kill()
                    process.wait()


def _wait_for(url: str, processes: list[subprocess.Popen[bytes]]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and all(process.poll() is None for process in processes):
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except urllib.error.HTTPError as answer:
            if answer.code < 500:  # the callback refuses what is no event
                return
        except OSError:
            pass
        time.sleep(0.005)
    raise RuntimeError(f"nothing answers at {url}")
