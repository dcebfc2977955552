"""``POST /webhooks/wompi``: bytes in, event and touch stored in one transaction, 200 out. The worker does the rest.

https://docs.wompi.co/docs/colombia/eventos/: only 200 counts as received; anything else is sent again after about 30
minutes, 3 hours and 24 hours. So 200 means that the event survives a crash and a loss of power.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from flask import Response, request

from whmcs_bridge.bridge import Bridge
from whmcs_bridge.database import DatabaseUnavailable
from wompi_gateway.errors import EventError
from wompi_gateway.events import MAX_BYTES, parse_event

logger = logging.getLogger(__name__)


def receiver(bridge: Bridge, wake: Callable[[], None]) -> Callable[[], Response]:
    """Make the view."""
    environment, secrets, store = bridge.keys.environment, bridge.keys.events, bridge.store

    def receive() -> Response:
        refused = _refuse_transport()
        if refused is not None:
            return refused
        try:
            body = request.get_data(cache=False)
            event = parse_event(
                body,
                environment=environment,
                secrets=secrets,
                header_checksum=request.headers.get("X-Event-Checksum"),
            )
            if event.transaction_id is None:
                logger.info("webhook: an event %s needs no action", event.type)
                return _answer(200, "ignored")
            note = f"event {event.status}"
            new = store.receive(event.digest, event.transaction_id, body, note)
        except EventError as error:
            logger.warning("webhook: refused with %s: %s", error.http_status, error)
            return _answer(error.http_status, str(error))
        except DatabaseUnavailable as error:
            logger.error("webhook: cannot store now, Wompi will send it again: %s", error)  # noqa: TRY400
            return _answer(503, "cannot store now")
        logger.info("webhook: transaction=%s %s%s", event.transaction_id, event.status, "" if new else " (known)")
        wake()
        return _answer(200, "stored" if new else "known")

    return receive


def _refuse_transport() -> Response | None:
    """Refuse by the headers alone, before a byte of the body is read."""
    if request.content_length is None or "Transfer-Encoding" in request.headers:
        return _answer(411, "a length is required")
    if request.content_length > MAX_BYTES:
        return _answer(413, "too large")
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        return _answer(415, "compressed bodies are not taken")
    if request.content_length > 0 and request.mimetype != "application/json":
        return _answer(415, "JSON is required")
    return None


def _answer(status: int, text: str) -> Response:
    return Response(text + "\n", status, mimetype="text/plain")
