"""The sandbox's Web Checkout: what a payer sees.

Sources: docs.wompi.co/docs/colombia/widget-checkout-web (parameters, signature, redirect) and reintento-de-pago (three
minutes to try again with the same reference).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Response, abort, redirect, render_template, request

from whmcs_bridge.sandbox.sandbox import as_response
from whmcs_bridge.sandbox.wompi import test_data
from whmcs_bridge.sandbox.wompi.merchant import Merchant

MINIMUM_IN_CENTS = 150_000  # COP 1.500, not counting taxes
RETRY_SECONDS = 180
_BOGOTA = timezone(timedelta(hours=-5))
_LEGAL_ID_TYPES = {"CC", "CE", "NIT", "PP", "TI", "DNI", "RG", "OTHER"}
_FAILED = ("DECLINED", "ERROR")
_TAXES = {"VAT": "tax-in-cents:vat", "CONSUMPTION": "tax-in-cents:consumption"}

_FORMAT = "está en un formato incorrecto"
USED = "La referencia ya ha sido usada"


@dataclass(slots=True)
class Checkout:
    """One opened page: what the merchant signed, and what this payer has tried so far."""

    id: str
    reference: str
    amount_in_cents: int
    redirect_url: str | None
    expires_at: float | None
    taxes: dict[str, int]
    customer: dict[str, str]
    attempts: list[str] = field(default_factory=list)
    first_failure: float | None = None


def integrity(reference: str, amount: str, currency: str, expiration: str, secret: str) -> str:
    """SHA-256 over the raw values without separators; the expiration only counts when it was sent."""
    return hashlib.sha256(f"{reference}{amount}{currency}{expiration}{secret}".encode()).hexdigest()


def refusal(wompi: Merchant, query: Mapping[str, str]) -> tuple[int, str, str] | None:
    """HTTP status, parameter and Wompi's words for the first fault of a checkout address; None if it is good."""
    key, amount, currency = (query.get(name, "") for name in ("public-key", "amount-in-cents", "currency"))
    reference, expiration = query.get("reference", ""), query.get("expiration-time", "")
    taxes = [query[name] for name in _TAXES.values() if query.get(name)]
    if key != wompi.public_key:
        return 404, "public-key", f"Comercio con llave {key} no encontrado"
    if currency != "COP":
        return 422, "currency", "Debe ser igual a COP"
    if not _is_cents(amount) or int(amount) == 0:
        return 422, "amount-in-cents", _FORMAT
    if not all(map(_is_cents, taxes)) or sum(map(int, taxes)) >= int(amount):
        return 422, "tax-in-cents", _FORMAT
    if int(amount) - sum(map(int, taxes)) < MINIMUM_IN_CENTS:
        return 422, "amount-in-cents", "El monto mínimo de una transacción es $1,500 exceptuando impuestos"
    if not reference:
        return 422, "reference", "No está presente"
    if len(reference) > 255:
        return 422, "reference", _FORMAT
    signature = query.get("signature:integrity", "")
    if not signature:
        return 422, "signature", "Firma de integridad requerida no enviada"
    if signature != integrity(reference, amount, currency, expiration, wompi.integrity_secret):
        return 422, "signature", "La firma es inválida"
    if expiration:
        try:
            expires_at = _unix(expiration)
        except ValueError:
            return 422, "expiration-time", _FORMAT
        if expires_at <= wompi.clock():
            return 422, "expiration-time", "El tiempo para realizar el pago ha expirado"
    if customer := _customer_refusal(query):
        return 422, *customer
    target = query.get("redirect-url")
    if target and (urlsplit(target).scheme not in ("http", "https") or not urlsplit(target).netloc):
        return 422, "redirect-url", _FORMAT
    if wompi.by_reference(reference):
        return 422, "reference", USED
    return None


def _customer_refusal(query: Mapping[str, str]) -> tuple[str, str] | None:
    """Phone and prefix, document and its type, travel together."""
    data = {name: query.get(f"customer-data:{name}", "") for name in _CUSTOMER}
    if data["email"] and "@" not in data["email"]:
        return "customer-data:email", "Email inválido"
    if bool(data["phone-number"]) != bool(data["phone-number-prefix"]):
        return "customer-data:phone-number-prefix", "No está presente"
    if data["legal-id"] and not data["legal-id-type"]:
        return "customer-data:legal-id-type", "No está presente"
    if data["legal-id-type"] and data["legal-id-type"] not in _LEGAL_ID_TYPES:
        return "customer-data:legal-id-type", f"Debe ser uno de estos: {', '.join(sorted(_LEGAL_ID_TYPES))}"
    return None


_CUSTOMER = ("email", "full-name", "phone-number", "phone-number-prefix", "legal-id", "legal-id-type")


def add_routes(wompi: Merchant) -> None:
    """The payer's pages under `/p/`."""
    app = wompi.app
    opened: dict[str, Checkout] = {}
    app.jinja_env.filters["pesos"] = pesos

    @app.get("/p/")
    def open_checkout() -> Response:
        query = request.args.to_dict()
        return wompi.faults.play("checkout", lambda: _open(wompi, opened, query))

    @app.get("/p/contrato")
    def contract() -> str:
        return render_template("wompi/contract.html")

    @app.get("/p/<checkout_id>")
    def show_checkout(checkout_id: str) -> Response:
        return as_response(_page(wompi, opened.get(checkout_id) or abort(404)))

    @app.post("/p/<checkout_id>")
    def pay(checkout_id: str) -> Response:
        checkout, form = opened.get(checkout_id) or abort(404), request.form.to_dict()
        return wompi.faults.play("payment", lambda: _pay(wompi, checkout, form))


