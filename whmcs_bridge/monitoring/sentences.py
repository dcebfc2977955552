"""What an alarm says: one sentence for each cause, and what to do about it. The rules are in ``alarms``."""

from __future__ import annotations

from collections.abc import Sequence

from whmcs_bridge.ledger.records import SecondPayment
from whmcs_bridge.ledger.refused_signatures import IN_A_ROW
from whmcs_bridge.ledger.statistics import Held
from whmcs_bridge.messages import CATALOGUES, bilingual
from whmcs_bridge.money.pesos import format_cop

# So many payments are named in one message.
_MOST_NAMED = 10
# WHMCS's template engine reads the text of a mail: what others have said must hold none of its braces.
NO_BRACES = str.maketrans("{}", "()")


def not_looked_at(minutes: int) -> str:
    return bilingual(
        f"Hace {minutes} minutos el puente debía mirar un pago, y no lo ha hecho. No se pierde. Vea qué falla con:"
        " wompi-bridge doctor",
        f"The bridge should have looked at a payment {minutes} minutes ago, and has not. It is not lost. See what is"
        " wrong with: wompi-bridge doctor",
    )


def not_booked(minutes: int) -> str:
    return bilingual(
        f"Un pago lleva {minutes} minutos sin quedar registrado en WHMCS. El puente sigue intentando y no lo pierde."
        " Vea qué falla con: wompi-bridge doctor",
        f"A payment has not been booked in WHMCS for {minutes} minutes. The bridge goes on trying and does not lose it."
        " See what is wrong with: wompi-bridge doctor",
    )


def in_review(held: Sequence[Held]) -> str:
    """Each payment with its amount, invoice, client and reason, so that one can act on the message."""
    count, more = len(held), len(held) - _MOST_NAMED
    named = " ".join(_held(each) for each in held[:_MOST_NAMED]).translate(NO_BRACES)
    named += bilingual(f" Y {more} más.", f" And {more} more.") if more > 0 else ""
    return bilingual(
        f"{'1 pago espera' if count == 1 else f'{count} pagos esperan'} a una persona. {named} Se resuelve en WHMCS,"
        " Addons → Wompi → Por resolver, o con: wompi-bridge payments --state review",
        f"{'1 payment waits' if count == 1 else f'{count} payments wait'} for a person. {named} It is settled in WHMCS,"
        " Addons → Wompi → Review, or with: wompi-bridge payments --state review",
    )


def _held(held: Held) -> str:
    reason = held.reason
    for texts in CATALOGUES.values():
        reason = reason.partition(texts["admin.settle"])[0].strip()
    amount = "?" if held.amount_in_cents is None else format_cop(held.amount_in_cents)
    invoice, client = held.invoice_id or "?", held.client_id or "?"
    return bilingual(
        f"{amount}, aviso {invoice}, cliente {client} ({held.transaction_id}): {reason}",
        f"{amount}, invoice {invoice}, client {client} ({held.transaction_id}): {reason}",
    )


def signatures_fail() -> str:
    return bilingual(
        f"{IN_A_ROW} eventos seguidos no pasaron la verificación de su firma, ninguno bueno entre ellos, y hay pagos"
        " aprobados cuyo evento no llegó. Los pagos se siguen registrando, pero más tarde. Copie otra vez el secreto de"
        " eventos de comercios.wompi.co → Desarrolladores en WOMPI_EVENTS_SECRET, y reinicie el puente.",
        f"{IN_A_ROW} events in a row failed their signature, without a good one between, and there are approved"
        " payments of which no event came. Payments are still booked, but later. Copy the events secret from"
        " comercios.wompi.co → Desarrolladores into WOMPI_EVENTS_SECRET again, and restart the bridge.",
    )


def worker_stopped() -> str:
    return bilingual(
        "Nadie está registrando los pagos: el proceso que lo hace se detuvo. Los pagos esperan y no se pierden."
        " Reinícielo (wompi-bridge serve o worker), o revise el cron de: wompi-bridge run-once",
        "Nobody books payments: the process that does it has stopped. Payments wait and are not lost. Restart it"
        " (wompi-bridge serve or worker), or look after cron's: wompi-bridge run-once",
    )


def whmcs_refuses(answer: str) -> str:
    return bilingual(
        f"WHMCS no deja entrar al puente ({answer}). Los pagos esperan y no se pierden. Revise la IP permitida, la"
        " credencial y el rol de API con: wompi-bridge doctor",
        f"WHMCS does not let the bridge in ({answer}). Payments wait and are not lost. Look after the allowed IP, the"
        " credential and the API role with: wompi-bridge doctor",
    )


