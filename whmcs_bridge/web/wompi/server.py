"""``serve``: the web side on waitress, and the worker in a thread beside it.

waitress reads a whole request before a thread gets it, so a client that stalls costs no thread; see
``docs/decisions.md``.
"""

from __future__ import annotations

import logging
import signal
import socket
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

from waitress import wasyncore
from waitress.server import create_server

from whmcs_bridge.bridge import Bridge
from whmcs_bridge.console.checkup import Examine
from whmcs_bridge.doctor.doctor import look
from whmcs_bridge.web.app import MAX_BODY, create_app
from whmcs_bridge.web.wompi.intake import Channel, Dispatcher
from whmcs_bridge.web.wompi.webhook import Receiver

logger = logging.getLogger(__name__)

# A page waits for WHMCS, an event for the disk; neither uses the processor meanwhile.
THREADS = 16
# A connection is closed after so many seconds without a byte.
IDLE = 30
MAX_HEADERS = 32 * 1024
CONNECTIONS = 1000


class Server:
    """Listens from the moment it is made (``port`` 0 takes a free one); ``run`` serves until ``stop``."""

    def __init__(
        self, bridge: Bridge, *, host: str, port: int, with_worker: bool = True, examine: Examine = look
    ) -> None:
        self._bridge = bridge
        self._with_worker = with_worker
        self._stopping = threading.Event()
        app = create_app(bridge, wake=bridge.worker.wake, examine=examine)
        address = urlsplit(bridge.settings.bridge_url)
        dispatcher = Dispatcher(
            Receiver(bridge, bridge.worker.wake),
            prefix=address.path.rstrip("/"),
            secure=address.scheme == "https",
        )
        dispatcher.set_thread_count(THREADS)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._http: Any = create_server(
            app,
            sockets=[socket.create_server((host, port), family=family)],
            threads=THREADS,
            _dispatcher=dispatcher,
            connection_limit=CONNECTIONS,
            asyncore_use_poll=True,
            channel_timeout=IDLE,
            max_request_header_size=MAX_HEADERS,
            # More than the application takes, so that the application answers 413.
            max_request_body_size=16 * MAX_BODY,
            ident=None,
            # The application reads X-Forwarded-For itself, by BRIDGE_TRUSTED_PROXIES, and no other such header.
            clear_untrusted_proxy_headers=False,
        )
        self._http.channel_class = Channel
        self._asked_to_stop = False
        # Reentrant: a signal may come while this thread holds it.
        self._waking = threading.RLock()
        self._closed = False
        self._http.pull_trigger = self._wake_loop

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self._http.effective_port)

    def run(self) -> None:
        """Serve until ``stop`` is called."""
        worker = threading.Thread(target=self._work, name="worker")
        monitor = threading.Thread(target=self._bridge.monitor.run, args=(self._stopping,), name="monitor")
        monitor.start()
        if self._with_worker:
            worker.start()
        try:
            while not self._asked_to_stop:
                wasyncore.loop(timeout=1, map=self._http._map, use_poll=True, count=1)
        finally:
            wasyncore.dispatcher.close(self._http)  # no new connections; open ones are answered
            self._stopping.set()
            self._bridge.worker.wake()
            self._http.task_dispatcher.shutdown()
            if self._with_worker:
                worker.join()
            monitor.join()
            self._close()

    def stop(self) -> None:
        """End ``run``: a booking under way is finished first. A request may be cut: Wompi sends its event again.

        May be called from any thread and signal handler, and more than once.
        """
        if not self._asked_to_stop:
            self._asked_to_stop = True
            self._wake_loop()

    def _wake_loop(self) -> None:
        """Replaces waitress's own, which writes a byte to its pipe's file descriptor even after the pipe was closed:
        the descriptor may be the ledger's by then, or a connection's."""
        with self._waking:
            if not self._closed:
                self._http.trigger.pull_trigger()

    def _close(self) -> None:
        with self._waking:
            self._closed = True
            wasyncore.close_all(self._http._map)

    def _work(self) -> None:
        self._bridge.learn_brand_name()
        self._bridge.worker.run(self._stopping)


def on_termination(stop: Callable[[], None]) -> None:
    """Call ``stop`` when the process is asked to end."""

    def handle(_signal: int, _frame: FrameType | None) -> None:
        stop()

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)
