"""A second opinion on events: was this really signed, over all that counts, and is it of the right kind?

Written from the rules alone (https://docs.wompi.co/docs/colombia/eventos/ and the receiving rules R1 to R7), with the
standard library, in another shape than the code under test. Where the two disagree, one of them is wrong.
"""

from __future__ import annotations

import hashlib
import json
import string
from dataclasses import dataclass
from typing import Any

from tests.wompi_gateway.signing import EVENTS, parse
from wompi_gateway.errors import EventMalformed, EventNotAuthentic

PREVIOUS = "prod_events_ThePreviousOneThatStillVerifies"
SECRETS = (EVENTS, PREVIOUS)

_CAPITALS, _SMALL, _DIGITS = string.ascii_uppercase, string.ascii_lowercase, string.digits
_WORDS = {"PENDING", "APPROVED", "DECLINED", "VOIDED", "ERROR"}
_MUST_BE_SIGNED = {"transaction.id", "transaction.status", "transaction.amount_in_cents"}


class NotGenuine(Exception):
    """Why not."""


@dataclass(frozen=True)
class Verdict:
    """What a genuine event says."""

    type: str
    transaction_id: str | None
    status: str | None
    reference: str | None
    amount_in_cents: int | None
    timestamp: int
    checksum: str


def judge(body: bytes, header: str | None = None) -> Verdict:
    """Say what a genuine event says. Raises ``NotGenuine``."""
    document = _document(body)
    signature = document.get("signature")
    need(isinstance(signature, dict), "no signature")
    assert isinstance(signature, dict)
    timestamp: Any = document["timestamp"] if "timestamp" in document else signature.get("timestamp")
    need(type(timestamp) is int and len(str(timestamp)) == 10 and timestamp > 0, "timestamp")
    need(document.get("environment") == "prod", "environment")
    kind, data = document.get("event"), document.get("data")
    need(isinstance(kind, str) and 0 < len(kind) <= 255 and _is_text(kind), "type of the event")
    need(isinstance(data, dict), "data")
    assert isinstance(kind, str)
    assert isinstance(data, dict)
    need(kind == "transaction.updated" or kind.strip().casefold() != "transaction.updated", "almost a known type")
    transaction = data.get("transaction") if kind == "transaction.updated" else None
    if kind == "transaction.updated":
        need(isinstance(transaction, dict), "transaction")
        _check_transaction(transaction)
    checksum = _check_signature(signature, data, timestamp, is_transaction=transaction is not None)
    need(header is None or header.strip().lower() == checksum, "header")
    if transaction and not _may_be_ours(transaction):
        transaction = None
    told: list[Any] = [(transaction or {}).get(name) for name in ("id", "status", "reference", "amount_in_cents")]
    return Verdict(*[kind, *told, timestamp, checksum])


def compare(body: bytes, header: str | None = None) -> bool:
    """Hand the bytes to the code under test and to the judge, and assert that they agree. True: both accept.

    Whatever leaves the code under test, apart from its two refusals, leaves here too.
    """
    try:
        event = parse(body, secrets=SECRETS, header=header)
    except (EventMalformed, EventNotAuthentic):
        event = None
    verdict, reason = _judged(body, header)
    if verdict is None:
        assert event is None, f"accepted, although: {reason}"
        return False
    assert event is not None, "refused, although it is genuine"
    accepted = (event.type, event.transaction_id, event.status, event.reference, event.amount_in_cents)
    assert Verdict(*accepted, event.timestamp, event.checksum) == verdict
    return True


def _judged(body: bytes, header: str | None) -> tuple[Verdict | None, str]:
    try:
        return judge(body, header), ""
    except NotGenuine as reason:
        return None, str(reason)


def need(fact: bool, what: str) -> None:
    """Raise ``NotGenuine`` unless it is so."""
    if not fact:
        raise NotGenuine(what)


