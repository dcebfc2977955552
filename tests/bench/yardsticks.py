"""What ``serve`` is measured beside: a bare Flask hello, what one process of Python can answer at the most, and what a
PHP peer costs at the very least."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from flask import Flask
from sqlalchemy import URL, NullPool, create_engine, make_url

from tests.bench.events import SECRET
from tests.bench.surroundings import running
from tests.ports import free_port
from whmcs_bridge.web.asgi import Receive, Scope, Send, body_of, respond

hello_app = Flask(__name__)


@hello_app.get("/")
def hello() -> str:
    """As little as an answer can be."""
    return "hello"


@contextmanager
def hello_serving(folder: Path) -> Iterator[str]:
    """Gunicorn's threads, 2 processes of 8 each. Yields its address."""
    port = free_port()
    gunicorn = str(Path(sys.executable).with_name("gunicorn"))
    options = ("--worker-class", "gthread", "--workers", "2", "--threads", "8", "--log-level", "warning")
    command = [gunicorn, *options, "--bind", f"127.0.0.1:{port}", "tests.bench.yardsticks:hello_app"]
    url = f"http://127.0.0.1:{port}/"
    with running([command], url, folder, {}):
        yield url


async def limit_app(scope: Scope, receive: Receive, send: Send) -> None:
    """Read the body, whatever it is, and answer."""
    await body_of(receive, 1 << 16)
    await respond(send, 200, ((b"content-length", b"3"),), b"ok\n")


@contextmanager
def limit_serving(folder: Path) -> Iterator[str]:
    """The server of ``serve``, as it is set up there, with an application that does nothing: the most that one process
    of Python answers on this machine. Yields its address."""
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.yardsticks", str(port)]
    url = f"http://127.0.0.1:{port}/"
    with running([command], url, folder, {}):
        yield url


@contextmanager
def php_serving(folder: Path, database_url: str) -> Iterator[str]:
    """A bare PHP callback that verifies an event and inserts it into MariaDB, durably, on nginx and php-fpm: what a
    gateway module inside of WHMCS costs, without loading WHMCS. Yields its address."""
    port, socket = free_port(), folder / "fpm.socket"
    url, root = make_url(database_url), os.geteuid() == 0
    _make_table(url)
    shutil.copy(Path(__file__).with_name("callback.php"), folder / "callback.php")
    folder.chmod(0o755)
    (folder / "fpm.conf").write_text(
        f"[global]\nerror_log = {folder}/fpm.log\ndaemonize = no\n[www]\n"
        + ("user = www-data\ngroup = www-data\nlisten.owner = www-data\n" if root else "")
        + f"listen = {socket}\npm = static\npm.max_children = 8\n"
        + f"env[DATABASE_PORT] = {url.port}\nenv[EVENTS_SECRET] = {SECRET}\n"
    )
    (folder / "nginx.conf").write_text(
        f"pid {folder}/nginx.pid; error_log {folder}/nginx.log; daemon off; worker_processes 2;"
        + ("user www-data;" if root else "")
        + "events { worker_connections 512; } http { access_log off; keepalive_requests 1000000;"
        + f" server {{ listen 127.0.0.1:{port}; location / {{ include /etc/nginx/fastcgi_params;"
        + f" fastcgi_param SCRIPT_FILENAME {folder}/callback.php; fastcgi_pass unix:{socket};"
        + " client_body_buffer_size 64k; } } }"
    )
    fpm = max(Path("/usr/sbin").glob("php-fpm*"))
    commands = [
        [str(fpm), "--fpm-config", str(folder / "fpm.conf"), "--nodaemonize"],
        ["/usr/sbin/nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")],
    ]
    address = f"http://127.0.0.1:{port}/callback.php"
    with running(commands, address, folder, {}):
        yield address


def _make_table(url: URL) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE events (checksum CHAR(64) PRIMARY KEY, transaction_id VARCHAR(120) NOT NULL,"
            " received_at DATETIME NOT NULL, body MEDIUMBLOB NOT NULL) ENGINE=InnoDB"
        )


if __name__ == "__main__":
    uvicorn.run(
        limit_app,
        port=int(sys.argv[1]),
        http="httptools",
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_level="error",
        access_log=False,
        server_header=False,
    )
