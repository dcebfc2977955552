"""Proofs: one side shows the other that it knows the secret, without telling it.

The asker sends a nonce; the answer is hex HMAC-SHA256 of ``proof.<who>.<nonce>``. The PHP side answers in
``hooks/modules/gateways/wompi/lib/Proof.php``.
"""

from __future__ import annotations

from whmcs_bridge.signed.mac import PROOF, mac, verify

# The name under which ``wompi-bridge doctor`` writes a nonce into the database before it asks for a proof.
NONCE = "doctor_nonce"


def proof_of(nonce: str, secret: str, *, who: str) -> str:
    """Show that ``who`` (``bridge`` or ``whmcs``) knows the secret. Neither side can show the other's proof."""
    return mac(_message(nonce, who), secret).hex()


def proves(told: object, nonce: str, secret: str, *, who: str) -> bool:
    """Tell whether an answer's ``proof``, whatever it holds, is the proof of ``who``."""
    return isinstance(told, str) and told.isascii() and verify(told, _message(nonce, who), [secret], bytes.hex)


def _message(nonce: str, who: str) -> bytes:
    return PROOF + f"{who}.{nonce}".encode()
