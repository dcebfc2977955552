"""The causes of alarms: their stable names, the subjects of their messages, and when each is over."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Final

from whmcs_bridge.messages import bilingual


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
    def subject(self) -> str:
        """The subject of a message about it."""
        return f"Wompi: {bilingual(*_SUBJECTS[self])}"

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

_SUBJECTS: Final = {
    Cause.NOT_BOOKED: ("hay pagos sin registrar", "payments are not booked"),
    Cause.REVIEW: ("un pago espera a una persona", "a payment waits for a person"),
    Cause.SIGNATURES: ("los eventos de Wompi no pasan la verificación", "Wompi's events fail their signature"),
    Cause.WORKER: ("nadie está registrando los pagos", "nobody books payments"),
    Cause.WHMCS_REFUSES: ("WHMCS no deja entrar al puente", "WHMCS does not let the bridge in"),
    Cause.WOMPI_REFUSES: ("Wompi no acepta la llave", "Wompi does not accept the key"),
    Cause.WHMCS_UNTRUSTED: ("el certificado de WHMCS no es válido", "WHMCS's certificate is not valid"),
    Cause.WOMPI_UNTRUSTED: ("el certificado de Wompi no es válido", "Wompi's certificate is not valid"),
    Cause.SECOND_PAYMENT: ("un aviso se pagó dos veces", "an invoice was paid twice"),
    Cause.HIDDEN_ROWS: ("WHMCS esconde pagos", "WHMCS hides payments"),
    Cause.LEDGER: ("hay registros que el puente no puede usar", "there are records that the bridge cannot use"),
}

# While one of these is on, no payment is booked.
NOT_BOOKING: Final = frozenset(Cause) - {
    Cause.SIGNATURES, Cause.REVIEW, Cause.LEDGER, Cause.SECOND_PAYMENT, Cause.HIDDEN_ROWS,
}  # fmt: skip
# These say why.
EXPLAINING: Final = NOT_BOOKING - {Cause.NOT_BOOKED}
