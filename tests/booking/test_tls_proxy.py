"""A WHMCS behind a TLS proxy that takes the booking and then breaks TLS: in doubt, and never booked twice."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.booking.test_guards import RECHECK_AFTER, approved, attempts
from tests.tls import Wire, beneath, certificate, wire
from tests.world import World, make_world

BOOKING = b"action=AddInvoicePayment"


@dataclass
class Proxy:
    """Passes on what it is asked, and spoils the answer to a booking."""

    behind: str = ""
    speaks_tls: bool = True

    def __call__(self, wire: Wire, sock: socket.socket) -> None:
        """Serve one connection with one request."""
        if not self.speaks_tls:
            sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            return
        with wire.tls(sock) as tls:
            request = wire.read_request(tls)
            if not request:
                return
            status, answer = self._pass_on(request)
            if BOOKING in request:
                beneath(tls, b"HTTP/1.1 504 Gateway Time-out\r\n\r\n")
                return
            head = f"HTTP/1.1 {status} OK\r\nContent-Length: {len(answer)}\r\nConnection: close\r\n\r\n"
            tls.sendall(head.encode() + answer)

    def _pass_on(self, request: bytes) -> tuple[int, bytes]:
        head, _, body = request.partition(b"\r\n\r\n")
        address = urlsplit(self.behind)
        assert address.hostname is not None
        there = http.client.HTTPConnection(address.hostname, address.port, timeout=10)
        try:
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            there.request("POST", head.split(b" ")[1].decode(), body, form)
            reply = there.getresponse()
            return reply.status, reply.read()
        finally:
            there.close()


@pytest.fixture
def proxy() -> Proxy:
    return Proxy()


@pytest.fixture
def world(tmp_path: Path, database_url: str, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A bridge that reaches WHMCS through the proxy."""
    context, file = certificate(tmp_path, 90)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(file))
    with ExitStack() as stack:
        server = stack.enter_context(wire(context, proxy))
        made = stack.enter_context(make_world(tmp_path, database_url, WHMCS_API_URL=f"{server.url}includes/api.php"))
        proxy.behind = made.whmcs.url
        stack.callback(made.bridge.transport.close)  # before the proxy waits for its connections
        yield made


def test_T20_a_booking_that_the_proxy_took_is_in_doubt(world: World) -> None:
    """WHMCS books it long after the proxy has answered nonsense: it is left alone until then, found, and not booked
    again."""
    transaction = approved(world)
    world.whmcs.faults.add("AddInvoicePayment", "500", when="late")
    world.work()
    assert (world.state(transaction), attempts(world)) == ("posting", 1)
    world.clock.advance(seconds=RECHECK_AFTER - 1)
    world.event(transaction, timestamp=1_800_000_000)
    world.work()
    assert (world.state(transaction), attempts(world)) == ("posting", 1)
    world.whmcs.faults.commit_late()
    world.clock.advance(seconds=1)
    world.work()
    assert (world.state(transaction), len(world.whmcs.booked(transaction)), attempts(world)) == ("posted", 1, 1)


def test_T20_a_handshake_that_breaks_is_no_doubt(world: World, proxy: Proxy) -> None:
    """The same class of error before the first byte: the payment is looked at again soon, without the long wait."""
    transaction = approved(world)
    add = world.bridge.whmcs.add_invoice_payment

    def breaking(**fields: Any) -> None:
        world.bridge.transport.close()
        proxy.speaks_tls = False
        add(**fields)

    world.bridge.whmcs.add_invoice_payment = breaking
    world.work()
    assert (world.state(transaction), attempts(world)) == ("due", 0)
    world.bridge.whmcs.add_invoice_payment = add
    proxy.speaks_tls = True
    world.clock.advance(seconds=11)
    world.work()
    assert (world.state(transaction), attempts(world)) == ("posting", 1)
