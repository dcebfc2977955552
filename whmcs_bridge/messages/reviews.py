"""Why a payment waits for a person, or how it ended: the sentences of booking's decisions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from whmcs_bridge.messages.language import Text


class Row(NamedTuple):
    """A row of WHMCS's: its invoice and client, if it has any, and its amount as it is written."""

    invoice_id: int
    client_id: int
    amount: str


def where(rows: Iterable[Row]) -> Text:
    """Say where rows stand."""
    es, en = [], []
    for invoice, client, amount in rows:
        client_es = f" del cliente {client}" if client else ""
        client_en = f" of client {client}" if client else ""
        es.append(f"{f'en el aviso {invoice}' if invoice else 'sin aviso'}{client_es}, por {amount}")
        en.append(f"{f'on invoice {invoice}' if invoice else 'without an invoice'}{client_en}, {amount}")
    return Text("; ".join(es), "; ".join(en))


INVOICE_CANCELLED = Text(
    "El dinero se pagó, pero el aviso de cobro está cancelado (Cancelled) y no recibe pagos. Regístrelo como saldo a"
    " favor del cliente, o devuélvalo en Wompi.",
    "The money was paid, but the invoice is Cancelled and takes no payment. Book it as the client's credit, or"
    " return it at Wompi.",
)

INVOICE_GONE = Text(
    "El dinero se pagó, pero WHMCS ya no tiene ese aviso de cobro. Regístrelo como saldo a favor del cliente, o"
    " devuélvalo en Wompi.",
    "The money was paid, but WHMCS has no such invoice any more. Book it as the client's credit, or return it at"
    " Wompi.",
)


def other_currency(word: str) -> Text:
    return Text(
        f"Wompi dice que se pagó en {word[:3]!r} y no en COP. Pregunte a Wompi qué se recibió.",
        f"Wompi says that it was paid in {word[:3]!r}, not in COP. Ask Wompi what was received.",
    )


def other_amount(paid: str, asked: str) -> Text:
    return Text(
        f"Wompi dice que se pagaron {paid}, pero se habían pedido {asked}. Puede registrar lo que se pagó.",
        f"Wompi says that {paid} was paid, but {asked} was asked for. What was paid can be booked.",
    )


def other_sum(paid: str, asked: str) -> Text:
    """Of several invoices: what each of them gets of another sum is not known."""
    return Text(
        f"Wompi dice que se pagaron {paid}, pero se habían pedido {asked} por varios avisos. Reparta a mano en WHMCS lo"
        " pagado.",
        f"Wompi says that {paid} was paid, but {asked} was asked for several invoices. Divide what was paid by hand in"
        " WHMCS.",
    )


def parts_unclear(paid: str, booked: str) -> Text:
    """The parts of a payment of several invoices are not remembered, and WHMCS has more than was paid."""
    return Text(
        f"El pago fue de {paid} por varios avisos, y WHMCS tiene {booked} en filas que no cuadran: corríjalas.",
        f"It paid {paid} for several invoices, and WHMCS has {booked} in rows that do not add up. Mend them there.",
    )


def parts_missing(paid: str, booked: str, rest: str) -> Text:
    """The parts are not remembered, and WHMCS does not have all of them."""
    return Text(
        f"El pago fue de {paid} por varios avisos, y ya no se sabe cuánto era para cada uno. WHMCS tiene {booked};"
        f" faltan {rest}. Diga con --invoice a qué aviso van.",
        f"It paid {paid} for several invoices, and what each was to get is not known any more. WHMCS has {booked};"
        f" {rest} are missing. Say with --invoice to which invoice they go.",
    )


SETTLED_AS_ONE = Text(
    "El pago fue por varios avisos, y ya se había resuelto como un solo pago, que WHMCS no tiene. Repártalo a mano en"
    " WHMCS.",
    "It paid several invoices, and was settled as one payment before, which WHMCS does not have. Divide it by hand in"
    " WHMCS.",
)

NEVER_AS_ONE = Text(
    "El pago fue por varios avisos, y ya no se sabe cuánto era para cada uno: el puente busca sus partes en WHMCS, y lo"
    " que falta lo registra solo si una persona lo ordena.",
    "It paid several invoices, and what each was to get is not known any more: the bridge looks for its parts in WHMCS,"
    " and books what is missing only if a person orders it.",
)

