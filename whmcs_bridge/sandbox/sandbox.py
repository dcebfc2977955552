"""What both sandboxes share: the HTTP server, and the list of calls that it received."""

from __future__ import annotations

import json
import secrets
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, Self

from flask import Flask, Response, g, request
from werkzeug import Response as WerkzeugResponse
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from whmcs_bridge.sandbox.clock import Clock
from whmcs_bridge.sandbox.faults import RESET, Faults

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

CONTROL = "/_sandbox/"
MOST_CALLS = 100_000  # as many are kept: a sandbox may run for weeks


def json_answer(body: object, status: int = 200) -> Response:
    """JSON in the vendors' own order of keys. Needs no application context, so that late effects may use it."""
    told = json.dumps(body, ensure_ascii=False)
    try:
        told.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can write by its number alone
        told = json.dumps(body)
    return Response(told, status, content_type="application/json; charset=utf-8")


def as_response(answer: str | WerkzeugResponse, status: int = 200) -> Response:
    """A page or a redirect as the one type that faults can handle."""
    if isinstance(answer, str):
        return Response(answer, status, content_type="text/html; charset=utf-8")
    return Response(answer.get_data(), answer.status_code, answer.headers)


def free_port(port: int = 0) -> int:
    """Find a port (0: any) to be free, or raise ``OSError``."""
    with socket.create_server(("127.0.0.1", port)) as probe:
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class Call:
    """One request as it came in. `status` is None while it is being answered, 0 when it got no answer."""

    method: str
    path: str
    query: dict[str, str]
    fields: dict[str, Any] = field(repr=False)
    status: int | None
    at: float

    @property
    def action(self) -> str:
        """The WHMCS action of the call, from the form or the query; empty for anything else."""
        return str(self.fields.get("action") or self.query.get("action", ""))


@dataclass(frozen=True, slots=True)
class Sent:
    """Something that a sandbox sent: what it was, to whom or about what, and what came of it."""

    what: str
    about: str
    result: str
    again: str = ""
    """The transaction whose event may be sent again."""


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    now: Callable[[], float] = time.time

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The header Date, which servers send with every answer."""
        return formatdate(self.now() if timestamp is None else timestamp, usegmt=True)

    def log(self, *_args: Any) -> None:
        """Requests are kept in `Sandbox.calls`, not printed."""

    def connection_dropped(self, _error: BaseException, environ: WSGIEnvironment | None = None) -> None:
        self.close_connection = True
        if environ is not None and environ.get(RESET):  # linger 0: the peer gets a TCP reset, not a polite end
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Sandbox:
    """A Flask application on a real port. A subclass holds the vendor's state; one above it adds the routes."""

    name = "Sandbox"

    def __init__(self, *, clock: Callable[[], float], error: Callable[[str, int | None], Response]) -> None:
        self.clock = Clock.of(clock)
        self.faults = Faults(error)
        self.calls: list[Call] = []
        self.date_off_by = 0.0  # seconds: how far the host's clock is from the one that it was given
        self._answered = threading.Condition()
        self._host, self._port = "", 0
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None
        self._kept_port: socket.socket | None = None
        self.app = Flask(__name__)
        self.app.secret_key = secrets.token_bytes(32)
        self.app.before_request(self._note_call)
        self.app.after_request(self._note_answer)
        self.add_routes()

    def add_routes(self) -> None:
        """Overridden by the server. Called once the state stands: whoever holds state calls this `__init__` last."""

    def sent(self) -> list[Sent]:
        """What the vendor sent to others, the oldest first. Overridden by who sends anything."""
        return []

    # --- the server ---------------------------------------------------------------------------------------------

    def start(self, host: str = "127.0.0.1", port: int = 0) -> Self:
        """Serve in a daemon thread. Port 0 takes a free one, and later the one that it had.

        Raises OSError when the port is taken.
        """
        port = port or self._port
        handler = type("_Handler", (_Handler,), {"now": staticmethod(lambda: self.clock() + self.date_off_by)})
        with socket.create_server((host, port)) as listening:  # werkzeug's own would end the process
            self._server = make_server(
                host, port, self._wsgi, threaded=True, request_handler=handler, fd=listening.fileno()
            )
        self._host, self._port = self._server.host, self._server.port
        self._give_up_port()
        self.faults.start()
        self._server.log = lambda *_args, **_kwargs: None  # type: ignore[method-assign]  # no log on a terminal
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name=type(self).__name__, daemon=True
        )
        self._thread.start()
        return self

    def go_down(self) -> None:
        """Stop serving, and refuse connections until the next `start()` or `stop()`.

        The port is kept: it could be another process's, whose server would answer in this one's place.
        """
        self._end(keep_port=True)

    def stop(self) -> None:
        """Drop what hangs, stop serving, close the port. Safe to call twice."""
        self._end()
        self._give_up_port()

    def _end(self, *, keep_port: bool = False) -> None:
        self.faults.stop()
        server, self._server = self._server, None
        if server is not None and self._thread is not None:
            with suppress(OSError):  # Linux then wakes the thread at once; elsewhere it looks 50 times a second
                server.socket.shutdown(socket.SHUT_RDWR)
            server.shutdown()
            if keep_port:
                self._kept_port = socket.socket()  # bound, and not listening
                self._kept_port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                self._kept_port.bind((self._host, self._port))
            self._thread.join(timeout=5)
            server.server_close()

    def _give_up_port(self) -> None:
        kept, self._kept_port = self._kept_port, None
        if kept is not None:
            kept.close()

    @contextmanager
    def serving(self, host: str = "127.0.0.1", port: int = 0) -> Iterator[Self]:
        """`start()` and `stop()` as a context."""
        self.start(host, port)
        try:
            yield self
        finally:
            self.stop()

    @property
    def url(self) -> str:
        """The root address, with a trailing slash. It stays when the sandbox stops. Raises RuntimeError before."""
        if not self._port:
            raise RuntimeError("the sandbox has not started yet")
        return f"http://{self._host}:{self._port}/"

    def _wsgi(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = self.app.wsgi_app(environ, start_response)
        if environ.get(RESET):
            raise ConnectionResetError("a planned fault")
        return body

    # --- the calls ----------------------------------------------------------------------------------------------

    def calls_to(self, name: str) -> list[Call]:
        """The calls to one WHMCS action (any case) or to one path."""
        return [call for call in self.calls if name.lower() in (call.action.lower(), call.path.lower())]

    def wait_for_call(self, name: str, *, count: int = 1, timeout: float = 5.0) -> bool:
        """Wait until `count` calls to `name` were answered; False after `timeout` seconds."""
        with self._answered:
            return self._answered.wait_for(
                lambda: sum(call.status is not None for call in self.calls_to(name)) >= count, timeout
            )

    def _note_call(self) -> None:
        if request.path.startswith(CONTROL):
            return
        body = request.get_json(silent=True) if request.is_json else request.form.to_dict()
        fields = body if isinstance(body, dict) else {}
        g.call = Call(request.method, request.path, request.args.to_dict(), fields, None, self.clock())
        self.calls.append(g.call)
        del self.calls[:-MOST_CALLS]

    def _note_answer(self, response: Response) -> Response:
        if "call" in g:
            with self._answered:
                g.call.status = 0 if request.environ.get(RESET) else response.status_code
                self._answered.notify_all()
        return response
