"""``POST /voids``: given back at Wompi once, success told only for VOIDED, and whatever else is told as it is."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.web import signed
from tests.world import BRIDGE_SECRET, World
from whmcs_bridge.booking.reviews import Settle
from whmcs_bridge.bridge import build
from whmcs_bridge.ledger.records import VoidState
from whmcs_bridge.ledger.waiting import Timer
from whmcs_bridge.settings import load_settings
from whmcs_bridge.signed.calls import HEADER, signature_of, unbound_signature_of
from whmcs_bridge.voids.voids import Voids
from whmcs_bridge.web.app import create_app
from wompi_gateway.models import Void

pytestmark = pytest.mark.slow


def paid(world: World, **options: Any) -> str:
    """A payment of 59.500 pesos that is booked."""
    transaction = world.pay(world.invoice(), **options)
    world.event(transaction)
    world.work()
    assert world.state(transaction) == "posted"
    return transaction


def press(world: World, transaction: str, amount: object = "59500.00", **changes: Any) -> dict[str, Any]:
    """The press on Refund, as WHMCS's PHP signs it."""
    response = signed.ask(world, {"transid": transaction, "amount": amount, "language": "en"} | changes, path="/voids")
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.get_json()
    assert answer["transid"] == transaction
    assert answer["rawdata"]
    return answer


def voids_at(world: World) -> int:
    """How often Wompi was asked for a void."""
    return sum(1 for call in world.wompi.calls if call.path.endswith("/void"))


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing sleeps."""
    real = Voids.__init__

    def quick(self: Voids, *args: Any, **options: Any) -> None:
        real(self, *args, **options | {"pause": lambda _seconds: None})

    monkeypatch.setattr(Voids, "__init__", quick)


def test_a_whole_card_payment_of_today(world: World) -> None:
    """VOIDED at Wompi, success for WHMCS, a line of the journal for each step, and no review afterwards."""
    transaction = paid(world)
    assert press(world, transaction)["status"] == "success"
    assert voids_at(world) == 1
    assert world.wompi.transaction(transaction)["status"] == "VOIDED"
    world.event(transaction)
    world.work()
    assert world.state(transaction) == "closed"
    world.whmcs.take_back(transaction)
    world.clock.advance(minutes=16)
    world.work()
    assert world.state(transaction) == "closed"
    told = [line.detail for line in world.bridge.store.journal(transaction_id=transaction) if line.what == "void"]
    assert [line.split(":")[0] for line in told] == ["asked", "done", "told WHMCS that the money went back"]


def test_a_second_press_never_reaches_wompi(world: World) -> None:
    """At once: told just now. A minute later, nothing recorded: success again. Recorded: declined."""
    transaction = paid(world)
    assert press(world, transaction)["status"] == "success"
    assert press(world, transaction)["status"] == "error"
    world.clock.advance(seconds=61)
    assert press(world, transaction)["status"] == "success"
    world.whmcs.take_back(transaction)
    world.clock.advance(seconds=61)
    assert press(world, transaction)["status"] == "declined"
    assert voids_at(world) == 1


def test_what_whmcs_never_records_goes_to_a_person(sqlite_world: World) -> None:
    """Success was told, and WHMCS died before it recorded it."""
    world = sqlite_world
    transaction = paid(world)
    press(world, transaction)
    world.event(transaction)
    world.work()
    assert world.state(transaction) == "closed"
    world.clock.advance(minutes=16)
    world.work()
    assert world.state(transaction) == "review"
    assert f"wompi-bridge resolve {transaction} --record-void" in world.reason(transaction)


def test_what_whmcs_never_records_is_found_without_event_and_timer(sqlite_world: World) -> None:
    """No event comes and no checkout is open any more: the intent itself sees to it that somebody looks."""
    world = sqlite_world
    transaction = paid(world)
    world.forget("checkouts")
    press(world, transaction)
    assert world.state(transaction) == "posted"
    world.clock.advance(minutes=16)
    world.work()
    assert world.state(transaction) == "review"


@pytest.mark.parametrize("amount", ["59499.99", "10000.00", "59500.01"])
def test_a_part_is_declined(sqlite_world: World, amount: str) -> None:
    """Wompi is not asked."""
    transaction = paid(sqlite_world)
    assert press(sqlite_world, transaction, amount)["status"] == "declined"
    assert voids_at(sqlite_world) == 0


def test_what_cannot_be_voided_is_declined(sqlite_world: World) -> None:
    """PSE, another day, a stranger's payment, one that WHMCS has taken back, and one voided elsewhere."""
    world = sqlite_world
    by_pse, old, taken_back, elsewhere = paid(world, method="PSE"), paid(world), paid(world), paid(world)
    world.whmcs.take_back(taken_back)
    world.wompi.settle(elsewhere, "VOIDED", deliver=False)
    for transaction in (by_pse, taken_back, elsewhere, "12022-1-1"):
        assert press(world, transaction)["status"] == "declined"
    world.clock.advance(days=2)
    assert press(world, old)["status"] == "declined"
    assert voids_at(world) == 0


