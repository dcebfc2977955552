"""Many questions at a time: never more than allowed, never faster than allowed, and any number in the same memory."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any, NoReturn

import pytest

from tests.booking.test_reconcile import list_calls
from tests.world import World
from whmcs_bridge.booking import reconcile_report
from whmcs_bridge.booking.fan_out import FanOut
from whmcs_bridge.booking.pacing import CircuitBreaker, RateLimiter, Upstream
from whmcs_bridge.booking.reconcile import SIDE_BY_SIDE
from whmcs_bridge.booking.reconcile_report import Report
from whmcs_bridge.ledger import rows
from whmcs_bridge.ledger.records import Checkout
from whmcs_bridge.messages import Text
from wompi_gateway.errors import AccessRefused, NoAnswer, OddAnswer
from wompi_gateway.models import Transaction

pytestmark = pytest.mark.slow

PATIENCE = 20.0


def open_checkouts(world: World, count: int) -> list[str]:
    """So many open checkouts, whose time to be asked about has come for all at the same moment, on invoices that nobody
    looks at. Returns their references."""
    invoice = world.invoice()
    first = world.bridge.store.checkout(world.checkout(invoice)["reference"])
    assert first is not None
    for number in range(1, count):
        another = replace(first, reference=f"{first.reference[:-1]}{number:06}A"[-64:], invoice_id=invoice + number)
        world.bridge.store.open_checkout(another, unless_newer_than=None)
    world.clock.advance(minutes=10)
    return [checkout.reference for checkout in world.bridge.store.walk_open_checkouts()]


class Wompi:
    """Wompi's list, which answers as a test likes, and how it was asked."""

    def __init__(self, world: World, answer: Callable[[str], list[Transaction]] = lambda _reference: []) -> None:
        self.asked: list[str] = []
        self.most = 0
        self._under_way = 0
        self._lock = threading.Lock()
        self._answer = answer
        world.bridge.wompi.transactions_by_reference = self._ask  # type: ignore[assignment]  # a stand-in

    def _ask(self, reference: str) -> list[Transaction]:
        with self._lock:
            self.asked.append(reference)
            self._under_way += 1
            self.most = max(self.most, self._under_way)
        try:
            return self._answer(reference)
        finally:
            with self._lock:
                self._under_way -= 1


class TestSeveralAtOnce:
    def test_the_command_keeps_as_many_questions_under_way_as_allowed(self, sqlite_world: World) -> None:
        """Each question waits until four others are under way: all twenty are answered, and never six at once."""
        together = threading.Barrier(SIDE_BY_SIDE)

        def wait_for_the_others(_reference: str) -> list[Transaction]:
            together.wait(PATIENCE)
            return []

        references = open_checkouts(sqlite_world, 4 * SIDE_BY_SIDE)
        wompi = Wompi(sqlite_world, wait_for_the_others)
        report = sqlite_world.bridge.reconcile.run(since=None, dry_run=True)
        assert (report.checkouts, report.problems) == (len(references), [])
        assert sorted(wompi.asked) == sorted(references)
        assert wompi.most == SIDE_BY_SIDE

    def test_so_does_the_timer(self, sqlite_world: World) -> None:
        """And notes for each when to ask next."""
        together = threading.Barrier(SIDE_BY_SIDE)

        def wait_for_the_others(_reference: str) -> list[Transaction]:
            together.wait(PATIENCE)
            return []

        open_checkouts(sqlite_world, 2 * SIDE_BY_SIDE)
        wompi = Wompi(sqlite_world, wait_for_the_others)
        sqlite_world.work()
        assert (len(wompi.asked), wompi.most) == (2 * SIDE_BY_SIDE, SIDE_BY_SIDE)
        again = {checkout.ask_at for checkout in sqlite_world.bridge.store.walk_open_checkouts()}
        assert again == {sqlite_world.clock() + timedelta(minutes=20)}

    def test_booked_payments_are_counted_by_as_many_calls_as_whmcs_may_be_given(self, sqlite_world: World) -> None:
        """``WHMCS_PARALLEL`` is four: eight payments, each of which waits for three others."""
        world, together = sqlite_world, threading.Barrier(4)
        for _ in range(8):
            world.event(world.pay(world.invoice()))
        world.work()
        payments = world.bridge.whmcs.payments

        def wait_for_the_others(transaction_id: str) -> object:
            together.wait(PATIENCE)
            return payments(transaction_id)

        world.bridge.whmcs.payments = wait_for_the_others  # type: ignore[assignment]  # a stand-in
        report = world.bridge.reconcile.run(since=None, dry_run=True)
        assert (report.counted, report.problems) == (8, [])


