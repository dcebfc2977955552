"""A merchant's keys, a transport that is closed, and small servers on loopback that misbehave as told."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from wompi_gateway.keys import Keys
from wompi_gateway.transport import Transport

from .signing import EVENTS, INTEGRITY

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Loopback:
    """A server that gives one answer after the other, the last one again and again."""

    answers: list[Answer] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    """Set when the test is over: what hangs or drips ends then."""
    url: str = ""
    connections: list[socket.socket] = field(default_factory=list)


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that closing waits for every handler


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    told = Loopback()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            told.connections.append(self.connection)

        def do_GET(self) -> None:
            told.asked.append(f"{self.command} {self.path}")
            told.headers.append(dict(self.headers.items()))
            told.bodies.append(self.rfile.read(int(self.headers.get("Content-Length", "0"))))
            answer = told.answers.pop(0) if len(told.answers) > 1 else told.answers[0]
            try:
                answer(self)
            except OSError:
                self.close_connection = True  # the client has hung up, as it should

        do_POST = do_GET  # noqa: N815 - the name that http.server looks for

        def log_message(self, *_args: object) -> None:
            pass

    with _Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        told.url = f"http://127.0.0.1:{server.server_port}"
        yield told
        told.released.set()
        server.shutdown()
        thread.join()
        for connection in told.connections:
            with contextlib.suppress(OSError):  # most have ended by themselves
                connection.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def transport(loopback: Loopback) -> Iterator[Transport]:
    transport = Transport()
    yield transport
    transport.close()


@pytest.fixture
def keys() -> Keys:
    return Keys("pub_prod_Kw4aC0rZVgLZQn209NbEKPuXLzBD28Zx", "prv_prod_s3cretAndPrivate", INTEGRITY, (EVENTS,))
