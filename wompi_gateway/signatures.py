"""The two hashes of Wompi's protocol. Both are plain SHA-256 over values joined without a separator.

Without a separator, digits can be moved from one value to its neighbour without changing the hash. So our references
end in a letter, and no signed value is trusted before the transaction is read from the API.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable


def integrity_signature(
    reference: str, amount_in_cents: int, currency: str, secret: str, *, expiration_time: str | None = None
) -> str:
    """Sign a new payment: lower-case hex of reference, amount, currency, expiration (exactly as sent) and secret.

    https://docs.wompi.co/docs/colombia/widget-checkout-web/ ("Paso 3: Genera una firma de integridad")
    """
    return _sha256(reference, str(amount_in_cents), currency, expiration_time or "", secret)


def event_checksum(values: Iterable[str], timestamp: int, secret: str) -> str:
    """Compute an event's checksum: the signed values in the event's own order, the timestamp (Unix s), the secret.

    https://docs.wompi.co/docs/colombia/eventos/ ("Seguridad")
    """
    return _sha256(*values, str(timestamp), secret)


def same_checksum(one: str, other: str) -> bool:
    """Compare two hex checksums in constant time; the documentation prints upper case, real events carry lower."""
    return hmac.compare_digest(one.lower().encode(), other.lower().encode())


def _sha256(*parts: str) -> str:
    return hashlib.sha256("".join(parts).encode()).hexdigest()
