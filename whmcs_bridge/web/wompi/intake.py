"""Wompi's events on their way from waitress to the ``Receiver``: one thread takes all that have come at once.

Flask's routing and a thread's wake-up cost about as much as verifying and storing an event, and threads that each store
one event compete for the processor. So one thread takes the webhook's requests that waitress has read, and answers them
with one wait for the disk or the database server; meanwhile the next ones come. Other requests go waitress's usual way.
"""

from __future__ import annotations

import functools
import logging
import threading
import time
from collections import deque

from waitress.channel import ClientDisconnected, HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.task import Task, ThreadedTaskDispatcher
from waitress.utilities import build_http_date

from whmcs_bridge.ledger.engine.database import LOCK_TIMEOUT
from whmcs_bridge.web.app import FOR_ALL, STRICT_TRANSPORT
from whmcs_bridge.web.wompi.webhook import PATH, Answer, Delivery, Receiver

logger = logging.getLogger(__name__)

# The most events in one batch.
_AT_ONCE = 64
# Seconds. An event that has waited for longer is answered 503: Wompi has given up on it, and sends it again.
_TOO_LATE = LOCK_TIMEOUT
Headers = tuple[tuple[str, str], ...]
_PHRASES = {200: "OK", 503: "Service Unavailable"}


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """Shows the application that a body came in chunks, which waitress would hide."""

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        if self.chunked:
            self.headers["TRANSFER_ENCODING"] = "chunked"


class _Answered(Task):  # type: ignore[misc]
    """A finished answer to a client that speaks HTTP/1.0 or closes the connection: waitress writes its head."""

    complete = True

    def __init__(self, channel: Channel, request: Parser, answer: Answer, headers: Headers) -> None:
        super().__init__(channel, request)
        body = answer.text.encode() + b"\n"
        self.status = f"{answer.status} {_phrase(answer)}"
        self.content_length = len(body)
        self.response_headers = [("Content-Type", "text/plain; charset=utf-8"), *headers]
        self._body = body

    def execute(self) -> None:
        head = self.build_response_header()  # before ``wrote_header``: it decides whether the connection is closed
        self.wrote_header = True
        self.channel.send_now(head + self._body)


@functools.lru_cache(maxsize=64)
def _usual_head(answer: Answer, headers: Headers) -> bytes:
    """The head of an answer after which the connection stays open, without its date."""
    fields = (
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(answer.text.encode()) + 1)),
        *headers,
    )
    lines = [f"HTTP/1.1 {answer.status} {_phrase(answer)}", *(f"{name}: {value}" for name, value in fields)]
    return "\r\n".join(lines).encode("latin-1")


@functools.lru_cache(maxsize=2)
def _date(second: int) -> bytes:
    return f"\r\nDate: {build_http_date(second)}\r\n\r\n".encode("latin-1")


def _phrase(answer: Answer) -> str:
    return _PHRASES.get(answer.status, "Refused")


class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection whose first request can be answered without one of waitress's tasks."""

    parser_class = Parser
    came_at = 0.0
    requests: list[Parser]

    def reply(self, answer: Answer, headers: Headers) -> None:
        """Answer the first request as ``service`` would. The caller wakes the loop."""
        request = self.requests[0]
        closes = False
        try:
            if request.version == "1.1" and request.headers.get("CONNECTION", "").lower() != "close":
                self.send_now(_usual_head(answer, headers) + _date(int(time.time())) + answer.text.encode() + b"\n")
            else:
                task = _Answered(self, request, answer, headers)
                task.service()
                closes = task.close_on_finish
        except ClientDisconnected:
            closes = True
        with self.requests_lock:
            if closes or not self.connected:
                self.close_when_flushed = True
                for request in self.requests:
                    request.close()
                self.requests = []
                return
            self.requests.pop(0).close()
            self.last_activity = time.time()
            if self.requests:
                self.server.add_task(self)
            elif self.request is not None and self.request.expect_continue and self.request.headers_finished:
                self.send_continue()

    def send_now(self, data: bytes) -> None:
        """Send an answer, head and body in one piece, as far as the client takes it; the loop sends the rest.

        While something waits to be sent and its request is still being served, waitress's loop spins, and takes the
        processor from this thread. Raises ``ClientDisconnected``.
        """
        self.write_soon(data)
        with self.outbuf_lock:
            self._flush_exception(self._flush_some, do_close=False)

    def delivery(self) -> Delivery:
        """The first request, for the webhook."""
        request = self.requests[0]
        get, length = request.headers.get, request.headers.get("CONTENT_LENGTH")
        return Delivery(
            length=int(length) if length is not None else None,
            transfer_encoding=get("TRANSFER_ENCODING"),
            content_encoding=get("CONTENT_ENCODING"),
            content_type=get("CONTENT_TYPE"),
            checksum=get("X_EVENT_CHECKSUM"),
            read=lambda: request.get_body_stream().read(),
        )


class Dispatcher(ThreadedTaskDispatcher):  # type: ignore[misc]
    """Gives events to one thread, and everything else to waitress's own."""

    def __init__(self, receiver: Receiver, *, prefix: str, secure: bool) -> None:
        super().__init__()
        self._headers: Headers = (*FOR_ALL, *([STRICT_TRANSPORT] if secure else []))
        self._receiver = receiver
        self._paths = (PATH, prefix + PATH)
        self._events: deque[Channel] = deque()
        self._arrived = threading.Condition()
        self._ending = False
        self._thread = threading.Thread(target=self._receive, name="receiver", daemon=True)
        self._thread.start()

    def add_task(self, task: Channel) -> None:
        """Called when a connection's next request has been read."""
        request = task.requests[0]
        if request.error is None and request.command == "POST" and request.path in self._paths:
            task.came_at = time.monotonic()
            with self._arrived:
                self._events.append(task)
                self._arrived.notify()
        else:
            super().add_task(task)

    def shutdown(self, cancel_pending: bool = True, timeout: float = 5) -> bool:
        """Answer the events that have been read, then end."""
        with self._arrived:
            self._ending = True
            self._arrived.notify()
        self._thread.join(timeout)
        return bool(super().shutdown(cancel_pending, timeout))

    def _receive(self) -> None:
        while True:
            with self._arrived:
                while not self._events:
                    if self._ending:
                        return
                    self._arrived.wait()
                taken = [self._events.popleft() for _ in range(min(_AT_ONCE, len(self._events)))]
            try:
                self._answer(taken)
            except Exception as error:  # noqa: BLE001 - a receiver that died would take no event for ever
                logger.error("webhook: broke (%s); going on", type(error).__name__)  # noqa: TRY400
                for channel in taken:
                    channel.cancel()

    def _answer(self, taken: list[Channel]) -> None:
        taken = [channel for channel in taken if channel.requests]  # none: its client has gone, or the server ends
        if not taken:
            return
        oldest = time.monotonic() - _TOO_LATE
        late = [channel for channel in taken if channel.came_at < oldest]
        timely = [channel for channel in taken if channel.came_at >= oldest]
        for channel in late:
            channel.reply(Answer(503, "cannot store now"), self._headers)
        for channel, answer in zip(timely, self._receiver.receive([c.delivery() for c in timely]), strict=True):
            channel.reply(answer, self._headers)
        taken[0].server.pull_trigger()
