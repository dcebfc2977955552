"""What stands between the bridge and WHMCS: firewalls, filters against robots, programs that print around answers."""

from __future__ import annotations

import urllib.request

import pytest

from tests.doctor.patient import Answer, Question, ill, proxy
from tests.doctor.room import Room
from whmcs_bridge.doctor.network import first_words

JSON = {"Content-Type": "application/json"}


def seen_through(room: Room, answer: Answer) -> tuple[dict[str, str], str]:
    """Examine a WHMCS whose API is answered by somebody else."""
    url = room.stack.enter_context(
        proxy(room.patient.world.whmcs.url, lambda asked: answer if "api.php" in asked.path else None)
    )
    diagnosis = room.examine(WHMCS_URL=url)
    return ill(diagnosis), " ".join(f"{check.message} {check.fix}" for check in diagnosis.checks if check.fix)


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        pytest.param(Answer(202, b"<html><body>Please solve this CAPTCHA</body>"), "Please solve", id="202-captcha"),
        pytest.param(Answer(200, b'{"message":"Access to this API is denied"}', JSON), "Access to this", id="json-200"),
        pytest.param(Answer(415, b'{"message":"Unsupported"}', JSON), "Unsupported", id="json-415"),
        pytest.param(Answer(302, headers={"Location": "https://ban.example.net/?ip=1"}), "ban.example.net", id="ban"),
        pytest.param(Answer(307, headers={"Location": "/.well-known/captcha/?u=1"}), "captcha", id="to-captcha"),
        pytest.param(Answer(200, b"<html><title>One moment, please...</title>x"), "One moment", id="js"),
        pytest.param(Answer(200, "<html>Verificación de robots".encode("latin-1")), "Verificaci", id="es"),
        pytest.param(Answer(418, b"bots are not welcome"), "bots are not", id="418"),
        pytest.param(Answer(400, b"Bad request. Your support ID is: 123"), "Bad request", id="400"),
        pytest.param(Answer(409, b"greylisted"), "greylisted", id="409"),
        pytest.param(Answer(451, b""), "451", id="451"),
        pytest.param(Answer(456, b"Rate limit"), "Rate limit", id="own-status"),
        pytest.param(Answer(503, b"<html>DDoS protection by X"), "DDoS protection", id="503"),
        pytest.param(Answer(403, b"<html>Imunify360 bot-protection"), "Imunify360", id="403"),
    ],
)  # fmt: skip
def test_E16_a_firewall_answers_in_place_of_whmcs(room: Room, answer: Answer, shown: str) -> None:
    """Whatever its status and its form: it is told as such, with its first words, and the address is not blamed."""
    found, told = seen_through(room, answer)
    assert found == {"whmcs.reachable": "fail"}
    assert "firewall" in told
    assert shown in told
    assert "sea la exacta" not in told
    assert told.replace("\n", "").isprintable()


def test_E16_a_page_of_the_site_is_still_a_wrong_address(room: Room) -> None:
    """The start page of a site answers 200 to everything: there the address is the cause."""
    found, told = seen_through(room, Answer(200, b"<!DOCTYPE html><html><title>Mi empresa</title>"))
    assert found == {"whmcs.reachable": "fail"}
    assert "«Mi empresa»" in told
    assert "sea la exacta" in told


@pytest.mark.parametrize(
    ("before", "after", "named", "shown"),
    [
        ("", "<!-- 0.2 s -->", "whmcs.after", "0.2 s"),
        ("", "\n<b>Warning</b>: session_write_close()", "whmcs.after", "Warning : session_write_close()"),
        ("", "<script>track()</script>", "whmcs.after", "track()"),
        ("Notice: x in {main}\n" * 25, "", "whmcs.notices", "Notice: x in {main}"),
        ("\ufeff", "", "whmcs.notices", "BOM"),
        ("\n\n", "", "whmcs.notices", "líneas en blanco"),
        ("", "\x1b[2J\x07caption", "whmcs.after", "[2J caption"),
    ],
)
def test_E1_what_is_printed_around_an_answer_is_told(
    room: Room, before: str, after: str, named: str, shown: str
) -> None:
    """Everything goes on; one warning says on which side of the answer it stands, and shows its first characters."""

    def tweak(asked: Question) -> Answer | None:
        if "api.php" not in asked.path:
            return None
        whole = passed(asked)
        return Answer(whole.status, before.encode() + whole.body + after.encode(), JSON)

    def passed(asked: Question) -> Answer:
        target = room.patient.world.whmcs.url + asked.path.lstrip("/")
        with urllib.request.urlopen(urllib.request.Request(target, asked.body)) as reply:
            return Answer(reply.status, reply.read())

    url = room.stack.enter_context(proxy(room.patient.world.whmcs.url, tweak))
    diagnosis = room.examine(WHMCS_URL=url)
    assert ill(diagnosis) == {named: "warn"}
    (message,) = [check.message for check in diagnosis.checks if check.fix]
    assert shown in message.replace("  ", " ")
    assert message.replace("\n", "").isprintable()


def test_first_words_are_bounded_and_printable() -> None:
    """Markup, white space and control characters are no words."""
    assert first_words("<p class='x'>Uno\u200b\x1b[0m\r\n  dos</p><!-- tres -->") == "Uno [0m dos tres"
    assert len(first_words("palabra " * 1000)) <= 101
