"""An invoice's attempts, in words for the payer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from whmcs_bridge.history.attempts import Attempts, Kind, attempts_of
from whmcs_bridge.ledger.records import Payment, State

NOW = datetime(2026, 11, 21, 20, 4, 5, tzinfo=UTC)


def payment(state: str, status: str, **changes: Any) -> Payment:
    """One payment of $ 59.500 by PSE, ended now."""
    fields: dict[str, Any] = {
        "transaction_id": "1-1", "state": State(state), "reason": "a sentence for an admin, with ana@ejemplo.test",
        "due_at": None, "looks": 0, "status": status, "reference": "AVISO-1042-a", "invoice_id": 1042, "client_id": 77,
        "amount_in_cents": 5_950_000, "currency": "COP", "method": "PSE", "finalized_at": NOW, "created_at": NOW,
        "posted_at": None, "dismissed": False,
    }  # fmt: skip
    return Payment(**(fields | changes))


@pytest.mark.parametrize(
    ("state", "status", "kind", "under_way"),
    [
        ("posted", "APPROVED", "approved", False),
        ("due", "APPROVED", "booking", True),
        ("posting", "APPROVED", "booking", True),
        ("review", "APPROVED", "review", True),
        ("closed", "APPROVED", "review", False),
        ("due", "PENDING", "verifying", True),
        ("due", "NEW_WORD", "verifying", True),
        ("due", "", "verifying", True),
        ("review", "PENDING", "verifying", False),
        ("due", "DECLINED", "declined", False),
        ("closed", "DECLINED", "declined", False),
        ("closed", "ERROR", "error", False),
        ("closed", "VOIDED", "voided", False),
        ("review", "VOIDED", "voided", False),
    ],
)
def test_what_is_told_of_each_state(state: str, status: str, kind: Kind, under_way: bool) -> None:
    """Under way is what may still become money, or has and waits for a person; never what ended without money."""
    found = attempts_of([payment(state, status)], "es", now=NOW)
    assert [attempt.kind for attempt in found.latest] == [kind]
    assert (found.under_way, found.hold_cancellation) == (under_way, under_way)


def test_an_attempt_is_a_sentence() -> None:
    """Amount, method, date in Colombian time and outcome, in the reader's language."""
    told = [payment("due", "PENDING"), payment("closed", "DECLINED", method="CARD")]
    pending, declined = (
        attempt.sentence.replace("\N{NO-BREAK SPACE}", " ") for attempt in attempts_of(told, "es", now=NOW).latest
    )
    assert pending == (
        "Pago ($ 59.500, PSE, 21 de noviembre de 2026, 3:04 p. m.): "
        "en verificación. Espere el resultado antes de pagar otra vez."
    )
    assert declined == (
        "Pago ($ 59.500, Tarjeta débito o crédito, 21 de noviembre de 2026, 3:04 p. m.): "
        "no fue aprobado; no recibimos dinero."
    )
    english = attempts_of([payment("posted", "APPROVED", method="A_NEW_ONE")], "en", now=NOW).latest[0]
    assert english.sentence == (
        "Payment ($\N{NO-BREAK SPACE}59.500, Another payment method, 21 November 2026, 3:04\N{NO-BREAK SPACE}pm): "
        "approved and recorded on the invoice."
    )
    assert (english.label, english.what) == ("Approved", "$\N{NO-BREAK SPACE}59.500 · Another payment method")


def test_what_is_not_known_is_left_out() -> None:
    """A payment that Wompi has not told of is a payment all the same."""
    bare = payment("due", "", amount_in_cents=None, method=None, finalized_at=None)
    (told,) = attempts_of([bare], "es", now=NOW).latest
    assert (told.what, told.at) == ("Pago", None)
    assert told.sentence == "Pago: en verificación. Espere el resultado antes de pagar otra vez."


def test_nothing_of_the_admin_or_the_payer_is_told() -> None:
    """The reason is a sentence for an admin, and the reference and the client are nobody's business here."""
    told = repr(attempts_of([payment("review", "APPROVED")], "es", now=NOW))
    assert not [part for part in ("ana@", "a sentence for an admin", "AVISO-1042", "77") if part in told]


def test_the_hold_ends_after_seven_days() -> None:
    """WHMCS's own cancellation is held for a bounded time, counted from the first sight of the payment."""
    young = payment("due", "PENDING", created_at=NOW - timedelta(days=6, hours=23))
    old = payment("due", "PENDING", created_at=NOW - timedelta(days=7))
    assert attempts_of([young, old], "es", now=NOW).hold_cancellation
    found = attempts_of([old], "es", now=NOW)
    assert (found.under_way, found.hold_cancellation) == (True, False)


def test_ten_are_told_and_all_are_counted() -> None:
    """An answer stays small; an old payment that is under way still counts."""
    found = attempts_of([*[payment("closed", "DECLINED")] * 30, payment("due", "PENDING")], "es", now=NOW)
    assert (len(found.latest), found.under_way) == (10, True)
    assert attempts_of([], "es", now=NOW) == Attempts()
    assert not payment("posted", "APPROVED").is_under_way
