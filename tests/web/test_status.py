"""``POST /status``: the signed question of WHMCS."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from sqlalchemy.event import listen

from tests.web import signed
from tests.world import BRIDGE_SECRET, World
from whmcs_bridge.signed.calls import signature_of, unbound_signature_of

ask = partial(signed.ask, path="/status")


@pytest.fixture
def world(sqlite_world: World) -> World:
    """What is asked of the database here has nothing to do with its kind."""
    return sqlite_world


def test_tells_the_attempts_newest_first(world: World) -> None:
    """The fields that were agreed on, and a sentence in the language that was asked for."""
    first = world.pay(world.invoice(), "DECLINED")
    world.http.get(f"/return?id={first}")
    world.clock.advance(minutes=5)
    second = world.pay(1042, "PENDING")
    world.http.get(f"/return?id={second}")
    response = ask(world, {"invoice_id": 1042, "language": "en"})
    told = response.get_json()
    assert (response.status_code, response.mimetype) == (200, "application/json")
    assert (told["invoice_id"], told["under_way"], told["hold_cancellation"]) == (1042, True, True)
    assert [attempt["transaction_id"] for attempt in told["attempts"]] == [second, first]
    newest = told["attempts"][0]
    assert newest.pop("sentence").endswith("in verification. Wait for its result before you pay again.")
    assert newest.pop("at").startswith("2026-11-21T15:09:05")
    assert newest == {
        "transaction_id": second, "kind": "verifying", "state": "due", "status": "PENDING",
        "amount_in_cents": 5_950_000, "method": "CARD", "surplus_in_cents": None,
    }  # fmt: skip
    assert "no fue aprobado" in ask(world, {"invoice_id": 1042, "language": "es"}).get_json()["attempts"][1]["sentence"]


def test_calls_nobody(world: World) -> None:
    """WHMCS waits for the answer: it comes from the database alone, also when Wompi is down."""
    transaction = world.pay(world.invoice(), "PENDING")
    world.http.get(f"/return?id={transaction}")
    world.wompi.calls.clear()
    world.whmcs.calls.clear()
    assert ask(world, {"invoice_id": 1042}).get_json()["under_way"] is True
    assert (world.wompi.calls, world.whmcs.calls) == ([], [])


def test_an_invoice_without_attempts(world: World) -> None:
    """Empty, and no error: most invoices are like that. Spanish is understood where no language is named."""
    told = ask(world, {"invoice_id": 4711}).get_json()
    assert told == {"invoice_id": 4711, "under_way": False, "hold_cancellation": False, "attempts": []}


@pytest.mark.parametrize("secret", ["another secret of at least 32 characters", BRIDGE_SECRET + "x"])
def test_is_refused_without_our_signature(world: World, secret: str) -> None:
    """401 before anything is read of the body, whatever it holds."""
    assert ask(world, {"invoice_id": 1042}, secret=secret).status_code == 401
    assert ask(world, b"nothing", secret=secret).status_code == 401
    assert world.http.post("/status", data=b'{"invoice_id": 1042}').status_code == 401


def test_is_refused_when_it_is_old(world: World) -> None:
    """A recorded question is worth nothing after five minutes."""
    body = b'{"invoice_id": 1042}'
    header = {"X-Bridge-Signature": signature_of("/status", body, BRIDGE_SECRET, now=world.clock())}
    world.clock.advance(seconds=300)
    assert world.http.post("/status", data=body, headers=header).status_code == 200
    world.clock.advance(seconds=1)
    assert world.http.post("/status", data=body, headers=header).status_code == 401


@pytest.mark.parametrize(
    "question",
    [b"", b"[]", b"{", {}, {"invoice_id": "1042"}, {"invoice_id": True}, {"invoice_id": 0}, {"invoice_id": -1},
     {"invoice_id": 1.0}, {"invoice_id": 2**63}, {"invoice_id": 1042, "language": "fr"},
     {"invoice_id": 1042, "language": ["es"]}],
    ids=repr,
)  # fmt: skip
def test_signed_and_not_understood(world: World, question: Any) -> None:
    """400: a fault of the caller, told in JSON."""
    response = ask(world, question)
    assert (response.status_code, "error" in response.get_json()) == (400, True)


def test_only_by_post(world: World) -> None:
    """405 in plain text, for a program."""
    response = world.http.get("/status")
    assert (response.status_code, response.headers["Allow"], response.mimetype) == (405, "POST", "text/plain")


class TestMany:
    def test_E26_one_answer_for_all(self, world: World) -> None:
        """In the order of the question: which have a payment under way, and which are held; of that alone."""
        paid = world.pay(world.invoice(), "PENDING")
        world.http.get(f"/return?id={paid}")
        declined = world.pay(world.invoice(), "DECLINED")
        world.http.get(f"/return?id={declined}")
        told = ask(world, {"invoice_ids": [4711, 1043, 1042]}).get_json()
        assert told == {"invoices": [
            {"invoice_id": 4711, "under_way": False, "hold_cancellation": False},
            {"invoice_id": 1043, "under_way": False, "hold_cancellation": False},
            {"invoice_id": 1042, "under_way": True, "hold_cancellation": True},
        ]}  # fmt: skip
        world.clock.advance(days=7)
        (one,) = ask(world, {"invoice_ids": [1042]}).get_json()["invoices"]
        assert one == {"invoice_id": 1042, "under_way": True, "hold_cancellation": False}

    def test_E26_at_most_five_hundred(self, world: World) -> None:
        """None is answered with none; one more than five hundred is a fault of the caller."""
        assert ask(world, {"invoice_ids": []}).get_json() == {"invoices": []}
        assert len(ask(world, {"invoice_ids": list(range(1, 501))}).get_json()["invoices"]) == 500
        assert ask(world, {"invoice_ids": list(range(1, 502))}).status_code == 400

    @pytest.mark.parametrize("ids", [7, "7", {}, [0], [True], ["7"], [1, None], [2**63], [[1]]], ids=repr)
    def test_what_is_no_list_of_numbers(self, world: World, ids: object) -> None:
        """400, whatever stands beside it."""
        assert ask(world, {"invoice_ids": ids}).status_code == 400
        assert ask(world, {"invoice_ids": ids, "invoice_id": 1042}).status_code == 400

    def test_a_few_reads_however_many(self, world: World) -> None:
        """Five hundred invoices cost no more of the database's time than some pages of rows."""
        begun: list[str] = []
        listen(world.bridge.database.engine, "begin", lambda _connection: begun.append("BEGIN"))
        ask(world, {"invoice_ids": list(range(1, 501))})
        assert len(begun) <= 12


def test_files_of_the_first_version_are_answered(world: World) -> None:
    """``hooks/`` of 0.1 sign without address and nonce: a question is answered all the same."""
    body = b'{"invoice_id": 4711}'
    header = {"X-Bridge-Signature": unbound_signature_of(body, BRIDGE_SECRET, now=world.clock())}
    assert world.http.post("/status", data=body, headers=header).get_json()["invoice_id"] == 4711
