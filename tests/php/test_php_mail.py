"""``{$wompi_pay_link}`` and ``{$wompi_pay_all_link}``: the fields for the templates of invoice e-mails."""

from __future__ import annotations

import re

import pytest

from .test_php_button import DAY, check_link
from .test_php_home import row
from .test_php_navbar import ACTIVE
from .whmcs import Answer, Whmcs

FIELD = "wompi_pay_link"
ALL = "wompi_pay_all_link"
NOTHING = {FIELD: "", ALL: ""}


def send(whmcs: Whmcs, vars: object = None, **world: object) -> Answer:  # noqa: A002 - WHMCS's word
    """What is merged into an e-mail about invoice 1042, while nobody is signed in."""
    given = {"messagename": "Invoice Created", "relid": 1042, "mergefields": {"invoice_id": 1042}}
    usual = {
        "settings": ACTIVE,
        "invoices": [row(1042, "59500.00")],
        "context": None,
        "tblemailtemplates": [template("Invoice Created")],
    }
    answer = whmcs.run("hook", "EmailPreSend", given if vars is None else vars, **usual | world)
    assert answer.thrown is None
    return answer


def about(name: str, relid: object = 1042) -> dict[str, object]:
    return {"messagename": name, "relid": relid, "mergefields": {}}


OWN = ACTIVE | {"mailTemplates": " Cobro de Hosting , Aviso &amp; Recordatorio,"}


def template(name: str, kind: str = "invoice", language: str = "") -> dict[str, str]:
    """A row of WHMCS's table of templates: one for each language."""
    return {"name": name, "type": kind, "language": language}


@pytest.mark.parametrize(
    "name",
    [
        "Invoice Created",
        "Invoice Payment Reminder",
        "First Invoice Overdue Notice",
        "Second Invoice Overdue Notice",
        "Third Invoice Overdue Notice",
    ],
)
def test_the_templates_that_ask_for_a_payment(whmcs: Whmcs, name: str) -> None:
    """Each gets a link that pays this invoice and shows nobody's data, good for thirty days, without a sign-in."""
    answer = send(whmcs, about(name))
    assert list(answer.result[0]) == [FIELD, ALL]
    check_link(answer.result[0][FIELD], "https://pagos.example.com/pay/", "mail.1042.77", 30 * DAY)
    assert answer.result[0][ALL] == ""
    assert answer.activity == []


def test_who_owes_several_gets_a_link_to_all_of_them(whmcs: Whmcs) -> None:
    """A list that shows nobody's data, of two or more that can be paid here; not in an e-mail about one that cannot."""
    two = [row(1042, "59500.00"), row(1043, "178500.00")]
    answer = send(whmcs, invoices=two)
    check_link(answer.result[0][FIELD], "https://pagos.example.com/pay/", "mail.1042.77", 30 * DAY)
    check_link(answer.result[0][ALL], "https://pagos.example.com/invoices/", "mail.0.77", 30 * DAY)
    assert send(whmcs, about("Invoice Created") | {"mergefields": {"client_id": 78}}, invoices=two).result == [NOTHING]
    paid = [row(1042, "59500.00", status="Paid"), row(1043, "178500.00"), row(1044, "1500.00")]
    assert send(whmcs, invoices=paid).result == [NOTHING]


@pytest.mark.parametrize(
    "other",
    [
        row(1043, "1499.00"),
        row(1043, "178500.00", userid=78),
        row(1043, "178500.00", status="Cancelled"),
        row(1043, "178500.00", paymentmethod="banktransfer"),
        row(1043, "59500.00", items=[{"type": "Invoice"}]),
    ],
    ids=repr,
)
def test_one_that_can_be_paid_is_not_several(whmcs: Whmcs, other: dict[str, object]) -> None:
    """What the list could not take is not counted; the link to the one invoice stays."""
    answer = send(whmcs, invoices=[row(1042, "59500.00"), other])
    assert answer.result[0][FIELD].startswith("https://pagos.example.com/pay/mail.1042.77.")
    assert answer.result[0][ALL] == ""


def test_the_hosts_own_templates(whmcs: Whmcs) -> None:
    """By the gateway's setting, whatever the spaces and the case; WHMCS hands out settings escaped."""
    own = [
        template("Cobro de Hosting"),
        template("Aviso & Recordatorio"),
        template("Cobro de Hosting", language="english"),
    ]
    for name in ("Cobro de Hosting", "cobro de hosting", "Aviso & Recordatorio"):
        answer = send(whmcs, about(name), settings=OWN, tblemailtemplates=own)
        assert answer.result[0][FIELD].startswith("https://pagos.example.com/pay/")


@pytest.mark.parametrize("kind", ["product", "general", "domain", "support", "affiliate", "admin", "", "Invoice "])
def test_E27_another_kind_of_template_gets_no_link(whmcs: Whmcs, kind: str) -> None:
    """A service's ``relid`` is the service's: invoice 1042 of the same number may be a stranger's. What counts is what
    WHMCS says of the template, in every language of it, and not that the setting names it."""
    of_kind = [template("Cobro de Hosting", kind)]
    for rows in (of_kind, [template("Cobro de Hosting"), *of_kind]):
        answer = send(whmcs, about("Cobro de Hosting"), settings=OWN, tblemailtemplates=rows)
        assert (answer.result, answer.activity) == ([NOTHING], [])
    assert send(whmcs, about("Invoice Created"), tblemailtemplates=[template("Invoice Created", kind)]).result == [
        NOTHING
    ]


