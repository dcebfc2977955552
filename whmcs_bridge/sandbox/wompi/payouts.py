"""What Wompi keeps, what it pays out, and the daily report of a payout.

Wompi documents none of it; shapes and names are those of production accounts (`docs/sandbox.md`, "What is simulated").
The arithmetic is that of a merchant's reports, to the cent: commission and IVA are each cut off at the cent, the IVA is
taken of the exact commission, and the withholdings of the gross.

A payout holds what was approved on one day in Colombia, and is made on the next working day. Public holidays are not
known here. A test makes payouts by hand with `pay_out`; from then on no other is made.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

from whmcs_bridge.sandbox.wompi.events import iso

Json = dict[str, Any]

_BOGOTA = timedelta(hours=-5)
_HOUR = 13  # of the day, UTC, at which a payout is made
_SATURDAY = 5
_COLUMNS = (
    "id de la transaccion", "fecha", "referencia", "monto", "moneda", "medio de pago", "comisión", "iva comisión",
    "reteica", "reteiva", "retefuente", "impoconsumo", "total desembolsado", "documento del pagador",
    "tipo de documento del pagador",
)  # fmt: skip
_FIRST_ID = 700_001
_MERCHANT = 12022


class Shop(Protocol):
    """The merchant that is paid."""

    @property
    def clock(self) -> Callable[[], float]:
        """The time, in seconds."""

    def find(self, wanted: Callable[[Json], bool]) -> list[Json]:
        """The transactions that `wanted` says, oldest first."""


@dataclass(slots=True)
class Tariff:
    """What Wompi keeps: shares in ten thousandths, and a fixed sum in cents.

    The first values are Wompi's published tariff, and what the law withholds of card sales. `retefuente` is withheld of
    cards alone.
    """

    share: int = 265
    fixed_in_cents: int = 70_000
    iva: int = 1_900
    retefuente: int = 150
    reteica: int = 0
    reteiva: int = 0

    def split(self, gross: int, method: str) -> Json:
        """What is kept of an amount, and what is left, in cents."""
        exact = gross * self.share + self.fixed_in_cents * 10_000
        iva = exact * self.iva // 100_000_000
        kept = {
            "comisión": exact // 10_000,
            "iva comisión": iva,
            "reteica": gross * self.reteica // 10_000,
            "reteiva": iva * self.reteiva // 10_000,
            "retefuente": gross * self.retefuente // 10_000 if method == "CARD" else 0,
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
        """What went to the bank account. No API tells how it is made up."""
        return sum(int(row["total desembolsado"]) for row in self.rows) + self.off_by

    def shown(self) -> Json:
        """A payout as the API shows it."""
        return {
            "id": self.id,
            "merchant_id": _MERCHANT,
            "amount_in_cents": self.amount_in_cents,
            "status": "APPROVED",
            "created_at": iso(self.at),
            "updated_at": iso(self.at),
            "bank_account_type": "SAVINGS",
            "bank_account_number": "12345678901",
        } | self.changes


class Payouts:
    """All payouts of the merchant."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self.tariff = Tariff()
        self._by_hand: list[Payout] = []

    def pay_out(self, day: date, transaction_ids: Sequence[str] | None = None) -> Payout:
        """Pay out on a Colombian day: these transactions, or all approved ones that have not been paid out by hand."""
        done = {row["id de la transaccion"] for payout in self._by_hand for row in payout.rows}
        waiting = self._shop.find(lambda row: row["status"] == "APPROVED" and row["id"] not in done)
        chosen = [row for row in waiting if transaction_ids is None or row["id"] in transaction_ids]
        payout = self._payout(_FIRST_ID + len(self._by_hand), day, chosen)
        self._by_hand.append(payout)
        return payout

    def all(self) -> list[Payout]:
        """Those that were made by hand; without any, one for each day that has come. Oldest first."""
        if self._by_hand:
            return self._by_hand
        today = self._today()
        by_day: dict[date, list[Json]] = {}
        for transaction in self._shop.find(lambda row: _payout_day(row) <= today):
            by_day.setdefault(_payout_day(transaction), []).append(transaction)
        return [self._payout(int(f"{day:%Y%m%d}"), day, by_day[day]) for day in sorted(by_day)]

    def listed(self, rows: list[Json]) -> list[Json]:
        """Rows of the list of transactions, each with the payout that it went into; null before that is made.

        All payouts are made only where a row has one: a test suite asks hundreds of times a second about new payments.
        """
        today = self._today()
        any_paid_out = self._by_hand or any(_payout_day(row) <= today for row in rows)
        payouts = self.all() if any_paid_out else []
        told = {row["id de la transaccion"]: payout.shown() for payout in payouts for row in payout.rows}
        return [row | {"disbursement": told.get(row["id"])} for row in rows]

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
        return f"{day:%d-%m-%Y}-disbursement-report-rs-{_MERCHANT}-{payout.id:x}.csv", text.getvalue()

    def _today(self) -> date:
        return (datetime.fromtimestamp(self._shop.clock(), UTC) + _BOGOTA).date()

    def _payout(self, number: int, day: date, transactions: Sequence[Json]) -> Payout:
        at = datetime(day.year, day.month, day.day, _HOUR, tzinfo=UTC).timestamp()
        return Payout(number, at, [self._row(transaction) for transaction in transactions])

    def _row(self, transaction: Json) -> Json:
        created = datetime.fromisoformat(transaction["created_at"]) + _BOGOTA
        customer, method = transaction["customer_data"] or {}, transaction["payment_method_type"]
        return {
            "id de la transaccion": transaction["id"],
            "fecha": f"{created:%d-%m-%Y %H:%M}",
            "referencia": transaction["reference"],
            "moneda": transaction["currency"],
            "medio de pago": method,
            "documento del pagador": customer.get("legal_id") or "",
            "tipo de documento del pagador": customer.get("legal_id_type") or "",
        } | self.tariff.split(transaction["amount_in_cents"], method)


def _payout_day(transaction: Json) -> date:
    """The end of all days for one that is never paid out."""
    if transaction["status"] != "APPROVED":
        return date.max
    try:
        day = (datetime.fromisoformat(transaction["finalized_at"]) + _BOGOTA).date() + timedelta(days=1)
    except (TypeError, ValueError, OverflowError):  # a moment that somebody set by hand
        return date.max
    return day + timedelta(days=7 - day.weekday() if day.weekday() >= _SATURDAY else 0)
