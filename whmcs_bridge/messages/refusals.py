"""No payment here: what is the matter, and what to do next."""

from __future__ import annotations

from typing import Final

from whmcs_bridge.messages.language import Text

REFUSALS: Final[dict[str, Text]] = {
    # No payment here: what is the matter, and what to do next.
    "refusal.bad_link.title": Text("Este enlace no es válido", "This link is not valid"),
    "refusal.bad_link": Text(
        "Puede estar incompleto. Ábralo otra vez desde el correo, o entre al área de clientes y abra el aviso de"
        " cobro.",
        "It may be incomplete. Open it again from the e-mail, or go to the client area and open the invoice.",
    ),
    "refusal.expired_link.title": Text("Este enlace venció", "This link has expired"),
    "refusal.expired_link": Text(
        "Los enlaces de pago sirven por un tiempo. Entre al área de clientes y abra el aviso de cobro para obtener uno"
        " nuevo.",
        "Payment links work for a limited time. Go to the client area and open the invoice to get a new one.",
    ),
    "refusal.revoked_link.title": Text("Este enlace ya no sirve", "This link no longer works"),
    "refusal.revoked_link": Text(
        "{brand} lo retiró. Pida un enlace nuevo, o entre al área de clientes y abra el aviso de cobro.",
        "{brand} has taken it back. Ask for a new link, or go to the client area and open the invoice.",
    ),
    "refusal.wrong_client.title": Text(
        "Este enlace no corresponde al aviso de cobro", "This link does not belong to the invoice"
    ),
    "refusal.wrong_client": Text(
        "El aviso de cobro pertenece a otra cuenta. Entre con la cuenta correcta, o escríbanos.",
        "The invoice belongs to another account. Sign in with the right account, or write to us.",
    ),
    "refusal.no_invoice.title": Text("No encontramos este aviso de cobro", "We cannot find this invoice"),
    "refusal.no_invoice": Text(
        "Es posible que se haya eliminado o unido a otro. Revise sus avisos de cobro en el área de clientes.",
        "It may have been deleted or merged into another. Check your invoices in the client area.",
    ),
    "refusal.paid.title": Text("Este aviso de cobro ya está pagado", "This invoice is already paid"),
    "refusal.paid": Text("No tiene que hacer nada más. Gracias.", "There is nothing more to do. Thank you."),
    "refusal.cancelled.title": Text("Este aviso de cobro está cancelado", "This invoice is cancelled"),
    "refusal.cancelled": Text(
        "No hay nada que pagar. Si aún necesita el servicio, escríbanos y le ayudamos.",
        "There is nothing to pay. If you still need the service, write to us and we will help.",
    ),
    "refusal.no_receipt.title": Text("Todavía no hay un comprobante", "There is no receipt yet"),
    "refusal.no_receipt": Text(
        "Este aviso de cobro no tiene un pago registrado por Wompi. Si acaba de pagar, vuelva en unos minutos.",
        "This invoice has no payment that was recorded through Wompi. If you have just paid, come back in a few"
        " minutes.",
    ),
    "refusal.draft.title": Text("Este aviso de cobro es un borrador", "This invoice is a draft"),
    "refusal.draft": Text(
        "Todavía no se ha emitido y no se puede pagar. Le avisaremos cuando esté listo.",
        "It has not been issued yet and cannot be paid. We will tell you when it is ready.",
    ),
    "refusal.refunded.title": Text("Este aviso de cobro fue reembolsado", "This invoice was refunded"),
    "refusal.refunded": Text(
        "No hay nada que pagar. Si tiene dudas sobre el reembolso, escríbanos.",
        "There is nothing to pay. If you have questions about the refund, write to us.",
    ),
    "refusal.collections.title": Text("Este aviso de cobro está en cobranza", "This invoice is in collections"),
    "refusal.collections": Text(
        "No se puede pagar en línea. Comuníquese con {brand} para acordar el pago.",
        "It cannot be paid online. Contact {brand} to arrange the payment.",
    ),
    "refusal.payment_pending.title": Text(
        "Este aviso de cobro tiene un pago en proceso", "This invoice has a payment in progress"
    ),
    "refusal.payment_pending": Text(
        "Espere a que se confirme; no haga otro pago. Si tarda más de un día hábil, escríbanos.",
        "Wait until it is confirmed; do not make another payment. If it takes more than one business day, write to us.",
    ),
    "refusal.not_payable.title": Text("Este aviso de cobro no se puede pagar aquí", "This invoice cannot be paid here"),
    "refusal.not_payable": Text(
        "No tiene saldo por pagar, o su estado no lo permite. Ábralo en el área de clientes para ver el detalle.",
        "It has no balance to pay, or its status does not allow it. Open it in the client area for details.",
    ),
    "refusal.mass_pay.title": Text("Uno de estos avisos ya reúne a otros", "One of these invoices gathers others"),
    "refusal.mass_pay": Text(
        "Un aviso de cobro que reúne a otros se paga solo, entero. Ábralo en el área de clientes para pagarlo, o elija"
        " los demás sin él.",
        "An invoice that gathers others is paid by itself, as a whole. Open it in the client area to pay it, or choose"
        " the others without it.",
    ),
    "refusal.currency.title": Text("Este aviso de cobro está en otra moneda", "This invoice is in another currency"),
    "refusal.currency": Text(
        "Aquí solo se paga en pesos colombianos. Ábralo en el área de clientes para ver otras formas de pago.",
        "Only Colombian pesos are taken here. Open it in the client area to see other ways to pay.",
    ),
    "refusal.no_rate.title": Text(
        "Hoy no se conoce todavía la tasa de cambio", "Today's exchange rate is not known yet"
    ),
    "refusal.no_rate": Text(
        "Este aviso de cobro está en otra moneda, y no se pudo consultar su tasa en pesos. No se hizo ningún cobro."
        " Intente más tarde.",
        "This invoice is in another currency, and its rate in pesos could not be read. Nothing was charged. Try again"
        " later.",
    ),
    "refusal.gateway.title": Text(
        "Este aviso de cobro tiene otro medio de pago", "This invoice has another payment method"
    ),
    "refusal.gateway": Text(
        "Ábralo en el área de clientes y elija Wompi como medio de pago; después podrá pagarlo aquí.",
        "Open it in the client area and choose Wompi as the payment method; then you can pay it here.",
    ),
    "refusal.too_small.title": Text("El valor es muy bajo para pagarlo aquí", "The amount is too low to be paid here"),
    "refusal.too_small": Text(
        "Wompi recibe pagos desde {minimum}. Ábralo en el área de clientes para ver otras formas de pago.",
        "Wompi takes payments from {minimum} up. Open it in the client area to see other ways to pay.",
    ),
    "refusal.only_tests.title": Text(
        "El pago en línea todavía está en pruebas", "Online payment is still being tried out"
    ),
    "refusal.only_tests": Text(
        "Este aviso de cobro no se puede pagar aquí por ahora, y no se hizo ningún cobro. Ábralo en el área de"
        " clientes para ver otras formas de pago.",
        "This invoice cannot be paid here for now, and nothing was charged. Open it in the client area for other ways"
        " to pay.",
    ),
    "refusal.whmcs_down.title": Text(
        "No podemos consultar sus avisos de cobro en este momento", "We cannot look up your invoices at the moment"
    ),
    "refusal.whmcs_down": Text(
        "No se hizo ningún cobro. Intente de nuevo en unos minutos.", "Nothing was charged. Try again in a few minutes."
    ),
    "refusal.full.title": Text("Hay muchas personas aquí en este momento", "Many people are here at the moment"),
    "refusal.full": Text(
        "No se hizo ningún cobro. Espere unos segundos e intente de nuevo.",
        "Nothing was charged. Wait a few seconds and try again.",
    ),
    "refusal.too_many.title": Text(
        "Este enlace se ha consultado demasiadas veces", "This link has been opened too often"
    ),
    "refusal.too_many": Text(
        "No se hizo ningún cobro. Espere un momento e intente de nuevo.",
        "Nothing was charged. Wait a moment and try again.",
    ),
    "refusal.bad_transaction.title": Text(
        "La dirección de este pago no es válida", "The address of this payment is not valid"
    ),
    "refusal.bad_transaction": Text(
        "Puede estar incompleta. Si ya pagó, no pague otra vez: su aviso de cobro mostrará el pago.",
        "It may be incomplete. If you have paid, do not pay again: your invoice will show the payment.",
    ),
    "refusal.no_transaction.title": Text("Volvió sin hacer el pago", "You came back without a payment"),
    "refusal.no_transaction": Text(
        "Su aviso de cobro sigue sin pagar; puede pagarlo cuando quiera. Si alcanzó a pagar, no pague otra vez: el"
        " aviso mostrará el pago.",
        "Your invoice is still unpaid; you can pay it whenever you like. If you did pay, do not pay again: the invoice"
        " will show the payment.",
    ),
    "refusal.paid_otherwise.title": Text("Este aviso de cobro ya tiene un pago", "This invoice has a payment already"),
    "refusal.paid_otherwise": Text(
        "Volvió sin hacer otro pago. El que ya se hizo fue aprobado o está en verificación: no pague de nuevo.",
        "You came back without another payment. The one that was made is approved or being verified: do not pay again.",
    ),
    "refusal.unknown_transaction.title": Text("No encontramos este pago", "We cannot find this payment"),
    "refusal.unknown_transaction": Text(
        "No corresponde a un pago hecho aquí. Si ya pagó, no pague otra vez: revise su aviso de cobro en unos minutos.",
        "It is not a payment made here. If you have paid, do not pay again: check your invoice in a few minutes.",
    ),
    "refusal.not_found.title": Text("Esta página no existe", "This page does not exist"),
    "refusal.not_found": Text(
        "Revise la dirección, o entre al área de clientes y abra su aviso de cobro.",
        "Check the address, or go to the client area and open your invoice.",
    ),
    "refusal.method.title": Text("Esta página no se puede abrir así", "This page cannot be opened like this"),
    "refusal.method": Text(
        "Entre al área de clientes, abra el aviso de cobro y use el botón de pago.",
        "Go to the client area, open the invoice and use the payment button.",
    ),
    "refusal.server_error.title": Text("Tuvimos un problema", "We have a problem"),
    "refusal.server_error": Text(
        "La falla es nuestra y ya quedó registrada. Si estaba pagando, revise su aviso de cobro antes de intentarlo de"
        " nuevo.",
        "The fault is ours and it has been recorded. If you were paying, check your invoice before you try again.",
    ),
}
