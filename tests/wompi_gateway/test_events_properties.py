"""Events under made-up input: nothing but an ``Event`` or an ``EventError`` ever comes out."""

from __future__ import annotations

import contextlib
import copy
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wompi_gateway.errors import EventError
from wompi_gateway.events import Event

from .signing import EVENTS, ID, USUAL, as_bytes, parse, sign, signed, unsigned

GOOD = as_bytes(signed())

texts = st.text(max_size=20)
leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts, st.just(2**70), st.just("\ud800"))
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=8
)


def event_or_refusal(body: bytes) -> Event | None:
    try:
        return parse(body)
    except EventError:
        return None


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] + [place for key, child in inside for place in places(child, (*path, key))]


PLACES = [place for place in places(signed()) if place]


@given(st.binary(max_size=300))
@example(b"[" * 65_536)
@example(b'{"a":' * 13_000)
@example(b"\xef\xbb\xbf{}")
@example(b"9" * 65_000)
def test_any_bytes(body: bytes) -> None:
    """Whatever the bytes, and nobody can sign by chance."""
    assert event_or_refusal(body) is None


@given(values)
def test_any_json(value: object) -> None:
    """Whatever the document."""
    assert event_or_refusal(json.dumps(value).encode()) is None


@given(st.sampled_from(PLACES), values, st.booleans())
def test_a_good_event_with_one_value_replaced(place: tuple[Any, ...], value: object, sign_again: bool) -> None:
    """Any value in any place, left with its old checksum or truly signed again."""
    event = copy.deepcopy(signed())
    inner: Any = event
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    with contextlib.suppress(TypeError, KeyError, AttributeError, UnicodeEncodeError):  # where there is nothing to sign
        event = sign(event) if sign_again else event
    event_or_refusal(json.dumps(event).encode())


@given(st.integers(0, len(GOOD)), st.integers(0, 40), st.binary(max_size=40))
@example(GOOD.index(b"transaction.updated"), 1, b"")
def test_a_good_event_with_bytes_replaced(start: int, length: int, octets: bytes) -> None:
    """Any bytes cut out of it, and any put in: what is signed is as it was, or there is no event of a transaction.

    Type and reference are not signed, so a good event may come out as one of another type, or of another program,
    which needs no action.
    """
    event = event_or_refusal(GOOD[:start] + octets + GOOD[start + length :])
    if event is not None and event.transaction_id is not None:
        assert (event.transaction_id, event.status, event.amount_in_cents) == (ID, "APPROVED", 4490000)
    elif event is not None:
        assert (event.transaction_id, event.status, event.amount_in_cents) == (None, None, None)


@given(
    transaction_id=st.from_regex(r"[A-Za-z0-9_-]{1,120}", fullmatch=True),
    status=st.sampled_from(["PENDING", "APPROVED", "DECLINED", "VOIDED", "ERROR"]),
    amount=st.integers(1, 10**12),
    timestamp=st.integers(10**9, 10**10 - 1),
    properties=st.permutations([*USUAL, "transaction.reference", "transaction.currency"]),
    kept=st.integers(0, 5),
    extra=st.dictionaries(
        st.text("abcxyz", min_size=1), values.filter(lambda value: "\ud800" not in repr(value)), max_size=3
    ),
)
def test_truly_signed_events_are_accepted(
    transaction_id: str,
    status: str,
    amount: int,
    timestamp: int,
    properties: list[str],
    kept: int,
    extra: dict[str, Any],
) -> None:
    """Any order of the properties, with more of them than usual or not, and with any fields beside."""
    named = [path for path in properties if path in USUAL or properties.index(path) < kept]
    event = unsigned(**extra, id=transaction_id, status=status, amount_in_cents=amount) | {"timestamp": timestamp}
    event["signature"] = {"properties": named}
    body = json.dumps(sign(event), allow_nan=True)
    if any(word in body for word in ("NaN", "Infinity")):
        return  # not JSON: refused, as another test says
    read = parse(body.encode())
    assert (read.transaction_id, read.status, read.amount_in_cents) == (transaction_id, status, amount)
    assert read.timestamp == timestamp


@given(st.sampled_from(["id", "status", "amount_in_cents", "timestamp", "checksum"]), st.data())
def test_a_changed_character_is_refused(name: str, data: st.DataObject) -> None:
    """One character of a signed value, replaced by another: the joined text is always another one, whatever the split.

    Only the case of the checksum's letters is free.
    """
    event = signed()
    holder = {"timestamp": event, "checksum": event["signature"]}.get(name, event["data"]["transaction"])
    old = str(holder[name])
    position = data.draw(st.integers(0, len(old) - 1))
    character = data.draw(st.characters(codec="ascii").filter(lambda new: new.lower() != old[position].lower()))
    text = old[:position] + character + old[position + 1 :]
    holder[name] = int(text) if isinstance(holder[name], int) and text.isdigit() else text
    with pytest.raises(EventError):
        parse(event)


@given(st.integers(1, 60), st.integers(1, 60), st.permutations(USUAL))
def test_no_other_split_of_a_genuine_text(first: int, second: int, properties: list[str]) -> None:
    """However a genuine event's text is cut anew, in any order of the three: only the true cut is accepted."""
    text = f"{ID}APPROVED4490000"
    cuts = sorted((min(first, len(text)), min(second, len(text))))
    parts = (text[: cuts[0]], text[cuts[0] : cuts[1]], text[cuts[1] :])
    fields: dict[str, Any] = {
        path.removeprefix("transaction."): part for path, part in zip(properties, parts, strict=True)
    }
    if fields["amount_in_cents"].isdigit() and fields["amount_in_cents"] == str(int(fields["amount_in_cents"])):
        fields["amount_in_cents"] = int(fields["amount_in_cents"])
    event = unsigned(**fields)
    event["signature"] = {"properties": properties, "checksum": signed()["signature"]["checksum"]}
    read = event_or_refusal(as_bytes(event))
    assert read is None or (read.transaction_id, read.status, read.amount_in_cents) == (ID, "APPROVED", 4490000)


def test_the_example_secret_is_the_documentation_s() -> None:
    """The signer of these tests makes the checksum that was computed elsewhere for the documented example (E1)."""
    assert EVENTS == "prod_events_OcHnIzeBl5socpwByQ4hA52Em3USQ93Z"
    assert signed()["signature"]["checksum"] == "5a18ec5e8fdb7df463e9f94774cba8f583ba21bd04a09ceff2ea68a4bc0aefbe"
