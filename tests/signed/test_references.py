"""Signed references: readable, never the same twice, and not to be forged."""

from __future__ import annotations

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whmcs_bridge.signed.references import Reference, issue_reference, read_reference

SECRET = "0123456789abcdef0123456789abcdef"
OTHER = "fedcba9876543210fedcba9876543210"
PROMISE = Reference(1042, 77, 5950000)

# The MAC computed with openssl over "reference:INV1042-77-5950000:" and the nonce 00 01 02 03 04, cut to ten bytes.
ISSUED = "INV1042-77-5950000-AAAQEAYEIP4VJVT7MJEUUTZEA"
# The same way, with the nonce ff ff ff ff ff: the longest there is.
LONGEST = "INV9999999999-9999999999-1000000000000-77777777JVDSAJKNKQ7VCZZJA"

ids = st.integers(1, 9_999_999_999)
amounts = st.integers(1, 10**12)


def test_references_issued_by_earlier_releases_are_read() -> None:
    """The format is a promise: a payer may pay on a reference that the release before issued."""
    assert read_reference(ISSUED, [SECRET]) == PROMISE
    assert read_reference(LONGEST, [SECRET]) == Reference(9_999_999_999, 9_999_999_999, 10**12)


@given(ids, ids, amounts)
def test_every_promise_is_read_again(invoice: int, client: int, amount: int) -> None:
    """At most 64 characters of A-Z a-z 0-9 and hyphen, readable, and the last one a letter."""
    promise = Reference(invoice, client, amount)
    text = issue_reference(promise, SECRET)
    assert read_reference(text, [SECRET]) == promise
    assert len(text) <= 64
    assert re.fullmatch(r"[A-Za-z0-9-]+[A-Za-z]", text)
    assert text.startswith(f"INV{invoice}-{client}-{amount}-")


def test_A50_distinct_at_each_call_and_unpredictable() -> None:
    """Two clicks on one invoice have two references; nonce and MAC together have at least 96 bits."""
    issued = {issue_reference(PROMISE, SECRET) for _ in range(500)}
    assert len(issued) == 500
    codes = [base64.b32decode(text.rsplit("-", 1)[1][:-1]) for text in issued]
    assert {len(code) * 8 for code in codes} == {120}
    # Every byte of nonce and MAC varies.
    assert all(len(set(column)) > 100 for column in zip(*codes, strict=True))


@given(st.integers(0, len(ISSUED) - 1), st.characters())
def test_no_character_can_be_changed(position: int, character: str) -> None:
    """Not one, in any place, into any other: another invoice, client or amount needs another MAC."""
    text = ISSUED[:position] + character + ISSUED[position + 1 :]
    assert (read_reference(text, [SECRET]) == PROMISE) is (text == ISSUED)


@pytest.mark.parametrize("replacement", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
def test_every_character_of_nonce_and_mac_counts(replacement: str) -> None:
    """Each of the 24, into each of the 32: no bits are left over in the encoding."""
    start = len("INV1042-77-5950000-")
    for position in range(start, start + 24):
        text = ISSUED[:position] + replacement + ISSUED[position + 1 :]
        assert (read_reference(text, [SECRET]) is not None) is (text == ISSUED)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("INV-78", id="guessed"),
        pytest.param(ISSUED + "\n", id="newline"),
        pytest.param(" " + ISSUED, id="space"),
        pytest.param(ISSUED + "A", id="longer"),
        pytest.param(ISSUED[:-1], id="cut"),
        pytest.param(ISSUED[:-1] + "B", id="another-version"),
        pytest.param(ISSUED.lower(), id="lower-case"),
        pytest.param("INV104-277-5950000-AAAQEAYEIP4VJVT7MJEUUTZEA", id="digit-moved"),
        pytest.param("INV1042-7-75950000-AAAQEAYEIP4VJVT7MJEUUTZEA", id="digit-moved-into-the-amount"),
        pytest.param("INV77-1042-5950000-AAAQEAYEIP4VJVT7MJEUUTZEA", id="exchanged"),
        pytest.param("INV١٠٤٢-77-5950000-AAAQEAYEIP4VJVT7MJEUUTZEA", id="unicode-digits"),
        # Both with a MAC that is right for what they say, computed with openssl.
        pytest.param("INV01042-77-5950000-AAAQEAYE6O5ERPO55U3VS2XZA", id="leading-zero"),
        pytest.param("INV0-77-5950000-AAAQEAYEEV2MLEKDJQWQ74ZFA", id="invoice-zero"),
    ],
)
def test_what_was_not_issued_is_not_ours(text: str) -> None:
    """No error and no hint: simply not ours."""
    assert read_reference(text, [SECRET]) is None


@given(st.text(max_size=300))
def test_any_text_is_simply_not_ours(text: str) -> None:
    """What other shops on the same account call their payments is read without an error."""
    assert read_reference(text, [SECRET]) is None


def test_rotation() -> None:
    """Every configured secret verifies, in any place of the list; without it the reference is not ours."""
    assert read_reference(ISSUED, [OTHER, SECRET]) == read_reference(ISSUED, [SECRET, OTHER]) == PROMISE
    for secrets in ([OTHER], [SECRET.upper()], []):
        assert read_reference(ISSUED, secrets) is None


@pytest.mark.parametrize(
    "promise",
    [
        Reference(0, 77, 5950000),
        Reference(-1, 77, 5950000),
        Reference(10**10, 77, 5950000),
        Reference(1042, 0, 5950000),
        Reference(1042, 10**10, 5950000),
        Reference(1042, 77, 0),
        Reference(1042, 77, -1),
        Reference(1042, 77, 10**12 + 1),
    ],
)
def test_promises_out_of_range_are_refused(promise: Reference) -> None:
    """What could not be read again, or not be paid, is not issued."""
    with pytest.raises(ValueError, match="out of range"):
        issue_reference(promise, SECRET)
