"""Signed calls: what WHMCS's PHP asks the bridge, server to server.

``X-Bridge-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">``, refused when it is older or newer than
five minutes. The PHP side signs in ``hooks/modules/gateways/wompi/lib/Call.php``; ``tests/vectors/calls.json`` binds
the two.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

HEADER = "X-Bridge-Signature"

# How far the two clocks may differ, and how long a call may be replayed, in seconds.
TOLERANCE = 300

# What ``wompi-bridge doctor`` has written into the database, under this name, before it asks for a proof.
NONCE = "doctor_nonce"

_SIGNATURE = re.compile(r"t=([1-9][0-9]{0,10}),v1=([0-9a-f]{64})\Z")


class BadCall(Exception):
    """The call is not to be carried out; ``http_status`` is the answer."""

    http_status = 401


class OddCall(BadCall):
    """Signed by us, and still not what this address takes."""

    http_status = 400


def read_call(body: bytes, signature: str | None, secrets: Sequence[str], *, now: datetime) -> dict[str, Any]:
    """Verify a call and return its JSON object. Raises ``BadCall``: nothing of an unsigned body is looked at."""
    match = _SIGNATURE.match(signature or "")
    if match is None:
        raise BadCall(f"{HEADER} is missing or has another form")
    stamp, told = match.groups()
    matches = [hmac.compare_digest(told, _mac(stamp, body, secret)) for secret in secrets]
    if not any(matches):
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
    """Write the header's value for a body, signed with the newest secret."""
    stamp = str(int(now.timestamp()))
    return f"t={stamp},v1={_mac(stamp, body, secret)}"


def proof_of(nonce: str, secret: str, *, who: str) -> str:
    """Show that ``who`` (``bridge`` or ``whmcs``) knows the secret: hex HMAC-SHA256 of ``proof.<who>.<nonce>``.

    The prefix keeps a proof from ever standing for a link, a reference or a signed call.
    """
    return hmac.new(secret.encode(), f"proof.{who}.{nonce}".encode(), hashlib.sha256).hexdigest()


def _mac(stamp: str, body: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), stamp.encode("ascii") + b"." + body, hashlib.sha256).hexdigest()
