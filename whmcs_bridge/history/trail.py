"""The trail of a payment: click, checkout, event, read back, booked, each with its time; and what waits for a person.

Told from the database alone, in words for the admin, and without anything personal: no name, no e-mail, no address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from whmcs_bridge.ledger.queries import Wanted
from whmcs_bridge.ledger.records import Checkout, JournalLine, Payment, Settled, State
from whmcs_bridge.ledger.store import Store
from whmcs_bridge.messages import BOGOTA, Language
from whmcs_bridge.money.pesos import format_cop
from whmcs_bridge.signed.links import Purpose
from whmcs_bridge.signed.references import read_reference
from wompi_gateway.models import Status

# A page stays small: who has tried more often sees the last ones, and of each the last lines.
MOST_ATTEMPTS = 50
MOST_LINES = 1000
# More than these wait for a person only where something is wrong altogether; the page says how many there are.
MOST_HELD = 100

Tone = Literal["good", "calm", "warn", "bad"]

# How ``outcomes`` ends a sentence, in either language.
_REMEDY = re.compile(r"\s*(?:Para resolverlo|To settle it): (wompi-bridge resolve .+)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in both languages."""

    es: str
    en: str

    def in_(self, language: Language) -> str:
        """Choose."""
        return self.es if language == "es" else self.en


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened. ``count`` is how often it did so in a row."""

    at: datetime
    what: str
    text: Text
    tone: Tone = "calm"
    count: int = 1


@dataclass(frozen=True, slots=True)
class Attempt:
    """One payment with its steps, or a checkout with which nobody has paid: then ``payment`` is None."""

    reference: str | None
    amount_in_cents: int | None
    payment: Payment | None
    steps: Sequence[Step]
    events: int = 0
    """How many of Wompi's events are kept as evidence."""
    settled: Settled | None = None
    """What Wompi charged and paid out, where that is known."""

    @property
    def label(self) -> tuple[Text, Tone]:
        """Where it stands, in two or three words."""
        if self.payment is None:
            return Text("Sin pago", "Not paid"), "calm"
        if self.payment.state is State.CLOSED and (word := _CLOSED.get(self.payment.status or "")):
            return word, "calm"
        if self.payment.state is State.POSTED and self.payment.surplus_in_cents:
            return _SECOND, "warn"
        return _LABELS[self.payment.state]


@dataclass(frozen=True, slots=True)
class Trail:
    """Everything that is known of an invoice, or of one transaction of it; the newest attempt first."""

    invoice_id: int | None
    attempts: Sequence[Attempt]


@dataclass(frozen=True, slots=True)
class Held:
    """A payment that waits for a person: what was found and what it means, and the one command that settles it."""

    payment: Payment
    sentence: str
    command: str


_LABELS: dict[State, tuple[Text, Tone]] = {
    State.DUE: (Text("En espera", "Waiting"), "calm"),
    State.POSTING: (Text("Registrándose", "Being booked"), "warn"),
    State.POSTED: (Text("Registrado en WHMCS", "Booked in WHMCS"), "good"),
    State.CLOSED: (Text("Sin dinero", "No money"), "calm"),
    State.REVIEW: (Text("Espera a una persona", "Waits for a person"), "bad"),
}
# Closed, and yet money came: it went back, or a person left it as it is.
_CLOSED: dict[str, Text] = {
    Status.VOIDED: Text("Anulado", "Voided"),
    Status.APPROVED: Text("Cerrado", "Closed"),
}
_SECOND = Text("Registrado: segundo pago, con saldo a favor", "Booked: a second payment, with credit left over")
_LINKS = {
    Purpose.PAY: Text("desde la página del aviso", "from the invoice's page"),
    Purpose.MAIL: Text("con el enlace de un correo", "by the link of an e-mail"),
}
_IS_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_CAME_BACK = "the payer came back: "


def clock(moment: datetime) -> str:
    """``2026-11-21 10:04:05``, in Colombian time."""
    return f"{moment.astimezone(BOGOTA):%Y-%m-%d %H:%M:%S}"


def trail_of(store: Store, invoice_id: int) -> Trail:
    """Tell the trail of an invoice."""
    found = list(store.walk(Wanted(invoice_id=invoice_id), limit=MOST_ATTEMPTS))
    opened = store.checkouts_of(invoice_id, limit=MOST_ATTEMPTS)
    journal = store.journal(invoice_id=invoice_id, limit=MOST_LINES)
    return Trail(invoice_id, _attempts(store, found, opened, journal))


