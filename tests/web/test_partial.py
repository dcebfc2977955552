"""``POST /pay`` with ``amount``: a part of the balance, where the host allows it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world import World, make_world

pytestmark = pytest.mark.one_elsewhere


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    with make_world(tmp_path, database_url, BRIDGE_PARTIAL_MINIMUM="30%") as made:
        yield made


def test_the_page_says_what_may_be_paid_and_what_goes_on(world: World) -> None:
    """30 % of 59,500 is 17,850; the rest must be payable; the invoice stays unpaid."""
    page = world.http.get(f"/pay/{world.link(world.invoice())}").text
    assert "Puede pagar desde $\xa017.850 hasta $\xa058.000, o todo: $\xa059.500." in page
    assert "el aviso de cobro sigue sin pagar" in page


def test_a_part_is_booked_and_the_rest_stays(world: World) -> None:
    """Two instalments, then the rest: three rows, and the invoice is paid. None of them is a second payment."""
    invoice = world.invoice()
    for amount, cents, status in (
        ("20.000", 2_000_000, "Unpaid"),
        ("20000", 2_000_000, "Unpaid"),
        ("", 1_950_000, "Paid"),
    ):
        fields = world.checkout(invoice, amount=amount)
        assert int(fields["amount-in-cents"]) == cents
        transaction = world.transact(fields["reference"], cents)
        world.event(transaction)
        world.work()
        assert (world.state(transaction), world.whmcs.invoice(invoice).status) == ("posted", status)
        assert world.bridge.store.payment(transaction).surplus_in_cents is None  # type: ignore[union-attr]  # just posted


@pytest.mark.parametrize("amount", ["17849", "58001", "59501", "0", "-20000", "20.00", "20,000", "abc", "2e4"])
def test_what_may_not_be_paid_is_said_with_what_may(world: World, amount: str) -> None:
    """400 with the page; no checkout was opened, and what was typed stands in the field, inert."""
    response = world.press(world.invoice(), amount=amount)
    assert response.status_code == 400
    assert "Puede pagar desde $\xa017.850" in response.text
    assert 'aria-invalid="true"' in response.text
    assert world.bridge.store.checkouts_of(world.whmcs.invoices[-1].id, limit=1) == []


def test_markup_in_the_field_is_inert(world: World) -> None:
    """It is escaped, and cut."""
    response = world.press(world.invoice(), amount='"><script>alert(1)</script>')
    assert (response.status_code, "<script" in response.text) == (400, False)


def test_all_of_it_may_be_typed(world: World) -> None:
    """59,500 is allowed, as if nothing was typed."""
    assert world.checkout(world.invoice(), amount="59.500")["amount-in-cents"] == "5950000"


def test_without_the_terms_the_page_keeps_what_was_typed(world: World) -> None:
    """Nobody types twice."""
    response = world.press(world.invoice(), amount="20.000", terms="")
    assert (response.status_code, 'value="20.000"' in response.text) == (200, True)


def test_a_mass_payment_is_paid_whole(world: World) -> None:
    """Its children are settled by WHMCS only with all of it."""
    gathered = world.whmcs.add_mass_pay(77, [world.invoice(), world.invoice("20000.00", tax="0.00")])
    response = world.press(gathered, amount="30000")
    assert (response.status_code, "se paga entero" in response.text) == (400, True)
    assert 'name="amount"' not in response.text


def test_where_parts_are_off_only_the_whole_is_taken(tmp_path: Path) -> None:
    """The default."""
    with make_world(tmp_path) as world:
        invoice = world.invoice()
        response = world.press(invoice, amount="20000")
        assert (response.status_code, "se paga entero" in response.text) == (400, True)
        assert world.checkout(invoice, amount="59500")["amount-in-cents"] == "5950000"


def test_a_part_under_way_is_a_payment_under_way(world: World) -> None:
    """The next press is warned, and the way past the warning keeps the amount."""
    invoice = world.invoice()
    fields = world.checkout(invoice, amount="20000")
    world.transact(fields["reference"], 2_000_000, "PENDING")
    response = world.press(invoice, amount="25000")
    assert response.status_code == 409
    assert '<input type="hidden" name="amount" value="25000">' in response.text
    assert world.checkout(invoice, amount="25000", anyway="yes")["amount-in-cents"] == "2500000"


def test_a_checkout_is_used_again_for_the_same_part_only(world: World) -> None:
    """Another amount is another reference."""
    invoice = world.invoice()
    first = world.checkout(invoice, amount="20000")["reference"]
    assert world.checkout(invoice, amount="20000")["reference"] == first
    assert world.checkout(invoice, amount="25000")["reference"] != first


def test_a_part_is_booked_without_the_database(world: World) -> None:
    """The reference carries the amount of the part, under its MAC."""
    invoice = world.invoice()
    fields = world.checkout(invoice, amount="20000")
    transaction = world.transact(fields["reference"], 2_000_000)
    world.forget("checkouts")
    world.event(transaction)
    world.work()
    assert [str(row.amountin) for row in world.whmcs.booked(transaction)] == ["20000.00"]
