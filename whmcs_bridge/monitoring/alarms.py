"""Which alarms are on: a pure function of facts. ``watch`` gathers the facts, keeps the alarms and has them told.

An alarm has a stable name and one cause, and is told once: again only after it was over and came back, when something
new of its kind happened (``review``), or as a reminder after a day. It is over when its cause was not seen for its
``calm``: what comes and goes within that time is one alarm, not many.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from whmcs_bridge.ledger.records import SecondPayment
from whmcs_bridge.ledger.refused_signatures import IN_A_ROW
from whmcs_bridge.messages import bilingual
from whmcs_bridge.monitoring.counters import Trouble
from whmcs_bridge.monitoring.finding import NO_BRACES, Finding
from whmcs_bridge.monitoring.money_alarms import hidden_rows, second_payment
from wompi_gateway.observing import CallOutcome

# Money that is approved and not in WHMCS for so long is told.
LONGEST_WAIT = timedelta(minutes=10)
# So many payments are named in one message.
_NAMED = 10


class Cause(StrEnum):
    """Every alarm, by its stable name."""

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


_CALM = {
    Cause.NOT_BOOKED: timedelta(minutes=30),
    Cause.REVIEW: timedelta(0),
    # Good events come between bad ones while somebody plays with the address.
    Cause.SIGNATURES: timedelta(hours=1),
    Cause.WORKER: timedelta(minutes=10),
    Cause.SECOND_PAYMENT: timedelta(0),
    # The others: longer than the pause after a refusal (a quarter of an hour), for each probe is refused again.
}

# While one of these is on, payments are not booked.
_OF_SINGLE_PAYMENTS = {Cause.REVIEW, Cause.LEDGER, Cause.SECOND_PAYMENT, Cause.HIDDEN_ROWS}
NOT_BOOKING = frozenset(set(Cause) - {Cause.SIGNATURES} - _OF_SINGLE_PAYMENTS)
# These say why.
EXPLAINING = NOT_BOOKING - {Cause.NOT_BOOKED}


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the alarms depend on. None: not known here, which neither raises an alarm nor ends one."""

    now: datetime
    unbooked_since: datetime | None
    """Since when the oldest approved payment waits to be booked; None when none does."""
    patience: timedelta
    """How long that may take."""
    explained: bool
    """Another alarm that is on says why payments are not booked: that they wait is no second cause then."""
    in_review: Sequence[tuple[str, int | None]]
    """Transaction and invoice of what waits for a person, the newest first."""
    worker_lives: bool | None
    signatures_fail: bool | None
    wompi: tuple[bool, Trouble | None]
    """Whether it is known how Wompi receives us, and what the trouble is."""
    whmcs: tuple[bool, Trouble | None]
    overdue_since: datetime | None = None
    """Since when the payment that should have been looked at longest ago should have been."""
    unreadable: Sequence[str] = ()
    """Payments and checkouts that this version cannot read."""
    impossible_times: Sequence[str] = ()
    """Payments and checkouts that are to wait for longer than any rule says, or come from the future."""

    second_payments: Sequence[SecondPayment] = ()
    """Payments of the last hours that went beyond the balance of their invoice."""
    second_told: frozenset[str] = frozenset()
    """Those of them that were told before."""
    missing: Sequence[str] = ()
    """Payments of the last day that WHMCS said to have booked, and has no row of."""

    @property
    def late(self) -> bool:
        """A payment that is approved, or should have been looked at, has waited too long."""
        return any(
            since is not None and self.now - since >= self.patience
            for since in (self.unbooked_since, self.overdue_since)
        )


