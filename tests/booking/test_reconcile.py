"""Reconcile: what no webhook told is found, and what two sides see differently is told."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.world import World, fields_of
from whmcs_bridge.whmcs.answers import AccessRefused, Unclear, WhmcsError
from whmcs_bridge.whmcs.models import BookedPayment


def list_calls(world: World) -> int:
    """How often Wompi was asked by reference."""
    return len([call for call in world.wompi.calls if call.path == "/v1/transactions"])


class TestTheTimer:
    def test_F20_a_payment_whose_webhook_never_came_is_booked_within_eleven_minutes(self, world: World) -> None:
        """Ten minutes after the click Wompi is asked by reference."""
        transaction = world.pay(world.invoice())
        world.clock.advance(minutes=9, seconds=59)
        world.work()
        assert world.state(transaction) == "-"
        world.clock.advance(seconds=1)
        world.work()
        assert world.state(transaction) == "posted"

    def test_an_abandoned_checkout_costs_six_calls_in_its_life(self, world: World) -> None:
        """10 min, 30 min, 2 h, 8 h, 24 h and 72 h after the click; then it is closed."""
        reference = world.checkout(world.invoice())["reference"]
        asked_at = []
        clicked = world.clock()
        for minute in (9, 10, 29, 30, 119, 120, 479, 480, 1439, 1440, 4319, 4320, 10_000):
            world.clock.now = clicked + timedelta(minutes=minute)
            before = list_calls(world)
            world.work()
            asked_at += [minute] * (list_calls(world) - before)
        assert asked_at == [10, 30, 120, 480, 1440, 4320]
        checkout = world.bridge.store.checkout(reference)
        assert checkout is not None
        assert checkout.ask_at is None

    def test_a_question_without_an_answer_does_not_count(self, world: World) -> None:
        """Wompi was down at the tenth minute: it is asked again five minutes later."""
        transaction = world.pay(world.invoice())
        world.wompi.faults.add("transactions", "500")
        world.clock.advance(minutes=10)
        world.work()
        assert world.state(transaction) == "-"
        world.clock.advance(minutes=5)
        world.work()
        assert world.state(transaction) == "posted"

    def test_a_pending_payment_is_looked_at_with_growing_pauses(self, world: World) -> None:
        """1 min, 5 min, 30 min, 2 h, 8 h, then daily; after a week a person is asked."""
        transaction = world.pay(world.invoice(), "PENDING")
        world.event(transaction)
        pauses = []
        for _ in range(13):
            world.work()
            payment = world.bridge.store.payment(transaction)
            assert payment is not None
            assert payment.due_at is not None
            if payment.state == "review":
                break
            pauses.append(int((payment.due_at - world.clock()).total_seconds()))
            world.clock.now = payment.due_at
        assert pauses == [60, 300, 1800, 7200, 28_800, *[86_400] * 7]
        assert "Pregunte a Wompi" in world.reason(transaction)


class TestTheCommand:
    def test_asks_about_every_open_checkout_now(self, world: World) -> None:
        """It does not wait for the schedule, and leaves the schedule as it was."""
        transactions = [world.pay(world.invoice()) for _ in range(3)]
        report = world.bridge.reconcile.run(since=None, dry_run=False)
        world.work()
        assert (report.checkouts, sorted(report.touched)) == (3, sorted(transactions))
        assert {world.state(transaction) for transaction in transactions} == {"posted"}

    def test_makes_every_due_row_due_now(self, world: World) -> None:
        """An operator who has mended something need not wait for the spacing."""
        transaction = world.pay(world.invoice(), "PENDING")
        world.event(transaction)
        world.work()
        world.wompi.amend(transaction, status="APPROVED")
        assert world.work() == 0
        world.bridge.reconcile.run(since=None, dry_run=False)
        world.work()
        assert world.state(transaction) == "posted"

    def test_a_dry_run_changes_nothing(self, world: World) -> None:
        """It says what it would look at, and that is all."""
        transaction = world.pay(world.invoice())
        before = world.bridge.store.journal()
        report = world.bridge.reconcile.run(since=world.clock().date(), dry_run=True)
        assert transaction in report.touched
        assert (world.state(transaction), world.bridge.store.journal()) == ("-", before)

    @pytest.mark.parametrize(("rows", "word"), [(0, "ya no lo tiene"), (2, "2 veces")])
    def test_tells_of_rows_that_vanished_or_doubled_in_whmcs(self, world: World, rows: int, word: str) -> None:
        """A booked payment is counted in WHMCS; anything but one is told to a person, never guessed at."""
        transaction = world.pay(world.invoice())
        world.event(transaction)
        world.work()
        row = world.whmcs.booked(transaction)[0]
        world.whmcs.books.transactions.remove(row)
        for _ in range(rows):
            world.whmcs.books.transactions.append(row)
        report = world.bridge.reconcile.run(since=None, dry_run=False)
        world.work()
        assert len(report.problems) == 1
        assert (world.state(transaction), word in world.reason(transaction)) == ("review", True)
        assert len(world.whmcs.booked(transaction)) == rows

    def test_a_refund_in_whmcs_is_not_a_second_payment(self, world: World) -> None:
        """Only rows with money in count."""
        transaction = world.pay(world.invoice())
        world.event(transaction)
        world.work()
        world.whmcs.take_back(transaction)
        report = world.bridge.reconcile.run(since=None, dry_run=False)
        assert report.problems == []


class TestCountingInWhmcs:
    @pytest.fixture
    def booked(self, sqlite_world: World) -> list[str]:
        """Eight payments that were booked."""
        transactions = [sqlite_world.pay(sqlite_world.invoice()) for _ in range(8)]
        for transaction in transactions:
            sqlite_world.event(transaction)
        sqlite_world.work()
        assert {sqlite_world.state(transaction) for transaction in transactions} == {"posted"}
        return transactions

    def test_one_that_cannot_be_counted_does_not_hide_the_others(self, sqlite_world: World, booked: list[str]) -> None:
        """WHMCS breaks over one question: the others are counted, the vanished one is found, and both are told."""
        world = sqlite_world
        world.whmcs.books.transactions.remove(world.whmcs.booked(booked[5])[0])
        count = world.bridge.whmcs.payments

        def breaks_over_one(transid: str) -> list[BookedPayment]:
            if transid == booked[2]:
                raise Unclear("WHMCS answered 500")
            return count(transid)

        world.bridge.whmcs.payments = breaks_over_one
        report = world.bridge.reconcile.run(since=None, dry_run=False)
        assert (report.counted, report.touched) == (7, [booked[5]])
        assert [booked[5] in report.problems[0], "contar allí 1 de 8" in report.problems[1]] == [True, True]
        assert len(report.problems) == 2

    @pytest.mark.parametrize(
        ("error", "most"), [(Unclear("WHMCS answered 502"), 4 + 2), (AccessRefused("Invalid IP"), 4)]
    )
    def test_who_is_down_is_left_alone(
        self, sqlite_world: World, booked: list[str], error: WhmcsError, most: int
    ) -> None:
        """After three failures in a row (those under way together count as one), or one refusal, nobody is asked any
        more, and the number of those that were not counted is right."""
        asked = []

        def down(transid: str) -> list[BookedPayment]:
            asked.append(transid)
            raise error

        sqlite_world.bridge.whmcs.payments = down
        report = sqlite_world.bridge.reconcile.run(since=None, dry_run=False)
        assert len(asked) <= most < len(booked)
        assert (report.counted, report.touched) == (0, [])
        assert len(report.problems) == 1
        assert f"{error}. No se pudo contar allí 8 de 8" in report.problems[0]


class TestAnEmptyDatabase:
    def test_heals_itself_from_wompis_list(self, world: World) -> None:
        """Everything is gone; ``--since`` walks Wompi's list, and the references prove themselves."""
        paid = [world.pay(world.invoice()) for _ in range(3)]
        foreign = world.transact("S00042-1a", 5_950_000)
        for transaction in paid[:1]:
            world.event(transaction)
            world.work()
        for table in ("checkouts", "payments", "events", "journal"):
            world.forget(table)
        report = world.bridge.reconcile.run(since=date(2026, 11, 20), dry_run=False)
        world.work()
        assert (report.listed, len(report.touched)) == (4, 3)
        assert [len(world.whmcs.booked(transaction)) for transaction in paid] == [1, 1, 1]
        assert {world.state(transaction) for transaction in paid} == {"posted"}
        assert world.state(foreign) == "-"

    def test_F50_yesterdays_backup_books_nothing_again(self, world: World) -> None:
        """The bridge has forgotten a booking that WHMCS has: it is found there, and not made again."""
        fields = fields_of(world.press(world.invoice()))
        transaction = world.transact(fields["reference"], 5_950_000)
        world.event(transaction)
        world.work()
        world.forget("payments")
        world.bridge.reconcile.run(since=None, dry_run=False)
        world.work()
        assert (world.state(transaction), len(world.whmcs.booked(transaction))) == ("posted", 1)
