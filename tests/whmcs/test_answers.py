"""What WHMCS answered, told apart by what the caller does next: every row of the outcome table, every oddity seen."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whmcs_bridge.whmcs.answers import (
    AccessRefused,
    ClientNotFound,
    InvoiceCancelled,
    InvoiceNotFound,
    NotDone,
    Refused,
    Unclear,
    WhmcsError,
    read_answer,
)
from whmcs_bridge.whmcs.models import rows
from wompi_gateway.transport import Reply

SUCCESS = '{"result":"success","invoiceid":1042,"status":"Unpaid"}'
NOTICE = "<br />\n<b>Notice</b>:  Undefined index: x in <b>/var/www/hooks.php</b> on line <b>3</b><br />\n"


def answer(body: str | bytes, status: int = 200) -> dict[str, Any]:
    return read_answer(Reply(status, {}, body.encode() if isinstance(body, str) else body))


def error_of(body: str | bytes, status: int = 200) -> type[WhmcsError]:
    with pytest.raises(WhmcsError) as caught:
        answer(body, status)
    return type(caught.value)


def told(message: str, **more: Any) -> str:
    return json.dumps({"result": "error", "message": message} | more)


class TestSuccess:
    def test_plain(self) -> None:
        """The whole document comes back; ``status`` is the invoice's here, and not the call's."""
        assert answer(SUCCESS) == {"result": "success", "invoiceid": 1042, "status": "Unpaid"}

    def test_T3_a_page_that_only_says_status_is_no_success(self) -> None:
        """Actions that the bridge calls say ``result``; a proxy's cached page, or another program, says something."""
        assert error_of('{"status":"success","permissions":{}}') is Unclear
        assert error_of('{"status":"ok"}') is Unclear
        assert error_of('{"status":"error","message":"Invalid IP 1.2.3.4"}') is Unclear

    def test_a_warning_beside_a_success(self) -> None:
        """GetClientsDetails warns of parameters that were removed, and answers all the same."""
        assert answer('{"result":"success","warning":"removed","client":{"id":77}}')["client"] == {"id": 77}

    @pytest.mark.parametrize(
        "before",
        [
            pytest.param(NOTICE, id="notice"),
            pytest.param(NOTICE * 5, id="notices"),
            pytest.param("Warning: foreach() in {closure}() on line 3\n", id="a-brace-in-it"),
            pytest.param('Notice: array is {"a": {"b": 1}} here\n', id="json-in-it"),
            pytest.param("Notice: { { { unbalanced\n", id="unbalanced-braces"),
            pytest.param('Notice: {"result":"error","message":"x"} was seen\n', id="another-answer-in-it"),
            pytest.param("\ufeff", id="bom"),
            pytest.param("\r\n \t", id="white-space"),
        ],
    )
    def test_notices_before_the_json(self, before: str) -> None:
        """With "Display Errors" on, PHP prints before the JSON: what the JSON says counts."""
        assert answer(before + SUCCESS + "\n")["invoiceid"] == 1042
        assert error_of(before + told("Invoice ID Not Found")) is InvoiceNotFound

    @pytest.mark.parametrize(
        "around",
        [
            pytest.param(NOTICE, id="notice"),
            pytest.param("<!-- Page generated in 0.2 s -->", id="comment"),
            pytest.param('<!-- {"result":"error","message":"Invoice ID Not Found"} -->', id="answer-in-a-comment"),
            pytest.param("\ufeff", id="bom"),
            pytest.param("\ufeff\ufeff", id="two-boms"),
            pytest.param("<script>var a = {b: 1}; track({'c': {}});</script>", id="script"),
            pytest.param('<script>var a = {"result":"error"};</script>', id="answer-in-a-script"),
            pytest.param("\nWarning: Unknown: open(/tmp/sess_1, O_RDWR) failed in Unknown on line 0\n", id="warning"),
            pytest.param("{", id="a-brace"),
            pytest.param('{"debug":{"queries":12}}', id="json"),
            pytest.param('\n[{"debug":1}]', id="a-list"),
            pytest.param("\0", id="nul"),
            pytest.param("1", id="what-include-returns"),
            pytest.param("<html><body>statistics</body></html>", id="a-whole-page"),
            pytest.param("<pre class='xdebug-var-dump'>array {}</pre>", id="xdebug"),
            pytest.param("Data: ", id="a-colon"),
            pytest.param("a, ", id="a-comma"),
            pytest.param("[2026-11-28] ", id="a-log-line"),
            pytest.param("Atención: sesión ", id="accents"),
        ],
    )
    def test_E1_text_before_and_after_the_json(self, around: str) -> None:
        """Notices, comments, scripts and byte order marks of others do not hide what WHMCS said."""
        refused = told("Invoice ID Not Found")
        for text in (SUCCESS + around, around + SUCCESS, around + SUCCESS + around, SUCCESS + "\n" + around):
            assert answer(text)["invoiceid"] == 1042
        assert error_of(refused + around) is error_of(around + refused) is InvoiceNotFound
        assert answer((around + SUCCESS).encode("utf-16"))["invoiceid"] == 1042
        assert answer((SUCCESS + around).encode("cp1252", "replace"))["invoiceid"] == 1042

    @pytest.mark.parametrize("notices", [25, 400])
    def test_E2_many_notices_with_braces(self, notices: int) -> None:
        """However many braces were printed before the answer."""
        for notice in ("Notice: {closure}() in {main}\n", 'Notice: {"a": {"b": 1}\n', 'Notice: {"a": {"b": 1}} {\n'):
            assert answer(notice * notices + SUCCESS)["invoiceid"] == 1042
            assert answer(SUCCESS + "\n" + notice * notices)["invoiceid"] == 1042

    def test_E1_each_part_keeps_its_own_encoding(self) -> None:
        """A notice in the server's old encoding does not spoil the names in an answer in UTF-8."""
        body = "Atención\n".encode("latin-1") + '{"result":"success","name":"Íñigo Peña"}'.encode()
        assert answer(body)["name"] == "Íñigo Peña"

    def test_latin_1(self) -> None:
        """An installation may still run with its old charset."""
        body = '{"result":"success","client":{"fullname":"Íñigo Peña"}}'
        assert answer(body.encode("latin-1"))["client"]["fullname"] == "Íñigo Peña"
        assert answer(body.encode("utf-8-sig"))["client"]["fullname"] == "Íñigo Peña"


