"""One bounded exchange, against real sockets that misbehave: slow, silent, cut short, too long, gone."""

from __future__ import annotations

import gzip
import socket
import ssl
import struct
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
import requests
import responses
import urllib3
from urllib3 import HTTPConnectionPool

from tests.tls import Manner, Wire, after_the_request, beneath, certificate, wire
from wompi_gateway import transport as module
from wompi_gateway.transport import Reply, Transport, TransportError

from .conftest import Answer, Loopback

pytestmark = pytest.mark.slow

SHORT = 0.2
# Far beyond SHORT, far below what a test may take: where an exchange ends for another reason than its time limit.
LONG = 20.0


def body(octets: bytes, *, status: int = 200, **headers: str) -> Answer:
    """A complete, well-formed answer."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in ({"Content-Length": str(len(octets))} | headers).items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(octets)

    return answer


def raw(octets: bytes) -> Answer:
    """These bytes and the end of the connection."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(octets)
        handler.close_connection = True

    return answer


def drip(loopback: Loopback, first: bytes, then: bytes) -> Answer:
    """Begin well, then send a little every 50 ms until the test is over, or for 2 s at most."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        handler.wfile.write(first)
        for _ in range(40):
            if loopback.released.wait(0.05):
                return
            handler.wfile.write(then)

    return answer


def hang(loopback: Loopback, first: bytes = b"") -> Answer:
    """Begin (or not even that), then say nothing more until the test is over, or for 2 s at most."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        handler.wfile.write(first)
        loopback.released.wait(2)

    return answer


def failure(transport: Transport, url: str, *, timeout: float = LONG) -> TransportError:
    with pytest.raises(TransportError) as caught:
        transport.send("GET", url, timeout=timeout)
    return caught.value


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that is taken and does not listen: every connection is refused."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def test_a_complete_answer(transport: Transport, loopback: Loopback) -> None:
    """Status, headers in any case, and the body; the request says who asks, and carries what it was given."""
    loopback.answers = [body(b"hello", status=404, X_Trace="7")]
    reply = transport.read(
        "POST", f"{loopback.url}/a", timeout=LONG, params={"q": "1 2"}, data={"x": "ñ&="}, headers={"X-Y": "z"}
    )
    assert reply == Reply(404, reply.headers, b"hello")
    assert reply.headers["x-trace"] == "7"
    assert loopback.asked == ["POST /a?q=1+2"]
    assert loopback.bodies == [b"x=%C3%B1%26%3D"]
    assert loopback.headers[0]["X-Y"] == "z"
    assert loopback.headers[0]["User-Agent"] == "whmcs-wompi-bridge"


def test_connections_are_kept(transport: Transport, loopback: Loopback) -> None:
    """Two requests of one thread share a connection; after closing, the next one opens a new one."""
    ports: list[int] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        ports.append(handler.client_address[1])
        body(b"ok")(handler)

    loopback.answers = [answer]
    transport.read("GET", loopback.url, timeout=LONG)
    transport.read("GET", loopback.url, timeout=LONG)
    transport.close()
    transport.read("GET", loopback.url, timeout=LONG)
    assert ports[0] == ports[1] != ports[2]


def test_closing_ends_every_connection_each_time(loopback: Loopback) -> None:
    """Also connections of other threads, and also those that were opened after an earlier closing."""
    ended = threading.Semaphore(0)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        body(b"ok")(handler)
        handler.wfile.flush()
        if not handler.rfile.peek(1):  # type: ignore[attr-defined]  # the client has closed
            ended.release()

    loopback.answers = [answer]
    transport = Transport()
    for _ in range(3):
        other = threading.Thread(target=transport.read, args=("GET", loopback.url), kwargs={"timeout": LONG})
        other.start()
        other.join()
        transport.read("GET", loopback.url, timeout=LONG)
        transport.close()
        assert ended.acquire(timeout=2)
        assert ended.acquire(timeout=2)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", ["/elsewhere", "http://[::1", "http://x:y/"])
