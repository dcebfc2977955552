"""``serve`` as it is shipped, by raw sockets: what no test client can send."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
import requests
from flask import Response, request

from tests.serving import serving
from tests.world import World, make_world
from whmcs_bridge.web.connections import IDLE
from whmcs_bridge.web.rooms import LONG_CALLS, OTHERS, PAGES
from whmcs_bridge.web.wompi.server import Server

pytestmark = pytest.mark.slow


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[World, Server]]:
    """The bridge on a port, with its worker in a thread; time does not stand still."""
    with make_world(tmp_path) as world, serving(world) as server:
        yield world, server


def raw(server: Server, request: bytes) -> bytes:
    """Send bytes, and return the first bytes of the answer."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(request)
        return connection.recv(4096)


HEAD = b"POST /webhooks/wompi HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


class TestOverTheWire:
    def test_an_event_is_booked_by_the_worker_beside_it(self, served: tuple[World, Server]) -> None:
        """The webhook answers 200, wakes the worker, and WHMCS has the payment within a second."""
        world, server = served
        transaction = world.pay(world.invoice())
        world.wompi.events_url = f"http://127.0.0.1:{server.port}/webhooks/wompi"
        assert world.wompi.deliver(transaction) == 200
        assert world.whmcs.wait_for_call("AddInvoicePayment", timeout=1.0)
        assert len(world.whmcs.booked(transaction)) == 1

    def test_A2_a_body_without_a_length_is_411(self, served: tuple[World, Server]) -> None:
        """Neither a length nor chunks."""
        assert b" 411 " in raw(served[1], HEAD + b"\r\n").splitlines()[0]

    def test_a_chunked_body_is_411(self, served: tuple[World, Server]) -> None:
        """The length must be known before the body is read."""
        chunked = HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
        assert b" 411 " in raw(served[1], chunked).splitlines()[0]

    def test_A8_a_length_and_chunks_at_once_is_refused(self, served: tuple[World, Server]) -> None:
        """Two readers could see two different requests in it."""
        both = HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
        status = raw(served[1], both).splitlines()[0]
        assert b" 400 " in status or b" 411 " in status

    def test_A4_a_body_that_is_too_long_is_413_at_once(self, served: tuple[World, Server]) -> None:
        """Ten megabytes are refused by their announcement."""
        assert b" 413 " in raw(served[1], HEAD + b"Content-Length: 10485760\r\n\r\n{").splitlines()[0]

    def test_only_the_console_takes_as_much_as_a_report(self, served: tuple[World, Server]) -> None:
        """A megabyte there, 64 KiB elsewhere; beyond it 413 by the announcement."""
        long = b"Host: x\r\nContent-Length: 900000\r\n\r\n" + b"x" * 900_000
        assert b" 401 " in raw(served[1], b"POST /console HTTP/1.1\r\n" + long).splitlines()[0]
        assert b" 413 " in raw(served[1], b"POST /status HTTP/1.1\r\n" + long).splitlines()[0]
        longer = b"POST /console HTTP/1.1\r\nHost: x\r\nContent-Length: 1000001\r\n\r\n{"
        assert b" 413 " in raw(served[1], longer).splitlines()[0]

    def test_long_calls_that_stall_are_few(self, served: tuple[World, Server]) -> None:
        """Four may send a long body at a time: a fifth is 503 at once, short ones are answered, and so is the fifth
        once another has gone."""
        head = b"POST /console HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n"
        stalled = []
        try:
            for _ in range(LONG_CALLS):
                connection = socket.create_connection(("127.0.0.1", served[1].port), timeout=10)
                connection.sendall(head + b"x" * 100_000)
                stalled.append(connection)
            assert b" 401 " in raw(served[1], head.replace(b"900000", b"1") + b"x").splitlines()[0]
            assert b" 503 " in raw(served[1], head + b"x").splitlines()[0]
        finally:
            for connection in stalled:
                connection.close()
        give_up = time.monotonic() + 10
        while b" 503 " in (told := raw(served[1], head + b"x" * 900_000).splitlines()[0]):
            assert time.monotonic() < give_up
        assert b" 401 " in told

    def test_A10_headers_that_are_too_long_are_431(self, served: tuple[World, Server]) -> None:
        """64 KiB of headers."""
        assert b" 431 " in raw(served[1], HEAD + b"X-A: " + b"a" * 65_536 + b"\r\n\r\n").splitlines()[0]

    def test_A10_headers_without_an_end_are_431_at_once(self, served: tuple[World, Server]) -> None:
        """Their end is not waited for."""
        assert b" 431 " in raw(served[1], HEAD + b"X-A: " + b"a" * 40_000).splitlines()[0]

    def test_stalled_clients_take_no_thread(self, served: tuple[World, Server]) -> None:
        """More clients than threads send a head and one byte, and then nothing: others are answered as before."""
        stalled = []
        try:
            for _ in range(2 * (PAGES + OTHERS)):
                connection = socket.create_connection(("127.0.0.1", served[1].port), timeout=10)
                connection.sendall(HEAD + b"Content-Length: 100\r\n\r\n{")
                stalled.append(connection)
            answer = requests.get(f"http://127.0.0.1:{served[1].port}/healthz", timeout=IDLE / 2)
            assert answer.status_code == 200
        finally:
            for connection in stalled:
                connection.close()

    def test_an_old_client_is_told_that_the_connection_ends(self, served: tuple[World, Server]) -> None:
        """HTTP/1.0 without a wish, and HTTP/1.1 with one, are both closed, and say so."""
        head = b"Host: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
        old = raw(served[1], b"POST /webhooks/wompi HTTP/1.0\r\n" + head + b"\r\n{}")
        new = raw(served[1], b"POST /webhooks/wompi HTTP/1.1\r\n" + head + b"Connection: close\r\n\r\n{}")
        assert b" 400 " in old.splitlines()[0]
        assert b"connection: close" in old.splitlines()
        assert b"connection: close" in new.splitlines()

    def test_the_server_does_not_name_itself(self, served: tuple[World, Server]) -> None:
        """No version for a stranger."""
        answer = requests.get(f"http://127.0.0.1:{served[1].port}/healthz", timeout=10)
        assert "server" not in answer.headers