class TestUnclear:
    """Nobody knows whether the call took effect: look, then decide."""

    @pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 408, 425, 429])
    @pytest.mark.parametrize("body", [SUCCESS, told("Invoice ID Not Found"), "<html>Bad gateway</html>", "", "{"])
    def test_A112_faults_of_the_server(self, status: int, body: str) -> None:
        """A 5xx counts more than what it says: F6, the hook failed after the payment was recorded."""
        assert error_of(body, status) is Unclear

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    @pytest.mark.parametrize("body", ["", "<html>Moved</html>", SUCCESS])
    def test_redirects(self, status: int, body: str) -> None:
        """A wrong address, a forced https or a maintenance page."""
        assert error_of(body, status) is Unclear

    @pytest.mark.parametrize("status", [200, 401, 403, 404, 503])
    @pytest.mark.parametrize(
        "body",
        [
            pytest.param("<html><head><title>Maintenance</title></head><body>{ }</body></html>", id="F7-maintenance"),
            pytest.param("<!DOCTYPE html><title>Just a moment...</title>", id="F7-challenge"),
            pytest.param(f"<html><script>var page = {SUCCESS};</script></html>", id="json-inside"),
            pytest.param(f"<html><pre>{SUCCESS}</pre>", id="json-inside-an-open-page"),
            pytest.param("", id="empty"),
            pytest.param(" \n", id="blank"),
            pytest.param("Site error: the ionCube PHP Loader needs to be installed.", id="ioncube"),
            pytest.param("\x00\xff", id="bytes"),
        ],
    )
    def test_what_is_not_the_api(self, body: str, status: int) -> None:
        """A page of somebody else's, or nothing at all: a success inside of a page is not an answer."""
        assert error_of(body, status) is Unclear

    @pytest.mark.parametrize("kept", range(1, len(SUCCESS)))
    def test_cut_short(self, kept: int) -> None:
        """Wherever the answer breaks off."""
        assert error_of(SUCCESS[:kept]) is Unclear

    def test_cut_short_between_rows(self) -> None:
        """The last whole row of a list that was cut is not taken for the answer, whatever its status says."""
        for row in ('{"id":1,"status":"Unpaid"}', '{"id":1,"status":"success"}', '{"id":1,"result":"success"}'):
            assert error_of(f'{{"result":"success","invoices":{{"invoice":[{row}') is Unclear

    @pytest.mark.parametrize(
        "body",
        [
            "{}",
            '{"invoiceid":1042}',
            '{"warning":"operation not performed"}',
            '{"result":""}',
            '{"result":null}',
            '{"result":true}',
            '{"result":["success"]}',
            '{"result":"successful"}',
            '{"result":"pending"}',
            '{"status":"Unpaid"}',
            '[{"result":"success"}]',
            '"success"',
            "null",
            "success",
        ],
    )
    def test_neither_success_nor_error(self, body: str) -> None:
        """Nothing is read into an answer that says neither."""
        assert error_of(body) is Unclear

    @pytest.mark.parametrize("status", [201, 204, 400, 401, 403, 404])
    def test_a_success_with_another_status(self, status: int) -> None:
        """WHMCS says 200 with every success."""
        assert error_of(SUCCESS, status) is Unclear

    def test_E1_two_different_answers_are_none(self) -> None:
        """A success and a refusal in one text: which of them is WHMCS's, nobody knows. The same one twice is one."""
        assert error_of(SUCCESS + "\n" + told("Invoice ID Not Found")) is Unclear
        assert error_of(NOTICE.strip() + SUCCESS + "\n" + told("Invoice ID Not Found")) is Unclear
        assert answer(SUCCESS + "\n" + SUCCESS)["invoiceid"] == 1042

    def test_E1_an_answer_that_was_cut_short_is_not_replaced_by_what_follows(self) -> None:
        """PHP died within its answer, and another program printed an object after it."""
        assert error_of(SUCCESS[:-5] + "\n" + told("Invoice ID Not Found")) is Unclear
        assert error_of('{"result":"success","invoices":[{"id":1},' + NOTICE + SUCCESS[:-1]) is Unclear

    @pytest.mark.parametrize("opened", ["<!-- ", "<script>", "<pre>", "<html><body>", "<!DOCTYPE html>", "<title>"])
    def test_E1_what_stands_in_a_page_or_a_comment_is_no_answer(self, opened: str) -> None:
        """Also where the page was never closed."""
        assert error_of(opened + SUCCESS) is Unclear
        assert error_of(opened + SUCCESS + "\n") is Unclear

    @pytest.mark.parametrize("body", ["{" * 60_000, '{"a":' * 60_000, "[" * 60_000, '{"a":' + "9" * 5000 + "}"])
    def test_hostile_json(self, body: str) -> None:
        """Depth and size are no way to another error."""
        assert error_of(body) is Unclear