def trail_of_payment(store: Store, payment: Payment) -> Trail:
    """Tell the trail of one transaction."""
    checkout = store.checkout(payment.reference) if payment.reference else None
    journal = store.journal(transaction_id=payment.transaction_id, limit=MOST_LINES)
    return Trail(payment.invoice_id, _attempts(store, [payment], [checkout] if checkout else [], journal))


def find(store: Store, name: str, secrets: Sequence[str]) -> Trail | None:
    """Find what a person names: a transaction, a reference, or the number of an invoice. None: nothing is known of it.

    A reference that this bridge issued names its invoice by itself, so that it is found without its checkout, too.
    """
    payment = store.payment(name)
    if payment is not None:
        return trail_of_payment(store, payment)
    if re.fullmatch(r"[1-9][0-9]{0,9}", name):
        trail = trail_of(store, int(name))
        return trail if trail.attempts else None
    checkout, promise = store.checkout(name), read_reference(name, secrets)
    invoice_id = checkout.invoice_id if checkout else promise.invoice_id if promise else None
    found = list(store.walk(Wanted(reference=name, invoice_id=invoice_id), limit=MOST_ATTEMPTS))
    if not found and checkout is None:
        return None
    journal = [line for payment in found for line in store.journal(transaction_id=payment.transaction_id)]
    return Trail(invoice_id, _attempts(store, found, [checkout] if checkout else [], journal))


def held(store: Store) -> list[Held]:
    """List what waits for a person, the longest waiting first; of very many, the newest."""
    return [as_held(payment) for payment in store.payments(state=State.REVIEW, limit=MOST_HELD)][::-1]


def as_held(payment: Payment) -> Held:
    """Part the sentence of a held payment from its command."""
    match = _REMEDY.search(payment.reason)
    if match is None:
        return Held(payment, payment.reason, f"wompi-bridge show {payment.transaction_id}")
    return Held(payment, payment.reason[: match.start()], match[1])


def _attempts(
    store: Store, found: Sequence[Payment], opened: Sequence[Checkout], journal: Sequence[JournalLine]
) -> list[Attempt]:
    by_reference = {checkout.reference: checkout for checkout in opened}
    names = [payment.transaction_id for payment in found]
    events, settled = store.events_of(names), store.settled(names)
    attempts = [
        Attempt(
            reference=payment.reference,
            amount_in_cents=payment.amount_in_cents,
            payment=payment,
            steps=_steps(
                payment, by_reference.get(payment.reference or ""), journal, settled.get(payment.transaction_id)
            ),
            events=events.get(payment.transaction_id, 0),
            settled=settled.get(payment.transaction_id),
        )
        for payment in found
    ]
    used = {payment.reference for payment in found}
    attempts += [
        Attempt(checkout.reference, checkout.amount_in_cents, None, [_opened(checkout)])
        for checkout in opened
        if checkout.reference not in used
    ]
    return sorted(attempts, key=lambda attempt: attempt.steps[0].at, reverse=True)


def _steps(
    payment: Payment, checkout: Checkout | None, journal: Iterable[JournalLine], settled: Settled | None
) -> list[Step]:
    mine = [line for line in journal if line.transaction_id == payment.transaction_id]
    steps = [_opened(checkout)] if checkout else []
    if payment.finalized_at and payment.status:
        word = payment.status
        text = Text(f"Wompi la terminó: {word}", f"Wompi finished it: {word}")
        steps.append(Step(payment.finalized_at, "finalized", text, _tone(word)))
    # Behind it, and sorted in place: of one moment, what Wompi did comes before what was heard of it.
    steps += [_step(line) for line in mine]
    if not any(line.what == State.POSTED for line in mine) and payment.posted_at:
        steps.append(Step(payment.posted_at, State.POSTED, _BOOKED, "good"))
    if settled is not None:
        steps.append(_paid_out(settled))
    if not steps:
        heard = Text("Se supo de ella por primera vez", "It was heard of for the first time")
        steps.append(Step(payment.created_at, "touch", heard))
    return _folded(sorted(steps, key=lambda step: step.at))


