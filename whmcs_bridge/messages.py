"""What a payer reads, in Spanish (formal "usted") and English, and how the language is chosen.

The catalogues hold plain text with ``str.format`` placeholders, never markup: escaping is the template's work. The
Spanish word for WHMCS's invoice is "aviso de cobro", as in the client area's own menu.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta, timezone
from typing import Final, Literal

Language = Literal["es", "en"]
Advice = Literal["funds", "bank", "limit", "expired", "three_ds", "pse_first", "generic"]

SPANISH: Final[dict[str, str]] = {
    "footer": "Pagos de {brand}, procesados por Wompi.",
    "invoice": "Aviso de cobro n.º {number}",
    "back.invoice": "Volver al aviso de cobro",
    "back.client_area": "Volver al área de clientes",
    "status.unpaid": "No Pagado",
    "status.overdue": "Vencido",
    "due": "Vence el {date}",
    "was_due": "Venció el {date}",
    # The page before the payment.
    "pay.title": "Pagar el aviso de cobro n.º {number}",
    "pay.to_pay": "Valor a pagar",
    "pay.lines": "Detalle del aviso de cobro",
    "pay.line": "Concepto",
    "pay.amount": "Valor",
    "pay.more": "Otros conceptos ({count})",
    "pay.vat": "IVA",
    "pay.credit": "Saldo a favor aplicado",
    "pay.total": "Total",
    "pay.balance": "Saldo pendiente",
    "pay.rounded": "Wompi recibe pesos completos: el saldo se redondea hacia arriba.",
    "pay.error_title": "Falta un paso",
    "pay.error": "Para pagar, marque la casilla «Acepto los términos y condiciones».",
    "pay.terms": "Acepto los términos y condiciones",
    "pay.read_terms": "Leer los términos y condiciones (se abre en otra pestaña)",
    "pay.button": "Pagar con Wompi",
    "pay.methods": "Tarjeta débito o crédito, PSE o Nequi.",
    "pay.secure": "El pago continúa en la página segura de Wompi.",
    "pay.under_way_title": "Ya hay un pago en curso",
    "pay.under_way": "Este aviso de cobro tiene un pago que aún no se confirma. Espere su resultado antes de pagar "
    "otra vez: si paga de nuevo, se le puede cobrar dos veces.",
    "pay.check_again": "Consultar de nuevo",
    "pay.anyway_title": "¿Necesita pagar de todos modos?",
    "pay.anyway_lead": "Hágalo solo si está seguro de que el otro pago no se completó. Si ambos se aprueban, "
    "el excedente queda como saldo a favor en su cuenta.",
    "pay.anyway": "Pagar de todos modos",
    # A client's unpaid invoices.
    "invoices.title": "Mis avisos de cobro",
    "invoices.sum": "Suma de los avisos de cobro",
    "invoices.none_title": "No tiene nada por pagar",
    "invoices.none": "Cuando tenga un aviso de cobro sin pagar, aparecerá aquí.",
    "invoices.issued": "Emitido el {date}",
    "invoices.pay": "Pagar",
    "invoices.view": "Ver detalle",
    "why.currency": "Está en otra moneda y aquí solo se paga en pesos colombianos. Ábralo para ver cómo pagarlo.",
    "why.gateway": "Tiene otro medio de pago. Ábralo y elija Wompi para pagarlo aquí.",
    "why.too_small": "Wompi recibe pagos desde {minimum}. Ábralo para ver otras formas de pago.",
    # The page after the payment.
    "result.approved.title": "¡Pago realizado con éxito!",
    "result.approved": "Su pago ya quedó registrado en el aviso de cobro. Gracias.",
    "result.booking.title": "¡Pago realizado con éxito!",
    "result.booking": "Gracias. El aviso de cobro mostrará el pago en unos instantes; no tiene que hacer nada más.",
    "result.verifying.title": "Estamos verificando su pago",
    "result.verifying": "Todavía no tenemos la respuesta definitiva. No haga otro pago: apenas se confirme, "
    "lo registraremos en su aviso de cobro, aunque usted cierre esta página.",
    "result.declined.title": "El pago no fue aprobado",
    "result.declined": "No recibimos dinero por este intento y su aviso de cobro sigue sin pagar.",
    "result.error.title": "El pago no se pudo completar",
    "result.error": "Hubo una falla en el medio de pago. Antes de intentarlo de nuevo, revise los movimientos de su "
    "cuenta; si el cobro aparece, escríbanos.",
    "result.voided.title": "Este pago fue anulado",
    "result.voided": "El dinero vuelve a la tarjeta con la que pagó, en el plazo que maneje su banco. "
    "Si usted no pidió la anulación, escríbanos.",
    "result.review.title": "Recibimos su pago y lo estamos revisando",
    "result.review": "Wompi aprobó el pago y una persona de {brand} lo está revisando para registrarlo. "
    "No tiene que pagar de nuevo.",
    "result.times": "Cuánto suele tardar",
    "result.times.pse": "PSE: unos minutos; según el banco, hasta un día hábil.",
    "result.times.nequi": "Nequi: unos minutos, después de que usted acepte el cobro en la aplicación.",
    "result.refreshes": "Esta página se actualiza sola en {seconds} s.",
    "result.refresh_now": "Actualizar ahora",
    "result.refresh_stop": "No actualizar sola",
    "result.advice": "Qué puede hacer",
    "result.details": "Datos del pago",
    "result.amount": "Valor",
    "result.invoice": "Aviso de cobro",
    "result.method": "Medio de pago",
    "result.at": "Fecha (hora de Colombia)",
    "result.transaction": "Transacción de Wompi",
    "result.reference": "Referencia",
    "result.keep": "Puede imprimir o guardar esta página como comprobante.",
    "result.retry": "Intentar de nuevo",
    "result.to_invoice": "Ver el aviso de cobro",
    "method.CARD": "Tarjeta débito o crédito",
    "method.PSE": "PSE",
    "method.NEQUI": "Nequi",
    "method.BANCOLOMBIA_TRANSFER": "Botón Bancolombia",
    "method.other": "Otro medio de pago",
    "advice.funds": "El medio de pago no tenía saldo o cupo suficiente. Intente con otro, o cuando tenga fondos.",
    "advice.bank": "Su banco no autorizó el pago. Comuníquese con el banco para habilitarlo, o use otro medio de pago.",
    "advice.limit": "El valor supera el tope que tiene en su banco. Auméntelo desde la aplicación del banco, "
    "o use otro medio de pago.",
    "advice.expired": "La tarjeta está vencida o la fecha no coincide. Revise la fecha de vencimiento o use otra "
    "tarjeta.",
    "advice.three_ds": "No se completó la verificación de seguridad de la tarjeta. Tenga a mano el celular registrado "
    "en su banco e intente de nuevo.",
    "advice.pse_first": "Revise que su banco le permita pagar por internet y que el tope alcance. "
    "Si es su primer pago con PSE, complete antes el registro que PSE le pide.",
    "advice.generic": "Revise los datos e intente de nuevo, o use otro medio de pago. Si se repite, consulte a su "
    "banco.",
    # No payment here: what is the matter, and what to do next.
    "refusal.again": "Intentar de nuevo",
    "refusal.bad_link.title": "Este enlace no es válido",
    "refusal.bad_link": "Puede estar incompleto. Ábralo otra vez desde el correo, o entre al área de clientes y abra "
    "el aviso de cobro.",
    "refusal.expired_link.title": "Este enlace venció",
    "refusal.expired_link": "Los enlaces de pago sirven por un tiempo. Entre al área de clientes y abra el aviso de "
    "cobro para obtener uno nuevo.",
    "refusal.wrong_client.title": "Este enlace no corresponde al aviso de cobro",
    "refusal.wrong_client": "El aviso de cobro pertenece a otra cuenta. Entre con la cuenta correcta, o escríbanos.",
    "refusal.no_invoice.title": "No encontramos este aviso de cobro",
    "refusal.no_invoice": "Es posible que se haya eliminado o unido a otro. Revise sus avisos de cobro en el área de "
    "clientes.",
    "refusal.paid.title": "Este aviso de cobro ya está pagado",
    "refusal.paid": "No tiene que hacer nada más. Gracias.",
    "refusal.cancelled.title": "Este aviso de cobro está cancelado",
    "refusal.cancelled": "No hay nada que pagar. Si aún necesita el servicio, escríbanos y le ayudamos.",
    "refusal.draft.title": "Este aviso de cobro es un borrador",
    "refusal.draft": "Todavía no se ha emitido y no se puede pagar. Le avisaremos cuando esté listo.",
    "refusal.refunded.title": "Este aviso de cobro fue reembolsado",
    "refusal.refunded": "No hay nada que pagar. Si tiene dudas sobre el reembolso, escríbanos.",
    "refusal.collections.title": "Este aviso de cobro está en cobranza",
    "refusal.collections": "No se puede pagar en línea. Comuníquese con {brand} para acordar el pago.",
    "refusal.payment_pending.title": "Este aviso de cobro tiene un pago en proceso",
    "refusal.payment_pending": "Espere a que se confirme; no haga otro pago. Si tarda más de un día hábil, escríbanos.",
    "refusal.not_payable.title": "Este aviso de cobro no se puede pagar aquí",
    "refusal.not_payable": "No tiene saldo por pagar, o su estado no lo permite. Ábralo en el área de clientes para "
    "ver el detalle.",
    "refusal.currency.title": "Este aviso de cobro está en otra moneda",
    "refusal.currency": "Aquí solo se paga en pesos colombianos. Ábralo en el área de clientes para ver otras formas "
    "de pago.",
    "refusal.gateway.title": "Este aviso de cobro tiene otro medio de pago",
    "refusal.gateway": "Ábralo en el área de clientes y elija Wompi como medio de pago; después podrá pagarlo aquí.",
    "refusal.too_small.title": "El valor es muy bajo para pagarlo aquí",
    "refusal.too_small": "Wompi recibe pagos desde {minimum}. Ábralo en el área de clientes para ver otras formas de "
    "pago.",
    "refusal.whmcs_down.title": "No podemos consultar sus avisos de cobro en este momento",
    "refusal.whmcs_down": "No se hizo ningún cobro. Intente de nuevo en unos minutos.",
    "refusal.bad_transaction.title": "La dirección de este pago no es válida",
    "refusal.bad_transaction": "Puede estar incompleta. Si ya pagó, no pague otra vez: su aviso de cobro mostrará el "
    "pago.",
    "refusal.no_transaction.title": "Volvió sin hacer el pago",
    "refusal.no_transaction": "Su aviso de cobro sigue sin pagar. Cuando quiera pagarlo, ábralo en el área de "
    "clientes. Si alcanzó a pagar, no pague otra vez: el aviso mostrará el pago.",
    "refusal.unknown_transaction.title": "No encontramos este pago",
    "refusal.unknown_transaction": "No corresponde a un pago hecho aquí. Si ya pagó, no pague otra vez: "
    "revise su aviso de cobro en unos minutos.",
    "refusal.not_found.title": "Esta página no existe",
    "refusal.not_found": "Revise la dirección, o entre al área de clientes y abra su aviso de cobro.",
    "refusal.method.title": "Esta página no se puede abrir así",
    "refusal.method": "Entre al área de clientes, abra el aviso de cobro y use el botón de pago.",
    "refusal.server_error.title": "Tuvimos un problema",
    "refusal.server_error": "La falla es nuestra y ya quedó registrada. Si estaba pagando, revise su aviso de cobro "
    "antes de intentarlo de nuevo.",
}

ENGLISH: Final[dict[str, str]] = {
    "footer": "Payments to {brand}, processed by Wompi.",
    "invoice": "Invoice no. {number}",
    "back.invoice": "Back to the invoice",
    "back.client_area": "Back to the client area",
    "status.unpaid": "Unpaid",
    "status.overdue": "Overdue",
    "due": "Due on {date}",
    "was_due": "Was due on {date}",
    "pay.title": "Pay invoice no. {number}",
    "pay.to_pay": "Amount to pay",
    "pay.lines": "Invoice details",
    "pay.line": "Item",
    "pay.amount": "Amount",
    "pay.more": "Other items ({count})",
    "pay.vat": "VAT",
    "pay.credit": "Credit applied",
    "pay.total": "Total",
    "pay.balance": "Balance due",
    "pay.rounded": "Wompi takes whole pesos: the balance is rounded up.",
    "pay.error_title": "One step is missing",
    "pay.error": "To pay, tick the box “I accept the terms and conditions”.",
    "pay.terms": "I accept the terms and conditions",
    "pay.read_terms": "Read the terms and conditions (opens in a new tab)",
    "pay.button": "Pay with Wompi",
    "pay.methods": "Debit or credit card, PSE or Nequi.",
    "pay.secure": "The payment continues on Wompi's secure page.",
    "pay.under_way_title": "A payment is already under way",
    "pay.under_way": "This invoice has a payment that is not confirmed yet. Wait for its result before you pay again: "
    "if you pay again, you may be charged twice.",
    "pay.check_again": "Check again",
    "pay.anyway_title": "Do you need to pay anyway?",
    "pay.anyway_lead": "Do so only if you are sure that the other payment was not completed. If both are approved, "
    "the surplus becomes credit on your account.",
    "pay.anyway": "Pay anyway",
    "invoices.title": "My invoices",
    "invoices.sum": "Sum of the invoices",
    "invoices.none_title": "You have nothing to pay",
    "invoices.none": "When you have an unpaid invoice, it will appear here.",
    "invoices.issued": "Issued on {date}",
    "invoices.pay": "Pay",
    "invoices.view": "View details",
    "why.currency": "It is in another currency, and only Colombian pesos are taken here. Open it to see how to pay it.",
    "why.gateway": "It has another payment method. Open it and choose Wompi to pay it here.",
    "why.too_small": "Wompi takes payments from {minimum} up. Open it to see other ways to pay.",
    "result.approved.title": "Payment successful!",
    "result.approved": "Your payment is recorded on the invoice. Thank you.",
    "result.booking.title": "Payment successful!",
    "result.booking": "Thank you. The invoice will show the payment within minutes; there is nothing more to do.",
    "result.verifying.title": "We are verifying your payment",
    "result.verifying": "We do not have the final answer yet. Do not make another payment: once this one is confirmed, "
    "we will record it on your invoice, even if you close this page.",
    "result.declined.title": "The payment was not approved",
    "result.declined": "We received no money from this attempt, and your invoice is still unpaid.",
    "result.error.title": "The payment could not be completed",
    "result.error": "The payment method failed. Before you try again, check your account's movements; "
    "if you see a charge, write to us.",
    "result.voided.title": "This payment was voided",
    "result.voided": "The money goes back to the card that you paid with, as soon as your bank allows. "
    "If you did not ask for this, write to us.",
    "result.review.title": "We received your payment and are reviewing it",
    "result.review": "Wompi approved the payment, and a person at {brand} is reviewing it to record it. "
    "There is no need to pay again.",
    "result.times": "How long it usually takes",
    "result.times.pse": "PSE: a few minutes; depending on the bank, up to one business day.",
    "result.times.nequi": "Nequi: a few minutes, after you accept the charge in the app.",
    "result.refreshes": "This page refreshes itself in {seconds} s.",
    "result.refresh_now": "Refresh now",
    "result.refresh_stop": "Do not refresh by itself",
    "result.advice": "What you can do",
    "result.details": "Payment details",
    "result.amount": "Amount",
    "result.invoice": "Invoice",
    "result.method": "Payment method",
    "result.at": "Date (Colombian time)",
    "result.transaction": "Wompi transaction",
    "result.reference": "Reference",
    "result.keep": "You can print or save this page as a receipt.",
    "result.retry": "Try again",
    "result.to_invoice": "View the invoice",
    "method.CARD": "Debit or credit card",
    "method.PSE": "PSE",
    "method.NEQUI": "Nequi",
    "method.BANCOLOMBIA_TRANSFER": "Bancolombia button",
    "method.other": "Another payment method",
    "advice.funds": "The payment method did not have enough funds or credit. Try another one, or when it has funds.",
    "advice.bank": "Your bank did not authorise the payment. Ask the bank to allow it, or use another payment method.",
    "advice.limit": "The amount is above your limit at the bank. Raise it in the bank's app, or use another payment "
    "method.",
    "advice.expired": "The card has expired or the date does not match. Check the expiry date or use another card.",
    "advice.three_ds": "The card's security check was not completed. Have the phone registered with your bank at hand "
    "and try again.",
    "advice.pse_first": "Check that your bank lets you pay online and that your limit is high enough. "
    "If this is your first payment with PSE, first complete the registration that PSE asks for.",
    "advice.generic": "Check the details and try again, or use another payment method. If it happens again, ask your "
    "bank.",
    "refusal.again": "Try again",
    "refusal.bad_link.title": "This link is not valid",
    "refusal.bad_link": "It may be incomplete. Open it again from the e-mail, or go to the client area and open the "
    "invoice.",
    "refusal.expired_link.title": "This link has expired",
    "refusal.expired_link": "Payment links work for a limited time. Go to the client area and open the invoice to get "
    "a new one.",
    "refusal.wrong_client.title": "This link does not belong to the invoice",
    "refusal.wrong_client": "The invoice belongs to another account. Sign in with the right account, or write to us.",
    "refusal.no_invoice.title": "We cannot find this invoice",
    "refusal.no_invoice": "It may have been deleted or merged into another. Check your invoices in the client area.",
    "refusal.paid.title": "This invoice is already paid",
    "refusal.paid": "There is nothing more to do. Thank you.",
    "refusal.cancelled.title": "This invoice is cancelled",
    "refusal.cancelled": "There is nothing to pay. If you still need the service, write to us and we will help.",
    "refusal.draft.title": "This invoice is a draft",
    "refusal.draft": "It has not been issued yet and cannot be paid. We will tell you when it is ready.",
    "refusal.refunded.title": "This invoice was refunded",
    "refusal.refunded": "There is nothing to pay. If you have questions about the refund, write to us.",
    "refusal.collections.title": "This invoice is in collections",
    "refusal.collections": "It cannot be paid online. Contact {brand} to arrange the payment.",
    "refusal.payment_pending.title": "This invoice has a payment in progress",
    "refusal.payment_pending": "Wait until it is confirmed; do not make another payment. "
    "If it takes more than one business day, write to us.",
    "refusal.not_payable.title": "This invoice cannot be paid here",
    "refusal.not_payable": "It has no balance to pay, or its status does not allow it. Open it in the client area for "
    "details.",
    "refusal.currency.title": "This invoice is in another currency",
    "refusal.currency": "Only Colombian pesos are taken here. Open it in the client area to see other ways to pay.",
    "refusal.gateway.title": "This invoice has another payment method",
    "refusal.gateway": "Open it in the client area and choose Wompi as the payment method; then you can pay it here.",
    "refusal.too_small.title": "The amount is too low to be paid here",
    "refusal.too_small": "Wompi takes payments from {minimum} up. Open it in the client area to see other ways to pay.",
    "refusal.whmcs_down.title": "We cannot look up your invoices at the moment",
    "refusal.whmcs_down": "Nothing was charged. Try again in a few minutes.",
    "refusal.bad_transaction.title": "The address of this payment is not valid",
    "refusal.bad_transaction": "It may be incomplete. If you have paid, do not pay again: your invoice will show the "
    "payment.",
    "refusal.no_transaction.title": "You came back without a payment",
    "refusal.no_transaction": "Your invoice is still unpaid. When you want to pay it, open it in the client area. "
    "If you did pay, do not pay again: the invoice will show the payment.",
    "refusal.unknown_transaction.title": "We cannot find this payment",
    "refusal.unknown_transaction": "It is not a payment made here. If you have paid, do not pay again: "
    "check your invoice in a few minutes.",
    "refusal.not_found.title": "This page does not exist",
    "refusal.not_found": "Check the address, or go to the client area and open your invoice.",
    "refusal.method.title": "This page cannot be opened like this",
    "refusal.method": "Go to the client area, open the invoice and use the payment button.",
    "refusal.server_error.title": "We have a problem",
    "refusal.server_error": "The fault is ours and it has been recorded. If you were paying, check your invoice "
    "before you try again.",
}

CATALOGUES: Final[dict[Language, dict[str, str]]] = {"es": SPANISH, "en": ENGLISH}


def text(language: Language, key: str, **values: object) -> str:
    """The text of ``key``, with its placeholders filled; values beyond those are ignored.

    Raises ``KeyError`` for an unknown key or a missing value: both are faults of the caller.
    """
    return CATALOGUES[language][key].format(**values)


# --- the language of a page -----------------------------------------------------------------------------------------

# By the first word of a language file's name: "spanish", "spanish-latin" and "spanish_co" are all Spanish.
_WHMCS_LANGUAGES: Final[dict[str, Language]] = {"spanish": "es", "es": "es", "english": "en", "en": "en"}

# A browser sends a handful; whoever sends more gets the rest ignored.
_MOST_RANGES = 20
_QUALITY = re.compile(r"q\s*=\s*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", re.ASCII | re.IGNORECASE)


def choose_language(whmcs_language: str | None, accept_language: str | None) -> Language:
    """The client's WHMCS language (the name of a language file, such as ``spanish``; ``""`` is the system's default),
    or else the browser's ``Accept-Language`` (RFC 9110, section 12.5.4), or else Spanish."""
    first_word = re.split(r"[^a-z]", (whmcs_language or "").strip().lower(), maxsplit=1)[0]
    return _WHMCS_LANGUAGES.get(first_word) or _best_range(accept_language or "")


