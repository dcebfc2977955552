"""A visitor's network address, by the connection and by a trusted proxy.

Anybody can write ``X-Forwarded-For``. It is read only where the connection comes from a trusted proxy, and then from
its end: each proxy adds the address that called it, so what stands before the first untrusted hop proves nothing.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

from whmcs_bridge.settings.types import Network

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_LOOPBACK = ipaddress.IPv4Address("127.0.0.1")
# A longer chain of trusted proxies is not built.
_MOST_HOPS = 8
# A subscriber has a whole /64 of IPv6, and may call from a new address each time.
_SUBSCRIBER = 64

# "203.0.113.7:41000", "[2001:db8::7]:41000" and "[2001:db8::7]" are written as well as the bare address.
_WITH_PORT = re.compile(r"(?:([0-9.]+)|\[([0-9A-Fa-f:.]+)\])(?::[0-9]{1,5})?\Z")


def client_address(peer: str | None, forwarded_for: str | None, trusted: Sequence[Network]) -> Address:
    """The peer's address; if the peer is a trusted proxy, the last hop of ``X-Forwarded-For`` that is none.

    A hop that is no address ends the search. A peer without an address comes by a socket of this machine.
    """
    address = near = _read(peer or "") or _LOOPBACK
    for hop in reversed((forwarded_for or "").split(",")[-_MOST_HOPS:]):
        if not is_trusted(address, trusted):
            return address
        before = _read(hop.strip().strip('"'))
        if before is None:
            return near
        address = before
    return address


def subscriber(address: Address) -> str:
    """The subscriber that an address belongs to: the address itself, or its /64 of IPv6."""
    if address.version == 4:
        return str(address)
    return str(ipaddress.IPv6Network((int(address), _SUBSCRIBER), strict=False))


def _read(text: str) -> Address | None:
    match = _WITH_PORT.match(text)
    try:
        address = ipaddress.ip_address((match[1] or match[2]) if match else text)
    except ValueError:
        return None
    # "::ffff:203.0.113.7" is how a socket for both families names an IPv4 client.
    return (address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None) or address


def is_trusted(address: Address, trusted: Sequence[Network]) -> bool:
    """Whether the address is one of a trusted proxy."""
    return any(address in network for network in trusted)
