"""Wompi's events on their way from the server's loop to the disk.

Threads that work for microseconds between two waits hand Python's lock to each other at up to 5 ms a turn. So the loop
reads, verifies, refuses and answers, and one thread waits for the disk or the database server. It stores with one
commit whatever has been verified while it waited for the commit before.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import queue
import threading
import time
from dataclasses import dataclass

from whmcs_bridge.ledger.engine.database import LOCK_TIMEOUT
from whmcs_bridge.web.asgi import Headers, Receive, Scope, Send, body_of, respond
from whmcs_bridge.web.wompi.webhook import Answer, Delivery, Receiver, Verified

logger = logging.getLogger(__name__)

# The most events in one commit.
_AT_ONCE = 64
# Seconds. An event that has waited for longer is answered 503: Wompi has given up on it, and sends it again.
_TOO_LATE = LOCK_TIMEOUT


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An event that waits to be stored, since when, and who waits for its answer."""

    verified: Verified
    came_at: float
    answer: asyncio.Future[Answer]


class Intake:
    """``POST /webhooks/wompi`` as an ASGI application. ``close`` ends its thread."""

    def __init__(self, receiver: Receiver, headers: Headers) -> None:
        self._receiver = receiver
        self._headers = headers
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="intake", daemon=True)
        self._thread.start()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one event."""
        answer = await self._answer(scope, receive)
        if answer is not None:
            await respond(send, answer.status, _head(answer, self._headers), answer.text.encode() + b"\n")

    def close(self) -> None:
        """Store what waits, and end."""
        self._queue.put(None)
        self._thread.join()

    async def _answer(self, scope: Scope, receive: Receive) -> Answer | None:
        found = {name: value.decode("latin-1") for name, value in scope["headers"] if name in _READ}
        length = found.get(b"content-length")
        delivery = Delivery(
            length=int(length) if length is not None else None,
            transfer_encoding=found.get(b"transfer-encoding"),
            content_encoding=found.get(b"content-encoding"),
            content_type=found.get(b"content-type"),
            checksum=found.get(b"x-event-checksum"),
        )
        if refused := self._receiver.refuse(delivery):
            return refused
        body = await body_of(receive, delivery.length or 0)
        if body is None:  # its client has gone
            return None
        verified = self._receiver.verify(delivery, body)
        if isinstance(verified, Answer):
            return verified
        waiting = _Waiting(verified, time.monotonic(), asyncio.get_running_loop().create_future())
        self._queue.put(waiting)
        return await waiting.answer

    def _work(self) -> None:
        ending = False
        while not ending:
            taken = [self._queue.get()]
            while len(taken) < _AT_ONCE and not self._queue.empty():
                taken.append(self._queue.get())
            ending = None in taken
            waiting = [one for one in taken if one is not None]
            if not waiting:
                continue
            try:
                answers = self._store(waiting)
            except Exception as error:  # noqa: BLE001 - a thread that died would store no event for ever
                logger.error("webhook: broke (%s); going on", type(error).__name__)
                answers = [self._receiver.counted(_BROKE)] * len(waiting)
            reply(waiting, answers)

    def _store(self, waiting: list[_Waiting]) -> list[Answer]:
        oldest = time.monotonic() - _TOO_LATE
        timely = [one for one in waiting if one.came_at >= oldest]
        stored = iter(self._receiver.store([one.verified for one in timely]) if timely else ())
        return [next(stored) if one.came_at >= oldest else self._receiver.counted(_LATE) for one in waiting]


def reply(waiting: list[_Waiting], answers: list[Answer]) -> None:
    """Hand the answers to the loop, which sends them."""

    def settle() -> None:
        for one, answer in zip(waiting, answers, strict=True):
            if not one.answer.done():  # its client has gone
                one.answer.set_result(answer)

    waiting[0].answer.get_loop().call_soon_threadsafe(settle)


@functools.lru_cache(maxsize=64)
def _head(answer: Answer, headers: Headers) -> Headers:
    length = str(len(answer.text.encode()) + 1).encode()
    return ((b"content-type", b"text/plain; charset=utf-8"), (b"content-length", length), *headers)


_READ = frozenset({b"content-length", b"transfer-encoding", b"content-encoding", b"content-type", b"x-event-checksum"})
_LATE = Answer(503, "cannot store now")
_BROKE = Answer(500, "server_error")
