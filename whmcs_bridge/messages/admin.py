"""For admins: the trail of an invoice, what waits for a person, and the steps of a payment."""

from __future__ import annotations

from typing import Final

from whmcs_bridge.messages.language import Text

ADMIN: Final[dict[str, Text]] = {
    # For admins: the trail of an invoice, what waits for a person, and the steps of a payment.
    "admin.no_credit_note": Text(
        "En WHMCS 9 lo que se apunta así no tiene nota crédito, y la devolución hecha en WHMCS sí. Para tenerla, en"
        " vez de esto: en el aviso, Refund → «Manual Refund Processed Externally».",
        "In WHMCS 9 what is recorded like this has no credit note, and a refund made in WHMCS has. To get one, instead"
        " of this: on the invoice, Refund → “Manual Refund Processed Externally”.",
    ),
    "admin.settle": Text("Para resolverlo:", "To settle it:"),
    "state.unpaid": Text("Sin pago", "Not paid"),
    "state.due": Text("En espera", "Waiting"),
    "state.split": Text("Repartido entre varios avisos", "Divided among several invoices"),
    "state.posting": Text("Registrándose", "Being booked"),
    "state.posted": Text("Registrado en WHMCS", "Booked in WHMCS"),
    "state.second": Text(
        "Registrado: segundo pago, con saldo a favor", "Booked: a second payment, with credit left over"
    ),
    "state.closed": Text("Sin dinero", "No money"),
    "state.voided": Text("Anulado", "Voided"),
    "state.dismissed": Text("Cerrado", "Closed"),
    "state.review": Text("Espera a una persona", "Waits for a person"),
    "step.checkout.pay": Text(
        "Clic en «Pagar con Wompi» desde la página del aviso: checkout por {amount}, términos aceptados",
        "Click on “Pay with Wompi” from the invoice's page: checkout over {amount}, terms accepted",
    ),
    "step.checkout.mail": Text(
        "Clic en «Pagar con Wompi» con el enlace de un correo: checkout por {amount}, términos aceptados",
        "Click on “Pay with Wompi” by the link of an e-mail: checkout over {amount}, terms accepted",
    ),
    "step.event": Text("Llegó el evento de Wompi: {detail}", "Wompi's event arrived: {detail}"),
    "step.return": Text(
        "El pagador volvió de Wompi; leída allí: {detail}", "The payer came back; read at Wompi: {detail}"
    ),
    "step.finalized": Text("Wompi la terminó: {detail}", "Wompi finished it: {detail}"),
    "step.first": Text("Se supo de ella por primera vez", "It was heard of for the first time"),
    "step.touch": Text("Por mirar{after}", "To be looked at{after}"),
    "step.posting": Text(
        "Leída en Wompi y buscada en WHMCS: empieza el registro",
        "Read back at Wompi and looked for in WHMCS: the booking begins",
    ),
    "step.in_doubt": Text("El registro quedó en duda{after}", "The booking is in doubt{after}"),
    "step.posted": Text("Registrado en WHMCS{after}", "Booked in WHMCS{after}"),
    "step.due": Text("Se mirará de nuevo{after}", "To be looked at again{after}"),
    "step.closed": Text("Leída en Wompi, cerrada{after}", "Read at Wompi, closed{after}"),
    "step.review": Text("Espera a una persona: {detail}", "Waits for a person: {detail}"),
    "step.void": Text("Anulación pedida desde WHMCS{after}", "Void asked for by WHMCS{after}"),
    "step.payout": Text(
        "Wompi la desembolsó: neto {net}; comisión real {fee}, IVA {iva}, retenciones {withheld}",
        "Wompi paid it out: net {net}; real commission {fee}, IVA {iva}, withheld {withheld}",
    ),
    "step.payout.whole": Text(
        "Wompi desembolsó el pago completo, con sus otros avisos: neto {net}; comisión real {fee}, IVA {iva},"
        " retenciones {withheld}",
        "Wompi paid out the whole payment, with its other invoices: net {net}; real commission {fee}, IVA {iva},"
        " withheld {withheld}",
    ),
    "step.payout.unreported": Text(
        "Wompi la desembolsó; lo que cobró está en su reporte, sin importar",
        "Wompi paid it out; its report, which tells what was charged, is not imported",
    ),
    "step.resolve": Text("Resuelto por una persona{after}", "Settled by a person{after}"),
    "step.clock": Text("Su hora no era posible{after}", "Its time was not right{after}"),
}
