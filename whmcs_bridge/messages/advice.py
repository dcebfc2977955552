"""What helps a payer after a payment that was not approved."""

from __future__ import annotations

import re
import unicodedata
from typing import Final, Literal

Advice = Literal["funds", "bank", "busy", "limit", "late", "expired", "three_ds", "pse_first", "nequi", "generic"]

# ``extra.processor_response_code`` of a card. Wompi publishes no table: "51" was seen with "Fondos Insuficientes"; the
# others are the meanings that ISO 8583 gives to its response codes. "12" is not here: it says only that it was refused.
_BY_CODE: Final[dict[str, Advice]] = {
    "51": "funds", "33": "expired", "54": "expired", "61": "limit", "65": "limit",
    **dict.fromkeys(("68", "91", "96"), "busy"),
    **dict.fromkeys(("01", "02", "04", "05", "07", "34", "41", "43", "57", "59", "62", "63"), "bank"),
}  # fmt: skip

# ``status_message`` is free text, mostly Spanish, without a public list: words, in order of how much they tell.
_BY_WORDS: Final[tuple[tuple[re.Pattern[str], Advice], ...]] = (
    (re.compile(r"fondos? insuficiente|(saldo|cupo) (insuficiente|no disponible)|sin (fondos|saldo|cupo)|"
                r"insufficient (funds|credit|balance)|not sufficient funds"), "funds"),
    (re.compile(r"\b3-?d-?s(ecure)?\b|3-?d[ -]secure|autenticacion|authenticat"), "three_ds"),
    (re.compile(r"(tarjeta|card)\b.*\b(vencida|expirada|caduc(ada|o)|expired)|expired card|"
                r"fecha de (vencimiento|expiracion)"),
     "expired"),
    (re.compile(r"saturad|no responde|sin respuesta|no (esta )?disponible|fuera de (servicio|linea)|mantenimiento|"
                r"intermiten|(issuer|bank|service|switch) (is )?(unavailable|inoperative)|error de comunicacion"),
     "busy"),
    (re.compile(r"\btiempo (agotado|de espera|limite)|timed? ?-?out|(expir|caduc)(o|ad[ao])\b|vencio\b|expired|"
                r"abandon|no (fue )?acept"),
     "late"),
    (re.compile(r"\b(tope|limite|monto maximo|cuantia maxima)\b|excede|supera|superior al|mayor al permitid|"
                r"limit exceeded|exceeds"), "limit"),
    (re.compile(r"primera vez|inscri(ba|bir|pcion|to)|no registrad|registrarse"), "pse_first"),
    (re.compile(r"\b(banco|emisor|issuer|bank)\b|no autorizad|do not hon|bloquead|inactiv|restring|blocked|restricted"),
     "bank"),
)  # fmt: skip


# What most often hinders a payment by one method, where nothing more is told.
_BY_METHOD: Final[dict[str, Advice]] = {"PSE": "pse_first", "NEQUI": "nequi"}


def decline_advice(method: str, status_message: str | None, processor_code: str | None) -> Advice:
    """What helps a payer after a DECLINED transaction: ``advice.<key>`` in the catalogues.

    The processor's code speaks before Wompi's free text. Without a reason that says more, the method tells: the usual
    hurdles of PSE are the first registration and the bank's limits for paying online, that of Nequi is a charge that
    nobody accepted in the app.
    """
    by_code = _BY_CODE.get((processor_code or "").strip())
    if by_code is not None:
        return by_code
    decomposed = unicodedata.normalize("NFKD", status_message or "").casefold()
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    for words, advice in _BY_WORDS:
        if words.search(plain) and (advice != "pse_first" or method == "PSE"):
            return advice
    return _BY_METHOD.get(method, "generic")
