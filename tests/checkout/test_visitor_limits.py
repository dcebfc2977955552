"""Budgets and the pages' circuit breaker: what a visitor may cost, and what happens while Wompi does not answer."""

from __future__ import annotations

import ipaddress
from functools import partial

import pytest

from tests.world import Hands
from whmcs_bridge.checkout.visitor_limits import Breaker, Budget, NotAsked, VisitorLimits
from whmcs_bridge.web.addresses import client_address, subscriber
from wompi_gateway.errors import AccessRefused, ApiError, NoAnswer, NotFound, OddAnswer

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
PROXIES = (*LOOPBACK, ipaddress.ip_network("10.0.0.0/8"))


def fail(error: Exception) -> None:
    raise error


class TestABudget:
    def test_T19_so_many_at_once_and_then_so_many_a_second(self) -> None:
        """30 calls, then none; a second later one; a long while later 30 again and not more."""
        clock = Hands()
        budget = Budget(clock.ticks, at_once=30, a_second=1)
        assert [budget.spend("a") for _ in range(31)] == [True] * 30 + [False]
        assert budget.wait("a") == 1.0
        clock.advance(seconds=1)
        assert [budget.spend("a") for _ in range(2)] == [True, False]
        clock.advance(hours=5)
        assert [budget.spend("a") for _ in range(31)] == [True] * 30 + [False]

    def test_T19_each_payer_has_its_own(self) -> None:
        """What one has used up the other still has."""
        budget = Budget(Hands().ticks, at_once=1, a_second=1)
        assert [budget.spend("a"), budget.spend("a"), budget.spend("b")] == [True, False, True]

    def test_T19_several_calls_are_paid_for_together_or_not_at_all(self) -> None:
        """Seven of ten, then not seven, then three."""
        budget = Budget(Hands().ticks, at_once=10, a_second=2)
        assert [budget.spend("a", 7), budget.spend("a", 7), budget.wait("a", 7)] == [True, False, 2.0]
        assert [budget.spend("a", 3), budget.spend("a", 1)] == [True, False]

    def test_T19_memory_is_bounded(self) -> None:
        """100,000 addresses leave 10,000 behind; the last of them is still remembered."""
        budget = Budget(Hands().ticks, at_once=1, a_second=1)
        for number in range(100_000):
            budget.spend(number)
        assert len(budget._left) == 10_000
        assert not budget.spend(99_999)

    def test_T19_a_clock_that_goes_back_gives_and_takes_nothing(self) -> None:
        """The budget is what it was."""
        clock = Hands()
        budget = Budget(clock.ticks, at_once=2, a_second=1)
        budget.spend("a")
        clock.advance(days=-400)
        assert [budget.spend("a"), budget.spend("a")] == [True, False]
        clock.advance(seconds=1)
        assert budget.spend("a")


class TestStrangers:
    def test_T19_together_have_a_budget_as_well(self) -> None:
        """A thousand addresses that ask once each: 60 calls at once, then five a second."""
        clock = Hands()
        visitor_limits, paid = VisitorLimits(clock.ticks), 0

        def flood(first: int) -> int:
            made = 0
            for number in range(first, first + 1000):
                try:
                    visitor_limits.stranger(f"198.51.{number // 250}.{number % 250}")
                    made += 1
                except NotAsked:
                    continue
            return made

        paid = flood(0)
        clock.advance(seconds=1)
        assert (paid, flood(1000)) == (60, 5)

    def test_T19_take_nothing_from_payers(self) -> None:
        """However much strangers have asked: an invoice's budget is whole, and so is a link's."""
        visitor_limits = VisitorLimits(Hands().ticks)
        for number in range(100):
            try:
                visitor_limits.stranger(str(number))
            except NotAsked:
                continue
        assert visitor_limits.invoice(1042, 77) is visitor_limits.breaker

    def test_T19_an_invoice_pays_for_twenty_and_then_one_in_two_seconds(self) -> None:
        """Whatever its holder does with the mark; another invoice has its own."""
        clock = Hands()
        visitor_limits = VisitorLimits(clock.ticks)
        for _ in range(20):
            visitor_limits.invoice(1042, 77)
        with pytest.raises(NotAsked):
            visitor_limits.invoice(1042, 77)
        visitor_limits.invoice(1043, 77)
        clock.advance(seconds=2)
        visitor_limits.invoice(1042, 77)
        with pytest.raises(NotAsked):
            visitor_limits.invoice(1042, 77)


