"""``POST /webhooks/wompi``: what is stored, what is refused, and with which answer. The parser's own cases stand in
``tests/wompi_gateway/test_events.py``; here is what the address adds."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.world import World, make_world
from whmcs_bridge.ledger.engine.database import DatabaseUnavailable


def stored(world: World) -> tuple[int, int]:
    """How many events and payments the database holds."""

    def count(table: str) -> int:
        query = text(f"SELECT count(*) FROM {table}")
        return int(world.bridge.database.read(lambda connection: connection.execute(query).scalar_one()))

    return count("events"), count("payments")


@pytest.fixture
def body(world: World) -> bytes:
    """A good event about an approved payment."""
    return world.wompi.event_body(world.pay(world.invoice()))


class TestAccepted:
    def test_a_good_event_is_stored_and_answered_with_exactly_200(self, world: World, body: bytes) -> None:
        """Only 200 counts as received at Wompi; event and payment are on disk by then."""
        assert world.post_event(body).status_code == 200
        assert stored(world) == (1, 1)

    def test_the_header_with_the_checksum_may_come_along(self, world: World, body: bytes) -> None:
        """X-Event-Checksum repeats the body's checksum."""
        checksum = body.split(b'"checksum":"')[1][:64].decode()
        assert world.post_event(body, **{"X-Event-Checksum": checksum.upper()}).status_code == 200

    def test_a_charset_may_be_named(self, world: World, body: bytes) -> None:
        """``application/json; charset=utf-8`` is JSON."""
        response = world.http.post("/webhooks/wompi", data=body, content_type="application/json; charset=utf-8")
        assert response.status_code == 200

    def test_A83_a_duplicate_is_answered_200_and_stored_once(self, world: World, body: bytes) -> None:
        """Wompi repeats events; the second one changes nothing."""
        assert [world.post_event(body).status_code for _ in range(5)] == [200] * 5
        assert stored(world) == (1, 1)

    def test_A58_another_type_is_answered_200_and_ignored(self, world: World) -> None:
        """Wompi's list of types may grow."""
        transaction = world.pay(world.invoice())
        other = world.wompi.event_body(transaction, event="nequi_token.updated")
        assert world.post_event(other).status_code == 200
        assert stored(world) == (0, 0)

    def test_A53_A54_an_old_or_early_event_is_taken(self, world: World) -> None:
        """R7: Wompi's own retries come a day later, and clocks differ: the read back decides, not the age."""
        transaction = world.pay(world.invoice())
        now = int(world.clock.seconds())
        for age in (23 * 3600, 10 * 86_400, -86_400):
            assert world.event(transaction, timestamp=now - age).status_code == 200

    def test_A79_the_secret_before_is_good_as_long_as_it_is_listed(self, tmp_path: Path) -> None:
        """While a secret is changed, both verify; once the old one is off the list, it does not."""
        old, new = "test_events_TheOldOne0000", "test_events_TheNewOne0000"
        for listed, answers in ((f"{new}, {old}", [200, 200]), (new, [200, 401])):
            with make_world(tmp_path, WOMPI_EVENTS_SECRET=listed) as world:
                transaction = world.pay(world.invoice())
                assert [world.event(transaction, secret=secret).status_code for secret in (new, old)] == answers


