"""Payments by API: `POST /v1/transactions`, a card's token before it, and the banks of PSE.

Sources: docs.wompi.co/docs/colombia (transacciones, metodos-de-pago, fuentes-de-pago, tokens-de-aceptacion); the order
of the checks and their words were measured by others.
"""

from __future__ import annotations

import secrets
import threading
from typing import Any

from flask import Response, request

from whmcs_bridge.sandbox.sandbox import json_answer
from whmcs_bridge.sandbox.wompi import test_data
from whmcs_bridge.sandbox.wompi.checkout import MINIMUM_IN_CENTS, USED, integrity
from whmcs_bridge.sandbox.wompi.errors import error_answer
from whmcs_bridge.sandbox.wompi.merchant import Json, Merchant

_SECONDS = 0.7  # until a payment by card is decided: the real sandbox takes 0.6 to 2.8


def add_routes(wompi: Merchant) -> None:
    """The routes; faults know their calls as create, token and banks."""
    numbers: dict[str, str] = {}  # the card behind each token

    @wompi.app.post("/v1/transactions")
    def create() -> Response:
        key, body = request.headers.get("Authorization", ""), request.get_json(silent=True)
        return wompi.faults.play("create", lambda: _create(wompi, key, body if isinstance(body, dict) else {}, numbers))

    @wompi.app.post("/v1/tokens/cards")
    def token() -> Response:
        key, body = request.headers.get("Authorization", ""), request.get_json(silent=True)
        return wompi.faults.play("token", lambda: _token(wompi, key, body if isinstance(body, dict) else {}, numbers))

    @wompi.app.get("/v1/pse/financial_institutions")
    def banks() -> Response:
        rows = [
            {"financial_institution_code": code, "financial_institution_name": name}
            for code, name in test_data.BANKS.items()
        ]
        return wompi.faults.play("banks", lambda: json_answer({"data": rows, "meta": {}}))


def _token(wompi: Merchant, key: str, body: Json, numbers: dict[str, str]) -> Response:
    if key != f"Bearer {wompi.public_key}":
        return error_answer(401, "INVALID_ACCESS_TOKEN", reason="Llave no válida")
    number = str(body.get("number", ""))
    if not (number.isascii() and number.isdigit() and 12 <= len(number) <= 19):
        return _invalid(number="está en un formato incorrecto")
    token = f"tok_test_12022_{secrets.token_hex(16)}"
    numbers[token] = number
    extra = test_data.payment_method("CARD", "PENDING", typed=number, holder=str(body.get("card_holder", "")))["extra"]
    told = ("brand", "name", "last_four", "bin", "exp_year", "exp_month", "card_holder")
    shown = {name: extra[name] for name in told}
    return json_answer({"status": "CREATED", "data": {"id": token} | shown}, 201)


def _create(wompi: Merchant, key: str, body: Json, numbers: dict[str, str]) -> Response:
    if key.removeprefix("Bearer ") not in (wompi.public_key, wompi.private_key):
        return error_answer(401, "INVALID_ACCESS_TOKEN", reason="Llave no válida")
    with wompi.lock:
        if refused := _refused(wompi, body):
            return refused
        method = dict(body["payment_method"])
        kind = method["type"]
        typed = _typed(method, numbers)
        made = wompi.create_transaction(
            body["reference"],
            body["amount_in_cents"],
            method=kind,
            customer_email=body["customer_email"],
            redirect_url=body.get("redirect_url"),
            customer_data=body.get("customer_data"),
            payment_method=test_data.payment_method(kind, "PENDING", typed=typed) | method,
        )
    ends = test_data.outcome(kind, typed)
    wait = threading.Timer(_SECONDS, lambda: wompi.settle(made["id"], ends.status, status_message=ends.message))
    wait.daemon = True
    wait.start()
    return json_answer({"data": made, "meta": {}}, 201)


def _refused(wompi: Merchant, body: Json) -> Response | None:
    """The first thing that is wrong: Wompi reports one at a time."""
    reference, amount = body.get("reference"), body.get("amount_in_cents")
    if not body.get("acceptance_token"):
        return _invalid(acceptance_token="No está presente")
    if not body.get("signature"):
        return _invalid(signature="Firma de integridad requerida no enviada")
    expiration = str(body.get("expiration_time") or "")
    signed = integrity(str(reference), str(amount), str(body.get("currency")), expiration, wompi.integrity_secret)
    if body["signature"] != signed:
        return _invalid(signature="La firma es inválida")
    if body.get("currency") != "COP":
        return _invalid(currency="Debe ser igual a COP")
    if not isinstance(amount, int) or amount < MINIMUM_IN_CENTS:
        return _invalid(valid_amount_in_cents="El monto mínimo de una transacción es $1,500 exceptuando impuestos")
    if "@" not in str(body.get("customer_email") or ""):
        return _invalid(customer_email="Email inválido" if body.get("customer_email") else "No está presente")
    if not isinstance(reference, str) or not 1 <= len(reference) <= 255:
        return _invalid(reference="está en un formato incorrecto")
    if wompi.by_reference(reference):
        return _invalid(reference=USED)
    method: Any = body.get("payment_method")
    if not isinstance(method, dict) or method.get("type") not in test_data.METHODS:
        return error_answer(422, "UNPROCESSABLE", reason="No se especificó método de pago o fuente de pago")
    return None


def _typed(method: Json, numbers: dict[str, str]) -> str:
    match method["type"]:
        case "CARD":
            return numbers.get(str(method.get("token")), "")
        case "NEQUI":
            return str(method.get("phone_number", ""))
        case "PSE":
            return str(method.get("financial_institution_code", ""))
        case _:
            return str(method.get("sandbox_status", ""))


def _invalid(**words: str) -> Response:
    return error_answer(422, "INPUT_VALIDATION_ERROR", messages={name: [text] for name, text in words.items()})
