"""What the console asks of the ledger, on each database: sums by Colombian day, and payments by what one knows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import update

from tests.world import START, World
from whmcs_bridge.ledger.records import State
from whmcs_bridge.ledger.reports import DayTotal, Sought
from whmcs_bridge.ledger.schema import payments

FIRST, LAST = START.date() - timedelta(days=60), START.date() + timedelta(days=1)
# Midnight of 21 November in Bogotá.
MIDNIGHT = datetime(2026, 11, 21, 5, tzinfo=UTC)


def pay(world: World, at: datetime, status: str = "APPROVED", *, total: str = "59500.00", method: str = "CARD") -> str:
    """A payment that Wompi finalised then. Returns its id."""
    transaction = world.pay(world.invoice(total), status, method=method, created_at=at.timestamp())
    world.event(transaction)
    world.work()
    return transaction


class TestSums:
    def test_a_day_ends_at_midnight_in_colombia(self, world: World) -> None:
        """A second before it and the moment itself are two days; methods are apart; what is not booked is in none."""
        pay(world, MIDNIGHT - timedelta(seconds=1))
        pay(world, MIDNIGHT, total="40000.00")
        pay(world, MIDNIGHT, total="2000.00")
        pay(world, MIDNIGHT, total="10000.00", method="PSE")
        pay(world, MIDNIGHT, "DECLINED")
        pay(world, MIDNIGHT, "PENDING")
        found = world.bridge.reports.received(FIRST, LAST)
        assert sorted(found, key=lambda each: (each.day, each.method or "")) == [
            DayTotal(date(2026, 11, 20), "CARD", 1, 5_950_000),
            DayTotal(date(2026, 11, 21), "CARD", 2, 4_200_000),
            DayTotal(date(2026, 11, 21), "PSE", 1, 1_000_000),
        ]

    def test_the_sheet_s_rows_are_those_of_the_sums(self, world: World) -> None:
        """Oldest first, from the first moment on and before the last: here those of one Colombian day."""
        pay(world, MIDNIGHT - timedelta(seconds=1))
        first, second = pay(world, MIDNIGHT), pay(world, MIDNIGHT + timedelta(hours=3))
        pay(world, MIDNIGHT + timedelta(days=1))
        rows = world.bridge.reports.booked(MIDNIGHT, MIDNIGHT + timedelta(days=1))
        assert [row.transaction_id for row in rows] == [first, second]
        (total,) = world.bridge.reports.received(date(2026, 11, 21), date(2026, 11, 21))
        assert (total.count, total.amount_in_cents) == (2, sum(row.amount_in_cents or 0 for row in rows))

    def test_a_booking_that_is_taken_back_is_in_no_sum(self, world: World) -> None:
        """Voided at Wompi, it waits for a person: neither the sums nor the sheet have it any more."""
        transaction, stays = pay(world, MIDNIGHT), pay(world, MIDNIGHT, total="40000.00")
        world.wompi.amend(transaction, status="VOIDED")
        world.event(transaction)
        world.work()
        assert [each.amount_in_cents for each in world.bridge.reports.received(FIRST, LAST)] == [4_000_000]
        rows = world.bridge.reports.booked(MIDNIGHT, MIDNIGHT + timedelta(days=1))
        assert [row.transaction_id for row in rows] == [stays]

    def test_what_wompi_tells_no_time_of_counts_by_its_booking(self, world: World) -> None:
        """It is in the sum of the day on which it was booked."""
        pay(world, MIDNIGHT)
        world.bridge.database.write(lambda connection: connection.execute(update(payments).values(finalized_at=None)))
        assert [each.day for each in world.bridge.reports.received(FIRST, LAST)] == [START.date()]


class TestFinding:
    def ids(self, world: World, sought: Sought, *, limit: int = 50) -> list[str]:
        return [payment.transaction_id for payment in world.bridge.reports.find(sought, limit=limit)]

    def test_each_name_alone_and_all_together(self, world: World) -> None:
        """Found by any of them, once, the newest first."""
        first = pay(world, MIDNIGHT)
        world.clock.advance(seconds=1)
        second = pay(world, MIDNIGHT, total="40000.00")
        payment = world.bridge.store.payment(first)
        assert payment is not None
        assert payment.reference is not None
        assert payment.invoice_id is not None
        for sought in (
            Sought(names=[first]),
            Sought(names=[payment.reference]),
            Sought(invoices=[payment.invoice_id]),
            Sought(amounts_in_cents=[5_950_000]),
        ):
            assert self.ids(world, sought) == [first]
        assert self.ids(world, Sought(clients=[77])) == [second, first]
        assert self.ids(world, Sought(names=[first, second], clients=[77])) == [second, first]
        assert self.ids(world, Sought(names=["año-2026"], clients=[78])) == []

    def test_filters_hold_with_and_without_a_name(self, world: World) -> None:
        """State, method and day; what Wompi has not finalised counts by the day on which it was heard of."""
        card, pse = pay(world, MIDNIGHT), pay(world, MIDNIGHT - timedelta(days=2), method="PSE")
        pending = pay(world, MIDNIGHT, "PENDING")
        assert self.ids(world, Sought(clients=[77], method="PSE")) == [pse]
        assert self.ids(world, Sought(method="PSE")) == [pse]
        assert self.ids(world, Sought(state=State.DUE)) == [pending]
        assert set(self.ids(world, Sought(since=MIDNIGHT))) == {card, pending}
        assert self.ids(world, Sought(since=MIDNIGHT, state=State.POSTED)) == [card]
        assert self.ids(world, Sought(until=MIDNIGHT)) == [pse]
        assert self.ids(world, Sought(clients=[77], since=MIDNIGHT, state=State.POSTED)) == [card]
        assert len(self.ids(world, Sought(), limit=2)) == 2


class TestTrying:
    def test_invoices_that_have_money_are_left_out(self, world: World) -> None:
        """Booked or held: nobody is to be chased for it. Declined, or nothing at all: they are."""
        failed, left = world.invoice(), world.invoice()
        world.event(world.pay(failed, "DECLINED"))
        world.checkout(left)
        pay(world, MIDNIGHT)
        held = world.pay(cancelled := world.invoice())
        world.whmcs.set_invoice(cancelled, status="Cancelled")
        world.event(held)
        world.work()
        found = world.bridge.reports.checkouts_without_money(START - timedelta(days=1), limit=50)
        assert {checkout.invoice_id for checkout in found} == {failed, left}
        assert world.bridge.reports.checkouts_without_money(START + timedelta(hours=1), limit=50) == []

    def test_what_wompi_said_last(self, world: World) -> None:
        """Of each transaction the last event, as its bytes."""
        transaction = world.pay(world.invoice(), "PENDING")
        world.event(transaction)
        world.clock.advance(seconds=5)
        world.wompi.settle(transaction, "DECLINED", deliver=False)
        body = world.wompi.event_body(transaction)
        world.post_event(body)
        assert world.bridge.reports.last_events([transaction, "1-1"]) == {transaction: body}
