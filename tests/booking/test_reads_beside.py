"""What is read at the same time: Wompi's answer, and what WHMCS has of the invoice that an event has named."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import current_thread

import pytest

from tests.world import World
from whmcs_bridge.whmcs.models import Client, Invoice


@pytest.fixture
def well(sqlite_world: World) -> World:
    """A world in which a payment was booked before: Wompi and WHMCS are known to be well."""
    first = sqlite_world.pay(sqlite_world.invoice())
    sqlite_world.event(first)
    sqlite_world.work()
    assert sqlite_world.state(first) == "posted"
    return sqlite_world


def reads(world: World) -> int:
    """How often an invoice was read."""
    return len(world.whmcs.calls_to("GetInvoice"))


def test_the_invoice_is_read_while_wompi_is_asked(well: World) -> None:
    """Neither of the two has answered yet when both are asked; the payment is booked by what they say, in as many
    calls as before."""
    transaction = well.pay(well.invoice())
    well.event(transaction)
    before = reads(well)
    well.wompi.faults.add("transaction", "hang")
    well.whmcs.faults.add("GetInvoice", "hang")
    with ThreadPoolExecutor(1) as worker:
        working = worker.submit(well.work)
        try:
            assert well.wompi.faults.wait_held(20)
            assert well.whmcs.faults.wait_held(20)
        finally:
            well.wompi.faults.release()
            well.whmcs.faults.release()
        working.result(30)
    assert (well.state(transaction), len(well.whmcs.booked(transaction))) == ("posted", 1)
    assert reads(well) == before + 1


def test_only_an_approved_event_is_a_reason(well: World) -> None:
    """Of one that was declined WHMCS is not asked."""
    transaction = well.pay(well.invoice(), status="DECLINED")
    well.event(transaction)
    before = reads(well)
    well.work()
    assert (well.state(transaction), reads(well)) == ("closed", before)


def test_what_wompi_says_holds(well: World) -> None:
    """An event said approved, and Wompi says declined: nothing is booked, and that WHMCS failed meanwhile is no
    matter."""
    transaction = well.pay(well.invoice())
    well.event(transaction)
    well.wompi.amend(transaction, status="DECLINED")
    well.whmcs.faults.add("GetInvoice", "500")
    well.work()
    assert (well.state(transaction), well.whmcs.booked(transaction)) == ("closed", [])


def test_an_invoice_that_could_not_be_read_is_not_asked_for_twice(well: World) -> None:
    """WHMCS fails: the payment waits as it always did, after one call."""
    transaction = well.pay(well.invoice())
    well.event(transaction)
    before = reads(well)
    well.whmcs.faults.add("GetInvoice", "500")
    well.work()
    assert (well.state(transaction), reads(well)) == ("due", before + 1)
    well.clock.advance(minutes=5)
    well.work()
    assert (well.state(transaction), len(well.whmcs.booked(transaction))) == ("posted", 1)


def test_while_wompi_is_down_whmcs_is_left_alone(well: World) -> None:
    """The first failure costs one call; after it WHMCS is asked when Wompi has answered."""
    transaction = well.pay(well.invoice())
    well.event(transaction)
    before = reads(well)
    well.wompi.faults.add("transaction", "503", times=None)
    well.work()
    well.clock.advance(minutes=5)
    well.work()
    assert (well.state(transaction), reads(well)) == ("due", before + 1)


def test_wompis_reference_decides_and_not_the_events(well: World) -> None:
    """An event with the reference of another invoice, which was cancelled: the invoice that Wompi names is read for
    itself, and it is booked there."""
    named, paid = well.invoice(), well.invoice()
    other, transaction = well.pay(named), well.pay(paid)
    well.whmcs.set_invoice(named, status="Cancelled")
    well.event(transaction, reference=well.wompi.transaction(other)["reference"])
    well.work()
    assert [row.invoice_id for row in well.whmcs.booked(transaction)] == [paid]


def threads_that_read(world: World) -> set[str]:
    """Book one payment; return the threads that read its invoice and its client."""
    transaction = world.pay(world.invoice())
    world.event(transaction)
    names = set()
    invoice, client = world.bridge.whmcs.invoice, world.bridge.whmcs.client

    def read_invoice(invoice_id: int) -> Invoice:
        names.add(current_thread().name)
        return invoice(invoice_id)

    def read_client(client_id: int) -> Client:
        names.add(current_thread().name)
        return client(client_id)

    world.bridge.whmcs.invoice = read_invoice
    world.bridge.whmcs.client = read_client
    world.work()
    assert world.state(transaction) == "posted"
    return names


def test_whoever_looks_at_a_payment_is_one_of_the_calls_at_a_time(well: World) -> None:
    """``WHMCS_PARALLEL`` is four: beside two others at work one read finds a place, beside three none."""
    beside = well.bridge.posting.evidence.beside
    own = current_thread().name
    with ExitStack() as others:
        for _ in range(2):
            others.enter_context(beside.at_work())
        assert threads_that_read(well) - {own} == {"read-beside_0"}
        others.enter_context(beside.at_work())
        assert threads_that_read(well) == {own}