def test_a_redirect_is_not_followed(transport: Transport, loopback: Loopback, status: int, location: str) -> None:
    """The key is shown to the configured host only: the redirect itself is the answer, also to an address that is
    none."""
    loopback.answers = [body(b"", status=status, Location=location)]
    assert transport.read("GET", loopback.url, timeout=LONG).status == status
    assert loopback.asked == ["GET /"]


def test_refused_connection_was_not_sent(transport: Transport, closed_port: int) -> None:
    """Nobody listens: the request surely never arrived."""
    error = failure(transport, f"http://127.0.0.1:{closed_port}/?secret=s3cret")
    assert (error.sent, error.timed_out) == (False, False)
    assert "s3cret" not in str(error)


def test_silence_was_sent_and_timed_out(transport: Transport, loopback: Loopback) -> None:
    """The request arrived, and nothing came back in time: it may have taken effect."""
    loopback.answers = [hang(loopback)]
    error = failure(transport, f"{loopback.url}/?secret=s3cret", timeout=SHORT)
    assert (error.sent, error.timed_out) == (True, True)
    assert "s3cret" not in str(error)


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", id="no-byte-of-the-body"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", id="in-the-body"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", id="in-a-chunk"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX-A: b", id="in-the-headers"),
    ],
)
def test_silence_in_the_middle_of_an_answer_is_a_time_out(
    transport: Transport, loopback: Loopback, start: bytes
) -> None:
    """It is told as what it is, and a read is not tried again: the caller's lease counts on one time-out a call."""
    loopback.answers = [hang(loopback, start)]
    with pytest.raises(TransportError) as caught:
        transport.read("GET", loopback.url, timeout=SHORT)
    assert (caught.value.sent, caught.value.timed_out) == (True, True)
    assert len(loopback.asked) == 1


@pytest.mark.parametrize(
    ("first", "then"),
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n", b" ", id="body"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n", id="chunks"),
        pytest.param(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n", id="headers"),
        pytest.param(b"HTTP/1.1 200 ", b"O", id="status-line"),
    ],
)
def test_a_slow_drip_ends_at_the_deadline(transport: Transport, loopback: Loopback, first: bytes, then: bytes) -> None:
    """Every byte comes in time, the whole does not: the time limit is for the whole exchange, wherever it drips."""
    loopback.answers = [drip(loopback, first, then)]
    begun = time.monotonic()
    error = failure(transport, loopback.url, timeout=SHORT)
    assert (error.sent, error.timed_out) == (True, True)
    assert time.monotonic() - begun < 1.5


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}", id="short-body"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", id="in-a-chunk"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", id="no-last-chunk"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope", id="not-gzip"),
        pytest.param(b"\x00\x01nonsense\r\n\r\n", id="not-http"),
    ],
)
def test_an_answer_cut_short_is_no_answer(transport: Transport, loopback: Loopback, octets: bytes) -> None:
    """Half an answer is never taken for a whole one; the request may have taken effect."""
    loopback.answers = [raw(octets)]
    error = failure(transport, loopback.url)
    assert (error.sent, error.timed_out) == (True, False)


@pytest.mark.parametrize("packed", [False, True])
def test_an_answer_that_is_too_long_is_no_answer(
    transport: Transport, loopback: Loopback, monkeypatch: pytest.MonkeyPatch, packed: bool
) -> None:
    """The bound holds for what is unpacked, so that a small body cannot fill the memory."""
    monkeypatch.setattr(module, "MAX_ANSWER_BYTES", 100_000)
    text = b"a" * 100_001
    loopback.answers = [
        body(gzip.compress(text[:-1]), Content_Encoding="gzip") if packed else body(text[:-1]),
        body(gzip.compress(text), Content_Encoding="gzip") if packed else body(text),
    ]
    assert len(transport.send("GET", loopback.url, timeout=LONG).body) == 100_000
    assert failure(transport, loopback.url).sent


