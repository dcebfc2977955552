"""Wompi's events: built, signed and delivered as the vendor does it.

Source: docs.wompi.co/docs/colombia/eventos. The receiver must answer exactly 200. Wompi tries three more times, after
about 30 minutes, 3 hours and 24 hours; here a retry is a step that somebody takes, or `due` when its time has come.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import requests

DEFAULT_PROPERTIES = ("transaction.id", "transaction.status", "transaction.amount_in_cents")
MAX_ATTEMPTS = 4  # the first delivery and three retries
RETRY_AFTER = (1_800, 10_800, 86_400)  # seconds after the first delivery
_TIMEOUT = 10.0  # seconds; Wompi publishes none
_ENVELOPE = {"event", "sent_at", "environment", "checksum"}
# Events captured in 2026 carry no merchant, taxes or bill, nor when a card expires: reading the transaction back does.
_NOT_IN_EVENTS = {"merchant", "taxes", "bill_id", "tip_in_cents"}
_NOT_IN_CARDS = {"exp_month", "exp_year"}
# The payer's device as Wompi's page saw it: a JWT of about 2,600 characters, which makes an event 3.7 kB long.
_DEVICE = {
    "device_id": "sandbox-device",
    "browser_info": {
        "browser_tz": "300", "browser_language": "es-CO", "browser_user_agent": "Mozilla/5.0 (sandbox)",
        "browser_color_depth": "24", "browser_screen_width": "1280", "browser_screen_height": "720",
    },
    "device_data_token": "eyJhbGciOiJIUzI1NiJ9." + "c2FuZGJveC1k" * 210 + ".c2lnbmF0dXJl",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to deliver an event. `answer` is the receiver's HTTP status, 0 when there was none."""

    transaction_id: str
    status: str
    attempt: int
    answer: int
    at: float
    body: bytes = field(repr=False)


@dataclass(slots=True)
class _Event:
    status: str
    body: bytes
    attempts: int = 0
    answer: int = 0
    first_at: float = 0.0


def iso(at: float) -> str:
    """ISO 8601 in UTC with milliseconds, as Wompi writes every time."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def sign(data: dict[str, Any], properties: Sequence[str], timestamp: int, secret: str) -> str:
    """SHA-256 over the values at `properties` (paths inside `data`), timestamp and secret, without separators."""
    text = ""
    for path in properties:
        value: Any = data
        for key in path.split("."):
            value = value[key]
        text += value if isinstance(value, str) else json.dumps(value)
    return hashlib.sha256(f"{text}{timestamp}{secret}".encode()).hexdigest()


def as_event(transaction: dict[str, Any]) -> dict[str, Any]:
    """The transaction as events of 2026 show it: less than the API in places, more in others."""
    shown = {key: value for key, value in transaction.items() if key not in _NOT_IN_EVENTS} | {"origin": None}
    method = shown["payment_method"]
    extra = {key: value for key, value in method["extra"].items() if key not in _NOT_IN_CARDS}
    shown["payment_method"] = method | {"extra": extra}
    shown["customer_data"] = (shown["customer_data"] or {}) | _DEVICE
    return shown


class Events:
    """Events of one merchant: at most one a transaction and status, with a body that never changes from try to try."""

    def __init__(self, secret: str, url: str | None, environment: str, clock: Callable[[], float]) -> None:
        self.secret = secret
        self.url = url
        self.deliveries: list[Delivery] = []
        self._environment = environment
        self._clock = clock
        self._last: dict[str, _Event] = {}
        self._changed = threading.Condition()
        self._under_way = 0

    def build(
        self,
        transaction: dict[str, Any],
        *,
        properties: Sequence[str] | None = None,
        timestamp: int | None = None,
        secret: str | None = None,
        **overrides: Any,
    ) -> bytes:
        """The body of a `transaction.updated` event.

        Overrides named event, sent_at, environment or checksum change the envelope; all others change the transaction
        before it is signed.
        """
        now = self._clock()
        shown = as_event(transaction) | {key: value for key, value in overrides.items() if key not in _ENVELOPE}
        data = {"transaction": shown}
        properties = list(DEFAULT_PROPERTIES if properties is None else properties)
        timestamp = int(now) if timestamp is None else timestamp
        secret = self.secret if secret is None else secret
        checksum = overrides.get("checksum") or sign(data, properties, timestamp, secret)
        body = {
            "event": overrides.get("event", "transaction.updated"),
            "data": data,
            "sent_at": overrides.get("sent_at", iso(now)),
            "timestamp": timestamp,
            "signature": {"checksum": checksum, "properties": properties},
            "environment": overrides.get("environment", self._environment),
        }
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()

    def note(self, transaction: dict[str, Any]) -> None:
        """A transaction came to this status: an event is owed."""
        with self._changed:
            self._last[transaction["id"]] = _Event(transaction["status"], self.build(transaction))

    def deliver(self, transaction: dict[str, Any]) -> int:
        """POST the transaction's event and wait; the receiver's HTTP status, 0 without an answer.

        Said again, the very same body goes out again, as Wompi may do after a slow answer.
        """
        transaction_id = transaction["id"]
        with self._changed:
            event = self._last.get(transaction_id)
            if event is None or event.status != transaction["status"]:
                event = self._last[transaction_id] = _Event(transaction["status"], self.build(transaction))
        answer = self._post(event.body)
        with self._changed:
            event.first_at = event.first_at or self._clock()
            event.attempts += 1
            event.answer = answer
            self.deliveries.append(
                Delivery(transaction_id, event.status, event.attempts, answer, self._clock(), event.body)
            )
        return answer

    def deliver_soon(self, transaction: dict[str, Any]) -> None:
        """The same from a background thread."""
        with self._changed:
            self._under_way += 1

        def run() -> None:
            try:
                self.deliver(transaction)
            finally:
                with self._changed:
                    self._under_way -= 1
                    self._changed.notify_all()

        threading.Thread(target=run, name="wompi-event", daemon=True).start()

    def owed(self) -> list[str]:
        """Transactions whose latest event nobody has answered with 200 and that Wompi would still try."""
        with self._changed:
            return [key for key, event in self._last.items() if event.answer != 200 and event.attempts < MAX_ATTEMPTS]

    def due(self, speed: float) -> list[str]:
        """Transactions whose event was sent, was not answered with 200, and would be sent again by now."""
        now = self._clock()
        with self._changed:
            return [
                key
                for key, event in self._last.items()
                if event.answer != 200
                and 0 < event.attempts < MAX_ATTEMPTS
                and now >= event.first_at + RETRY_AFTER[event.attempts - 1] / speed
            ]

    def dump(self) -> dict[str, Any]:
        """What is owed, for the state file."""
        with self._changed:
            return {
                key: [event.status, event.body.decode(), event.attempts, event.answer, event.first_at]
                for key, event in self._last.items()
            }

    def load(self, dumped: dict[str, Any]) -> None:
        """What `dump` gave."""
        with self._changed:
            self._last = {key: _Event(row[0], row[1].encode(), *row[2:]) for key, row in dumped.items()}

    def wait(self, timeout: float) -> bool:
        """Wait until no background delivery is under way; False after `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self._under_way == 0, timeout)

    def _post(self, body: bytes) -> int:
        if self.url is None:
            return 0
        headers = {
            "Content-Type": "application/json",
            "X-Event-Checksum": json.loads(body)["signature"]["checksum"],
        }
        try:
            with requests.post(self.url, data=body, headers=headers, timeout=_TIMEOUT, allow_redirects=False) as answer:
                return answer.status_code
        except requests.RequestException:
            return 0
