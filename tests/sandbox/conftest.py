"""Both sandboxes on real ports, a clock that stands still, and a receiver of events."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from whmcs_bridge.sandbox.whmcs.server import WhmcsSandbox
from whmcs_bridge.sandbox.wompi.server import WompiSandbox


@dataclass
class Clock:
    """Stands still until somebody sets it."""

    now: float = 1_789_996_400.0  # 2026-09-21T13:13:20Z, 08:13:20 in Bogotá

    def __call__(self) -> float:
        return self.now


@dataclass
class Receiver:
    """An events URL that keeps what it gets and answers what it is told."""

    url: str = ""
    answer: int = 200
    bodies: list[bytes] = field(default_factory=list)
    checksums: list[str] = field(default_factory=list)
    came: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def wompi(clock: Clock) -> Iterator[WompiSandbox]:
    with WompiSandbox(clock=clock).serving() as sandbox:
        yield sandbox


@pytest.fixture
def whmcs(clock: Clock) -> Iterator[WhmcsSandbox]:
    with WhmcsSandbox(clock=clock).serving() as sandbox:
        yield sandbox


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    kept = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            kept.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            kept.checksums.append(self.headers["X-Event-Checksum"])
            self.send_response(kept.answer)
            self.send_header("Content-Length", "0")
            self.end_headers()
            kept.came.set()

        def log_message(self, *_args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        kept.url = f"http://127.0.0.1:{server.server_port}/webhooks/wompi"
        yield kept
        server.shutdown()
        thread.join()
