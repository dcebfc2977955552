"""A process of the real bridge, with what a test does to it installed from outside.

``BridgeProcess`` forks one from a server that has imported everything already, so that the tests can afford a thousand
of them; ``run`` is what it does. By hand, with the settings in the environment::

    python -m tests.faults.bridge_process --failpoint "intent: after COMMIT" run-once
"""

from __future__ import annotations

import argparse
import ctypes
import functools
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, get_args

from tests.faults import failpoints, platter
from tests.faults.failpoints import FAILPOINTS, Action, Report
from tests.faults.guards import Guard, take_out
from tests.faults.shared_clock import EPOCH, read_clock
from tests.processes import FORKS, redirect
from whmcs_bridge import bridge, cli
from whmcs_bridge.clock import utc_now

# How long a test waits for what must happen, in seconds: many times what it takes.
PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Plan:
    """Which command runs, and what is done to it.

    ``clock`` is one that everybody goes by; ``skew``, in seconds, and ``wall`` make the clock of this host alone wrong;
    ``server`` is the one of the database server. ``offset`` is how far all clocks that can be set are off, as a time
    since 1970.
    ``without`` takes one protection out. ``humble`` makes file permissions hold for root as well. ``changes`` are
    constants of the product that are set from outside.
    """

    arguments: Sequence[str]
    environment: dict[str, str]
    folder: Path
    failpoint: str = ""
    action: Action = "kill"
    clock: Path | None = None
    skew: float = 0.0
    wall: Path | None = None
    server: Path | None = None
    offset: Path | None = None
    without: Guard | None = None
    platter: Path | None = None
    humble: bool = False
    changes: dict[str, Any] = field(default_factory=dict)


def run(plan: Plan, reports: Connection) -> None:
    """Be that process."""
    os.chdir(plan.folder)
    redirect(plan.folder / "bridge.log", plan.folder / "bridge.log")
    if plan.humble:
        _be_humble()
    for name in [name for name in os.environ if name.startswith(("BRIDGE_", "WHMCS_", "WOMPI_"))]:
        del os.environ[name]
    os.environ.update(plan.environment)
    install(plan, reports.send)
    reports.send(f"ended {cli.main(plan.arguments)}")


def _be_humble() -> None:
    """Give every capability up, so that file permissions hold (https://man7.org/linux/man-pages/man2/capset.2.html)."""
    version_3 = (ctypes.c_uint32 * 2)(0x20080522, 0)
    if ctypes.CDLL(None, use_errno=True).capset(version_3, (ctypes.c_uint32 * 6)()) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def install(plan: Plan, report: Report) -> None:
    """Put what the plan says around the product."""
    for target, value in plan.changes.items():
        failpoints.replace(target, value)
    unplug = platter.install(plan.platter) if plan.platter else lambda: None
    if plan.clock:
        now = read_clock(plan.clock)
        build = functools.partial(bridge.build, clock=now, ticks=lambda: now().timestamp())
        failpoints.replace("whmcs_bridge.bridge:build", build)
    off = read_clock(plan.offset) if plan.offset else lambda: EPOCH
    if plan.offset:
        failpoints.wrap(
            "whmcs_bridge.ledger.engine.database:Database.server_time",
            lambda told: lambda database: told(database) + (off() - EPOCH),
        )
    if plan.skew or plan.wall or plan.offset:
        host = read_clock(plan.wall) if plan.wall else lambda: utc_now() + (off() - EPOCH)
        failpoints.replace("whmcs_bridge.bridge:utc_now", lambda: host() + timedelta(seconds=plan.skew))
    if plan.server:
        server = read_clock(plan.server)
        failpoints.replace("whmcs_bridge.ledger.engine.database:Database.server_time", lambda _database: server())
    if plan.without:
        take_out(plan.without)
    if plan.failpoint:
        failpoints.install(FAILPOINTS[plan.failpoint], failpoints.actor(plan.action, report, unplug))
    _report_readiness(report)


def _report_readiness(report: Report) -> None:
    def telling(original: Callable[..., None]) -> Callable[..., None]:
        def call(this: Any, *args: Any) -> None:
            report(f"ready {getattr(this, 'port', '')}")
            original(this, *args)

        return call

    failpoints.wrap("whmcs_bridge.web.wompi.server:Server.run", telling)
    failpoints.wrap("whmcs_bridge.booking.worker:Worker.run", telling)


class BridgeProcess:
    """One running process, as a test holds it."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._reports, theirs = FORKS.Pipe(duplex=False)
        self._process = FORKS.Process(target=run, args=(plan, theirs))
        self._process.start()
        theirs.close()

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid or 0

    def reports(self) -> bool:
        """Tell whether there is a report to read, or none any more."""
        return self._reports.poll()

    def expect(self, word: str, timeout: float = PATIENCE) -> str:
        """Wait for the report that begins with ``word``."""
        deadline = time.monotonic() + timeout
        while self._reports.poll(max(0.0, deadline - time.monotonic())):
            try:
                told = str(self._reports.recv())
            except EOFError:
                break
            if told.startswith(word):
                return told
        raise AssertionError(f"{self._plan.arguments} did not come to {word!r}:\n{self.log()[-4000:]}")

    def died(self, timeout: float = PATIENCE) -> bool:
        """Wait for the process's end; whether it was killed."""
        self._process.join(timeout)
        assert self._process.exitcode is not None, f"{self._plan.arguments} goes on:\n{self.log()[-4000:]}"
        return self._process.exitcode == -signal.SIGKILL

    def status(self, timeout: float = PATIENCE) -> int:
        """Wait for the command's end, and return its exit status."""
        told = self.expect("ended", timeout)
        self.died(timeout)
        return int(told.split()[1])

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def kill(self) -> None:
        """``kill -9``, and wait until it is gone."""
        if self._process.is_alive():
            self._process.kill()
        self._process.join(PATIENCE)

    def close(self) -> None:
        """Leave nothing behind."""
        self.kill()
        self._process.close()
        self._reports.close()

    def log(self) -> str:
        """What the processes in this folder have written."""
        return (self._plan.folder / "bridge.log").read_text(errors="replace")


def main() -> None:
    """Run one command with a failpoint, in this process, with the settings of the environment."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.bridge_process", description=__doc__)
    parser.add_argument("--failpoint", choices=sorted(FAILPOINTS), default="", metavar="NAME")
    parser.add_argument("--action", choices=get_args(Action), default="kill")
    parser.add_argument("--skew", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="COMMAND ...")
    given = parser.parse_args()
    plan = Plan(given.arguments, {}, Path.cwd(), failpoint=given.failpoint, action=given.action, skew=given.skew)
    install(plan, lambda told: print(told, file=sys.stderr, flush=True))  # noqa: T201 - the test reads it
    sys.exit(cli.main(plan.arguments))


if __name__ == "__main__":
    main()
