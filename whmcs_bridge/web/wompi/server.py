"""``serve``: the web side on uvicorn, and the worker in a thread beside it. Why uvicorn: ``docs/decisions.md``."""

from __future__ import annotations

import contextlib
import resource
import signal
import socket
import threading
from collections.abc import Callable
from types import FrameType
from urllib.parse import urlsplit

import uvicorn
from flask import Flask

from whmcs_bridge.bridge import Bridge
from whmcs_bridge.console.checkup import Examine
from whmcs_bridge.messages import Language, browser_language
from whmcs_bridge.web.app import FOR_ALL, STRICT_TRANSPORT, create_app, doctor
from whmcs_bridge.web.asgi import Headers, as_headers
from whmcs_bridge.web.connections import IDLE, Connection, Connections
from whmcs_bridge.web.payer.routes import PayerPages
from whmcs_bridge.web.payer.views import RefusalView
from whmcs_bridge.web.rooms import FullPage, Rooms
from whmcs_bridge.web.wompi.intake import Intake
from whmcs_bridge.web.wompi.webhook import Receiver

# Seconds for requests under way when the process is asked to end.
GRACE = 5
# Seconds after which a visitor for whom there was no room may try again.
RETRY_AFTER = 5
# Files at a time: for the connections of strangers, those of proxies, and the rest. A shell's usual 1024 would be taken
# up by strangers alone.
_FILES = 8192


class Server:
    """Listens from the moment it is made (``port`` 0 takes a free one); ``run`` serves until ``stop``."""

    def __init__(
        self, bridge: Bridge, *, host: str, port: int, with_worker: bool = True, examine: Examine = doctor
    ) -> None:
        self._bridge = bridge
        self._with_worker = with_worker
        self._stopping = threading.Event()
        address, trusted = urlsplit(bridge.settings.bridge_url), bridge.settings.bridge_trusted_proxies
        for_all = as_headers(*FOR_ALL, *([STRICT_TRANSPORT] if address.scheme == "https" else []))
        app = create_app(bridge, wake=bridge.worker.wake, examine=examine)
        connections = Connections(trusted)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family)
        # Every connection inherits it. Head and body leave in two pieces; the second would wait for an acknowledgement.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._intake = Intake(Receiver(bridge, bridge.worker.wake), for_all)
        self._rooms = Rooms(
            app,
            self._intake,
            connections,
            _full_page(app, for_all, bridge.settings.whmcs_url),
            prefix=address.path.rstrip("/"),
            trusted=trusted,
        )
        self._http = _Http(
            uvicorn.Config(
                self._rooms,
                http=type("BoundedConnection", (Connection,), {"connections_open": connections}),
                loop="asyncio",
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="error",
                access_log=False,
                server_header=False,
                # The application reads X-Forwarded-For itself, by BRIDGE_TRUSTED_PROXIES, and no other such header.
                proxy_headers=False,
                timeout_keep_alive=int(IDLE),
                timeout_graceful_shutdown=GRACE,
            ),
            connections,
        )
        _allow_files()

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self._socket.getsockname()[1])

    def run(self) -> None:
        """Serve until ``stop`` is called."""
        worker = threading.Thread(target=self._work, name="worker")
        monitor = threading.Thread(target=self._bridge.monitor.run, args=(self._stopping,), name="monitor")
        monitor.start()
        if self._with_worker:
            worker.start()
        try:
            self._http.run(sockets=[self._socket])
        finally:
            self._socket.close()
            self._stopping.set()
            self._bridge.worker.wake()
            self._intake.close()
            self._rooms.close()
            if self._with_worker:
                worker.join()
            monitor.join()

    def stop(self) -> None:
        """End ``run``: a booking under way is finished first. A request may be cut: Wompi sends its event again.

        May be called from any thread and signal handler, and more than once.
        """
        self._http.should_exit = True

    def _work(self) -> None:
        self._bridge.learn_brand_name()
        self._bridge.worker.run(self._stopping)


class _Http(uvicorn.Server):
    """uvicorn's, which leaves signals to us and closes connections that wait for too long."""

    def __init__(self, config: uvicorn.Config, connections: Connections) -> None:
        super().__init__(config)
        self._connections = connections

    def capture_signals(self) -> contextlib.AbstractContextManager[None]:  # type: ignore[override]  # any context manager serves
        """Nothing: ``on_termination`` has done it."""
        return contextlib.nullcontext()

    async def on_tick(self, counter: int) -> bool:
        """Called ten times a second."""
        self._connections.close_idle()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End: those that wait for their request are not waited for."""
        self._connections.close_idle(longer_than=0.0)
        await super().shutdown(sockets)


def _full_page(app: Flask, for_all: Headers, back_url: str) -> FullPage:
    """Render the page that needs no thread, once in each language."""
    pages: PayerPages = app.extensions["payer_pages"]
    rendered: dict[Language, tuple[Headers, bytes]] = {}
    for language in ("es", "en"):
        with app.test_request_context():  # its link to the other language is relative: to whatever was asked for
            response = pages.page(503, language, RefusalView("full", back_url=back_url))
        fields: list[tuple[str, str]] = [*response.headers.items(), ("Retry-After", str(RETRY_AFTER))]
        given = as_headers(*fields)
        names = {name for name, _ in given}
        rendered[language] = ((*given, *(field for field in for_all if field[0] not in names)), response.get_data())
    return lambda accepted: rendered[browser_language(None, accepted)]


def _allow_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def on_termination(stop: Callable[[], None]) -> None:
    """Call ``stop`` when the process is asked to end."""

    def handle(_signal: int, _frame: FrameType | None) -> None:
        stop()

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)
