"""Signed calls from WHMCS to the bridge."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from whmcs_bridge.signed.calls import BadCall, OddCall, read_call, signature_of

# Made with ``openssl dgst -sha256 -hmac``, which is neither side's code.
VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "vectors/calls.json").read_text("utf-8"))

SECRET = "0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)  # 1790000000
BODY = b'{"transid":"1234-1610641025-49201","amount":"59500.00"}'
SIGNATURE = str(VECTORS[0]["signature"])


def status_of(body: bytes, signature: str | None, *secrets: str, now: datetime = NOW) -> int:
    with pytest.raises(BadCall) as refused:
        read_call(body, signature, secrets or (SECRET,), now=now)
    return refused.value.http_status


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["body"])
def test_signs_the_shared_vectors(vector: dict[str, Any]) -> None:
    """What OpenSSL made of the contract's sentence is what the bridge makes."""
    moment = datetime.fromtimestamp(vector["time"], UTC)
    assert signature_of(vector["body"].encode(), vector["secret"], now=moment) == vector["signature"]


def test_reads_what_was_signed() -> None:
    """The body's object comes out, as it was sent."""
    assert read_call(BODY, SIGNATURE, (SECRET,), now=NOW) == {"transid": "1234-1610641025-49201", "amount": "59500.00"}


def test_takes_every_secret_of_the_list() -> None:
    """While a secret is changed, both are good."""
    assert read_call(BODY, SIGNATURE, ("another secret of 32 characters..", SECRET), now=NOW)
    assert status_of(BODY, SIGNATURE, "another secret of 32 characters..") == 401


@pytest.mark.parametrize("seconds", [300, -300])
def test_clocks_may_differ_by_five_minutes(seconds: int) -> None:
    """Up to 300 seconds old or new."""
    assert read_call(BODY, SIGNATURE, (SECRET,), now=NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [301, -301])
def test_older_and_newer_calls_are_refused(seconds: int) -> None:
    """Beyond that a recorded call is worth nothing."""
    assert status_of(BODY, SIGNATURE, now=NOW + timedelta(seconds=seconds)) == 401


@pytest.mark.parametrize(
    "signature",
    [None, "", SIGNATURE[:-1], SIGNATURE + "0", SIGNATURE + "\n", SIGNATURE.upper(), SIGNATURE.replace("t=", "t=0"),
     SIGNATURE.replace("1790000000", "1790000001"), SIGNATURE.replace(",", ", "), SIGNATURE.split(",")[1],
     SIGNATURE.replace("v1", "v0"), "t=1790000000,v1=" + "0" * 64],
    ids=repr,
)  # fmt: skip
def test_other_signatures_are_refused(signature: str | None) -> None:
    """One form, one value."""
    assert status_of(BODY, signature) == 401


def test_another_body_is_refused() -> None:
    """The signature covers every byte."""
    assert status_of(BODY + b" ", SIGNATURE) == 401


@pytest.mark.parametrize("body", [b"", b"[]", b"7", b"{", b"\xff{}", b"[" * 50_000], ids=lambda body: repr(body[:5]))
def test_a_signed_body_that_is_no_object_is_odd(body: bytes) -> None:
    """Signed by us, and still nothing that can be carried out: 400."""
    with pytest.raises(OddCall):
        read_call(body, signature_of(body, SECRET, now=NOW), (SECRET,), now=NOW)
