"""WHMCS's automatic cancellation waits while a payment is under way, and where nobody can say that none is."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from .bridge import StubBridge, serving
from .test_php_home import row
from .test_php_navbar import ACTIVE
from .whmcs import Answer, Whmcs

HELD = [{"abortCancel": True}]


@pytest.fixture
def bridge() -> Iterator[StubBridge]:
    """A bridge that answers."""
    with serving() as stub:
        yield stub


@pytest.fixture
def whmcs(php: str) -> Whmcs:
    """A WHMCS whose PHP may call the bridge."""
    return Whmcs(php, asks=True)


def cancel(whmcs: Whmcs, url: str, vars: object = None, **world: object) -> Answer:  # noqa: A002 - WHMCS's word
    """WHMCS's cron job is about to cancel invoice 1042."""
    given = {"invoiceid": 1042} if vars is None else vars
    usual = {"settings": {**ACTIVE, "bridgeUrl": url}}
    answer = whmcs.run("hook", "PreInvoiceAutomaticCancellation", given, **usual | world)
    assert answer.thrown is None
    return answer


def test_a_payment_under_way_holds_it(whmcs: Whmcs, bridge: StubBridge) -> None:
    """The documented answer, and a line for the admin who wonders."""
    bridge.tells(under_way=True, hold_cancellation=True)
    answer = cancel(whmcs, bridge.url)
    assert answer.result == [{"abortCancel": True}]
    (line,) = answer.activity
    assert line == (
        "Wompi: el aviso de cobro 1042 no se cancela todavía: tiene un pago en curso."
        " / invoice 1042 is not cancelled yet: a payment of it is under way."
    )
    assert json.loads(bridge.asked[0][2])["invoice_id"] == 1042


def test_otherwise_whmcs_goes_on(whmcs: Whmcs, bridge: StubBridge) -> None:
    """No payment, or one that is held no longer: what holds is the bridge's word alone."""
    assert cancel(whmcs, bridge.url).result == [None]
    bridge.tells(under_way=True, hold_cancellation=False)
    answer = cancel(whmcs, bridge.url)
    assert (answer.result, answer.activity) == ([None], [])


@pytest.mark.parametrize(
    "changes",
    [{"hold_cancellation": "true"}, {"hold_cancellation": 1}, {"invoice_id": 7}, {"under_way": None}],
    ids=repr,
)
def test_E26_an_unclear_word_is_no_leave_to_go_on(whmcs: Whmcs, bridge: StubBridge, changes: dict[str, object]) -> None:
    """An answer of another shape, or about another invoice, is none: money may be under way."""
    bridge.tells(**changes)
    assert cancel(whmcs, bridge.url).result == HELD


@pytest.mark.parametrize("status", [401, 429, 500, 503])
def test_E26_a_refusal_holds_it(whmcs: Whmcs, bridge: StubBridge, status: int) -> None:
    """A proxy that brakes, a secret that differs, a bridge that broke: told once, not of each invoice."""
    bridge.status = status
    answer = whmcs.run(
        "hooks", "PreInvoiceAutomaticCancellation", [{"invoiceid": number} for number in range(1, 41)],
        settings={**ACTIVE, "bridgeUrl": bridge.url},
    )  # fmt: skip
    assert answer.result == HELD * 40
    assert [line for line in answer.activity if "no se cancelan todavía, por siete días a lo sumo" in line] == (
        answer.activity[-1:]
    )
    assert len(bridge.asked) == 1


