"""Events as Wompi sends them, made ahead of the load: real-sized, each about another transaction, rightly signed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

SECRET = "test_events_BenchBenchBenchBench00000000"
PROPERTIES = ["transaction.id", "transaction.status", "transaction.amount_in_cents"]
TIMESTAMP = 1_790_000_000


def event(number: int, *, secret: str = SECRET, reference: str = "") -> bytes:
    """One event about transaction ``number``, APPROVED, about 2 kB like the real ones."""
    transaction = f"1{number:07d}-1790000000-{number % 90_000 + 10_000}"
    amount = 5_950_000
    signed = f"{transaction}APPROVED{amount}{TIMESTAMP}{secret}"
    document = {
        "event": "transaction.updated",
        "data": {
            "transaction": {
                "id": transaction,
                "created_at": "2026-11-24T15:04:05.000Z",
                "finalized_at": "2026-11-24T15:04:25.000Z",
                "amount_in_cents": amount,
                "reference": reference or f"INV{number}-77-{amount}-0123456789ABCDEFGHJKMNPQA",
                "customer_email": "ana@ejemplo.test",
                "currency": "COP",
                "payment_method_type": "CARD",
                "payment_method": {
                    "type": "CARD",
                    "extra": {
                        "bin": "424242",
                        "name": "VISA-4242",
                        "brand": "VISA",
                        "exp_year": "29",
                        "card_type": "CREDIT",
                        "exp_month": "06",
                        "last_four": "4242",
                        "card_holder": "Ana Ruiz",
                        "is_three_ds": False,
                        "three_ds_auth": {
                            "three_ds_auth": {
                                "current_step": "AUTHENTICATION",
                                "current_step_status": "COMPLETED",
                            }
                        },
                        "external_identifier": hashlib.md5(str(number).encode()).hexdigest(),
                        "processor_response_code": "00",
                    },
                    "installments": 1,
                },
                "status": "APPROVED",
                "status_message": None,
                "shipping_address": None,
                "redirect_url": "https://pagos.ejemplo.test/return",
                "payment_source_id": None,
                "payment_link_id": None,
                "customer_data": {
                    "legal_id": "1032456789",
                    "full_name": "Ana Ruiz Prueba",
                    "phone_number": "+573001234567",
                    "legal_id_type": "CC",
                    "device_id": hashlib.sha256(str(number).encode()).hexdigest(),
                    "browser_info": {
                        "browser_color_depth": "24",
                        "browser_screen_height": "1080",
                        "browser_screen_width": "1920",
                        "browser_language": "es-CO",
                        "browser_user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                        "browser_tz": "300",
                    },
                },
                "billing_data": {"legal_id_type": "CC", "legal_id": "1032456789"},
                "merchant": {
                    "id": 1234,
                    "name": "Hosting Andino",
                    "legal_name": "Hosting Andino S.A.S.",
                    "contact_name": "Pedro",
                    "phone_number": "+573001234567",
                    "logo_url": None,
                    "legal_id_type": "NIT",
                    "email": "pagos@ejemplo.test",
                    "legal_id": "901234567-8",
                },
                "taxes": [{"type": "VAT", "amount_in_cents": 950_000}],
                "tip_in_cents": None,
            }
        },
        "sent_at": "2026-11-24T15:04:25.100Z",
        "timestamp": TIMESTAMP,
        "signature": {"checksum": hashlib.sha256(signed.encode()).hexdigest(), "properties": PROPERTIES},
        "environment": "test",
    }
    return json.dumps(document, separators=(",", ":")).encode()


def write(path: Path, numbers: Iterator[int], *, secret: str = SECRET) -> Path:
    """Write events to a file, one a line, for ``post.lua``."""
    with path.open("wb") as file:
        file.writelines(event(number, secret=secret) + b"\n" for number in numbers)
    return path
