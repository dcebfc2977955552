"""What Wompi pays out: `GET /v1/disbursements`, the `disbursement` of a listed transaction, and the report as a file.

Wompi documents neither; the names are those of a production account (`docs/sandbox.md`, "What is simulated"). A payout
holds what was approved on one day in Colombia, and is made on the next working day. Public holidays are not known here.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal

from flask import Response, request

from whmcs_bridge.sandbox.sandbox import CONTROL, json_answer
from whmcs_bridge.sandbox.wompi.errors import error_answer
from whmcs_bridge.sandbox.wompi.merchant import Json, Merchant

_BOGOTA = timedelta(hours=-5)
_CENT = Decimal("0.01")
# Wompi's published tariff for a shop, and what the law withholds of card sales.
COMMISSION, FIXED, VAT, WITHHELD = Decimal("0.0265"), Decimal(700), Decimal("0.19"), Decimal("0.015")
_COLUMNS = (
    "id de la transaccion", "fecha", "referencia", "monto", "moneda", "medio de pago", "comisión", "iva comisión",
    "reteica", "reteiva", "retefuente", "impoconsumo", "total desembolsado", "documento del pagador",
    "tipo de documento del pagador",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Charged:
    """What Wompi keeps of one transaction, in pesos: cut off at the cent, and the VAT is of the uncut commission.

    `amount_in_cents` of a payout is the net of all its transactions, and no API tells how it is made up.
    """

    gross: Decimal
    commission: Decimal
    vat: Decimal
    withheld: Decimal

    @property
    def net(self) -> Decimal:
        return self.gross - self.commission - self.vat - self.withheld


def charged(transaction: Json) -> Charged:
    """What Wompi keeps of an approved transaction."""
    gross = Decimal(transaction["amount_in_cents"]) / 100
    exact = gross * COMMISSION + FIXED
    withheld = gross * WITHHELD if transaction["payment_method_type"] == "CARD" else Decimal(0)
    return Charged(gross, _cut(exact), _cut(exact * VAT), _cut(withheld))


def add_routes(wompi: Merchant) -> None:
    """The list of payouts, and the report of one, which the dashboard gives as a file."""

    @wompi.app.get("/v1/disbursements")
    def disbursements() -> Response:
        key, query = request.headers.get("Authorization", ""), request.args.to_dict()
        return wompi.faults.play("disbursements", lambda: _list(wompi, query, key))

    @wompi.app.get(f"{CONTROL}reports/<int:payout_id>.csv")
    def report(payout_id: int) -> Response:
        try:
            day = date.fromisoformat(str(payout_id))
        except ValueError:
            day = date.max
        rows = [row for row in _of_day(wompi, day) if _made_on(wompi, row)]
        if not rows:
            return json_answer({"error": "there is no such payout"}, 404)
        name = f"{day:%d-%m-%Y}-disbursement-report-rs-12022-sandbox.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response("\ufeff" + _report(rows), headers=headers, content_type="text/csv; charset=utf-8")


def with_payouts(wompi: Merchant, rows: list[Json]) -> list[Json]:
    """Rows of the list of transactions, each with the payout that it went into; null before that is made."""
    days = [_made_on(wompi, row) for row in rows]
    made = {day: _payout(day, _of_day(wompi, day)) if day else None for day in set(days)}
    return [row | {"disbursement": made[day]} for row, day in zip(rows, days, strict=True)]


def _list(wompi: Merchant, query: dict[str, str], key: str) -> Response:
    if key != f"Bearer {wompi.private_key}":
        return error_answer(401, "INVALID_ACCESS_TOKEN", reason="El token no tiene suficientes permisos")
    try:
        page, size = int(query.get("page", 1)), int(query.get("page_size", 30))
        first = date.fromisoformat(query.get("from_date", "0001-01-01"))
        last = date.fromisoformat(query.get("until_date", "9999-12-31"))
    except ValueError:
        page = size = 0
    if not (page >= 1 and 1 <= size <= 200):
        return error_answer(422, "INPUT_VALIDATION_ERROR", messages={"query": ["está en un formato incorrecto"]})
    made = {day for row in wompi.transactions if (day := _made_on(wompi, row)) and first <= day <= last}
    found = [_payout(day, _of_day(wompi, day)) for day in sorted(made, reverse=True)]
    meta = {"page": page, "page_size": size, "total_results": len(found)}
    return json_answer({"data": found[(page - 1) * size : page * size], "meta": meta})


def _payout(day: date, rows: list[Json]) -> Json:
    at = f"{day:%Y-%m-%d}T13:00:00.000Z"
    return {
        "id": int(f"{day:%Y%m%d}"), "merchant_id": 12022, "status": "APPROVED", "created_at": at, "updated_at": at,
        "amount_in_cents": int(sum((charged(row).net for row in rows), Decimal(0)) * 100),
        "bank_account_type": "SAVINGS", "bank_account_number": "00000000000",
    }  # fmt: skip


def _payout_day(transaction: Json) -> date | None:
    if transaction["status"] != "APPROVED":
        return None
    try:
        day = (datetime.fromisoformat(transaction["finalized_at"]) + _BOGOTA).date() + timedelta(days=1)
    except (TypeError, ValueError, OverflowError):  # a moment that somebody set by hand
        return None
    return day + timedelta(days=7 - day.weekday() if day.weekday() >= 5 else 0)


def _made_on(wompi: Merchant, transaction: Json) -> date | None:
    """The day of its payout, if that day has come."""
    day = _payout_day(transaction)
    return day if day is not None and day <= _today(wompi) else None


def _of_day(wompi: Merchant, day: date) -> list[Json]:
    return wompi.find(lambda row: _payout_day(row) == day)


def _today(wompi: Merchant) -> date:
    return (datetime.fromtimestamp(wompi.clock(), UTC) + _BOGOTA).date()


def _report(rows: list[Json]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for row in rows:
        kept, at = charged(row), datetime.fromisoformat(row["finalized_at"]) + _BOGOTA
        customer = row["customer_data"] or {}
        writer.writerow([
            row["id"], f"{at:%d-%m-%Y %H:%M}", row["reference"], f"{kept.gross:.2f}", row["currency"],
            row["payment_method_type"], f"{kept.commission:.2f}", f"{kept.vat:.2f}", "0.00", "0.00",
            f"{kept.withheld:.2f}", "0.00", f"{kept.net:.2f}", customer.get("legal_id") or "",
            customer.get("legal_id_type") or "",
        ])  # fmt: skip
    return file.getvalue()


def _cut(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_DOWN)
