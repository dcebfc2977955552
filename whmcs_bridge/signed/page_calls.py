"""The console's signed calls and their signed answers: ``t=<unix seconds>,n=<nonce>,v2=<hex HMAC-SHA256>`` over
``<t>.<n>.<path>.<body>``. An answer carries the nonce of its call, so that it answers nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from whmcs_bridge.signed.calls import HEADER, TOLERANCE, BadCall, OddCall
from whmcs_bridge.signed.mac import mac, verify

_SIGNATURE = re.compile(r"t=([1-9][0-9]{0,10}),n=([A-Za-z0-9]{16,64}),v2=([0-9a-f]{64})\Z")


@dataclass(frozen=True, slots=True)
class SignedCall:
    """A call that was verified."""

    nonce: str
    document: dict[str, Any]


def read_signed(path: str, body: bytes, signature: str | None, secrets: Sequence[str], *, now: datetime) -> SignedCall:
    """Verify a call to ``path``. Raises ``BadCall``: nothing of an unsigned body is looked at."""
    match = _SIGNATURE.match(signature or "")
    if match is None:
        raise BadCall(f"{HEADER} is missing or has another form: update hooks/")
    stamp, nonce, told = match.groups()
    if not verify(told, _message(stamp, nonce, path, body), secrets, bytes.hex):
        raise BadCall("the signature is not ours: the secret in WHMCS and BRIDGE_SECRET differ")
    if abs(now.timestamp() - int(stamp)) > TOLERANCE:
        raise BadCall("the call is too old or too new: the clocks of WHMCS and of the bridge differ")
    try:
        document = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise OddCall("the body is not JSON") from None
    if not isinstance(document, dict):
        raise OddCall("the body is not a JSON object")
    return SignedCall(nonce, document)


def sign_bytes(path: str, body: bytes, secret: str, nonce: str, *, now: datetime) -> str:
    """Write the header's value for a call, or for the answer to the call of this nonce."""
    stamp = str(int(now.timestamp()))
    return f"t={stamp},n={nonce},v2={mac(_message(stamp, nonce, path, body), secret).hex()}"


def _message(stamp: str, nonce: str, path: str, body: bytes) -> bytes:
    return f"{stamp}.{nonce}.{path}.".encode() + body
