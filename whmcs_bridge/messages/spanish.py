"""What a payer reads in Spanish: formal "usted"; WHMCS's invoice is an "aviso de cobro", as in its own menu."""

from __future__ import annotations

from typing import Final

TEXTS: Final[dict[str, str]] = {
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
    # "Ya pagué": the attempts on an invoice, wherever a payer stands.
    "paid.open": "Ya pagué",
    "paid.none": "Todavía no vemos ningún pago de este aviso de cobro. Si acaba de pagar, consulte de nuevo en unos "
    "minutos antes de pagar otra vez.",
    "paid.attempts": "Intentos de pago de este aviso de cobro",
    "paid.others": "Otros intentos de pago de este aviso de cobro",
    "paid.see": "Ver estado",
    # A client's unpaid invoices.
    "invoices.title": "Mis avisos de cobro",
    "invoices.sum": "Suma de los totales",
    "invoices.none_title": "No tiene nada por pagar",
    "invoices.none": "Cuando tenga un aviso de cobro sin pagar, aparecerá aquí.",
    "invoices.issued": "Emitido el {date}",
    "invoices.pay": "Pagar",
    "invoices.total": "Total",
    "invoices.under_way": "Pago en curso",
    "invoices.under_way_lead": "Espere el resultado antes de pagar otra vez.",
    "invoices.see": "Ver el pago en curso",
    "invoices.last": "Último intento:",
    "invoices.view": "Ver detalle",
    "why.currency": "Está en otra moneda y aquí solo se paga en pesos colombianos. Ábralo para ver cómo pagarlo.",
    "why.gateway": "Tiene otro medio de pago. Ábralo y elija Wompi para pagarlo aquí.",
    "why.too_small": "Wompi recibe pagos desde {minimum}. Ábralo para ver otras formas de pago.",
    # The page after the payment.
    "result.approved.title": "¡Pago realizado con éxito!",
    "result.approved": "Su pago ya quedó registrado en el aviso de cobro. Gracias.",
    "result.second.title": "Este fue un segundo pago",
    "result.second": "El aviso de cobro ya estaba pagado, del todo o en parte. De este pago, {surplus} quedaron como "
    "saldo a favor de su cuenta: puede usarlos en otro aviso de cobro, o pedir que se los devuelvan.",
    "result.booking.title": "¡Pago realizado con éxito!",
    "result.booking": "Gracias. El aviso de cobro mostrará el pago en unos instantes; no tiene que hacer nada más.",
    "result.verifying.title": "Estamos verificando su pago",
    "result.verifying": "Todavía no tenemos la respuesta definitiva. No haga otro pago: apenas se confirme, "
    "lo registraremos en su aviso de cobro, aunque usted cierre esta página.",
    "result.declined.title": "El pago no fue aprobado",
    "result.declined": "No recibimos dinero por este intento.",
    "result.unpaid": "Su aviso de cobro sigue sin pagar.",
    "result.paid_otherwise": "Otro pago de este aviso de cobro fue aprobado o está en verificación: no pague de nuevo.",
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
    "result.times.other": "Suele tardar unos minutos.",
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
    # A payer's own attempts on an invoice: a label for a list, and the end of the sentence "Pago (...): ...".
    "attempt.payment": "Pago",
    "attempt.approved.label": "Aprobado",
    "attempt.approved": "aprobado y registrado en el aviso de cobro.",
    "attempt.second.label": "Segundo pago",
    "attempt.second": "aprobado y registrado. El aviso ya estaba pagado: {surplus} quedan como saldo a favor.",
    "attempt.booking.label": "Aprobado",
    "attempt.booking": "aprobado; el aviso de cobro lo mostrará en unos instantes.",
    "attempt.verifying.label": "En verificación",
    "attempt.verifying": "en verificación. Espere el resultado antes de pagar otra vez.",
    "attempt.declined.label": "No aprobado",
    "attempt.declined": "no fue aprobado; no recibimos dinero.",
    "attempt.error.label": "No se completó",
    "attempt.error": "no se pudo completar por una falla en el medio de pago.",
    "attempt.voided.label": "Anulado",
    "attempt.voided": "anulado; el dinero vuelve a la tarjeta con la que se pagó.",
    "attempt.review.label": "En revisión",
    "attempt.review": "aprobado en Wompi; una persona lo está revisando. No tiene que pagar de nuevo.",
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
    "advice.busy": "El banco no respondió: puede estar saturado o en mantenimiento. Espere unos minutos e intente de "
    "nuevo, o use otro medio de pago.",
    "advice.late": "Se acabó el tiempo para completar el pago. Intente de nuevo y termine sin demora el paso en su "
    "banco o en la aplicación.",
    "advice.nequi": "Abra la aplicación de Nequi, revise que tenga saldo y acepte el cobro apenas llegue la "
    "notificación. Verifique también que el celular sea el de su cuenta Nequi.",
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
    "refusal.revoked_link.title": "Este enlace ya no sirve",
    "refusal.revoked_link": "{brand} lo retiró. Pida un enlace nuevo, o entre al área de clientes y abra el aviso de "
    "cobro.",
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
    "refusal.only_tests.title": "El pago en línea todavía está en pruebas",
    "refusal.only_tests": "Este aviso de cobro no se puede pagar aquí por ahora, y no se hizo ningún cobro. Ábralo en "
    "el área de clientes para ver otras formas de pago.",
    "refusal.whmcs_down.title": "No podemos consultar sus avisos de cobro en este momento",
    "refusal.whmcs_down": "No se hizo ningún cobro. Intente de nuevo en unos minutos.",
    "refusal.too_many.title": "Este enlace se ha consultado demasiadas veces",
    "refusal.too_many": "No se hizo ningún cobro. Espere un momento e intente de nuevo.",
    "refusal.bad_transaction.title": "La dirección de este pago no es válida",
    "refusal.bad_transaction": "Puede estar incompleta. Si ya pagó, no pague otra vez: su aviso de cobro mostrará el "
    "pago.",
    "refusal.no_transaction.title": "Volvió sin hacer el pago",
    "refusal.no_transaction": "Su aviso de cobro sigue sin pagar; puede pagarlo cuando quiera. Si alcanzó a "
    "pagar, no pague otra vez: el aviso mostrará el pago.",
    "refusal.paid_otherwise.title": "Este aviso de cobro ya tiene un pago",
    "refusal.paid_otherwise": "Volvió sin hacer otro pago. El que ya se hizo fue aprobado o está en verificación: "
    "no pague de nuevo.",
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