class TestAccess:
    """Address, credential or permission: surely not done, and no other payment fares better."""

    MESSAGES = (
        "Invalid IP 203.0.113.9",
        "Invalid IP 2001:db8::1",
        "Authentication Failed",
        "Invalid or missing credentials",
        'Invalid Permissions: API action "addinvoicepayment" is not allowed',
        "Administrator Account Disabled",
        "Invalid password provided",
        "Access Denied",
    )

    @pytest.mark.parametrize("message", MESSAGES)
    @pytest.mark.parametrize("status", [200, 400, 401, 403])
    def test_A114_in_json(self, message: str, status: int) -> None:
        """With whatever status it comes."""
        assert error_of(told(message), status) is AccessRefused

    @pytest.mark.parametrize("message", MESSAGES)
    @pytest.mark.parametrize(
        "form", ["result=error;message={}", "result=error;message={};", "\nresult=error;x=1;message={}\n"]
    )
    def test_A114_in_name_value_text(self, message: str, form: str) -> None:
        """Before authentication, WHMCS may answer so although JSON was asked for."""
        assert error_of(form.format(message), 403) is AccessRefused

    def test_the_address_to_allow_is_told(self) -> None:
        """The administrator must type it in."""
        with pytest.raises(AccessRefused, match=r"Invalid IP 203\.0\.113\.9"):
            answer(told("Invalid IP 203.0.113.9"), 403)

    def test_it_is_surely_not_done(self) -> None:
        """What was refused at the door has had no effect."""
        assert issubclass(AccessRefused, NotDone)


