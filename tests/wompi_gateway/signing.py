"""Events as Wompi writes them, signed here by hand: hashlib and the rule of the documentation, nothing of the package.

https://docs.wompi.co/docs/colombia/eventos/ ("Seguridad")
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from wompi_gateway.events import Event, parse_event
from wompi_gateway.keys import Environment

# The documentation's public example secrets.
INTEGRITY = "prod_integrity_Z5mMke9x0k8gpErbDqwrJXMqsI6SFli6"
EVENTS = "prod_events_OcHnIzeBl5socpwByQ4hA52Em3USQ93Z"
SANDBOX_EVENTS = "test_events_EqCPDEn5x4lRatGPxLhyZd6YTgd6QSrr"

ID = "1234-1610641025-49201"
USUAL = ["transaction.id", "transaction.status", "transaction.amount_in_cents"]


def unsigned(**changes: Any) -> dict[str, Any]:
    """A complete event without its checksum; ``changes`` replace fields of the transaction."""
    transaction: dict[str, Any] = {
        "id": ID,
        "created_at": "2018-06-29T16:56:29.000Z",
        "finalized_at": "2018-06-29T16:56:51.000Z",
        "amount_in_cents": 4490000,
        "reference": "INV1042-77-4490000-ABCDEFGHA",
        "customer_email": "ana@example.com",
        "currency": "COP",
        "payment_method_type": "NEQUI",
        "payment_method": {"type": "NEQUI", "phone_number": "3001234567", "extra": {"is_three_ds": False}},
        "status": "APPROVED",
        "status_message": None,
        "customer_data": {"full_name": "Ana Ruiz", "legal_id": "123"},
    }
    return {
        "event": "transaction.updated",
        "data": {"transaction": transaction | changes},
        "sent_at": "2018-06-29T16:56:52.000Z",
        "timestamp": 1530291411,
        "signature": {"properties": list(USUAL)},
        "environment": "prod",
    }


def value_at(path: str, data: Any) -> str:
    """The signed text of one property, read as forgivingly as a careless shop would."""
    for name in path.split("."):
        data = data.get(name) if isinstance(data, dict) else None
    return str(data)


def sign(document: dict[str, Any], secret: str = EVENTS) -> dict[str, Any]:
    """Put the checksum in, over whatever the event itself names."""
    properties = document["signature"]["properties"]
    text = "".join(value_at(path, document["data"]) for path in properties) + str(document["timestamp"]) + secret
    signature = document["signature"] | {"checksum": hashlib.sha256(text.encode()).hexdigest()}
    return document | {"signature": signature}


def signed(**changes: Any) -> dict[str, Any]:
    """A complete, truly signed event."""
    return sign(unsigned(**changes))


def as_bytes(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def parse(
    event: object,
    *,
    secrets: tuple[str, ...] = (EVENTS,),
    environment: Environment = Environment.PRODUCTION,
    header: str | None = None,
) -> Event:
    """Hand an event to the code under test, as bytes or as a document to be written as JSON."""
    body = event if isinstance(event, bytes) else as_bytes(event)
    return parse_event(body, environment=environment, secrets=secrets, header_checksum=header)
