"""What reconcile has found, in numbers and in sentences for a person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from whmcs_bridge.booking.reviews import where
from whmcs_bridge.ledger.records import Payment
from whmcs_bridge.messages import Text, bilingual
from whmcs_bridge.messages import reconcile as words
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

    def problem(self, sentence: Text) -> None:
        """Note a sentence about a fault."""
        self.problem_count += 1
        if len(self.problems) < _MOST_NAMED:
            self.problems.append(bilingual(*sentence))

    def odd_row(self, row: OddRow, reference: str) -> None:
        """Report a row that cannot be read; once, also if it stands in two lists."""
        name = row.transaction_id
        if name is not None and name in self._named:
            return
        self._named.add(name)
        self.unread += 1
        if name is not None:
            self.touch([name])
        self.problem(words.not_read(name or "?", reference or "?", row))

    def short_list(self, what: Text, found: IncompleteList) -> None:
        """Report a list of Wompi's that came incomplete."""
        missing = None if found.total is None else max(found.total - found.count, 1)
        self.problem(words.incomplete(what, missing, found.total))

    def not_counted(self, missed: int, wanted: int, why: str) -> None:
        """Report booked payments that could not be looked for in WHMCS."""
        self.problem(words.not_counted(missed, wanted, why))

    def not_once(self, payment: Payment, found: Found) -> None:
        """Report a booked payment that does not stand once in WHMCS, as it was booked."""
        name, invoice = payment.transaction_id, payment.invoice_id
        if found.has is Has.OTHER:
            self.problem(words.stands_otherwise(name, invoice, where(found)))
        else:
            self.problem(words.not_once(name, invoice, len(found.rows)))