def wompi_refuses(answer: str) -> str:
    return bilingual(
        f"Wompi no acepta la llave del puente ({answer}). Los pagos esperan y no se pierden. Copie otra vez las llaves"
        " de comercios.wompi.co → Desarrolladores y revíselas con: wompi-bridge doctor",
        f"Wompi does not accept the bridge's key ({answer}). Payments wait and are not lost. Copy the keys from"
        " comercios.wompi.co → Desarrolladores again, and check them with: wompi-bridge doctor",
    )


def whmcs_untrusted(_answer: str) -> str:
    return _untrusted("WHMCS", "WHMCS_API_URL")


def wompi_untrusted(_answer: str) -> str:
    return _untrusted("Wompi", "WOMPI_API_URL")


def _untrusted(name: str, setting: str) -> str:
    return bilingual(
        f"El certificado de {name} no es válido, así que el puente no le envía nada: puede estar vencido, o alguien se"
        f" hace pasar por {name}. Los pagos esperan y no se pierden. Revise el certificado y {setting}.",
        f"{name}'s certificate is not valid, so the bridge sends it nothing: it may have expired, or somebody pretends"
        f" to be {name}. Payments wait and are not lost. Look after the certificate and {setting}.",
    )


def ledger(unreadable: Sequence[str], impossible_times: Sequence[str]) -> str:
    told = ""
    if unreadable:
        count, named = len(unreadable), _named(unreadable)
        told += bilingual(
            f"Esta versión del puente no puede leer {count} registros, y los deja quietos: {named}. ",
            f"This version of the bridge cannot read {count} records, and leaves them: {named}. ",
        )
    if impossible_times:
        count, named = len(impossible_times), _named(impossible_times)
        told += bilingual(
            f"{count} registros tienen una fecha imposible: {named}. ",
            f"{count} records carry an impossible time: {named}. ",
        )
    return told + bilingual(
        "Los demás pagos siguen. Si hace poco volvió a una versión anterior, instale otra vez la nueva; si el reloj del"
        " servidor estuvo mal, corríjalo. Vea cuáles son con: wompi-bridge doctor",
        "The other payments go on. If you went back to an older version lately, install the newer one again; if the"
        " server's clock was wrong, mend it. See which they are with: wompi-bridge doctor",
    )


def second_payments(found: Sequence[SecondPayment]) -> str:
    named = " ".join(_second(one) for one in found[:_MOST_NAMED])
    return bilingual(
        f"{named} Puede dejarlo para el próximo aviso del cliente, o devolverlo: con el botón Refund el mismo día si"
        " fue tarjeta; si no, en comercios.wompi.co o por transferencia, y restando el saldo a favor en WHMCS.",
        f"{named} You can leave it for the client's next invoice, or give it back: by the Refund button on the same day"
        " if it was a card; else at comercios.wompi.co or by transfer, and take the credit off in WHMCS.",
    )


def _second(one: SecondPayment) -> str:
    paid, surplus = format_cop(one.amount_in_cents), format_cop(one.surplus_in_cents)
    others = ", ".join(one.others[:_MOST_NAMED]).translate(NO_BRACES)
    return bilingual(
        f"El aviso {one.invoice_id} se pagó dos veces: {one.transaction_id} ({paid}) llegó después de"
        f" {others or 'otro pago'}, y {surplus} quedaron como saldo a favor del cliente.",
        f"Invoice {one.invoice_id} was paid twice: {one.transaction_id} ({paid}) came after"
        f" {others or 'another payment'}, and {surplus} stand as the client's credit.",
    )


def hidden_rows(missing: Sequence[str]) -> str:
    count, named = len(missing), ", ".join(missing[:_MOST_NAMED])
    return bilingual(
        f"WHMCS dijo que registró {count} pagos, y no los tiene: {named}. Algo allí reescribe o esconde los pagos."
        " Revise los «hooks» y módulos de WHMCS que tocan pagos; los que no aparecen esperan a una persona.",
        f"WHMCS said that it booked {count} payments, and does not have them: {named}. Something there rewrites or"
        " hides payments. Look at WHMCS's hooks and modules that touch payments; those that are missing wait for a"
        " person.",
    )


def _named(names: Sequence[str]) -> str:
    return ", ".join(names[:_MOST_NAMED]).translate(NO_BRACES) + ("..." if len(names) > _MOST_NAMED else "")
