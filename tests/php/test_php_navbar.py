"""``wompi_bridge.php``: the client area's entry "Mis avisos de cobro", and the pages that it must never break."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from .whmcs import HOOKS, SECRET, SETTINGS, Answer, Whmcs, signature

MENU = {"Services": ["My Services"], "Billing": ["My Invoices", "My Quotes"]}
ACTIVE = {"type": "Invoices", "name": "Wompi", **SETTINGS}
ENTRY = "Wompi Unpaid Invoices"


def open_page(whmcs: Whmcs, **world: object) -> Answer:
    """A page of the client area, seen by client 77 of a WHMCS where everything is set up."""
    return whmcs.run("navbar", **{"menu": MENU, "context": {"id": 77}, "settings": ACTIVE, **world})


def billing(answer: Answer) -> list[dict[str, Any]]:
    """The entries under the billing menu."""
    (menu,) = (item for item in answer.menu["children"] if item["name"] == "Billing")
    entries: list[dict[str, Any]] = menu["children"]
    return entries


def is_untouched(answer: Answer) -> bool:
    """The menu has what WHMCS put there, and nothing else."""
    names = {item["name"]: [child["name"] for child in item["children"]] for item in answer.menu["children"]}
    return not answer.thrown and not any(ENTRY in children for children in names.values())


def test_the_entry_hangs_under_billing(whmcs: Whmcs) -> None:
    """A signed-in client finds their unpaid invoices right below WHMCS's own invoices, one signed link away."""
    answer = open_page(whmcs)
    assert answer.thrown is None
    assert answer.activity == []
    entries = sorted(billing(answer), key=lambda entry: int(entry["order"]))
    assert [entry["name"] for entry in entries] == ["My Invoices", ENTRY, "My Quotes"]
    entry = entries[1]
    assert entry["label"] == "Mis avisos de cobro"

    base, _, link = entry["uri"].rpartition("/")
    assert base == "https://pagos.example.com/invoices"
    purpose, invoice, client, expiry, mac = link.split(".")
    assert (purpose, invoice, client) == ("list", "0", "77")
    assert mac == signature(f"list.0.77.{expiry}", SECRET)
    assert 0 <= time.time() + 3600 - int(expiry) < 60


@pytest.mark.parametrize(
    ("context", "session", "label"),
    [
        ({"id": 77, "language": "english"}, {}, "My unpaid invoices"),
        ({"id": 77, "language": ""}, {"Language": "english"}, "My unpaid invoices"),
        ({"id": 77, "language": "english"}, {"Language": "spanish"}, "Mis avisos de cobro"),
        ({"id": 77, "language": "german"}, {}, "Mis avisos de cobro"),
    ],
)
def test_the_entry_speaks_the_language_of_the_visit(whmcs: Whmcs, context: object, session: object, label: str) -> None:
    """English for those who read WHMCS in English, Spanish for everybody else."""
    assert billing(open_page(whmcs, context=context, session=session))[-1]["label"] == label


def test_the_client_as_whmcs_8_knows_it(whmcs: Whmcs) -> None:
    """Without the menu's context, the account that the user has selected."""
    answer = open_page(whmcs, context=None, client={"id": 78, "language": ""})
    assert "list.0.78." in billing(answer)[-1]["uri"]


def test_the_client_as_whmcs_7_knows_it(whmcs: Whmcs) -> None:
    """Without both, the session; but never where WHMCS 8 says that no account is selected."""
    session = {"uid": "79"}
    answer = open_page(whmcs, context=None, session=session, without=["CurrentUser"])
    assert "list.0.79." in billing(answer)[-1]["uri"]
    assert is_untouched(open_page(whmcs, context=None, session=session))


@pytest.mark.parametrize(
    "world",
    [
        {"menu": {}},
        {"menu": {"Billing": []}},
        {"menu": {"Billing": ["My Quotes"]}},
        {"menu": {"My Invoices": ["Billing"]}},
        {"context": None},
        {"context": None, "session": {}, "without": ["CurrentUser", "Menu"]},
        {"settings": None},
        {"settings": {**ACTIVE, "type": ""}},
        {"settings": SETTINGS},
        {"settings": {**ACTIVE, "bridgeUrl": ""}},
        {"settings": {**ACTIVE, "bridgeUrl": "javascript:alert(1)"}},
        {"settings": {**ACTIVE, "bridgeUrl": 'https://x"><script>alert(1)</script>'}},
        {"settings": {**ACTIVE, "bridgeSecret": "too short"}},
    ],
    ids=repr,
)
def test_nothing_hangs_where_nothing_should(whmcs: Whmcs, world: dict[str, object]) -> None:
    """No entry for a stranger, for a user who may not see invoices, for a gateway that is off or not set up."""
    answer = open_page(whmcs, **world)
    assert is_untouched(answer)
    assert answer.activity == []


@pytest.mark.parametrize(
    "world",
    [
        {"broken": ["Menu"]},
        {"broken": ["Menu::context"]},
        {"broken": ["addChild"]},
        {"broken": ["getGatewayVariables"]},
        {"broken": ["Client"]},
        {"broken": ["CurrentUser"], "context": None},
        {"broken": ["getGatewayVariables", "logActivity"]},
        {"broken": ["getGatewayVariables"], "without": ["logActivity"]},
        {"without": ["App"]},
        {"context": {"id": 0}},
        {"context": {"id": "77 OR 1=1"}},
        {"strange navbar": True},
    ],
    ids=repr,
)
def test_a_fault_leaves_the_menu_untouched(whmcs: Whmcs, world: dict[str, object]) -> None:
    """Whatever throws, the page goes on with WHMCS's own menu; the log gets a kind and a place, and no secret."""
    answer = open_page(whmcs, **world)
    assert is_untouched(answer)
    for line in answer.activity:
        assert re.fullmatch(r"Wompi: [A-Za-z]+ \([A-Za-z_]+\.php:[0-9]+\)", line)


def test_the_admin_reads_of_a_fault(whmcs: Whmcs) -> None:
    """A fault is not silent: one line in the activity log says where to look."""
    (line,) = open_page(whmcs, broken=["getGatewayVariables"]).activity
    assert line.startswith("Wompi: RuntimeException (harness.php:")


@pytest.mark.parametrize("lost", ["Whmcs", "Link", "Call", "Bridge", "ClientArea"])
@pytest.mark.parametrize("damage", ["missing", "cut off"])
def test_a_hook_without_its_module_leaves_the_menu_untouched(php: str, tmp_path: Path, lost: str, damage: str) -> None:
    """The hook file left behind alone, or beside a module that was copied in part, breaks nothing."""
    shutil.copytree(HOOKS, tmp_path / "whmcs")
    file = tmp_path / "whmcs/modules/gateways/wompi/lib" / f"{lost}.php"
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:600])
    assert is_untouched(open_page(Whmcs(php, tmp_path / "whmcs")))
