"""Hostile events, part two: well formed, and not signed by Wompi for us. Named by the numbers of the security cases."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest

from wompi_gateway.errors import EventError, EventNotAuthentic
from wompi_gateway.events import Event
from wompi_gateway.keys import Environment

from .signing import EVENTS, ID, SANDBOX_EVENTS, USUAL, as_bytes, parse, sign, signed, unsigned

# E1 of the vectors: 1234-1610641025-49201 APPROVED 4490000 1530291411 and the production secret.
E1 = "5a18ec5e8fdb7df463e9f94774cba8f583ba21bd04a09ceff2ea68a4bc0aefbe"
OLD_TEXT = f"{ID}APPROVED4490000"


def forged(event: object, **how: Any) -> None:
    """Refused with 401."""
    with pytest.raises(EventNotAuthentic) as refusal:
        parse(event, **how)
    assert refusal.value.http_status == 401
    assert EVENTS not in str(refusal.value)


def refused(event: object) -> None:
    """Refused with 400 or 401: more than one thing is wrong, and either may be found first."""
    with pytest.raises(EventError) as refusal:
        parse(event)
    assert refusal.value.http_status in (400, 401)


def with_signature(**members: Any) -> dict[str, Any]:
    event = unsigned()
    return event | {"signature": {"properties": list(USUAL), "checksum": E1} | members}


def naming(*properties: Any, **changes: Any) -> dict[str, Any]:
    """A truly signed event that names these properties."""
    event = unsigned(**changes)
    event["signature"] = {"properties": list(properties)}
    return sign(event)


class TestSecurityCases:
    def test_the_vector_is_accepted(self) -> None:
        """E1 of the vectors, computed elsewhere, in a whole event."""
        assert parse(with_signature()).checksum == E1

    @pytest.mark.parametrize(
        "signature", [None, [], "x", {}, {"properties": USUAL}, {"checksum": None, "properties": USUAL}]
    )
    def test_A59_no_signature_or_no_checksum(self, signature: object) -> None:
        forged(unsigned() | {"signature": signature})
        event = unsigned()
        del event["signature"]
        forged(event)

    @pytest.mark.parametrize("position", range(64))
    def test_A60_one_nibble_is_wrong(self, position: int) -> None:
        other = "0" if E1[position] != "0" else "1"
        forged(with_signature(checksum=E1[:position] + other + E1[position + 1 :]))

    @pytest.mark.parametrize("write", [str.upper, str.lower, str.title])
    def test_A61_case_of_the_checksum(self, write: Any) -> None:
        """The documentation prints upper case, real events carry lower; one event in two cases is the same event."""
        event = parse(with_signature(checksum=write(E1)), header=E1.upper())
        assert event.checksum == E1
        assert event.digest == parse(with_signature()).digest

    @pytest.mark.parametrize(
        "checksum",
        [
            "",
            E1[:63],
            E1 + "0",
            f" {E1}",
            f"{E1}\n",
            f"0x{E1[2:]}",
            "g" * 64,
            "５" * 64,
            [E1],
            {"a": E1},
            1,
            True,
            int(E1, 16),
        ],
    )
    def test_A63_not_a_checksum(self, checksum: object) -> None:
        forged(with_signature(checksum=checksum))

    def test_A64_hmac_instead_of_a_plain_hash(self) -> None:
        text = f"{OLD_TEXT}1530291411"
        forged(with_signature(checksum=hmac.new(EVENTS.encode(), text.encode(), hashlib.sha256).hexdigest()))
        forged(with_signature(checksum=hashlib.sha256(f"{EVENTS}{text}".encode()).hexdigest()))
        forged(with_signature(checksum=hashlib.sha512(f"{text}{EVENTS}".encode()).hexdigest()[:64]))

    @pytest.mark.parametrize("properties", [None, "transaction.id", {"0": "transaction.id"}, 3, True])
    def test_A65_properties_of_another_kind(self, properties: object) -> None:
        forged(with_signature(properties=properties))
        event = with_signature()
        del event["signature"]["properties"]
        forged(event)

    def test_A66_nothing_is_named_and_the_timestamp_carries_the_old_text(self) -> None:
        """The sum of a genuine event, with all of its text moved into the timestamp."""
        refused(with_signature(properties=[]) | {"timestamp": f"{OLD_TEXT}1530291411"})
        forged(naming())

    def test_A67_another_field_carries_the_old_text(self) -> None:
        """The sum of a genuine event, with its text in a field that we do not read."""
        for path in ("x", "x.y", "transaction.x"):
            event = with_signature(properties=[path])
            event["data"] |= {"x": {"y": OLD_TEXT} if "." in path else OLD_TEXT}
            event["data"]["transaction"] |= {"x": OLD_TEXT, "amount_in_cents": 999_999_900}
            forged(event)

    def test_A68_a_declined_event_made_into_an_approved_one(self) -> None:
        """The payer knows the event of a refused payment, and says that it was approved."""
        declined = signed(status="DECLINED")
        for properties in (["transaction.x"], ["x.y"], [*USUAL, "transaction.x"], ["transaction.x", *USUAL]):
            event = unsigned(status="APPROVED", x=f"{ID}DECLINED4490000")
            event["data"]["x"] = {"y": f"{ID}DECLINED4490000"}
            event["signature"] = {"properties": properties, "checksum": declined["signature"]["checksum"]}
            forged(event)

    @pytest.mark.parametrize("missing", USUAL)
    def test_A69_a_part_of_the_list(self, missing: str) -> None:
        """Truly signed, but not over all that counts: refused, and the reason asks whether Wompi changed its list."""
        with pytest.raises(EventNotAuthentic, match="did Wompi change its list"):
            parse(naming(*(path for path in USUAL if path != missing)))

    def test_A71_more_than_the_list(self) -> None:
        """Should Wompi sign more one day, in any order, with nested values, it is accepted."""
        more = ["transaction.reference", *reversed(USUAL), "transaction.currency", "transaction.payment_method.type"]
        assert parse(naming(*more)).transaction_id == ID

    @pytest.mark.parametrize(
        "properties",
        [
            pytest.param(["a.b"] * 9000, id="9000-paths"),
            pytest.param([*USUAL, *(f"transaction.a{i}" for i in range(18))], id="21-paths"),
            pytest.param([*USUAL, "transaction." + "a" * 10_000], id="long-path"),
            pytest.param([*USUAL, "transaction" + ".a" * 1000], id="1000-segments"),
            pytest.param([*USUAL, "transaction.id"], id="one-path-twice"),
            pytest.param([*USUAL, "transaction..id"], id="empty-segment"),
            pytest.param([*USUAL, "transaction.id\n"], id="newline"),
            pytest.param([*USUAL, "transaction.__class__"], id="dunder"),
            pytest.param([*USUAL, "Transaction.id"], id="capital"),
            pytest.param([*USUAL, None], id="null"),
            pytest.param([*USUAL, ["transaction.id"]], id="list"),
            pytest.param([*USUAL, 1], id="number"),
        ],
    )
    def test_A73_too_many_or_strange_paths(self, properties: list[Any]) -> None:
        event = unsigned(**{f"a{i}": "" for i in range(18)})
        event["signature"] = {"properties": properties, "checksum": E1}
        forged(event)

    @pytest.mark.parametrize("value", [{}, {"a": 1}, [], ["a"], True, False, 1.5, None])
    def test_A75_paths_to_what_is_no_text_or_whole_number(self, value: object) -> None:
        """How such a value would be written is not documented: not guessed."""
        forged(naming(*USUAL, "transaction.x", x=value))

    def test_A75_a_path_to_nothing(self) -> None:
        """A missing value is not an empty text."""
        event = unsigned()
        event["signature"] = {"properties": [*USUAL, "transaction.x"], "checksum": E1}
        forged(event)
        event["signature"] = {"properties": [*USUAL, "transaction.status.length"], "checksum": E1}
        forged(event)

    def test_A76_a_digit_moved_between_amount_and_timestamp(self) -> None:
        """Ten times the amount under a genuine sum: the timestamp is one digit short then, or one too long."""
        for amount, timestamp in ((44900001, 530291411), (449000, 1530291411), (449000, 11530291411)):
            event = unsigned(amount_in_cents=amount) | {"timestamp": timestamp}
            event["signature"] = {"properties": list(USUAL), "checksum": E1}
            refused(event)

    @pytest.mark.parametrize(
        ("transaction_id", "status"),
        [(f"{ID}A", "PPROVED"), (f"{ID}APPROVE", "D"), ("1234-1610641025-4920", "1APPROVED"), (f"{ID}APPROVED", "")],
    )
    def test_A77_characters_moved_between_id_and_status(self, transaction_id: str, status: str) -> None:
        event = unsigned(id=transaction_id, status=status)
        event["signature"] = {"properties": list(USUAL), "checksum": E1}
        refused(event)

    def test_A77_a_new_status_that_ends_in_a_known_word_is_no_slide(self) -> None:
        """Wompi's ids end in a digit: beside such an id a new word is only a new word."""
        assert parse(signed(status="PARTIALLY_VOIDED")).status == "PARTIALLY_VOIDED"
        assert parse(signed(id="1234-16106XYZ", status="APPROVED")).transaction_id == "1234-16106XYZ"

    def test_A79_the_previous_secret(self) -> None:
        """While it is configured it verifies, in any place of the list; afterwards it does not."""
        new = "prod_events_TheNewOneOfThisYear"
        assert parse(signed(), secrets=(new, EVENTS)).transaction_id
        assert parse(sign(unsigned(), new), secrets=(new, EVENTS)).transaction_id
        forged(signed(), secrets=(new,))

    def test_A80_the_other_environment(self) -> None:
        """Refused by the word, and, where the word is a lie, by the secret."""
        sandbox = sign(unsigned() | {"environment": "test"}, SANDBOX_EVENTS)
        forged(sandbox)
        forged(sandbox | {"environment": "prod"})
        forged(sandbox, secrets=(EVENTS, SANDBOX_EVENTS))
        assert parse(sandbox, secrets=(SANDBOX_EVENTS,), environment=Environment.SANDBOX).transaction_id
        forged(signed(), environment=Environment.SANDBOX)

    @pytest.mark.parametrize("secrets", [(), ("",), ("", "")])
    def test_A81_an_empty_secret_verifies_nothing(self, secrets: tuple[str, ...]) -> None:
        """Anybody could sign with it."""
        forged(sign(unsigned(), ""), secrets=secrets)

    @pytest.mark.parametrize("status", ["PARTIALLY_REFUNDED", "CHARGEBACK", "IN_REVIEW", "APPROVED_PARTIALLY"])
    def test_A41_a_status_that_is_not_published_yet(self, status: str) -> None:
        """A new word is a hint like any other: accepted, and judged when the transaction is read back."""
        assert parse(signed(status=status)).status == status