def judge(facts: Facts) -> dict[Cause, Finding]:
    """Tell which causes are there. Total: every cause has a finding."""
    findings = {
        Cause.REVIEW: _review(facts),
        Cause.SIGNATURES: _signatures(facts),
        Cause.WORKER: _worker(facts),
        Cause.WHMCS_REFUSES: _whmcs_refuses(facts.whmcs),
        Cause.WOMPI_REFUSES: _wompi_refuses(facts.wompi),
        Cause.WHMCS_UNTRUSTED: _untrusted(facts.whmcs, "WHMCS", "WHMCS_API_URL"),
        Cause.WOMPI_UNTRUSTED: _untrusted(facts.wompi, "Wompi", "WOMPI_API_URL"),
        Cause.LEDGER: _ledger(facts),
        Cause.SECOND_PAYMENT: second_payment(facts.second_payments, facts.second_told),
        Cause.HIDDEN_ROWS: hidden_rows(facts.missing),
    }
    explained = facts.explained or any(findings[cause].on for cause in EXPLAINING)
    return findings | {Cause.NOT_BOOKED: _not_booked(facts, explained=explained)}


def _not_booked(facts: Facts, *, explained: bool) -> Finding:
    waits = [since for since in (facts.unbooked_since, facts.overdue_since) if since is not None]
    if not waits or not facts.late:
        return Finding(False)
    if explained:
        return Finding(None)
    minutes = int((facts.now - min(waits)).total_seconds() // 60)
    if facts.unbooked_since is None or facts.now - facts.unbooked_since < facts.patience:
        return Finding(
            True,
            bilingual(
                f"Hace {minutes} minutos el puente debía mirar un pago, y no lo ha hecho. No se pierde. Vea qué falla"
                " con: wompi-bridge doctor",
                f"The bridge should have looked at a payment {minutes} minutes ago, and has not. It is not lost. See"
                " what is wrong with: wompi-bridge doctor",
            ),
        )
    return Finding(
        True,
        bilingual(
            f"Un pago lleva {minutes} minutos sin quedar registrado en WHMCS. El puente sigue intentando y no lo"
            " pierde. Vea qué falla con: wompi-bridge doctor",
            f"A payment has not been booked in WHMCS for {minutes} minutes. The bridge goes on trying and does not lose"
            " it. See what is wrong with: wompi-bridge doctor",
        ),
    )


def _ledger(facts: Facts) -> Finding:
    subjects = (*facts.unreadable, *facts.impossible_times)
    if not subjects:
        return Finding(False)
    es, en = [], []
    if facts.unreadable:
        named = _some(facts.unreadable)
        es.append(
            f"Esta versión del puente no puede leer {len(facts.unreadable)} registros, y los deja quietos: {named}."
        )
        en.append(f"This version of the bridge cannot read {len(facts.unreadable)} records, and leaves them: {named}.")
    if facts.impossible_times:
        named = _some(facts.impossible_times)
        es.append(f"{len(facts.impossible_times)} registros tienen una fecha imposible: {named}.")
        en.append(f"{len(facts.impossible_times)} records carry an impossible time: {named}.")
    return Finding(
        True,
        bilingual(
            f"{' '.join(es)} Los demás pagos siguen. Si hace poco volvió a una versión anterior, instale otra vez la"
            " nueva; si el reloj del servidor estuvo mal, corríjalo. Vea cuáles son con: wompi-bridge doctor",
            f"{' '.join(en)} The other payments go on. If you went back to an older version lately, install the newer"
            " one again; if the server's clock was wrong, mend it. See which they are with: wompi-bridge doctor",
        ),
        subjects,
    )


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMED]).translate(NO_BRACES) + ("..." if len(names) > _NAMED else "")


def _review(facts: Facts) -> Finding:
    if not facts.in_review:
        return Finding(False)
    count = len(facts.in_review)
    named = ", ".join(_named(*held) for held in facts.in_review[:_NAMED])
    if count > _NAMED:
        named += bilingual(f" y {count - _NAMED} más", f" and {count - _NAMED} more")
    waiting_es = "1 pago espera" if count == 1 else f"{count} pagos esperan"
    waiting_en = "1 payment waits" if count == 1 else f"{count} payments wait"
    return Finding(
        True,
        bilingual(
            f"{waiting_es} a una persona: {named}. Vea por qué, y cómo resolverlo, con:"
            " wompi-bridge payments --state review",
            f"{waiting_en} for a person: {named}. See why, and how to settle it, with:"
            " wompi-bridge payments --state review",
        ),
        tuple(transaction for transaction, _ in facts.in_review),
    )