class TestRefusedAndNothingStored:
    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "TRACE", "OPTIONS", "PATCH"])
    def test_A1_another_method(self, world: World, method: str) -> None:
        """405, and says which method is right."""
        response = world.http.open("/webhooks/wompi", method=method)
        assert (response.status_code, response.headers.get("Allow")) == (405, "POST")
        assert stored(world) == (0, 0)

    def test_A2_an_empty_body(self, world: World) -> None:
        """A length of zero is 400."""
        response = world.http.post(
            "/webhooks/wompi", content_type="application/json", environ_overrides={"CONTENT_LENGTH": "0"}
        )
        assert response.status_code == 400

    def test_A2_no_length(self, world: World) -> None:
        """411: without a length nobody knows when to stop reading."""
        assert world.http.post("/webhooks/wompi", content_type="application/json").status_code == 411

    @pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "", "text/json"])
    def test_A3_another_media_type(self, world: World, body: bytes, content_type: str) -> None:
        """415, although the bytes are a good event."""
        assert world.http.post("/webhooks/wompi", data=body, content_type=content_type).status_code == 415
        assert stored(world) == (0, 0)

    def test_A4_a_body_that_is_too_long(self, world: World) -> None:
        """413 by the announced length, before a byte of it is read."""
        response = world.http.post(
            "/webhooks/wompi",
            data=b"{}",
            content_type="application/json",
            environ_overrides={"CONTENT_LENGTH": str(10 * 1024 * 1024)},
        )
        assert response.status_code == 413

    @pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
    def test_A9_a_compressed_body(self, world: World, body: bytes, encoding: str) -> None:
        """415; nothing is inflated."""
        assert world.post_event(body, **{"Content-Encoding": encoding}).status_code == 415

    @pytest.mark.parametrize("bad", [b"{", b"[]", b"null", b"{}{}", b"\xff\xfe{}", b'{"event": "transaction.updated"}'])
    def test_A15_A17_bytes_that_are_no_event(self, world: World, bad: bytes) -> None:
        """400."""
        assert world.post_event(bad).status_code == 400
        assert stored(world) == (0, 0)

    def test_A60_a_wrong_checksum(self, world: World, body: bytes) -> None:
        """401."""
        start = body.index(b'"checksum":"') + 12
        flipped = b"0" if body[start : start + 1] != b"0" else b"1"
        assert world.post_event(body[:start] + flipped + body[start + 1 :]).status_code == 401
        assert stored(world) == (0, 0)

    def test_a_header_that_contradicts_the_body(self, world: World, body: bytes) -> None:
        """401 when X-Event-Checksum is there and is not the body's."""
        assert world.post_event(body, **{"X-Event-Checksum": "0" * 64}).status_code == 401

    def test_A14_A80_an_event_of_the_other_environment(self, world: World) -> None:
        """401, whatever secret signed it: the environment is the configured one."""
        body = world.wompi.event_body(world.pay(world.invoice()), environment="prod")
        assert world.post_event(body).status_code == 401
        assert stored(world) == (0, 0)


class TestSafety:
    def test_F39_503_when_the_event_cannot_be_stored(self, world: World, body: bytes) -> None:
        """Wompi sends it again; a 200 here would lose it."""

        def unavailable(*_: object) -> bool:
            raise DatabaseUnavailable("disk full")

        world.bridge.store.receive = unavailable  # type: ignore[assignment]  # it always raises
        assert world.post_event(body).status_code == 503

    def test_I6_neither_logs_nor_answers_repeat_what_was_sent(
        self, world: World, body: bytes, caplog: pytest.LogCaptureFixture
    ) -> None:
        """No personal data, no payload, no secret: in what is refused least of all."""
        with caplog.at_level(logging.DEBUG):
            answers = [world.post_event(body).text, world.post_event(body.replace(b"APPROVED", b"DECLINED")).text]
            answers.append(world.post_event(body.replace(b'"COP"', b'"ana@ejemplo.test\\u0041"')).text)
            world.work()
        told = "".join(answers) + caplog.text
        for secret in ("ana@ejemplo.test", "Ruiz", "3001234567", world.wompi.events_secret, world.whmcs.secret):
            assert secret not in told

    def test_E3_A49_a_reference_made_of_code_is_ignored(self, world: World, caplog: pytest.LogCaptureFixture) -> None:
        """SQL, HTML, templates and line breaks: verified, none of ours, and not in the log."""
        transaction = world.pay(world.invoice())
        for evil in ("'; DROP TABLE payments;--", "<script>", "{{7*7}}", "a\nERROR forged line", "Pedido 123"):
            answer = world.event(transaction, reference=evil)
            assert (answer.status_code, answer.text) == (200, "ignored\n")
            assert evil not in caplog.text
        assert stored(world) == (0, 0)

    def test_E3_an_amount_of_zero_is_ignored_only_where_it_is_not_ours(self, world: World) -> None:
        """Another program's reference is free; ours says that its amount is another one."""
        transaction = world.pay(world.invoice())
        assert world.event(transaction, amount_in_cents=0, reference="orden-5").text == "ignored\n"
        assert world.event(transaction, amount_in_cents=0).status_code == 400
        assert stored(world) == (0, 0)

    def test_E22_the_type_of_a_foreign_event_is_no_line_of_the_log(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Its line break and its terminal codes are written as escapes."""
        caplog.set_level(logging.INFO)
        body = world.wompi.event_body(world.pay(world.invoice()), event="x\nERROR forged\x1b[2J" + "y" * 200)
        assert world.post_event(body).text == "ignored\n"
        (line,) = [record.getMessage() for record in caplog.records if "needs no action" in record.getMessage()]
        assert line.isprintable()
        assert len(line) < 120

    def test_carries_no_page_and_no_figures(self, world: World, body: bytes) -> None:
        """Plain text for a machine, never cached."""
        response = world.post_event(body)
        assert (response.mimetype, response.headers["Cache-Control"]) == ("text/plain", "no-store")
