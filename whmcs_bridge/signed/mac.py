"""The MAC under ``BRIDGE_SECRET``: HMAC-SHA256. Links, references, calls and proofs are signed with it, and a
token is derived.

All of them use one secret, so a MAC of one kind must never be good for another. No message of one kind can be a
message of another, because each begins differently:

- link: ``pay.1042.77.1790000000``, its purpose first: ``pay``, ``mail``, ``list`` or ``admin``
- call: ``1790000000.<nonce>.</path>.<body>``, or ``1790000000.<body>`` in version 1, a digit first; with a nonce before
  it, no body is JSON, so that a call of version 2 is none of version 1
- reference: ``reference:INV1042-77-5950000:<nonce>``
- proof: ``proof.bridge.<nonce>``
- the token of ``/metrics``: ``metrics``
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from typing import AnyStr

REFERENCE = b"reference:"
PROOF = b"proof."
METRICS = b"metrics"


def mac(message: bytes, secret: str) -> bytes:
    """The 32 bytes of HMAC-SHA256."""
    return hmac.digest(secret.encode(), message, "sha256")


def verify(told: AnyStr, message: bytes, secrets: Sequence[str], encode: Callable[[bytes], AnyStr]) -> bool:
    """Tell whether ``told`` is the message's MAC under one of the secrets, as ``encode`` writes it. ASCII or bytes.

    Every secret is tried and every comparison takes constant time, so the time that it takes tells nothing.
    """
    matches = [hmac.compare_digest(told, encode(mac(message, secret))) for secret in secrets]
    return any(matches)