class TestStrangers:
    def test_T19_a_flood_of_new_ids_does_not_slow_the_worker(self, served: tuple[World, Server]) -> None:
        """Wompi answers 429 to every strange id. 300 of them are answered with pages, and two have reached Wompi; the
        payment that was approved meanwhile is booked within a second, and its payer is told so."""
        world, server = served
        fields = world.checkout(world.invoice())
        transaction = world.transact(fields["reference"], 5_950_000)
        brake(world, unless=transaction)
        world.wompi.events_url = f"http://127.0.0.1:{server.port}/webhooks/wompi"
        flood = Thread(target=lambda: pages.extend(strange_ids(server, 300)))
        pages: list[requests.Response] = []
        flood.start()
        assert world.wompi.deliver(transaction) == 200
        assert world.whmcs.wait_for_call("AddInvoicePayment", timeout=1.0)
        back = fields["redirect-url"].replace("http://127.0.0.1:9/", f"http://127.0.0.1:{server.port}/")
        assert "¡Pago realizado con éxito!" in requests.get(f"{back}?id={transaction}&env=test", timeout=10).text
        flood.join(60)
        assert [page.status_code for page in pages] == [200] * 300
        assert all("Estamos verificando su pago" in page.text for page in pages)
        strange = [call for call in world.wompi.calls if "/99999-" in call.path]
        assert len(strange) == 2
        assert len(world.whmcs.booked(transaction)) == 1

    def test_T19_the_last_hop_of_a_trusted_proxy_is_who_asks(self, served: tuple[World, Server]) -> None:
        """This machine's proxy is trusted: one address has had its thirty, another one asks on. 429 never comes."""
        world, server = served
        flood = strange_ids(server, 40, forwarded_for="192.0.2.66, 198.51.100.1")
        assert [page.status_code for page in flood] == [404] * 30 + [200] * 10
        other = strange_ids(server, 1, first=40, forwarded_for="198.51.100.1, 198.51.100.2")
        assert [page.status_code for page in other] == [404]
        assert len(world.wompi.calls) == 31

    def test_A12_no_forwarded_host_gets_into_a_page(self, served: tuple[World, Server]) -> None:
        """What the server no longer removes, the application does not read."""
        world, server = served
        forged = {
            "X-Forwarded-Host": "evil.example",
            "X-Forwarded-Proto": "gopher",
            "X-Forwarded-Port": "81",
            "Forwarded": "for=192.0.2.1;host=evil.example",
        }
        address = f"http://127.0.0.1:{server.port}/pay/{world.link(world.invoice())}"
        page = requests.get(address, headers=forged, timeout=10)
        assert (page.status_code, "evil" in page.text, "gopher" in page.text) == (200, False, False)


def strange_ids(server: Server, count: int, *, first: int = 0, forwarded_for: str = "") -> list[requests.Response]:
    """Somebody asks about as many ids that he has made up, one after the other."""
    headers = {"X-Forwarded-For": forwarded_for} if forwarded_for else {}
    address = f"http://127.0.0.1:{server.port}/return?id=99999-1790000000-"
    with requests.Session() as session:
        return [
            session.get(f"{address}{number:05}", headers=headers, timeout=10) for number in range(first, first + count)
        ]


def brake(world: World, *, unless: str) -> None:
    """Make Wompi answer 429 about every transaction but one."""

    def braked() -> Response | None:
        strange = request.path.startswith("/v1/transactions/") and not request.path.endswith(unless)
        return Response('{"error": {"type": "TOO_MANY_REQUESTS"}}', 429) if strange else None

    world.wompi.app.before_request_funcs.setdefault(None, []).append(braked)


def test_stopping_what_has_stopped_is_no_fault(tmp_path: Path) -> None:
    """Another thread that wakes the loop may make it end first; and a second signal comes when it likes."""
    with make_world(tmp_path) as world:
        with serving(world, with_worker=False) as server:
            pass
        server.stop()


def test_a_second_signal_while_a_booking_is_finished_changes_nothing(tmp_path: Path) -> None:
    """The loop has ended and the worker is still at it: whoever presses Ctrl-C again waits as well."""
    with make_world(tmp_path) as world:
        transaction = world.pay(world.invoice())
        world.whmcs.faults.add("AddInvoicePayment", "hang")
        world.event(transaction)
        with serving(world) as server:
            assert world.whmcs.faults.wait_held(20)
            server.stop()
            server.stop()
            world.whmcs.faults.release()
        assert (world.state(transaction), len(world.whmcs.booked(transaction))) == ("posted", 1)
