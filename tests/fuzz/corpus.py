"""Where the fuzzer starts from: events as Wompi writes them, truly signed, and a few that are nearly so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.fuzz.judge import PREVIOUS
from tests.wompi_gateway.signing import USUAL, as_bytes, sign, signed, unsigned

CARD = {"type": "CARD", "installments": 1, "extra": {"brand": "VISA", "last_four": "4242", "is_three_ds": False}}
PSE = {"type": "PSE", "user_type": 0, "financial_institution_code": "1", "extra": {"external_identifier": "a-1"}}

# What a place of an event is replaced by: the neighbours of every rule, and ordinary values.
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**63, 10**12, 10**12 + 1, 999_999_999, 1_000_000_000, 9_999_999_999, 10**10),
    *(1.0, 4490000.0, "", " ", "a", "A", "_", "4490000", "APPROVED", "APPROVED ", "approved", "CHARGEBACK", "PPROVED"),
    *("COP", "cop", "prod", "test", "transaction.updated", "transaction.updated\n", "nequi_token.updated", "x.y"),
    *("transaction", "transaction.id", "transaction.reference", "transaction.x", "1530291411", "1234-1610641025-1A"),
    *("\ud800", "١", "Ａ", [], {}, [[]], {"a": {}}, list(USUAL), [*USUAL, "transaction.x"], ["transaction.id"]),
)


def seeds() -> dict[str, bytes]:
    """Seed events by name; the good ones first."""
    good: dict[str, Any] = {f"nequi-{status.lower()}": signed(status=status) for status in ("APPROVED", "DECLINED")}
    good |= {
        "card-voided": signed(status="VOIDED", payment_method_type="CARD", payment_method=CARD),
        "pse-pending": signed(status="PENDING", payment_method_type="PSE", payment_method=PSE, finalized_at=None),
        "error-with-a-message": signed(status="ERROR", status_message="La transacción fue rechazada (Sandbox)"),
        "new-word": signed(status="PARTIALLY_REFUNDED"),
        "bare": signed(customer_data=None, payment_method=None),
        "previous-secret": sign(unsigned(), PREVIOUS),
        "more-is-signed": _naming(["transaction.reference", *reversed(USUAL), "transaction.payment_method.type"]),
        "another-type": _other_type(),
        "inner-timestamp": _inner_timestamp(),
        "capital-checksum": _capital_checksum(),
    }
    bad: dict[str, Any] = {
        "unsigned": unsigned(),
        "less-is-signed": _naming(USUAL[:2]),
        "sandbox": signed() | {"environment": "test"},
        "milliseconds": sign(unsigned() | {"timestamp": 1530291411000}),
        "amount-as-text": signed(amount_in_cents="4490000"),
    }
    return {name: as_bytes(event) for name, event in (good | bad).items()}


def write_seeds(folder: Path) -> None:
    """Write the seeds as files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, body in seeds().items():
        (folder / name).write_bytes(body)


def _naming(properties: list[str]) -> dict[str, Any]:
    return sign(unsigned() | {"signature": {"properties": properties}})


def _other_type() -> dict[str, Any]:
    event = unsigned() | {"event": "nequi_token.updated", "data": {"nequi_token": {"id": "nequi_1", "n": 3}}}
    return sign(event | {"signature": {"properties": ["nequi_token.id", "nequi_token.n"]}})


def _inner_timestamp() -> dict[str, Any]:
    event = signed()
    event["signature"]["timestamp"] = event.pop("timestamp")
    return event


def _capital_checksum() -> dict[str, Any]:
    event = signed()
    event["signature"]["checksum"] = event["signature"]["checksum"].upper()
    return event
