"""Accepted events are exactly those that were really signed: the code under test and the judge agree, both ways."""

from __future__ import annotations

import contextlib
import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.corpus import ODD, seeds
from tests.fuzz.judge import PREVIOUS, SECRETS, compare
from tests.wompi_gateway.signing import EVENTS, SANDBOX_EVENTS, USUAL, as_bytes, sign, signed, unsigned

SIGNERS = [EVENTS, EVENTS, PREVIOUS, SANDBOX_EVENTS, ""]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] + [place for key, child in inside for place in places(child, (*path, key))]


PLACES = [place for place in places(signed(x="1")) if place]


@st.composite
def nearly_genuine(draw: st.DrawFn) -> bytes:
    """A genuine event with up to three places changed, taken out or added, signed before, afterwards, or both."""
    event: Any = copy.deepcopy(signed(x="1"))
    for place in draw(st.lists(st.sampled_from(PLACES), max_size=3)):
        node = event
        for key in place[:-1]:
            node = node.get(key) if isinstance(node, dict) else None
        if isinstance(node, dict) and place[-1] in node:
            if draw(st.integers(0, 4)):
                node[place[-1]] = draw(st.sampled_from(ODD))
            else:
                del node[place[-1]]
    if draw(st.booleans()):
        with contextlib.suppress(TypeError, KeyError, AttributeError, UnicodeEncodeError):  # where nothing is to sign
            event = sign(event, draw(st.sampled_from(SIGNERS)))
    body = json.dumps(event, ensure_ascii=True)
    if draw(st.integers(0, 9)) == 0:
        body = body.replace('"status":', '"status": "VOIDED", "status":', 1)
    return body.encode()


@settings(max_examples=600, derandomize=True)
@given(nearly_genuine())
def test_R2_to_R6_the_judge_agrees(body: bytes) -> None:
    """Neither lets in what the other refuses."""
    compare(body)


@settings(max_examples=100, derandomize=True)
@given(
    st.sampled_from([EVENTS, PREVIOUS]),
    st.from_regex(r"[A-Za-z0-9_-]{0,119}[0-9]", fullmatch=True),
    st.from_regex(r"[A-Z][A-Z_]{0,39}", fullmatch=True),
    st.integers(1, 10**12),
    st.integers(10**9, 10**10 - 1),
    st.permutations([*USUAL, "transaction.reference", "transaction.customer_data.legal_id"]),
)
def test_R5_what_is_really_signed_is_accepted(
    secret: str, transaction_id: str, status: str, amount: int, timestamp: int, properties: list[str]
) -> None:
    """Any id, status, amount, time and order, by each secret that still verifies."""
    event = unsigned(id=transaction_id, status=status, amount_in_cents=amount) | {"timestamp": timestamp}
    event["signature"] = {"properties": properties}
    assert compare(as_bytes(sign(event, secret)))


@settings(max_examples=100, derandomize=True)
@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=60).filter(lambda text: text not in SECRETS))
def test_R5_what_another_secret_signed_is_refused(secret: str) -> None:
    """Whoever else signs, signs nothing."""
    assert not compare(as_bytes(sign(unsigned(), secret)))


@pytest.mark.parametrize(
    "odd", ["x.y", "transaction.id", "transaction", "transaction.X", "transaction.a-b", "transaction.status\n", "x"]
)
@pytest.mark.parametrize("first", [True, False])
def test_R4_what_is_really_signed_by_a_path_that_is_not_taken_is_refused(odd: str, first: bool) -> None:
    """One path more than the usual ones, to a value that is there and is signed: outside, twice, or odd."""
    event = unsigned(**{"X": "1", "a-b": "1", "status\n": "1"})
    event["data"] |= {"x": {"y": "1"}}
    event["signature"] = {"properties": [odd, *USUAL] if first else [*USUAL, odd]}
    assert not compare(as_bytes(sign(event)))


@pytest.mark.parametrize("header", [None, "same", "SAME", " same ", "", "0" * 64, "same0"])
def test_R5_the_header_is_judged_as_well(header: str | None) -> None:
    """``X-Event-Checksum``, where it is sent, is the body's."""
    event = signed()
    checksum: str = event["signature"]["checksum"]
    told = header and header.replace("same", checksum).replace("SAME", checksum.upper())
    assert compare(as_bytes(event), told) is (header in (None, "same", "SAME", " same "))


@pytest.mark.parametrize(("name", "body"), seeds().items(), ids=seeds())
def test_the_seeds_of_the_fuzzer(name: str, body: bytes) -> None:
    """Where the fuzzer starts from is what its names say."""
    bad = {"unsigned", "less-is-signed", "sandbox", "milliseconds", "amount-as-text"}
    assert compare(body) is (name not in bad)
