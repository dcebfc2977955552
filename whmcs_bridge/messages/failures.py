"""What a person reads where a look at a payment, a booking or an order failed."""

from __future__ import annotations

from whmcs_bridge.messages.admin import ADMIN
from whmcs_bridge.messages.language import Text

# How far the payment had come.
HAD_IT_BOOKED = Text("WHMCS lo tenía registrado.", "WHMCS had it booked.")
BOOKING_HAD_BEGUN = Text(
    "Su registro ya había empezado y puede estar en WHMCS: mire allí primero.",
    "Its booking had begun, and it may be in WHMCS: look there first.",
)
NOTHING_BOOKED = Text("No se ha registrado nada.", "Nothing was booked.")


def to_settle_it(command: str) -> Text:
    """Name the command that usually settles the payment."""
    return Text(*(f"{words} {command}" for words in ADMIN["admin.settle"]))


def whmcs_stays_odd(what: object, stands: Text) -> Text:
    """WHMCS's answers about this payment could not be used, several times."""
    return Text(
        f"WHMCS responde sobre este pago algo que no se puede usar ({what}). {stands.es} Revise en WHMCS el aviso de"
        " cobro y sus transacciones.",
        f"WHMCS answers about this payment with something that cannot be used ({what}). {stands.en} Look in WHMCS at"
        " the invoice and its transactions.",
    )


def wompi_stays_odd(what: object, stands: Text) -> Text:
    """Wompi's answers about this payment could not be used, several times."""
    return Text(
        f"Wompi responde sobre este pago algo que no se puede usar ({what}). {stands.es} Búsquelo en"
        " comercios.wompi.co; si el dinero llegó, regístrelo en WHMCS con este número de transacción.",
        f"Wompi answers about this payment with something that cannot be used ({what}). {stands.en} Look for"
        " it at comercios.wompi.co; if the money came, book it in WHMCS under this transaction's id.",
    )


def unknown_at_wompi(what: object, stands: Text) -> Text:
    """Wompi has not known the id for a day."""
    return Text(
        f"Wompi no conoce esta transacción ({what}). {stands.es} Búsquela en comercios.wompi.co.",
        f"Wompi does not know this transaction ({what}). {stands.en} Look for it at comercios.wompi.co.",
    )


def bridge_broke(what: object, stands: Text) -> Text:
    """This code failed on the payment, several times."""
    return Text(
        f"El puente falló con este pago ({what}). {stands.es} Informe esta falla; mientras tanto, revíselo en WHMCS.",
        f"The bridge broke on this payment ({what}). {stands.en} Report this; meanwhile look at it in WHMCS.",
    )


def booking_refused(error: object) -> Text:
    """WHMCS refused ``AddInvoicePayment``."""
    return Text(
        f"WHMCS no aceptó el registro: {error}. Corrija eso en WHMCS y regístrelo de nuevo.",
        f"WHMCS refused the booking: {error}. Mend that in WHMCS, and book it again.",
    )


# Why a payment is looked at again, or was left.

LOOKING_AGAIN = Text("este equipo estuvo detenido; se mira de nuevo", "this machine was paused; looking again")
NOT_THERE_YET = Text(
    "WHMCS dijo que lo registró, y todavía no lo tiene", "WHMCS said that it was booked, and does not have it yet"
)
WORKED_ON_ELSEWHERE = Text("otro proceso se ocupa de él", "worked on elsewhere")


def waits_for_another(transaction_id: str) -> Text:
    return Text(
        f"espera a otro pago de este aviso: {transaction_id}",
        f"waits for another payment of this invoice: {transaction_id}",
    )


def failed_while_booking(kind: str) -> Text:
    """``kind``: the name of the error, whose text may be personal."""
    return Text(f"falló mientras se registraba ({kind})", f"failed while booking ({kind})")


# Why an order of a person was not carried out.

PAUSED = Text("este equipo estuvo detenido; ordénelo de nuevo", "this machine was paused; order again")
NOTHING_TO_TAKE_BACK = Text("WHMCS no muestra este pago, y no hay qué devolver", "WHMCS shows no payment to take back")
NO_REST = Text(
    "con esto WHMCS tendría más de lo que se pagó, o sus filas de este pago no son claras; mírelas allí",
    "with this WHMCS would have more than was paid, or its rows of this payment are not clear; look at them there",
)
OTHER_THAN_QUOTED = Text(
    "no se pagaron los pesos que se habían cotizado, o ya no se sabe por qué valor; el puente no convierte otro:"
    " regístrelo a mano en WHMCS",
    "not the pesos that had been quoted were paid, or what they were for is not known any more; the bridge converts no"
    " other amount: book it by hand in WHMCS",
)
SAY_WHERE = Text("diga con --invoice a qué aviso va lo que falta", "say by --invoice to which invoice the rest goes")


def has_its_part(invoice_id: int) -> Text:
    return Text(
        f"WHMCS ya tiene la parte del aviso {invoice_id}: diga otro con --invoice",
        f"WHMCS has the part of invoice {invoice_id} already: name another one by --invoice",
    )


def not_the_owner(owner: int | None, client_id: int) -> Text:
    return Text(
        f"el aviso es del cliente {owner}, no del {client_id}: si el pago va ahí, use --book --owner {owner}",
        f"the invoice is client {owner}'s, not {client_id}'s: if the payment goes there, use --book --owner {owner}",
    )


def not_paid_to_us(status: str) -> Text:
    return Text(
        f"Wompi no dice que se nos haya pagado en pesos: {status}",
        f"Wompi does not say that it was paid to us, in pesos: {status}",
    )


def no_void_of_ours(status: str) -> Text:
    return Text(
        f"no hay una anulación nuestra que apuntar: Wompi dice {status}",
        f"there is no void of ours to record: {status}",
    )


def nobody_to_credit(client_id: int, invoice_id: int) -> Text:
    return Text(
        f"WHMCS ya no tiene al cliente {client_id} ni el aviso {invoice_id}: no hay a quién abonarlo. Devuelva el"
        " dinero en Wompi, o regístrelo a mano.",
        f"WHMCS has neither client {client_id} nor invoice {invoice_id} any more: there is nobody to credit. Return"
        " the money at Wompi, or book it by hand.",
    )


def refused_by_whmcs(error: object) -> Text:
    return Text(f"WHMCS no lo aceptó: {error}", f"WHMCS refused it: {error}")