class TestTheBreaker:
    def test_T19_lets_one_call_through_in_five_seconds_while_wompi_fails(self) -> None:
        """Two failures in a row, then a pause: nobody waits for Wompi. A call that succeeds ends it."""
        clock = Hands()
        breaker = Breaker(clock.ticks, "test")
        for _ in range(2):
            with pytest.raises(NoAnswer, match="down"):
                breaker.call(lambda: fail(NoAnswer("down")))
        with pytest.raises(NotAsked):
            breaker.call(lambda: 1)
        clock.advance(seconds=5)
        with pytest.raises(NoAnswer, match="still"):
            breaker.call(lambda: fail(NoAnswer("still")))
        with pytest.raises(NotAsked):
            breaker.call(lambda: 1)
        clock.advance(seconds=5)
        assert [breaker.call(lambda: 1), breaker.call(lambda: 2)] == [1, 2]

    def test_T19_one_probe_at_a_time(self) -> None:
        """While the probe waits for its answer, nobody else is sent after it."""
        clock = Hands()
        breaker = Breaker(clock.ticks, "test")
        for _ in range(2):
            with pytest.raises(NoAnswer):
                breaker.call(lambda: fail(NoAnswer("down")))
        clock.advance(seconds=5)

        def probe() -> str:
            with pytest.raises(NotAsked):
                breaker.call(lambda: 1)
            return "well"

        assert breaker.call(probe) == "well"

    @pytest.mark.parametrize(("named", "kept"), [(1.0, 5), (20.0, 20), (99_999.0, 60)])
    def test_T18_a_pause_that_wompi_names_is_kept_within_a_minute(self, named: float, kept: int) -> None:
        """At the first 429 that names one; never shorter than ours, and never longer than a minute."""
        clock = Hands()
        breaker = Breaker(clock.ticks, "test")
        with pytest.raises(NoAnswer, match="429"):
            breaker.call(lambda: fail(NoAnswer("429", retry_after=named)))
        clock.advance(seconds=kept - 1)
        with pytest.raises(NotAsked):
            breaker.call(lambda: 1)
        clock.advance(seconds=1)
        assert breaker.call(lambda: 1) == 1

    @pytest.mark.parametrize("error", [NotFound("404"), OddAnswer("odd"), ApiError("422")])
    def test_T19_an_answer_about_one_id_is_no_failure(self, error: ApiError) -> None:
        """Made-up ids that Wompi does not know make no pause, and end the count of failures."""
        breaker = Breaker(Hands().ticks, "test")
        for answer in (NoAnswer("down"), error, NoAnswer("down"), error, AccessRefused("401")):
            with pytest.raises(type(answer)):
                breaker.call(partial(fail, answer))
        assert breaker.call(lambda: 1) == 1

    def test_T19_a_fault_of_ours_says_nothing_of_wompi(self) -> None:
        """A database that is down neither opens the breaker nor closes it."""
        breaker = Breaker(Hands().ticks, "test")
        for _ in range(5):
            with pytest.raises(ZeroDivisionError):
                breaker.call(lambda: fail(ZeroDivisionError()))
        assert breaker.call(lambda: 1) == 1


class TestWhoAsks:
    @pytest.mark.parametrize(
        ("peer", "forwarded_for", "client"),
        [
            ("203.0.113.9", None, "203.0.113.9"),
            # Forged: the peer is no proxy of ours.
            ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
            ("203.0.113.9", "127.0.0.1", "203.0.113.9"),
            # A trusted proxy: its last hop, and what stands before it is hearsay.
            ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
            ("127.0.0.1", "192.0.2.66, 198.51.100.1", "198.51.100.1"),
            ("127.0.0.1", "192.0.2.66,198.51.100.1 , 10.1.2.3", "198.51.100.1"),
            ("10.1.2.3", "127.0.0.1, 198.51.100.1", "198.51.100.1"),
            # Nothing but proxies: the one that is farthest away.
            ("127.0.0.1", "10.1.2.3, 10.9.9.9", "10.1.2.3"),
            # The forms in which a hop is written.
            ("127.0.0.1", "198.51.100.1:41000", "198.51.100.1"),
            ("127.0.0.1", "[2001:db8::7]:41000", "2001:db8::7"),
            ("127.0.0.1", '"[2001:db8::7]"', "2001:db8::7"),
            ("127.0.0.1", "2001:db8::7", "2001:db8::7"),
            ("127.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
            ("::ffff:127.0.0.1", "198.51.100.1", "198.51.100.1"),
            ("::1", "198.51.100.1", "198.51.100.1"),
            # None of these is an address: the peer.
            ("127.0.0.1", "", "127.0.0.1"),
            ("127.0.0.1", "unknown", "127.0.0.1"),
            ("127.0.0.1", "198.51.100.1, ", "127.0.0.1"),
            ("127.0.0.1", "198.51.100.1, 999.1.1.1", "127.0.0.1"),
            ("127.0.0.1", "198.51.100.1:port", "127.0.0.1"),
            ("10.1.2.3", "<script>, 10.7.7.7", "10.1.2.3"),
            # A socket of this machine has no address.
            (None, None, "127.0.0.1"),
            ("", "198.51.100.1", "198.51.100.1"),
            ("unix:", "198.51.100.1", "198.51.100.1"),
        ],
    )
    def test_T19_is_the_peer_or_the_last_hop_before_a_trusted_proxy(
        self, peer: str | None, forwarded_for: str | None, client: str
    ) -> None:
        """A12: a forged header moves nobody."""
        assert str(client_address(peer, forwarded_for, PROXIES)) == client

    def test_T19_a_header_without_end_costs_little(self) -> None:
        """30,000 characters of proxies: the last few are read."""
        assert str(client_address("127.0.0.1", "198.51.100.1" + ",10.0.0.1" * 3000, PROXIES)) == "10.0.0.1"

    @pytest.mark.parametrize(
        ("one", "other", "same"),
        [
            ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", True),
            ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
            ("198.51.100.1", "198.51.100.2", False),
        ],
    )
    def test_T19_a_subscriber_of_ipv6_has_a_64(self, one: str, other: str, same: bool) -> None:
        """Of IPv4 each address is somebody."""
        told = [subscriber(client_address(address, None, LOOPBACK)) for address in (one, other)]
        assert (told[0] == told[1]) is same
