"""The trail of a payment: click, checkout, event, read back, booked, each with its time; and what waits for a person.

Made from the database alone, in words for the admin. Nothing in it is personal: no name, no e-mail, no address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from whmcs_bridge.ledger.queries import PaymentFilter
from whmcs_bridge.ledger.records import Checkout, JournalLine, Payment, Settled, State
from whmcs_bridge.ledger.store import Store
from whmcs_bridge.messages import BOGOTA, WORDS, Text, every_language
from whmcs_bridge.money.pesos import format_cop
from whmcs_bridge.signed.links import Purpose
from whmcs_bridge.signed.references import read_reference
from wompi_gateway.models import Status

# A page stays small: of more attempts it shows the last ones, and of each the last lines.
MOST_ATTEMPTS = 50
MOST_LINES = 1000
# More than these wait for a person only where something is wrong altogether. The page says how many there are.
MOST_HELD = 100

Tone = Literal["good", "calm", "warn", "bad"]

# Payments that are closed although there was money: it went back, or a person left it as it is.
_CLOSED: Final = {Status.VOIDED: "voided", Status.APPROVED: "dismissed"}
_STATE_TONES: Final[dict[str, Tone]] = {"posting": "warn", "posted": "good", "second": "warn", "review": "bad"}
_STEP_TONES: Final[dict[str, Tone]] = {"in_doubt": "warn", "posted": "good", "review": "bad", "void": "warn"}
_STATUS_TONES: Final[dict[str, Tone]] = {"APPROVED": "good", "DECLINED": "bad", "ERROR": "bad"}

# Why a payment was touched, as the journal has it: what it says before Wompi's status, and the step that it is.
_TOUCHES: Final = {"event ": "event", "the payer came back: ": "return"}
# How ``booking.outcomes`` ends the sentence of a held payment, in any language.
_SETTLE: Final = "|".join(map(re.escape, WORDS["admin.settle"]))
_IS_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_REMEDY: Final = re.compile(rf"\s*(?:{_SETTLE}) (wompi-bridge resolve .+)\Z", re.DOTALL)


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
    """One payment with its steps, or a checkout that nobody has paid: then ``payment`` is None."""

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
        payment, key = self.payment, "unpaid"
        if payment is not None:
            key = "second" if payment.state is State.POSTED and payment.surplus_in_cents else payment.state
            if payment.state is State.CLOSED:
                key = _CLOSED.get(Status.of(payment.status), key)
        return every_language(f"state.{key}"), _STATE_TONES.get(key, "calm")


@dataclass(frozen=True, slots=True)
class Trail:
    """Everything that is known of an invoice, or of one transaction of it; the newest attempt first."""

    invoice_id: int | None
    attempts: Sequence[Attempt]
    notes: Sequence[JournalLine] = ()
    """Numbers of payments that its payers told, and that were not found; of an invoice only."""


@dataclass(frozen=True, slots=True)
class Held:
    """A payment that waits for a person: what was found and what it means, and the one command that settles it."""

    payment: Payment
    sentence: str
    command: str


def clock(moment: datetime) -> str:
    """``2026-11-21 10:04:05``, in Colombian time."""
    return f"{moment.astimezone(BOGOTA):%Y-%m-%d %H:%M:%S}"


def trail_of(store: Store, invoice_id: int) -> Trail:
    """The trail of an invoice."""
    found = list(store.walk(PaymentFilter(invoice_id=invoice_id), limit=MOST_ATTEMPTS))
    opened = store.checkouts_of(invoice_id, limit=MOST_ATTEMPTS)
    journal = store.journal(invoice_id=invoice_id, limit=MOST_LINES)
    notes = [line for line in journal if line.what == "note"]
    return Trail(invoice_id, _attempts(store, found, opened, journal), notes)


def trail_of_payment(store: Store, payment: Payment) -> Trail:
    """The trail of one payment."""
    checkout = store.checkout(payment.reference) if payment.reference else None
    return Trail(
        payment.invoice_id, _attempts(store, [payment], [checkout] if checkout else [], _lines(store, payment))
    )


def _lines(store: Store, payment: Payment) -> list[JournalLine]:
    """A payment's lines of the journal; a part's, with those of its whole transaction."""
    names = dict.fromkeys((payment.wompi_id, payment.transaction_id))
    return [line for name in names for line in store.journal(transaction_id=name, limit=MOST_LINES)]


def find(store: Store, name: str, secrets: Sequence[str]) -> Trail | None:
    """Find a transaction, a reference, or an invoice by its number. None: nothing is known of it.

    A reference that this bridge issued contains its invoice, so it is found without its checkout, too.
    """
    of_transaction = store.of_transaction(name)
    if len(of_transaction) > 1:
        checkouts = filter(None, {store.checkout(one.reference) for one in of_transaction if one.reference})
        lines = dict.fromkeys(line for one in of_transaction for line in _lines(store, one))
        return Trail(None, _attempts(store, of_transaction, list(checkouts), list(lines)))
    if of_transaction:
        return trail_of_payment(store, of_transaction[0])
    if re.fullmatch(r"[1-9][0-9]{0,9}", name):
        trail = trail_of(store, int(name))
        return trail if trail.attempts or trail.notes else None
    checkout, promise = store.checkout(name), read_reference(name, secrets)
    invoice_id = checkout.invoice_id if checkout else promise.invoice_id if promise else None
    if (promise and promise.count > 1) or not invoice_id:
        invoice_id = None  # it is of several
    found = list(store.walk(PaymentFilter(reference=name, invoice_id=invoice_id), limit=MOST_ATTEMPTS))
    if not found and checkout is None:
        return None
    journal = list(dict.fromkeys(line for payment in found for line in _lines(store, payment)))
    return Trail(invoice_id, _attempts(store, found, [checkout] if checkout else [], journal))


def held(store: Store) -> list[Held]:
    """List what waits for a person, the longest waiting first; of very many, the newest."""
    return [as_held(payment) for payment in store.payments(state=State.REVIEW, limit=MOST_HELD)][::-1]


def as_held(payment: Payment) -> Held:
    """Separate the sentence of a held payment from its command."""
    match = _REMEDY.search(payment.reason)
    if match is None:
        return Held(payment, payment.reason, f"wompi-bridge show {payment.transaction_id}")
    return Held(payment, payment.reason[: match.start()], match[1])


def _attempts(
    store: Store, found: Sequence[Payment], opened: Sequence[Checkout], journal: Sequence[JournalLine]
) -> list[Attempt]:
    by_reference = {checkout.reference: checkout for checkout in opened}
    names = [payment.wompi_id for payment in found]
    events, settled = store.events_of(names), store.settled(names)
    attempts = [
        Attempt(
            reference=payment.reference,
            amount_in_cents=payment.amount_in_cents,
            payment=payment,
            steps=steps_of(payment, by_reference.get(payment.reference or ""), journal, settled.get(payment.wompi_id)),
            events=events.get(payment.wompi_id, 0),
            settled=settled.get(payment.wompi_id),
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


def steps_of(
    payment: Payment, checkout: Checkout | None, journal: Iterable[JournalLine], settled: Settled | None = None
) -> list[Step]:
    """What happened to a payment, in order. What happened several times in a row is one step, at its first time."""
    mine = [line for line in journal if line.transaction_id in (payment.transaction_id, payment.wompi_id)]
    steps = [_opened(checkout)] if checkout else []
    if payment.finalized_at and payment.status:
        text = every_language("step.finalized", detail=payment.status)
        steps.append(Step(payment.finalized_at, "finalized", text, _STATUS_TONES.get(payment.status, "calm")))
    # Behind it: sorting keeps the order of one moment, and what Wompi did comes before what was heard of it.
    steps += [_step(line) for line in mine]
    if not any(line.what == State.POSTED for line in mine) and payment.posted_at:
        steps.append(Step(payment.posted_at, State.POSTED, every_language("step.posted", after=""), "good"))
    if settled is not None:
        steps.append(_paid_out(settled, of_part=payment.part_of is not None))
    if not steps:
        steps.append(Step(payment.created_at, "touch", every_language("step.first")))
    folded: list[Step] = []
    for step in sorted(steps, key=lambda step: step.at):
        last = folded[-1] if folded else None
        if last and (last.what, last.text) == (step.what, step.text):
            folded[-1] = replace(last, count=last.count + 1)
        else:
            folded.append(step)
    return folded


def _paid_out(settled: Settled, *, of_part: bool) -> Step:
    """The real fee is in Wompi's report. Wompi's list of payouts tells only that there was one. What is paid out is
    always the whole transaction."""
    day = settled.payout_id if _IS_DAY.match(settled.payout_id) else settled.day
    at = datetime.fromisoformat(f"{day}T12:00:00-05:00")
    if settled.net is None:
        return Step(at, "payout", every_language("step.payout.unreported"), "good")
    amounts = {
        "net": settled.net,
        "fee": settled.fee or 0,
        "iva": settled.fee_iva or 0,
        "withheld": sum(filter(None, settled[9:13])),
    }
    told = {name: format_cop(cents) for name, cents in amounts.items()}
    text = every_language("step.payout.whole", **told) if of_part else every_language("step.payout", **told)
    return Step(at, "payout", text, "good")


def _opened(checkout: Checkout) -> Step:
    key = "step.checkout.mail" if checkout.purpose is Purpose.MAIL else "step.checkout.pay"
    return Step(checkout.created_at, "checkout", every_language(key, amount=format_cop(checkout.amount_in_cents)))


def _step(line: JournalLine) -> Step:
    what, detail = line.what, line.detail
    if what == "touch":
        for beginning, step in _TOUCHES.items():
            if detail.startswith(beginning):
                what, detail = step, detail.removeprefix(beginning)
                break
    if what == State.REVIEW:
        detail = _REMEDY.sub("", detail)
    key = "in_doubt" if what == State.POSTING and detail else what
    after = f": {detail}" if detail else ""
    if f"step.{key}" in WORDS:
        text = every_language(f"step.{key}", detail=detail, after=after)
    else:
        text = Text.same(what + after)
    return Step(line.at, what, text, _STEP_TONES.get(key, "calm"))
