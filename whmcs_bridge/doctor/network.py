"""What a server answered, in plain words: nothing and why, or an answer that is not from who was asked."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple, Unpack
from urllib.parse import urlsplit

from whmcs_bridge.clock import Clock
from whmcs_bridge.doctor.check import Check, fail
from whmcs_bridge.messages import Text, bilingual
from whmcs_bridge.whmcs.embedded import find_object, readable
from wompi_gateway.transport import BeforeBytes, Content, Reply, Transport, TransportError

_SHOWN = 100
# What pages of firewalls and filters say, in the languages of the hosts.
_GUARD_WORDS = re.compile(
    r"captcha|turnstile|challenge|robot|\bbots?\b|are (you )?human|humano|(just a|one|un) moment|attention required"
    r"|checking your browser|verif(y|ying|ication|icando|icaci[oó]n)|security check|firewall|\bWAF\b|blocked|bloquead"
    r"|banned|access denied|acceso denegado|forbidden|not acceptable|unusual traffic|too many requests|ddos"
    r"|imunify|bitninja|sucuri|incapsula|imperva|wordfence|modsecurity|mod_security|cloudflare|akamai|datadome"
    r"|support id|incident id|request id|enable (javascript|cookies)|habilite (javascript|las cookies)|greylist",
    re.IGNORECASE,
)
_GUARD_PATH = re.compile(
    r"captcha|challenge|robot|block|bloque|\bban|banned|denied|denegad|forbidden|suspend|verif|firewall|waf|cgi-sys"
    r"|imunify|bitninja|sucuri|security|seguridad|human|abuse|/40[36]\b|error",
    re.IGNORECASE,
)


class Seen(NamedTuple):
    """What was seen, and how to mend it, in both languages."""

    es: str
    en: str
    fix_es: str
    fix_en: str

    def sentence(self, detail: object = "") -> str:
        """What was seen, with a detail, and how to mend it, in the admin's language."""
        told = f": {detail}" if detail else ""
        return bilingual(f"{self.es}{told}. {self.fix_es}", f"{self.en}{told}. {self.fix_en}")

    def failure(self, check_id: str, es: str, en: str, fix: Text | None = None) -> Check:
        """The failed check: ``es`` and ``en`` say of what, before a colon. ``fix`` is a better advice, if any."""
        return fail(check_id, f"{es}: {self.es}.", f"{en}: {self.en}.", *(fix or self[2:]))


class TimingTransport(Transport):
    """Keeps how far each server's clock is from ours, by the ``Date`` header of its answers."""

    def __init__(self, now: Clock) -> None:
        super().__init__()
        self._now = now
        self.off_by: dict[str, timedelta] = {}
        """By host and port: how far that server is ahead of us."""

    def send(
        self, method: str, url: str, *, timeout: float, before_bytes: BeforeBytes = None, **content: Unpack[Content]
    ) -> Reply:
        """As ``Transport`` does."""
        began = self._now()
        reply = super().send(method, url, timeout=timeout, before_bytes=before_bytes, **content)
        told = _date(reply.headers.get("Date", ""))
        if told is not None:
            # Somewhere between the question and the answer; the header has whole seconds only.
            self.off_by[urlsplit(url).netloc] = told + timedelta(seconds=0.5) - (began + (self._now() - began) / 2)
        return reply


def _date(text: str) -> datetime | None:
    try:
        told = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return told if told.tzinfo else None


def host_of(url: str) -> str:
    """The host that an address leads to."""
    return urlsplit(url).hostname or url


def json_object(reply: Reply) -> dict[str, Any] | None:
    """The JSON object of a good answer. Others may have printed something before and after it."""
    found = find_object(reply.body, lambda _: True) if reply.status == 200 else None
    return found.document if found else None


def first_words(text: str) -> str:
    """The first words of what somebody else wrote, without markup, fit for a message."""
    hidden = re.sub(r"<!--|-->|<(script|style)\b[^>]*>|<[^>]*>", " ", text[:20_000], flags=re.IGNORECASE)
    words = " ".join(re.sub(r"[^\w!-~¡-ÿ«»–—…]", " ", hidden).split())
    return words if len(words) <= _SHOWN else words[:_SHOWN].rstrip() + "…"