OTHER_MERCHANT = Text(
    "Se pagó a otro comercio en Wompi, con una referencia nuestra: aquí no se recibió nada.",
    "It was paid to another merchant at Wompi, with a reference of ours: nothing was received here.",
)


def not_a_test_client(client: int) -> Text:
    """Somebody paid with a test card what was not meant to be a test."""
    return Text(
        f"Se pagó con las llaves de prueba de Wompi, sin dinero real, y el cliente {client} no está en"
        " BRIDGE_TEST_CLIENTS: no se registró nada. Déjelo así; el aviso de cobro sigue por pagar.",
        f"It was paid with Wompi's test keys, without real money, and client {client} is not in BRIDGE_TEST_CLIENTS:"
        " nothing was booked. Leave it; the invoice is still to be paid.",
    )


def elsewhere(at: Text) -> Text:
    """WHMCS has this transaction, but not as this payment."""
    return Text(
        f"WHMCS tiene esta transacción {at.es}. No se registró nada más. Si esa fila es de este pago, corríjala allí"
        " (aviso, cliente y valor); si no lo es, bórrela o cambie su número.",
        f"WHMCS has this transaction {at.en}. Nothing more was booked. If that row is this payment, mend it there"
        " (invoice, client and amount); if it is not, delete it or change its number.",
    )


def other_owner(owner: int) -> Text:
    """The invoice belongs to another client now."""
    return Text(
        f"El aviso de cobro ya no es del cliente que pagó: ahora es del cliente {owner}. No se registró nada. Si el"
        f" pago va a ese aviso, regístrelo con --book --owner {owner}; si no, como saldo a favor de quien pagó, con"
        " --credit.",
        f"The invoice does not belong to the client who paid any more: it is client {owner}'s now. Nothing was booked."
        f" If the payment goes to that invoice, book it with --book --owner {owner}; else as the credit of who paid,"
        " with --credit.",
    )


def other_than_quoted(paid: str, expected: str, quoted: str) -> Text:
    """Other pesos were paid than those for which an amount in another currency was quoted."""
    return Text(
        f"Se pagaron {paid}, y por {quoted} se habían cotizado {expected}. No se registró nada: el puente no convierte"
        " otro valor. Regístrelo a mano en WHMCS por lo que corresponda, o devuélvalo.",
        f"{paid} were paid, and {expected} had been quoted for {quoted}. Nothing was booked: the bridge converts no"
        " other amount. Book by hand in WHMCS what it is worth, or give it back.",
    )


QUOTE_LOST = Text(
    "Los pesos que se pagaron eran el precio de un valor en otra moneda, que el puente ya no recuerda. No se registró"
    " nada. Mire en WHMCS qué está registrado con este número, y registre a mano lo que falte.",
    "The pesos that were paid were the price of an amount in another currency, which the bridge does not remember any"
    " more. Nothing was booked. Look in WHMCS what is booked under this id, and book by hand what is missing.",
)


READ_IN_UNKNOWN_CURRENCY = Text(
    "WHMCS ya no tiene al cliente que pagó, y no se sabe en qué moneda leería el valor. No se registró nada.",
    "WHMCS does not have the client who paid any more, and in which currency it would read the amount is not"
    " known. Nothing was booked.",
)


def read_in_other_currency(currency: str) -> Text:
    """WHMCS would read the amount in another currency than it was quoted in."""
    return Text(
        f"Se pagó en pesos, pero la moneda del cliente en WHMCS es ahora {currency[:3]!r}: WHMCS leería los pesos como"
        f" {currency[:3]!r}. No se registró nada. Regístrelo a mano por su valor en esa moneda, o corrija la moneda del"
        " cliente y regístrelo.",
        f"It was paid in pesos, but the client's currency in WHMCS is {currency[:3]!r} now: WHMCS would read the pesos"
        f" as {currency[:3]!r}. Nothing was booked. Book it by hand at its value in that currency, or mend the client's"
        " currency and book it.",
    )


CREDIT_NOT_SEEN = Text(
    "Se ordenó registrarlo como saldo a favor, WHMCS no dio una respuesta clara, y no lo tiene. Ordénelo de nuevo.",
    "It was ordered to be booked as credit, WHMCS gave no clear answer, and does not have it. Order it again.",
)

