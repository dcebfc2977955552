"""WHMCS: whether it answers, lets the bridge in, and is set up as the bridge needs it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from whmcs_bridge.doctor.check import TRY_AGAIN, Check, fail, ok, warn
from whmcs_bridge.doctor.currencies import currency_checks
from whmcs_bridge.doctor.network import TimingTransport, first_words, host_of, no_answer, strange_answer
from whmcs_bridge.doctor.permissions import permission_checks
from whmcs_bridge.money.currencies import Source
from whmcs_bridge.settings import Settings
from whmcs_bridge.whmcs.answers import AccessRefused, Refused, Unclear, WhmcsError, find_answer, read_answer
from whmcs_bridge.whmcs.embedded import BLANK
from whmcs_bridge.whmcs.models import generation_of, rows
from wompi_gateway.transport import Reply, TransportError

# WHMCS 8 separated clients from users, and brought WhmcsDetails:
# https://developers.whmcs.com/advanced/upgrade-to-whmcs-8/
OLDEST_VERSION = 8

_ADDRESS = re.compile(r"Invalid IP:?\s*([0-9A-Fa-f.:]+)")


@dataclass(frozen=True, slots=True)
class Api:
    """WHMCS's API, with the answers as they came."""

    settings: Settings
    transport: TimingTransport

    def reply(self, action: str, **fields: str) -> Reply:
        """Ask. Raises ``TransportError``."""
        settings = self.settings
        data = {
            "action": action,
            **fields,
            "identifier": settings.whmcs_api_identifier,
            "secret": settings.whmcs_api_secret,
            "responsetype": "json",
        }
        if settings.whmcs_api_access_key:
            data["accesskey"] = settings.whmcs_api_access_key
        return self.transport.send("POST", settings.api_url, data=data, timeout=settings.whmcs_timeout)

    def ask(self, action: str, **fields: str) -> dict[str, Any]:
        """Ask. Raises ``TransportError`` and ``WhmcsError``."""
        return read_answer(self.reply(action, **fields))


def whmcs_checks(settings: Settings, transport: TimingTransport) -> list[Check]:
    """Everything about WHMCS, or the one thing that keeps it from being looked at."""
    api = Api(settings, transport)
    try:
        reply = api.reply("WhmcsDetails")
    except TransportError as error:
        return [no_answer(error, settings.api_url).failure("whmcs.reachable", "WHMCS", "WHMCS")]
    host = host_of(settings.api_url)
    reached = ok("whmcs.reachable", f"WHMCS contesta en {host}.", f"WHMCS answers at {host}.")
    version: dict[str, Any] = {}
    try:
        version = read_answer(reply)
    except AccessRefused as refusal:
        if "Invalid Permissions" not in str(refusal):
            return [reached, _refused(str(refusal), settings)]
    except Unclear:
        return [strange_answer(reply, settings.api_url).failure("whmcs.reachable", "WHMCS", "WHMCS")]
    except Refused:
        pass  # an old version knows no WhmcsDetails
    checks = [reached, ok("whmcs.access", "WHMCS deja entrar al puente.", "WHMCS lets the bridge in.")]
    checks += _printed_around(reply)
    checks.append(_version(version))
    permissions, denied = permission_checks(api.ask, _by_whmcs(settings))
    if "GetPaymentMethods" not in denied:
        checks += _asked("whmcs.gateway", lambda: [_gateway(api, settings.whmcs_gateway)])
    if "GetCurrencies" not in denied:
        first, *others = _asked("whmcs.currency", lambda: _currencies(api))
        checks.append(first)
        permissions += others  # a part of their own, beside the official rate's
    return checks + permissions


def _printed_around(reply: Reply) -> list[Check]:
    """What WHMCS prints beside its answer. Booking goes on, because the bridge takes the answer alone."""
    found = find_answer(reply.body)
    before, after = (found.before, found.after) if found else ("", "")
    checks = []
    if before.strip(BLANK):
        shown = first_words(before)
        checks.append(
            warn(
                "whmcs.notices",
                f"WHMCS escribe algo delante de sus respuestas (un módulo o un hook tiene errores): «{shown}».",
                f"WHMCS prints something before its answers (a module or a hook has errors): '{shown}'.",
                "En WHMCS: General Settings → Other → Display Errors, quite la marca.",
                "In WHMCS: General Settings → Other → Display Errors, take the tick away.",
            )
        )
    if after.strip(BLANK):
        shown = first_words(after)
        checks.append(
            warn(
                "whmcs.after",
                f"WHMCS escribe algo después de sus respuestas: «{shown}».",
                f"WHMCS prints something after its answers: '{shown}'.",
                "Busque quién lo escribe (un hook, un módulo, auto_append_file de PHP, el servidor web) y quítelo;"
                " quite también la marca en General Settings → Other → Display Errors.",
                "Find who prints it (a hook, a module, PHP's auto_append_file, the web server) and take it away; take"
                " the tick at General Settings → Other → Display Errors away too.",
            )
        )
    if not checks and reply.body[:1] not in (b"{", b"r"):
        checks.append(
            warn(
                "whmcs.notices",
                "Las respuestas de WHMCS empiezan con signos invisibles (BOM o líneas en blanco).",
                "WHMCS's answers begin with invisible characters (a byte order mark or blank lines).",
                "Algún archivo PHP de WHMCS (configuration.php, un hook) se guardó con BOM o con líneas antes de"
                " «<?php»: guárdelo como UTF-8 sin BOM.",
                "Some PHP file of WHMCS (configuration.php, a hook) was saved with a byte order mark, or has lines"
                " before '<?php': save it as UTF-8 without BOM.",
            )
        )
    return checks


