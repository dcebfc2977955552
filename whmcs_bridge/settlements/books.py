"""Three books for each transaction: approved at Wompi, booked in WHMCS, paid out. What does not agree is a finding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from whmcs_bridge.ledger.booked import Booked
from whmcs_bridge.ledger.records import Settled, State
from whmcs_bridge.ledger.settlement_queries import Doubt, KnownPayout
from whmcs_bridge.messages import bilingual
from whmcs_bridge.money.pesos import format_cop
from whmcs_bridge.settlements.business_days import PATIENCE, is_late


class Kind(StrEnum):
    """What does not agree."""

    PAID_OUT_NOT_BOOKED = "paid_out_not_booked"
    BOOKED_NOT_PAID_OUT = "booked_not_paid_out"
    AMOUNT_DIFFERS = "amount_differs"
    ROW_DOES_NOT_ADD_UP = "row_does_not_add_up"
    PAYOUT_DOES_NOT_ADD_UP = "payout_does_not_add_up"
    FEE_CHANGED = "fee_changed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not agree, with its sentence. ``transaction_id`` is None where it is about several."""

    kind: Kind
    transaction_id: str | None
    es: str
    en: str
    command: str = ""
    """What shows or mends it in a terminal."""
    is_unknown: bool = False
    """The bridge has never heard of the transaction."""

    @property
    def sentence(self) -> str:
        """In the reader's language."""
        return bilingual(self.es, self.en)

    @property
    def message(self) -> str:
        """The sentence, and the command behind it."""
        return f"{self.sentence} {bilingual('Ejecute', 'Run')}: {self.command}" if self.command else self.sentence


def agrees(settled: Settled, booked_in_cents: int | None) -> bool:
    """Tell whether all books say the same of a transaction that was paid out; None: it is not booked."""
    return settled.reference is None or (booked_in_cents == settled.gross and settled.off_by == 0)


def is_over(doubt: Doubt) -> bool:
    """Tell whether there is nothing left to doubt. What was booked and has still to be paid out stays."""
    posted = doubt.booked.posted_in_cents if doubt.booked else None
    return posted is None if doubt.settled is None else agrees(doubt.settled, posted)


def findings_of(doubt: Doubt, today: date) -> Iterator[Finding]:
    """Tell what does not agree about one transaction."""
    settled, booked = doubt.settled, doubt.booked
    if settled is None:
        if booked is not None and booked.posted_in_cents is not None and is_late(date.fromisoformat(doubt.day), today):
            yield _not_paid_out(doubt, booked)
        return
    if settled.reference is None:
        return
    if settled.off_by:
        yield _does_not_add_up(settled)
    if booked is None or booked.posted_in_cents is None:
        yield _not_booked(settled, booked)
    elif booked.amount_in_cents != settled.gross:
        yield _differs(settled, booked)


def payout_finding(payout: KnownPayout) -> Finding | None:
    """Tell whether the rows of a payout make up what Wompi says that it paid out."""
    if payout.amount is None or not payout.split or payout.net == payout.amount:
        return None
    name = payout.wompi_id or payout.id
    told, rows, missing = format_cop(payout.amount), format_cop(payout.net), payout.rows - payout.split
    es = f"El desembolso {name} de Wompi del {payout.day} fue de {told} y sus transacciones suman {rows}"
    en = f"Wompi's payout {name} of {payout.day} was {told}, and its transactions make up {rows}"
    if missing:
        es += f"; {missing} de ellas no están en ningún reporte importado"
        en += f"; {missing} of them are in no report that was imported"
    else:
        es += "; pida a Wompi el detalle de ese desembolso"
        en += "; ask Wompi for the details of that payout"
    return Finding(Kind.PAYOUT_DOES_NOT_ADD_UP, None, es + ".", en + ".")


def _not_paid_out(doubt: Doubt, booked: Booked) -> Finding:
    amount = format_cop(booked.amount_in_cents or 0)
    return Finding(
        Kind.BOOKED_NOT_PAID_OUT,
        doubt.transaction_id,
        f"{amount} del aviso {booked.invoices}, del {doubt.day}: registrados en WHMCS, y {PATIENCE} días hábiles"
        " después no se conoce ningún desembolso de Wompi con ellos. Importe el reporte de esos días; si ya está,"
        " pregunte a Wompi.",
        f"{amount} of invoice {booked.invoices}, of {doubt.day}: booked in WHMCS, and {PATIENCE} business days later"
        " no payout of Wompi's is known to hold it. Import the report of those days; if it is there, ask Wompi.",
    )


def _does_not_add_up(settled: Settled) -> Finding:
    net, should = format_cop(settled.net or 0), format_cop((settled.net or 0) + settled.off_by)
    return Finding(
        Kind.ROW_DOES_NOT_ADD_UP,
        settled.transaction_id,
        f"La fila del {settled.day} en el reporte no suma: dice {net} desembolsados, y su monto menos comisión, IVA y"
        f" retenciones da {should}. Pregunte a Wompi.",
        f"The report's row of {settled.day} does not add up: it says that {net} were paid out, and its amount less"
        f" commission, IVA and withholdings is {should}. Ask Wompi.",
    )


def _not_booked(settled: Settled, booked: Booked | None) -> Finding:
    amount, command = format_cop(settled.gross), f"wompi-bridge show {settled.transaction_id}"
    if booked is None:
        es, en = "el puente no la conoce.", "the bridge does not know it."
        command = f"wompi-bridge reconcile --since {settled.day}"
    elif booked.state == State.REVIEW:
        es, en = "espera a una persona.", "it waits for a person."
    elif booked.dismissed:
        es, en = "una persona la dejó así.", "a person left it as it is."
    elif booked.state == State.CLOSED:
        word = booked.status or "-"
        es, en = f"el puente la cerró como {word}.", f"the bridge closed it as {word}."
    else:
        es, en = "está en curso.", "it is under way."
    return Finding(
        Kind.PAID_OUT_NOT_BOOKED,
        settled.transaction_id,
        f"{amount} del {settled.day}: Wompi los desembolsó y no están registrados en WHMCS: {es}",
        f"{amount} of {settled.day}: paid out by Wompi and not booked in WHMCS: {en}",
        command,
        is_unknown=booked is None,
    )


def _differs(settled: Settled, booked: Booked) -> Finding:
    paid_out, known = format_cop(settled.gross), format_cop(booked.amount_in_cents or 0)
    return Finding(
        Kind.AMOUNT_DIFFERS,
        settled.transaction_id,
        f"Wompi liquidó {paid_out} el {settled.day}, y en WHMCS están registrados {known} en el aviso"
        f" {booked.invoices}.",
        f"Wompi settled {paid_out} of {settled.day}, and {known} are booked in WHMCS on invoice {booked.invoices}.",
        f"wompi-bridge show {settled.transaction_id}",
    )
