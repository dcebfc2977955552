"""Signed calls: what WHMCS's PHP asks the bridge, server to server.

``X-Bridge-Signature: t=<unix seconds>,n=<nonce>,v2=<hex HMAC-SHA256 of "<t>.<n>.<path>.<body>">``. A call is good for
one address and for five minutes; one that changes something is carried out once, by its nonce. The PHP side signs in
``hooks/modules/gateways/wompi/lib/Call.php``; ``tests/vectors/calls.json`` keeps the two alike.

Version 1, ``t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">``, is what ``hooks/`` of 0.1 send: good for reading
only. The bridge's own question to WHMCS's callback has this form, because older files there know no other.
"""

from __future__ import annotations

import json
import re
import secrets as randomness
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from whmcs_bridge.signed.mac import mac, verify

HEADER = "X-Bridge-Signature"

# Seconds that the two clocks may differ, and that a call may be replayed.
TOLERANCE = 300

_SIGNATURE = re.compile(r"t=([1-9][0-9]{0,10}),(?:n=([A-Za-z0-9]{16,64}),v2|v1)=([0-9a-f]{64})\Z")


class BadCall(Exception):
    """The call must not be carried out; ``http_status`` is the answer."""

    http_status = 401


class OddCall(BadCall):
    """The signature is right, but the body is not what this address takes."""

    http_status = 400


class RepeatedCall(BadCall):
    """It was received before. What became of it then was the answer to it then."""

    def __init__(self) -> None:
        super().__init__("this very call was received already: it is not carried out twice")


@dataclass(frozen=True, slots=True)
class SignedCall:
    """A call that was verified."""

    document: dict[str, Any]
    nonce: str | None
    """None for version 1, which has none."""
    secret: str = field(repr=False)
    """The one that signed it. An answer that is signed is signed with the same, which the caller has."""


def read_call(
    path: str, body: bytes, signature: str | None, secrets: Sequence[str], *, now: datetime, changes: bool = False
) -> SignedCall:
    """Verify a call to ``path`` and read its JSON object. Raises ``BadCall``. An unsigned body is not parsed.

    ``changes``: the call changes something, so it must have a nonce, which the caller keeps.
    """
    match = _SIGNATURE.match(signature or "")
    if match is None:
        raise BadCall(f"{HEADER} is missing or has another form")
    stamp, nonce, told = match.groups()
    message = _unbound(stamp, body) if nonce is None else _message(stamp, nonce, path, body)
    good = [secret for secret in secrets if verify(told, message, [secret], bytes.hex)]
    if not good:
        raise BadCall("the signature is not ours: the secret in WHMCS and BRIDGE_SECRET differ")
    if abs(now.timestamp() - int(stamp)) > TOLERANCE:
        raise BadCall("the call is too old or too new: the clocks of WHMCS and of the bridge differ")
    if changes and nonce is None:
        raise BadCall("the files in WHMCS are of an older version: update hooks/ with wompi-bridge hooks install")
    try:
        document = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise OddCall("the body is not JSON") from None
    if not isinstance(document, dict):
        raise OddCall("the body is not a JSON object")
    return SignedCall(document, nonce, good[0])


def signature_of(path: str, body: bytes, secret: str, *, now: datetime, nonce: str | None = None) -> str:
    """Write the header's value for a call to ``path``; None: with a new nonce."""
    stamp, nonce = str(int(now.timestamp())), nonce or randomness.token_hex(16)
    return f"t={stamp},n={nonce},v2={mac(_message(stamp, nonce, path, body), secret).hex()}"


def unbound_signature_of(body: bytes, secret: str, *, now: datetime) -> str:
    """Write the header's value in version 1."""
    stamp = str(int(now.timestamp()))
    return f"t={stamp},v1={mac(_unbound(stamp, body), secret).hex()}"


def _message(stamp: str, nonce: str, path: str, body: bytes) -> bytes:
    return f"{stamp}.{nonce}.{path}.".encode() + body


def _unbound(stamp: str, body: bytes) -> bytes:
    return stamp.encode("ascii") + b"." + body
