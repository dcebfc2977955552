"""The rows of a page: attempts to pay an invoice, and the parts of a payment of several."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from whmcs_bridge.history.attempts import Attempt, attempts_of
from whmcs_bridge.ledger.records import Payment
from whmcs_bridge.messages import Language
from whmcs_bridge.web.payer.views import AttemptRow, PartRow


def attempt_rows(attempts: Sequence[Attempt], bridge_url: str) -> list[AttemptRow]:
    """The rows of a page's list of attempts."""
    return [
        AttemptRow(one.kind, one.label, one.what, one.at, f"{bridge_url}return?id={one.transaction_id}")
        for one in attempts
    ]


def part_rows(parts: Sequence[Payment], language: Language, *, now: datetime) -> list[PartRow]:
    """What became of each part of a payment of several invoices."""
    rows = []
    for one in parts:
        (attempt,) = attempts_of([one], language, now=now).latest
        rows.append(PartRow(attempt.kind, attempt.label, one.invoice_id or 0, one.amount_in_cents or 0))
    return rows