class TestRefusals:
    @pytest.mark.parametrize(
        ("message", "error"),
        [
            ("Invoice ID Not Found", InvoiceNotFound),
            ("invoice id not found", InvoiceNotFound),
            ("It is not possible to add a payment to an invoice that is Cancelled", InvoiceCancelled),
            ("Client Not Found", ClientNotFound),
            ("Client ID Not Found", ClientNotFound),
            ("Either clientid Or email Is Required", Refused),
            ("Empty action request", Refused),
            ("", Refused),
        ],
    )
    @pytest.mark.parametrize("status", [200, 400, 404])
    def test_A115_A116_told_apart(self, message: str, error: type[Refused], status: int) -> None:
        """The documented refusals, each by its own name, and every other one as a refusal."""
        assert error_of(told(message), status) is error
        assert issubclass(error, NotDone)

    def test_name_value_text(self) -> None:
        """The same words, the other form."""
        assert error_of("result=error;message=Invoice ID Not Found;") is InvoiceNotFound
        assert error_of("result=error;") is Refused

    def test_E1_text_around_name_value(self) -> None:
        """Notices stand before this form as well."""
        assert error_of(NOTICE + "result=error;message=Invoice ID Not Found;") is InvoiceNotFound
        assert error_of("\ufeffresult=error;message=Invalid IP 203.0.113.9\n<!-- x -->", 403) is AccessRefused
        assert error_of("<html><body>\nresult=success;\n</body></html>") is Unclear

    def test_name_value_success(self) -> None:
        """A success is a success in this form as well."""
        assert answer("result=success;invoiceid=1042;")["result"] == "success"

    def test_messages_are_fit_for_a_log(self) -> None:
        """One short line, whatever WHMCS put into it."""
        with pytest.raises(Refused) as caught:
            answer(told("first\nsecond\x1b[2J\u2028" + "x" * 1000))
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) <= 200

    @pytest.mark.parametrize("message", [None, 1, [], {"a": "b"}])
    def test_messages_of_another_kind(self, message: object) -> None:
        """Still a refusal."""
        assert error_of(json.dumps({"result": "error", "message": message})) is Refused


@given(st.binary(max_size=400), st.sampled_from([200, 201, 302, 400, 403, 404, 429, 500, 503]))
def test_any_bytes(body: bytes, status: int) -> None:
    """Whatever comes back, it is a success that says so, or one of our errors."""
    try:
        document = answer(body, status)
    except WhmcsError:
        return
    assert status == 200
    assert "success" in str(document).lower()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", []),
        ([], []),
        ({}, []),
        (None, []),
        ({"transaction": ""}, []),
        ({"transaction": []}, []),
        ({"transaction": {}}, []),
        ({"transaction": None}, []),
        ([{"id": 1}, {"id": 2}], [{"id": 1}, {"id": 2}]),
        ({"transaction": [{"id": 1}, {"id": 2}]}, [{"id": 1}, {"id": 2}]),
        ({"transaction": {"id": 1}}, [{"id": 1}]),
        ({"id": 1}, [{"id": 1}]),
        ({"0": {"id": 1}, "1": {"id": 2}}, [{"id": 1}, {"id": 2}]),
        ({"transaction": {"0": {"id": 1}, "5": {"id": 2}}}, [{"id": 1}, {"id": 2}]),
    ],
)
def test_lists_in_every_shape(value: object, expected: list[Any]) -> None:
    """Empty text, empty list, empty object, wrapper, bare list, one bare row, numbered keys (PHP's arrays)."""
    assert rows(value, "transaction") == expected
