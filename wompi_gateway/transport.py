"""One bounded HTTP exchange: a time limit for all of it, a size limit, no redirects, TLS always verified.

``requests`` limits the time between two bytes, not that of the whole answer, on which a worker's lease is computed. The
WHMCS client uses this module too: no other one opens a connection.
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypedDict, Unpack

import requests
from requests.adapters import HTTPAdapter
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_fixed
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, MaxRetryError
from urllib3.exceptions import TimeoutError as PoolTimeoutError

# Shorter than the whole time: a host that drops packets fails sooner than a slow one.
CONNECT_TIMEOUT = 5.0
MAX_ANSWER_BYTES = 8 * 1024 * 1024


BeforeBytes = Callable[[], None] | None
"""The last say on a request, see ``Transport.send``."""


class TransportError(Exception):
    """No complete answer came. ``sent`` is False only when the request surely never reached the server: whatever the
    error was, it came before the first byte was written.

    ``cause`` names the class of the error. ``certificate`` says in OpenSSL's words what is wrong with the server's
    certificate (``certificate has expired``), and is empty for any other error.
    """

    def __init__(self, message: str, *, sent: bool, timed_out: bool, cause: str = "", certificate: str = "") -> None:
        super().__init__(message)
        self.sent = sent
        self.timed_out = timed_out
        self.cause = cause
        self.certificate = certificate


class Content(TypedDict, total=False):
    """What a request carries."""

    headers: Mapping[str, str] | None
    params: Mapping[str, str] | None
    data: Mapping[str, str] | bytes | None


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete answer, whatever its status."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport:
    """Keeps one ``requests.Session`` for each thread: connections are reused, and sessions are not shared."""

    def __init__(self, *, user_agent: str = "whmcs-wompi-bridge") -> None:
        self._user_agent = user_agent
        self._local = threading.local()
        self._lock = threading.Lock()
        self._sessions: list[requests.Session] = []
        # A kept-alive connection that the server has closed fails at once; the second try opens a new one. A time-out
        # is not tried again: the caller's lease is computed from one time-out.
        self._twice = Retrying(
            retry=retry_if_exception(lambda error: isinstance(error, TransportError) and not error.timed_out),
            stop=stop_after_attempt(2),
            wait=wait_fixed(0.1),
            reraise=True,
        )

    def read(self, method: str, url: str, *, timeout: float, **content: Unpack[Content]) -> Reply:
        """Send a request that changes nothing, and once more if its connection broke before an answer."""
        return self._twice(self.send, method, url, timeout=timeout, **content)

    def send(
        self,
        method: str,
        url: str,
        *,
        timeout: float,
        before_bytes: BeforeBytes = None,
        **content: Unpack[Content],
    ) -> Reply:
        """Send one request and read the whole answer within ``timeout`` seconds, or raise ``TransportError``.

        ``before_bytes`` is called right before bytes are written, for the body once more. What it raises is raised,
        and the request was not sent: without its body it is none.
        """
        deadline = time.monotonic() + timeout
        _exchange.unsent, _exchange.before_bytes = False, before_bytes
        try:
            with self._session().request(
                method,
                url,
                **content,
                timeout=(min(CONNECT_TIMEOUT, timeout), timeout),
                allow_redirects=False,
                stream=True,
            ) as response:
                body = _read(response, deadline)
                return Reply(response.status_code, response.headers, body)
        except (requests.RequestException, HTTPError, OSError) as error:
            # Only the class of the error: its text may hold the address with its query.
            timed_out = isinstance(error, (requests.exceptions.Timeout, PoolTimeoutError))
            cause = type(_root(error)).__name__
            raise TransportError(
                f"no answer ({cause})",
                sent=not (_exchange.unsent or isinstance(error, requests.exceptions.InvalidURL)),
                timed_out=timed_out,
                cause=cause,
                certificate=_certificate_problem(error),
            ) from None
        finally:
            _exchange.before_bytes = None

    def certificate_end(self, url: str, *, timeout: float) -> datetime | None:
        """Return when a server's certificate ends; None where there is none, or no answer (``send`` says why)."""
        if not url.startswith("https:"):
            return None
        try:
            with self._session().get(
                url, timeout=(min(CONNECT_TIMEOUT, timeout), timeout), allow_redirects=False, stream=True
            ) as response:
                end = getattr(response.raw.connection, "ends", None)
        except (requests.RequestException, HTTPError, OSError):
            return None
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(end), UTC) if end else None

    def close(self) -> None:
        """Close every thread's connections; the next request opens new ones."""
        with self._lock:
            sessions = list(self._sessions)
        for session in sessions:
            session.close()

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = _Session()
            session.mount("http://", _Adapter())
            session.mount("https://", _Adapter())
            with self._lock:
                self._sessions.append(session)
            session.headers["User-Agent"] = self._user_agent
        return session