def _best_range(header: str) -> Language:
    best: Language = "es"
    best_quality = 0.0
    for item in header.split(",", _MOST_RANGES)[:_MOST_RANGES]:
        name, _, parameter = (part.strip() for part in item.partition(";"))
        quality = _QUALITY.fullmatch(parameter) if parameter else None
        if parameter and quality is None:
            continue
        weight = float(quality[1]) if quality else 1.0
        primary = name.lower().partition("-")[0]
        language: Language | None = "en" if primary == "en" else "es" if primary in ("es", "*") else None
        if language is not None and weight > best_quality:
            best, best_quality = language, weight
    return best


# --- dates ----------------------------------------------------------------------------------------------------------

# Colombia has kept UTC-5 without daylight saving time since 1993 (IANA time zone database, America/Bogota).
BOGOTA: Final = timezone(timedelta(hours=-5))

_MONTHS: Final[dict[Language, tuple[str, ...]]] = {
    "es": ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
           "noviembre", "diciembre"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December"),
}  # fmt: skip


def format_date(day: date, language: Language) -> str:
    """``21 de noviembre de 2026`` or ``21 November 2026``."""
    month = _MONTHS[language][day.month - 1]
    return f"{day.day} de {month} de {day.year}" if language == "es" else f"{day.day} {month} {day.year}"