def test_what_is_not_one_booking_of_ours_is_declined(sqlite_world: World) -> None:
    """One that waits for a person and was booked by hand, and one that WHMCS has twice: a person must look first."""
    world = sqlite_world
    invoice = world.invoice()
    by_hand, twice = world.pay(invoice), paid(world)
    world.whmcs.set_invoice(invoice, status="Cancelled")
    world.event(by_hand)
    world.work()
    assert world.state(by_hand) == "review"
    for transaction in (by_hand, twice):
        world.whmcs.add_payment(world.invoice(), transaction)
        assert press(world, transaction)["status"] == "declined"
    assert voids_at(world) == 0


def test_wompis_refusal_is_declined_and_final(sqlite_world: World) -> None:
    """In the UTC day and not in Colombia's: Wompi decides, says ERROR with 201, and is not asked again."""
    world = sqlite_world
    world.clock.advance(hours=10)  # 20:04 in Bogotá, 01:04 of the next day in UTC
    transaction = paid(world)
    world.clock.advance(hours=8)
    assert press(world, transaction)["status"] == "declined"
    assert voids_at(world) == 1
    assert press(world, transaction)["status"] == "declined"
    assert voids_at(world) == 1
    assert world.state(transaction) == "posted"


@pytest.mark.parametrize("kind", ["500", "html", "cut", "reset", "empty"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_no_answer_is_no_success_and_no_second_call(sqlite_world: World, kind: Any, when: Any) -> None:
    """It happened, or it did not: what Wompi shows is told, and the void is not repeated."""
    world = sqlite_world
    transaction = paid(world)
    world.wompi.faults.add("void", kind, when=when)
    happened = when == "after"
    assert press(world, transaction)["status"] == ("success" if happened else "error")
    world.clock.advance(seconds=61)
    assert press(world, transaction)["status"] == ("success" if happened else "error")
    assert voids_at(world) == 1


def test_accepted_and_not_yet_shown(sqlite_world: World) -> None:
    """APPROVED is no proof. Once Wompi says VOIDED, the next press is told so."""
    world = sqlite_world
    transaction = paid(world)
    world.wompi.void_settles = False
    assert press(world, transaction)["status"] == "error"
    world.wompi.settle(transaction, "VOIDED", deliver=False)
    assert press(world, transaction)["status"] == "success"
    assert voids_at(world) == 1


def test_an_intent_without_an_outcome(sqlite_world: World) -> None:
    """The process died around the call: later presses read, and never ask."""
    world = sqlite_world
    transaction = paid(world)
    assert world.bridge.voids._store.begin(
        transaction, "a test", under_way=timedelta(seconds=45), follow_up=timedelta(minutes=15)
    )
    assert press(world, transaction)["status"] == "error"
    world.clock.advance(hours=1)
    assert "do not press again" in press(world, transaction)["rawdata"]
    world.wompi.settle(transaction, "VOIDED", deliver=False)
    assert press(world, transaction)["status"] == "success"
    assert voids_at(world) == 0


@pytest.mark.parametrize("hours", [-1, 1, 365 * 24])
def test_T13_success_is_told_to_one_in_a_minute_whatever_the_clock_shows(world: World, hours: int) -> None:
    """Each success is a refund in WHMCS. The clock is set between two presses: the second one waits its minute, by the
    stopwatch, and no longer."""
    transaction = paid(world)
    assert press(world, transaction)["status"] == "success"
    world.clock.step(hours=hours)
    assert press(world, transaction)["status"] == "error"
    world.clock.advance(seconds=59)
    assert press(world, transaction)["status"] == "error"
    world.clock.advance(seconds=1)
    assert press(world, transaction)["status"] == "success"


@pytest.mark.parametrize("hours", [-1, 0, 1])
def test_T13_who_cannot_measure_the_minute_waits_it_once_more(world: World, hours: int) -> None:
    """Another host is asked for the second press: one minute of its own, and then it tells."""
    transaction = paid(world)
    assert press(world, transaction)["status"] == "success"
    world.clock.advance(seconds=60)
    world.clock.step(hours=hours)
    world.bridge.voids._store._timer = Timer("host-b", world.clock.ticks, timedelta(minutes=6))
    assert press(world, transaction)["status"] == "error"
    world.clock.advance(seconds=60)
    assert press(world, transaction)["status"] == "success"


@pytest.mark.parametrize("hours", [-1, 1])
def test_T13_a_void_is_under_way_for_its_time(sqlite_world: World, hours: int) -> None:
    """The process died around the call, and the clock was set: for 45 seconds one sentence, then another."""
    world = sqlite_world
    transaction = paid(world)
    assert world.bridge.voids._store.begin(
        transaction, "a test", under_way=timedelta(seconds=45), follow_up=timedelta(minutes=15)
    )
    world.clock.step(hours=hours)
    world.clock.advance(seconds=44)
    assert "under way" in press(world, transaction)["rawdata"]
    world.clock.advance(seconds=1)
    assert "under way" not in press(world, transaction)["rawdata"]


def test_a_pause_before_the_call(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine slept between intent and call: a person may have acted meanwhile, so nothing is asked."""
    world = sqlite_world
    transaction = paid(world)
    store = world.bridge.voids._store
    real = store.begin

    def sleepy(*args: Any, **options: Any) -> bool:
        begun = real(*args, **options)
        world.clock.slept += 3600
        return begun

    monkeypatch.setattr(store, "begin", sleepy)
    assert press(world, transaction)["status"] == "declined"
    assert voids_at(world) == 0
    void = world.bridge.store.void(transaction)
    assert void is not None
    assert void.state is VoidState.REFUSED


def test_a_pause_in_the_call(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine slept while it connected to Wompi: nothing is asked then either, and a later press asks nothing."""
    world = sqlite_world
    transaction = paid(world)
    real = world.bridge.voids._wompi.void

    def sleepy(*args: Any, **options: Any) -> Void:
        world.clock.slept += 3600
        return real(*args, **options)

    monkeypatch.setattr(world.bridge.voids._wompi, "void", sleepy)
    assert press(world, transaction)["status"] == "declined"
    monkeypatch.undo()
    assert press(world, transaction)["status"] == "declined"
    assert voids_at(world) == 0


def test_two_presses_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second comes while the first one is about to commit its intent: one reaches Wompi, one is told."""
    transaction = paid(world)
    store = world.bridge.voids._store
    real, inner = store.begin, list[dict[str, Any]]()

    def meeting(*args: Any, **options: Any) -> bool:
        monkeypatch.setattr(store, "begin", real)
        inner.append(press(world, transaction))
        return real(*args, **options)

    monkeypatch.setattr(store, "begin", meeting)
    outer = press(world, transaction)
    assert sorted([outer["status"], inner[0]["status"]]) == ["error", "success"]
    assert voids_at(world) == 1


def test_wompi_or_whmcs_silent_before_the_call(sqlite_world: World) -> None:
    """Nothing was asked, and the button may be pressed again."""
    world = sqlite_world
    transaction = paid(world)
    world.wompi.faults.add("transaction", "503", times=2)
    assert press(world, transaction)["status"] == "error"
    world.wompi.faults.clear()
    world.whmcs.faults.add("GetTransactions", "503", times=2)
    assert press(world, transaction)["status"] == "error"
    world.whmcs.faults.clear()
    assert voids_at(world) == 0
    assert press(world, transaction)["status"] == "success"


def test_only_signed_calls_of_the_right_form(sqlite_world: World) -> None:
    """401 for a bad or old signature, 400 for another form; nothing is asked."""
    world = sqlite_world
    transaction = paid(world)
    body = json.dumps({"transid": transaction, "amount": "59500.00"}).encode()
    old = signature_of("/voids", body, BRIDGE_SECRET, now=world.clock() - timedelta(seconds=301))
    strange = signature_of("/voids", body, "another-secret-of-somebody-else-0123", now=world.clock())
    for signature in ("", "t=1,v1=" + "0" * 64, old, strange):
        assert world.http.post("/voids", data=body, headers={HEADER: signature}).status_code == 401
    for odd in ({"transid": 7}, {"transid": "a/b"}, {"amount": 59500.0}, {"amount": "x"}, {"amount": "-1.00"}):
        question = {"transid": transaction, "amount": "59500.00"} | odd
        assert signed.ask(world, question, path="/voids").status_code == 400
    assert voids_at(world) == 0


def test_a_recorded_call_is_worth_nothing(world: World) -> None:
    """The same call again, within its five minutes: 401 with a sentence of its own, on each database, and in another
    process as well. Two presses within a second are two calls: the second is told what became of the first."""
    first, second = paid(world), paid(world)
    body = json.dumps({"transid": first, "amount": "59500.00", "language": "en"}).encode()
    headers = {HEADER: signature_of("/voids", body, BRIDGE_SECRET, now=world.clock())}
    assert world.http.post("/voids", data=body, headers=headers).get_json()["status"] == "success"
    settings = load_settings(world.settings, folder=Path("/nonexistent"))
    with closing(build(settings, clock=world.clock, ticks=world.clock.ticks)) as restarted:
        client = create_app(restarted).test_client()
        for again in (world.http, client):
            answer = again.post("/voids", data=body, headers=headers)
            assert (answer.status_code, answer.get_json()["repeated"]) == (401, True)
            assert "received already" in answer.get_json()["error"]
    assert [press(world, second)["status"] for _ in range(2)] == ["success", "error"]
    assert voids_at(world) == 2


def test_a_nonce_is_kept_for_a_day(sqlite_world: World) -> None:
    """Longer than its call is good, should the clock be set back; and no longer, so that the table stays small."""
    nonces = sqlite_world.bridge.call_nonces
    assert nonces.take("a" * 16)
    sqlite_world.clock.advance(hours=23)
    assert not nonces.take("a" * 16)
    sqlite_world.clock.advance(hours=2)
    assert nonces.take("b" * 16)
    assert nonces.take("a" * 16)


def test_files_of_the_first_version_are_to_be_updated(sqlite_world: World) -> None:
    """A void that is signed without address and nonce could be replayed: refused, and told how to mend it."""
    world = sqlite_world
    body = json.dumps({"transid": paid(world), "amount": "59500.00"}).encode()
    headers = {HEADER: unbound_signature_of(body, BRIDGE_SECRET, now=world.clock())}
    answer = world.http.post("/voids", data=body, headers=headers)
    assert (answer.status_code, "update hooks/" in answer.get_json()["error"]) == (401, True)
    assert voids_at(world) == 0


def test_a_void_at_the_dashboard_is_recorded_by_the_command_once(sqlite_world: World) -> None:
    """The sentence names the command, which records the money out; also when WHMCS's answer is lost."""
    world = sqlite_world
    transaction = paid(world)
    world.wompi.settle(transaction, "VOIDED", deliver=False)
    world.event(transaction)
    world.work()
    assert f"wompi-bridge resolve {transaction} --record-void" in world.reason(transaction)
    world.whmcs.faults.add("AddTransaction", "500", when="after")
    outcome = world.bridge.orders.resolve(transaction, Settle.RECORD_VOID, "luz: anulado")
    assert outcome is not None
    assert outcome.state == "posting"
    assert world.bridge.orders.resolve(transaction, Settle.RECORD_VOID, "luz: anulado") is None
    world.clock.advance(seconds=300)
    world.work()
    assert world.state(transaction) == "closed"
    out = [(row.transid, str(row.amountout)) for row in world.whmcs.transactions if row.amountout > 0]
    assert out == [(f"{transaction}-VOIDED", "59500.00")]


def test_the_command_records_no_void_that_is_none(sqlite_world: World) -> None:
    """Booked, and held because Wompi now says DECLINED: no money goes out for a void that did not happen."""
    world = sqlite_world
    transaction = paid(world)
    world.wompi.settle(transaction, "DECLINED", deliver=False)
    world.event(transaction)
    world.work()
    assert world.state(transaction) == "review"
    world.bridge.orders.resolve(transaction, Settle.RECORD_VOID, "luz")
    assert world.state(transaction) == "review"
    assert not [row for row in world.whmcs.transactions if row.amountout > 0]


def test_what_is_known_of_a_transaction(sqlite_world: World) -> None:
    """For WHMCS's window: by a signed call alone, and an unknown id is told as such."""
    world = sqlite_world
    transaction = paid(world)

    def ask(name: str, secret: str = BRIDGE_SECRET) -> Any:
        return signed.ask(world, {"transid": name, "language": "en"}, path="/transaction", secret=secret)

    known = ask(transaction).get_json()
    assert (known["known"], known["state"], known["status"]) == (True, "posted", "APPROVED")
    assert (known["amount_in_cents"], known["method"], known["label"]) == (5_950_000, "CARD", "Booked in WHMCS")
    assert known["steps"]
    assert ask("12022-1-1").get_json() == {"transid": "12022-1-1", "known": False}
    assert ask(transaction, "another-secret-of-somebody-else-0123").status_code == 401


def test_T15_a_recorded_void_that_cannot_be_looked_for_is_in_doubt(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """WHMCS says that it has recorded it, and then does not answer: nobody orders it again before it was looked for."""
    world = sqlite_world
    transaction = paid(world)
    world.wompi.settle(transaction, "VOIDED", deliver=False)
    world.event(transaction)
    world.work()
    record = world.bridge.whmcs.record_refund

    def record_and_fall_silent(**fields: Any) -> None:
        record(**fields)
        world.whmcs.faults.add("GetTransactions", "500")

    monkeypatch.setattr(world.bridge.whmcs, "record_refund", record_and_fall_silent)
    outcome = world.bridge.orders.resolve(transaction, Settle.RECORD_VOID, "luz: anulado")
    assert outcome is not None
    assert outcome.state == "posting"
    assert world.bridge.orders.resolve(transaction, Settle.RECORD_VOID, "luz: anulado") is None
    world.clock.advance(seconds=300)
    world.work()
    assert world.state(transaction) == "closed"