def test_E26_a_bridge_that_is_away_holds_it(whmcs: Whmcs) -> None:
    """Nobody listens; and a PHP without curl_exec, as hosts have it, asks nobody."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        assert cancel(whmcs, f"http://127.0.0.1:{closed.getsockname()[1]}").result == HELD
    assert cancel(replace(whmcs, asks=False), "http://127.0.0.1:1").result == HELD


def test_E26_silence_holds_each_invoice_for_seven_days(whmcs: Whmcs, bridge: StubBridge, tmp_path: Path) -> None:
    """Counted from the first silence about this invoice; an answer ends the count. Where nothing can be remembered it
    goes on waiting."""
    remembering = replace(whmcs, temporary=tmp_path)
    bridge.status = 503
    assert cancel(remembering, bridge.url).result == HELD
    age(tmp_path, seconds=7 * 86_400 - 60)
    assert cancel(remembering, bridge.url).result == HELD
    age(tmp_path, seconds=120)
    assert cancel(remembering, bridge.url).result == [None]
    assert cancel(remembering, bridge.url, {"invoiceid": 1043}).result == HELD
    bridge.status = 200
    assert cancel(remembering, bridge.url).result == [None]
    bridge.status = 503
    assert cancel(remembering, bridge.url).result == HELD
    assert cancel(replace(whmcs, temporary=tmp_path / "away"), bridge.url).result == HELD


def age(folder: Path, *, seconds: int) -> None:
    """So much time passes for what is remembered there."""
    for file in folder.iterdir():
        moment = file.stat().st_mtime - seconds
        os.utime(file, (moment, moment))


class TestManyAtOnce:
    def test_E26_one_question_for_all_that_are_overdue(self, whmcs: Whmcs, bridge: StubBridge) -> None:
        """The one with a payment under way is held, the others go; the oldest debts first, paid ones not at all."""
        owed = [row(number, "59500.00", duedate=f"2026-03-{number % 28 + 1:02}") for number in range(1, 121)]
        owed.append(row(121, "59500.00", duedate="2026-01-01", status="Paid"))
        bridge.body = json.dumps({"invoices": [told(number, holds=number == 100) for number in range(1, 121)]}).encode()
        answer = many(whmcs, bridge, range(1, 121), owed)
        assert answer.result == [*[None] * 99, {"abortCancel": True}, *[None] * 20]
        ((path, _, body),) = bridge.asked
        asked = json.loads(body)
        assert (path, sorted(asked["invoice_ids"])) == ("/puente/status", list(range(1, 121)))

    def test_E26_never_more_than_five_hundred(self, whmcs: Whmcs, bridge: StubBridge) -> None:
        """What the bridge takes at a time, the asked one among them; those that come after are asked about then."""
        owed = [row(number, "59500.00", duedate=f"2026-03-01 {number:04}") for number in range(1, 601)]
        bridge.body = json.dumps({"invoices": [told(number) for number in range(1, 601)]}).encode()
        assert many(whmcs, bridge, [1, 2, 600, 599], owed).result == [None] * 4
        asked = [json.loads(body)["invoice_ids"] for _, _, body in bridge.asked]
        assert [(len(ids), ids[0]) for ids in asked] == [(500, 1), (500, 600), (500, 599)]

    def test_E26_one_that_the_answer_leaves_out_is_held(self, whmcs: Whmcs, bridge: StubBridge) -> None:
        """An answer about others says nothing of it."""
        owed = [row(number, "59500.00", duedate="2026-03-01") for number in (1, 2)]
        bridge.body = json.dumps({"invoices": [told(1), {"invoice_id": 2}, None, 7, told(3)]}).encode()
        assert many(whmcs, bridge, [1, 2], owed).result == [None, {"abortCancel": True}]

    @pytest.mark.parametrize("invoices", ["x", None, {}, [], [[]]], ids=repr)
    def test_E26_an_answer_of_another_shape_holds_all(self, whmcs: Whmcs, bridge: StubBridge, invoices: object) -> None:
        """No list, or an empty one."""
        owed = [row(number, "59500.00", duedate="2026-03-01") for number in (1, 2)]
        bridge.body = json.dumps({"invoices": invoices}).encode()
        assert many(whmcs, bridge, [1, 2], owed).result == HELD * 2

    def test_without_whmcss_models_each_is_asked_about(self, whmcs: Whmcs, bridge: StubBridge) -> None:
        """A fault in the list costs the list, and nothing else."""
        answer = whmcs.run(
            "hooks", "PreInvoiceAutomaticCancellation", [{"invoiceid": 1042}],
            settings={**ACTIVE, "bridgeUrl": bridge.url}, broken=["Invoice"],
        )  # fmt: skip
        assert answer.result == [None]
        assert json.loads(bridge.asked[0][2])["invoice_id"] == 1042


def many(whmcs: Whmcs, bridge: StubBridge, invoices: Iterable[int], owed: list[dict[str, object]]) -> Answer:
    """WHMCS's cron job comes to one invoice after the other."""
    given = [{"invoiceid": number} for number in invoices]
    settings = {**ACTIVE, "bridgeUrl": bridge.url}
    return whmcs.run("hooks", "PreInvoiceAutomaticCancellation", given, settings=settings, invoices=owed)


def told(number: int, *, holds: bool = False) -> dict[str, object]:
    """What the bridge says of one invoice among many."""
    return {"invoice_id": number, "under_way": holds, "hold_cancellation": holds}


def test_where_the_module_is_not_in_use_whmcs_goes_on(whmcs: Whmcs, bridge: StubBridge) -> None:
    """Not active, or without an address: there is no bridge, and nobody pays through it."""
    bridge.tells(under_way=True, hold_cancellation=True)
    for settings in (None, {**ACTIVE, "type": "", "bridgeUrl": bridge.url}, {**ACTIVE, "bridgeUrl": "x"}):
        assert cancel(whmcs, bridge.url, settings=settings).result == [None]


@pytest.mark.parametrize("vars", ["", 5, [], {"invoiceid": None}, {"invoiceid": "1042;"}, {"invoiceid": 0}], ids=repr)
def test_strange_arguments_hold_nothing(whmcs: Whmcs, bridge: StubBridge, vars: object) -> None:  # noqa: A002 - the hook's word
    """What is no invoice is not asked about."""
    bridge.tells(hold_cancellation=True)
    assert cancel(whmcs, bridge.url, vars).result == [None]
    assert bridge.asked == []