class TestTheTimerMakesWay:
    def test_it_breaks_off_after_a_few_when_a_payment_has_come(self, sqlite_world: World) -> None:
        """Five are asked about however busy the worker is; then the payment is looked at first."""
        open_checkouts(sqlite_world, 4 * SIDE_BY_SIDE)
        wompi = Wompi(sqlite_world)
        assert sqlite_world.bridge.reconcile.follow_checkouts(lambda: True)
        assert len(wompi.asked) == SIDE_BY_SIDE

    def test_it_breaks_off_when_it_has_found_one_itself(self, sqlite_world: World) -> None:
        """Money that was found is booked before the next checkouts are asked about."""
        world = sqlite_world
        transaction = world.bridge.wompi.transaction(world.pay(world.invoice()))
        open_checkouts(world, 4 * SIDE_BY_SIDE)
        all_begun, found, touch = threading.Barrier(SIDE_BY_SIDE), threading.Event(), world.bridge.store.touch

        def paid(reference: str) -> list[Transaction]:
            if len(wompi.asked) <= SIDE_BY_SIDE:
                all_begun.wait(PATIENCE)
            else:
                found.wait(PATIENCE)
            return [transaction] if reference == transaction.reference else []

        def touched(*told: Any) -> None:
            touch(*told)
            found.set()

        world.bridge.store.touch = touched  # type: ignore[assignment]  # a stand-in
        wompi = Wompi(world, paid)
        assert world.bridge.reconcile.follow_checkouts()
        assert world.state(transaction.id) == "due"
        # Of those that were asked beside it and after it, none was answered before.
        assert SIDE_BY_SIDE <= len(wompi.asked) < 2 * SIDE_BY_SIDE

    def test_it_breaks_off_when_wompi_takes_its_time(self, sqlite_world: World) -> None:
        """Payments that another process has heard of wait for it, and so does the heartbeat: seconds, not minutes."""
        world = sqlite_world
        open_checkouts(world, 40)

        def slow(_reference: str) -> list[Transaction]:
            world.clock.advance(seconds=6)
            return []

        wompi = Wompi(world, slow)
        assert world.bridge.reconcile.follow_checkouts()
        assert SIDE_BY_SIDE <= len(wompi.asked) < 2 * SIDE_BY_SIDE

    def test_a_host_that_allows_no_more_threads_stops_it_for_a_while_only(self, sqlite_world: World) -> None:
        """The question that could not be asked is not under way: after a failure of Wompi's the timer goes on."""
        world = sqlite_world
        open_checkouts(world, 1)
        pool = world.bridge.reconcile._ask_wompi._pool
        submit = pool.submit

        def cannot(*_told: object) -> object:
            raise RuntimeError("can't start new thread")

        pool.submit = cannot  # type: ignore[assignment]  # a stand-in
        with pytest.raises(RuntimeError):
            world.bridge.reconcile.follow_checkouts()
        pool.submit = submit
        world.wompi.faults.add("*", "500", times=2)
        world.bridge.reconcile.follow_checkouts()
        world.clock.advance(hours=1)
        calls = len(world.wompi.calls)
        world.bridge.reconcile.follow_checkouts()
        assert len(world.wompi.calls) > calls

    def test_it_reads_no_more_than_it_may_use(self, sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """Of many that are due it takes four seconds' worth at the allowed rate."""
        open_checkouts(sqlite_world, 60)
        read: list[int] = []
        to_ask = sqlite_world.bridge.store.checkouts_to_ask

        def counted(**options: Any) -> list[Checkout]:
            found = to_ask(**options)
            read.append(len(found))
            return found

        monkeypatch.setattr(sqlite_world.bridge.store, "checkouts_to_ask", counted)
        wompi = Wompi(sqlite_world)
        sqlite_world.work()
        assert read == [40, 20, 0]
        assert len(wompi.asked) == 60


class TestWompiIsDown:
    @staticmethod
    def refuse(error: Exception) -> Callable[[str], list[Transaction]]:
        def answer(_reference: str) -> list[Transaction]:
            raise error

        return answer

    def test_the_timer_leaves_it_alone_after_two_failures_in_a_row(self, sqlite_world: World) -> None:
        """Those that were under way together count as one; then one probe, then a pause of five seconds."""
        open_checkouts(sqlite_world, 20)
        wompi = Wompi(sqlite_world, self.refuse(NoAnswer("down")))
        sqlite_world.work()
        sqlite_world.work()
        assert SIDE_BY_SIDE < len(wompi.asked) <= SIDE_BY_SIDE + 1
        sqlite_world.clock.advance(seconds=5)
        before = len(wompi.asked)
        sqlite_world.work()
        assert len(wompi.asked) == before + 1

    def test_a_key_that_is_refused_is_shown_once_a_quarter_of_an_hour(self, sqlite_world: World) -> None:
        """The few that were under way, and no more for fifteen minutes."""
        open_checkouts(sqlite_world, 20)
        wompi = Wompi(sqlite_world, self.refuse(AccessRefused("no")))
        for seconds in (0, 100, 799):
            sqlite_world.clock.advance(seconds=seconds)
            sqlite_world.work()
        assert 1 <= len(wompi.asked) <= SIDE_BY_SIDE

    def test_T18_a_pause_that_wompi_names_is_bounded(self, sqlite_world: World) -> None:
        """429 with ``Retry-After: 99999``: this checkout is asked about again after five minutes, not in 28 hours."""
        (reference,) = open_checkouts(sqlite_world, 1)
        sqlite_world.wompi.faults.add("transactions", "429", retry_after=99_999)
        sqlite_world.work()
        checkout = sqlite_world.bridge.store.checkout(reference)
        assert checkout is not None
        assert checkout.ask_at == sqlite_world.clock() + timedelta(minutes=5)

    def test_the_command_gives_up_after_three_failures_in_a_row(self, sqlite_world: World) -> None:
        """It says so, and asks nobody else; what is booked is still counted in WHMCS."""
        world = sqlite_world
        world.event(world.pay(world.invoice()))
        world.work()
        open_checkouts(world, 30)
        wompi = Wompi(world, self.refuse(NoAnswer("down")))
        report = world.bridge.reconcile.run(since=None, dry_run=False)
        assert SIDE_BY_SIDE + 2 >= len(wompi.asked) >= 3
        assert (report.problems[-1], report.counted) == ("Wompi: down", 1)

    def test_an_odd_answer_is_about_one_checkout(self, sqlite_world: World) -> None:
        """However many of them there are, the others are asked about."""
        references = open_checkouts(sqlite_world, 12)
        wompi = Wompi(sqlite_world, self.refuse(OddAnswer("odd")))
        report = sqlite_world.bridge.reconcile.run(since=None, dry_run=True)
        assert sorted(wompi.asked) == sorted(references)
        assert (report.checkouts, len(report.problems)) == (12, 12)


class TestMemory:
    def test_any_number_of_checkouts_takes_the_same(self, sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """Two hundred open checkouts in pages of ten: no more than a page and those under way are ever in memory."""
        references = open_checkouts(sqlite_world, 200)
        monkeypatch.setattr(rows, "PAGE", 10)
        most: list[int] = []
        one_looks = threading.Lock()

        def held() -> int:
            return sum(type(one) is Checkout for one in gc.get_objects())

        def count(_reference: str) -> list[Transaction]:
            # In turn: a list of all objects keeps them alive. Now and then: it is a long list.
            with one_looks:
                if len(wompi.asked) % 10 == 0:
                    most.append(held())
            return []

        wompi = Wompi(sqlite_world, count)
        gc.collect()
        before = held()
        report = sqlite_world.bridge.reconcile.run(since=None, dry_run=True)
        assert sorted(wompi.asked) == sorted(references)
        assert report.checkouts == 200
        # A page is let go when the next one has been read.
        assert max(most) - before <= 2 * 10 + SIDE_BY_SIDE + 1

    def test_of_very_many_the_first_are_named_and_all_are_counted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A report of a hundred thousand stays a page long."""
        monkeypatch.setattr(reconcile_report, "_MOST_NAMED", 2)
        report = Report()
        report.touch(["a", "b", "c"])
        for sentence in ("x", "y", "z"):
            report.problem(Text.same(sentence))
        assert (report.touched, report.touched_count) == (["a", "b"], 3)
        assert (report.problems, report.problem_count) == (["x", "y"], 3)

    def test_pages_of_one_moment_leave_none_out(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """Checkouts of the same millisecond are told apart by their references, on every database."""
        references = open_checkouts(world, 7)
        monkeypatch.setattr(rows, "PAGE", 3)
        assert [one.reference for one in world.bridge.store.walk_open_checkouts()] == references
        assert len(set(references)) == 7


class TestTheRateLimiter:
    def test_calls_are_a_beat_apart(self) -> None:
        """Ten a second: of four that come at once, three wait, and one that comes late does not."""
        now, pauses = 100.0, []

        def pause(seconds: float) -> None:
            nonlocal now
            pauses.append(round(seconds, 6))
            now += seconds

        rate_limiter = RateLimiter(10, lambda: now, pause)
        for _ in range(4):
            rate_limiter.wait()
        now += 0.07
        rate_limiter.wait()
        now += 5
        rate_limiter.wait()
        assert pauses == [0.1, 0.1, 0.1, 0.03]

    def test_every_question_of_command_and_timer_keeps_the_beat(
        self, sqlite_world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """One beat for each call to Wompi: by reference, and for each page of the list."""
        world, beats = sqlite_world, threading.Semaphore(0)
        monkeypatch.setattr(RateLimiter, "wait", lambda _self: beats.release())
        open_checkouts(world, 3)
        calls = list_calls(world)
        world.bridge.reconcile.run(since=world.clock().date(), dry_run=True)
        world.work()
        made = list_calls(world) - calls
        assert made == 7
        assert all(beats.acquire(blocking=False) for _ in range(made))
        assert not beats.acquire(blocking=False)


def _no_answer(_: int) -> NoReturn:
    raise NoAnswer("down")


class TestFanOut:
    @pytest.fixture
    def fan_out(self) -> Iterator[FanOut]:
        """Two threads."""
        with closing(FanOut(2, "test")) as made:
            yield made

    def test_who_stops_listening_leaves_nothing_under_way(self, fan_out: FanOut, sqlite_world: World) -> None:
        """The circuit breaker is told of every call that was begun: otherwise it would wait for them for ever."""
        breaker = CircuitBreaker(sqlite_world.clock)
        with closing(fan_out.each(range(10), _no_answer, breaker)) as answers:
            assert next(answers).item in (0, 1)
        assert breaker.begin() is not None

    def test_a_source_that_breaks_leaves_nothing_under_way(self, fan_out: FanOut, sqlite_world: World) -> None:
        """A database that cannot be read amid the walk: the error comes out, and the circuit breaker is in order."""

        def source() -> Iterator[int]:
            yield 1
            raise ValueError("no")

        breaker = CircuitBreaker(sqlite_world.clock)
        with pytest.raises(ValueError, match="no"):
            list(fan_out.each(source(), _no_answer, breaker))
        breaker.end(breaker.begin() or 0, Upstream.DOWN)
        assert breaker.begin() is not None
