"""Signed references: what Wompi shows as the reference of a payment.

``INV1042-77-5950000-<nonce and MAC>`` names the invoice, the client and the amount in cents, and carries a MAC over all
of them. So an approved transaction is booked right even when the database is lost, and nobody can forge a reference.
At most 64 characters; the last is a letter, because Wompi's signature joins reference and amount without a separator.
"""

from __future__ import annotations

import base64
import re
import secrets as random_source
from collections.abc import Sequence
from dataclasses import dataclass

from whmcs_bridge.money.pesos import MAXIMUM_IN_CENTS
from whmcs_bridge.signed.mac import REFERENCE, mac, verify

# 40 random bits distinguish two clicks on one invoice. With the 80 bits of the MAC, 120 bits are unpredictable.
_NONCE_BYTES = 5
_MAC_BYTES = 10
_CODE_LENGTH = 8 * (_NONCE_BYTES + _MAC_BYTES) // 5  # base32, without padding
_MAX_ID = 9_999_999_999

# The closing letter is also the format's version.
_VERSION = "A"
_REFERENCE = re.compile(
    rf"INV([1-9][0-9]{{0,9}})-([1-9][0-9]{{0,9}})-([1-9][0-9]{{0,12}})-([A-Z2-7]{{{_CODE_LENGTH}}}){_VERSION}\Z"
)


@dataclass(frozen=True, slots=True)
class Reference:
    """What a reference proves: this bridge opened a checkout of this amount for this invoice and client."""

    invoice_id: int
    client_id: int
    amount_in_cents: int


def issue_reference(promise: Reference, secret: str) -> str:
    """Make a new reference, different at each call, signed with the newest secret."""
    if not (0 < promise.invoice_id <= _MAX_ID and 0 < promise.client_id <= _MAX_ID):
        raise ValueError("an invoice's or client's number is out of range")
    if not 0 < promise.amount_in_cents <= MAXIMUM_IN_CENTS:
        raise ValueError("the amount is out of range")
    told = f"INV{promise.invoice_id}-{promise.client_id}-{promise.amount_in_cents}"
    nonce = random_source.token_bytes(_NONCE_BYTES)
    code = base64.b32encode(nonce + _short(mac(_message(told, nonce), secret))).decode("ascii")
    return f"{told}-{code}{_VERSION}"


def read_reference(text: str, secrets: Sequence[str]) -> Reference | None:
    """Return what the reference proves, or None when it was not issued with one of our secrets."""
    match = _REFERENCE.match(text)
    if match is None:
        return None
    invoice, client, amount, code = match.groups()
    raw = base64.b32decode(code)
    nonce, told = raw[:_NONCE_BYTES], text[: match.start(4) - 1]
    if not verify(raw[_NONCE_BYTES:], _message(told, nonce), secrets, _short):
        return None
    return Reference(int(invoice), int(client), int(amount))


def _message(told: str, nonce: bytes) -> bytes:
    return REFERENCE + told.encode("ascii") + b":" + nonce


def _short(digest: bytes) -> bytes:
    return digest[:_MAC_BYTES]
