"""The sandbox's test data: which card, phone or bank gives which outcome, and what a payment method looks like then.

Source: docs.wompi.co/docs/colombia/datos-de-prueba-en-sandbox.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

FINAL = ("APPROVED", "DECLINED", "VOIDED", "ERROR")
STATUSES = ("PENDING", *FINAL)

BANKS = {"1": "Banco que aprueba", "2": "Banco que declina", "3": "Banco que simula un error"}
METHODS = {
    "CARD": "Tarjeta", "PSE": "PSE", "NEQUI": "Nequi", "BANCOLOMBIA_TRANSFER": "Botón Bancolombia",
    "BANCOLOMBIA_QR": "QR Bancolombia", "BANCOLOMBIA_COLLECT": "Corresponsal Bancolombia", "DAVIPLATA": "Daviplata",
    "PCOL": "Puntos Colombia", "BANCOLOMBIA_BNPL": "Compra y paga después", "SU_PLUS": "SU+ Pay",
}  # fmt: skip
# Those whose end is chosen by name, `sandbox_status`, and not by a number that is typed.
OTHERS = {name: label for name, label in METHODS.items() if name not in ("CARD", "PSE", "NEQUI")}

_CARD_REFUSED = "La transacción fue rechazada (Sandbox)"
_CARD_UNKNOWN = "La tarjeta usada no es admitida para el ambiente Sandbox"
_SERVICE_FAILED = "El servicio del medio de pago falló (Sandbox)"
_PHONE_UNKNOWN = "Número no válido en Sandbox"

_PAGE = "https://sandbox.invalid/wompi"  # where the real one would take the payer; nothing answers there
_OTP = {
    "url": _PAGE, "steps": ["Create", "Otp"],
    "url_services": {"token": "sandbox", "code_otp_send": _PAGE, "code_otp_validate": _PAGE},
}  # fmt: skip
# docs.wompi.co/docs/colombia/metodos-de-pago: what each method says of itself, and what it gets once it was created.
_FIELDS: dict[str, dict[str, Any]] = {
    "BANCOLOMBIA_TRANSFER": {"user_type": "PERSON", "payment_description": "Pago de factura"},
    "BANCOLOMBIA_QR": {"payment_description": "Pago de factura"},
    "DAVIPLATA": {"user_legal_id_type": "CC", "user_legal_id": "1999888777", "payment_description": "Pago de factura"},
    "BANCOLOMBIA_BNPL": {"user_legal_id_type": "CC", "user_legal_id": "1999888777", "phone_code": "+57"},
    "SU_PLUS": {"user_legal_id_type": "CC", "user_legal_id": "1999888777"},
}
_EXTRA: dict[str, dict[str, Any]] = {
    "BANCOLOMBIA_TRANSFER": {"async_payment_url": _PAGE},
    "BANCOLOMBIA_QR": {"qr_id": "sandbox-qr", "qr_image": "PHN2Zy8+"},
    "BANCOLOMBIA_COLLECT": {"business_agreement_code": "00000", "payment_intention_identifier": "00000000000"},
    "DAVIPLATA": _OTP | {"afe_decision": "FRAUD_CHECK", "daviplata_transaction_id": "sandbox-daviplata"},
    "PCOL": {"async_payment_url": _PAGE, "points_redeemed": 0, "remaining_amount_in_cents": 0},
    "BANCOLOMBIA_BNPL": {"url": _PAGE, "steps": ["Create"]},
    "SU_PLUS": {"url": _PAGE, "steps": ["Create"], "su_plus_transaction_id": "sandbox-su-plus"},
}

_MESSAGES = {  # status_message when nobody typed anything: what the sandbox says for that method
    ("CARD", "DECLINED"): _CARD_REFUSED,
    ("CARD", "ERROR"): _CARD_UNKNOWN,
    ("NEQUI", "ERROR"): _PHONE_UNKNOWN,
    ("PSE", "DECLINED"): "Transacción RECHAZADA en Sandbox",
    ("PSE", "ERROR"): "Transacción con ERROR en Sandbox",
}
_RESPONSE_CODES = {"APPROVED": "00", "DECLINED": "12", "VOIDED": "00"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a payment ends, and what the payer is told."""

    status: str
    message: str | None


