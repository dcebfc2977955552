"""The files in WHMCS: installed, of this version, with the same secret, and able to reach the bridge.

``modules/gateways/callback/wompi.php`` answers a question that is signed with the secret of the gateway's settings; to
everybody else it is a 404.
"""

from __future__ import annotations

import json
import re
import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from whmcs_bridge.clock import Clock
from whmcs_bridge.doctor.check import Check, fail, ok, warn
from whmcs_bridge.doctor.configuration import Configuration
from whmcs_bridge.doctor.network import Listening, no_answer, strange_answer
from whmcs_bridge.messages import bilingual
from whmcs_bridge.signed.calls import HEADER, signature_of
from whmcs_bridge.signed.proofs import proves
from whmcs_bridge.whmcs.hooks_installer import HooksInstallError, compare, digests
from wompi_gateway.transport import Reply, TransportError

ADDRESS = "modules/gateways/callback/wompi.php"

# What our file says to whoever cannot sign; a web server that does not have the file says it in HTML.
_NOT_TO_YOU = b"not found"


class Hooks(NamedTuple):
    """The checks, and how far WHMCS's own clock is ahead of ours, if it was told."""

    checks: list[Check]
    off_by: timedelta | None = None


def hooks_checks(
    configuration: Configuration, transport: Listening, now: Clock, *, whmcs_dir: Path | None, bridge_well: bool
) -> Hooks:
    """Everything about the files in WHMCS. ``bridge_well``: the public address was found to be in order."""
    settings = configuration.settings
    by_hand = _by_hand(whmcs_dir) if whmcs_dir else []
    if not configuration.has("WHMCS_URL", "BRIDGE_SECRET") or any(check.fix for check in by_hand):
        return Hooks(by_hand)
    url = settings.whmcs_url + ADDRESS
    for number, secret in enumerate(settings.bridge_secret):
        nonce = secrets.token_hex(16)
        body = f"nonce={nonce}"
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            HEADER: signature_of(body.encode(), secret, now=now()),
        }
        try:
            reply = transport.send("POST", url, headers=headers, data=body.encode(), timeout=settings.whmcs_timeout)
        except TransportError as error:
            told = no_answer(error, url)
            return Hooks([*by_hand, _client_area(told.seen, told.fix)])
        document = _document(reply)
        if document and proves(document.get("proof"), nonce, secret, who="whmcs"):
            found = _answered(configuration, document, old_secret=number > 0, bridge_well=bridge_well)
            return Hooks([*by_hand, *found], _off_by(document, now()))
        if reply.status != 404 or reply.body.strip() != _NOT_TO_YOU:
            return Hooks([*by_hand, _odd(reply, url)])
    return Hooks([*by_hand, _other_secret()])


def _document(reply: Reply) -> dict[str, Any] | None:
    text = reply.body.decode("utf-8", "replace")
    try:
        # PHP notices may stand before it.
        document = json.loads(text[text.find("{") :]) if reply.status == 200 and "{" in text else None
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _off_by(document: dict[str, Any], now: datetime) -> timedelta | None:
    told = document.get("time")
    return timedelta(seconds=told + 0.5 - now.timestamp()) if isinstance(told, int) else None


def _client_area(seen: str, fix: str) -> Check:
    return fail("hooks.answer", bilingual("Área de clientes de WHMCS: ", "WHMCS's client area: ") + seen + ".", fix)


def _install_fix() -> str:
    return bilingual(
        "Copie los archivos de esta versión: wompi-bridge hooks install /ruta/de/whmcs",
        "Copy this version's files: wompi-bridge hooks install /path/of/whmcs",
    )


def _odd(reply: Reply, url: str) -> Check:
    if reply.status == 404 or b"cannot be accessed directly" in reply.body:
        return fail(
            "hooks.answer",
            bilingual(
                f"En WHMCS falta {ADDRESS}: los archivos del puente no están, o son de una versión anterior.",
                f"WHMCS lacks {ADDRESS}: the bridge's files are not there, or are an older version's.",
            ),
            _install_fix()
            + bilingual(" Revise también que WHMCS_URL sea la dirección exacta.", " See also that WHMCS_URL is exact."),
        )
    told = strange_answer(reply, url)
    return _client_area(told.seen, told.fix)


def _other_secret() -> Check:
    return fail(
        "hooks.secret",
        bilingual(
            "El secreto de la pasarela en WHMCS no es el de BRIDGE_SECRET: los enlaces de pago no sirven.",
            "The gateway's secret in WHMCS is not that of BRIDGE_SECRET: pay links do not work.",
        ),
        bilingual(
            "En WHMCS: Payment Gateways → Wompi → «Secreto del puente», pegue el primer valor de BRIDGE_SECRET y"
            " guarde. Si es el mismo, revise la hora de ese servidor.",
            "In WHMCS: Payment Gateways → Wompi → 'Bridge secret', paste the first value of BRIDGE_SECRET and save."
            " If it is the same, look at that server's clock.",
        ),
    )