def _open(wompi: Merchant, opened: dict[str, Checkout], query: Mapping[str, str]) -> Response:
    if refused := refusal(wompi, query):
        status, parameter, message = refused
        return as_response(render_template("wompi/refused.html", message=message, parameter=parameter), status)
    expiration = query.get("expiration-time")
    checkout = Checkout(
        id=secrets.token_urlsafe(12),
        reference=query["reference"],
        amount_in_cents=int(query["amount-in-cents"]),
        redirect_url=query.get("redirect-url") or None,
        expires_at=_unix(expiration) if expiration else None,
        taxes={kind: int(query[name]) for kind, name in _TAXES.items() if query.get(name)},
        customer={name.replace("-", "_"): query.get(f"customer-data:{name}", "") for name in _CUSTOMER},
    )
    opened[checkout.id] = checkout
    return as_response(_page(wompi, checkout))


def _page(wompi: Merchant, checkout: Checkout, problem: str = "") -> str:
    last = wompi.transaction(checkout.attempts[-1]) if checkout.attempts else None
    expires = datetime.fromtimestamp(checkout.expires_at, _BOGOTA) if checkout.expires_at is not None else None
    return render_template(
        "wompi/checkout.html",
        wompi=wompi,
        checkout=checkout,
        last=last,
        back=_return_address(checkout, last, wompi.environment) if last else checkout.redirect_url,
        minutes_left=max(0, int((checkout.expires_at - wompi.clock()) // 60)) if checkout.expires_at else None,
        expires=f"{expires:%d/%m/%Y, %H:%M}" if expires else None,
        problem=problem or _closed(wompi, checkout),
        may_pay=not problem and not _closed(wompi, checkout) and (last is None or last["status"] in _FAILED),
        banks=test_data.BANKS,
        others=test_data.OTHERS,
    )


def _closed(wompi: Merchant, checkout: Checkout) -> str:
    """Why nothing can be started here any more; empty while it can."""
    if checkout.first_failure is not None and wompi.clock() > checkout.first_failure + RETRY_SECONDS:
        return "Se acabó el tiempo para reintentar este pago"
    if checkout.expires_at is not None and wompi.clock() >= checkout.expires_at:
        return "El tiempo para realizar el pago ha expirado"
    return ""


def _pay(wompi: Merchant, checkout: Checkout, form: Mapping[str, str]) -> Response:
    method = form.get("method", "")
    if method not in test_data.METHODS:
        abort(422)
    with wompi.lock:  # "is the reference still free" and "take it" are one step
        last = wompi.transaction(checkout.attempts[-1]) if checkout.attempts else None
        if last is None or last["status"] in _FAILED:  # else: a second press of the same button
            others = [row for row in wompi.by_reference(checkout.reference) if row["id"] not in checkout.attempts]
            taken = USED if any(row["status"] not in _FAILED for row in others) else ""
            if problem := taken or _closed(wompi, checkout):
                return as_response(_page(wompi, checkout, problem), 422)
            last = _transact(wompi, checkout, method, form)
    back = None if last["status"] in _FAILED else _return_address(checkout, last, wompi.environment)
    return as_response(redirect(back or f"/p/{checkout.id}", 303))


def _transact(wompi: Merchant, checkout: Checkout, method: str, form: Mapping[str, str]) -> dict[str, Any]:
    typed = form.get({"CARD": "card", "NEQUI": "phone", "PSE": "bank"}.get(method, "sandbox_status"), "")
    outcome = test_data.outcome(method, typed, form.get("forced", ""))
    customer = checkout.customer | {name: form[name] for name in checkout.customer if name in form}
    transaction = wompi.create_transaction(
        checkout.reference,
        checkout.amount_in_cents,
        method=method,
        customer_email=customer["email"],
        redirect_url=checkout.redirect_url,
        customer_data={
            "full_name": customer["full_name"],
            "phone_number": customer["phone_number_prefix"] + customer["phone_number"],
            "legal_id": customer["legal_id"] or None,
            "legal_id_type": customer["legal_id_type"] or None,
        },
        taxes=[{"type": kind, "amount_in_cents": cents} for kind, cents in checkout.taxes.items()],
        payment_method=test_data.payment_method(method, "PENDING", typed=typed, holder=customer["full_name"]),
    )
    checkout.attempts.append(transaction["id"])
    if outcome.status != "PENDING":
        transaction = wompi.settle(transaction["id"], outcome.status, status_message=outcome.message)
    if outcome.status in _FAILED and checkout.first_failure is None:
        checkout.first_failure = wompi.clock()
    return transaction


def _return_address(checkout: Checkout, transaction: Mapping[str, Any], environment: str) -> str | None:
    """redirect-url with `id` and `env` joined to whatever query it has."""
    if checkout.redirect_url is None:
        return None
    parts = urlsplit(checkout.redirect_url)
    query = [*parse_qsl(parts.query, keep_blank_values=True), ("id", transaction["id"]), ("env", environment)]
    return urlunsplit(parts._replace(query=urlencode(query)))


def _is_cents(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 13


def _unix(text: str) -> float:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def pesos(cents: int) -> str:
    """`$ 59.500`, with the cents only where there are any."""
    whole, rest = divmod(cents, 100)
    return f"$ {whole:,}".replace(",", ".") + (f",{rest:02}" if rest else "")