CHANGED_SINCE_THE_FIRST_TRY = Text(
    "WHMCS no confirmó el registro, y el aviso o los pagos del cliente cambiaron desde entonces: puede ser este"
    " pago, con otro número. Mírelo en WHMCS antes de registrarlo.",
    "WHMCS did not confirm the booking, and the invoice or the client's payments have changed since: it may be this"
    " payment, under another number. Look at WHMCS before you book it.",
)

SAID_AND_NOT_DONE = Text(
    "WHMCS dijo dos veces que lo registró, y no lo tiene. Revise los «hooks» y módulos de WHMCS que tocan pagos;"
    " después regístrelo.",
    "WHMCS said twice that it was booked, and does not have it. Look at WHMCS's hooks and modules that touch"
    " payments; then book it.",
)

ROWS_ARE_HIDDEN = Text(
    "WHMCS dijo que lo registró, y no lo tiene; con otro pago pasó lo mismo. Algo en WHMCS reescribe o esconde los"
    " pagos: revise sus «hooks» y módulos, y busque este pago antes de registrarlo.",
    "WHMCS said that it was booked, and does not have it; the same happened to another payment. Something in WHMCS"
    " rewrites or hides payments: look at its hooks and modules, and look for this payment before you book it.",
)


def undecided_for_too_long(word: str, days: int) -> Text:
    return Text(
        f"Wompi dice {word} desde hace {days} días y no se ha registrado nada. Pregunte a Wompi qué pasó.",
        f"Wompi has said {word} for {days} days and nothing was booked. Ask Wompi what became of it.",
    )


def booked_and_without_money(word: str) -> Text:
    return Text(
        f"WHMCS tiene este pago, pero Wompi ahora dice {word}. Pregunte a Wompi; si el dinero nunca llegó, devuelva"
        " el pago en WHMCS.",
        f"WHMCS has this payment, but Wompi now says {word}. Ask Wompi; if the money never came, take the payment"
        " back in WHMCS.",
    )


VANISHED = Text(
    "WHMCS tenía este pago y ya no lo tiene: alguien lo borró, o se restauró una copia.",
    "WHMCS had this payment and does not have it any more: somebody deleted it, or a backup was restored.",
)

VOIDED_BY_THE_BUTTON_AND_STILL_PAID = Text(
    "Anulado (VOIDED) en Wompi, como se pidió con el botón Refund, pero WHMCS no registró la devolución. Oprima"
    " Refund otra vez (a Wompi no se le pide nada más), o regístrela con la orden.",
    "VOIDED at Wompi, as was asked by the Refund button, but WHMCS recorded no refund. Press Refund again (Wompi"
    " is not asked again), or record it by the command.",
)

VOIDED_AND_STILL_PAID = Text(
    "Anulado (VOIDED) en Wompi, pero sigue pagado en WHMCS. Registre la devolución: la orden apunta la salida del"
    " dinero; para que el aviso quede además Refunded, use en WHMCS Refund, «Manual Refund Processed Externally».",
    "VOIDED at Wompi, still paid in WHMCS. Record the refund: the command books the money out; to have the"
    " invoice Refunded as well, use WHMCS's Refund, “Manual Refund Processed Externally”.",
)


def ended(word: str) -> Text:
    """It ended at Wompi without money for us."""
    return Text(f"{word} en Wompi", f"{word} at Wompi")


VOID_TO_BE_RECORDED = Text("VOIDED en Wompi, como se pidió desde WHMCS", "VOIDED at Wompi, as WHMCS asked")


def credited(client_id: int) -> Text:
    """It was booked as a client's credit, as ordered."""
    return Text(f"saldo a favor del cliente {client_id}", f"credit of client {client_id}")


def moved(at: Text) -> Text:
    """Its row stands on another invoice now: a merge, or a person, has moved it."""
    return Text(f"WHMCS lo tiene ahora {at.es}", f"WHMCS has it {at.en} now")


def doubled(times: int, at: Text) -> Text:
    return Text(
        f"WHMCS tiene este pago {times} veces: {at.es}. Deje uno solo: borre los demás en WHMCS.",
        f"WHMCS has this payment {times} times: {at.en}. Leave one: delete the others in WHMCS.",
    )


TAKEN_BACK = Text("VOIDED en Wompi, y devuelto en WHMCS", "VOIDED at Wompi, and taken back in WHMCS")

NOT_OURS = Text(
    "no es nuestro: este puente no emitió la referencia",
    "not ours: the reference was not issued by this bridge",
)
