"""``POST /webhooks/wompi``: stores an event and makes its payment due, in one transaction; the worker does the rest.

https://docs.wompi.co/docs/colombia/eventos/: only 200 counts as received; anything else is sent again after about 30
minutes, 3 hours and 24 hours. So 200 means that the event survives a crash and a loss of power.

``Receiver`` knows neither Flask nor a server. ``receiver`` makes a Flask view of it, and ``intake`` gives it several
events at once, which share one wait for the disk.
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
from whmcs_bridge.signed.references import read_reference
from wompi_gateway.errors import EventError
from wompi_gateway.events import MAX_BYTES, Event, parse_event

logger = logging.getLogger(__name__)

PATH = "/webhooks/wompi"
_REFUSALS_A_SECOND = 20


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request: its headers, and how to read its bytes. An absent header is None."""

    length: int | None
    transfer_encoding: str | None
    content_encoding: str | None
    content_type: str | None
    checksum: str | None
    read: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one request."""

    status: int
    text: str


class Receiver:
    """Verifies deliveries and stores them."""

    def __init__(self, bridge: Bridge, wake: Callable[[], None]) -> None:
        self._environment = bridge.keys.environment
        self._secrets = bridge.keys.events
        self._bridge_secrets = bridge.settings.bridge_secret
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
                event = self._verify(body, delivery.checksum)
                if isinstance(event, Answer):
                    answer = event
                elif event.transaction_id is not None:
                    verified.append((len(answers), event))
                    wanted.append(Received(event.digest, event.transaction_id, body, f"event {event.status}"))
            answers.append(answer)
        for (place, authentic), stored in zip(verified, self._stored(wanted), strict=True):
            answers[place] = _answer_stored(authentic, stored)
        if any(answer == _STORED for answer in answers):
            self._wake()
        complete = [answer or Answer(500, "lost") for answer in answers]
        for one in complete:
            # In memory: a refused event must cost nothing.
            self._counters.event(one.text if one.status == 200 else str(one.status))
        return complete

    def _verify(self, body: bytes, checksum: str | None) -> Event | Answer:
        try:
            event = parse_event(
                body,
                environment=self._environment,
                secrets=self._secrets,
                header_checksum=checksum,
                ours=self._is_ours,
            )
        except EventError as error:
            self._refusals.log(f"webhook: refused with {error.http_status}: {error}")
            return Answer(error.http_status, str(error))
        if event.transaction_id is None:
            logger.info("webhook: an event %s needs no action", ascii(event.type)[1:60].rstrip("'"))
            return Answer(200, "ignored")
        return event

    def _is_ours(self, reference: str) -> bool:
        return read_reference(reference, self._bridge_secrets) is not None

    def _stored(self, wanted: list[Received]) -> Sequence[bool | Exception]:
        if not wanted:
            return []
        try:
            return self._store.receive(wanted)
        except DatabaseUnavailable as error:
            return [error] * len(wanted)


class Refusals:
    """Logs refused events, a few a second: no stranger may fill the disk with our log."""

    def __init__(self, ticks: Stopwatch) -> None:
        self._ticks = ticks
        self._second = 0
        self._logged = 0
        self._dropped = 0

    def log(self, sentence: str) -> None:
        """Log it, unless this second has its lines already; the next line says how many were left out."""
        second = int(self._ticks())
        if second != self._second:
            if self._dropped:
                logger.warning("webhook: %s more were refused within a second", self._dropped)
            self._second, self._logged, self._dropped = second, 0, 0
        if self._logged < _REFUSALS_A_SECOND:
            self._logged += 1
            logger.warning("%s", sentence)
        else:
            self._dropped += 1


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
        return Answer(411, "a length is required")
    if delivery.length > MAX_BYTES:
        return Answer(413, "too large")
    if (delivery.content_encoding or "identity").strip().lower() != "identity":
        return Answer(415, "compressed bodies are not taken")
    media_type = (delivery.content_type or "").partition(";")[0].strip().lower()
    if delivery.length > 0 and media_type != "application/json":
        return Answer(415, "JSON is required")
    return None


def _answer_stored(event: Event, stored: bool | Exception) -> Answer:
    if isinstance(stored, DatabaseUnavailable):
        logger.error("webhook: cannot store now, Wompi will send it again: %s", stored)
        return Answer(503, "cannot store now")
    if isinstance(stored, Exception):
        # The class alone: the text of an error may hold what was sent.
        logger.error("webhook: broke (%s)", type(stored).__name__)
        return Answer(500, "server_error")
    logger.info("webhook: transaction=%s %s%s", event.transaction_id, event.status, "" if stored else " (known)")
    return Answer(200, "stored" if stored else "known")


_STORED = Answer(200, "stored")
