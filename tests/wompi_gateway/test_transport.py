"""One bounded exchange, against real sockets that misbehave: slow, silent, cut short, too long, gone."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest
import requests
import responses
from urllib3.exceptions import MaxRetryError, NameResolutionError, NewConnectionError

from wompi_gateway import transport as module
from wompi_gateway.transport import Reply, Transport, TransportError

from .conftest import Answer, Loopback

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
def test_a_redirect_is_not_followed(transport: Transport, loopback: Loopback, status: int) -> None:
    """The key is shown to the configured host only: the redirect itself is the answer."""
    loopback.answers = [body(b"", status=status, Location="/elsewhere")]
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


def _refused(reason: type[NewConnectionError]) -> requests.ConnectionError:
    inner = (
        NameResolutionError("x.example", None, socket.gaierror("unknown"))  # type: ignore[arg-type]
        if reason is NameResolutionError
        else NewConnectionError(None, "refused")  # type: ignore[arg-type]
    )
    return requests.ConnectionError(MaxRetryError(None, "/", inner))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "sent", "timed_out"),
    [
        (requests.ConnectTimeout("x"), False, True),
        (requests.exceptions.SSLError("x"), False, False),
        (_refused(NewConnectionError), False, False),
        (_refused(NameResolutionError), False, False),
        (requests.ReadTimeout("x"), True, True),
        (requests.ConnectionError("reset"), True, False),
        (requests.exceptions.ChunkedEncodingError("x"), True, False),
        (ConnectionResetError("x"), True, False),
    ],
)
def test_what_surely_was_not_sent(error: Exception, sent: bool, timed_out: bool) -> None:
    """Only what fails before the first byte was sent counts as not sent; whatever is not certain counts as sent."""
    transport = Transport()
    with responses.RequestsMock() as mock:
        mock.get("https://api.example.com/", body=error)
        caught = failure(transport, "https://api.example.com/")
    transport.close()
    assert (caught.sent, caught.timed_out) == (sent, timed_out)


def test_A94_F56_certificates_and_connecting(monkeypatch: pytest.MonkeyPatch) -> None:
    """TLS verification is on, and connecting has a limit of its own (F56)."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):  # a machine's own bundle would stand here instead of True
        monkeypatch.delenv(name, raising=False)
    transport = Transport()
    with responses.RequestsMock() as mock:
        mock.get("https://api.example.com/", body=b"ok")
        transport.read("GET", "https://api.example.com/", timeout=60)
        sent_with = mock.calls[0].request.req_kwargs  # type: ignore[attr-defined]
    transport.close()
    assert sent_with["verify"] is True
    assert sent_with["timeout"] == (5.0, 60)
