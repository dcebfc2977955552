"""A wait that is measured by a stopwatch: what is kept of it, and what is believed of what was kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from whmcs_bridge.ledger.waiting import Timer, this_boot

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
NOON_IN_MS = 1_795_262_400_000
SECOND = timedelta(seconds=1)
RULE = timedelta(seconds=365)
WAIT = timedelta(seconds=300)


@dataclass
class Host:
    """A machine with its stopwatch, and the clock that everybody reads."""

    boot: str = "boot-a"
    shows: float = 1000.0
    timer: Timer = field(init=False)

    def __post_init__(self) -> None:
        self.timer = Timer(self.boot, lambda: self.shows, RULE)


def test_what_is_kept_is_short_ascii_text() -> None:
    """Boot, reading, length and end in milliseconds, and whether it was begun anew."""
    until, text = Host().timer.begin(NOON, WAIT)
    assert (until, text) == (NOON + WAIT, f"boot-a 1000000 300000 {NOON_IN_MS + 300_000} once")


def test_the_longest_text_fits_the_column() -> None:
    """120 letters, also for a boot's name of 47 and a stopwatch that has gone for years."""
    host = Host("2ad42617-c670-4843-8f8f-aecca8434d8f.4026531834", 10**9)
    assert len(host.timer.begin(datetime(9998, 1, 1, tzinfo=UTC), timedelta(days=1), again=True)[1]) <= 120


@pytest.mark.parametrize(("passed", "left"), [(0, 300), (299.999, 0.001), (300, 0), (9000, 0)])
def test_what_is_left_is_told_by_the_stopwatch_alone(passed: float, left: float) -> None:
    """Nothing else is asked."""
    host = Host()
    until, text = host.timer.begin(NOON, WAIT)
    host.shows += passed
    assert host.timer.left(text, until) == timedelta(seconds=left)


@pytest.mark.parametrize("step", [-31_536_000, -3600, 3600, 31_536_000])
def test_T13_a_step_of_the_clock_changes_nothing(step: int) -> None:
    """With 100 seconds left, the row's time is set to what is right by the clock as it is now."""
    host = Host()
    until, text = host.timer.begin(NOON, WAIT)
    host.shows += 200
    now = NOON + timedelta(seconds=200 + step)
    assert host.timer.judge(text, until, now)[0] == now + 100 * SECOND


def test_T13_what_was_put_off_goes_on_and_does_not_begin_anew() -> None:
    """The text of a row that was put off tells the same beginning."""
    host = Host()
    until, text = host.timer.begin(NOON, WAIT)
    host.shows += 200
    later = host.timer.judge(text, until, NOON + timedelta(hours=2))
    host.shows += 99
    assert host.timer.left(later[1], later[0]) == SECOND


def test_T14_what_is_over_is_over_although_the_clock_was_set_back() -> None:
    """The row is due now, not in a year."""
    host = Host()
    until, text = host.timer.begin(NOON + timedelta(days=365), WAIT)
    host.shows += 300
    assert host.timer.judge(text, until, NOON)[0] == NOON


def test_without_a_step_nothing_is_written() -> None:
    """Neither before the time, nor at it."""
    host = Host()
    until, text = host.timer.begin(NOON, WAIT)
    host.shows += 100
    assert host.timer.judge(text, until, NOON + timedelta(seconds=100)) == (until, text)
    host.shows += 200
    assert host.timer.judge(text, until, NOON + WAIT) == (until, text)


@pytest.mark.parametrize("other", [Host("boot-b", 5.0), Host("boot-b", 10.0**6), Host("boot-a", 500.0)])
class TestWhoCannotMeasure:
    """Another machine, another boot, or a machine that was put back to an earlier state."""

    def test_waits_until_it_is_due(self, other: Host) -> None:
        """It is left as it is."""
        until, text = Host().timer.begin(NOON, WAIT)
        assert other.timer.judge(text, until, NOON + WAIT - SECOND) == (until, text)

    def test_begins_it_anew_once(self, other: Host) -> None:
        """When it is due, for its own length; when that is over as well, whoever comes takes it."""
        until, text = Host().timer.begin(NOON, WAIT)
        until, text_again = other.timer.judge(text, until, NOON + WAIT)
        assert until == NOON + 2 * WAIT
        third = Host("boot-c", 7.0).timer
        assert third.judge(text_again, until, NOON + 2 * WAIT) == (until, text_again)

    def test_T13_measures_what_it_has_begun_anew(self, other: Host) -> None:
        """A step forward does not end it."""
        until, text = Host().timer.begin(NOON, WAIT)
        until, text_again = other.timer.judge(text, until, NOON + timedelta(hours=1))
        assert other.timer.judge(text_again, until, NOON + timedelta(hours=5))[0] == NOON + timedelta(hours=5) + WAIT

    def test_T14_an_impossible_time_begins_anew(self, other: Host) -> None:
        """Further away than the wait is long."""
        until, text = Host().timer.begin(NOON + timedelta(days=365), WAIT)
        assert other.timer.judge(text, until, NOON)[0] == NOON + WAIT

    def test_T14_also_when_it_was_begun_anew_before(self, other: Host) -> None:
        """No wait is longer than it may be."""
        until, text = Host().timer.begin(NOON + timedelta(days=365), WAIT, again=True)
        assert other.timer.judge(text, until, NOON)[0] == NOON + WAIT


@pytest.mark.parametrize("text", [None, "", "nonsense", "boot-a x y z once", "boot-a 1000000 300000 1 once"])
def test_a_row_that_tells_nothing_begins_anew_by_the_rule(text: str | None) -> None:
    """Of an older version, or written by one since: the text is about another time."""
    timer = Host().timer
    assert timer.judge(text, NOON, NOON)[0] == NOON + RULE
    assert timer.judge(text, NOON + SECOND, NOON) == (NOON + SECOND, text)
    assert timer.judge(text, NOON + timedelta(hours=1), NOON)[0] == NOON + RULE


def test_a_wait_with_a_rule_of_its_own() -> None:
    """Voids have another one."""
    assert Host().timer.judge(None, NOON, NOON, timedelta(seconds=60))[0] == NOON + timedelta(seconds=60)


def test_this_boot_has_one_name() -> None:
    """For all that ask; without blanks, so that it can be kept."""
    assert this_boot() == this_boot()
    assert this_boot().split() == [this_boot()]
