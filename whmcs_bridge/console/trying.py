"""The page Trying to pay: who failed or gave up in the last days, why, what to advise, and the link to send."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import quote

from whmcs_bridge.bridge import Bridge
from whmcs_bridge.console.calls import Call
from whmcs_bridge.console.told_numbers import told_numbers
from whmcs_bridge.history.attempts import kind_of
from whmcs_bridge.ledger.payer_notes import PayerNote
from whmcs_bridge.ledger.records import Checkout, Payment, State
from whmcs_bridge.messages import Language, decline_advice, known_language, text
from whmcs_bridge.money.currencies import amount_text
from whmcs_bridge.signed.links import Link, Purpose
from whmcs_bridge.signed.qr import qr_path
from whmcs_bridge.whmcs.answers import InvoiceNotFound, WhmcsError
from whmcs_bridge.whmcs.models import Invoice, ListedInvoice
from wompi_gateway.models import CURRENCY, Status

DAYS = (3, 7, 30)
# So many clicks are read, and so many invoices shown.
_MOST_CLICKS = 500
MOST_SHOWN = 60
# Who pressed less long ago may be at Wompi yet.
_AT_WOMPI = timedelta(minutes=30)
# A link in a message waits until it is read.
_LINK_LIVES = timedelta(days=30)
_LONGEST_WORD = 300

Outcome = Literal["declined", "error", "left"]


@dataclass(frozen=True, slots=True)
class Trying:
    """One invoice that somebody tried to pay, and has not."""

    invoice_id: int
    client_id: int
    amount_in_cents: int
    last_at: datetime
    clicks: int
    failed: int
    outcome: Outcome
    method: str | None
    advice: str
    """What helps, in the admin's language."""


@dataclass(frozen=True, slots=True)
class TryingView:
    """Everything on the page."""

    days: int
    rows: Sequence[Trying]
    full: bool
    told: Sequence[PayerNote]
    """Numbers of payments that were not found."""


@dataclass(frozen=True, slots=True)
class Sending:
    """A link in every form in which it may reach a payer."""

    invoice_id: int
    client_id: int
    number: str
    amount: str
    """The balance, in the invoice's currency."""
    expires_at: datetime
    url: str
    subject: str
    mail: str
    whatsapp: str
    whatsapp_url: str
    qr: str
    """SVG path data, one unit a module, and ``size`` of them on a side."""
    size: int
    unpaid: int
    """How many invoices the client owes."""
    all_url: str
    """The link to all of them, from which they can be paid together."""


@dataclass(frozen=True, slots=True)
class NotSent:
    """Why there is no link to send."""

    invoice_id: int
    why: Literal["gone", "paid", "status", "silent"]
    word: str = ""


def see_trying(bridge: Bridge, call: Call) -> TryingView:
    """Look. Raises ``DatabaseUnavailable``."""
    told = call.field("days")
    days = int(told) if told in {str(number) for number in DAYS} else DAYS[1]
    now = bridge.store.now()
    clicks = bridge.reports.checkouts_without_money(now - timedelta(days=days), limit=_MOST_CLICKS)
    by_invoice: dict[int, list[Checkout]] = {}
    for click in clicks:
        by_invoice.setdefault(click.invoice_id, []).append(click)
    payments = bridge.store.payments_of(list(by_invoice))
    open_still = [
        invoice_id
        for invoice_id, mine in by_invoice.items()
        if not any(each.is_under_way or each.state is State.POSTED for each in payments.get(invoice_id, []))
        and (payments.get(invoice_id) or now - mine[0].created_at >= _AT_WOMPI)
    ]
    shown = open_still[:MOST_SHOWN]
    last = [payments[invoice_id][0].wompi_id for invoice_id in shown if payments.get(invoice_id)]
    said = bridge.reports.last_events(last) if last else {}
    rows = [_row(by_invoice[each], payments.get(each, []), said, call.language) for each in shown]
    full = len(open_still) > len(shown) or len(clicks) == _MOST_CLICKS
    return TryingView(days, rows, full, told_numbers(bridge, timedelta(days=days)))


def _row(
    clicks: Sequence[Checkout], payments: Sequence[Payment], said: Mapping[str, bytes], language: Language
) -> Trying:
    click, payment = clicks[0], payments[0] if payments else None
    # Whoever pressed again after the last refusal, and then left, has given up.
    left = payment is None or click.created_at > payment.created_at
    outcome: Outcome = "left"
    advice = ""
    if payment is not None and not left:
        outcome = "error" if kind_of(Status.of(payment.status), payment) == "error" else "declined"
        message, code = _reason(said.get(payment.wompi_id, b""))
        advice = text(language, f"advice.{decline_advice(payment.method or '', message, code)}")
    return Trying(
        invoice_id=click.invoice_id,
        client_id=click.client_id,
        amount_in_cents=click.amount_in_cents,
        last_at=click.created_at if payment is None or left else payment.finalized_at or payment.created_at,
        clicks=len(clicks),
        failed=len(payments),
        outcome=outcome,
        method=payment.method if payment and not left else None,
        advice=advice,
    )