def test_a_small_answer_that_unpacks_to_a_gibibyte_costs_no_memory(transport: Transport, loopback: Loopback) -> None:
    """Compressed twice, 2 kB hold 1 GiB. With urllib3 2.5 this took 2 GB and 20 s; ``setup.cfg`` wants newer."""
    zeros, packer = bytes(1 << 20), zlib.compressobj(wbits=31)
    once = b"".join(packer.compress(zeros) for _ in range(1024)) + packer.flush()
    twice = gzip.compress(once)
    assert len(twice) < 4096
    loopback.answers = [body(twice, Content_Encoding="gzip, gzip")]
    tracemalloc.start()
    try:
        assert failure(transport, loopback.url).sent
        assert tracemalloc.get_traced_memory()[1] < 4 * module.MAX_ANSWER_BYTES
    finally:
        tracemalloc.stop()


def test_a_stale_connection_costs_a_read_nothing(transport: Transport, loopback: Loopback) -> None:
    """The server closes a kept connection as the second request arrives: a read is tried again, and only once."""
    loopback.answers = [body(b"first"), raw(b""), body(b"third"), raw(b"")]
    assert transport.read("GET", loopback.url, timeout=LONG).body == b"first"
    assert transport.read("GET", loopback.url, timeout=LONG).body == b"third"
    assert len(loopback.asked) == 3
    with pytest.raises(TransportError):
        transport.read("GET", loopback.url, timeout=LONG)
    assert len(loopback.asked) == 5


def test_a_stale_connection_never_repeats_a_write(transport: Transport, loopback: Loopback) -> None:
    """Nobody knows whether the server acted before it closed: ``send`` reports it and does not try again."""
    loopback.answers = [body(b"first"), raw(b""), body(b"third")]
    transport.send("POST", loopback.url, timeout=LONG, data={"a": "b"})
    with pytest.raises(TransportError) as caught:
        transport.send("POST", loopback.url, timeout=LONG, data={"a": "b"})
    assert (caught.value.sent, caught.value.timed_out) == (True, False)
    assert len(loopback.asked) == 2


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    """A certificate, which is trusted only where a test says so."""
    return certificate(tmp_path_factory.mktemp("tls"), 90)


