"""Wompi's lists are read to their end, and a row that cannot be read hides no other."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from tests.world import World, fields_of
from whmcs_bridge.booking.reconcile_report import Report
from whmcs_bridge.commands import reconcile as command
from whmcs_bridge.ledger.seen import Seen
from wompi_gateway.errors import OddAnswer, OddRow
from wompi_gateway.models import Transaction

pytestmark = pytest.mark.slow

SINCE = date(2026, 11, 20)


def tries(world: World, reference: str, count: int, status: str = "DECLINED") -> list[str]:
    """So many tries to pay, an hour before now and a second apart."""
    first = world.clock().timestamp() - 3600
    return [
        world.transact(reference, 5_950_000, status, created_at=first + number, method="NEQUI")
        for number in range(count)
    ]


def forget_all(world: World) -> None:
    for table in ("checkouts", "payments", "events", "journal"):
        world.forget(table)


def reconcile(world: World, since: date | None = SINCE) -> Report:
    """The command's work, and one round of the worker."""
    report = world.bridge.reconcile.run(since=since, dry_run=False)
    world.work()
    return report


def run_command(world: World, since: date | None = SINCE) -> int:
    """The command itself: its exit status."""
    return command.run(world.bridge, argparse.Namespace(since=since, dry_run=False))


class TestByReference:
    @pytest.mark.parametrize("most_rows", [200, 30, 7])
    @pytest.mark.parametrize("since", [None, SINCE])
    def test_T16_the_approved_one_stands_on_a_later_page(
        self, sqlite_world: World, most_rows: int, since: date | None
    ) -> None:
        """Sixty declined tries and then an approved one, by the list of the reference and by the list of the days."""
        world = sqlite_world
        world.wompi.most_rows = most_rows
        reference = world.checkout(world.invoice())["reference"]
        declined = tries(world, reference, 60)
        paid = world.transact(reference, 5_950_000)
        if since is not None:
            forget_all(world)
        report = reconcile(world, since)
        assert (world.state(paid), report.problems) == ("posted", [])
        assert {world.state(transaction) for transaction in declined} == {"closed"}

    def test_T16_the_timer_finds_it_too(self, sqlite_world: World) -> None:
        """And so does the click that asks whether a payment is under way."""
        world = sqlite_world
        world.wompi.most_rows = 30
        invoice = world.invoice()
        reference = world.checkout(invoice)["reference"]
        tries(world, reference, 60)
        pending = world.transact(reference, 5_950_000, "PENDING")
        assert world.press(invoice).status_code == 409
        world.wompi.amend(pending, status="APPROVED")
        world.clock.advance(minutes=10)
        world.work()
        assert world.state(pending) == "posted"

    @pytest.mark.parametrize("most_rows", [30, 7])
    @pytest.mark.parametrize("omit_meta", [False, True])
    def test_T16_ours_on_a_later_page_is_ours(self, sqlite_world: World, most_rows: int, omit_meta: bool) -> None:
        """Where the answer names no merchant, the whole list is asked: never "paid to another merchant" from its
        beginning."""
        world = sqlite_world
        world.wompi.omit_merchant, world.wompi.most_rows, world.wompi.omit_meta = True, most_rows, omit_meta
        reference = world.checkout(world.invoice())["reference"]
        tries(world, reference, 60)
        paid = world.transact(reference, 5_950_000)
        world.event(paid)
        world.work()
        assert world.state(paid) == "posted"

    def test_T16_from_a_list_that_ends_short_nobody_says_no(self, sqlite_world: World) -> None:
        """Wompi gives the same page again and again: nothing is known about the merchant, and so nothing is said; once
        it answers well the payment is booked."""
        world = sqlite_world
        world.wompi.omit_merchant, world.wompi.most_rows, world.wompi.ignore_page = True, 30, True
        reference = world.checkout(world.invoice())["reference"]
        paid = world.transact(reference, 5_950_000, created_at=world.clock().timestamp())
        tries(world, reference, 60)
        world.event(paid)
        world.work()
        assert world.state(paid) == "due"
        assert "30" in world.reason(paid)
        world.wompi.ignore_page = False
        world.clock.advance(minutes=6)
        world.work()
        assert world.state(paid) == "posted"

    def test_T16_a_short_list_is_told_and_what_it_holds_is_booked(
        self, sqlite_world: World, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The approved payment on the page that did come is money: it is booked; the rest is a problem, status 1."""
        world = sqlite_world
        world.wompi.most_rows, world.wompi.ignore_page = 30, True
        reference = world.checkout(world.invoice())["reference"]
        first = world.clock().timestamp() - 7200
        paid = world.transact(reference, 5_950_000, created_at=first)
        tries(world, reference, 60)
        assert run_command(world, None) == 1
        assert world.state(paid) == "posted"
        told = capsys.readouterr().out
        assert reference in told
        assert "31 de 61" in told

    def test_T16_a_short_list_is_asked_for_again_and_does_not_close_the_checkout(self, sqlite_world: World) -> None:
        """The timer keeps its schedule, and goes on daily where it would have ended."""
        world = sqlite_world
        world.wompi.most_rows, world.wompi.ignore_page = 30, True
        clicked = world.clock()
        reference = world.checkout(world.invoice())["reference"]
        tries(world, reference, 40)
        for hours in (1, 3, 9, 25, 73, 97):  # the last ordinary time is 72 hours after the click
            world.clock.now = clicked + timedelta(hours=hours)
            world.work()
        checkout = world.bridge.store.checkout(reference)
        assert checkout is not None
        assert checkout.ask_at == clicked + timedelta(hours=97 + 24)
        world.wompi.ignore_page = False
        world.clock.advance(days=1)
        world.work()
        checkout = world.bridge.store.checkout(reference)
        assert checkout is not None
        assert checkout.ask_at is None


class TestByDay:
    @pytest.mark.parametrize(("most_rows", "omit_meta"), [(100, False), (100, True), (99, False), (1, False)])
    def test_T17_fewer_rows_a_page_than_were_asked_for(
        self, sqlite_world: World, most_rows: int, omit_meta: bool
    ) -> None:
        """100 for 200, with its own count and without: all 250 of a lost ledger are found."""
        world = sqlite_world
        world.wompi.most_rows, world.wompi.omit_meta = most_rows, omit_meta
        reference = world.checkout(world.invoice())["reference"]
        declined = tries(world, reference, 249 if most_rows > 1 else 9)
        paid = world.transact(reference, 5_950_000)
        forget_all(world)
        report = world.bridge.reconcile.run(since=SINCE, dry_run=False)
        assert (report.listed, report.touched_count, report.problems) == (len(declined) + 1, len(declined) + 1, [])
        assert paid in report.touched

    def test_T17_a_list_that_ends_short_is_a_problem(
        self, sqlite_world: World, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Wompi counts 250 and gives the first 100 again and again: the number that is missing is told, status 1."""
        world = sqlite_world
        reference = world.checkout(world.invoice())["reference"]
        tries(world, reference, 250)
        forget_all(world)
        world.wompi.most_rows, world.wompi.ignore_page = 100, True
        assert run_command(world) == 1
        assert "150 de 250" in capsys.readouterr().out

    def test_T17_complete_lists_end_with_0(self, sqlite_world: World) -> None:
        """Nothing waits, nothing is missing."""
        world = sqlite_world
        world.wompi.most_rows = 7
        tries(world, world.checkout(world.invoice())["reference"], 20)
        assert run_command(world) == 0


ODD: list[dict[str, Any]] = [
    {"amount_in_cents": 5_950_000.5},
    {"amount_in_cents": None},
    {"status": None},
    {"status": 1},
    {"currency": ["COP"]},
    {"amount_in_cents": -1},
]


class TestARowThatCannotBeRead:
    @pytest.mark.parametrize("odd", ODD, ids=str)
    def test_T17_it_hides_no_other_of_its_reference(
        self, sqlite_world: World, odd: dict[str, Any], capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Counted and named, status 1; the approved one beside it is booked."""
        world = sqlite_world
        reference = world.checkout(world.invoice())["reference"]
        (spoilt,) = tries(world, reference, 1)
        paid = world.transact(reference, 5_950_000)
        world.wompi.amend(spoilt, **odd)
        assert run_command(world) == 1
        assert world.state(paid) == "posted"
        told = capsys.readouterr().out
        assert told.count(spoilt) == 2  # among those to be looked at, and as a problem
        assert reference in told
        assert "no se pudieron leer: 1" in told

    def test_T17_it_is_looked_at_by_its_id(self, sqlite_world: World) -> None:
        """The list's row is spoilt, the transaction itself is not: the worker finds out by itself."""
        world = sqlite_world
        paid = world.pay(world.invoice())
        show = world.bridge.wompi._list

        def spoilt(*args: Any, **options: Any) -> Iterator[OddRow]:
            for row in show(*args, **options):
                assert isinstance(row, Transaction)
                yield OddRow("spoilt", transaction_id=row.id, reference=row.reference)

        world.bridge.wompi._list = spoilt
        report = reconcile(world, None)
        assert (world.state(paid), report.touched, len(report.problems)) == ("posted", [paid], 1)

    def test_T17_the_timer_goes_on_with_the_others(self, sqlite_world: World) -> None:
        """Of its reference and of other checkouts."""
        world = sqlite_world
        reference = world.checkout(world.invoice())["reference"]
        (spoilt,) = tries(world, reference, 1)
        world.wompi.amend(spoilt, status=None)
        paid = [world.transact(reference, 5_950_000), world.pay(world.invoice())]
        world.clock.advance(minutes=10)
        world.work()
        assert [world.state(transaction) for transaction in paid] == ["posted", "posted"]
        assert world.state(spoilt) == "due"

    def test_T17_a_click_takes_it_for_no_answer(self, sqlite_world: World) -> None:
        """It may be a payment under way: the reference is not used again."""
        world = sqlite_world
        invoice = world.invoice()
        reference = world.checkout(invoice)["reference"]
        assert world.checkout(invoice)["reference"] == reference
        (spoilt,) = tries(world, reference, 1)
        world.wompi.amend(spoilt, status=None)
        assert fields_of(world.press(invoice))["reference"] != reference
        assert world.state(spoilt) == "due"

    @pytest.mark.parametrize(
        "foreign",
        [
            "Pedido 123",
            "año-2026",
            "O'Brien",
            "x" * 256,
            "",
            None,
            "a\x00b",
            "INV1042-77-5950000-AAAAAAAAAAAAAAAAAAAAAAAAA",
        ],
        ids=repr,
    )
    def test_T17_of_another_shop_it_is_passed_over(self, world: World, foreign: str | None) -> None:
        """A reference that can be read and is none of ours: it must not make every reconcile red for ever."""
        paid = world.pay(world.invoice())
        (spoilt,) = tries(world, "S1", 1)
        world.wompi.amend(spoilt, reference=foreign, amount_in_cents="many")
        (readable,) = tries(world, "S2", 1)
        world.wompi.amend(readable, reference=foreign)
        report = reconcile(world)
        assert (report.problems, report.unread) == ([], 0)
        assert [world.state(name) for name in (paid, spoilt, readable)] == ["posted", "-", "-"]

    @pytest.mark.parametrize("reference", [5, {"a": 1}, ["INV1"]], ids=repr)
    def test_T17_whose_it_is_nobody_can_say(self, sqlite_world: World, reference: object) -> None:
        """The reference itself cannot be read: it may be ours, so it is named and looked at."""
        world = sqlite_world
        (spoilt,) = tries(world, "S1", 1)
        world.wompi.amend(spoilt, reference=reference)
        report = world.bridge.reconcile.run(since=SINCE, dry_run=False)
        assert (report.unread, report.touched) == (1, [spoilt])
        assert spoilt in report.problems[0]

    def test_T17_a_dry_run_touches_nothing(self, sqlite_world: World) -> None:
        """It says the same."""
        world = sqlite_world
        reference = world.checkout(world.invoice())["reference"]
        (spoilt,) = tries(world, reference, 1)
        world.wompi.amend(spoilt, status=None)
        report = world.bridge.reconcile.run(since=SINCE, dry_run=True)
        assert (report.unread, report.touched, world.state(spoilt)) == (1, [spoilt], "-")

    def test_T17_what_a_person_has_dismissed_is_not_told_again(self, sqlite_world: World) -> None:
        """Somebody has looked at it, and said so."""
        world = sqlite_world
        reference = world.checkout(world.invoice())["reference"]
        (spoilt,) = tries(world, reference, 1)
        world.wompi.amend(spoilt, status=None)
        reconcile(world)
        world.bridge.database.write(
            lambda connection: connection.exec_driver_sql("UPDATE payments SET state = 'closed', dismissed = 1")
        )
        report = reconcile(world)
        assert (report.problems, report.unread) == ([], 0)


class TestWhatTheLedgerCannotHold:
    def test_T12_one_row_ends_nothing(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """What is kept of it is refused at the border: it is counted, named and looked at by its id, and the others
        are booked."""
        reference = world.checkout(world.invoice())["reference"]
        (spoilt,) = tries(world, reference, 1)
        paid = world.transact(reference, 5_950_000)
        keep: Callable[..., Seen] = Seen.of

        def border(transaction: Any, **options: Any) -> Seen:
            if transaction.id == spoilt:
                raise OddAnswer("the ledger cannot hold it")
            return keep(transaction, **options)

        monkeypatch.setattr(Seen, "of", border)
        forget_all(world)
        report = reconcile(world)
        assert (world.state(paid), world.state(spoilt)) == ("posted", "due")
        assert (report.unread, report.listed) == (1, 2)
        assert spoilt in report.problems[0]
