"""``POST /webhooks/wompi``: stores an event and makes its payment due, in one transaction; the worker does the rest.

https://docs.wompi.co/docs/colombia/eventos/: only 200 counts as received; anything else is sent again after about 30
minutes, 3 hours and 24 hours. So 200 means that the event survives a crash and a loss of power.

``Receiver`` knows neither Flask nor a server. ``receiver`` makes a Flask view of it; ``intake`` verifies in the loop of
``serve``, and stores several events at once, which share one wait for the disk.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Response, request

from whmcs_bridge.bridge import Bridge
from whmcs_bridge.clock import stopwatch
from whmcs_bridge.ledger.engine.database import DatabaseUnavailable
from whmcs_bridge.ledger.inbox import Received
from whmcs_bridge.signed.references import read_reference
from whmcs_bridge.web.refusals import Refusals
from wompi_gateway.errors import EventError
from wompi_gateway.events import MAX_BYTES, Event, parse_event

logger = logging.getLogger(__name__)

PATH = "/webhooks/wompi"


@dataclass(frozen=True, slots=True)
class Delivery:
    """The headers of one request. An absent one is None."""

    length: int | None
    transfer_encoding: str | None
    content_encoding: str | None
    content_type: str | None
    checksum: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one request."""

    status: int
    text: str


@dataclass(frozen=True, slots=True)
class Verified:
    """An authentic event about a transaction, and its bytes."""

    event: Event
    body: bytes


class Receiver:
    """Verifies deliveries and stores them."""

    def __init__(self, bridge: Bridge, wake: Callable[[], None]) -> None:
        self._environment = bridge.keys.environment
        self._secrets = bridge.keys.events
        self._bridge_secrets = bridge.settings.bridge_secret
        self._store = bridge.store
        self._counters = bridge.counters
        self._wake = wake
        self._refusals = Refusals(stopwatch, "webhook")

    def refuse(self, delivery: Delivery) -> Answer | None:
        """Refuse by the headers alone, before a byte of the body is read."""
        answer = _refuse_transport(delivery)
        return None if answer is None else self.counted(answer)

    def verify(self, delivery: Delivery, body: bytes) -> Answer | Verified:
        """Read an event strictly. What is refused, or needs no action, touches no database."""
        try:
            event = parse_event(
                body,
                environment=self._environment,
                secrets=self._secrets,
                header_checksum=delivery.checksum,
                ours=self._is_ours,
            )
        except EventError as error:
            self._refusals.log(f"webhook: refused with {error.http_status}: {error}")
            return self.counted(Answer(error.http_status, str(error)))
        if event.transaction_id is None:
            logger.info("webhook: an event %s needs no action", ascii(event.type)[1:60].rstrip("'"))
            return self.counted(Answer(200, "ignored"))
        return Verified(event, body)

    def _is_ours(self, reference: str) -> bool:
        return read_reference(reference, self._bridge_secrets) is not None

    def store(self, verified: Sequence[Verified]) -> list[Answer]:
        """Store events in one transaction, and answer each, in order, once they are durable."""
        wanted = [
            Received(one.event.digest, one.event.transaction_id or "", one.body, f"event {one.event.status}")
            for one in verified
        ]
        try:
            outcomes: Sequence[bool | Exception] = self._store.receive(wanted)
        except DatabaseUnavailable as error:
            outcomes = [error] * len(wanted)
        answers = [_answer_stored(one.event, stored) for one, stored in zip(verified, outcomes, strict=True)]
        if _STORED in answers:
            self._wake()
        return [self.counted(answer) for answer in answers]

    def counted(self, answer: Answer) -> Answer:
        """Count an answer, in memory: a refused event must cost nothing."""
        self._counters.event(answer.text if answer.status == 200 else str(answer.status))
        return answer


def receiver(bridge: Bridge, wake: Callable[[], None]) -> Callable[[], Response]:
    """Make the view."""
    events = Receiver(bridge, wake)

    def answer() -> Answer:
        headers = request.headers
        delivery = Delivery(
            length=request.content_length,
            transfer_encoding=headers.get("Transfer-Encoding"),
            content_encoding=headers.get("Content-Encoding"),
            content_type=headers.get("Content-Type"),
            checksum=headers.get("X-Event-Checksum"),
        )
        if refused := events.refuse(delivery):
            return refused
        verified = events.verify(delivery, request.get_data(cache=False))
        return events.store([verified])[0] if isinstance(verified, Verified) else verified

    def view() -> Response:
        found = answer()
        return Response(found.text + "\n", found.status, mimetype="text/plain")

    return view


def _refuse_transport(delivery: Delivery) -> Answer | None:
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
