"""The MAC under ``BRIDGE_SECRET``: HMAC-SHA256. Links, references, calls and proofs are signed with it.

All four use one secret, so a MAC of one kind must never be good for another. No message of one kind can be a message of
another, because each begins differently:

- link: ``pay.1042.77.1790000000``, its purpose first: ``pay``, ``mail``, ``list`` or ``admin``
- call: ``1790000000.<body>``, a digit first
- reference: ``reference:INV1042-77-5950000:<nonce>``
- proof: ``proof.bridge.<nonce>``
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from typing import AnyStr

REFERENCE = b"reference:"
PROOF = b"proof."


def mac(message: bytes, secret: str) -> bytes:
    """The 32 bytes of HMAC-SHA256."""
    return hmac.digest(secret.encode(), message, "sha256")


def verify(told: AnyStr, message: bytes, secrets: Sequence[str], encode: Callable[[bytes], AnyStr]) -> bool:
    """Tell whether ``told`` is the message's MAC under one of the secrets, as ``encode`` writes it. ASCII or bytes.

    Every secret is tried and every comparison takes constant time, so the time that it takes tells nothing.
    """
    matches = [hmac.compare_digest(told, encode(mac(message, secret))) for secret in secrets]
    return any(matches)
