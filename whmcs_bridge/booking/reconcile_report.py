"""What reconcile has found, in numbers and in sentences for a person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from whmcs_bridge.messages import bilingual
from wompi_gateway.errors import IncompleteList, OddRow

# So many transactions and problems are named one by one; what is beyond is counted.
_MOST_NAMED = 1000


@dataclass(slots=True)
class Report:
    """What was found. ``problems`` are sentences for a person. Of many the first are named, and all are counted."""

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
        """These are to be looked at."""
        for name in transaction_ids:
            self.touched_count += 1
            if len(self.touched) < _MOST_NAMED:
                self.touched.append(name)

    def problem(self, sentence: str) -> None:
        """This is not as it should be."""
        self.problem_count += 1
        if len(self.problems) < _MOST_NAMED:
            self.problems.append(sentence)

    def odd_row(self, row: OddRow, reference: str) -> None:
        """This row cannot be read. One that stands in two lists is told once."""
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
        """A list of Wompi's ended before its end."""
        missing = "?" if found.total is None else max(found.total - found.count, 1)
        total = "?" if found.total is None else found.total
        es = f"Wompi: {what}: la lista llegó incompleta, faltan {missing} de {total} transacciones; repita reconcile."
        en = (
            f"Wompi: {what}: the list came incomplete, {missing} of {total} transactions are missing; repeat reconcile."
        )
        self.problem(bilingual(es, en))
