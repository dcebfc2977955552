"""Wompi: whether it answers, and whether both keys are good and of one merchant. Everything here only reads."""

from __future__ import annotations

from datetime import timedelta

from whmcs_bridge.clock import Clock
from whmcs_bridge.doctor.check import Check, fail, ok, warn
from whmcs_bridge.doctor.configuration import Configuration
from whmcs_bridge.doctor.network import Listening, Told, host_of, no_answer, strange_answer
from whmcs_bridge.messages import bilingual
from wompi_gateway.client import WompiClient
from wompi_gateway.errors import AccessRefused, ApiError, NotFound
from wompi_gateway.keys import Keys
from wompi_gateway.models import Transaction
from wompi_gateway.transport import TransportError

# How far back to look for a transaction that names its merchant.
_DAYS = timedelta(days=30)


def wompi_checks(configuration: Configuration, transport: Listening, now: Clock) -> list[Check]:
    """Everything about Wompi, or the one thing that keeps it from being looked at."""
    settings = configuration.settings
    api_url = (settings.wompi_api_url or settings.keys.environment.api_url).rstrip("/")
    try:
        # Without a key: Wompi refuses it, and shows that it is there.
        reply = transport.read("GET", f"{api_url}/merchants/info", timeout=settings.wompi_timeout)
    except TransportError as error:
        told = no_answer(error, api_url)
        return [_unreachable(Told(told.seen, _fix(api_url, told.fix)))]
    if not reply.body.lstrip().startswith(b"{"):
        told = strange_answer(reply, api_url)
        return [_unreachable(Told(told.seen, _fix(api_url, told.fix)))]
    host = host_of(api_url)
    checks = [ok("wompi.reachable", bilingual(f"Wompi contesta en {host}.", f"Wompi answers at {host}."))]
    client = WompiClient(settings.keys, api_url=api_url, timeout=settings.wompi_timeout, transport=transport)
    if configuration.has("WOMPI_PUBLIC_KEY"):
        checks += _public(client)
    if configuration.has("WOMPI_PRIVATE_KEY"):
        checks += _private(client, settings.keys, now, compare=configuration.has("WOMPI_PUBLIC_KEY"))
    return checks


def _fix(api_url: str, fix: str) -> str:
    if host_of(api_url).endswith(".wompi.co"):
        return bilingual(
            "Revise que este servidor tenga salida a internet por el puerto 443 y su DNS funcione; si es así, Wompi"
            " está caído: espere y repita.",
            "See that this server reaches the internet on port 443 and that its DNS works; if so, Wompi is down:"
            " wait and repeat.",
        )
    return bilingual(
        f"Quite WOMPI_API_URL, que es solo para pruebas. {fix}", f"Remove WOMPI_API_URL, a setting for tests. {fix}"
    )


def _unreachable(told: Told) -> Check:
    return fail("wompi.reachable", f"Wompi: {told.seen}.", told.fix)


def _public(client: WompiClient) -> list[Check]:
    try:
        merchant = client.merchant()
    except (NotFound, AccessRefused):
        return [_bad_key("wompi.public_key", "WOMPI_PUBLIC_KEY", bilingual("pública", "public"))]
    except ApiError as error:
        return [_unclear("wompi.public_key", error)]
    name = merchant.name or merchant.legal_name or "?"
    checks = [ok("wompi.public_key", bilingual(f"La llave pública es de «{name}».", f"The public key is of '{name}'."))]
    if merchant.active is False:
        checks.append(
            fail(
                "wompi.merchant",
                bilingual(
                    f"Wompi tiene inactivo el comercio «{name}».", f"The merchant '{name}' is inactive at Wompi."
                ),
                bilingual(
                    "Entre a comercios.wompi.co y termine la activación, o escriba al soporte de Wompi.",
                    "Sign in at comercios.wompi.co and finish the activation, or write to Wompi's support.",
                ),
            )
        )
    else:
        checks.append(ok("wompi.merchant", bilingual("El comercio está activo.", "The merchant is active.")))
    return checks


def _private(client: WompiClient, keys: Keys, now: Clock, *, compare: bool) -> list[Check]:
    today = now().date()
    try:
        newest = next(client.transactions_between(today - _DAYS, today + timedelta(days=1)), None)
    except AccessRefused:
        return [_bad_key("wompi.private_key", "WOMPI_PRIVATE_KEY", bilingual("privada", "private"))]
    except ApiError as error:
        return [_unclear("wompi.private_key", error)]
    good = ok("wompi.private_key", bilingual("Wompi acepta la llave privada.", "Wompi accepts the private key."))
    merchant = newest.merchant if isinstance(newest, Transaction) else None
    if not compare or merchant is None or not merchant.public_key:
        return [good]  # nothing says whose it is yet
    if merchant.public_key == keys.public:
        same = bilingual("Las dos llaves son del mismo comercio.", "Both keys are of the same merchant.")
        return [good, ok("wompi.same_merchant", same)]
    return [
        good,
        fail(
            "wompi.same_merchant",
            bilingual(
                "La llave privada es de otro comercio que la pública: ningún pago se reconocería.",
                "The private key is of another merchant than the public one: no payment would be recognised.",
            ),
            bilingual(
                "En comercios.wompi.co → Desarrolladores, copie las cuatro llaves de un mismo comercio al archivo"
                " .env y reinicie el puente.",
                "At comercios.wompi.co → Desarrolladores copy the four keys of one merchant into the file .env, and"
                " restart the bridge.",
            ),
        ),
    ]


def _bad_key(check_id: str, name: str, kind: str) -> Check:
    return fail(
        check_id,
        bilingual(f"Wompi no reconoce la llave {kind} ({name}).", f"Wompi does not know the {kind} key ({name})."),
        bilingual(
            f"En comercios.wompi.co → Desarrolladores, copie la llave {kind} completa en {name} del archivo .env y"
            " reinicie el puente.",
            f"At comercios.wompi.co → Desarrolladores copy the whole {kind} key into {name} in the file .env, and"
            " restart the bridge.",
        ),
    )


def _unclear(check_id: str, error: ApiError) -> Check:
    return warn(
        check_id,
        bilingual(f"Wompi no contestó con claridad ({error}).", f"Wompi gave no clear answer ({error})."),
        bilingual(
            "Espere un minuto y repita «wompi-bridge doctor».", "Wait a minute and repeat 'wompi-bridge doctor'."
        ),
    )
