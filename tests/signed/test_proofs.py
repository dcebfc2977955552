"""Proofs that a side knows the secret."""

from __future__ import annotations

import pytest

from whmcs_bridge.signed.proofs import proof_of, proves

SECRET = "0123456789abcdef0123456789abcdef"
NONCE = "00112233445566778899aabbccddeeff"
# Made with ``openssl dgst -sha256 -hmac`` of ``proof.<who>.<nonce>``.
WHMCS = "33a40c26b000b02994a086926534fe1ccb0959463502af18126c541275793a1d"
BRIDGE = "14e48dcf9d00726c8e95d48a4a2888465c187241a7a0cad5d56669b6cb999d01"


def test_a_proof_is_of_one_side() -> None:
    """Neither side can show the other's."""
    assert (proof_of(NONCE, SECRET, who="whmcs"), proof_of(NONCE, SECRET, who="bridge")) == (WHMCS, BRIDGE)
    assert proves(BRIDGE, NONCE, SECRET, who="bridge")
    assert not proves(WHMCS, NONCE, SECRET, who="bridge")


@pytest.mark.parametrize("told", [None, 7, ["x"], "", BRIDGE[:-1], BRIDGE.upper(), "contraseña"], ids=repr)
def test_whatever_else_a_server_answers_is_no_proof(told: object) -> None:
    """A page of somebody else's is no proof, and no error: ``compare_digest`` raises for text that is not ASCII."""
    assert proves(told, NONCE, SECRET, who="bridge") is False
