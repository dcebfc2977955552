"""What an alarm says: a subject and a sentence for each cause, what to do about it, and the words of its messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from whmcs_bridge.messages.admin import ADMIN
from whmcs_bridge.messages.language import NO_WORDS, Text

# So many payments are named in one message.
_MOST_NAMED = 10
# WHMCS's template engine reads the text of a mail: what others have said must hold none of its braces.
NO_BRACES = str.maketrans("{}", "()")

# By the stable names of the causes.
SUBJECTS: Final = {
    "not_booked": Text("Wompi: hay pagos sin registrar", "Wompi: payments are not booked"),
    "review": Text("Wompi: un pago espera a una persona", "Wompi: a payment waits for a person"),
    "signatures": Text(
        "Wompi: los eventos de Wompi no pasan la verificación", "Wompi: Wompi's events fail their signature"
    ),
    "worker": Text("Wompi: nadie está registrando los pagos", "Wompi: nobody books payments"),
    "whmcs_refuses": Text("Wompi: WHMCS no deja entrar al puente", "Wompi: WHMCS does not let the bridge in"),
    "wompi_refuses": Text("Wompi: Wompi no acepta la llave", "Wompi: Wompi does not accept the key"),
    "whmcs_untrusted": Text("Wompi: el certificado de WHMCS no es válido", "Wompi: WHMCS's certificate is not valid"),
    "wompi_untrusted": Text("Wompi: el certificado de Wompi no es válido", "Wompi: Wompi's certificate is not valid"),
    "second_payment": Text("Wompi: un aviso se pagó dos veces", "Wompi: an invoice was paid twice"),
    "hidden_rows": Text("Wompi: WHMCS esconde pagos", "Wompi: WHMCS hides payments"),
    "ledger": Text(
        "Wompi: hay registros que el puente no puede usar", "Wompi: there are records that the bridge cannot use"
    ),
}


def over(since: str, until: str, sentence: str) -> Text:
    """An alarm that is over."""
    return Text(
        f"Ya pasó. Del {since} al {until} decía: {sentence}", f"Over. From {since} to {until} it said: {sentence}"
    )


def still(since: str, sentence: str) -> Text:
    """A reminder."""
    return Text(f"Desde el {since}. {sentence}", f"Since {since}. {sentence}")


def late(since: str, sentence: str) -> Text:
    return Text(f"Desde el {since}; no se pudo avisar antes. {sentence}", f"Since {since}; told late. {sentence}")


OVER = Text(" (ya pasó)", " (over)")
STILL = Text(" (sigue igual)", " (still so)")
OPEN_IN_WHMCS = Text("Abrir en WHMCS", "Open in WHMCS")


def sent_by(bridge_url: str) -> Text:
    return Text(f"Lo envía el puente {bridge_url}", f"Sent by the bridge {bridge_url}")


def not_looked_at(minutes: int) -> Text:
    return Text(
        f"Hace {minutes} minutos el puente debía mirar un pago, y no lo ha hecho. No se pierde. Vea qué falla con:"
        " wompi-bridge doctor",
        f"The bridge should have looked at a payment {minutes} minutes ago, and has not. It is not lost. See what is"
        " wrong with: wompi-bridge doctor",
    )


def not_booked(minutes: int) -> Text:
    return Text(
        f"Un pago lleva {minutes} minutos sin quedar registrado en WHMCS. El puente sigue intentando y no lo pierde."
        " Vea qué falla con: wompi-bridge doctor",
        f"A payment has not been booked in WHMCS for {minutes} minutes. The bridge goes on trying and does not lose it."
        " See what is wrong with: wompi-bridge doctor",
    )


def in_review(held: Sequence[Text]) -> Text:
    """Each payment with its amount, invoice, client and reason, so that one can act on the message."""
    count, more = len(held), len(held) - _MOST_NAMED
    es, en = (" ".join(each).translate(NO_BRACES) for each in zip(*held[:_MOST_NAMED], strict=True))
    if more > 0:
        es, en = f"{es} Y {more} más.", f"{en} And {more} more."
    return Text(
        f"{'1 pago espera' if count == 1 else f'{count} pagos esperan'} a una persona. {es} Se resuelve en WHMCS,"
        " Addons → Wompi → Por resolver, o con: wompi-bridge payments --state review",
        f"{'1 payment waits' if count == 1 else f'{count} payments wait'} for a person. {en} It is settled in WHMCS,"
        " Addons → Wompi → Review, or with: wompi-bridge payments --state review",
    )


def held(transaction_id: str, amount: str, invoice_id: int | None, client_id: int | None, reason: str) -> Text:
    """A payment that waits, with why it does; the command that ``reason`` may end with is left out."""
    for words in ADMIN["admin.settle"]:
        reason = reason.partition(words)[0].strip()
    invoice, client = invoice_id or "?", client_id or "?"
    return Text(
        f"{amount}, aviso {invoice}, cliente {client} ({transaction_id}): {reason}",
        f"{amount}, invoice {invoice}, client {client} ({transaction_id}): {reason}",
    )


def signatures_fail(count: int) -> Text:
    return Text(
        f"{count} eventos seguidos no pasaron la verificación de su firma, ninguno bueno entre ellos, y hay pagos"
        " aprobados cuyo evento no llegó. Los pagos se siguen registrando, pero más tarde. Copie otra vez el secreto de"
        " eventos de comercios.wompi.co → Desarrolladores en WOMPI_EVENTS_SECRET, y reinicie el puente.",
        f"{count} events in a row failed their signature, without a good one between, and there are approved"
        " payments of which no event came. Payments are still booked, but later. Copy the events secret from"
        " comercios.wompi.co → Desarrolladores into WOMPI_EVENTS_SECRET again, and restart the bridge.",
    )


WORKER_STOPPED = Text(
    "Nadie está registrando los pagos: el proceso que lo hace se detuvo. Los pagos esperan y no se pierden."
    " Reinícielo (wompi-bridge serve o worker), o revise el cron de: wompi-bridge run-once",
    "Nobody books payments: the process that does it has stopped. Payments wait and are not lost. Restart it"
    " (wompi-bridge serve or worker), or look after cron's: wompi-bridge run-once",
)


def whmcs_refuses(answer: str) -> Text:
    return Text(
        f"WHMCS no deja entrar al puente ({answer}). Los pagos esperan y no se pierden. Revise la IP permitida, la"
        " credencial y el rol de API con: wompi-bridge doctor",
        f"WHMCS does not let the bridge in ({answer}). Payments wait and are not lost. Look after the allowed IP, the"
        " credential and the API role with: wompi-bridge doctor",
    )


def wompi_refuses(answer: str) -> Text:
    return Text(
        f"Wompi no acepta la llave del puente ({answer}). Los pagos esperan y no se pierden. Copie otra vez las llaves"
        " de comercios.wompi.co → Desarrolladores y revíselas con: wompi-bridge doctor",
        f"Wompi does not accept the bridge's key ({answer}). Payments wait and are not lost. Copy the keys from"
        " comercios.wompi.co → Desarrolladores again, and check them with: wompi-bridge doctor",
    )


def whmcs_untrusted(_answer: str) -> Text:
    return _untrusted("WHMCS", "WHMCS_API_URL")


def wompi_untrusted(_answer: str) -> Text:
    return _untrusted("Wompi", "WOMPI_API_URL")


def _untrusted(name: str, setting: str) -> Text:
    return Text(
        f"El certificado de {name} no es válido, así que el puente no le envía nada: puede estar vencido, o alguien se"
        f" hace pasar por {name}. Los pagos esperan y no se pierden. Revise el certificado y {setting}.",
        f"{name}'s certificate is not valid, so the bridge sends it nothing: it may have expired, or somebody pretends"
        f" to be {name}. Payments wait and are not lost. Look after the certificate and {setting}.",
    )


def ledger(unreadable: Sequence[str], impossible_times: Sequence[str]) -> Text:
    es, en = NO_WORDS
    if unreadable:
        count, named = len(unreadable), _named(unreadable)
        es += f"Esta versión del puente no puede leer {count} registros, y los deja quietos: {named}. "
        en += f"This version of the bridge cannot read {count} records, and leaves them: {named}. "
    if impossible_times:
        count, named = len(impossible_times), _named(impossible_times)
        es += f"{count} registros tienen una fecha imposible: {named}. "
        en += f"{count} records carry an impossible time: {named}. "
    return Text(
        f"{es}Los demás pagos siguen. Si hace poco volvió a una versión anterior, instale otra vez la nueva; si el"
        " reloj del servidor estuvo mal, corríjalo. Vea cuáles son con: wompi-bridge doctor",
        f"{en}The other payments go on. If you went back to an older version lately, install the newer one again; if"
        " the server's clock was wrong, mend it. See which they are with: wompi-bridge doctor",
    )


def second_payments(found: Sequence[Text]) -> Text:
    es, en = (" ".join(each) for each in zip(*found[:_MOST_NAMED], strict=True))
    return Text(
        f"{es} Puede dejarlo para el próximo aviso del cliente, o devolverlo: con el botón Refund el mismo día si"
        " fue tarjeta; si no, en comercios.wompi.co o por transferencia, y restando el saldo a favor en WHMCS.",
        f"{en} You can leave it for the client's next invoice, or give it back: by the Refund button on the same day"
        " if it was a card; else at comercios.wompi.co or by transfer, and take the credit off in WHMCS.",
    )


def second_payment(invoice_id: int, transaction_id: str, paid: str, surplus: str, before: Sequence[str]) -> Text:
    """``before`` are the payments that the invoice had already."""
    others = ", ".join(before[:_MOST_NAMED]).translate(NO_BRACES)
    return Text(
        f"El aviso {invoice_id} se pagó dos veces: {transaction_id} ({paid}) llegó después de"
        f" {others or 'otro pago'}, y {surplus} quedaron como saldo a favor del cliente.",
        f"Invoice {invoice_id} was paid twice: {transaction_id} ({paid}) came after"
        f" {others or 'another payment'}, and {surplus} stand as the client's credit.",
    )


def hidden_rows(missing: Sequence[str]) -> Text:
    count, named = len(missing), ", ".join(missing[:_MOST_NAMED])
    return Text(
        f"WHMCS dijo que registró {count} pagos, y no los tiene: {named}. Algo allí reescribe o esconde los pagos."
        " Revise los «hooks» y módulos de WHMCS que tocan pagos; los que no aparecen esperan a una persona.",
        f"WHMCS said that it booked {count} payments, and does not have them: {named}. Something there rewrites or"
        " hides payments. Look at WHMCS's hooks and modules that touch payments; those that are missing wait for a"
        " person.",
    )


def _named(names: Sequence[str]) -> str:
    return ", ".join(names[:_MOST_NAMED]).translate(NO_BRACES) + ("..." if len(names) > _MOST_NAMED else "")