def _document(body: bytes) -> dict[str, Any]:
    need(0 < len(body) <= 65_536, "size")
    deepest = 0

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        need(len({name for name, _ in pairs}) == len(pairs), "a key twice")
        return dict(pairs)

    def number(text: str) -> float:
        need(abs(float(text)) != float("inf"), "a number without end")
        return float(text)

    def constant(word: str) -> None:
        need(False, word)

    try:
        text = body.decode()
        document = json.loads(text, object_pairs_hook=members, parse_float=number, parse_constant=constant)
    except (ValueError, RecursionError):
        raise NotGenuine("not JSON") from None
    need(isinstance(document, dict), "not an object")
    # Brackets outside of strings, counted in the text itself.
    depth, inside, escaped = 0, False, False
    for character in text:
        if inside:
            inside = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            inside = True
        elif character in "{[":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "}]":
            depth -= 1
    need(deepest <= 32, "too deep")
    assert isinstance(document, dict)
    return document


def _check_transaction(transaction: Any) -> None:
    transaction_id, status, amount = (transaction.get(name) for name in ("id", "status", "amount_in_cents"))
    need(_made_of(transaction_id, _CAPITALS + _SMALL + _DIGITS + "_-", 120), "id")
    need(_made_of(status, _CAPITALS + "_", 40) and status[0] != "_", "status")
    need(type(amount) is int and -(2**63) <= amount < 2**63, "amount")
    currency, reference = transaction.get("currency"), transaction.get("reference")
    need(_made_of(currency, _CAPITALS, 3) and len(currency) == 3, "currency")
    need(not isinstance(reference, str) or _is_text(reference), "reference")
    need(0 < amount <= 1_000_000_000_000 or not _may_be_ours(transaction), "an amount that ours never have")
    # Letters of the status may have slid into the id; Wompi's ids end in a digit.
    need(status in _WORDS or transaction_id[-1] in _DIGITS, "id and status could be split elsewhere")


def _check_signature(signature: dict[str, Any], data: dict[str, Any], timestamp: int, *, is_transaction: bool) -> str:
    checksum, paths = signature.get("checksum"), signature.get("properties")
    need(isinstance(checksum, str) and len(checksum) == 64 and set(checksum) <= set(string.hexdigits), "checksum")
    assert isinstance(checksum, str)
    need(isinstance(paths, list) and 1 <= len(paths) <= 20, "properties")
    assert isinstance(paths, list)
    well_formed = all(isinstance(path, str) and _is_path(path, is_transaction=is_transaction) for path in paths)
    need(well_formed, "a property is no path")
    need(len(set(paths)) == len(paths), "a property twice")
    if is_transaction:
        need(set(paths) >= _MUST_BE_SIGNED, "what counts is not signed")
        need(all(path.split(".")[0] == "transaction" for path in paths), "a property outside of the transaction")
    text = ""
    for path in paths:
        value: Any = data
        for name in path.split("."):
            need(isinstance(value, dict) and name in value, "a property is missing")
            value = value[name]
        need(type(value) in (str, int) and _is_text(str(value)), "a property is not a text or whole number")
        text += str(value)
    sums = {hashlib.sha256(f"{text}{timestamp}{secret}".encode()).hexdigest() for secret in SECRETS}
    need(checksum.lower() in sums, "the sum is another one")
    return checksum.lower()


def _may_be_ours(transaction: dict[str, Any]) -> bool:
    return _made_of(transaction.get("reference"), _CAPITALS + _SMALL + _DIGITS + "_.:/#-", 255)


def _is_path(path: str, *, is_transaction: bool) -> bool:
    parts = path.split(".")
    if not is_transaction:
        return len(parts) <= 6 and all(_made_of(part, _CAPITALS + _SMALL + _DIGITS + "_-", 64) for part in parts)
    return 2 <= len(parts) <= 6 and all(
        _made_of(part, _SMALL + _DIGITS + "_", 64) and part[0] in _SMALL for part in parts
    )


def _made_of(value: object, characters: str, longest: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= longest and set(value) <= set(characters)


def _is_text(value: str) -> bool:
    """Half of a surrogate pair is no text."""
    return not any("\ud800" <= character <= "\udfff" for character in value)
