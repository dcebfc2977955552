"""Payouts by Wompi's API: both lists to their ends, nothing of a bank account kept, whatever is odd told."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.world import World, make_world
from whmcs_bridge.settlements.pulling import Pulled

SINCE = date(2026, 11, 1)
PAID_ON = datetime(2026, 11, 3, 15, tzinfo=UTC).timestamp()
PAID_OUT_ON = date(2026, 11, 4)


def paid(world: World, count: int = 1) -> list[str]:
    """Payments of 3 November that are booked."""
    found = [world.pay(world.invoice(), created_at=PAID_ON + number) for number in range(count)]
    for transaction in found:
        world.event(transaction)
    world.work()
    return found


def pull(world: World) -> Pulled:
    return world.bridge.settlements.pull(SINCE)


def findings(world: World) -> list[tuple[str, str | None]]:
    return [(one.kind.value, one.transaction_id) for one in world.bridge.settlements.month("2026-11").findings]


class TestPulling:
    def test_a_payout_and_its_transactions(self, sqlite_world: World) -> None:
        """By Wompi's number, with the sum of the payout; what was charged is not told by the API."""
        world = sqlite_world
        paid(world, 2)
        payout = world.wompi.payouts.pay_out(PAID_OUT_ON)
        done = pull(world)
        assert (done.payouts, done.transactions, done.problems) == (1, 2, [])
        month = world.bridge.settlements.month("2026-11")
        assert [(one.id, one.day, one.amount_in_cents, one.payments) for one in month.payouts] == [
            (str(payout.id), "2026-11-04", payout.amount_in_cents, 2)
        ]
        assert (month.sums.payments, month.sums.gross, month.sums.without_report) == (2, 11_900_000, 2)
        assert month.findings == []

    def test_twice_changes_nothing(self, sqlite_world: World) -> None:
        """Nor does it after the report, whose figures stay."""
        world = sqlite_world
        paid(world, 2)
        payout = world.wompi.payouts.pay_out(PAID_OUT_ON)
        pull(world)
        name, text = world.wompi.payouts.report(payout)
        path = Path(world.settings["BRIDGE_DATABASE_URL"].removeprefix("sqlite:///")).with_name(name)
        path.write_text(text, "utf-8")
        done = world.bridge.settlements.import_file(path)
        assert (done.new, done.changed, done.off) == (0, 0, 0)
        before = world.bridge.settlements.month("2026-11")
        assert pull(world).new == 0
        assert world.bridge.settlements.month("2026-11") == before
        assert before.sums.net == payout.amount_in_cents
        assert before.sums.without_report == 0

    def test_no_bank_account_is_kept(self, sqlite_world: World, tmp_path: Path) -> None:
        """Its number comes with each payout, and is in no file of ours."""
        world = sqlite_world
        paid(world)
        world.wompi.payouts.pay_out(PAID_OUT_ON)
        pull(world)
        assert b"12345678901" not in b"".join(file.read_bytes() for file in tmp_path.glob("bridge.db*"))

    @pytest.mark.parametrize("most_rows", [200, 7])
    def test_both_lists_are_read_to_their_count(self, sqlite_world: World, most_rows: int) -> None:
        """Wompi gives fewer rows a page than were asked for: thirty payouts of one payment each."""
        world = sqlite_world
        world.wompi.most_rows = most_rows
        for number in range(30):
            made = world.transact(f"Pedido {number}", 5_000_000, created_at=PAID_ON + number)
            world.wompi.payouts.pay_out(PAID_OUT_ON, [made])
        done = pull(world)
        assert (done.payouts, done.transactions, done.problems) == (30, 30, [])
        assert world.bridge.settlements.month("2026-11").others == 30

    def test_without_a_count_what_is_missing_is_told(self, sqlite_world: World) -> None:
        """A server that gives the first page again and again."""
        world = sqlite_world
        world.wompi.omit_meta = world.wompi.ignore_page = True
        world.wompi.most_rows = 200
        for number in range(201):
            made = world.transact(f"Pedido {number}", 5_000_000, created_at=PAID_ON + number)
            world.wompi.payouts.pay_out(PAID_OUT_ON, [made])
        assert len([problem for problem in pull(world).problems if "antes de tiempo" in problem]) == 2

    def test_no_list_of_payouts(self, sqlite_world: World) -> None:
        """It is undocumented and may go: the transactions tell of their payouts as well."""
        world = sqlite_world
        paid(world)
        payout = world.wompi.payouts.pay_out(PAID_OUT_ON)
        world.wompi.faults.add("disbursements", "error", status=404)
        done = pull(world)
        assert ["no ofrece la lista" in problem for problem in done.problems] == [True]
        assert [one.id for one in world.bridge.settlements.month("2026-11").payouts] == [str(payout.id)]

    def test_what_is_odd_is_told_and_hides_no_other(self, sqlite_world: World) -> None:
        """A payout that was not made, one without a sum, and one as it should be; the list has the newest first."""
        world = sqlite_world
        for change in ({"status": "DECLINED"}, {"amount_in_cents": None}, {}):
            world.wompi.payouts.pay_out(PAID_OUT_ON, []).changes = change
        done = pull(world)
        assert done.payouts == 1
        assert ["amount_in_cents" in done.problems[0], "DECLINED" in done.problems[1]] == [True, True]

    def test_wompi_is_down(self, sqlite_world: World) -> None:
        """Told, and nothing is changed."""
        world = sqlite_world
        world.wompi.go_down()
        done = pull(world)
        assert len(done.problems) == 2
        assert world.bridge.settlements.month("2026-11").payouts == []

    def test_a_payment_that_only_wompi_knows(self, sqlite_world: World) -> None:
        """Its reference proves that it is ours, though the database has forgotten it."""
        world = sqlite_world
        (transaction,) = paid(world)
        for table in ("payments", "checkouts", "events", "journal"):
            world.forget(table)
        world.wompi.payouts.pay_out(PAID_OUT_ON)
        pull(world)
        assert findings(world) == [("paid_out_not_booked", transaction)]


class TestTheWorker:
    def test_pulls_once_a_day_in_the_afternoon_if_it_is_set(self, tmp_path: Path) -> None:
        """At four minutes past ten not yet; at noon once, and the next day again."""
        with make_world(tmp_path, BRIDGE_SETTLEMENTS_PULL="daily") as world:
            world.work()
            assert lists_asked(world) == 0
            world.clock.advance(hours=2)
            world.work()
            world.work()
            assert lists_asked(world) == 1
            world.clock.advance(hours=24)
            world.work()
            assert lists_asked(world) == 2

    def test_one_of_several_workers_pulls(self, tmp_path: Path) -> None:
        """The day is taken in the database."""
        with make_world(tmp_path, BRIDGE_SETTLEMENTS_PULL="daily") as world:
            world.clock.advance(hours=2)
            assert world.bridge.settlements._table.begin_pull("2026-11-21")
            world.work()
            assert lists_asked(world) == 0

    def test_is_off_unless_it_is_set(self, sqlite_world: World) -> None:
        """No call that nobody asked for."""
        sqlite_world.clock.advance(hours=2)
        sqlite_world.work()
        assert lists_asked(sqlite_world) == 0


def lists_asked(world: World) -> int:
    return len([call for call in world.wompi.calls if call.path == "/v1/disbursements"])
