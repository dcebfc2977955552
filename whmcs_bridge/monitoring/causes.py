"""The causes of alarms: their stable names, when each is over, and where it is settled."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Final


class Cause(StrEnum):
    """Every cause, by its stable name."""

    NOT_BOOKED = "not_booked"
    REVIEW = "review"
    SIGNATURES = "signatures"
    WORKER = "worker"
    WHMCS_REFUSES = "whmcs_refuses"
    WOMPI_REFUSES = "wompi_refuses"
    WHMCS_UNTRUSTED = "whmcs_untrusted"
    WOMPI_UNTRUSTED = "wompi_untrusted"
    LEDGER = "ledger"
    SECOND_PAYMENT = "second_payment"
    HIDDEN_ROWS = "hidden_rows"

    @property
    def calm(self) -> timedelta:
        """How long the cause must not be seen before the alarm is over."""
        return _CALM.get(self, timedelta(minutes=20))

    @property
    def console(self) -> dict[str, str]:
        """The page of the admin's console where it is settled or seen, with its fields."""
        return _PAGES.get(self, {"page": "health"})


_CALM: Final = {
    Cause.NOT_BOOKED: timedelta(minutes=30),
    Cause.REVIEW: timedelta(0),
    # Somebody who plays with the address sends bad events, and good ones come between.
    Cause.SIGNATURES: timedelta(hours=1),
    Cause.WORKER: timedelta(minutes=10),
    Cause.SECOND_PAYMENT: timedelta(0),
    # The others: longer than the quarter of an hour between two tries after a refusal, for each try is refused again.
}

_PAGES: Final = {
    Cause.NOT_BOOKED: {"page": "today"},
    Cause.REVIEW: {"page": "review"},
    Cause.SECOND_PAYMENT: {"page": "payments", "state": "posted"},
}

# While one of these is on, no payment is booked.
NOT_BOOKING: Final = frozenset(Cause) - {
    Cause.SIGNATURES, Cause.REVIEW, Cause.LEDGER, Cause.SECOND_PAYMENT, Cause.HIDDEN_ROWS,
}  # fmt: skip
# These say why.
EXPLAINING: Final = NOT_BOOKING - {Cause.NOT_BOOKED}