def status_message(method: str, status: str) -> str | None:
    """Wompi's words for that end; None where it says nothing."""
    return _MESSAGES.get((method, status), _CARD_REFUSED if status == "DECLINED" else None)


def outcome(method: str, typed: str, forced: str = "") -> Outcome:
    """What the sandbox does with a card number, a phone number or a bank code; with a status where nothing is typed.

    `forced` is ours: "pending" leaves the payment open and "fail" breaks the method's service, which the real sandbox
    cannot do.
    """
    if forced == "pending":
        return Outcome("PENDING", None)
    if forced == "fail":
        return Outcome("ERROR", _SERVICE_FAILED)
    if method in OTHERS:
        status = typed if typed in FINAL else "APPROVED"
        return Outcome(status, status_message(method, status))
    digits = "".join(filter(str.isdigit, typed))
    ends = {
        "CARD": {"4242424242424242": "APPROVED", "4111111111111111": "DECLINED"},
        "NEQUI": {"3991111111": "APPROVED", "3992222222": "DECLINED"},
        "PSE": {"1": "APPROVED", "2": "DECLINED"},
    }[method]
    status = ends.get(digits, "ERROR")
    return Outcome(status, status_message(method, status))


def payment_method(method: str, status: str, *, typed: str = "", holder: str = "Ana Ruiz") -> dict[str, Any]:
    """The `payment_method` object of a transaction in that state."""
    digits = "".join(filter(str.isdigit, typed))
    if method == "CARD":
        number = digits or ("4111111111111111" if status == "DECLINED" else "4242424242424242")
        brand = {"4": "VISA", "5": "MASTERCARD", "3": "AMEX"}.get(number[0], "VISA")
        extra: dict[str, Any] = {
            "bin": number[:6], "name": f"{brand}-{number[-4:]}", "brand": brand, "exp_year": "29", "exp_month": "06",
            "last_four": number[-4:], "card_type": "CREDIT", "card_holder": holder, "is_three_ds": False,
            "country_iso2": "CO", "three_ds_auth": None, "three_ds_auth_type": None,
            "unique_code": "sandbox-unique-code", "external_identifier": "sandbox-external-id",
        }  # fmt: skip
        if status in _RESPONSE_CODES:
            extra["processor_response_code"] = _RESPONSE_CODES[status]
        token = "tok_test_12022_sandbox"
        return {"type": "CARD", "token": token, "installments": 1, "is_click_to_pay": False, "extra": extra}
    if method == "NEQUI":
        extra = {
            "is_three_ds": False, "three_ds_auth_type": None, "transaction_id": "350-123-12022-sandboxNequi",
            "external_identifier": "sandboxNequi", "nequi_transaction_id": "350-123-12022-sandboxNequi",
        }  # fmt: skip
        phone = digits or "3991111111"
        return {"type": "NEQUI", "phone_number": phone, "afe_decision": "APPROVE", "extra": extra}
    if method == "PSE":
        return {
            "type": "PSE", "user_type": 0, "user_legal_id_type": "CC", "user_legal_id": "1999888777",
            "financial_institution_code": digits or "1", "payment_description": "Pago de factura",
            "extra": {"is_three_ds": False, "three_ds_auth_type": None, "external_identifier": "sandbox-pse-id"},
        }  # fmt: skip
    extra = {"is_three_ds": False, "three_ds_auth_type": None, "external_identifier": f"sandbox-{method.lower()}"}
    return {"type": method, **_FIELDS.get(method, {}), "extra": extra | _EXTRA.get(method, {})}