def _answered(
    configuration: Configuration, document: dict[str, Any], *, old_secret: bool, bridge_well: bool
) -> list[Check]:
    if old_secret:
        secret = warn(
            "hooks.secret",
            bilingual(
                "WHMCS todavía firma con un valor anterior de BRIDGE_SECRET.",
                "WHMCS still signs with an older value of BRIDGE_SECRET.",
            ),
            bilingual(
                "En WHMCS: Payment Gateways → Wompi, pegue el primer valor de BRIDGE_SECRET. Retire el anterior"
                " cuando hayan vencido los enlaces de los correos (30 días).",
                "In WHMCS: Payment Gateways → Wompi, paste the first value of BRIDGE_SECRET. Drop the older one"
                " when the links in e-mails have ended (30 days).",
            ),
        )
    else:
        secret = ok(
            "hooks.secret", bilingual("WHMCS y el puente tienen el mismo secreto.", "Both sides hold the same secret.")
        )
    checks = [secret, _version(document.get("files"))]
    if not configuration.has("BRIDGE_URL"):
        return checks
    told, expected = str(document.get("bridge_url", "")), configuration.settings.bridge_url
    if told.rstrip("/") != expected.rstrip("/"):
        return [*checks, _other_address(told, expected)]
    checks.append(
        ok("hooks.address", bilingual("WHMCS conoce la dirección del puente.", "WHMCS knows the bridge's address."))
    )
    reason = str(document.get("bridge_answers", ""))
    if not bridge_well:
        return checks  # it was told already
    return [*checks, _reaches(reason)]


def _version(files: object) -> Check:
    expected = digests()
    found = files if isinstance(files, dict) else {}
    wrong = [name for name, digest in expected.items() if found.get(name) != digest]
    if not wrong:
        good = bilingual("Los archivos en WHMCS son los de esta versión.", "The files in WHMCS are this version's.")
        return ok("hooks.version", good)
    names = ", ".join(wrong[:3]) + (", ..." if len(wrong) > 3 else "")
    return fail(
        "hooks.version",
        bilingual(
            f"En WHMCS hay archivos de otra versión: {names}.", f"Files in WHMCS are not this version's: {names}."
        ),
        _install_fix(),
    )


def _other_address(told: str, expected: str) -> Check:
    shown = re.sub(r"[^\x21-\x7e]", "", told)[:100]
    return fail(
        "hooks.address",
        bilingual(
            f"La pasarela en WHMCS lleva a los clientes a {shown or 'ninguna parte'}, no a {expected}.",
            f"The gateway in WHMCS leads payers to {shown or 'nowhere'}, not to {expected}.",
        ),
        bilingual(
            f"En WHMCS: Payment Gateways → Wompi → «Dirección del puente», escriba {expected} y guarde.",
            f"In WHMCS: Payment Gateways → Wompi → 'Bridge address', enter {expected} and save.",
        ),
    )


def _reaches(reason: str) -> Check:
    if not reason:
        good = bilingual("El servidor de WHMCS llega al puente.", "WHMCS's server reaches the bridge.")
        return ok("hooks.reaches_bridge", good)
    return warn(
        "hooks.reaches_bridge",
        bilingual(
            f"El servidor de WHMCS no llega al puente ({reason}): se puede pagar, pero no reembolsar ni ver los"
            " pagos ahí.",
            f"WHMCS's server does not reach the bridge ({reason}): paying works, refunds and the view of payments"
            " there do not.",
        ),
        bilingual(
            "Pida a quien administra el servidor de WHMCS que permita conexiones https de salida a la dirección del"
            " puente, y que PHP tenga la extensión curl.",
            "Ask who runs WHMCS's server to allow outgoing https to the bridge's address, and to have PHP's curl"
            " extension.",
        ),
    )


def _by_hand(folder: Path) -> list[Check]:
    try:
        wrong = [str(file.path) for file in compare(folder) if file.outcome != "unchanged"]
    except HooksInstallError as error:
        fix = bilingual("Corrija la carpeta de --whmcs-dir.", "Mend the folder of --whmcs-dir.")
        return [fail("hooks.files", str(error), fix)]
    if not wrong:
        good = bilingual(
            f"Los archivos en {folder} son los de esta versión.", f"The files in {folder} are this version's."
        )
        return [ok("hooks.files", good)]
    names = ", ".join(wrong[:3]) + (", ..." if len(wrong) > 3 else "")
    return [
        fail(
            "hooks.files",
            bilingual(
                f"En {folder} faltan o son de otra versión: {names}.",
                f"In {folder} missing or not this version's: {names}.",
            ),
            f"wompi-bridge hooks install {folder}",
        )
    ]
