"""``POST /webhooks/wompi``: bytes in, event and touch stored in one transaction, 200 out. The worker does the rest.

https://docs.wompi.co/docs/colombia/eventos/: only 200 counts as received; anything else is sent again after about 30
minutes, 3 hours and 24 hours. So 200 means that the event survives a crash and a loss of power.

``Receiver`` knows neither Flask nor a server: a Flask view is made of it here, and ``server`` gives it what has come
meanwhile all at once, so that many events share one wait for the disk.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Response, request

from whmcs_bridge.bridge import Bridge
from whmcs_bridge.clock import Stopwatch, stopwatch
from whmcs_bridge.ledger.engine.database import DatabaseUnavailable
from whmcs_bridge.ledger.inbox import Received
from wompi_gateway.errors import EventError
from wompi_gateway.events import MAX_BYTES, Event, parse_event

logger = logging.getLogger(__name__)

PATH = "/webhooks/wompi"
_REFUSALS_A_SECOND = 20


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request to this address: what its headers say, and how to get its bytes. An absent header is None."""

    length: int | None
    transfer_encoding: str | None
    content_encoding: str | None
    content_type: str | None
    checksum: str | None
    read: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Answer:
    """What it is answered."""

    status: int
    text: str


class Receiver:
    """Verifies deliveries and stores them."""

    def __init__(self, bridge: Bridge, wake: Callable[[], None]) -> None:
        self._environment = bridge.keys.environment
        self._secrets = bridge.keys.events
        self._store = bridge.store
        self._counters = bridge.counters
        self._wake = wake
        self._refusals = Refusals(stopwatch)

    def receive(self, deliveries: Sequence[Delivery]) -> list[Answer]:
        """Answer each delivery, in order. Those that are refused touch no database."""
        answers: list[Answer | None] = []
        verified: list[tuple[int, Event]] = []
        wanted: list[Received] = []
        for delivery in deliveries:
            answer = _refuse_transport(delivery)
            if answer is None:
                body = delivery.read()
                told = self._verify(body, delivery.checksum)
                if isinstance(told, Answer):
                    answer = told
                elif told.transaction_id is not None:
                    verified.append((len(answers), told))
                    wanted.append(Received(told.digest, told.transaction_id, body, f"event {told.status}"))
            answers.append(answer)
        for (place, event), stored in zip(verified, self._stored(wanted), strict=True):
            answers[place] = _told(event, stored)
        if any(answer == _STORED for answer in answers):
            self._wake()
        given = [answer or _answer(500, "lost") for answer in answers]
        for one in given:
            # In memory: a refused event must cost nothing.
            self._counters.event(one.text if one.status == 200 else str(one.status))
        return given

    def _verify(self, body: bytes, checksum: str | None) -> Event | Answer:
        try:
            event = parse_event(body, environment=self._environment, secrets=self._secrets, header_checksum=checksum)
        except EventError as error:
            self._refusals.tell(f"webhook: refused with {error.http_status}: {error}")
            return _answer(error.http_status, str(error))
        if event.transaction_id is None:
            logger.info("webhook: an event %s needs no action", event.type)
            return _answer(200, "ignored")
        return event

    def _stored(self, wanted: list[Received]) -> Sequence[bool | Exception]:
        if not wanted:
            return []
        try:
            return self._store.receive(wanted)
        except DatabaseUnavailable as error:
            return [error] * len(wanted)


class Refusals:
    """Tells of refused events, but not of all in a flood: no stranger may fill the disk with our log."""

    def __init__(self, ticks: Stopwatch) -> None:
        self._ticks = ticks
        self._second = 0
        self._told = 0
        self._untold = 0

    def tell(self, sentence: str) -> None:
        """Write it to the log, unless this second has its lines already; the next one says how many were left out."""
        second = int(self._ticks())
        if second != self._second:
            if self._untold:
                logger.warning("webhook: %s more were refused within a second", self._untold)
            self._second, self._told, self._untold = second, 0, 0
        if self._told < _REFUSALS_A_SECOND:
            self._told += 1
            logger.warning("%s", sentence)
        else:
            self._untold += 1


def receiver(bridge: Bridge, wake: Callable[[], None]) -> Callable[[], Response]:
    """Make the view."""
    receive = Receiver(bridge, wake).receive

    def view() -> Response:
        headers = request.headers
        delivery = Delivery(
            length=request.content_length,
            transfer_encoding=headers.get("Transfer-Encoding"),
            content_encoding=headers.get("Content-Encoding"),
            content_type=headers.get("Content-Type"),
            checksum=headers.get("X-Event-Checksum"),
            read=lambda: request.get_data(cache=False),
        )
        (answer,) = receive([delivery])
        return Response(answer.text + "\n", answer.status, mimetype="text/plain")

    return view


def _refuse_transport(delivery: Delivery) -> Answer | None:
    """Refuse by the headers alone, before a byte of the body is read."""
    if delivery.length is None or delivery.transfer_encoding is not None:
        return _answer(411, "a length is required")
    if delivery.length > MAX_BYTES:
        return _answer(413, "too large")
    if (delivery.content_encoding or "identity").strip().lower() != "identity":
        return _answer(415, "compressed bodies are not taken")
    if delivery.length > 0 and _media_type(delivery.content_type) != "application/json":
        return _answer(415, "JSON is required")
    return None


def _media_type(content_type: str | None) -> str:
    return (content_type or "").partition(";")[0].strip().lower()


def _told(event: Event, stored: bool | Exception) -> Answer:
    if isinstance(stored, DatabaseUnavailable):
        logger.error("webhook: cannot store now, Wompi will send it again: %s", stored)
        return _answer(503, "cannot store now")
    if isinstance(stored, Exception):
        # The class alone: the text of an error may hold what was sent.
        logger.error("webhook: broke (%s)", type(stored).__name__)
        return _answer(500, "server_error")
    logger.info("webhook: transaction=%s %s%s", event.transaction_id, event.status, "" if stored else " (known)")
    return _answer(200, "stored" if stored else "known")


def _answer(status: int, text: str) -> Answer:
    return Answer(status, text)


_STORED = Answer(200, "stored")
