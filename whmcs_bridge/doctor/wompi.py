"""Wompi: whether it answers, and whether both keys are good and of one merchant. Everything here only reads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from whmcs_bridge.clock import Clock
from whmcs_bridge.doctor.check import TRY_AGAIN, Check, fail, ok, warn
from whmcs_bridge.doctor.configuration import Configuration
from whmcs_bridge.doctor.network import Seen, TimingTransport, host_of, no_answer, strange_answer
from whmcs_bridge.messages import Text
from wompi_gateway.client import WompiClient
from wompi_gateway.errors import AccessRefused, ApiError, NotFound
from wompi_gateway.keys import Keys
from wompi_gateway.models import Transaction
from wompi_gateway.transport import TransportError

# How far back a transaction that names its merchant is looked for.
_DAYS = timedelta(days=30)


def wompi_checks(configuration: Configuration, transport: TimingTransport, now: Clock) -> list[Check]:
    """Everything about Wompi, or the one thing that keeps it from being looked at."""
    settings = configuration.settings
    api_url = (settings.wompi_api_url or settings.keys.environment.api_url).rstrip("/")
    try:
        # Without a key: Wompi refuses it, and shows that it is there.
        reply = transport.read("GET", f"{api_url}/merchants/info", timeout=settings.wompi_timeout)
    except TransportError as error:
        return [_unreachable(no_answer(error, api_url), api_url)]
    if not reply.body.lstrip().startswith(b"{"):
        return [_unreachable(strange_answer(reply, api_url), api_url)]
    host = host_of(api_url)
    checks = [ok("wompi.reachable", f"Wompi contesta en {host}.", f"Wompi answers at {host}.")]
    client = WompiClient(settings.keys, api_url=api_url, timeout=settings.wompi_timeout, transport=transport)
    if configuration.has("WOMPI_PUBLIC_KEY"):
        checks += _public(client)
    if configuration.has("WOMPI_PRIVATE_KEY"):
        checks += _private(client, settings.keys, now, compare=configuration.has("WOMPI_PUBLIC_KEY"))
    return checks


def _unreachable(seen: Seen, api_url: str) -> Check:
    if host_of(api_url).endswith(".wompi.co"):
        fix = Text(
            "Revise que este servidor tenga salida a internet por el puerto 443 y su DNS funcione; si es así, Wompi"
            " está caído: espere y repita.",
            "See that this server reaches the internet on port 443 and that its DNS works; if so, Wompi is down: wait"
            " and repeat.",
        )
    else:
        fix = Text(
            f"Quite WOMPI_API_URL, que es solo para pruebas. {seen.fix_es}",
            f"Remove WOMPI_API_URL, a setting for tests. {seen.fix_en}",
        )
    return seen.failure("wompi.reachable", "Wompi", "Wompi", fix)


def _public(client: WompiClient) -> Iterator[Check]:
    try:
        merchant = client.merchant()
    except (NotFound, AccessRefused):
        yield _bad_key("wompi.public_key", "WOMPI_PUBLIC_KEY", Text("pública", "public"))
        return
    except ApiError as error:
        yield _unclear("wompi.public_key", error)
        return
    name = merchant.name or merchant.legal_name or "?"
    yield ok("wompi.public_key", f"La llave pública es de «{name}».", f"The public key is of '{name}'.")
    if merchant.active is False:
        yield fail(
            "wompi.merchant",
            f"Wompi tiene inactivo el comercio «{name}».",
            f"The merchant '{name}' is inactive at Wompi.",
            "Entre a comercios.wompi.co y termine la activación, o escriba al soporte de Wompi.",
            "Sign in at comercios.wompi.co and finish the activation, or write to Wompi's support.",
        )
    else:
        yield ok("wompi.merchant", "El comercio está activo.", "The merchant is active.")


def _private(client: WompiClient, keys: Keys, now: Clock, *, compare: bool) -> Iterator[Check]:
    today = now().date()
    try:
        newest = next(client.transactions_between(today - _DAYS, today + timedelta(days=1)), None)
    except AccessRefused:
        yield _bad_key("wompi.private_key", "WOMPI_PRIVATE_KEY", Text("privada", "private"))
        return
    except ApiError as error:
        yield _unclear("wompi.private_key", error)
        return
    yield ok("wompi.private_key", "Wompi acepta la llave privada.", "Wompi accepts the private key.")
    merchant = newest.merchant if isinstance(newest, Transaction) else None
    if not compare or merchant is None or not merchant.public_key:
        return  # nothing says yet whose it is
    if merchant.public_key == keys.public:
        yield ok("wompi.same_merchant", "Las dos llaves son del mismo comercio.", "Both keys are of the same merchant.")
    else:
        yield fail(
            "wompi.same_merchant",
            "La llave privada es de otro comercio que la pública: ningún pago se reconocería.",
            "The private key is of another merchant than the public one: no payment would be recognised.",
            "En comercios.wompi.co → Desarrolladores, copie las cuatro llaves de un mismo comercio al archivo .env y"
            " reinicie el puente.",
            "At comercios.wompi.co → Desarrolladores copy the four keys of one merchant into the file .env, and restart"
            " the bridge.",
        )


def _bad_key(check_id: str, name: str, kind: Text) -> Check:
    return fail(
        check_id,
        f"Wompi no reconoce la llave {kind.es} ({name}).",
        f"Wompi does not know the {kind.en} key ({name}).",
        f"En comercios.wompi.co → Desarrolladores, copie la llave {kind.es} completa en {name} del archivo .env y"
        " reinicie el puente.",
        f"At comercios.wompi.co → Desarrolladores copy the whole {kind.en} key into {name} in the file .env, and"
        " restart the bridge.",
    )


def _unclear(check_id: str, error: ApiError) -> Check:
    es, en = f"Wompi no contestó con claridad ({error}).", f"Wompi gave no clear answer ({error})."
    return warn(check_id, es, en, *TRY_AGAIN)
