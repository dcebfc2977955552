"""Reports as Wompi writes them, made by hand and independent of the product: sums in whole cents, days as text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path

from sqlalchemy import ColumnElement, Connection

from tests.world import Hands
from whmcs_bridge.ledger import migrations
from whmcs_bridge.ledger.engine.database import Database
from whmcs_bridge.ledger.records import State
from whmcs_bridge.ledger.schema import payments
from whmcs_bridge.ledger.settlement_queries import SettlementQueries
from whmcs_bridge.money.fees import Fees
from whmcs_bridge.settlements.month import Month, read_month

HEADER = (
    "id de la transaccion,fecha,referencia,monto,moneda,medio de pago,comisión,iva comisión,reteica,reteiva,retefuente,"
    "impoconsumo,total desembolsado,documento del pagador,tipo de documento del pagador"
)


@dataclass(frozen=True)
class Row:
    """One row of a report. Amounts are in cents; ``net`` is what makes it add up, unless it is given."""

    transaction: str
    day: str = "2026-11-03"
    gross: int = 5_950_000
    fee: int = 227_675
    fee_iva: int = 43_258
    retefuente: int = 89_250
    reteica: int = 0
    reteiva: int = 0
    impoconsumo: int = 0
    net: int | None = None
    reference: str = "OURS"
    method: str = "CARD"

    @property
    def paid_out(self) -> int:
        kept = self.fee + self.fee_iva + self.retefuente + self.reteica + self.reteiva + self.impoconsumo
        return self.gross - kept if self.net is None else self.net

    def line(self) -> str:
        year, month, day = self.day.split("-")
        return ",".join(
            (
                self.transaction, f"{day}-{month}-{year} 10:04", self.reference, pesos(self.gross), "COP", self.method,
                pesos(self.fee), pesos(self.fee_iva), pesos(self.reteica), pesos(self.reteiva), pesos(self.retefuente),
                pesos(self.impoconsumo), pesos(self.paid_out), "1012345678", "CC",
            )
        )  # fmt: skip


def pesos(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def file_name(day: str) -> str:
    year, month, of_month = day.split("-")
    return f"{of_month}-{month}-{year}-disbursement-report-rs-4242-abc.csv"


def write_report(folder: Path, rows: Iterable[Row], *, day: str | None = "2026-11-04", name: str = "") -> Path:
    """A report, named by the day of the payout."""
    path = folder / (name or (file_name(day) if day else "report.csv"))
    path.write_text("\n".join([HEADER, *(row.line() for row in rows)]) + "\n", "utf-8")
    return path


def add_payment(
    database: Database, row: Row, *, state: str = State.POSTED, amount: int | None = None, status: str = "APPROVED"
) -> None:
    """What the bridge knows of a payment, without the way there."""
    year, month, day = map(int, row.day.split("-"))
    at = datetime.fromisoformat(f"{row.day}T15:04:00+00:00")
    assert (at.year, at.month, at.day) == (year, month, day)
    values = {
        "transaction_id": row.transaction,
        "state": state,
        "reason": "",
        "looks": 0,
        "touched": False,
        "status": status,
        "reference": f"INV-{row.transaction}",
        "invoice_id": 1042,
        "client_id": 77,
        "amount_in_cents": row.gross if amount is None else amount,
        "currency": "COP",
        "method": row.method,
        "finalized_at": at,
        "created_at": at,
        "posted_at": at if state == State.POSTED else None,
        "dismissed": False,
        "tries": 0,
        "odd_looks": 0,
    }
    database.write(lambda connection: connection.execute(payments.insert().values(values)))


def add_parts(database: Database, row: Row, *parts: tuple[int, int, str]) -> None:
    """The same of one that pays several invoices: each with its amount in cents and its state."""
    add_payment(database, row, state=State.SPLIT, amount=row.gross)
    for place, (invoice, amount, state) in enumerate(parts):
        add_payment(database, replace(row, transaction=f"{row.transaction}-{invoice}"), state=state, amount=amount)
        values = {"invoice_id": invoice, "part_of": row.transaction, "precedence": len(parts) - place}
        mine = payments.c.transaction_id == f"{row.transaction}-{invoice}"
        database.write(partial(_set, mine, values | {"whole_in_cents": row.gross}))


def _set(mine: ColumnElement[bool], values: dict[str, object], connection: Connection) -> None:
    connection.execute(payments.update().where(mine).values(values))


def is_ours(reference: str) -> bool:
    """In these tests every reference is ours that begins so."""
    return reference.startswith("OURS")


@dataclass
class Books:
    """The ledger of a test, with a clock in its hand."""

    database: Database
    table: SettlementQueries
    folder: Path

    def month(self, month: str = "2026-11", *, today: str = "2026-12-31", fees: Fees | None = None) -> Month:
        self.table.look_through()
        return read_month(self.table, month, fees=fees, today=date.fromisoformat(today))

    def findings(self, month: str = "2026-11", *, today: str = "2026-12-31") -> list[tuple[str, str | None]]:
        found = self.month(month, today=today).findings
        return sorted(((one.kind.value, one.transaction_id) for one in found), key=str)


def make_books(folder: Path, url: str) -> Books:
    database = Database(url)
    migrations.upgrade(database)
    return Books(database, SettlementQueries(database, Hands()), folder)
