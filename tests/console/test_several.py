"""What the console shows of a payment of several invoices: each part, with its own amount, and never the sum beside."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date
from pathlib import Path

import pytest

from tests.console.calls import ask, press
from tests.console.test_pages import seen_word
from tests.world import World, make_world
from whmcs_bridge.booking.replay import replay
from whmcs_bridge.ledger.schema import checkouts, parts, payments

pytestmark = pytest.mark.usefixtures("world")


@pytest.fixture
def world(sqlite_world: World) -> World:
    """What is shown has nothing to do with the kind of database; the questions are tested on each in tests/ledger."""
    return sqlite_world


def booked(world: World) -> tuple[str, int, int]:
    """79,500 pesos for two invoices, looked at as one transaction first: (transaction, and its invoices)."""
    first, second = world.invoice("59500.00"), world.invoice("20000.00", tax="0.00")
    transaction = world.pay_several(first, second)
    world.event(transaction)
    world.work()
    assert [world.state(f"{transaction}-{invoice}") for invoice in (first, second)] == ["posted", "posted"]
    return transaction, first, second


def test_today_counts_what_was_received_once(world: World) -> None:
    """The parts' sum is the transaction's; it is two payments, of two invoices."""
    booked(world)
    assert "Hoy $ 79.500 2 pagos" in ask(world, "today").text


@pytest.mark.parametrize("q", ["{transaction}", "79.500", "77", ""])
def test_a_search_finds_the_parts_and_not_the_transaction(world: World, q: str) -> None:
    """By Wompi's id, by the sum that the payer knows, by the client, and by nothing at all."""
    transaction, first, second = booked(world)
    page = ask(world, "payments", q=q.format(transaction=transaction))
    for invoice in (first, second):
        assert page.html.count(f"<code>{transaction}-{invoice}</code>") == 1
    assert f"<code>{transaction}</code>" not in page.html
    assert "$ 79.500" in page.text
    assert "20.000" in page.text


def test_a_search_by_a_parts_own_id_or_amount_finds_it_alone(world: World) -> None:
    """Each is a payment of its own."""
    transaction, first, second = booked(world)
    for q in (f"{transaction}-{second}", "20.000"):
        html = ask(world, "payments", q=q).html
        assert f"<code>{transaction}-{second}</code>" in html
        assert f"<code>{transaction}-{first}</code>" not in html


def test_the_trail_of_the_transaction_holds_each_part(world: World) -> None:
    """By Wompi's id both; by a part's own id that one."""
    transaction, first, second = booked(world)
    whole = ask(world, "trail", of=transaction)
    assert whole.html.count('data-state="posted"') == 2
    assert ask(world, "trail", of=f"{transaction}-{first}").html.count('data-state="posted"') == 1
    assert str(second) in whole.text


def test_the_sheet_has_a_row_for_each_and_the_fee_once(tmp_path: Path) -> None:
    """2.65 % of 79,500 and 700 once, with 19 % IVA: 3,340.03, shared by amount, as WHMCS was told."""
    with make_world(tmp_path, BRIDGE_FEES="2.65%+700") as world:
        transaction, first, second = booked(world)
        file = ask(world, "payments", sheet="1", month="2026-11").body.decode("utf-8-sig")
        _, *rows, total = csv.reader(io.StringIO(file), delimiter=";")
        told = {row[5]: [_cents(row[n]) for n in (8, 9, 10, 11)] for row in rows}
        assert [told[f"{transaction}-{invoice}"][0] for invoice in (first, second)] == [5_950_000, 2_000_000]
        for invoice in (first, second):
            amount, fee, iva, net = told[f"{transaction}-{invoice}"]
            (row,) = world.whmcs.booked(f"{transaction}-{invoice}")
            assert fee + iva == round(float(row.fees) * 100)
            assert amount == fee + iva + net
        assert sum(fee + iva for _, fee, iva, _ in told.values()) == 334_003
        assert _cents(total[8]) == 7_950_000


def _cents(cell: str) -> int:
    pesos, _, cents = cell.partition(",")
    return int(pesos) * 100 + int(cents or 0)


def test_who_paid_several_is_not_trying_and_who_could_not_is_for_each(world: World) -> None:
    """After a decline each of the invoices can be sent a link; once paid none is shown, and never an invoice 0."""
    first, second = world.invoice("59500.00"), world.invoice("20000.00", tax="0.00")
    declined = world.pay_several(first, second, status="DECLINED")
    world.event(declined)
    world.work()
    page = ask(world, "trying")
    assert page.html.count('data-invoice="') == 2
    for invoice, amount in ((first, "$ 59.500"), (second, "$ 20.000")):
        assert f'data-invoice="{invoice}"' in page.html
        assert amount in page.text
    assert "Rechazado" in page.text
    paid = world.pay_several(first, second)
    world.event(paid)
    world.work()
    assert 'data-invoice="' not in ask(world, "trying").html


