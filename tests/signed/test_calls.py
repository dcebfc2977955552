"""Signed calls from WHMCS to the bridge: version 2, and version 1 of the first files in WHMCS."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from whmcs_bridge.signed.calls import BadCall, OddCall, SignedCall, read_call, signature_of, unbound_signature_of

# Made with ``openssl dgst -sha256 -hmac``, which is neither side's code. ``old`` is version 1.
VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "vectors/calls.json").read_text("utf-8"))

SECRET = "0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)  # 1790000000
PATH = "/voids"
BODY = b'{"transid":"1234-1610641025-49201","amount":"59500.00"}'
SIGNATURE, OLD = str(VECTORS[0]["signature"]), str(VECTORS[0]["old"])


def read(
    body: bytes = BODY,
    signature: str | None = SIGNATURE,
    *secrets: str,
    path: str = PATH,
    late: int = 0,
    **options: bool,
) -> SignedCall:
    """Verify a call that arrives so many seconds late."""
    return read_call(path, body, signature, secrets or (SECRET,), now=NOW + timedelta(seconds=late), **options)


def refusal(body: bytes = BODY, signature: str | None = SIGNATURE, *secrets: str, **options: Any) -> str:
    """The sentence of a refusal with 401."""
    with pytest.raises(BadCall) as refused:
        read(body, signature, *secrets, **options)
    assert refused.value.http_status == 401
    return str(refused.value)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["body"])
def test_signs_the_shared_vectors(vector: dict[str, Any]) -> None:
    """What OpenSSL made of the contract's sentences is what the bridge makes."""
    moment, body = datetime.fromtimestamp(vector["time"], UTC), vector["body"].encode()
    made = signature_of(vector["path"], body, vector["secret"], now=moment, nonce=vector["nonce"])
    assert made == vector["signature"]
    assert unbound_signature_of(body, vector["secret"], now=moment) == vector["old"]


def test_reads_what_was_signed() -> None:
    """The body's object comes out, as it was sent, with the nonce."""
    assert read() == SignedCall({"transid": "1234-1610641025-49201", "amount": "59500.00"}, "0123456789abcdef", SECRET)


def test_takes_every_secret_of_the_list() -> None:
    """While a secret is changed, both are good."""
    assert read(BODY, SIGNATURE, "another secret of 32 characters..", SECRET)
    assert "differ" in refusal(BODY, SIGNATURE, "another secret of 32 characters..")


@pytest.mark.parametrize("signature", [SIGNATURE, OLD])
@pytest.mark.parametrize("late", [300, -300])
def test_clocks_may_differ_by_five_minutes(signature: str, late: int) -> None:
    """Up to 300 seconds old or new."""
    assert read(BODY, signature, late=late)


@pytest.mark.parametrize("signature", [SIGNATURE, OLD])
@pytest.mark.parametrize("late", [301, -301])
def test_older_and_newer_calls_are_refused(signature: str, late: int) -> None:
    """Beyond that a recorded call is worth nothing."""
    assert "too old or too new" in refusal(BODY, signature, late=late)


@pytest.mark.parametrize(
    "signature",
    [None, "", SIGNATURE[:-1], SIGNATURE + "0", SIGNATURE + "\n", SIGNATURE.upper(), SIGNATURE.replace("t=", "t=0"),
     SIGNATURE.replace("1790000000", "1790000001"), SIGNATURE.replace(",", ", "), SIGNATURE.split(",", 1)[1],
     SIGNATURE.replace("v2", "v1"), SIGNATURE.replace("v2", "v3"), SIGNATURE.replace("n=0", "n=1"),
     SIGNATURE.replace("n=0123456789abcdef", "n=0123456789abcde"), SIGNATURE.replace("n=0123456789abcdef,", ""),
     SIGNATURE.replace("n=", "n=" + "0" * 49), SIGNATURE.replace("n=0", "n=-"), f"{SIGNATURE},{OLD}",
     OLD[:-1], OLD + "0", OLD.replace("v1", "v2"), OLD.replace("v1", "v0"), OLD.replace(",", ",n=0123456789abcdef,"),
     "t=1790000000,v1=" + "0" * 64, "t=1790000000,n=0123456789abcdef,v2=" + "0" * 64],
    ids=repr,
)  # fmt: skip
def test_other_signatures_are_refused(signature: str | None) -> None:
    """Two forms, one value each."""
    refusal(BODY, signature)


def test_another_body_is_refused() -> None:
    """The signature covers every byte."""
    refusal(BODY + b" ")
    refusal(BODY + b" ", OLD)


@pytest.mark.parametrize("path", ["/status", "/voids/", "/void", "voids", "", "/puente/voids", "/VOIDS"])
def test_another_address_is_refused(path: str) -> None:
    """What was signed for one address is good at no other."""
    refusal(path=path)


def test_version_1_is_good_for_reading_only() -> None:
    """Files of 0.1 in WHMCS go on telling payers how things stand; for anything else they are to be updated."""
    assert read(BODY, OLD, path="/status") == SignedCall(read().document, None, SECRET)
    assert "update hooks/ with wompi-bridge hooks install" in refusal(BODY, OLD, changes=True)
    assert "differ" in refusal(BODY, OLD, "another secret of 32 characters..", changes=True)


def test_version_2_is_never_taken_for_version_1() -> None:
    """Its signed text begins with the nonce where version 1 has JSON: whoever recorded a call gains nothing."""
    longer = b"0123456789abcdef./voids." + BODY
    with pytest.raises(OddCall):
        read(longer, re.sub("n=[^,]+,v2", "v1", SIGNATURE))


def test_each_signature_has_a_nonce_of_its_own() -> None:
    """Two honest presses within one second are two calls."""
    first, second = (signature_of(PATH, BODY, SECRET, now=NOW) for _ in range(2))
    assert first != second
    assert {len(read(BODY, signature).nonce or "") for signature in (first, second)} == {32}


@pytest.mark.parametrize("body", [b"", b"[]", b"7", b"{", b"\xff{}", b"[" * 50_000], ids=lambda body: repr(body[:5]))
def test_a_signed_body_that_is_no_object_is_odd(body: bytes) -> None:
    """Signed by us, and still nothing that can be carried out: 400."""
    with pytest.raises(OddCall):
        read(body, signature_of(PATH, body, SECRET, now=NOW))
