"""Numbers of payments that payers have told under "Ya pagué", and that no payment has answered since."""

from __future__ import annotations

from datetime import timedelta

from whmcs_bridge.bridge import Bridge
from whmcs_bridge.ledger.payer_notes import PayerNote
from whmcs_bridge.ledger.records import Payment, State

# So many are read, and of them those are shown that are open yet.
_MOST = 50


def told_numbers(bridge: Bridge, within: timedelta) -> list[PayerNote]:
    """List the open ones, the newest first. Raises ``DatabaseUnavailable``."""
    notes = bridge.payer_notes.since(bridge.store.now() - within, limit=_MOST)
    payments = bridge.store.payments_of(list({note.invoice_id for note in notes}))
    return [note for note in notes if not any(_answers(each, note) for each in payments.get(note.invoice_id, []))]


def _answers(payment: Payment, note: PayerNote) -> bool:
    if payment.wompi_id == note.number:
        return True
    return payment.state is State.POSTED and payment.posted_at is not None and payment.posted_at >= note.noted_at
