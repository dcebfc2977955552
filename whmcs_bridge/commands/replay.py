"""``wompi-bridge replay``: what today's code would do with an event or a transaction, and why. Changes nothing."""

from __future__ import annotations

import argparse
import json
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any

from whmcs_bridge.commands.terminal import complain, option, print_json
from whmcs_bridge.messages import bilingual
from whmcs_bridge.messages.screen import printable, working

if TYPE_CHECKING:
    from whmcs_bridge.booking.replay import Replayed
    from whmcs_bridge.bridge import Bridge
    from whmcs_bridge.ledger.records import StoredEvent


def arguments(parser: argparse.ArgumentParser) -> None:
    es, en = (
        "transacción, o el resumen (digest) de un evento guardado",
        "a transaction, or the digest of a stored event",
    )
    option(parser, "name", es, en, metavar="EVENT_OR_TRANSACTION")
    parser.add_argument("--json", action="store_true")


def run(bridge: Bridge, given: argparse.Namespace) -> int:
    from whmcs_bridge.booking.replay import replay
    from whmcs_bridge.whmcs.answers import WhmcsError
    from wompi_gateway.errors import ApiError

    name = given.name.strip()
    stored = bridge.store.stored_events(name)
    transaction_id = stored[0].transaction_id if stored else name
    try:
        with working(lambda: transaction_id):
            found = replay(transaction_id, bridge.store, bridge.clock(), bridge.wompi, bridge.posting.evidence)
    except (ApiError, WhmcsError) as error:
        complain(
            bilingual(
                f"Ahora no se puede decidir nada de {printable(transaction_id)}: {error}. El puente volvería a mirar.",
                f"Nothing can be decided about {printable(transaction_id)} now: {error}. The bridge would look again.",
            )
        )
        return 1
    events = [_event(bridge, event) for event in stored]
    told = [_told(bridge, each, events) for each in found]
    if given.json:
        # A transaction that pays several invoices is decided for each of them.
        print_json(told[0] if len(told) == 1 else told)
    else:
        for document, each in zip(told, found, strict=True):
            _print(document, each)
    return 0


def _told(bridge: Bridge, found: Replayed, events: list[dict[str, str]]) -> dict[str, Any]:
    known = bridge.store.payment(found.payment.transaction_id)
    return {
        "transaction_id": found.payment.transaction_id,
        "state": known.state if known else None,
        "events": events,
        "wompi": {
            "status": found.transaction.status,
            "reference": found.transaction.reference,
            "amount_in_cents": found.transaction.amount_in_cents,
            "currency": found.transaction.currency,
        },
        "facts": _plain(found.facts),
        "row": [found.row.wompi, found.row.known, found.row.whmcs, found.row.decision] if found.row else None,
        "decision": {
            "action": found.decision.action,
            "reason": bilingual(*found.decision.why),
            "settle": found.decision.settle,
        },
    }


def _print(told: dict[str, Any], found: Replayed) -> None:
    state = told["state"] or bilingual("desconocido", "not known")
    print(printable(f"{told['transaction_id']}  {bilingual('en el puente', 'in the bridge')}: {state}"))
    for event in told["events"]:
        print(printable(f"  {event['received_at']}  {event['digest']}  {event['verdict']}"))
    for name, value in told["wompi"].items():
        print(printable(f"  Wompi  {name}: {value}"))
    for name, value in told["facts"].items():
        print(printable(f"  {name}: {json.dumps(value, ensure_ascii=False)}"))
    if found.row:
        print(f"  {found.row}")
    reason = told["decision"]["reason"]
    print(printable(f"→ {found.decision.action}{f': {reason}' if reason else ''}"))


def _event(bridge: Bridge, event: StoredEvent) -> dict[str, str]:
    """What today's code says of the bytes: their signature, by the secrets that are set now."""
    from wompi_gateway.errors import EventError
    from wompi_gateway.events import parse_event

    try:
        parsed = parse_event(event.body, environment=bridge.keys.environment, secrets=bridge.keys.events)
        verdict = f"{parsed.status or parsed.type}"
    except EventError as error:
        verdict = f"{type(error).__name__}: {error}"
    return {"digest": event.digest, "received_at": event.received_at.isoformat(), "verdict": verdict}


def _plain(value: Any) -> Any:
    """Facts as JSON."""
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, datetime):
        return value.isoformat()
    if hasattr(value, "model_dump"):
        return _plain(value.model_dump(mode="json"))
    return value.value if isinstance(value, Enum) else value