class TestHeader:
    """``X-Event-Checksum``: measured identical to the one of the body."""

    @pytest.mark.parametrize("header", [None, E1, E1.upper(), f" {E1} "])
    def test_the_same_or_absent(self, header: str | None) -> None:
        assert parse(with_signature(), header=header).checksum == E1

    @pytest.mark.parametrize("header", ["", E1[:-1], E1 + "0", "0" * 64, f"{E1}, {E1}", "ñ", "\x00"])
    def test_another_one_is_refused(self, header: str) -> None:
        forged(with_signature(), header=header)

    def test_a_good_header_does_not_save_a_bad_body(self) -> None:
        forged(with_signature(checksum="0" * 64), header=E1)


class TestTimestampInsideOfTheSignature:
    """The English page of the documentation draws the timestamp there; real events carry it outside."""

    def test_fallback(self) -> None:
        event = with_signature(timestamp=1530291411)
        del event["timestamp"]
        assert parse(event).timestamp == 1530291411

    def test_the_outer_one_counts(self) -> None:
        assert parse(with_signature(timestamp=1999999999)).timestamp == 1530291411
        refused(with_signature(timestamp=1530291411) | {"timestamp": None})

    @pytest.mark.parametrize("timestamp", ["1530291411", 530291411, 1530291411.0, None, True])
    def test_as_strict_as_the_outer_one(self, timestamp: object) -> None:
        event = with_signature(timestamp=timestamp)
        del event["timestamp"]
        refused(event)


def test_the_digest_tells_events_apart_that_share_a_checksum() -> None:
    """Redelivery has the same digest; the neighbours of one checksum (a digit slid) do not."""
    same: Event = parse(as_bytes(with_signature()) + b"  ")
    assert same.digest == parse(with_signature()).digest
    others = [
        Event("transaction.updated", "12", "APPROVED", "R", 34490000, 1530291411, E1),
        Event("transaction.updated", "1", "APPROVED", "R", 34490000, 1530291411, E1),
        Event("transaction.updated", "12", "DECLINED", "R", 34490000, 1530291411, E1),
        Event("transaction.updated", None, None, None, None, 1530291411, E1),
    ]
    assert len({event.digest for event in others}) == len(others)