class _Session(requests.Session):
    """Takes from the environment the certificates to trust, and nothing else.

    A ``~/.netrc`` would replace our ``Authorization``, and a proxy would see what is sent. The environment is searched
    once: for each request that was a tenth of what a booking costs.
    """

    def __init__(self) -> None:
        super().__init__()
        # ``REQUESTS_CA_BUNDLE`` or ``CURL_CA_BUNDLE``, if there is one.
        self.verify = self.merge_environment_settings("http://localhost/", {}, None, None, None)["verify"]
        self.trust_env = False

    def get_redirect_target(self, _resp: requests.Response) -> None:
        """None: a redirect is an answer, and its address is not even parsed."""


class _Exchange(threading.local):
    """How far the request of this thread has come."""

    unsent = False
    """True from the start of connecting until just before the first byte is written: an error in between means that the
    request was never sent. After any other error it may have been."""
    before_bytes: BeforeBytes = None
    """See ``Transport.send``."""


_exchange = _Exchange()


class _Limited(io.RawIOBase):
    """A socket's input, with its time-out for all of it, not for each read."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._stream = sock.makefile("rb", buffering=0)
        self._deadline = time.monotonic() + (sock.gettimeout() or 0.0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int | None:  # type: ignore[override]  # a kind of buffer
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer takes too long")
        self._sock.settimeout(left)
        return self._stream.readinto(buffer)

    def close(self) -> None:
        self._stream.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp.close()
        self.fp = io.BufferedReader(_Limited(sock))


class _NotesThePhase(http.client.HTTPConnection):
    """Notes when a connection is begun, and when the first byte of a request is about to be written."""

    def connect(self) -> None:
        _exchange.unsent = True
        super().connect()

    def endheaders(self, *args: Any, **options: Any) -> None:
        """Write the request, which was only collected before. A kept-alive connection is not opened again."""
        if self.sock is None:
            self.connect()
        _exchange.unsent = False
        super().endheaders(*args, **options)

    def send(self, data: Any) -> None:
        """Write some bytes: of the head, then of the body."""
        if _exchange.before_bytes is not None:
            _exchange.before_bytes()
        super().send(data)


class _HttpConnection(_NotesThePhase, HTTPConnection):
    response_class = _Response


class _HttpsConnection(_NotesThePhase, HTTPSConnection):
    response_class = _Response
    ends: str | None = None
    """The certificate's end as OpenSSL writes it, kept because the socket may be closed when it is asked for."""

    def connect(self) -> None:
        super().connect()
        if isinstance(self.sock, ssl.SSLSocket):
            end = (self.sock.getpeercert() or {}).get("notAfter")
            self.ends = end if isinstance(end, str) else None


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _HttpConnection


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _HttpsConnection


class _Adapter(HTTPAdapter):
    """``requests`` as it is, but with a time-out for the status line, the headers and the body together."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}


def _read(response: requests.Response, deadline: float) -> bytes:
    body = bytearray()
    while chunk := response.raw.read1(64 * 1024, decode_content=True):
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise requests.exceptions.ContentDecodingError("the answer is too long")
        if time.monotonic() > deadline:
            raise requests.exceptions.ReadTimeout("the answer takes too long")
    return bytes(body)


def _root(error: Exception) -> BaseException:
    inner = error.args[0] if error.args else None
    if isinstance(inner, MaxRetryError) and inner.reason is not None:
        return inner.reason
    return error


def _certificate_problem(error: Exception) -> str:
    inner = _root(error).args
    found = inner[0] if inner else None
    return str(found.verify_message) if isinstance(found, ssl.SSLCertVerificationError) else ""
