"""``wompi-bridge trigger``: a rightly signed event of any kind, sent to the configured bridge. With test keys only."""

from __future__ import annotations

import argparse
import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from whmcs_bridge.commands.terminal import complain, option, positive_number
from whmcs_bridge.messages import bilingual
from whmcs_bridge.messages.screen import printable

if TYPE_CHECKING:
    from whmcs_bridge.bridge import Bridge

KINDS = ("approved", "declined", "error", "pending", "voided", "duplicate", "late", "foreign")
# As late as Wompi's last retry.
_LATE = timedelta(hours=24)
_TIMEOUT = 20  # seconds
_PROPERTIES = ("id", "status", "amount_in_cents")


class _CannotTrigger(Exception):
    """The sentence is for the developer."""


def arguments(parser: argparse.ArgumentParser) -> None:
    kinds = " | ".join(KINDS)
    option(parser, "kind", f"qué evento: {kinds}", f"which event: {kinds}", choices=KINDS, metavar="KIND")
    es, en = "el aviso de cobro; si falta, el del último pago", "the invoice; without it, that of the newest payment"
    option(parser, "--invoice", es, en, type=positive_number, metavar="N")


def run(bridge: Bridge, given: argparse.Namespace) -> int:
    from wompi_gateway.errors import ApiError
    from wompi_gateway.keys import Environment
    from wompi_gateway.transport import TransportError

    if bridge.keys.environment is Environment.PRODUCTION:
        complain(
            bilingual(
                "Hay llaves de producción: trigger inventa eventos y solo funciona con llaves de prueba.",
                "These are production keys: trigger makes events up, and works with test keys only.",
            )
        )
        return 2
    try:
        transaction = _transaction(bridge, given.kind, given.invoice)
        body, checksum = _event(bridge, transaction, given.kind)
        answers = [_send(bridge, body, checksum) for _ in range(2 if given.kind == "duplicate" else 1)]
    except _CannotTrigger as error:
        complain(str(error))
        return 1
    except ApiError as error:
        complain(bilingual(f"Wompi no responde como debe: {error}.", f"Wompi does not answer as it should: {error}."))
        return 1
    except TransportError as error:
        complain(
            bilingual(
                f"No hay respuesta ({error}). ¿Está en marcha el puente en {bridge.settings.bridge_url}?",
                f"No answer ({error}). Is the bridge at {bridge.settings.bridge_url} running?",
            )
        )
        return 1
    told = f"{transaction['id']}  {transaction['status']}  {transaction['reference']}"
    print(printable(f"{told}  →  {bridge.settings.bridge_url}webhooks/wompi: {', '.join(map(str, answers))}"))
    return 0 if set(answers) == {200} else 1


def _transaction(bridge: Bridge, kind: str, invoice: int | None) -> dict[str, Any]:
    """The transaction that the event is about: made at a sandbox of ours, found at Wompi's own."""
    status = {"duplicate": "APPROVED", "late": "APPROVED", "foreign": "APPROVED"}.get(kind, kind.upper())
    if kind == "foreign":
        made = _at_sandbox(bridge, "transactions", reference=_foreign(), amount_in_cents=5_950_000, status=status)
        return made or _shown(f"12022-1-{secrets.randbelow(10**9)}", _foreign(), 5_950_000, status)
    invoice_id = invoice or _newest_invoice(bridge)
    payments = bridge.store.payments(invoice_id=invoice_id, limit=1)
    if kind == "voided" and payments:
        made = _at_sandbox(bridge, f"transactions/{payments[0].wompi_id}", status=status)
    else:
        reference, amount = _purpose(bridge, invoice_id)
        made = _at_sandbox(bridge, "transactions", reference=reference, amount_in_cents=amount, status=status)
    if made:
        return made
    if payments:
        known = bridge.wompi.transaction(payments[0].wompi_id)
        return _shown(known.id, known.reference, known.amount_in_cents, status)
    raise _CannotTrigger(
        bilingual(
            f"Wompi no tiene ninguna transacción del aviso {invoice_id}, y el puente solo cree lo que Wompi dice."
            " Páguelo con una tarjeta de prueba, o use wompi-bridge sandbox como Wompi.",
            f"Wompi has no transaction of invoice {invoice_id}, and the bridge believes only what Wompi says. Pay it"
            " with a test card, or use wompi-bridge sandbox as the Wompi.",
        )
    )


