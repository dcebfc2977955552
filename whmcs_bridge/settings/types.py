"""The types of the settings: each value is parsed and checked here, and refused in one sentence."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from whmcs_bridge.messages import Text
from whmcs_bridge.messages import settings as words
from whmcs_bridge.money.currencies import BadCurrencies, RateRule, parse_currencies
from whmcs_bridge.money.fees import BadFees, Fees, parse_fees
from whmcs_bridge.money.instalments import BadMinimum, PartialMinimum, parse_minimum

SHORTEST_SECRET = 32
# How WHMCS tells its admins something, in the order in which it is tried.
CHANNELS = ("email", "notification")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
LOOPBACK: tuple[Network, ...] = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))


def wrong(why: Text) -> PydanticCustomError:
    """The error for a value that cannot be used."""
    return PydanticCustomError("setting", "{en}", why._asdict())


def near(host: str) -> bool:
    """Tell whether a host is on this machine or its own network, where plain http is safe."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith(".localhost")
    return address.is_private


def _url(value: str) -> str:
    if any(character.isspace() for character in value):
        raise wrong(words.SPACES)
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise wrong(words.NOT_AN_ADDRESS) from None
    if parts.scheme not in {"http", "https"} or not host or parts.username is not None:
        raise wrong(words.NOT_WHOLE)
    if parts.scheme == "http" and not near(host):
        raise wrong(words.NOT_HTTPS)
    return value


def _base(value: str) -> str:
    """An address that paths are appended to."""
    if "?" in value or "#" in value:
        raise wrong(words.QUERY)
    return value


def _with_slash(value: str) -> str:
    return value.rstrip("/") + "/"


def _whmcs(value: str) -> str:
    """The folder of WHMCS, not one of its pages: everything else is found from there."""
    page = urlsplit(value).path.rstrip("/").rpartition("/")[2]
    if re.search(r"\.(php|html?)\Z", page, re.IGNORECASE) or page.lower() in ("admin", "includes", "modules", "login"):
        raise wrong(words.client_area_page(page))
    return value


def _bridge(value: str) -> str:
    if match := re.search(r"/(webhooks(/wompi)?|healthz|readyz|return|pay|invoices)/?\Z", urlsplit(value).path):
        raise wrong(words.bridge_page(match[1]))
    return value


def _split(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _long_enough(values: tuple[str, ...]) -> tuple[str, ...]:
    if not values or any(len(value) < SHORTEST_SECRET for value in values):
        raise wrong(words.too_short(SHORTEST_SECRET))
    if any(not value.isascii() or not value.isprintable() for value in values):
        raise wrong(words.NOT_ASCII)
    return values


def _email(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", value):
        raise wrong(words.EMAIL)
    return value


def _whatsapp(value: str) -> str:
    """The figures of a number with its country: https://faq.whatsapp.com/5913398998672934"""
    figures = re.sub(r"[ ().-]", "", value).removeprefix("+")
    if not re.fullmatch(r"[1-9][0-9]{9,14}", figures):
        raise wrong(words.WHATSAPP)
    return figures


def _color(value: str) -> str:
    if len(value) != 7 or value[0] != "#" or any(c not in "0123456789abcdefABCDEF" for c in value[1:]):
        raise wrong(words.COLOUR)
    return value.lower()


def _zone(value: object) -> object:
    try:
        return ZoneInfo(value) if isinstance(value, str) else value
    except (KeyError, ValueError, OSError):
        raise wrong(words.TIME_ZONE) from None


def _channels(value: object) -> object:
    parts = _split(value)
    if isinstance(parts, list):
        if parts == ["off"]:
            return ()
        if not parts or not set(parts) <= set(CHANNELS) or len(parts) != len(set(parts)):
            raise wrong(words.CHANNELS)
    return parts


def _networks(value: object) -> object:
    parts = _split(value)
    if isinstance(value, str) and isinstance(parts, list):
        return tuple(_network(word) for word in parts or [value])
    return parts


def _network(text: str) -> Network:
    try:
        # As nginx does: "127.0.0.1/8" is the network of this address.
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise wrong(words.not_networks(text[:60])) from None
    if network.prefixlen == 0:
        raise wrong(words.whole_internet(text[:60]))
    mapped = network.network_address.ipv4_mapped if isinstance(network, ipaddress.IPv6Network) else None
    # "::ffff:10.0.0.1" is 10.0.0.1, as in visitors' addresses.
    return ipaddress.IPv4Network((mapped, max(network.prefixlen - 96, 0))) if mapped else network


def _database(value: str) -> str:
    if value.split("://")[0] not in {"sqlite", "mysql+pymysql", "postgresql+psycopg"} or "://" not in value:
        raise wrong(words.DATABASE)
    # The first @ ends the password, as SQLAlchemy reads it.
    rest, _, query = value.partition("://")[2].partition("@")[2].partition("?")
    if "@" in rest or ("@" in query and "=" not in query.partition("@")[0]):
        raise wrong(words.PASSWORD)
    return value


def _fees(value: object) -> object:
    try:
        return parse_fees(value) if isinstance(value, str) else value
    except BadFees as error:
        raise wrong(words.bad_fees(error.why, error.part)) from None


def _currencies(value: object) -> object:
    try:
        return parse_currencies(value) if isinstance(value, str) else value
    except BadCurrencies as error:
        raise wrong(words.bad_currencies(error.why, error.part)) from None


def _partial(value: object) -> object:
    try:
        return parse_minimum(value) if isinstance(value, str) else value
    except BadMinimum as error:
        raise wrong(words.MINIMUM[error.why]) from None


def _clients(value: object) -> object:
    parts = _split(value)
    if isinstance(value, str) and isinstance(parts, list):
        if not parts or any(not (word.isascii() and word.isdigit() and 0 < int(word) < 2**31) for word in parts):
            raise wrong(words.CLIENTS)
        return frozenset(int(word) for word in parts)
    return parts


def _daily(value: object) -> object:
    if isinstance(value, str) and value.lower() not in ("daily", "off"):
        raise wrong(words.DAILY)
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
