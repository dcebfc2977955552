"""The sandbox's payouts: what Wompi keeps, what it pays out, the list of payouts and the daily report.

Wompi documents neither list nor report. Their shapes are those that projects in production observed; the arithmetic is
that of a merchant's reports, to the cent: commission and IVA are each cut off at the cent, the IVA is taken of the
exact commission, and the withholding at source of the gross.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

from flask import Flask, Response, abort

from whmcs_bridge.sandbox.sandbox import json_answer
from whmcs_bridge.sandbox.wompi.events import iso

Json = dict[str, Any]

_BOGOTA = timedelta(hours=-5)
_COLUMNS = (
    "id de la transaccion", "fecha", "referencia", "monto", "moneda", "medio de pago", "comisión", "iva comisión",
    "reteica", "reteiva", "retefuente", "impoconsumo", "total desembolsado", "documento del pagador",
    "tipo de documento del pagador",
)  # fmt: skip
_FIRST_ID = 700_001


class Wompi(Protocol):
    """What this needs of the sandbox."""

    app: Flask
    ignore_page: bool
    omit_meta: bool
    most_rows: int

    @property
    def payouts(self) -> Payouts:
        """Those that were made."""

    @property
    def transactions(self) -> list[Json]:
        """All of them."""

    def amend(self, transaction_id: str, **changes: Any) -> None:
        """Change what the API says about one."""


@dataclass(slots=True)
class Tariff:
    """A commission in ten thousandths and cents, IVA and withholdings in ten thousandths."""

    share: int = 265
    fixed_in_cents: int = 70_000
    iva: int = 1_900
    retefuente: int = 150
    reteica: int = 0
    reteiva: int = 0

    def split(self, gross: int) -> Json:
        """What is kept of an amount, and what is left, in cents."""
        exact = gross * self.share + self.fixed_in_cents * 10_000
        kept = {
            "comisión": exact // 10_000,
            "iva comisión": exact * self.iva // 100_000_000,
            "reteica": gross * self.reteica // 10_000,
            "reteiva": exact * self.iva // 100_000_000 * self.reteiva // 10_000,
            "retefuente": gross * self.retefuente // 10_000,
            "impoconsumo": 0,
        }
        return kept | {"monto": gross, "total desembolsado": gross - sum(kept.values())}


@dataclass(slots=True)
class Payout:
    """One payout: its rows as the report has them, amounts in cents."""

    id: int
    at: float
    rows: list[Json] = field(default_factory=list)
    off_by: int = 0
    """By how much the amount in the list is not what the rows make up."""
    changes: Json = field(default_factory=dict)
    """What the API shows otherwise."""

    @property
    def amount_in_cents(self) -> int:
        """What went to the bank account."""
        return sum(int(row["total desembolsado"]) for row in self.rows) + self.off_by


class Payouts:
    """All payouts of the merchant, oldest first."""

    def __init__(self, wompi: Wompi) -> None:
        self._wompi = wompi
        self.tariff = Tariff()
        self.made: list[Payout] = []

    def pay_out(self, day: date, transaction_ids: Sequence[str] | None = None) -> Payout:
        """Pay out on a Colombian day, at ten: these transactions, or all approved ones that have not been."""
        at = datetime(day.year, day.month, day.day, 15, tzinfo=UTC).timestamp()
        payout = Payout(_FIRST_ID + len(self.made), at)
        waiting = [row for row in self._wompi.transactions if row["status"] == "APPROVED" and not row["disbursement"]]
        for transaction in waiting:
            if transaction_ids is None or transaction["id"] in transaction_ids:
                payout.rows.append(self._row(transaction))
        self.made.append(payout)
        self.tell(payout)
        return payout

    def tell(self, payout: Payout) -> None:
        """Let its transactions tell of it, as it is now."""
        for row in payout.rows:
            self._wompi.amend(row["id de la transaccion"], disbursement=self.shown(payout))

    def _row(self, transaction: Json) -> Json:
        created = datetime.fromisoformat(transaction["created_at"]) + _BOGOTA
        return {
            "id de la transaccion": transaction["id"],
            "fecha": f"{created:%d-%m-%Y %H:%M}",
            "referencia": transaction["reference"],
            "moneda": transaction["currency"],
            "medio de pago": transaction["payment_method_type"],
            "documento del pagador": "1012345678",
            "tipo de documento del pagador": "CC",
        } | self.tariff.split(transaction["amount_in_cents"])

    def shown(self, payout: Payout) -> Json:
        """A payout as the API shows it."""
        return {
            "id": payout.id,
            "merchant_id": 4242,
            "amount_in_cents": payout.amount_in_cents,
            "status": "APPROVED",
            "created_at": iso(payout.at),
            "updated_at": iso(payout.at),
            "bank_account_type": "SAVINGS",
            "bank_account_number": "12345678901",
        } | payout.changes

    def report(self, payout: Payout) -> tuple[str, str]:
        """The daily report of a payout: the file's name, and its text."""
        text = io.StringIO()
        sheet = csv.writer(text, lineterminator="\n")
        sheet.writerow(_COLUMNS)
        for row in payout.rows:
            sheet.writerow(
                f"{row[name] // 100}.{row[name] % 100:02d}" if isinstance(row[name], int) else row[name]
                for name in _COLUMNS
            )
        day = datetime.fromtimestamp(payout.at, UTC) + _BOGOTA
        return f"{day:%d-%m-%Y}-disbursement-report-rs-4242-{payout.id:x}.csv", text.getvalue()


def add_routes(wompi: Wompi) -> None:
    """The reports in the panel; the list of payouts is with the rest of the API."""

    @wompi.app.get("/panel/payouts/<int:number>.csv")
    def report(number: int) -> Response:
        found = next((payout for payout in wompi.payouts.made if payout.id == number), None)
        if found is None:
            abort(404)
        name, text = wompi.payouts.report(found)
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(text, content_type="text/csv; charset=utf-8", headers=headers)


def listed(wompi: Wompi, first: str, last: str, page: int, size: int) -> Response:
    """The list of payouts by day, in pages."""
    rows = [wompi.payouts.shown(payout) for payout in wompi.payouts.made]
    rows = [row for row in rows if first <= row["created_at"][:10] <= last]
    page, size = 1 if wompi.ignore_page else page, min(size, wompi.most_rows)
    meta = {} if wompi.omit_meta else {"page": page, "page_size": size, "total_results": len(rows)}
    return json_answer({"data": rows[(page - 1) * size : page * size], "meta": meta})