def format_date_time(moment: datetime, language: Language) -> str:
    """``21 de noviembre de 2026, 3:04 p. m.`` or ``21 November 2026, 3:04 pm``, in Colombian time; a time without a
    zone is taken to be Colombian already."""
    local = moment if moment.tzinfo is None else moment.astimezone(BOGOTA)
    half = "am" if local.hour < 12 else "pm"
    if language == "es":
        half = f"{half[0]}.\N{NO-BREAK SPACE}m."
    return f"{format_date(local, language)}, {local.hour % 12 or 12}:{local.minute:02d}\N{NO-BREAK SPACE}{half}"


# --- advice after a decline -----------------------------------------------------------------------------------------

# ``extra.processor_response_code`` of a card. Wompi publishes no table: "51" was seen with "Fondos Insuficientes"; the
# others are the meanings that ISO 8583 gives to its response codes. "12" is not here: it says only that it was refused.
_BY_CODE: Final[dict[str, Advice]] = {
    "51": "funds", "33": "expired", "54": "expired", "61": "limit", "65": "limit",
    **dict.fromkeys(("01", "02", "04", "05", "07", "34", "41", "43", "57", "59", "62", "63"), "bank"),
}  # fmt: skip

# ``status_message`` is free text, mostly Spanish, without a public list: words, in order of how much they tell.
_BY_WORDS: Final[tuple[tuple[re.Pattern[str], Advice], ...]] = (
    (re.compile(r"fondos? insuficiente|(saldo|cupo) (insuficiente|no disponible)|sin (fondos|saldo|cupo)|"
                r"insufficient (funds|credit|balance)|not sufficient funds"), "funds"),
    (re.compile(r"\b3-?d-?s(ecure)?\b|3-?d[ -]secure|autenticacion|authenticat"), "three_ds"),
    (re.compile(r"(tarjeta|card)\b.*\b(vencida|expirada|expired)|expired card|fecha de (vencimiento|expiracion)"),
     "expired"),
    (re.compile(r"\b(tope|limite|monto maximo|cuantia maxima)\b|excede|supera|limit exceeded|exceeds"), "limit"),
    (re.compile(r"primera vez|inscri(ba|bir|pcion|to)|no registrad|registrarse"), "pse_first"),
    (re.compile(r"\b(banco|emisor|issuer|bank)\b|no autorizad|do not hon"), "bank"),
)  # fmt: skip


def decline_advice(method: str, status_message: str | None, processor_code: str | None) -> Advice:
    """What helps a payer after a DECLINED transaction: ``advice.<key>`` in the catalogues.

    The processor's code speaks before Wompi's free text. A PSE payment declined without a reason that says more gets
    the advice on PSE, whose usual hurdles are the first registration and the bank's limits for paying online.
    """
    by_code = _BY_CODE.get((processor_code or "").strip())
    if by_code is not None:
        return by_code
    decomposed = unicodedata.normalize("NFKD", status_message or "").casefold()
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    for words, advice in _BY_WORDS:
        if words.search(plain) and (advice != "pse_first" or method == "PSE"):
            return advice
    return "pse_first" if method == "PSE" else "generic"
