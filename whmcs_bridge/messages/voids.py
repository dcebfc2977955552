"""What WHMCS is told of a void: plain words, and what to do by hand."""

from __future__ import annotations

from whmcs_bridge.messages.language import Text

_DO_ES = (
    " Hágalo a mano: devuelva el dinero en comercios.wompi.co o por soporte de Wompi (o por transferencia), y apúntelo"
    " aquí con «Manual Refund Processed Externally»."
)
_DO_EN = (
    " Do it by hand: return the money at comercios.wompi.co or by Wompi's support (or by a transfer), and record it"
    " here with “Manual Refund Processed Externally”."
)
_LOOK_ES = " Mire la transacción en comercios.wompi.co; no vuelva a oprimir Refund hasta saber qué pasó."
_LOOK_EN = " Look at Wompi (comercios.wompi.co); do not press again until you know what happened."

RECORDED = Text(
    "WHMCS ya tiene la devolución de este pago: no se pidió nada a Wompi. Recargue el aviso de cobro.",
    "WHMCS has the refund of this payment already: nothing was asked of Wompi. Reload the invoice.",
)
UNDER_WAY = Text(
    "La anulación está en curso. No oprima otra vez: en un minuto recargue el aviso de cobro.",
    "The void is under way. Do not press again: reload the invoice in a minute.",
)
ACCEPTED = Text(
    "Wompi aceptó la anulación, pero todavía no la muestra (VOIDED). Mírela en comercios.wompi.co; cuando diga VOIDED,"
    " oprima Refund otra vez para que WHMCS la apunte: a Wompi no se le pedirá nada más.",
    "Wompi accepted the void, and does not show it yet (VOIDED). Look at Wompi (comercios.wompi.co); when it says"
    " VOIDED, press Refund again so that WHMCS records it: Wompi will not be asked again.",
)
# Another press of the button was told of success just now.
TOLD_ALREADY = Text(
    "Wompi lo anuló, y hace un momento se le dijo a WHMCS. Recargue el aviso de cobro: la devolución debe estar ahí. Si"
    " pasado un minuto no está, oprima otra vez; a Wompi no se le pedirá nada.",
    "Wompi voided it, and WHMCS was told a moment ago. Reload the invoice: the refund should be there. If it is not"
    " after a minute, press again; Wompi will not be asked.",
)


def _by_hand(es: str, en: str) -> Text:
    return Text(f"No se pidió nada a Wompi: {es}.{_DO_ES}", f"Nothing was asked of Wompi: {en}.{_DO_EN}")


NOT_BOOKED_HERE = _by_hand("este pago no lo registró este puente", "this bridge did not book this payment")
OF_SEVERAL = _by_hand(
    "el pago cubrió varios avisos, y por API solo se anula entero",
    "it paid several invoices, and can be voided by API only as a whole",
)
OTHER_AT_WOMPI = _by_hand("el valor o el comercio en Wompi son otros", "amount or merchant at Wompi differ")
OTHER_DAY = _by_hand(
    "por API solo se anula el mismo día del pago", "a payment can be voided by API only on its own day"
)


def in_part(whole: str) -> Text:
    return _by_hand(
        f"por API solo se anula un pago entero, y este fue de {whole}",
        f"only a whole payment can be voided by API, and this one was of {whole}",
    )


def not_as_booked(rows: int, where: Text) -> Text:
    return _by_hand(
        f"WHMCS no tiene este pago como se registró ({rows} filas: {where.es or '-'})",
        f"WHMCS does not have this payment as it was booked ({rows} rows: {where.en or '-'})",
    )


def not_approved(at_wompi: str, here: str) -> Text:
    return _by_hand(f"Wompi dice {at_wompi}, y el puente, {here}", f"Wompi says {at_wompi}, and the bridge {here}")


def not_by_card(method: str) -> Text:
    return _by_hand(
        f"por API solo se anulan pagos con tarjeta, y este fue por {method}",
        f"only card payments can be voided by API, and this one was by {method}",
    )


def _refused(es: str, en: str) -> Text:
    return Text(f"No se devolvió nada: {es}.{_DO_ES}", f"Nothing was given back: {en}.{_DO_EN}")


# As it is remembered, for a second press.
WAS_PAUSED = Text(
    "este equipo estuvo detenido y a Wompi no se le pidió nada", "this machine was paused; Wompi was not asked"
)
PAUSED = _refused("este equipo estuvo detenido y a Wompi no se le pidió nada", "this machine was paused")


def refused_by_wompi(reason: str) -> Text:
    return _refused(f"Wompi no lo anuló: {reason}", f"Wompi did not void it: {reason}")


def tried_before(detail: str) -> Text:
    return _refused(f"ya se intentó una vez: {detail}", f"it was tried once: {detail}")


def wompi_is_silent(error: object) -> Text:
    return Text(f"Wompi no respondió ({error})", f"Wompi did not answer ({error})")


def whmcs_is_silent(error: object) -> Text:
    return Text(
        f"la API de WHMCS no le respondió al puente ({error})",
        f"WHMCS's API did not answer the bridge ({error})",
    )


def not_asked(why: Text) -> Text:
    return Text(
        f"No se pidió nada a Wompi: {why.es}. Puede intentarlo otra vez.",
        f"Nothing was asked of Wompi: {why.en}. You can try again.",
    )


TOO_SLOW = not_asked(Text("Wompi y WHMCS respondieron muy despacio", "Wompi and WHMCS answered too slowly"))


def not_read_again(silence: Text) -> Text:
    """After the void was asked for."""
    return Text(
        f"Ya se pidió la anulación, y ahora {silence.es}.{_LOOK_ES}", f"It was asked for; now {silence.en}.{_LOOK_EN}"
    )


def in_doubt(reason: str) -> Text:
    return Text(
        f"Se pidió la anulación, y no se sabe qué hizo Wompi ({reason}).{_LOOK_ES} Si allí dice VOIDED, oprima otra"
        " vez: solo se leerá.",
        f"The void was asked for, and what Wompi made of it is not known ({reason}).{_LOOK_EN} If it says VOIDED there,"
        " press again: it will only be read.",
    )


def voided_elsewhere(transaction_id: str) -> Text:
    """Somebody voided it at Wompi's dashboard."""
    command = f'wompi-bridge resolve {transaction_id} --record-void --reason "..."'
    return Text(
        "Ya está anulado (VOIDED) en Wompi: no hay nada más que anular. Falta apuntarlo en WHMCS: en esta misma ventana"
        " elija «Manual Refund Processed Externally» (en WHMCS 9 solo así hay nota crédito), o en el servidor del"
        f" puente: {command}",
        "It is VOIDED at Wompi already: there is nothing left to void. WHMCS must be told: choose “Manual Refund"
        " Processed Externally” in this dialog (in WHMCS 9 only that makes a credit note), or on the bridge's server:"
        f" {command}",
    )


DONE = Text(
    "Anulado en Wompi (VOIDED): el dinero vuelve a la tarjeta.",
    "VOIDED at Wompi: the money goes back to the card.",
)
