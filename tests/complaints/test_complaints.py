"""The field's complaints: none is justified of the bridge, and a naive module is found out by the right ones."""

from __future__ import annotations

import argparse
import logging
import threading
from collections.abc import Iterator

import pytest
from werkzeug.serving import make_server

from tests.complaints.__main__ import main
from tests.complaints.naive import naive_module
from whmcs_bridge.commands import demo
from whmcs_bridge.sandbox.complaints import run
from whmcs_bridge.sandbox.complaints.bridge import shop_with_the_bridge
from whmcs_bridge.sandbox.complaints.complaint import ALL, Complaint
from whmcs_bridge.sandbox.complaints.run import Verdict, judge, tell
from whmcs_bridge.sandbox.complaints.shop import Keys, Shop, Unreachable
from whmcs_bridge.sandbox.service import Options, serving

# What the issue names, and one more: another shop on the same account.
NAMED = """
paid but unpaid, paid twice, approved after a decline, older attempt approved, webhook lost, webhook before return,
late commit, cancelled meanwhile, late fee added, currency, partial, mass pay, void at the dashboard, key in the wrong
field, firewall before the webhook, mail scanner, double click, two tabs, clock wrong, restart in the midst, backup
restored, key rotated, whmcs down an hour, module replaced, theme without the hook, event of another shop
"""
# Which complaints are justified of the naive module, each with a piece of the sentence.
JUSTIFIED = {
    "paid twice": "booked 3 times",
    "webhook lost": "still unpaid",
    "late commit": "booked 2 times",
    "module replaced": "booked 2 times",
    "double click": "paid the same invoice 2 times",
    "two tabs": "paid the same invoice 2 times",
    "void at the dashboard": "nobody knows",
    "cancelled meanwhile": "nobody knows",
    "currency": "59,500 dollars is charged as 59,500 pesos",
    "partial": "59500 were charged",
    "mail scanner": "Opening the link alone starts a payment",
    "key in the wrong field": "anybody can make payments up",
    "firewall before the webhook": "still unpaid",
    "clock wrong": "and is booked on",
    "whmcs down an hour": "still unpaid",  # Wompi comes again after three hours
    "key rotated": "a key that the module does not know is accepted",
}


@pytest.fixture(scope="module")
def naive() -> Iterator[Shop]:
    """The naive module in the bridge's place."""
    with serving(Options(0, 0)) as service:
        server = make_server("127.0.0.1", 0, naive_module(service.facts()), threaded=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        stop = threading.Event()
        retries = threading.Thread(target=service.run, args=(stop,))
        service.whmcs.pay_address = f"http://127.0.0.1:{server.port}/pay/{{invoice}}"
        service.wompi.events_url = f"http://127.0.0.1:{server.port}/events"
        wompi = service.wompi
        keys = Keys(wompi.public_key, wompi.private_key, wompi.integrity_secret, wompi.events_secret)
        thread.start()
        retries.start()
        yield Shop(service.whmcs.url, service.wompi.url, keys, Unreachable(), patience=1.5)
        stop.set()
        server.shutdown()
        server.server_close()
        thread.join()
        retries.join()


@pytest.fixture(scope="module")
def bridge() -> Iterator[Shop]:
    with shop_with_the_bridge() as shop:
        yield shop


def of(shop: Shop, complaint: Complaint) -> Verdict:
    (verdict,) = judge(shop, lambda one: one is complaint)
    return verdict


def test_the_fields_complaints_are_all_there() -> None:
    """The 25 of the issue, and those that came later."""
    named = {" ".join(name.split()) for name in NAMED.split(",")}
    assert {one.name for one in ALL} == named
    assert len(named) >= 25


@pytest.mark.parametrize("complaint", ALL, ids=lambda one: one.name)
def test_none_is_justified_of_the_bridge(bridge: Shop, complaint: Complaint) -> None:
    """The sentence is what the customer sees."""
    verdict = of(bridge, complaint)
    assert (verdict.passed, verdict.en) == (True, complaint.en)


@pytest.mark.parametrize("complaint", ALL, ids=lambda one: one.name)
def test_a_naive_module_is_found_out(naive: Shop, complaint: Complaint) -> None:
    """By those that it deserves, with the right sentence, and by no other; what needs a restart is not judged."""
    verdict = of(naive, complaint)
    if complaint.name in ("restart in the midst", "backup restored"):
        assert verdict.passed is None
    elif complaint.name in JUSTIFIED:
        assert verdict.passed is False, verdict.en
        assert JUSTIFIED[complaint.name] in verdict.en
    else:
        assert verdict.passed is True, verdict.en


@pytest.fixture
def log_level() -> Iterator[None]:
    """The commands silence the log of their process, which is the tests' here."""
    root = logging.getLogger()
    level = root.level
    yield
    root.setLevel(level)


@pytest.mark.usefixtures("log_level")
def test_the_commands_play_them(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """`wompi-bridge demo --complaints`, and `python -m tests.complaints NAME`."""
    monkeypatch.setattr("sys.argv", ["complaints", "paid_but_unpaid"])
    assert main() == 0
    monkeypatch.setattr(run, "ALL", ALL[:1])
    assert demo.run(argparse.Namespace(complaints=True)) == 0
    line = "+ paid but unpaid: Pagado en Wompi, y Pagado en WHMCS."
    assert capsys.readouterr().out.splitlines() == [line, "Quejas del oficio: 1 + / 0 - / 0 ?"] * 2


def test_what_is_said_and_the_exit_status() -> None:
    """One line each, then the sum; 1 if one is justified, 0 if some were not judged."""
    good, bad, unknown = (Verdict(ALL[0], passed, "sí", "yes") for passed in (True, False, None))
    lines: list[str] = []
    assert tell(iter([good, bad, unknown]), lines.append) == 1
    assert lines == [
        "+ paid but unpaid: sí", "- paid but unpaid: sí", "? paid but unpaid: sí",
        "Quejas del oficio: 1 + / 1 - / 1 ?",
    ]  # fmt: skip
    assert tell(iter([good, unknown]), lines.append) == 0
