"""``Call.php`` and the bridge sign the same calls."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .whmcs import SECRET, Whmcs

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent.parent / "vectors" / "calls.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["body"])
def test_php_signs_the_shared_vectors(whmcs: Whmcs, vector: dict[str, Any]) -> None:
    """PHP makes the signatures that OpenSSL made for the vectors' file."""
    signed = whmcs.run(
        "Call::signature", vector["secret"], vector["path"], vector["body"], vector["nonce"], vector["time"]
    )
    assert signed.result == vector["signature"]


def test_no_answer_is_told_without_a_secret(php: str) -> None:
    """Nobody listens: an exception in words, soon, and nothing of the secret in it."""
    whmcs = Whmcs(php, asks=True)
    answer = whmcs.run("Call::post", "http://127.0.0.1:1", "/status", SECRET, {"invoice_id": 1042}, 500, 1790000000)
    assert answer.thrown is not None
    assert answer.thrown["class"] == "RuntimeException"
    assert SECRET not in json.dumps(answer.thrown)
