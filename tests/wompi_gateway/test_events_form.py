"""Hostile events, part one: what is no event that Wompi writes. Named by the numbers of the security cases."""

from __future__ import annotations

import time
from typing import Any

import pytest

from wompi_gateway.errors import EventError, EventMalformed, EventNotAuthentic
from wompi_gateway.events import MAX_BYTES, parse_event
from wompi_gateway.keys import Environment

from .signing import EVENTS, as_bytes, parse, sign, signed, unsigned

GOOD = as_bytes(signed())


def malformed(event: object) -> None:
    """Refused with 400, and with a message that repeats nothing of the body."""
    with pytest.raises(EventMalformed) as refusal:
        parse(event)
    assert refusal.value.http_status == 400
    assert len(str(refusal.value)) < 300
    assert "ana@example.com" not in str(refusal.value)


def not_authentic(event: object) -> None:
    """Refused with 401."""
    with pytest.raises(EventNotAuthentic):
        parse(event)


def written(old: str, new: str) -> bytes:
    """The good event's bytes with one spot changed, for what no JSON writer would write."""
    assert GOOD.count(old.encode()) == 1
    return GOOD.replace(old.encode(), new.encode())


class TestSecurityCases:
    def test_the_good_event_is_good(self) -> None:
        """Without this, every refusal below would prove nothing."""
        event = parse(GOOD)
        assert (event.type, event.transaction_id) == ("transaction.updated", "1234-1610641025-49201")
        assert (event.status, event.amount_in_cents, event.timestamp) == ("APPROVED", 4490000, 1530291411)
        assert event.reference == "INV1042-77-4490000-ABCDEFGHA"

    def test_A2_empty_body(self) -> None:
        malformed(b"")

    def test_A4_longer_than_the_bound(self) -> None:
        """Spaces make a good event too long by one byte, and no more than that."""
        assert parse(GOOD + b" " * (MAX_BYTES - len(GOOD))).transaction_id
        malformed(GOOD + b" " * (MAX_BYTES - len(GOOD) + 1))

    @pytest.mark.parametrize("kept", [1, 2, len(GOOD) // 2, len(GOOD) - 1])
    def test_A15_truncated(self, kept: int) -> None:
        malformed(GOOD[:kept])

    @pytest.mark.parametrize("tail", [b"x", b"{}", GOOD, b"\x00", b"\n]"])
    def test_A16_trailing_garbage_or_two_documents(self, tail: bytes) -> None:
        malformed(GOOD + tail)

    @pytest.mark.parametrize("body", [b"[]", b'"text"', b"1", b"null", b"true", b"[" + GOOD + b"]", b"{}"])
    def test_A17_not_an_object(self, body: bytes) -> None:
        malformed(body)

    def test_A18_status_twice(self) -> None:
        """DECLINED then APPROVED: two readers could each believe another one."""
        malformed(written('"status": "APPROVED"', '"status": "DECLINED", "status": "APPROVED"'))
        malformed(written('"status": "APPROVED"', '"status": "APPROVED", "status": "APPROVED"'))
        malformed(written('"status": "APPROVED"', '"st\\u0061tus": "DECLINED", "status": "APPROVED"'))

    @pytest.mark.parametrize("name", ["transaction", "data", "signature", "timestamp", "environment", "event"])
    def test_A19_objects_twice(self, name: str) -> None:
        malformed(written(f'"{name}": ', f'"{name}": 1, "{name}": '))

    def test_A21_keys_in_another_case(self) -> None:
        """Another case is another, unknown key: it never stands in for the real one."""
        assert parse(sign(unsigned(Status="DECLINED"))).status == "APPROVED"
        malformed(written('"status": "APPROVED"', '"Status": "APPROVED"'))
        malformed(written('"data": ', '"Data": '))

    def test_A23_ten_thousand_keys(self) -> None:
        """The largest body made of keys alone costs little, even before anything is known of its sender."""
        keys = ",".join(f'"{number}":0' for number in range(7000))
        body = written('"sent_at": "2018-06-29T16:56:52.000Z"', keys)
        assert len(body) < MAX_BYTES
        begun = time.process_time()
        assert parse(body).transaction_id
        assert time.process_time() - begun < 0.5

    @pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
    @pytest.mark.parametrize("spot", ["4490000,", "1530291411,", '"sent_at": "2018-06-29T16:56:52.000Z",'])
    def test_A24_no_numbers(self, number: str, spot: str) -> None:
        """Not in the amount, not in the timestamp, and not in a field that nobody reads."""
        malformed(written(spot, f'"x": {number},' if "sent_at" in spot else f"{number},"))

    @pytest.mark.parametrize("digits", [20, 400, 4299, 4301, 5000, 60_000])
    def test_A25_thousands_of_digits(self, digits: int) -> None:
        malformed(written("4490000,", "9" * digits + ","))
        malformed(written("1530291411,", "1" * digits + ","))

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be", "utf-8-sig"])
    def test_A26_other_encodings(self, encoding: str) -> None:
        malformed(GOOD.decode().encode(encoding))

    def test_A26_latin_1(self) -> None:
        malformed(as_bytes(signed(status_message="señal")).decode().encode("latin-1"))

    @pytest.mark.parametrize("octets", [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe2\x82"])
    def test_A29_invalid_utf_8_inside_of_a_text(self, octets: bytes) -> None:
        malformed(GOOD.replace(b"Ana Ruiz", b"Ana " + octets))

    @pytest.mark.parametrize("escape", ["\\ud800", "\\udfff", "\\udc00\\ud800"])
    def test_A29_half_a_surrogate_pair(self, escape: str) -> None:
        """JSON can write what is not text: refused in what is read, harmless in what is not."""
        malformed(written('"status": "APPROVED"', f'"status": "APPROVED{escape}"'))
        malformed(written('"reference": "INV', f'"reference": "{escape}INV'))
        assert parse(written("Ana Ruiz", escape)).transaction_id
        assert parse(written('"transaction": {', f'"{escape}": 1, "transaction": {{')).transaction_id

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ('"sent_at"', '/* */ "sent_at"'),
            ('"sent_at"', "'sent_at'"),
            ('"sent_at"', "sent_at"),
            ('"prod"}', '"prod",}'),
        ],
    )
    def test_A30_almost_json(self, old: str, new: str) -> None:
        malformed(written(old, new))

    @pytest.mark.parametrize("opening", ["[", '{"a":'])
    def test_A30_deep_nesting(self, opening: str) -> None:
        """Whatever the parser's own limit: nothing deeper than a few levels gets through."""
        closing = "]" if opening == "[" else "}"
        for depth in (33, 1000, 9000):
            malformed(written('"sent_at": "2018-06-29T16:56:52.000Z"', f'"x": {opening * depth}0{closing * depth}'))
        assert parse(written('"sent_at": "2018-06-29T16:56:52.000Z"', f'"x": {opening * 20}0{closing * 20}')).status

    @pytest.mark.parametrize(
        "amount",
        [
            pytest.param("4490000", id="A31-text"),
            pytest.param(4490000.0, id="A32-float"),
            pytest.param(True, id="A33-true"),
            pytest.param(False, id="A33-false"),
            pytest.param(None, id="A34-null"),
            pytest.param([], id="A34-list"),
            pytest.param({}, id="A34-object"),
            pytest.param([4490000], id="A34-in-a-list"),
            pytest.param(0, id="A35-zero"),
            pytest.param(-1, id="A35-negative"),
            pytest.param(-4490000, id="A35-negative-amount"),
            pytest.param(2**63, id="A36-2^63"),
            pytest.param(2**64, id="A36-2^64"),
            pytest.param(10**12 + 1, id="A36-above-the-schema"),
            pytest.param("٤٤٩٠٠٠٠", id="A38-arabic-indic"),
            pytest.param("４４９００００", id="A38-full-width"),
            pytest.param("4_490_000", id="A39-underscores"),
            pytest.param(" 4490000", id="A39-space"),
            pytest.param("+4490000", id="A39-plus"),
            pytest.param("0x44", id="A39-hexadecimal"),
        ],
    )
    def test_A31_to_A39_amounts(self, amount: Any) -> None:
        """An amount is a whole JSON number of cents above zero, even where the checksum is right."""
        malformed(signed(amount_in_cents=amount))

    @pytest.mark.parametrize("number", ["4.49e6", "449e4", "-0", "4490000.0", "04490000", "+4490000", "0x44"])
    def test_A32_A35_numbers_written_strangely(self, number: str) -> None:
        if number == "-0":  # a whole number; but another one was signed
            not_authentic(written("4490000,", "-0,"))
        else:
            malformed(written("4490000,", f"{number},"))

    @pytest.mark.parametrize("name", ["amount_in_cents", "status", "id", "currency"])
    def test_A34_amount_null_or_missing(self, name: str) -> None:
        event = signed()
        malformed(signed(**{name: None}))
        del event["data"]["transaction"][name]
        malformed(sign(event))

    @pytest.mark.parametrize("name", ["event", "data", "environment", "timestamp"])
    @pytest.mark.parametrize("value", [None, [], {}, 1.5, True, ""])
    def test_A34_envelope_fields_of_another_kind(self, name: str, value: object) -> None:
        malformed(signed() | {name: value})

    def test_A34_no_transaction(self) -> None:
        missing: list[dict[str, object]] = [{}, {"transaction": None}, {"transaction": []}, {"transaction": "APPROVED"}]
        for data in missing:
            malformed(sign(unsigned() | {"data": data}))

    @pytest.mark.parametrize(
        "status",
        [
            "approved",
            "APPROVED ",
            " APPROVED",
            "APPROVED\n",
            "ＡＰＰＲＯＶＥＤ",
            "ΑPPROVED",
            "",
            "_",
            "A" * 41,
            "APPROVED\x00",
        ],
    )
    def test_A40_statuses_that_only_look_right(self, status: str) -> None:
        malformed(signed(status=status))

    @pytest.mark.parametrize("status", [["APPROVED"], {"APPROVED": 1}, 1, True])
    def test_A42_status_of_another_kind(self, status: object) -> None:
        malformed(signed(status=status))

    @pytest.mark.parametrize(
        "value",
        ["x" * 10_000, "x" * 121, "", "a/b", "a b", "a.b", "../merchants/info", "a\n", "a%2fb", "ñ", "a?b", "a#b"],
    )
    def test_A44_ids_that_are_long_or_would_change_an_address(self, value: str) -> None:
        malformed(signed(id=value))
        assert parse(signed(id="x" * 120)).transaction_id == "x" * 120

    @pytest.mark.parametrize(
        "reference",
        [
            "' OR 1=1 --",
            "<script>alert(1)</script>",
            "{{7*7}}",
            "ABC\nINFO forged",
            "${jndi:ldap://x}",
            "a\x1b[2J",
            "",
            "x" * 256,
            *("Pedido 123", "año-2026", "O'Brien", "orden n.º 5", "🛒", "a&b", "a\tb", "x" * 5000),
            *(None, 5, 1.5, True, [], {"a": "b"}),
        ],
    )
    def test_E3_A49_references_of_other_programs(self, reference: object) -> None:
        """Signature first: then it is none of ours, and nothing of it is kept. Without one it is not authentic."""
        read = parse(signed(reference=reference))
        assert (read.type, read.transaction_id, read.reference) == ("transaction.updated", None, None)
        not_authentic(unsigned(reference=reference) | {"signature": signed()["signature"] | {"checksum": "0" * 64}})
        malformed(signed(reference=reference, id="a/b"))
        malformed(signed(reference=reference, status="approved"))
        malformed(signed(reference=reference, currency="cop"))

    def test_E3_an_event_without_a_reference(self) -> None:
        """Missing is like null."""
        event = unsigned()
        del event["data"]["transaction"]["reference"]
        assert parse(sign(event)).transaction_id is None

    @pytest.mark.parametrize("amount", [0, -1, -4490000, 10**12 + 1, 2**63 - 1])
    def test_E3_A35_amounts_of_other_programs(self, amount: int) -> None:
        """A checkout of ours has no such amount: of another program it needs no action, of ours it is malformed."""
        event = as_bytes(signed(amount_in_cents=amount))
        read = parse_event(event, environment=Environment.PRODUCTION, secrets=[EVENTS], ours=lambda _: False)
        assert (read.transaction_id, read.amount_in_cents) == (None, None)
        malformed(event)

    @pytest.mark.parametrize("currency", ["cop", "COP ", "COP\n", "CO", "COPS", "ＣＯＰ", "", 170, None])
    def test_A51_currencies(self, currency: object) -> None:
        """Another currency of good form is for the reading back to refuse: the event does not sign it."""
        malformed(signed(currency=currency))
        assert parse(signed(currency="USD")).transaction_id

    @pytest.mark.parametrize(
        "timestamp",
        [
            "1530291411",
            1530291411.0,
            True,
            -1530291411,
            0,
            530291411,
            15302914110,
            1530291411000,
            None,
            [],
            "",
            10**400,
        ],
    )
    def test_A52_timestamps(self, timestamp: object) -> None:
        """Unix seconds with exactly ten digits, however well the event is signed otherwise."""
        malformed(sign(unsigned() | {"timestamp": timestamp}))

    def test_A53_A54_no_age_limit(self) -> None:
        """Wompi's own retries come a day later, and a clock may be wrong: age is no reason to refuse."""
        for timestamp in (1_000_000_000, 1_789_000_000, 9_999_999_999):
            assert parse(sign(unsigned() | {"timestamp": timestamp})).timestamp == timestamp

    @pytest.mark.parametrize("sent_at", [None, "", "yesterday", 1, [], {"a": "b"}])
    def test_A55_sent_at_is_not_read(self, sent_at: object) -> None:
        assert parse(signed() | {"sent_at": sent_at}).transaction_id

    def test_A56_unknown_fields(self) -> None:
        """Whatever Wompi adds one day, at any level, changes nothing."""
        event = sign(unsigned(new={"a": [1, {"b": None}]}, amount_in_usd=1.5))
        event |= {"new": [1, 2], "version": "9"}
        event["signature"]["algorithm"] = "SHA256"
        event["data"]["other"] = {"status": "DECLINED"}
        assert parse(event).status == "APPROVED"

    def test_A57_without_payment_method_and_customer(self) -> None:
        event = unsigned(customer_data=None, customer_email=None)
        del event["data"]["transaction"]["payment_method"]
        assert parse(sign(event)).transaction_id

    @pytest.mark.parametrize("kind", ["nequi_token.updated", "bancolombia_transfer_token.updated", "dispute.created"])
    def test_A58_other_events(self, kind: str) -> None:
        """Signed by Wompi, and nothing to look at: accepted without a transaction."""
        event = unsigned() | {"event": kind, "data": {"token": {"id": "tok-1", "status": "APPROVED"}}}
        event["signature"] = {"properties": ["token.id", "token.status"]}
        read = parse(sign(event))
        assert (read.type, read.transaction_id, read.status, read.amount_in_cents) == (kind, None, None, None)
        event["signature"] = {"properties": ["token.id"], "checksum": "0" * 64}
        with pytest.raises(EventError):
            parse(event)

    @pytest.mark.parametrize(
        "kind",
        ["3ds_challenge.updated", "payment-link.updated", "x y", "../x", "a" * 200, "Dispute.Created", "año", "a\nb"],
    )
    @pytest.mark.parametrize("path", ["3ds.id", "payment-link.id", "token", "Token.Id"])
    def test_E3_types_of_any_form(self, kind: str, path: str) -> None:
        """Whatever Wompi calls them one day: verified by what they name, and nothing to look at."""
        data: dict[str, Any] = {"3ds": {"id": "1"}, "payment-link": {"id": "l-1"}, "token": 5, "Token": {"Id": "x"}}
        event = unsigned() | {"event": kind, "data": data, "signature": {"properties": [path]}}
        assert (parse(sign(event)).type, parse(sign(event)).transaction_id) == (kind, None)
        event["signature"] = {"properties": [path], "checksum": "0" * 64}
        not_authentic(event)

    @pytest.mark.parametrize(
        "kind", ["", "Transaction.Updated", "transaction.updated\n", " transaction.updated", "a" * 256]
    )
    def test_A58_types_that_are_no_names(self, kind: str) -> None:
        """Nor is one that almost says that a transaction changed: it must not be ignored, so Wompi sends it again."""
        malformed(signed() | {"event": kind})
