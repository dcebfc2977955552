"""A bridge as WHMCS's PHP meets it: a real HTTP server that keeps what it is asked, and answers what it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class StubBridge:
    """Set ``status``, ``body`` and ``headers``; read ``asked``."""

    url: str = ""
    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str, bytes]] = field(default_factory=list)
    """Path, signature and body of each call."""

    def tells(self, **changes: Any) -> None:
        """Answer ``/status`` of invoice 1042: nothing was ever tried, but for the changes."""
        quiet = {"invoice_id": 1042, "under_way": False, "hold_cancellation": False, "attempts": []}
        self.body = json.dumps(quiet | changes).encode()


def attempt(sentence: object, kind: str = "declined") -> dict[str, object]:
    """One attempt as the bridge tells it."""
    return {
        "transaction_id": "1234-1610641025-49201",
        "kind": kind,
        "state": "closed",
        "status": "DECLINED",
        "amount_in_cents": 5950000,
        "method": "PSE",
        "at": "2026-02-03T15:11:12Z",
        "sentence": sentence,
    }


# What to answer: from the path, the signature and the body to a body and headers.
Respond = Callable[[str, str, bytes], tuple[bytes, dict[str, str]]]


@contextmanager
def serving(stub: StubBridge | None = None, respond: Respond | None = None) -> Iterator[StubBridge]:
    """A stub on a port of loopback; without ``respond`` it says what its ``body`` and ``headers`` are."""
    if stub is None:
        stub = StubBridge()
        stub.tells()
    kept = stub
    answer = respond or (lambda _path, _signature, _body: (kept.body, kept.headers))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.asked.append((self.path, self.headers["X-Bridge-Signature"], body))
            told, headers = answer(self.path, self.headers["X-Bridge-Signature"], body)
            self.send_response(kept.status)
            for name, value in {"Content-Length": str(len(told)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(told)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        stub.url = f"http://127.0.0.1:{server.server_port}/puente/"
        try:
            yield stub
        finally:
            server.shutdown()
            thread.join()