def _named(transaction: str, invoice: int | None) -> str:
    return (
        transaction if invoice is None else bilingual(f"{transaction} (aviso {invoice})", f"{transaction} (#{invoice})")
    )


def _signatures(facts: Facts) -> Finding:
    return Finding(
        facts.signatures_fail,
        bilingual(
            f"{IN_A_ROW} eventos seguidos no pasaron la verificación de su firma, y ninguno bueno entre ellos. Los"
            " pagos se siguen registrando, pero más tarde. Copie otra vez el secreto de eventos de comercios.wompi.co →"
            " Desarrolladores en WOMPI_EVENTS_SECRET, y reinicie el puente.",
            f"{IN_A_ROW} events in a row failed their signature, without a good one between. Payments are still booked,"
            " but later. Copy the events secret from comercios.wompi.co → Desarrolladores into WOMPI_EVENTS_SECRET"
            " again, and restart the bridge.",
        ),
    )


def _worker(facts: Facts) -> Finding:
    return Finding(
        None if facts.worker_lives is None else not facts.worker_lives,
        bilingual(
            "Nadie está registrando los pagos: el proceso que lo hace se detuvo. Los pagos esperan y no se pierden."
            " Reinícielo (wompi-bridge serve o worker), o revise el cron de: wompi-bridge run-once",
            "Nobody books payments: the process that does it has stopped. Payments wait and are not lost. Restart it"
            " (wompi-bridge serve or worker), or look after cron's: wompi-bridge run-once",
        ),
    )


def _whmcs_refuses(side: tuple[bool, Trouble | None]) -> Finding:
    known, trouble = side
    if trouble is None or trouble.outcome is not CallOutcome.ACCESS:
        return Finding(False if known else None)
    told = trouble.sentence.translate(NO_BRACES)
    return Finding(
        True,
        bilingual(
            f"WHMCS no deja entrar al puente ({told}). Los pagos esperan y no se pierden. Revise la IP permitida, la"
            " credencial y el rol de API con: wompi-bridge doctor",
            f"WHMCS does not let the bridge in ({told}). Payments wait and are not lost. Look after the allowed IP, the"
            " credential and the API role with: wompi-bridge doctor",
        ),
    )


def _wompi_refuses(side: tuple[bool, Trouble | None]) -> Finding:
    known, trouble = side
    if trouble is None or trouble.outcome is not CallOutcome.ACCESS:
        return Finding(False if known else None)
    return Finding(
        True,
        bilingual(
            f"Wompi no acepta la llave del puente ({trouble.sentence}). Los pagos esperan y no se pierden. Copie otra"
            " vez las llaves de comercios.wompi.co → Desarrolladores y revíselas con: wompi-bridge doctor",
            f"Wompi does not accept the bridge's key ({trouble.sentence}). Payments wait and are not lost. Copy the"
            " keys from comercios.wompi.co → Desarrolladores again, and check them with: wompi-bridge doctor",
        ),
    )


def _untrusted(side: tuple[bool, Trouble | None], name: str, setting: str) -> Finding:
    known, trouble = side
    if trouble is None or trouble.outcome is not CallOutcome.UNTRUSTED:
        return Finding(False if known else None)
    return Finding(
        True,
        bilingual(
            f"El certificado de {name} no es válido, así que el puente no le envía nada: puede estar vencido, o alguien"
            f" se hace pasar por {name}. Los pagos esperan y no se pierden. Revise el certificado y {setting}.",
            f"{name}'s certificate is not valid, so the bridge sends it nothing: it may have expired, or somebody"
            f" pretends to be {name}. Payments wait and are not lost. Look after the certificate and {setting}.",
        ),
    )
