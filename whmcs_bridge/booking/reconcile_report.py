"""What reconcile has found, in numbers and in sentences for a person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from whmcs_bridge.booking.reviews import where
from whmcs_bridge.ledger.records import Payment
from whmcs_bridge.messages import bilingual
from whmcs_bridge.whmcs.proof import Found, Has
from wompi_gateway.errors import IncompleteList, OddRow

# So many transactions and problems are listed; the others are only counted.
_MOST_NAMED = 1000


@dataclass(slots=True)
class Report:
    """What was found. ``problems`` are sentences for a person. The first of many are listed, and all are counted."""

    checkouts: int = 0
    listed: int = 0
    unread: int = 0
    """Rows of Wompi's lists that could not be read, and may be ours."""
    touched: list[str] = field(default_factory=list)
    touched_count: int = 0
    counted: int = 0
    problems: list[str] = field(default_factory=list)
    problem_count: int = 0
    _named: set[str | None] = field(default_factory=set)

    def touch(self, transaction_ids: Iterable[str]) -> None:
        """Note transactions to be looked at."""
        for name in transaction_ids:
            self.touched_count += 1
            if len(self.touched) < _MOST_NAMED:
                self.touched.append(name)

    def problem(self, sentence: str) -> None:
        """Note a sentence about a fault."""
        self.problem_count += 1
        if len(self.problems) < _MOST_NAMED:
            self.problems.append(sentence)

    def odd_row(self, row: OddRow, reference: str) -> None:
        """Report a row that cannot be read; once, also if it stands in two lists."""
        name = row.transaction_id
        if name is not None and name in self._named:
            return
        self._named.add(name)
        self.unread += 1
        if name is not None:
            self.touch([name])
        es = f"Wompi: no se pudo leer la transacción {name or '?'} (referencia {reference or '?'}): {row}"
        en = f"Wompi: transaction {name or '?'} (reference {reference or '?'}) could not be read: {row}"
        self.problem(bilingual(es, en))

    def short_list(self, what: str, found: IncompleteList) -> None:
        """Report a list of Wompi's that came incomplete."""
        missing = "?" if found.total is None else max(found.total - found.count, 1)
        total = "?" if found.total is None else found.total
        es = f"Wompi: {what}: la lista llegó incompleta, faltan {missing} de {total} transacciones; repita reconcile."
        en = (
            f"Wompi: {what}: the list came incomplete, {missing} of {total} transactions are missing; repeat reconcile."
        )
        self.problem(bilingual(es, en))

    def not_counted(self, missed: int, wanted: int, why: str) -> None:
        """Report booked payments that could not be looked for in WHMCS."""
        es = f"WHMCS: {why}. No se pudo contar allí {missed} de {wanted} pagos registrados; repita reconcile."
        en = f"WHMCS: {why}. {missed} of {wanted} booked payments could not be counted there; repeat reconcile."
        self.problem(bilingual(es, en))

    def not_once(self, payment: Payment, found: Found) -> None:
        """Report a booked payment that does not stand once in WHMCS, as it was booked."""
        times, (where_es, where_en) = len(found.rows), where(found)
        es, en = f"está {times} veces en WHMCS, debe estar una", f"WHMCS has it {times} times, it should be once"
        if found.has is Has.OTHER:
            es, en = f"WHMCS la tiene de otra manera: {where_es}", f"WHMCS has it otherwise: {where_en}"
        name, invoice = payment.transaction_id, payment.invoice_id
        self.problem(
            bilingual(
                f"transacción {name} de la factura {invoice}: {es}", f"transaction {name} of invoice {invoice}: {en}"
            )
        )
