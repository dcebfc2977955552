"""MariaDB and PostgreSQL for the tests: Debian's programs, on a private port and folder, started and stopped here.

The servers keep their promise of durability off the disk's speed: what they must survive here is ``kill -9`` of
themselves, for which the operating system's cache is enough (``tests/faults`` turns it on where that is the question).
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.ports import free_port
from whmcs_bridge.ledger.engine.database import Database

POSTGRES_PROGRAMS = Path("/usr/lib/postgresql")


@dataclass
class DatabaseServer:
    """One private server. ``url(name)`` is an SQLAlchemy address of a database on it."""

    kind: str
    folder: Path
    port: int
    start_command: list[str]
    account: str
    ready_word: str
    process: subprocess.Popen[str] | None = field(default=None, repr=False)
    reader: threading.Thread | None = field(default=None, repr=False)
    broom: Database | None = field(default=None, repr=False)
    """Kept open to empty its database between tests: a new connection costs more than that."""

    def url(self, name: str) -> str:
        """The address of a database. PyMySQL would load the machine's certificates for each connection: 25 ms."""
        if self.kind == "mariadb":
            return f"mysql+pymysql://root@127.0.0.1:{self.port}/{name}?ssl_disabled=true"
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        """Start it, and return when it takes connections: it says so itself."""
        ready = threading.Event()
        self.process = subprocess.Popen(
            self.start_command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            **as_account(self.account),
        )
        told: list[str] = []
        self.reader = threading.Thread(target=self._read, args=(self.process, ready, told), daemon=True)
        self.reader.start()
        if not ready.wait(60):
            self.stop()
            raise RuntimeError(f"{self.kind} did not start:\n" + "".join(told[-20:]))

    def stop(self) -> None:
        """Stop it as its own service would."""
        self._end(signal.SIGINT if self.kind == "postgresql" else signal.SIGTERM)

    def kill(self) -> None:
        """Let it die without a word."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        process, self.process = self.process, None
        if process is not None:
            process.send_signal(how)
            process.wait(60)
            if self.reader is not None:
                self.reader.join(10)
            if process.stdout is not None:
                process.stdout.close()

    def _read(self, process: subprocess.Popen[str], ready: threading.Event, told: list[str]) -> None:
        if process.stdout is not None:
            for line in process.stdout:
                told.append(line)
                if self.ready_word in line:
                    ready.set()


def missing(kind: str) -> str:
    """Say what must be installed for this kind of server; empty when everything is there."""
    if kind == "mariadb" and not (shutil.which("mariadbd", path=_path()) and shutil.which("mariadb-install-db")):
        return "MariaDB is not installed: apt-get install mariadb-server"
    if kind == "postgresql" and _postgres("postgres") is None:
        return "PostgreSQL is not installed: apt-get install postgresql"
    return ""


def make_server(kind: str) -> DatabaseServer:
    """Prepare a private server in a new folder under the system's temporary directory; once more on a crowded machine,
    where the programs that fill the folder may fail."""
    for again in (True, False):
        folder = Path(tempfile.mkdtemp(prefix=f"wompi-bridge-{kind}-"))
        try:
            return _mariadb(folder, free_port()) if kind == "mariadb" else _postgresql(folder, free_port())
        except subprocess.CalledProcessError:
            shutil.rmtree(folder, ignore_errors=True)
            if not again:
                raise
    raise AssertionError("unreachable")


def _mariadb(folder: Path, port: int) -> DatabaseServer:
    account, data = "mysql", folder / "data"
    hand_over(folder, account)
    subprocess.run(
        [
            "mariadb-install-db",
            "--no-defaults",
            f"--datadir={data}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            "--skip-name-resolve",
        ],
        check=True,
        capture_output=True,
        **as_account(account),
    )
    command = [
        shutil.which("mariadbd", path=_path()) or "mariadbd",
        "--no-defaults",
        f"--datadir={data}",
        f"--socket={folder / 'socket'}",
        f"--pid-file={folder / 'pid'}",
        f"--port={port}",
        "--bind-address=127.0.0.1",
        "--skip-name-resolve",
        "--skip-log-bin",
        "--innodb-flush-log-at-trx-commit=2",
        "--innodb-buffer-pool-size=32M",
    ]
    return DatabaseServer("mariadb", folder, port, command, account, "ready for connections")


def _postgresql(folder: Path, port: int) -> DatabaseServer:
    account, data = "postgres", folder / "data"
    hand_over(folder, account)
    subprocess.run(
        [str(_postgres("initdb")), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"],
        check=True,
        capture_output=True,
        **as_account(account),
    )
    command = [
        str(_postgres("postgres")),
        *("-D", str(data), "-p", str(port), "-k", str(folder)),
        *("-c", "listen_addresses=127.0.0.1", "-c", "synchronous_commit=off", "-c", "max_connections=200"),
    ]
    return DatabaseServer("postgresql", folder, port, command, account, "ready to accept connections")


def _postgres(program: str) -> Path | None:
    found = sorted(POSTGRES_PROGRAMS.glob(f"*/bin/{program}"), key=lambda path: int(path.parts[-3].split(".")[0]))
    return found[-1] if found else None


def _path() -> str:
    return os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"


def as_account(account: str) -> dict[str, Any]:
    """Both servers refuse to run as root; anybody else runs them as himself."""
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam(account)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def hand_over(folder: Path, account: str) -> None:
    """Let the server's account own its folder."""
    folder.chmod(0o755)
    if os.geteuid() == 0:
        entry = pwd.getpwnam(account)
        os.chown(folder, entry.pw_uid, entry.pw_gid)
