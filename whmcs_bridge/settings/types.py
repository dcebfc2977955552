"""The types of the settings: each value is parsed and checked here, and refused in one sentence."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from whmcs_bridge.money.currencies import BadCurrencies, RateRule, parse_currencies
from whmcs_bridge.money.fees import BadFees, Fees, parse_fees
from whmcs_bridge.money.instalments import BadMinimum, PartialMinimum, parse_minimum

SHORTEST_SECRET = 32
# How WHMCS tells its admins something, in the order in which it is tried.
CHANNELS = ("email", "notification")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
LOOPBACK: tuple[Network, ...] = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))


def wrong(es: str, en: str) -> PydanticCustomError:
    """The sentence for a value that cannot be used, in both languages."""
    return PydanticCustomError("setting", "{en}", {"es": es, "en": en})


def near(host: str) -> bool:
    """Tell whether a host is on this machine or its own network, where plain http is safe."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith(".localhost")
    return address.is_private


def _url(value: str) -> str:
    if any(character.isspace() for character in value):
        raise wrong("la dirección contiene espacios", "the address contains spaces")
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise wrong("no es una dirección web válida", "is not a valid web address") from None
    if parts.scheme not in {"http", "https"} or not host or parts.username is not None:
        raise wrong(
            "debe ser una dirección web completa, como https://pagos.ejemplo.com/",
            "must be a whole web address such as https://pay.example.com/",
        )
    if parts.scheme == "http" and not near(host):
        raise wrong(
            "debe empezar por https:// (http solo se acepta dentro del mismo equipo o de su red)",
            "must begin with https:// (http only within this machine or its own network)",
        )
    return value


def _base(value: str) -> str:
    """An address that paths are appended to."""
    if "?" in value or "#" in value:
        raise wrong("la dirección no debe llevar ? ni #", "the address must carry no ? and no #")
    return value


def _with_slash(value: str) -> str:
    return value.rstrip("/") + "/"


def _whmcs(value: str) -> str:
    """The folder of WHMCS, not one of its pages: everything else is found from there."""
    page = urlsplit(value).path.rstrip("/").rpartition("/")[2]
    if re.search(r"\.(php|html?)\Z", page, re.IGNORECASE) or page.lower() in ("admin", "includes", "modules", "login"):
        raise wrong(
            f"es la dirección del área de clientes, sin «{page}» al final",
            f"is the client area's address, without '{page}' at its end",
        )
    return value


def _bridge(value: str) -> str:
    if match := re.search(r"/(webhooks(/wompi)?|healthz|readyz|return|pay|invoices)/?\Z", urlsplit(value).path):
        raise wrong(
            f"es la dirección del puente, sin «{match[1]}» al final",
            f"is the bridge's address, without '{match[1]}' at its end",
        )
    return value