def _paid_out(settled: Settled) -> Step:
    """The real fee, as Wompi's report tells it; Wompi's list of payouts tells only that there was one."""
    day = settled.payout_id if _IS_DAY.match(settled.payout_id) else settled.day
    at = datetime.fromisoformat(f"{day}T12:00:00-05:00")
    if settled.net is None:
        es, en = (
            "Wompi la desembolsó; lo que cobró está en su reporte, sin importar",
            "Wompi paid it out; its report is",
        )
        return Step(at, "payout", Text(es, f"{en} not imported, and tells what was charged"), "good")
    fee, iva, net = (format_cop(cents or 0) for cents in (settled.fee, settled.fee_iva, settled.net))
    withheld = format_cop(sum(filter(None, settled[9:13])))
    return Step(
        at,
        "payout",
        Text(
            f"Wompi la desembolsó: neto {net}; comisión real {fee}, IVA {iva}, retenciones {withheld}",
            f"Wompi paid it out: net {net}; real commission {fee}, IVA {iva}, withheld {withheld}",
        ),
        "good",
    )


def _folded(steps: Iterable[Step]) -> list[Step]:
    """What was said again and again becomes one step, at the time of the first."""
    folded: list[Step] = []
    for step in steps:
        last = folded[-1] if folded else None
        if last and (last.what, last.text) == (step.what, step.text):
            folded[-1] = Step(last.at, last.what, last.text, last.tone, last.count + 1)
        else:
            folded.append(step)
    return folded


def _opened(checkout: Checkout) -> Step:
    amount = format_cop(checkout.amount_in_cents)
    way = _LINKS.get(checkout.purpose, Text("", ""))
    return Step(
        checkout.created_at,
        "checkout",
        Text(
            f"Clic en «Pagar con Wompi» {way.es}: checkout por {amount}, términos aceptados",
            f"Click on “Pay with Wompi” {way.en}: checkout over {amount}, terms accepted",
        ),
    )


_BOOKED = Text("Registrado en WHMCS", "Booked in WHMCS")


def _step(line: JournalLine) -> Step:
    detail, after = line.detail, f": {line.detail}" if line.detail else ""
    match line.what:
        case "touch" if detail.startswith("event "):
            word = detail.removeprefix("event ")
            return Step(line.at, "event", Text(f"Llegó el evento de Wompi: {word}", f"Wompi's event arrived: {word}"))
        case "touch" if detail.startswith(_CAME_BACK):
            word = detail.removeprefix(_CAME_BACK)
            return Step(
                line.at,
                "return",
                Text(f"El pagador volvió de Wompi; leída allí: {word}", f"The payer came back; read at Wompi: {word}"),
            )
        case "touch":
            return Step(line.at, "touch", Text(f"Por mirar{after}", f"To be looked at{after}"))
        case State.POSTING:
            text = Text(
                "Leída en Wompi y buscada en WHMCS: empieza el registro",
                "Read back at Wompi and looked for in WHMCS: the booking begins",
            )
            unclear = Text(f"El registro quedó en duda{after}", f"The booking is in doubt{after}")
            return Step(line.at, line.what, unclear, "warn") if detail else Step(line.at, line.what, text)
        case State.POSTED:
            return Step(line.at, line.what, Text(_BOOKED.es + after, _BOOKED.en + after), "good")
        case State.DUE:
            return Step(line.at, line.what, Text(f"Se mirará de nuevo{after}", f"To be looked at again{after}"))
        case State.CLOSED:
            return Step(line.at, line.what, Text(f"Leída en Wompi, cerrada{after}", f"Read at Wompi, closed{after}"))
        case State.REVIEW:
            sentence = _REMEDY.sub("", detail)
            text = Text(f"Espera a una persona: {sentence}", f"Waits for a person: {sentence}")
            return Step(line.at, line.what, text, "bad")
        case "void":
            text = Text(f"Anulación pedida desde WHMCS{after}", f"Void asked for by WHMCS{after}")
            return Step(line.at, line.what, text, "warn")
        case "resolve":
            return Step(line.at, line.what, Text(f"Resuelto por una persona{after}", f"Settled by a person{after}"))
        case "clock":
            return Step(line.at, line.what, Text(f"Su hora no era posible{after}", f"Its time was not right{after}"))
        case _:
            return Step(line.at, line.what, Text(f"{line.what}{after}", f"{line.what}{after}"))


def _tone(status: str) -> Tone:
    return {"APPROVED": "good", "DECLINED": "bad", "ERROR": "bad"}.get(status, "calm")  # type: ignore[return-value]