def _reason(event: bytes) -> tuple[str | None, str | None]:
    """What Wompi said of a refusal: its words, and the processor's code. Nothing else of the event is looked at."""
    try:
        transaction = json.loads(event)["data"]["transaction"]
        extra = (transaction.get("payment_method") or {}).get("extra") or {}
        message, code = transaction.get("status_message"), extra.get("processor_response_code")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None, None
    return (message if isinstance(message, str) else None), (code if isinstance(code, str) else None)


def see_sending(bridge: Bridge, call: Call) -> Sending | NotSent | None:
    """Sign a link for an invoice as WHMCS has it now; None where none is named. Raises ``DatabaseUnavailable``."""
    told = call.field("invoice")
    if not (told.isascii() and told.isdigit() and 0 < len(told) <= 10 and int(told)):
        return None
    invoice_id = int(told)
    try:
        invoice = bridge.whmcs.invoice(invoice_id)
        # The list tells the currency, which the invoice does not.
        unpaid = list(bridge.whmcs.unpaid_invoices(invoice.client_id)) if invoice.balance > 0 else []
    except InvoiceNotFound:
        return NotSent(invoice_id, "gone")
    except WhmcsError as error:
        return NotSent(invoice_id, "silent", str(error)[:_LONGEST_WORD])
    if invoice.balance <= 0:
        return NotSent(invoice_id, "paid", invoice.status)
    if invoice.status.lower() not in ("unpaid", "overdue"):
        return NotSent(invoice_id, "status", invoice.status)
    return _forms(bridge, invoice, unpaid, known_language(bridge.store.language(invoice_id)) or "es")


def _forms(bridge: Bridge, invoice: Invoice, unpaid: Sequence[ListedInvoice], language: Language) -> Sending:
    """The texts speak the payer's language."""
    expires_at = bridge.clock() + _LINK_LIVES
    one, all_due = (
        Link(Purpose.MAIL, number, invoice.client_id, expires_at).signed(bridge.settings.bridge_secret[0])
        for number in (invoice.id, 0)
    )
    url = f"{bridge.settings.bridge_url}pay/{one}"
    currency = next((row.currency for row in unpaid if row.id == invoice.id), "") or CURRENCY
    words = {
        "number": invoice.printed_number,
        "amount": amount_text(invoice.balance, currency),
        "name": bridge.brand_name() or "",
        "url": url,
    }
    whatsapp = _TEXTS[language]["whatsapp"].format(**words)
    path, size = qr_path(url)
    return Sending(
        invoice_id=invoice.id,
        client_id=invoice.client_id,
        number=invoice.printed_number,
        amount=words["amount"],
        expires_at=expires_at,
        url=url,
        subject=_TEXTS[language]["subject"].format(**words),
        mail=_TEXTS[language]["mail"].format(**words),
        whatsapp=whatsapp,
        whatsapp_url=f"https://wa.me/?text={quote(whatsapp, safe='')}",
        qr=path,
        size=size,
        unpaid=len(unpaid),
        all_url=f"{bridge.settings.bridge_url}invoices/{all_due}",
    )


# What a payer reads: plain Colombian Spanish first.
_TEXTS: dict[Language, dict[str, str]] = {
    "es": {
        "subject": "Su aviso de cobro {number} por {amount}",
        "mail": "Hola.\n\nVimos que intentó pagar el aviso de cobro {number} por {amount} y el pago no se completó."
        "\n\nPuede pagarlo con tarjeta, PSE o Nequi en este enlace, sin iniciar sesión:\n{url}\n\n"
        "Si necesita ayuda, responda este correo.\n\n{name}",
        "whatsapp": "Hola. Puede pagar el aviso de cobro {number} ({amount}) de {name} con tarjeta, PSE o Nequi en este"
        " enlace: {url}",
    },
    "en": {
        "subject": "Your invoice {number} of {amount}",
        "mail": "Hello.\n\nWe saw that you tried to pay invoice {number} of {amount} and the payment was not completed."
        "\n\nYou can pay it by card, PSE or Nequi with this link, without signing in:\n{url}\n\n"
        "If you need help, answer this e-mail.\n\n{name}",
        "whatsapp": "Hello. You can pay invoice {number} ({amount}) of {name} by card, PSE or Nequi with this link:"
        " {url}",
    },
}
