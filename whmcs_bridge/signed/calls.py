"""Signed calls: what WHMCS's PHP asks the bridge, server to server.

``X-Bridge-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">``. A call that is older or newer than five
minutes is refused. The PHP side signs in ``hooks/modules/gateways/wompi/lib/Call.php``; ``tests/vectors/calls.json``
keeps the two alike.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from whmcs_bridge.signed.mac import mac, verify

HEADER = "X-Bridge-Signature"

# Seconds that the two clocks may differ, and that a call may be replayed.
TOLERANCE = 300

_SIGNATURE = re.compile(r"t=([1-9][0-9]{0,10}),v1=([0-9a-f]{64})\Z")


class BadCall(Exception):
    """The call must not be carried out; ``http_status`` is the answer."""

    http_status = 401


class OddCall(BadCall):
    """The signature is right, but the body is not what this address takes."""

    http_status = 400


def read_call(body: bytes, signature: str | None, secrets: Sequence[str], *, now: datetime) -> dict[str, Any]:
    """Verify a call and return its JSON object. Raises ``BadCall``. An unsigned body is not parsed."""
    match = _SIGNATURE.match(signature or "")
    if match is None:
        raise BadCall(f"{HEADER} is missing or has another form")
    stamp, told = match.groups()
    if not verify(told, _message(stamp, body), secrets, bytes.hex):
        raise BadCall("the signature is not ours: the secret in WHMCS and BRIDGE_SECRET differ")
    if abs(now.timestamp() - int(stamp)) > TOLERANCE:
        raise BadCall("the call is too old or too new: the clocks of WHMCS and of the bridge differ")
    try:
        document = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise OddCall("the body is not JSON") from None
    if not isinstance(document, dict):
        raise OddCall("the body is not a JSON object")
    return document


def signature_of(body: bytes, secret: str, *, now: datetime) -> str:
    """Write the header's value for a body."""
    stamp = str(int(now.timestamp()))
    return f"t={stamp},v1={mac(_message(stamp, body), secret).hex()}"


def _message(stamp: str, body: bytes) -> bytes:
    return stamp.encode("ascii") + b"." + body