def _split(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _long_enough(values: tuple[str, ...]) -> tuple[str, ...]:
    if not values or any(len(value) < SHORTEST_SECRET for value in values):
        raise wrong(
            f"cada valor debe tener al menos {SHORTEST_SECRET} caracteres; cree uno con: openssl rand -hex 32",
            f"each value needs at least {SHORTEST_SECRET} characters; make one with: openssl rand -hex 32",
        )
    if any(not value.isascii() or not value.isprintable() for value in values):
        raise wrong("solo admite letras, números y signos ASCII", "takes plain ASCII characters only")
    return values


def _email(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", value):
        raise wrong("debe ser un correo, como soporte@ejemplo.com", "must be an e-mail address, help@example.com")
    return value


def _whatsapp(value: str) -> str:
    """The figures of a number with its country: https://faq.whatsapp.com/5913398998672934"""
    figures = re.sub(r"[ ().-]", "", value).removeprefix("+")
    if not re.fullmatch(r"[1-9][0-9]{9,14}", figures):
        raise wrong(
            "debe ser un número de WhatsApp con el indicativo del país, como +57 300 1234567",
            "must be a WhatsApp number with its country, such as +57 300 1234567",
        )
    return figures


def _color(value: str) -> str:
    if len(value) != 7 or value[0] != "#" or any(c not in "0123456789abcdefABCDEF" for c in value[1:]):
        raise wrong("debe ser un color como #0a7d5a", "must be a colour such as #0a7d5a")
    return value.lower()


def _zone(value: object) -> object:
    try:
        return ZoneInfo(value) if isinstance(value, str) else value
    except (KeyError, ValueError, OSError):
        raise wrong("no es una zona horaria; use America/Bogota", "is no time zone; use America/Bogota") from None


def _channels(value: object) -> object:
    words = _split(value)
    if isinstance(words, list):
        if words == ["off"]:
            return ()
        if not words or not set(words) <= set(CHANNELS) or len(words) != len(set(words)):
            raise wrong(
                "debe ser email, notification, los dos separados por una coma, u off",
                "must be email, notification, both with a comma between, or off",
            )
    return words


def _networks(value: object) -> object:
    words = _split(value)
    if isinstance(value, str) and isinstance(words, list):
        return tuple(_network(word) for word in words or [value])
    return words


def _network(text: str) -> Network:
    try:
        # As nginx does: "127.0.0.1/8" is the network of this address.
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise wrong(
            "debe ser una lista de direcciones o redes, como 127.0.0.1, 10.0.0.0/8 o ::1, sin nombres:"
            f" «{text[:60]}» no lo es",
            "must be a list of addresses or networks such as 127.0.0.1, 10.0.0.0/8 or ::1, no names:"
            f' "{text[:60]}" is none',
        ) from None
    if network.prefixlen == 0:
        raise wrong(
            f"{text[:60]} es todo internet y cualquiera podría fingir su dirección: escriba solo las de sus proxies",
            f"{text[:60]} is the whole internet, and anybody could forge an address: write those of your proxies alone",
        )
    mapped = network.network_address.ipv4_mapped if isinstance(network, ipaddress.IPv6Network) else None
    # "::ffff:10.0.0.1" is 10.0.0.1, as in visitors' addresses.
    return ipaddress.IPv4Network((mapped, max(network.prefixlen - 96, 0))) if mapped else network


def _database(value: str) -> str:
    if value.split("://")[0] not in {"sqlite", "mysql+pymysql", "postgresql+psycopg"} or "://" not in value:
        raise wrong(
            "debe empezar por sqlite:///, mysql+pymysql:// o postgresql+psycopg://",
            "must begin with sqlite:///, mysql+pymysql:// or postgresql+psycopg://",
        )
    # The first @ ends the password, as SQLAlchemy reads it.
    rest, _, query = value.partition("://")[2].partition("@")[2].partition("?")
    if "@" in rest or ("@" in query and "=" not in query.partition("@")[0]):
        raise wrong(
            "la contraseña lleva signos que tienen otro oficio en una dirección: escriba @ como %40, / como %2F, ? como"
            " %3F y % como %25",
            "the password holds characters that mean something else in an address: write @ as %40, / as %2F, ? as %3F"
            " and % as %25",
        )
    return value


def _fees(value: object) -> object:
    try:
        return parse_fees(value) if isinstance(value, str) else value
    except BadFees as error:
        raise wrong(error.es, error.en) from None


def _currencies(value: object) -> object:
    try:
        return parse_currencies(value) if isinstance(value, str) else value
    except BadCurrencies as error:
        raise wrong(error.es, error.en) from None


def _partial(value: object) -> object:
    try:
        return parse_minimum(value) if isinstance(value, str) else value
    except BadMinimum as error:
        raise wrong(error.es, error.en) from None


def _clients(value: object) -> object:
    words = _split(value)
    if isinstance(value, str) and isinstance(words, list):
        if not words or any(not (word.isascii() and word.isdigit() and 0 < int(word) < 2**31) for word in words):
            raise wrong(
                "debe ser una lista de números de clientes de WHMCS, como 77, 81",
                "must be a list of WHMCS client numbers such as 77, 81",
            )
        return frozenset(int(word) for word in words)
    return words


def _daily(value: object) -> object:
    if isinstance(value, str) and value.lower() not in ("daily", "off"):
        raise wrong("debe ser daily u off", "must be daily or off")
    return value.lower() == "daily" if isinstance(value, str) else value


Url = Annotated[str, AfterValidator(_url)]
Base = Annotated[Url, AfterValidator(_base)]
WhmcsFolder = Annotated[Base, AfterValidator(_whmcs), AfterValidator(_with_slash)]
BridgeFolder = Annotated[Base, AfterValidator(_bridge), AfterValidator(_with_slash)]
Seconds = Annotated[float, Field(gt=0, le=3600)]
Words = Annotated[tuple[str, ...], BeforeValidator(_split), Field(min_length=1)]
Secrets = Annotated[tuple[str, ...], BeforeValidator(_split), AfterValidator(_long_enough)]
DatabaseUrl = Annotated[str, AfterValidator(_database)]
Email = Annotated[str, AfterValidator(_email)]
WhatsApp = Annotated[str, AfterValidator(_whatsapp)]
Colour = Annotated[str, AfterValidator(_color)]
Zone = Annotated[ZoneInfo, BeforeValidator(_zone)]
Channels = Annotated[tuple[str, ...], BeforeValidator(_channels)]
Networks = Annotated[tuple[Network, ...], BeforeValidator(_networks)]
Clients = Annotated[frozenset[int], BeforeValidator(_clients)]
FeesFormula = Annotated[Fees | None, BeforeValidator(_fees)]
Currencies = Annotated[dict[str, RateRule], BeforeValidator(_currencies)]
Partial = Annotated[PartialMinimum | None, BeforeValidator(_partial)]
DailyOrOff = Annotated[bool, BeforeValidator(_daily)]
