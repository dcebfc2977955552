"""The files in WHMCS: installed, of this version, with the same secret, and able to reach the bridge.

``modules/gateways/callback/wompi.php`` answers a question that is signed with the secret of the gateway's settings; to
everybody else it is a 404.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from whmcs_bridge.clock import Clock
from whmcs_bridge.doctor.check import Check, fail, ok, warn
from whmcs_bridge.doctor.configuration import Configuration
from whmcs_bridge.doctor.network import TimingTransport, json_object, no_answer, printable_address, strange_answer
from whmcs_bridge.messages import Text
from whmcs_bridge.signed.calls import HEADER, unbound_signature_of
from whmcs_bridge.signed.proofs import proves
from whmcs_bridge.whmcs.hooks_files import HooksInstallError, compare, digests
from wompi_gateway.transport import Reply, TransportError

ADDRESS = "modules/gateways/callback/wompi.php"

# What our file answers to an unsigned question. A web server without our file answers in HTML.
_NOT_TO_YOU = b"not found"

_CLIENT_AREA = Text("Área de clientes de WHMCS", "WHMCS's client area")
_INSTALL = Text(
    "Copie los archivos de esta versión: wompi-bridge hooks install /ruta/de/whmcs",
    "Copy this version's files: wompi-bridge hooks install /path/of/whmcs",
)


def hooks_checks(
    configuration: Configuration, transport: TimingTransport, now: Clock, *, whmcs_dir: Path | None, bridge_well: bool
) -> tuple[list[Check], timedelta | None]:
    """Everything about the files in WHMCS; and how far WHMCS's clock is ahead of ours, if that is known.

    ``bridge_well``: the public address is in order.
    """
    settings = configuration.settings
    files = [_compared(whmcs_dir)] if whmcs_dir else []
    if not configuration.has("WHMCS_URL", "BRIDGE_SECRET") or any(check.fix for check in files):
        return files, None
    url = settings.whmcs_url + ADDRESS
    for number, secret in enumerate(settings.bridge_secret):
        nonce = secrets.token_hex(16)
        body = f"nonce={nonce}".encode()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            HEADER: unbound_signature_of(body, secret, now=now()),
        }
        try:
            reply = transport.send("POST", url, headers=headers, data=body, timeout=settings.whmcs_timeout)
        except TransportError as error:
            return [*files, no_answer(error, url).failure("hooks.answer", *_CLIENT_AREA)], None
        document = json_object(reply)
        if document and proves(document.get("proof"), nonce, secret, who="whmcs"):
            found = _answered(configuration, document, old_secret=number > 0, bridge_well=bridge_well)
            return [*files, *found], _off_by(document, now())
        if reply.status != 404 or reply.body.strip() != _NOT_TO_YOU:
            return [*files, _odd(reply, url)], None
    other_secret = fail(
        "hooks.secret",
        "El secreto de la pasarela en WHMCS no es el de BRIDGE_SECRET: los enlaces de pago no sirven.",
        "The gateway's secret in WHMCS is not that of BRIDGE_SECRET: pay links do not work.",
        "En WHMCS: Payment Gateways → Wompi → «Secreto del puente», pegue el primer valor de BRIDGE_SECRET y guarde. Si"
        " es el mismo, revise la hora de ese servidor.",
        "In WHMCS: Payment Gateways → Wompi → 'Bridge secret', paste the first value of BRIDGE_SECRET and save. If it"
        " is the same, look at that server's clock.",
    )
    return [*files, other_secret], None


def _off_by(document: dict[str, Any], now: datetime) -> timedelta | None:
    told = document.get("time")
    return timedelta(seconds=told + 0.5 - now.timestamp()) if isinstance(told, int) else None


def _odd(reply: Reply, url: str) -> Check:
    if reply.status != 404 and b"cannot be accessed directly" not in reply.body:
        return strange_answer(reply, url).failure("hooks.answer", *_CLIENT_AREA)
    return fail(
        "hooks.answer",
        f"En WHMCS falta {ADDRESS}: los archivos del puente no están, o son de una versión anterior.",
        f"WHMCS lacks {ADDRESS}: the bridge's files are not there, or are an older version's.",
        f"{_INSTALL.es} Revise también que WHMCS_URL sea la dirección exacta.",
        f"{_INSTALL.en} See also that WHMCS_URL is exact.",
    )


def _answered(
    configuration: Configuration, document: dict[str, Any], *, old_secret: bool, bridge_well: bool
) -> Iterator[Check]:
    if old_secret:
        yield warn(
            "hooks.secret",
            "WHMCS todavía firma con un valor anterior de BRIDGE_SECRET.",
            "WHMCS still signs with an older value of BRIDGE_SECRET.",
            "En WHMCS: Payment Gateways → Wompi, pegue el primer valor de BRIDGE_SECRET. Retire el anterior cuando"
            " hayan vencido los enlaces de los correos (30 días).",
            "In WHMCS: Payment Gateways → Wompi, paste the first value of BRIDGE_SECRET. Drop the older one when the"
            " links in e-mails have ended (30 days).",
        )
    else:
        yield ok("hooks.secret", "WHMCS y el puente tienen el mismo secreto.", "Both sides hold the same secret.")
    yield _version(document.get("files"))
    if not configuration.has("BRIDGE_URL"):
        return
    told, expected = str(document.get("bridge_url", "")), configuration.settings.bridge_url
    if told.rstrip("/") != expected.rstrip("/"):
        shown = printable_address(told)
        yield fail(
            "hooks.address",
            f"La pasarela en WHMCS lleva a los clientes a {shown or 'ninguna parte'}, no a {expected}.",
            f"The gateway in WHMCS leads payers to {shown or 'nowhere'}, not to {expected}.",
            f"En WHMCS: Payment Gateways → Wompi → «Dirección del puente», escriba {expected} y guarde.",
            f"In WHMCS: Payment Gateways → Wompi → 'Bridge address', enter {expected} and save.",
        )
        return
    yield ok("hooks.address", "WHMCS conoce la dirección del puente.", "WHMCS knows the bridge's address.")
    if bridge_well:  # otherwise the reason was told already
        yield _reaches(str(document.get("bridge_answers", "")))


def _version(files: object) -> Check:
    found = files if isinstance(files, dict) else {}
    wrong = [name for name, digest in digests().items() if found.get(name) != digest]
    if not wrong:
        es, en = "Los archivos en WHMCS son los de esta versión.", "The files in WHMCS are this version's."
        return ok("hooks.version", es, en)
    return fail(
        "hooks.version",
        f"En WHMCS hay archivos de otra versión: {_named(wrong)}.",
        f"Files in WHMCS are not this version's: {_named(wrong)}.",
        *_INSTALL,
    )


def _reaches(reason: str) -> Check:
    if not reason:
        es, en = "El servidor de WHMCS llega al puente.", "WHMCS's server reaches the bridge."
        return ok("hooks.reaches_bridge", es, en)
    return warn(
        "hooks.reaches_bridge",
        f"El servidor de WHMCS no llega al puente ({reason}): se puede pagar, pero no reembolsar ni ver los pagos ahí.",
        f"WHMCS's server does not reach the bridge ({reason}): paying works, refunds and the view of payments there do"
        " not.",
        "Pida a quien administra el servidor de WHMCS que permita conexiones https de salida a la dirección del puente,"
        " y que PHP tenga la extensión curl, sin curl_exec en disable_functions.",
        "Ask who runs WHMCS's server to allow outgoing https to the bridge's address, and to have PHP's curl"
        " extension, without curl_exec in disable_functions.",
    )


def _compared(folder: Path) -> Check:
    try:
        wrong = [str(file.path) for file in compare(folder) if file.outcome != "unchanged"]
    except HooksInstallError as error:
        fix = Text("Corrija la carpeta de --whmcs-dir.", "Mend the folder of --whmcs-dir.")
        return fail("hooks.files", str(error), str(error), *fix)
    if not wrong:
        es, en = f"Los archivos en {folder} son los de esta versión.", f"The files in {folder} are this version's."
        return ok("hooks.files", es, en)
    command = f"wompi-bridge hooks install {folder}"
    return fail(
        "hooks.files",
        f"En {folder} faltan o son de otra versión: {_named(wrong)}.",
        f"In {folder} missing or not this version's: {_named(wrong)}.",
        command,
        command,
    )


def _named(files: list[str]) -> str:
    return ", ".join(files[:3]) + (", ..." if len(files) > 3 else "")