def printable_address(text: str) -> str:
    """An address that somebody else wrote, fit for a message."""
    return re.sub(r"[^\x21-\x7e]", "", text)[:100]


def no_answer(error: TransportError, url: str) -> Seen:
    """Say why nobody answered."""
    host, cause = host_of(url), error.cause
    if error.certificate:
        return Seen(
            f"el certificado de {host} no es válido ({error.certificate})",
            f"the certificate of {host} is not valid ({error.certificate})",
            f"Renueve o instale el certificado https de {host} (en cPanel: SSL/TLS Status → Run AutoSSL; con certbot:"
            " certbot renew), con su cadena completa.",
            f"Renew or install the https certificate of {host} (cPanel: SSL/TLS Status → Run AutoSSL; certbot: certbot"
            " renew), with its whole chain.",
        )
    if "SSL" in cause:
        return Seen(
            f"{host} no habla https como debe",
            f"{host} does not speak https as it should",
            f"Abra https://{host} en un navegador; si tampoco abre, revise el https de ese servidor.",
            f"Open https://{host} in a browser; if it does not open, look at that server's https.",
        )
    if "NameResolution" in cause:
        return Seen(
            f"el nombre {host} no existe en el DNS",
            f"the name {host} is not in the DNS",
            f"Revise que {host} esté bien escrito en el archivo .env, y que su dominio tenga ese registro en el DNS.",
            f"See that {host} is spelt right in the file .env, and that your domain has this record in the DNS.",
        )
    if error.timed_out:
        return Seen(
            f"{host} no contesta a tiempo",
            f"{host} does not answer in time",
            f"Revise que {host} esté encendido, y que el firewall deje pasar la conexión desde este servidor.",
            f"See that {host} is running, and that no firewall stops the connection from this server.",
        )
    return Seen(
        f"{host} no acepta la conexión",
        f"{host} does not accept the connection",
        f"Revise que la dirección y el puerto de {host} sean correctos, que su servidor web esté encendido y que el"
        " firewall deje pasar la conexión.",
        f"See that address and port of {host} are right, that its web server is running, and that the firewall lets the"
        " connection through.",
    )


def strange_answer(reply: Reply, url: str) -> Seen:
    """Say who answered in place of the one that was asked."""
    host = host_of(url)
    if seen := _by_status(reply, host):
        return seen
    if _speaks_between(reply):
        return _something_between(reply, host, f"estado {reply.status}", f"status {reply.status}")
    page = _title(reply)
    es, en = ("otra cosa", "something else") if page is None else ("una página web", "a web page")
    words = page or first_words(readable(reply.body))
    named = f" «{words}»" if words else ""
    return Seen(
        f"en {host} contesta {es}{named} con estado {reply.status}",
        f"{en}{named} answers at {host}, status {reply.status}",
        f"Abra {url} en un navegador y revise que la dirección del archivo .env sea la exacta.",
        f"Open {url} in a browser, and see that the address in the file .env is exact.",
    )


def _speaks_between(reply: Reply) -> bool:
    """Tell whether a firewall, a proxy or a protection against robots has answered.

    Each vendor has words and a status of its own: what none of the asked servers would say counts.
    """
    if reply.status != 200:
        return True  # those that a wrong address gives were told before
    if json_object(reply) is not None:
        return True  # WHMCS, Wompi and the bridge are known by their own words
    return bool(_GUARD_WORDS.search(readable(reply.body[:20_000])))


def _something_between(reply: Reply, host: str, es: str, en: str) -> Seen:
    words = first_words(readable(reply.body))
    shown_es, shown_en = (f": «{words}»", f": '{words}'") if words else ("", "")
    return Seen(
        f"algo en medio contesta por {host}, un firewall o un filtro contra robots ({es}){shown_es}",
        f"something in between answers for {host}, a firewall or a filter against robots ({en}){shown_en}",
        "Pida a su proveedor que el firewall (mod_security, Imunify360, BitNinja, CSF, Cloudflare) deje pasar esta"
        " dirección y la IP de este servidor.",
        "Ask your host that the firewall (mod_security, Imunify360, BitNinja, CSF, Cloudflare) lets this address and"
        " this server's IP through.",
    )


