"""What an admin reads on the bridge's own two pages, in Spanish and in English; the steps bring their own words."""

from __future__ import annotations

from typing import Final

from whmcs_bridge.history.trail import Text
from whmcs_bridge.messages import Language

_WORDS: Final[dict[str, Text]] = {
    "trail.title": Text("Rastro del aviso de cobro n.º {number}", "Trail of invoice no. {number}"),
    "trail.lead": Text(
        "Cada intento de pago, del más nuevo al más antiguo. Hora de Colombia.",
        "Each attempt to pay, the newest first. Colombian time.",
    ),
    "trail.none_title": Text("Nadie ha intentado pagarlo", "Nobody has tried to pay it"),
    "trail.none": Text(
        "Cuando alguien presione «Pagar con Wompi» en este aviso de cobro, aparecerá aquí.",
        "When somebody presses “Pay with Wompi” on this invoice, it will appear here.",
    ),
    "trail.command": Text("En la terminal:", "On a terminal:"),
    "trail.more": Text("Se muestran los últimos {count}.", "The last {count} are shown."),
    "transaction": Text("Transacción", "Transaction"),
    "reference": Text("Referencia", "Reference"),
    "method": Text("Medio", "Method"),
    "status": Text("Estado en Wompi", "Status at Wompi"),
    "events": Text("Eventos guardados", "Events kept"),
    "unknown_amount": Text("Valor aún no leído", "Amount not read yet"),
    "settle": Text("Para resolverlo:", "To settle it:"),
    "review.title": Text("Esperan a una persona", "Waiting for a person"),
    "review.lead": Text(
        "El puente no registra estos pagos por su cuenta: no adivina. Ejecute el comando de cada uno en el servidor del"
        " puente y escriba el motivo entre las comillas. Repetirlo no registra nada dos veces.",
        "The bridge does not settle these payments by itself: it does not guess. Run the command of each on the"
        " bridge's server, with your reason between the quotes. To repeat it books nothing twice.",
    ),
    "review.none_title": Text("Nada espera a una persona", "Nothing waits for a person"),
    "review.none": Text(
        "El puente registra los pagos por su cuenta. Si alguno necesita una decisión, aparecerá aquí.",
        "The bridge books payments by itself. If one needs a decision, it will appear here.",
    ),
    "review.since": Text("Desde el {moment}", "Since {moment}"),
    "review.trail": Text("Ver el rastro", "See the trail"),
    "review.invoice": Text("Aviso de cobro n.º {number}", "Invoice no. {number}"),
    "review.no_invoice": Text("Sin aviso de cobro conocido", "No invoice known"),
    "review.more": Text(
        "Hay {count} en total; aquí, los {shown} más nuevos.", "{count} in all; here, the newest {shown}."
    ),
    "times": Text("{count} veces", "{count} times"),
}


def word(language: Language, key: str, **values: object) -> str:
    """The words of ``key``, with their placeholders filled."""
    return _WORDS[key].in_(language).format(**values)
