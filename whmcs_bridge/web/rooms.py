"""Who is served by which threads: the ASGI application that ``serve`` runs.

Events go to the intake. Pages wait for WHMCS and Wompi on behalf of a visitor, so they have a bounded room: when it is
full, a page that says so is answered at once. Everything else - signed calls, health, metrics - has threads of its own,
which no visitor can take. Flask answers both, one request a thread, once the request's body has been read.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from a2wsgi import WSGIMiddleware
from flask import Flask

from whmcs_bridge.clock import stopwatch
from whmcs_bridge.settings.types import Network
from whmcs_bridge.web.addresses import client_address, is_trusted, subscriber
from whmcs_bridge.web.app import MAX_BODY
from whmcs_bridge.web.asgi import Application, Headers, Message, Receive, Scope, Send, as_headers, body_of, respond
from whmcs_bridge.web.connections import MAX_HEAD, Connections
from whmcs_bridge.web.host.console import MAX_CALL
from whmcs_bridge.web.host.console import PATH as CONSOLE
from whmcs_bridge.web.refusals import Refusals
from whmcs_bridge.web.wompi.webhook import PATH

logger = logging.getLogger(__name__)

# Pages at a time: each may wait for WHMCS or Wompi. One client, unless it is a trusted proxy, gets half of them.
PAGES = 16
PAGES_OF_ONE = PAGES // 2
# Calls of the console at a time that may be longer than all else: they are read before it is known who calls.
LONG_CALLS = 4
# Threads for all other requests. A void waits for Wompi; the others wait for the database at most.
OTHERS = 16
_PAGES = ("/pay/", "/invoices/", "/return", "/receipt/", "/paid/")
_TEXT = as_headers(("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", "0"), ("Connection", "close"))

FullPage = Callable[[str | None], tuple[Headers, bytes]]
"""The page for a visitor for whom there is no room, in the language of the header ``Accept-Language``."""


class Rooms:
    """The application. ``close`` lets its threads end."""

    def __init__(
        self,
        app: Flask,
        events: Application,
        connections: Connections,
        full_page: FullPage,
        *,
        prefix: str,
        trusted: Sequence[Network],
    ) -> None:
        self._events = events
        self._connections = connections
        self._full_page = full_page
        self._prefix = prefix
        self._trusted = trusted
        # Any: its own types of WSGI and ASGI are those of nobody else.
        wsgi: Any = app
        self._pages: Any = WSGIMiddleware(wsgi, workers=PAGES)
        self._others: Any = WSGIMiddleware(wsgi, workers=OTHERS)
        self._visitors: Counter[str] = Counter()
        self._long_calls = 0
        self._refusals = Refusals(stopwatch, "pages")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        peer = scope["client"]

        async def reading() -> Message:
            message = await receive()
            if not message.get("more_body", False):
                self._connections.begun(peer)
            return message

        try:
            await self._answer(scope, reading, send)
        except Exception as error:  # noqa: BLE001 - the server would log its text, which may hold a payer's data
            logger.error("web: broke (%s)", type(error).__name__)
            await respond(send, 500, _TEXT, b"")
        finally:
            self._connections.answered(peer)

    def close(self) -> None:
        """End the threads, each after what it does now."""
        for room in (self._pages, self._others):
            room.executor.shutdown(wait=False, cancel_futures=True)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = scope["headers"]
        if sum(len(name) + len(value) for name, value in headers) + len(scope["query_string"]) > MAX_HEAD:
            await respond(send, 431, _TEXT, b"")
            return
        path = scope["path"].removeprefix(self._prefix)
        if path == PATH and scope["method"] == "POST":
            await self._events(scope, receive, send)
            return
        is_long = path == CONSOLE and _length(scope) > MAX_BODY
        if is_long and self._long_calls >= LONG_CALLS:
            self._connections.begun(scope["client"])
            self._refusals.log("console: no room for one more long call; answered 503")
            await respond(send, 503, _TEXT, b"")
            return
        self._long_calls += is_long
        try:
            body = await self._read(scope, receive, MAX_CALL if is_long else MAX_BODY)
        finally:
            self._long_calls -= is_long
        if body is None:
            return

        async def given() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        if not path.startswith(_PAGES):
            await self._others(scope, given, send)
            return
        visitor = self._visitor(scope)
        if self._visitors.total() >= PAGES or (visitor and self._visitors[visitor] >= PAGES_OF_ONE):
            self._refusals.log("pages: no room for one more; answered 503")
            await respond(send, 503, *self._full_page(_header(scope, b"accept-language")))
            return
        self._visitors[visitor] += 1
        try:
            await self._pages(scope, given, send)
        finally:
            self._visitors -= Counter([visitor])  # which forgets who has none left

    async def _read(self, scope: Scope, receive: Receive, most: int) -> bytes | None:
        """The body, of as many bytes as the application takes. None: the client has gone.

        The application refuses what is longer by its length, so that a body in chunks gets one. A header whose name has
        an underscore would pass for the one with a hyphen: it is left out.
        """
        length, chunked = _length(scope), _header(scope, b"transfer-encoding") is not None
        scope["headers"] = [field for field in scope["headers"] if b"_" not in field[0]]
        if not chunked and not 0 <= length <= most:
            self._connections.begun(scope["client"])
            return b""
        body = await body_of(receive, most)
        if chunked and body is not None:
            kept = [field for field in scope["headers"] if field[0] not in (b"transfer-encoding", b"content-length")]
            scope["headers"] = [*kept, (b"content-length", str(len(body)).encode())]
        return body

    def _visitor(self, scope: Scope) -> str:
        """Who asks; empty for a trusted proxy that does not say for whom."""
        peer, _ = scope["client"] or (None, 0)  # None: it has gone meanwhile
        client = client_address(peer, _header(scope, b"x-forwarded-for", join=True), self._trusted)
        return "" if is_trusted(client, self._trusted) else subscriber(client)


def _length(scope: Scope) -> int:
    """The length that the head tells; -1: none."""
    return int(_header(scope, b"content-length") or -1)


def _header(scope: Scope, wanted: bytes, *, join: bool = False) -> str | None:
    found = [value.decode("latin-1") for name, value in scope["headers"] if name == wanted]
    return (",".join(found) if join else found[0]) if found else None
