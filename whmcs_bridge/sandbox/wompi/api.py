"""The sandbox Wompi's REST API: keys, envelopes and errors as the vendor answers.

Sources: docs.wompi.co/docs/colombia (transacciones, errores, seguimiento-de-transacciones, tokens-de-aceptacion) and
Wompi's OpenAPI 1.2.0.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from flask import Response, request

from whmcs_bridge.sandbox.sandbox import json_answer
from whmcs_bridge.sandbox.wompi import test_data
from whmcs_bridge.sandbox.wompi.errors import error_answer
from whmcs_bridge.sandbox.wompi.merchant import Json, Merchant

_BOGOTA = timedelta(hours=-5)  # no daylight saving; Wompi's "same day" is the merchant's day
_NO_KEY = "Se esperaba una llave pública o privada pero no se recibió ninguna"
_BAD_KEY = "Llave no válida"
_FOREIGN_KEY = "La llave proporcionada no corresponde a este ambiente."
_WEAK_KEY = "El token no tiene suficientes permisos"
_MISSING = "La entidad solicitada no existe"
_EQUAL_FILTERS = ("reference", "id", "payment_method_type", "status", "customer_email")
_ORDERS = ("created_at", "amount_in_cents", "reference", "status", "id")
_ALL_DAYS = {"from_date": "0001-01-01", "until_date": "9999-12-31"}


def add_routes(wompi: Merchant) -> None:
    """The API under `/v1`; faults know its calls as transaction, transactions, disbursements, void and merchant."""
    app, play = wompi.app, wompi.faults.play

    @app.get("/v1/transactions/<transaction_id>")
    def get_transaction(transaction_id: str) -> Response:
        key = request.headers.get("Authorization", "")
        return play("transaction", lambda: _get(wompi, transaction_id, key))

    @app.get("/v1/transactions")
    def list_transactions() -> Response:
        key, query = request.headers.get("Authorization", ""), request.args.to_dict()
        return play("transactions", lambda: _list(wompi, query, key))

    @app.get("/v1/disbursements")
    def list_payouts() -> Response:
        key, query = request.headers.get("Authorization", ""), request.args.to_dict()
        return play("disbursements", lambda: _list(wompi, query, key, payouts_only=True))

    @app.post("/v1/transactions/<transaction_id>/void")
    def void_transaction(transaction_id: str) -> Response:
        key = request.headers.get("Authorization", "")
        return play("void", lambda: _void(wompi, transaction_id, key))

    @app.get("/v1/merchants/info")
    def merchant_info() -> Response:
        key = request.headers.get("x-merchant-public-key", "")
        return play("merchant", lambda: _merchant_info(wompi, key))

    @app.route("/v1/<path:_path>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    def unknown(_path: str) -> Response:
        # `GET /merchants/<public key>` is among them: its end was announced for 2026-10-31.
        return _not_found()


def _not_found() -> Response:
    return error_answer(404, "NOT_FOUND_ERROR", reason=_MISSING)


def _refused(wompi: Merchant, authorization: str, *, public: Response) -> Response | None:
    """What is wrong with the key, None if it is this merchant's private one; `public` answers the public key."""
    key = authorization.removeprefix("Bearer ").strip()
    kind, _, rest = key.partition("_")
    if not key:
        return error_answer(401, "INVALID_ACCESS_TOKEN", reason=_NO_KEY)
    if kind not in ("pub", "prv") or not rest.startswith(("test_", "prod_")) or len(rest) < 10:
        return error_answer(401, "INVALID_ACCESS_TOKEN", reason=_BAD_KEY)
    if not rest.startswith(wompi.environment):
        return error_answer(401, "INVALID_ACCESS_TOKEN", reason=_FOREIGN_KEY)
    if kind == "pub":
        return public
    if key != wompi.private_key:
        return error_answer(403, "INVALID_ACCESS_TOKEN", reason=_WEAK_KEY)
    return None


def _get(wompi: Merchant, transaction_id: str, authorization: str) -> Response:
    if refused := _refused(wompi, authorization, public=_not_found()):
        return refused
    try:
        return json_answer({"data": _shown(wompi, wompi.transaction(transaction_id)), "meta": {}})
    except KeyError:
        return _not_found()


