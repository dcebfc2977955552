"""How many connections a client may hold open, and for how long one may wait for its request.

A connection *waits* until its request has been read whole, and again after its answer. Where a client, or all together,
hold too many, the one that has waited longest is closed, not the newest: whoever sends a request at once is served,
whatever others hold open. The connections of a trusted proxy are not counted.
"""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Protocol

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from whmcs_bridge.clock import Stopwatch, stopwatch
from whmcs_bridge.settings.types import Network
from whmcs_bridge.web.addresses import client_address, is_trusted, subscriber

# Seconds in which a request must have been read, and for which a connection is kept after its answer.
IDLE = 30.0
# A browser opens six; an office or a mobile network shares one address.
PER_CLIENT = 64
IN_ALL = 1000
# Bytes of a request's head.
MAX_HEAD = 32 * 1024

Peer = tuple[str, int]


class Closable(Protocol):
    """A connection, as it is closed."""

    def close(self) -> None: ...


class Connections:
    """All open connections. To be used from the server's loop alone."""

    def __init__(self, trusted: Sequence[Network], ticks: Stopwatch = stopwatch) -> None:
        self._trusted = trusted
        self._ticks = ticks
        # Those that wait, the longest first, with the time since when.
        self._waiting: OrderedDict[Peer, float] = OrderedDict()
        self._open: dict[Peer, Closable] = {}
        # Those that count, by client; each client's in the order in which they began to wait.
        self._of: dict[str, OrderedDict[Peer, None]] = {}
        self._counted: dict[Peer, str] = {}

    def opened(self, peer: Peer, connection: Closable) -> None:
        """A client has connected."""
        self._open[peer] = connection
        self._waiting[peer] = self._ticks()
        address = client_address(peer[0], None, ())
        if is_trusted(address, self._trusted):
            return
        client = self._counted[peer] = subscriber(address)
        mine = self._of.setdefault(client, OrderedDict())
        mine[peer] = None
        if len(mine) > PER_CLIENT:
            self._close_one(mine)
        elif len(self._counted) > IN_ALL:
            self._close_one(self._waiting)

    def closed(self, peer: Peer) -> None:
        """It has gone."""
        self._open.pop(peer, None)
        self._waiting.pop(peer, None)
        if (client := self._counted.pop(peer, None)) is not None:
            mine = self._of[client]
            mine.pop(peer, None)
            if not mine:
                del self._of[client]

    def begun(self, peer: Peer) -> None:
        """Its request has been read."""
        self._waiting.pop(peer, None)

    def answered(self, peer: Peer) -> None:
        """Its answer has been made: it waits for the next request."""
        if peer in self._open:
            self._waiting[peer] = self._ticks()
            if (client := self._counted.get(peer)) is not None:
                self._of[client].move_to_end(peer)

    def close_idle(self, *, longer_than: float = IDLE) -> None:
        """Close those that have waited for so many seconds; 0 closes all that wait."""
        before = self._ticks() - longer_than
        for peer in list(itertools.takewhile(lambda peer: self._waiting[peer] <= before, self._waiting)):
            self._close(peer)

    def _close_one(self, some: OrderedDict[Peer, Any]) -> None:
        for peer in some:
            if peer in self._waiting and (some is not self._waiting or peer in self._counted):
                self._close(peer)
                return
        self._close(next(reversed(some)))  # all are being answered: the newest one

    def _close(self, peer: Peer) -> None:
        connection = self._open.get(peer)
        self.closed(peer)
        if connection is not None:
            connection.close()


class Connection(HttpToolsProtocol):
    """uvicorn's, with a bound for a request's head. uvicorn makes them, so a subclass has ``connections_open``."""

    connections_open: Connections

    def connection_made(self, transport: Any) -> None:
        """asyncio's: somebody has connected."""
        self._peer: Peer = transport.get_extra_info("peername")[:2]
        self._head: int | None = 0
        super().connection_made(transport)
        self.connections_open.opened(self._peer, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio's: the connection has gone."""
        self.connections_open.closed(self._peer)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """asyncio's: bytes have come."""
        if self._head is not None:
            self._head += len(data)
        super().data_received(data)
        if self._head is not None and self._head > MAX_HEAD and not self.transport.is_closing():
            self.transport.write(_TOO_LONG)
            self.transport.close()

    def on_headers_complete(self) -> None:
        """The parser's: the head has been read."""
        self._head = None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The parser's: the request has been read, and another one may follow."""
        self._head = 0
        super().on_message_complete()


_TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
