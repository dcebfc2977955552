"""What the payer's pages say: paying, paying several, finding a payment, receipts and the list of invoices."""

from __future__ import annotations

from typing import Final

from whmcs_bridge.messages.language import Text

PAGES: Final[dict[str, Text]] = {
    "footer": Text("Pagos de {brand}, procesados por Wompi.", "Payments to {brand}, processed by Wompi."),
    "support": Text("¿Necesita ayuda? Escríbanos:", "Do you need help? Write to us:"),
    "support.page": Text("Página de ayuda", "Help page"),
    "language": Text("Español", "English"),
    "invoice": Text("Aviso de cobro n.º {number}", "Invoice no. {number}"),
    "back.invoice": Text("Volver al aviso de cobro", "Back to the invoice"),
    "back.client_area": Text("Volver al área de clientes", "Back to the client area"),
    "status.unpaid": Text("No Pagado", "Unpaid"),
    "status.overdue": Text("Vencido", "Overdue"),
    "due": Text("Vence el {date}", "Due on {date}"),
    "was_due": Text("Venció el {date}", "Was due on {date}"),
    # The page before the payment.
    "pay.title": Text("Pagar el aviso de cobro n.º {number}", "Pay invoice no. {number}"),
    "pay.to_pay": Text("Valor a pagar", "Amount to pay"),
    "pay.lines": Text("Detalle del aviso de cobro", "Invoice details"),
    "pay.line": Text("Concepto", "Item"),
    "pay.amount": Text("Valor", "Amount"),
    "pay.more": Text("Otros conceptos ({count})", "Other items ({count})"),
    "pay.vat": Text("IVA", "VAT"),
    "pay.credit": Text("Saldo a favor aplicado", "Credit applied"),
    "pay.total": Text("Total", "Total"),
    "pay.balance": Text("Saldo pendiente", "Balance due"),
    "pay.rounded": Text(
        "Wompi recibe pesos completos: el saldo se redondea hacia arriba.",
        "Wompi takes whole pesos: the balance is rounded up.",
    ),
    "pay.error_title": Text("Falta un paso", "One step is missing"),
    "pay.error": Text(
        "Para pagar, marque la casilla «Acepto los términos y condiciones».",
        "To pay, tick the box “I accept the terms and conditions”.",
    ),
    "pay.terms": Text("Acepto los términos y condiciones", "I accept the terms and conditions"),
    "pay.read_terms": Text(
        "Leer los términos y condiciones (se abre en otra pestaña)",
        "Read the terms and conditions (opens in a new tab)",
    ),
    "pay.button": Text("Pagar con Wompi {amount}", "Pay with Wompi {amount}"),
    "pay.methods": Text("Medios de pago", "Ways to pay"),
    "pay.secure": Text(
        "El pago continúa en la página segura de Wompi.", "The payment continues on Wompi's secure page."
    ),
    "pay.part": Text("¿Cuánto quiere pagar? (en pesos)", "How much would you like to pay? (in pesos)"),
    "pay.part_range": Text(
        "Puede pagar desde {least} hasta {most}, o todo: {whole}.",
        "You may pay from {least} to {most}, or all of it: {whole}.",
    ),
    "pay.part_lead": Text(
        "Déjelo vacío para pagar todo. Si paga una parte, el aviso de cobro sigue sin pagar: su fecha de vencimiento y"
        " la suspensión del servicio siguen corriendo hasta que pague el resto.",
        "Leave it empty to pay all of it. If you pay a part, the invoice stays unpaid: its due date and the suspension"
        " of the service go on until the rest is paid.",
    ),
    "pay.no_parts": Text(
        "Este aviso de cobro se paga entero: aquí no se puede pagar una parte.",
        "This invoice is paid whole: a part of it cannot be paid here.",
    ),
    "rate.amount": Text("Por {amount}, el saldo en su moneda.", "For {amount}, the balance in its currency."),
    "rate.whmcs": Text(
        "1 {currency} = $ {pesos} COP, la tasa de nuestro sistema de facturación el {day}.",
        "1 {currency} = $ {pesos} COP, our billing system's rate of {day}.",
    ),
    "rate.trm": Text(
        "1 {currency} = $ {pesos} COP, por la TRM oficial del {day}.",
        "1 {currency} = $ {pesos} COP, by the official rate (TRM) of {day}.",
    ),
    "rate.margin": Text("Incluye {margin} sobre la TRM.", "It includes {margin} on top of the TRM."),
    "rate.until": Text(
        "Esta tasa vale hasta el final del {day}, hora de Colombia. Un pago que empiece antes se respeta aunque se"
        " confirme después.",
        "This rate holds until the end of {day}, Colombian time. A payment that begins before is honoured, even if it"
        " is confirmed later.",
    ),
    "pay.under_way_title": Text("Ya hay un pago en curso", "A payment is already under way"),
    "pay.under_way": Text(
        "Este aviso de cobro tiene un pago que aún no se confirma. Espere su resultado antes de pagar otra vez: si"
        " paga de nuevo, se le puede cobrar dos veces.",
        "This invoice has a payment that is not confirmed yet. Wait for its result before you pay again: if you pay"
        " again, you may be charged twice.",
    ),
    "pay.check_again": Text("Consultar de nuevo", "Check again"),
    "pay.anyway_title": Text("¿Necesita pagar de todos modos?", "Do you need to pay anyway?"),
    "pay.anyway_lead": Text(
        "Hágalo solo si está seguro de que el otro pago no se completó. Si ambos se aprueban, el excedente queda como"
        " saldo a favor en su cuenta.",
        "Do so only if you are sure that the other payment was not completed. If both are approved, the surplus"
        " becomes credit on your account.",
    ),
    "pay.anyway": Text("Pagar de todos modos", "Pay anyway"),
    # Several invoices in one payment.
    "several.title": Text("Pagar {count} avisos de cobro", "Pay {count} invoices"),
    "several.lead": Text(
        "Un solo pago; a cada aviso de cobro le llega su valor.", "One payment; each invoice gets its amount."
    ),
    "several.under_way": Text(
        "Uno de estos avisos de cobro tiene un pago que aún no se confirma. Espere su resultado antes de pagar otra"
        " vez: si paga de nuevo, se le puede cobrar dos veces.",
        "One of these invoices has a payment that is not confirmed yet. Wait for its result before you pay again: you"
        " may be charged twice.",
    ),
    "several.back": Text("Volver a mis avisos de cobro", "Back to my invoices"),
    # "Ya pagué": the attempts on an invoice, wherever a payer stands.
    "paid.open": Text("Ya pagué", "I have already paid"),
    "paid.none": Text(
        "Todavía no vemos ningún pago de este aviso de cobro. Si acaba de pagar, consulte de nuevo en unos minutos"
        " antes de pagar otra vez.",
        "We see no payment of this invoice yet. If you have just paid, check again in a few minutes before you pay"
        " again.",
    ),
    "paid.attempts": Text("Intentos de pago de este aviso de cobro", "Attempts to pay this invoice"),
    "paid.older": Text("Ver los anteriores ({count})", "See the older ones ({count})"),
    "paid.others": Text("Otros intentos de pago de este aviso de cobro", "Other attempts to pay this invoice"),
    "paid.see": Text("Ver estado", "See status"),
    "paid.tell": Text("¿Pagó y no ve su pago aquí?", "Have you paid, and do not see your payment here?"),
    "paid.number": Text("Número del pago", "Number of the payment"),
    "paid.number_help": Text(
        "El de la transacción de Wompi, o el CUS que le dio PSE: está en el comprobante de su banco.",
        "That of Wompi's transaction, or the CUS that PSE gave you: it is on your bank's receipt.",
    ),
    "paid.look": Text("Buscar mi pago", "Find my payment"),
    "paid.unclear": Text(
        "Escriba el número tal como está en su comprobante: letras, números y guiones.",
        "Type the number as it stands on your receipt: letters, figures and hyphens.",
    ),
    "paid.ask.title": Text("Busque su pago", "Find your payment"),
    "paid.ask": Text(
        "Con el número de su pago le mostramos cómo va.", "By the number of your payment we show you how it stands."
    ),
    "paid.noted.title": Text("Todavía no encontramos ese pago", "We do not find that payment yet"),
    "paid.noted": Text(
        "Le dejamos el número a {brand}, que lo va a revisar. No pague otra vez mientras tanto: si el pago se"
        " confirma, lo registraremos sin que haga nada más.",
        "We left the number with {brand}, who will look into it. Do not pay again meanwhile: if the payment is"
        " confirmed, we will record it without anything more from you.",
    ),
    "paid.enough": Text(
        "{brand} ya tiene varios números de este pago por revisar. No pague otra vez mientras tanto; si necesita decir"
        " algo más, escríbanos.",
        "{brand} already has several numbers of this payment to look into. Do not pay again meanwhile; if you need to"
        " say more, write to us.",
    ),
    "paid.back": Text("Volver", "Back"),
    # The receipt, with the client's name: by a link from WHMCS only.
    "receipt.title": Text(
        "Comprobante de pago del aviso de cobro n.º {number}", "Payment receipt of invoice no. {number}"
    ),
    "receipt.to": Text("Pagado a {brand} por medio de Wompi.", "Paid to {brand} through Wompi."),
    "receipt.paid": Text("Total pagado", "Total paid"),
    "receipt.payer": Text("Quién paga", "Who pays"),
    "receipt.name": Text("Nombre", "Name"),
    "receipt.contact": Text("Contacto", "Contact"),
    "receipt.tax_id": Text("NIT o cédula", "Tax ID"),
    "receipt.note": Text("Este comprobante no reemplaza la factura.", "This receipt does not replace the invoice."),
    "receipt.keep": Text(
        "Puede imprimirlo o guardarlo como PDF desde su navegador.",
        "You can print it, or save it as a PDF from your browser.",
    ),
    "receipt.see": Text("Ver el comprobante", "See the receipt"),
    "receipt.list": Text("Comprobantes de sus pagos", "Receipts of your payments"),
    "receipt.none": Text("Todavía no tiene pagos registrados aquí.", "You have no payments recorded here yet."),
    # A client's unpaid invoices.
    "invoices.title": Text("Mis avisos de cobro", "My invoices"),
    "invoices.sum": Text("Por pagar aquí", "To be paid here"),
    "invoices.choose": Text("Pagar junto con otros", "Pay together with others"),
    "invoices.several": Text("Pagar los elegidos", "Pay the chosen ones"),
    "invoices.several_lead": Text(
        "Elija los avisos de cobro que quiere pagar en un solo pago, hasta {most}. En el paso siguiente verá la suma.",
        "Choose the invoices that you want to pay in one payment, up to {most}. The next step shows the sum.",
    ),
    "invoices.error.none": Text("Elija por lo menos un aviso de cobro.", "Choose at least one invoice."),
    "invoices.error.too_many": Text(
        "Elija hasta {most} avisos de cobro a la vez.", "Choose up to {most} invoices at a time."
    ),
    "invoices.none_title": Text("No tiene nada por pagar", "You have nothing to pay"),
    "invoices.none": Text(
        "Cuando tenga un aviso de cobro sin pagar, aparecerá aquí.",
        "When you have an unpaid invoice, it will appear here.",
    ),
    "invoices.issued": Text("Emitido el {date}", "Issued on {date}"),
    "invoices.pay": Text("Pagar", "Pay"),
    "invoices.under_way": Text("Pago en curso", "Payment under way"),
    "invoices.under_way_lead": Text(
        "Espere el resultado antes de pagar otra vez.", "Wait for its result before you pay again."
    ),
    "invoices.see": Text("Ver el pago en curso", "See the payment under way"),
    "invoices.last": Text("Último intento:", "Last attempt:"),
    "invoices.view": Text("Ver detalle", "View details"),
    "why.currency": Text(
        "Está en otra moneda y aquí solo se paga en pesos colombianos. Ábralo para ver cómo pagarlo.",
        "It is in another currency, and only Colombian pesos are taken here. Open it to see how to pay it.",
    ),
    "why.no_rate": Text(
        "Está en otra moneda, y hoy no se conoce todavía su tasa de cambio. Intente más tarde.",
        "It is in another currency, and today's exchange rate is not known yet. Try again later.",
    ),
    "why.gateway": Text(
        "Tiene otro medio de pago. Ábralo y elija Wompi para pagarlo aquí.",
        "It has another payment method. Open it and choose Wompi to pay it here.",
    ),
    "why.too_small": Text(
        "Wompi recibe pagos desde {minimum}. Ábralo para ver otras formas de pago.",
        "Wompi takes payments from {minimum} up. Open it to see other ways to pay.",
    ),
}