def _list(wompi: Merchant, query: dict[str, str], authorization: str, *, payouts_only: bool = False) -> Response:
    public = error_answer(401, "INVALID_ACCESS_TOKEN", reason=_WEAK_KEY)
    if refused := _refused(wompi, authorization, public=public):
        return refused
    try:
        page, size = int(query.get("page", 1)), int(query.get("page_size", 30))
        first, last = (f"{datetime.fromisoformat(query.get(name, day)):%F}" for name, day in _ALL_DAYS.items())
    except ValueError:
        page = size = 0
    if not (1 <= page <= 1_000_000 and 1 <= size <= 200):
        return error_answer(422, "INPUT_VALIDATION_ERROR", messages={"query": ["está en un formato incorrecto"]})
    if payouts_only:
        made = [payout.shown() for payout in reversed(wompi.payouts.all())]
        return _page(wompi, [row for row in made if first <= row["created_at"][:10] <= last], page, size)
    equal = {name: query[name] for name in _EQUAL_FILTERS if name in query}

    def is_wanted(row: Json) -> bool:
        # Whole days; Wompi does not say of which zone, here UTC.
        return equal.items() <= row.items() and first <= row["created_at"][:10] <= last

    if "reference" in equal:
        found = list(filter(is_wanted, wompi.by_reference(equal["reference"])))
    else:
        found = wompi.find(is_wanted)
    rows = [_shown(wompi, row) for row in found]
    key = query.get("order_by", "created_at")
    key = key if key in _ORDERS else "created_at"
    rows.sort(key=lambda row: (row[key], row["id"]), reverse=query.get("order") != "ASC")
    return _page(wompi, wompi.payouts.listed(rows), page, size)


def _page(wompi: Merchant, rows: list[Json], page: int, size: int) -> Response:
    page, size = 1 if wompi.ignore_page else page, min(size, wompi.most_rows)
    meta = {} if wompi.omit_meta else {"page": page, "page_size": size, "total_results": len(rows)}
    return json_answer({"data": rows[(page - 1) * size : page * size], "meta": meta})


def _void(wompi: Merchant, transaction_id: str, authorization: str) -> Response:
    """201 whatever happens: `data.status` tells. Only a card payment of the same day can be voided."""
    if refused := _refused(wompi, authorization, public=_not_found()):
        return refused
    with wompi.lock:
        try:
            transaction = wompi.transaction(transaction_id)
        except KeyError:
            return _not_found()
        day = datetime.fromisoformat(transaction["created_at"]) + _BOGOTA
        today = datetime.fromtimestamp(wompi.clock(), UTC) + _BOGOTA
        is_card = transaction["payment_method_type"] == "CARD"
        possible = transaction["status"] == "APPROVED" and is_card and day.date() == today.date()
        if possible and wompi.void_settles:
            wompi.settle(transaction_id, "VOIDED")
    data = {
        "status": "APPROVED" if possible else "ERROR",
        "status_message": None if possible else "Original no Encontrado",
        "transaction": _shown(wompi, transaction),  # as it was: VOIDED shows a moment later
    }
    return json_answer({"data": data, "meta": {"trace_id": uuid.uuid4().hex}}, 201)


def _merchant_info(wompi: Merchant, key: str) -> Response:
    if key != wompi.public_key:
        reason = f"Comercio con llave {key} no encontrado"
        return error_answer(404, "NOT_FOUND", code="MERCHANT_NOT_FOUND", reason=reason)
    contract = {"acceptance_token": "sandbox.acceptance.token", "permalink": f"{wompi.url}p/contrato"}
    methods = list(test_data.METHODS)
    data = wompi.merchant() | {
        "active": wompi.merchant_active,
        "accepted_currencies": ["COP"],
        "fraud_javascript_key": None,
        "fraud_groups": [],
        "accepted_payment_methods": methods,
        "payment_methods": [{"name": name, "payment_processors": [{"name": "SANDBOX"}]} for name in methods],
        "installments_config": {"enabled": False, "available_installments": []},
        "presigned_acceptance": contract | {"type": "END_USER_POLICY"},
        "presigned_personal_data_auth": contract | {"type": "PERSONAL_DATA_AUTH"},
    }
    return json_answer({"data": data, "meta": {}})


def _shown(wompi: Merchant, transaction: Json) -> Json:
    if wompi.omit_merchant:
        transaction.pop("merchant", None)
    return transaction
