"""What a payer reads of a payment: its result, the attempts on an invoice, and what helps after a decline."""

from __future__ import annotations

from typing import Final

from whmcs_bridge.messages.language import Text

RESULTS: Final[dict[str, Text]] = {
    # The page after the payment.
    "result.approved.title": Text("¡Pago realizado con éxito!", "Payment successful!"),
    "result.approved": Text(
        "Su pago ya quedó registrado en el aviso de cobro. Gracias.",
        "Your payment is recorded on the invoice. Thank you.",
    ),
    "result.second.title": Text("Este fue un segundo pago", "This was a second payment"),
    "result.second": Text(
        "El aviso de cobro ya estaba pagado, del todo o en parte. De este pago, {surplus} quedaron como saldo a favor"
        " de su cuenta: puede usarlos en otro aviso de cobro, o pedir que se los devuelvan.",
        "The invoice was paid already, wholly or in part. Of this payment, {surplus} stand as credit on your account:"
        " you can use them for another invoice, or ask for them back.",
    ),
    "result.booking.title": Text("¡Pago realizado con éxito!", "Payment successful!"),
    "result.booking": Text(
        "Gracias. El aviso de cobro mostrará el pago en unos instantes; no tiene que hacer nada más.",
        "Thank you. The invoice will show the payment within minutes; there is nothing more to do.",
    ),
    "result.verifying.title": Text("Estamos verificando su pago", "We are verifying your payment"),
    "result.verifying": Text(
        "Todavía no tenemos la respuesta definitiva. No haga otro pago: apenas se confirme, lo registraremos en su"
        " aviso de cobro, aunque usted cierre esta página.",
        "We do not have the final answer yet. Do not make another payment: once this one is confirmed, we will record"
        " it on your invoice, even if you close this page.",
    ),
    "result.declined.title": Text("El pago no fue aprobado", "The payment was not approved"),
    "result.declined": Text("No recibimos dinero por este intento.", "We received no money from this attempt."),
    "result.unpaid": Text("Su aviso de cobro sigue sin pagar.", "Your invoice is still unpaid."),
    "result.paid_otherwise": Text(
        "Otro pago de este aviso de cobro fue aprobado o está en verificación: no pague de nuevo.",
        "Another payment of this invoice was approved or is in verification: do not pay again.",
    ),
    "result.error.title": Text("El pago no se pudo completar", "The payment could not be completed"),
    "result.error": Text(
        "Hubo una falla en el medio de pago. Antes de intentarlo de nuevo, revise los movimientos de su cuenta; si el"
        " cobro aparece, escríbanos.",
        "The payment method failed. Before you try again, check your account's movements; if you see a charge, write"
        " to us.",
    ),
    "result.voided.title": Text("Este pago fue anulado", "This payment was voided"),
    "result.voided": Text(
        "El dinero vuelve a la tarjeta con la que pagó, en el plazo que maneje su banco. Si usted no pidió la"
        " anulación, escríbanos.",
        "The money goes back to the card that you paid with, as soon as your bank allows. If you did not ask for this,"
        " write to us.",
    ),
    "result.review.title": Text(
        "Recibimos su pago y lo estamos revisando", "We received your payment and are reviewing it"
    ),
    "result.review": Text(
        "Wompi aprobó el pago y una persona de {brand} lo está revisando para registrarlo. No tiene que pagar de"
        " nuevo.",
        "Wompi approved the payment, and a person at {brand} is reviewing it to record it. There is no need to pay"
        " again.",
    ),
    "result.times": Text("Cuánto suele tardar", "How long it usually takes"),
    "result.times.pse": Text(
        "PSE: unos minutos; según el banco, hasta un día hábil.",
        "PSE: a few minutes; depending on the bank, up to one business day.",
    ),
    "result.times.nequi": Text(
        "Nequi: unos minutos, después de que usted acepte el cobro en la aplicación.",
        "Nequi: a few minutes, after you accept the charge in the app.",
    ),
    "result.times.other": Text("Suele tardar unos minutos.", "It usually takes a few minutes."),
    "result.refreshes": Text(
        "Esta página se actualiza sola en {seconds} s.", "This page refreshes itself in {seconds} s."
    ),
    "result.refresh_now": Text("Actualizar ahora", "Refresh now"),
    "result.refresh_stop": Text("No actualizar sola", "Do not refresh by itself"),
    "result.advice": Text("Qué puede hacer", "What you can do"),
    "result.details": Text("Datos del pago", "Payment details"),
    "result.invoice": Text("Aviso de cobro", "Invoice"),
    "result.method": Text("Medio de pago", "Payment method"),
    "result.at": Text("Fecha (hora de Colombia)", "Date (Colombian time)"),
    "result.transaction": Text("Transacción de Wompi", "Wompi transaction"),
    "result.reference": Text("Referencia", "Reference"),
    "result.keep": Text(
        "Puede imprimir o guardar esta página como comprobante. El que lleva concepto, nombre y NIT está en «Mis"
        " avisos de cobro», en el área de clientes.",
        "You can print or save this page as a receipt. The one with item, name and tax ID is in “My unpaid invoices”,"
        " in the client area.",
    ),
    "result.approved.several": Text(
        "Su pago ya quedó registrado en cada aviso de cobro. Gracias.",
        "Your payment is recorded on each invoice. Thank you.",
    ),
    "result.booking.several": Text(
        "Gracias. Los avisos de cobro mostrarán el pago en unos instantes; no tiene que hacer nada más.",
        "Thank you. The invoices will show the payment in a moment; there is nothing more to do.",
    ),
    "result.unpaid.several": Text("Sus avisos de cobro siguen sin pagar.", "Your invoices are still unpaid."),
    "result.parts": Text("Avisos de cobro de este pago", "Invoices of this payment"),
    "result.to_invoices": Text("Ver mis avisos de cobro", "See my invoices"),
    "result.retry": Text("Intentar de nuevo", "Try again"),
    "result.to_invoice": Text("Ver el aviso de cobro", "View the invoice"),
    # A payer's own attempts on an invoice: a label for a list, and the end of the sentence "Pago (...): ...".
    "attempt.payment": Text("Pago", "Payment"),
    "attempt.sentence": Text("Pago ({about}): {outcome}", "Payment ({about}): {outcome}"),
    "attempt.sentence.bare": Text("Pago: {outcome}", "Payment: {outcome}"),
    "attempt.approved.label": Text("Aprobado", "Approved"),
    "attempt.approved": Text("aprobado y registrado en el aviso de cobro.", "approved and recorded on the invoice."),
    "attempt.second.label": Text("Segundo pago", "Second payment"),
    "attempt.second": Text(
        "aprobado y registrado. El aviso ya estaba pagado: {surplus} quedan como saldo a favor.",
        "approved and booked. The invoice was paid already: {surplus} stand as your credit.",
    ),
    "attempt.booking.label": Text("Aprobado", "Approved"),
    "attempt.booking": Text(
        "aprobado; el aviso de cobro lo mostrará en unos instantes.",
        "approved; the invoice will show it within minutes.",
    ),
    "attempt.verifying.label": Text("En verificación", "In verification"),
    "attempt.verifying": Text(
        "en verificación. Espere el resultado antes de pagar otra vez.",
        "in verification. Wait for its result before you pay again.",
    ),
    "attempt.declined.label": Text("No aprobado", "Not approved"),
    "attempt.declined": Text("no fue aprobado; no recibimos dinero.", "not approved; we received no money."),
    "attempt.error.label": Text("No se completó", "Not completed"),
    "attempt.error": Text(
        "no se pudo completar por una falla en el medio de pago.", "could not be completed: the payment method failed."
    ),
    "attempt.voided.label": Text("Anulado", "Voided"),
    "attempt.voided": Text(
        "anulado; el dinero vuelve a la tarjeta con la que se pagó.",
        "voided; the money goes back to the card that it was paid with.",
    ),
    "attempt.review.label": Text("En revisión", "In review"),
    "attempt.review": Text(
        "aprobado en Wompi; una persona lo está revisando. No tiene que pagar de nuevo.",
        "approved at Wompi; a person is reviewing it. There is no need to pay again.",
    ),
    "method.CARD": Text("Tarjeta débito o crédito", "Debit or credit card"),
    "method.PSE": Text("PSE", "PSE"),
    "method.NEQUI": Text("Nequi", "Nequi"),
    "method.BANCOLOMBIA_TRANSFER": Text("Botón Bancolombia", "Bancolombia button"),
    "method.other": Text("Otro medio de pago", "Another payment method"),
    "method.short.CARD": Text("Tarjeta", "Card"),
    "method.short.PSE": Text("PSE", "PSE"),
    "method.short.NEQUI": Text("Nequi", "Nequi"),
    "method.short.BANCOLOMBIA_TRANSFER": Text("Bancolombia", "Bancolombia"),
    "advice.funds": Text(
        "El medio de pago no tenía saldo o cupo suficiente. Intente con otro, o cuando tenga fondos.",
        "The payment method did not have enough funds or credit. Try another one, or when it has funds.",
    ),
    "advice.bank": Text(
        "Su banco no autorizó el pago. Comuníquese con el banco para habilitarlo, o use otro medio de pago.",
        "Your bank did not authorise the payment. Ask the bank to allow it, or use another payment method.",
    ),
    "advice.limit": Text(
        "El valor supera el tope que tiene en su banco. Auméntelo desde la aplicación del banco, o use otro medio de"
        " pago.",
        "The amount is above your limit at the bank. Raise it in the bank's app, or use another payment method.",
    ),
    "advice.expired": Text(
        "La tarjeta está vencida o la fecha no coincide. Revise la fecha de vencimiento o use otra tarjeta.",
        "The card has expired or the date does not match. Check the expiry date or use another card.",
    ),
    "advice.three_ds": Text(
        "No se completó la verificación de seguridad de la tarjeta. Tenga a mano el celular registrado en su banco e"
        " intente de nuevo.",
        "The card's security check was not completed. Have the phone registered with your bank at hand and try again.",
    ),
    "advice.pse_first": Text(
        "Revise que su banco le permita pagar por internet y que el tope alcance. Si es su primer pago con PSE,"
        " complete antes el registro que PSE le pide.",
        "Check that your bank lets you pay online and that your limit is high enough. If this is your first payment"
        " with PSE, first complete the registration that PSE asks for.",
    ),
    "advice.busy": Text(
        "El banco no respondió: puede estar saturado o en mantenimiento. Espere unos minutos e intente de nuevo, o use"
        " otro medio de pago.",
        "The bank did not answer: it may be overloaded or under maintenance. Wait a few minutes and try again, or use"
        " another payment method.",
    ),
    "advice.late": Text(
        "El pago caducó antes de completarse: no se cobró nada. Intente de nuevo y termine pronto el paso en su banco"
        " o en la aplicación.",
        "The payment expired before it was complete: nothing was charged. Try again and finish the step at your bank"
        " or in the app without delay.",
    ),
    "advice.nequi": Text(
        "Abra la aplicación de Nequi, revise que tenga saldo y acepte el cobro apenas llegue la notificación."
        " Verifique también que el celular sea el de su cuenta Nequi.",
        "Open the Nequi app, check that it holds enough money, and accept the charge as soon as the notification"
        " arrives. Check as well that the phone number is the one of your Nequi account.",
    ),
    "advice.generic": Text(
        "Revise los datos e intente de nuevo, o use otro medio de pago. Si se repite, consulte a su banco.",
        "Check the details and try again, or use another payment method. If it happens again, ask your bank.",
    ),
}