@pytest.mark.parametrize("world", [{"tblemailtemplates": []}, {"without": ["Capsule"]}], ids=repr)
def test_E27_a_template_that_whmcs_does_not_know(whmcs: Whmcs, world: dict[str, object]) -> None:
    """The host's own gets nothing while nobody says what kind it is; WHMCS's own are about invoices by their names."""
    assert send(whmcs, about("Cobro de Hosting"), settings=OWN, **world).result == [NOTHING]
    assert send(whmcs, about("Invoice Created"), **world).result[0][FIELD].startswith("https://pagos.example.com/pay/")


@pytest.mark.parametrize(
    ("fields", "gets_it"),
    [
        ({"client_id": 77}, True),
        ({"client_id": "77", "invoice_id": "1042"}, True),
        ({"client_id": 78}, False),
        ({"client_id": "78", "invoice_id": 1042}, False),
        ({"client_id": 77, "invoice_id": 1043}, False),
        ({"client_id": ["77"]}, True),
        (None, True),
        ("x", True),
    ],
    ids=repr,
)
def test_E27_the_invoice_is_of_the_client_who_gets_the_mail(whmcs: Whmcs, fields: object, gets_it: bool) -> None:
    """By the e-mail's own fields, where it has them: one that tells of another client or invoice gets no link."""
    answer = send(whmcs, about("Invoice Created") | {"mergefields": fields})
    assert (answer.result[0][FIELD] != "") is gets_it
    assert answer.activity == []


@pytest.mark.parametrize("name", ["Invoice Payment Confirmation", "Support Ticket Opened", "Password Reset", ""])
def test_other_templates_get_nothing(whmcs: Whmcs, name: str) -> None:
    """Their ``relid`` may be anything, so it is not even looked at."""
    assert send(whmcs, about(name), broken=["Invoice"]).result == [[]]


@pytest.mark.parametrize(
    "world",
    [
        {"invoices": []},
        {"invoices": [row(1042, "59500.00", status="Paid")]},
        {"invoices": [row(1042, "59500.00", status="Cancelled")]},
        {"invoices": [row(1042, "0.00")]},
        {"invoices": [row(1042, "1499.00")]},
        {"invoices": [row(1042, "59500.00", paymentmethod="banktransfer")]},
        {"currency": "USD"},
        {"settings": None},
        {"settings": {**ACTIVE, "type": ""}},
        {"settings": {**ACTIVE, "bridgeUrl": ""}},
        {"settings": {**ACTIVE, "bridgeSecret": "too short"}},
        {"without": ["Invoice"]},
    ],
    ids=repr,
)
def test_what_cannot_be_paid_here_gets_an_empty_field(whmcs: Whmcs, world: dict[str, object]) -> None:
    """So that a template may say ``{if $wompi_pay_link}``."""
    answer = send(whmcs, **world)
    assert answer.result == [NOTHING]
    assert answer.activity == []


@pytest.mark.parametrize(
    ("vars", "world"),
    [
        (about("Invoice Created", None), {}),
        (about("Invoice Created", "1042 OR 1=1"), {}),
        (None, {"broken": ["Invoice"]}),
        (None, {"broken": ["getCurrency"]}),
        (None, {"broken": ["Capsule"]}),
        (None, {"broken": ["getGatewayVariables"]}),
        (None, {"without": ["App"]}),
        (None, {"invoices": [row(1042, "59500.00", userid=0)]}),
    ],
    ids=repr,
)
def test_a_fault_leaves_the_email_as_it_is(whmcs: Whmcs, vars: object, world: dict[str, object]) -> None:  # noqa: A002 - the hook's word
    """It is sent without our field, never held back, and the log gets a kind and a place."""
    answer = send(whmcs, vars, **world)
    assert answer.result == [None]
    (line,) = answer.activity
    assert re.fullmatch(r"Wompi: [A-Za-z]+ \([A-Za-z_]+\.php:[0-9]+\)", line)


@pytest.mark.parametrize("vars", ["", "x", 5, [], ["x"], {"messagename": ["Invoice Created"]}], ids=repr)
def test_strange_arguments_get_nothing(whmcs: Whmcs, vars: object) -> None:  # noqa: A002 - the hook's word
    """Whatever WHMCS may hand over one day."""
    assert send(whmcs, vars).result == [[]]


def test_the_editor_of_templates_explains_the_field(whmcs: Whmcs) -> None:
    """For invoices only: elsewhere it would be empty."""
    answer = whmcs.run("hook", "EmailTplMergeFields", {"type": "invoice"})
    assert list(answer.result[0]) == [FIELD, ALL]
    assert "without signing in" in answer.result[0][FIELD]
    for vars in ({"type": "general"}, {}, None, "invoice"):  # noqa: A001 - the hook's word
        assert whmcs.run("hook", "EmailTplMergeFields", vars).result == [[]]
