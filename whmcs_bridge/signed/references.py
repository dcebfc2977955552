"""Signed references: what Wompi shows as the reference of a payment.

``INV1042-77-5950000-<nonce and MAC>`` names the invoice, the client and the amount in cents, and carries a MAC over all
of them. So an approved transaction is booked right even when the database is lost, and nobody can forge a reference.
``INV1042X3-77-9000000-<nonce and MAC>`` is for three invoices: it names the first one and their sum. What each of them
gets is remembered with the checkout; it would not fit here. One that was quoted in another currency closes with another
letter: what was quoted is remembered as well, and without that memory nobody knows what the pesos are worth.

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

# For several invoices there is room for 20 characters of base32, which are 100 bits: 30 of nonce, 70 of MAC.
_SEVERAL_NONCE_LENGTH, _SEVERAL_CODE_LENGTH = 6, 20
MOST_INVOICES = 99

# The closing letter is also the format's version.
_VERSION, _SEVERAL_VERSION = "A", "B"
_QUOTED_VERSION, _SEVERAL_QUOTED_VERSION = "C", "D"
_QUOTED = (_QUOTED_VERSION, _SEVERAL_QUOTED_VERSION)
_NUMBER = "([1-9][0-9]{0,9})"
_REFERENCE = re.compile(rf"INV{_NUMBER}-{_NUMBER}-([1-9][0-9]{{0,12}})-([A-Z2-7]{{{_CODE_LENGTH}}})([AC])\Z")
_SEVERAL = re.compile(
    rf"INV{_NUMBER}X([2-9]|[1-9][0-9])-{_NUMBER}-([1-9][0-9]{{0,12}})"
    rf"-([A-Z2-7]{{{_SEVERAL_CODE_LENGTH}}})([BD])\Z"
)


@dataclass(frozen=True, slots=True)
class Reference:
    """What a reference proves: this bridge opened a checkout of this amount for this invoice and client.

    Of several invoices, ``count`` in number, it names the first one, and the sum of their amounts. ``quoted``: they are
    in another currency, and the pesos are what they were quoted at.
    """

    invoice_id: int
    client_id: int
    amount_in_cents: int
    count: int = 1
    quoted: bool = False


def issue_reference(promise: Reference, secret: str) -> str:
    """Make a new reference, different at each call, signed with the newest secret."""
    if not 1 <= promise.count <= MOST_INVOICES:
        raise ValueError("the number of invoices is out of range")
    if not (0 < promise.invoice_id <= _MAX_ID and 0 < promise.client_id <= _MAX_ID):
        raise ValueError("an invoice's or client's number is out of range")
    if not 0 < promise.amount_in_cents <= MAXIMUM_IN_CENTS:
        raise ValueError("the amount is out of range")
    if promise.count > 1:
        told = f"INV{promise.invoice_id}X{promise.count}-{promise.client_id}-{promise.amount_in_cents}"
        letters = base64.b32encode(random_source.token_bytes(_NONCE_BYTES)).decode("ascii")[:_SEVERAL_NONCE_LENGTH]
        version = _SEVERAL_QUOTED_VERSION if promise.quoted else _SEVERAL_VERSION
        return f"{told}-{letters}{_short_code(mac(_message(told, letters.encode(), version), secret))}{version}"
    told = f"INV{promise.invoice_id}-{promise.client_id}-{promise.amount_in_cents}"
    nonce = random_source.token_bytes(_NONCE_BYTES)
    version = _QUOTED_VERSION if promise.quoted else _VERSION
    code = base64.b32encode(nonce + _short(mac(_message(told, nonce, version), secret))).decode("ascii")
    return f"{told}-{code}{version}"


def read_reference(text: str, secrets: Sequence[str]) -> Reference | None:
    """Return what the reference proves, or None when it was not issued with one of our secrets."""
    match = _REFERENCE.match(text)
    if match is None:
        return _read_several(text, secrets)
    invoice, client, amount, code, version = match.groups()
    raw = base64.b32decode(code)
    nonce, told = raw[:_NONCE_BYTES], text[: match.start(4) - 1]
    if not verify(raw[_NONCE_BYTES:], _message(told, nonce, version), secrets, _short):
        return None
    return Reference(int(invoice), int(client), int(amount), quoted=version in _QUOTED)


def _read_several(text: str, secrets: Sequence[str]) -> Reference | None:
    match = _SEVERAL.match(text)
    if match is None:
        return None
    invoice, count, client, amount, code, version = match.groups()
    nonce, told = code[:_SEVERAL_NONCE_LENGTH].encode(), text[: match.start(5) - 1]
    if not verify(code[_SEVERAL_NONCE_LENGTH:], _message(told, nonce, version), secrets, _short_code):
        return None
    return Reference(int(invoice), int(client), int(amount), int(count), version in _QUOTED)


def _message(told: str, nonce: bytes, version: str) -> bytes:
    # The first two letters need no mark of their own: what they sign differs in form.
    mark = version.encode("ascii") + b":" if version in _QUOTED else b""
    return REFERENCE + told.encode("ascii") + b":" + mark + nonce


def _short(digest: bytes) -> bytes:
    return digest[:_MAC_BYTES]


def _short_code(digest: bytes) -> str:
    return base64.b32encode(digest).decode("ascii")[: _SEVERAL_CODE_LENGTH - _SEVERAL_NONCE_LENGTH]