def _by_status(reply: Reply, host: str) -> Seen | None:
    """What the status says by itself; a firewall's 503 counts before a server's."""
    if 300 <= reply.status < 400:
        to = printable_address(reply.headers.get("Location", "")).partition("?")[0]  # a query may hold secrets
        if _GUARD_PATH.search(to):
            return _something_between(reply, host, f"redirige a {to}", f"redirects to {to}")
        return Seen(
            f"{host} redirige a {to or 'otra dirección'}",
            f"{host} redirects to {to or 'another address'}",
            "Escriba en el archivo .env la dirección final (con o sin www, con https), y quite la redirección para"
            " ella.",
            "Put the final address into the file .env (with or without www, with https), and remove its redirection.",
        )
    by_cloudflare = "cloudflare" in reply.headers.get("Server", "").lower() and reply.status in (403, 429, 503)
    if by_cloudflare or "cf-mitigated" in reply.headers:
        return Seen(
            f"Cloudflare detiene la petición a {host}",
            f"Cloudflare stops the request to {host}",
            "En Cloudflare: Security → WAF → Custom rules, cree una regla que haga «Skip» para esta dirección (y para"
            " la IP de este servidor), y apague ahí «Bot Fight Mode».",
            "In Cloudflare: Security → WAF → Custom rules, make a rule that skips this address (and this server's IP),"
            " and switch 'Bot Fight Mode' off for it.",
        )
    if reply.status in (500, 503) and _GUARD_WORDS.search(readable(reply.body[:20_000])):
        return _something_between(reply, host, f"estado {reply.status}", f"status {reply.status}")
    if reply.status in (403, 406, 429):
        words = first_words(readable(reply.body))
        shown_es, shown_en = (f": «{words}»", f": '{words}'") if words else ("", "")
        return Seen(
            f"un firewall de {host} detiene la petición (estado {reply.status}){shown_es}",
            f"a firewall of {host} stops the request (status {reply.status}){shown_en}",
            "Pida a su proveedor que el firewall (mod_security, Imunify360, CSF) deje pasar esta dirección.",
            "Ask your host that the firewall (mod_security, Imunify360, CSF) lets this address through.",
        )
    if reply.status in (502, 504) or 520 <= reply.status <= 527:
        return Seen(
            f"el servidor web de {host} contesta, pero lo que está detrás no (estado {reply.status})",
            f"the web server of {host} answers, but what is behind it does not (status {reply.status})",
            f"Revise que el programa detrás de {host} esté encendido y que el servidor web apunte a su puerto.",
            f"See that the program behind {host} is running, and that the web server points to its port.",
        )
    if reply.status == 503:
        return Seen(
            f"{host} está en mantenimiento o sobrecargado (estado 503)",
            f"{host} is down for maintenance (503)",
            f"Si {host} está en modo de mantenimiento, quítelo; si no, espere unos minutos y repita.",
            f"If {host} is in maintenance mode, end it; if not, wait some minutes and repeat.",
        )
    if reply.status >= 500:
        return Seen(
            f"{host} falla (estado {reply.status})",
            f"{host} breaks (status {reply.status})",
            f"Mire el registro de errores del servidor web de {host}.",
            f"Look at the error log of the web server of {host}.",
        )
    if reply.status == 401:
        return Seen(
            f"{host} pide una contraseña",
            f"{host} asks for a password",
            "Quite la contraseña del servidor web para esta dirección.",
            "Take the web server's password away here.",
        )
    if reply.status in (404, 405, 410):
        return Seen(
            f"en {host} no existe esa dirección (estado {reply.status})",
            f"{host} has no such address ({reply.status})",
            "Revise la dirección en el archivo .env, y que el servidor web la entregue al programa correcto.",
            "See that the address in the file .env is right, and that the web server hands it to the right program.",
        )
    return None


def _title(reply: Reply) -> str | None:
    """The title of a web page, "" for a page without one; None for what is no web page."""
    text = readable(reply.body[:20_000])
    if "<" not in text or "html" not in text[:2000].lower():
        return None
    match = re.search(r"<title[^>]*>([^<]{1,80})", text, re.IGNORECASE)
    return first_words(match.group(1)) if match else ""