def test_one_part_is_settled_and_the_other_stays_booked(world: World) -> None:
    """A press names the part's own id."""
    first, second = world.invoice("59500.00"), world.invoice("20000.00", tax="0.00")
    transaction = world.pay_several(first, second)
    world.whmcs.set_invoice(second, status="Cancelled")
    world.event(transaction)
    world.work()
    page = ask(world, "review")
    assert page.html.count("data-transaction=") == 1
    part = f"{transaction}-{second}"
    assert f'data-transaction="{part}"' in page.html
    press(world, "review", transaction=part, see=seen_word(page), settle="credit", reason="lo pidió")
    assert [world.state(f"{transaction}-{invoice}") for invoice in (first, second)] == ["posted", "posted"]
    assert len(world.whmcs.booked(part)) == 1


def forget(world: World) -> None:
    """The database is lost."""
    with world.bridge.database.engine.begin() as connection:
        for table in (payments, parts, checkouts):
            connection.execute(table.delete())


def test_of_a_rest_a_person_says_whose_it_is(world: World) -> None:
    """The parts are not known any more: without the invoice nothing is booked; with it, to that one alone."""
    first, second = world.invoice("59500.00"), world.invoice("20000.00", tax="0.00")
    transaction = world.pay_several(first, second)
    world.whmcs.add_payment(first, f"{transaction}-{first}", amount="59500.00", gateway="wompi")
    forget(world)
    world.event(transaction)
    world.work()
    page = ask(world, "review")
    assert 'name="invoice"' in page.html
    told = {"transaction": transaction, "see": seen_word(page), "settle": "book", "reason": "es del segundo"}
    refused = press(world, "review", **told)
    assert "no_invoice" in (refused.location or "")
    assert world.whmcs.booked(f"{transaction}-{second}") == []
    done = press(world, "review", **told, invoice=str(second))
    assert "press=done" in (done.location or "")
    assert len(world.whmcs.booked(f"{transaction}-{second}")) == 1
    assert world.state(f"{transaction}-{second}") == "posted"
    assert ask(world, "review", press="late", transaction=transaction).status == 200


def test_replay_decides_for_each_and_never_for_the_sum(world: World) -> None:
    """Before the worker has looked, and after it has booked."""
    first, second = world.invoice("59500.00"), world.invoice("20000.00", tax="0.00")
    transaction = world.pay_several(first, second)
    bridge = world.bridge

    def decided() -> list[tuple[str, str]]:
        found = replay(transaction, bridge.store, bridge.clock(), bridge.wompi, bridge.posting.evidence)
        return [(each.payment.transaction_id, each.decision.action) for each in found]

    assert decided() == [(f"{transaction}-{invoice}", "post") for invoice in (first, second)]
    world.event(transaction)
    world.work()
    assert [name for name, _ in decided()] == [f"{transaction}-{invoice}" for invoice in (first, second)]
    assert "post" not in json.dumps(decided()).replace("posted", "")
    forget(world)
    (alone,) = decided()
    assert alone[1] == "review"


def test_the_sheet_shares_what_wompi_really_charged(tmp_path: Path) -> None:
    """The report tells one transaction; its commission, IVA, withholdings and net stand in the rows of its parts, and
    add up to what it told."""
    with make_world(tmp_path, BRIDGE_FEES="2.65%+700") as world:
        transaction, *_ = booked(world)
        name, text = world.wompi.payouts.report(world.wompi.payouts.pay_out(date(2026, 11, 23)))
        world.bridge.settlements.import_bytes(name, text.encode())
        file = ask(world, "payments", sheet="1", month="2026-11").body.decode("utf-8-sig")
        _, *rows, _ = csv.reader(io.StringIO(file), delimiter=";")
        (told,) = csv.DictReader(io.StringIO(text))
        shared = [sum(_cents(row[column]) for row in rows) for column in (-4, -3, -2, -1)]
        cents = {
            column: int(value.replace(".", "")) for column, value in told.items() if re.fullmatch(r"\d+\.\d\d", value)
        }
        withheld = sum(cents[column] for column in ("reteica", "reteiva", "retefuente", "impoconsumo"))
        assert shared == [cents["comisión"], cents["iva comisión"], withheld, cents["total desembolsado"]]
        assert {row[5].rpartition("-")[0] for row in rows} == {transaction}
        step = ask(world, "trail", of=transaction).text
        assert "Wompi desembolsó el pago completo, con sus otros avisos" in step