def _refused(refusal: str, settings: Settings) -> Check:
    if match := _ADDRESS.search(refusal):
        address = match.group(1)
        es = en = ""
        if settings.whmcs_api_access_key:
            es = ", o WHMCS_API_ACCESS_KEY no es la clave de configuration.php"
            en = ", or WHMCS_API_ACCESS_KEY is not the key in configuration.php"
        return fail(
            "whmcs.ip",
            f"WHMCS no acepta la dirección IP de este servidor, {address}{es}.",
            f"WHMCS does not accept this server's IP address, {address}{en}.",
            "En WHMCS: Configuration → System Settings → General Settings → Security → API IP Access Restriction → Add"
            f" IP, escriba {address} y guarde.",
            "In WHMCS: Configuration → System Settings → General Settings → Security → API IP Access Restriction → Add"
            f" IP, enter {address} and save.",
        )
    return fail(
        "whmcs.credential",
        "WHMCS rechaza la credencial: WHMCS_API_IDENTIFIER o WHMCS_API_SECRET no son correctos, o su administrador está"
        " desactivado.",
        "WHMCS refuses the credential: WHMCS_API_IDENTIFIER or WHMCS_API_SECRET is wrong, or its administrator is"
        " disabled.",
        "En WHMCS: Configuration → System Settings → Manage API Credentials, cree una credencial nueva con el rol del"
        " puente, copie sus dos valores al archivo .env y reinicie el puente.",
        "In WHMCS: Configuration → System Settings → Manage API Credentials, make a new credential with the bridge's"
        " role, copy its two values into the file .env, and restart the bridge.",
    )


def _version(document: dict[str, Any]) -> Check:
    details = document.get("whmcs")
    told = str(details.get("version", "")) if isinstance(details, dict) else ""
    generation = generation_of(told)
    if generation is None:
        return warn(
            "whmcs.version",
            "No se pudo saber la versión de WHMCS.",
            "The version of WHMCS could not be found out.",
            "Agregue WhmcsDetails al rol de API del puente. El puente necesita WHMCS 8 o más reciente.",
            "Add WhmcsDetails to the bridge's API role. The bridge needs WHMCS 8 or newer.",
        )
    if generation < OLDEST_VERSION:
        return fail(
            "whmcs.version",
            f"WHMCS es la versión {told}; el puente necesita la 8.",
            f"WHMCS is version {told}; the bridge needs 8.",
            "Actualice WHMCS a la versión 8 o más reciente.",
            "Update WHMCS to version 8 or newer.",
        )
    return ok("whmcs.version", f"WHMCS es la versión {told}.", f"WHMCS is version {told}.")


def _by_whmcs(settings: Settings) -> list[str]:
    return [code for code, rule in settings.bridge_currencies.items() if rule.source is Source.WHMCS]


def _asked(check_id: str, look: Callable[[], list[Check]]) -> list[Check]:
    try:
        return look()
    except (TransportError, WhmcsError):
        return [warn(check_id, "WHMCS no contestó a esta consulta.", "WHMCS did not answer this question.", *TRY_AGAIN)]


def _gateway(api: Api, gateway: str) -> Check:
    found = rows(api.ask("GetPaymentMethods").get("paymentmethods"), "paymentmethod")
    if any(isinstance(row, dict) and row.get("module") == gateway for row in found):
        es, en = f"La pasarela «{gateway}» está activa en WHMCS.", f"The gateway '{gateway}' is active in WHMCS."
        return ok("whmcs.gateway", es, en)
    return fail(
        "whmcs.gateway",
        f"La pasarela «{gateway}» no está activa en WHMCS.",
        f"The gateway '{gateway}' is not active in WHMCS.",
        "En WHMCS: Configuration → System Settings → Payment Gateways, active «Wompi» y escriba la dirección y el"
        " secreto del puente. Si no aparece, instale sus archivos: wompi-bridge hooks install /ruta/de/whmcs. Si cambió"
        " WHMCS_GATEWAY, debe ser el nombre de sistema de la pasarela.",
        "In WHMCS: Configuration → System Settings → Payment Gateways, activate 'Wompi' and enter the bridge's address"
        " and secret. If it is not listed, install its files: wompi-bridge hooks install /path/of/whmcs. If you have"
        " changed WHMCS_GATEWAY, it must be the gateway's system name.",
    )


def _currencies(api: Api) -> list[Check]:
    found = rows(api.ask("GetCurrencies").get("currencies"), "currency")
    rates = {str(row.get("code")): str(row.get("rate")) for row in found if isinstance(row, dict)}
    return currency_checks(api.settings.bridge_currencies, rates)
