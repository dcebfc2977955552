"""``Link.php`` and the bridge sign the same links."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from whmcs_bridge.signed.links import read_link

from .whmcs import SECRET, Whmcs, signature

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent.parent / "vectors" / "links.json").read_text(encoding="utf-8")
)


def label(vector: dict[str, Any]) -> str:
    return str(vector["link"].rpartition(".")[0])


@pytest.mark.parametrize("vector", VECTORS, ids=label)
def test_php_signs_the_shared_vectors(whmcs: Whmcs, vector: dict[str, Any]) -> None:
    """PHP makes the links that OpenSSL made for the vectors' file."""
    signed = whmcs.run(
        "Link::sign", vector["secret"], vector["purpose"], vector["invoice"], vector["client"], vector["expiry"]
    )
    assert signed.result == vector["link"]


@pytest.mark.parametrize("vector", VECTORS, ids=label)
def test_an_independent_hmac_agrees_with_the_vectors(vector: dict[str, Any]) -> None:
    """The vectors are what the contract's sentence says, read a second time."""
    message = f"{vector['purpose']}.{vector['invoice']}.{vector['client']}.{vector['expiry']}"
    assert vector["link"] == f"{message}.{signature(message, vector['secret'])}"


def test_the_bridge_reads_what_php_signed(whmcs: Whmcs) -> None:
    """A link of PHP's opens at the bridge, and not with another secret."""
    signed = whmcs.run("Link::sign", SECRET, "pay", 1042, 77, 1790000000).result
    link = read_link(signed, ["another secret of 32 characters..", SECRET], now=datetime(2026, 1, 1, tzinfo=UTC))
    assert (link.purpose, link.invoice_id, link.client_id) == ("pay", 1042, 77)
    assert link.expires_at == datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)
    signed = whmcs.run("Link::sign", SECRET, "mail", 0, 77, 1790000000).result
    link = read_link(signed, [SECRET], now=datetime(2026, 1, 1, tzinfo=UTC))
    assert (link.purpose, link.invoice_id, link.client_id) == ("mail", 0, 77)


@pytest.mark.parametrize(
    ("purpose", "invoice", "client", "expiry"),
    [
        ("Pay", 1042, 77, 1790000000),
        ("pay\n", 1042, 77, 1790000000),
        ("", 1042, 77, 1790000000),
        ("pay", 0, 77, 1790000000),
        ("pay", -1, 77, 1790000000),
        ("pay", 1042, 0, 1790000000),
        ("pay", 1042, -77, 1790000000),
        ("pay", 1042, 77, 0),
        ("list", 1042, 77, 1790000000),
        ("mail", 0, -77, 1790000000),
        ("list", 0, 0, 1790000000),
        ("pay", 0, 0, 1790000000),
        ("mail", 0, 0, 1790000000),
        ("admin", 0, 77, 1790000000),
        ("admin", 1042, 0, 1790000000),
        ("admin", 0, 0, 0),
    ],
)
def test_php_refuses_to_sign_nonsense(whmcs: Whmcs, purpose: str, invoice: int, client: int, expiry: int) -> None:
    """What the bridge would refuse is not signed in the first place."""
    answer = whmcs.run("Link::sign", SECRET, purpose, invoice, client, expiry)
    assert answer.thrown is not None
    assert answer.thrown["class"] == "InvalidArgumentException"


@pytest.mark.parametrize(("given", "read"), [(1042, 1042), ("1042", 1042), ("9999999999", 9999999999)])
def test_ids_are_read_as_whmcs_writes_them(whmcs: Whmcs, given: object, read: int) -> None:
    """An id comes as an integer or as its text, by version of WHMCS."""
    assert whmcs.run("Link::id", given).result == read


@pytest.mark.parametrize(
    "given",
    [0, -1, "0", "-1", "01", "1.0", 1.5, "1e3", " 1", "1\n", "1;", "", None, True, [1], {"id": 1}, "\u0667\u0667",
     "0x1A", 10**10],
    ids=repr,
)  # fmt: skip
def test_other_ids_are_refused(whmcs: Whmcs, given: object) -> None:
    """Only positive integers in plain digits are ids, and only in their one spelling."""
    answer = whmcs.run("Link::id", given)
    assert answer.thrown is not None
    assert answer.thrown["class"] == "InvalidArgumentException"