@pytest.fixture
def trusted(tls: tuple[ssl.SSLContext, Path], monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """The same, trusted as an admin makes his own authority trusted."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tls[1]))
    return tls[0]


def answer_whole(wire: Wire, sock: socket.socket) -> None:
    """Take a request, and answer it well."""
    wire.read_request(sock)
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


def well_then(manner: Manner) -> Manner:
    """Answer one request over TLS, keep the connection, and do something else with the second one."""

    def whole(wire: Wire, sock: socket.socket) -> None:
        with wire.tls(sock) as connection:
            answer_whole(wire, connection)
            manner(wire, connection)

    return whole


def close_with_a_goodbye(wire: Wire, sock: socket.socket) -> None:
    """Take the request, and end TLS as it should be ended, without an answer."""
    with wire.tls(sock) as connection:
        wire.read_request(connection)
        connection.unwrap()


def begin_and_spoil(wire: Wire, sock: socket.socket) -> None:
    """Begin a good answer, and go on with bytes that are no TLS record."""
    with wire.tls(sock) as connection:
        wire.read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")
        beneath(connection, b"Bad Gateway" * 9)


def read_and_close(wire: Wire, sock: socket.socket) -> None:
    """Take the request, and close the connection."""
    wire.read_request(sock)


def reset_in_the_request(_wire: Wire, sock: socket.socket) -> None:
    """Take one byte, and reset the connection."""
    sock.recv(1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def close_at_once(_wire: Wire, _sock: socket.socket) -> None:
    """Say nothing and read nothing."""


def post(transport: Transport, url: str, *, timeout: float = LONG) -> TransportError:
    """Send something that must not be sent twice, and return how it failed."""
    with pytest.raises(TransportError) as caught:
        transport.send("POST", url, timeout=timeout, data={"amount": "59500.00"})
    return caught.value


class TestTheFirstByteDecides:
    """Once the first byte of the request may be out it is in doubt, whatever breaks then and whatever its class is."""

    @pytest.mark.parametrize(
        "manner",
        [
            pytest.param(after_the_request(b"HTTP/1.1 502 Bad Gateway\r\n\r\n"), id="plain-http"),
            pytest.param(after_the_request(b"\x00" * 64), id="zeros"),
            pytest.param(after_the_request(b"\x17\x03\x03\x00\x40abc"), id="amid-a-record"),
            pytest.param(after_the_request(b"\x17\x03\x03\x00\x20" + b"x" * 32), id="a-record-of-nobody"),
            pytest.param(after_the_request(b"\x15\x03\x03\x00\x02\x02\x50"), id="an-alert"),
            pytest.param(after_the_request(b""), id="no-goodbye"),
            pytest.param(close_with_a_goodbye, id="goodbye"),
            pytest.param(begin_and_spoil, id="amid-the-body"),
        ],
    )
    def test_T20_a_request_that_was_taken_is_in_doubt(
        self, transport: Transport, trusted: ssl.SSLContext, manner: Manner
    ) -> None:
        """The server has the whole request, and then breaks TLS: that is no error of connecting."""
        with wire(trusted, manner) as server:
            assert post(transport, server.url).sent
            transport.close()
        (request,) = server.requests
        assert request.endswith(b"amount=59500.00")

    @pytest.mark.parametrize("manner", [read_and_close, reset_in_the_request, close_at_once])
    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_T20_without_an_answer_it_is_in_doubt(
        self, transport: Transport, trusted: ssl.SSLContext, manner: Manner, scheme: str
    ) -> None:
        """Connected, and closed without a word: how much the server has read nobody knows."""

        def shake_hands_first(wire: Wire, sock: socket.socket) -> None:
            with wire.tls(sock) as connection:
                manner(wire, connection)

        with wire(trusted, manner if scheme == "http" else shake_hands_first, scheme=scheme) as server:
            assert post(transport, server.url).sent
            transport.close()

    @pytest.mark.parametrize(
        "octets",
        [
            pytest.param(b"", id="closed"),
            pytest.param(b"HTTP/1.1 400 Bad Request\r\n\r\nplain HTTP was spoken to a TLS port", id="plain-http"),
            pytest.param(b"\x15\x03\x03\x00\x02\x02\x28", id="an-alert"),
            pytest.param(b"\x16\x03\x03\x01", id="amid-a-record"),
        ],
    )
    def test_T20_a_broken_handshake_was_not_sent(
        self, transport: Transport, trusted: ssl.SSLContext, octets: bytes
    ) -> None:
        """The same classes of errors, before the request: nobody can have taken it."""

        def manner(_wire: Wire, sock: socket.socket) -> None:
            sock.recv(65536)
            sock.sendall(octets)

        with wire(trusted, manner) as server:
            error = post(transport, server.url)
        assert (error.sent, error.timed_out) == (False, False)
        assert server.requests == []

    def test_T20_a_handshake_that_takes_too_long_was_not_sent(
        self, transport: Transport, trusted: ssl.SSLContext
    ) -> None:
        """Its time-out has the class of one for reading; nothing was written all the same."""

        def say_nothing(server: Wire, _sock: socket.socket) -> None:
            server.released.wait(5)

        with wire(trusted, say_nothing) as server:
            error = post(transport, server.url, timeout=SHORT)
        assert (error.sent, error.timed_out) == (False, True)

    def test_T20_a_certificate_that_is_not_trusted_was_not_sent(
        self, transport: Transport, tls: tuple[ssl.SSLContext, Path]
    ) -> None:
        """And it is told in OpenSSL's words."""
        with wire(tls[0], lambda server, sock: server.tls(sock).close()) as server:
            error = post(transport, server.url)
        assert (error.sent, error.certificate) == (False, "self-signed certificate")

    def test_T20_a_name_that_is_not_known_was_not_sent(self, transport: Transport) -> None:
        """https://www.rfc-editor.org/rfc/rfc6761#section-6.4: ``invalid`` never is. And an address that is none."""
        assert not post(transport, "http://bridge.invalid/").sent
        assert not post(transport, "https://bridge.invalid/").sent
        assert not post(transport, "https://.example/").sent

    def test_T20_a_connection_that_takes_too_long_was_not_sent(
        self, transport: Transport, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A black hole: the time-out of connecting."""

        def connect(*_args: object, **_options: object) -> socket.socket:
            raise TimeoutError

        monkeypatch.setattr(urllib3.util.connection, "create_connection", connect)
        error = post(transport, "https://192.0.2.1/")
        assert (error.sent, error.timed_out) == (False, True)

    @pytest.mark.parametrize("scheme", ["http", "https"])
    @pytest.mark.parametrize("last", [read_and_close, close_at_once])
    def test_T20_a_kept_connection_is_in_doubt_again(
        self, transport: Transport, trusted: ssl.SSLContext, scheme: str, last: Manner
    ) -> None:
        """No connection is begun for the second request. Where the server has closed the kept one and we could see that
        in time, a new connection is made, and what comes then counts: here the same again."""

        def kept(wire: Wire, sock: socket.socket) -> None:
            answer_whole(wire, sock)
            last(wire, sock)

        def then(wire: Wire, sock: socket.socket) -> None:
            with wire.tls(sock) if scheme == "https" else sock as connection:
                last(wire, connection)

        manners = (well_then(last) if scheme == "https" else kept, then)
        with wire(trusted, *manners, scheme=scheme) as server:
            assert transport.send("POST", server.url, timeout=LONG).body == b"ok"
            assert post(transport, server.url).sent
            transport.close()
        assert len(server.requests) <= 2

    def test_T20_a_new_connection_that_fails_after_a_kept_one_was_not_sent(
        self, transport: Transport, loopback: Loopback, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The kept connection was seen to be closed, and nobody listens any more: what was sent before counts no
        more."""
        loopback.answers = [body(b"ok")]
        transport.send("POST", loopback.url, timeout=LONG)
        monkeypatch.setattr(HTTPConnectionPool, "_get_conn", _dropped(HTTPConnectionPool._get_conn))
        monkeypatch.setattr(urllib3.util.connection, "create_connection", _nobody_listens)
        error = post(transport, loopback.url)
        assert (error.sent, error.cause) == (False, "NewConnectionError")

    def test_T20_the_phase_is_each_threads_own(
        self, transport: Transport, loopback: Loopback, closed_port: int
    ) -> None:
        """One thread's request is taken while another one's cannot connect, many times."""
        loopback.answers = [raw(b"")]
        barrier = threading.Barrier(2, timeout=LONG)
        told: dict[str, set[bool]] = {loopback.url: set(), f"http://127.0.0.1:{closed_port}/": set()}

        def go(url: str) -> None:
            for _ in range(20):
                barrier.wait()
                told[url].add(post(transport, url).sent)

        threads = [threading.Thread(target=go, args=(url,)) for url in told]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert list(told.values()) == [{True}, {False}]

    def test_T20_a_broken_read_is_repeated_and_a_write_is_not(
        self, transport: Transport, trusted: ssl.SSLContext
    ) -> None:
        """As before: in doubt is not "never again" for what changes nothing."""
        spoilt = after_the_request(b"Bad Gateway")
        with wire(trusted, spoilt, well_then(close_at_once), spoilt) as server:
            assert transport.read("GET", server.url, timeout=LONG).body == b"ok"
            transport.close()
            assert post(transport, server.url).sent
        assert (server.connections, len(server.requests)) == (3, 3)

    @pytest.mark.parametrize(
        "error", [requests.ConnectionError("x"), requests.exceptions.SSLError("x"), requests.ConnectTimeout("x")]
    )
    def test_T20_where_the_phase_is_not_known_it_is_in_doubt(self, error: Exception, closed_port: int) -> None:
        """Something else than our connections carried the request: its class is not believed, nor what was known of
        the request before it."""
        transport = Transport()
        assert not post(transport, f"http://127.0.0.1:{closed_port}/").sent
        with responses.RequestsMock() as mock:
            mock.post("https://api.example.com/", body=error)
            assert post(transport, "https://api.example.com/").sent
        transport.close()


def _dropped(get: Callable[..., Any]) -> Callable[..., Any]:
    """A pool whose connections are seen to be closed by the server when they are taken out."""

    def taken(pool: HTTPConnectionPool, *args: Any, **options: Any) -> Any:
        connection = get(pool, *args, **options)
        connection.close()
        return connection

    return taken


def _nobody_listens(*_args: object, **_options: object) -> socket.socket:
    raise ConnectionRefusedError


class TestTheLastSay:
    def test_F48_is_had_when_the_connection_stands_and_before_the_body_again(
        self, transport: Transport, loopback: Loopback
    ) -> None:
        """Once for the head, once for the body; the next request on this connection is not asked about."""
        loopback.answers = [body(b"{}")]
        connected: list[int] = []
        transport.send("POST", loopback.url, timeout=LONG, before_bytes=lambda: connected.append(1), data={"a": "1"})
        transport.send("POST", loopback.url, timeout=LONG, data={"a": "2"})
        assert (connected, loopback.bodies) == ([1, 1], [b"a=1", b"a=2"])

    @pytest.mark.parametrize("at", [1, 2])
    def test_F48_what_it_raises_is_raised_and_the_body_never_arrives(
        self, transport: Transport, loopback: Loopback, at: int
    ) -> None:
        """The connection is not used again, so the server cannot take the next request for the rest of this one."""
        loopback.answers = [body(b"{}")]
        calls = iter(range(1, 3))

        def refuse() -> None:
            if next(calls) == at:
                raise LookupError("too late")

        with pytest.raises(LookupError, match="too late"):
            transport.send("POST", loopback.url, timeout=LONG, before_bytes=refuse, data={"a": "1"})
        transport.send("POST", loopback.url, timeout=LONG, data={"a": "2"})
        assert loopback.bodies[-1] == b"a=2"
        assert b"a=1" not in loopback.bodies


class TestTheMachinesEnvironment:
    """E19: nothing of it changes who we are, or whom we speak to."""

    @pytest.fixture(autouse=True)
    def strange_machine(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed_port: int) -> None:
        """E19: a ``~/.netrc`` with a default entry, and proxies that do not answer."""
        (tmp_path / ".netrc").write_text("default login stranger password elsewhere\n", "utf-8")
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port}/")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)

    def test_E19_our_authorization_stays(self, transport: Transport, loopback: Loopback) -> None:
        """Also where we show none: a stranger's name is not shown in its place. And no proxy is asked."""
        loopback.answers = [body(b"ok")]
        transport.read("GET", loopback.url, timeout=LONG, headers={"Authorization": "Bearer ours"})
        transport.read("GET", loopback.url, timeout=LONG)
        assert [headers.get("Authorization") for headers in loopback.headers] == ["Bearer ours", None]

    def test_E19_our_own_authority_is_still_trusted(self, transport: Transport, trusted: ssl.SSLContext) -> None:
        """An admin's own certificate authority says whom to trust, not who we are."""
        with wire(trusted, well_then(close_at_once)) as server:
            assert transport.read("GET", server.url, timeout=LONG).body == b"ok"
            transport.close()


def test_A94_F56_certificates_and_connecting(monkeypatch: pytest.MonkeyPatch) -> None:
    """TLS verification is on, and connecting has a limit of its own (F56)."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):  # a machine's own bundle would stand here instead of True
        monkeypatch.delenv(name, raising=False)
    transport = Transport()
    with responses.RequestsMock() as mock:
        mock.get("https://api.example.com/", body=b"ok")
        transport.read("GET", "https://api.example.com/", timeout=60)
        sent_with = mock.calls[0].request.req_kwargs  # type: ignore[attr-defined]  # added by responses
    transport.close()
    assert sent_with["verify"] is True
    assert sent_with["timeout"] == (5.0, 60)
