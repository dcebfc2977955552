"""The public address, as Wompi and the payers meet it: who answers there, and whether an event arrives whole.

Everything is asked from this machine, so a firewall that lets only this machine through is not found.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from datetime import datetime

from whmcs_bridge import __version__
from whmcs_bridge.clock import Clock
from whmcs_bridge.doctor.check import Check, Status, fail, ok, warn
from whmcs_bridge.doctor.configuration import Configuration
from whmcs_bridge.doctor.network import TimingTransport, host_of, json_object, no_answer, strange_answer
from whmcs_bridge.messages import Text
from whmcs_bridge.settings import Settings
from whmcs_bridge.settings.types import near
from whmcs_bridge.signed.calls import HEADER, signature_of
from whmcs_bridge.signed.proofs import proves
from wompi_gateway.signatures import event_checksum
from wompi_gateway.transport import Reply, TransportError

# Seconds for a page that needs nothing but the bridge itself.
_TIMEOUT = 10.0
# Days before the certificate ends: automatic renewal comes a month before, so this is late.
_SOON = 14
# Longer than the longest event of Wompi's: a proxy that cuts bodies is found.
_FILLING = "x" * 8192
# An event of an unknown type: the bridge verifies it, and does nothing.
_EVENT = "doctor.visited"

SWITCH_ON = Text(
    "Encienda el puente (systemctl start wompi-bridge; en cPanel: Setup Python App → Start) y revise que nginx o Apache"
    " apunte a su puerto (8080).",
    "Start the bridge (systemctl start wompi-bridge; cPanel: Setup Python App → Start), and see that nginx or Apache"
    " points to its port (8080).",
)
_RESTART = Text(
    "Reinicie el puente (systemctl restart wompi-bridge; en cPanel: Setup Python App → Restart).",
    "Restart the bridge (systemctl restart wompi-bridge; cPanel: Setup Python App → Restart).",
)
_MEND_PROXY = Text(
    f"Revise que nginx o Apache entregue al puente las peticiones POST enteras, con sus encabezados ({HEADER},"
    " X-Event-Checksum) y su longitud (deploy/ trae ejemplos), y que ningún firewall las detenga.",
    f"See that nginx or Apache hands POST requests to the bridge whole, with their headers ({HEADER}, X-Event-Checksum)"
    " and their length (deploy/ has examples), and that no firewall stops them.",
)


def address_checks(
    configuration: Configuration, transport: TimingTransport, nonce: str | None, now: Clock
) -> list[Check]:
    """Everything about the public address. ``nonce`` stands in the database, if that can be written."""
    settings = configuration.settings
    if unreachable := _not_public(settings):
        return [unreachable]
    url = settings.bridge_url + "healthz"
    try:
        reply = transport.read("GET", url, timeout=_TIMEOUT)
    except TransportError as error:
        fix = SWITCH_ON if error.cause == "NewConnectionError" else None
        return [no_answer(error, url).failure("address.reachable", "Dirección pública", "Public address", fix)]
    if reply.status != 200 or reply.body.strip() != b"ok":
        return [_somebody_else(reply, url)]
    host = host_of(url)
    checks = [
        ok("address.reachable", f"El puente contesta en {host}.", f"The bridge answers at {host}."),
        *_certificate(transport.certificate_end(url, timeout=_TIMEOUT), host, now()),
    ]
    proof = _proof(settings, transport, nonce, now) if configuration.has("BRIDGE_SECRET") else None
    stale = proof is not None and proof.id == "address.this_bridge" and proof.status is Status.FAIL
    event = None
    # A process with other settings would refuse the event as well: one cause, told once.
    if configuration.has("WOMPI_EVENTS_SECRET") and not stale:
        event = _webhook(settings, transport, now)
        if event.status is Status.FAIL and proof is not None and proof.status is Status.FAIL:
            proof = None  # what stops the event stops the signed call too
    return checks + [check for check in (proof, event) if check is not None]


def _not_public(settings: Settings) -> Check | None:
    wompi = settings.wompi_api_url or settings.keys.environment.api_url
    if not near(host_of(settings.bridge_url)) or near(host_of(wompi)):
        return None
    return fail(
        "address.public",
        f"BRIDGE_URL ({settings.bridge_url}) solo existe dentro de su red: ni Wompi ni sus clientes pueden llegar.",
        f"BRIDGE_URL ({settings.bridge_url}) exists within your network only: neither Wompi nor payers can reach it.",
        "Publique el puente en un subdominio con https, como https://pagos.suempresa.com/, y escríbalo en BRIDGE_URL.",
        "Publish the bridge on a subdomain with https, such as https://pay.example.com/, and put it into BRIDGE_URL.",
    )


def _somebody_else(reply: Reply, url: str) -> Check:
    fix = None
    if reply.status in (502, 503, 504):
        fix = SWITCH_ON
    elif reply.status in (200, 404):
        fix = Text(
            f"En {host_of(url)} contesta otro sitio. Configure nginx o Apache para que esa dirección llegue al puente"
            " (deploy/ trae ejemplos), o corrija BRIDGE_URL.",
            f"Another site answers at {host_of(url)}. Let nginx or Apache hand this address to the bridge (deploy/ has"
            " examples), or mend BRIDGE_URL.",
        )
    return strange_answer(reply, url).failure("address.reachable", "Dirección pública", "Public address", fix)


def _certificate(end: datetime | None, host: str, now: datetime) -> Iterator[Check]:
    if end is None:
        return
    days = (end - now).days
    if days >= _SOON:
        es, en = f"El certificado https vale {days} días más.", f"The https certificate is good for {days} more days."
        yield ok("address.certificate", es, en)
    else:
        yield warn(
            "address.certificate",
            f"El certificado https de {host} vence en {days} días; después nadie podrá pagar.",
            f"The https certificate of {host} ends in {days} days; after that nobody can pay.",
            "Renuévelo (en cPanel: SSL/TLS Status → Run AutoSSL; con certbot: certbot renew) y revise por qué no se"
            " renovó solo.",
            "Renew it (cPanel: SSL/TLS Status → Run AutoSSL; certbot: certbot renew), and see why it was not renewed by"
            " itself.",
        )


def _proof(settings: Settings, transport: TimingTransport, nonce: str | None, now: Clock) -> Check:
    asked = nonce or secrets.token_hex(16)
    body = json.dumps({"nonce": asked, "filling": _FILLING}).encode()
    secret = settings.bridge_secret[0]
    headers = {"Content-Type": "application/json", HEADER: signature_of("/proof", body, secret, now=now())}
    url = settings.bridge_url + "proof"
    try:
        reply = transport.send("POST", url, headers=headers, data=body, timeout=_TIMEOUT)
    except TransportError as error:
        return no_answer(error, url).failure("address.bodies", "/proof", "/proof", _MEND_PROXY)
    told = json_object(reply)
    if told is None:
        return _no_proof(reply, url)
    if not proves(told.get("proof"), asked, secret, who="bridge"):
        return _other_settings("tiene otro BRIDGE_SECRET", "has another BRIDGE_SECRET")
    if told.get("environment") != settings.keys.environment:
        return _other_settings("usa las llaves de otro ambiente", "uses the keys of the other environment")
    if nonce and told.get("same_database") is False:
        return fail(
            "address.this_bridge",
            "El puente que contesta usa otra base de datos que este comando.",
            "The bridge that answers works on another database than this command.",
            "Escriba en BRIDGE_DATABASE_URL la ruta completa (sqlite:////var/lib/wompi-bridge/bridge.db, con cuatro"
            " barras) y reinicie el puente; así «serve», cron y los comandos usan la misma.",
            "Put the whole path into BRIDGE_DATABASE_URL (sqlite:////var/lib/wompi-bridge/bridge.db, four slashes) and"
            " restart the bridge, so that 'serve', cron and the commands use the same one.",
        )
    if (version := str(told.get("version"))) != __version__:
        return warn("address.this_bridge", *_other_version(version, version), *_RESTART)
    return ok(
        "address.this_bridge",
        "En la dirección pública contesta este mismo puente.",
        "It is this bridge that answers there.",
    )


def _no_proof(reply: Reply, url: str) -> Check:
    refused = reply.body if reply.status == 401 else b""
    if b"not ours" in refused:
        return _other_settings("tiene otro BRIDGE_SECRET", "has another BRIDGE_SECRET")
    if b"clocks" in refused:
        return fail(
            "address.this_bridge",
            "El reloj del puente que contesta difiere del de este servidor en más de cinco minutos.",
            "The clock of the bridge that answers differs from this server's by more than five minutes.",
            "Active la hora automática: timedatectl set-ntp true",
            "Switch automatic time on: timedatectl set-ntp true",
        )
    if reply.status == 404:
        return fail("address.this_bridge", *_other_version("anterior", "an older one"), *_RESTART)
    es, en, *_ = strange_answer(reply, url)
    if b"is missing" in refused:
        es, en = f"el encabezado {HEADER} se pierde en el camino", f"the header {HEADER} is lost on the way"
    return fail(
        "address.bodies",
        f"Una petición firmada no llega entera al puente: {es}.",
        f"A signed call is not let through: {en}.",
        *_MEND_PROXY,
    )


def _other_version(es: str, en: str) -> Text:
    return Text(
        f"El puente que contesta es de otra versión ({es[:20]}); aquí está instalada la {__version__}.",
        f"The bridge that answers is of another version ({en[:20]}); installed here is {__version__}.",
    )


def _other_settings(es: str, en: str) -> Check:
    return fail(
        "address.this_bridge",
        f"El puente que contesta {es} que el archivo .env.",
        f"The bridge that answers {en} than the file .env.",
        "Reinícielo para que lea la configuración (systemctl restart wompi-bridge; en cPanel: Setup Python App →"
        " Restart). Si hay otra instalación del puente en esa dirección, apáguela.",
        "Restart it, so that it reads the configuration (systemctl restart wompi-bridge; cPanel: Setup Python App →"
        " Restart). If another installation of the bridge lives there, switch it off.",
    )


def _webhook(settings: Settings, transport: TimingTransport, now: Clock) -> Check:
    url, secret = settings.bridge_url + "webhooks/wompi", settings.wompi_events_secret[0]
    nonce, timestamp = secrets.token_hex(16), int(now().timestamp())
    checksum = event_checksum([nonce], timestamp, secret)
    event = {
        "event": _EVENT,
        "data": {"doctor": {"nonce": nonce}},
        "environment": settings.keys.environment,
        "signature": {"properties": ["doctor.nonce"], "checksum": checksum},
        "timestamp": timestamp,
        "sent_at": f"{now():%Y-%m-%dT%H:%M:%S.000Z}",
    }
    headers = {"Content-Type": "application/json", "X-Event-Checksum": checksum}
    try:
        reply = transport.send("POST", url, headers=headers, data=json.dumps(event).encode(), timeout=_TIMEOUT)
    except TransportError as error:
        return no_answer(error, url).failure("address.webhook", "/webhooks/wompi", "/webhooks/wompi", _MEND_PROXY)
    if reply.status == 200 and reply.body.strip() == b"ignored":
        return ok("address.webhook", "Un evento firmado llega al puente.", "A signed event reaches the bridge.")
    if reply.status == 401 and b"events secret" in reply.body:
        return fail(
            "address.webhook",
            "El puente que contesta tiene otro WOMPI_EVENTS_SECRET que el archivo .env.",
            "The bridge that answers has another WOMPI_EVENTS_SECRET than the file .env.",
            *_RESTART,
        )
    return strange_answer(reply, url).failure(
        "address.webhook",
        "Los eventos de Wompi no llegan al puente",
        "Wompi's events do not get through",
        _MEND_PROXY if reply.status in (200, 411, 413, 415) else None,
    )