def _newest_invoice(bridge: Bridge) -> int:
    """The invoice of the newest payment, so that --invoice may be left out after the first."""
    newest = bridge.store.payments(limit=1)
    if newest and newest[0].invoice_id:
        return newest[0].invoice_id
    raise _CannotTrigger(bilingual("Falta --invoice N.", "--invoice N is missing."))


def _purpose(bridge: Bridge, invoice_id: int) -> tuple[str, int]:
    """A new reference for the invoice, and what is left of it, in cents."""
    from whmcs_bridge.money.pesos import whole_pesos_up
    from whmcs_bridge.signed.references import Reference, issue_reference
    from whmcs_bridge.whmcs.answers import InvoiceNotFound, WhmcsError

    try:
        found = bridge.whmcs.invoice(invoice_id)
    except InvoiceNotFound:
        raise _CannotTrigger(
            bilingual(f"WHMCS no tiene el aviso de cobro {invoice_id}.", f"WHMCS has no invoice {invoice_id}.")
        ) from None
    except WhmcsError as error:
        raise _CannotTrigger(
            bilingual(f"WHMCS no responde como debe: {error}.", f"WHMCS does not answer as it should: {error}.")
        ) from None
    amount = whole_pesos_up(found.balance or found.total)
    return issue_reference(Reference(found.id, found.client_id, amount), bridge.settings.bridge_secret[0]), amount


def _foreign() -> str:
    return f"Pedido-{secrets.token_hex(4)}-x"


def _at_sandbox(bridge: Bridge, path: str, **fields: Any) -> dict[str, Any] | None:
    """Do it at a sandbox of ours. None where Wompi is Wompi's own."""
    address = bridge.settings.wompi_api_url
    if address is None:
        return None
    reply = bridge.transport.send(
        "POST",
        f"{address.removesuffix('/v1')}/_sandbox/{path}",
        timeout=_TIMEOUT,
        headers={"Content-Type": "application/json"},
        data=json.dumps(fields | {"deliver": False}).encode(),
    )
    made = json.loads(reply.body) if reply.status in (200, 201) else None
    return made if isinstance(made, dict) else None


def _shown(transaction_id: str, reference: str, amount_in_cents: int, status: str) -> dict[str, Any]:
    return {
        "id": transaction_id,
        "reference": reference,
        "amount_in_cents": amount_in_cents,
        "currency": "COP",
        "status": status,
    }


def _event(bridge: Bridge, transaction: dict[str, Any], kind: str) -> tuple[bytes, str]:
    """The event as Wompi writes it, and its checksum: https://docs.wompi.co/docs/colombia/eventos/"""
    from wompi_gateway.signatures import event_checksum

    at = datetime.now(UTC) - (_LATE if kind == "late" else timedelta(0))
    timestamp = int(at.timestamp())
    values = [str(transaction[name]) for name in _PROPERTIES]
    checksum = event_checksum(values, timestamp, bridge.settings.wompi_events_secret[0])
    body = {
        "event": "transaction.updated",
        "data": {"transaction": transaction},
        "sent_at": f"{at:%Y-%m-%dT%H:%M:%S}.000Z",
        "timestamp": timestamp,
        "signature": {"checksum": checksum, "properties": [f"transaction.{name}" for name in _PROPERTIES]},
        "environment": bridge.keys.environment.value,
    }
    return json.dumps(body, ensure_ascii=False).encode(), checksum


def _send(bridge: Bridge, body: bytes, checksum: str) -> int:
    headers = {"Content-Type": "application/json", "X-Event-Checksum": checksum}
    url = f"{bridge.settings.bridge_url}webhooks/wompi"
    return bridge.transport.send("POST", url, timeout=_TIMEOUT, headers=headers, data=body).status
