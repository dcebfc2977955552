"""A healthy world for ``doctor``: the sandboxes and a real bridge that listens, and a proxy for either."""

from __future__ import annotations

import http.client
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from tests.ports import free_port
from tests.world import BRIDGE_SECRET, World, make_world
from whmcs_bridge.doctor.check import Status
from whmcs_bridge.doctor.doctor import Diagnosis, examine
from whmcs_bridge.web.wompi.server import Server
from whmcs_bridge.whmcs.hooks_files import hooks_directory


class Answer(NamedTuple):
    """What a proxy answers in place of the server behind it."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed


@dataclass
class Question:
    """What came to a proxy; ``headers`` may be changed before it is passed on."""

    path: str
    headers: dict[str, str]
    body: bytes


Tweak = Callable[[Question], Answer | None]


@contextmanager
def proxy(target: str, tweak: Tweak = lambda _: None, *, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Run in front of a server, as nginx or Cloudflare does. Gives the proxy's address, with a closing slash."""
    behind = urlsplit(target)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            asked = Question(self.path, dict(self.headers.items()), body)
            answer = tweak(asked) or self.pass_on(asked)
            self.send_response_only(answer.status)
            for name, value in {
                "Content-Length": str(len(answer.body)),
                "Connection": "close",
                **answer.headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        do_POST = do_GET  # noqa: N815 - as the library calls it

        def pass_on(self, asked: Question) -> Answer:
            assert behind.hostname is not None
            there = http.client.HTTPConnection(behind.hostname, behind.port, timeout=10)
            try:
                there.request(self.command, asked.path, body=asked.body or None, headers=asked.headers)
                reply = there.getresponse()
                kept = {name: value for name in ("Date", "Content-Type") if (value := reply.headers.get(name))}
                return Answer(reply.status, reply.read(), kept)
            finally:
                there.close()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Patient:
    """The world, and the settings that ``doctor`` is called with."""

    world: World
    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The bridge's own address, without any proxy."""
        return self.world.settings["BRIDGE_URL"]

    def examine(self, changes: Mapping[str, str | None], *, whmcs_dir: Path | None = None) -> Diagnosis:
        """Call the doctor; a setting of None is taken away."""
        settings = {name: value for name, value in {**self.settings, **changes}.items() if value is not None}
        return examine(settings, folder=self.folder, whmcs_dir=whmcs_dir, clock=self.world.clock)


def ill(diagnosis: Diagnosis) -> dict[str, str]:
    """Everything that is not in order, by its id."""
    return {check.id: str(check.status) for check in diagnosis.checks if check.status is not Status.OK}


@contextmanager
def healthy(folder: Path) -> Iterator[Patient]:
    """Start it. The clocks are stopped at the present, because certificates are judged by it."""
    address = f"http://127.0.0.1:{free_port()}/"
    with make_world(folder, BRIDGE_URL=address, BRIDGE_TERMS_URL="https://clientes.example.com/terminos") as world:
        world.clock.now = datetime.now(UTC)
        whmcs = world.whmcs
        whmcs.hooks_dir, whmcs.callback_by_php = hooks_directory(), False
        whmcs.bridge_url, whmcs.bridge_secret = address, BRIDGE_SECRET
        world.transact("somebody-elses-reference", 150_000)  # so that Wompi's list names a merchant
        world.work()
        server = Server(world.bridge, host="127.0.0.1", port=urlsplit(address).port or 0, with_worker=False)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            yield Patient(world, folder, dict(world.settings))
        finally:
            server.stop()
            thread.join()
