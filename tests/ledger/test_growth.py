"""What a question costs does not grow with the books: counted in steps of SQLite's machine, which no busy machine
changes. An index that is used may still be walked from end to end, which no plan tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from tests.ledger.test_query_plans import ROWS, Room, full_room
from tests.world import START
from whmcs_bridge.ledger.records import State
from whmcs_bridge.ledger.reports import Sought

pytestmark = pytest.mark.slow

LONG_AGO = START - timedelta(days=60)
SOME = 10

CALLS: dict[str, Callable[[Room], object]] = {
    "the newest payments": lambda room: room.reports.find(Sought(), limit=SOME),
    "payments of all days": lambda room: room.reports.find(Sought(since=LONG_AGO), limit=SOME),
    "payments up to a day": lambda room: room.reports.find(Sought(until=START - timedelta(days=1)), limit=SOME),
    "booked ones of all days": lambda room: room.reports.find(Sought(state=State.POSTED, since=LONG_AGO), limit=SOME),
    "held ones of all days": lambda room: room.reports.find(Sought(state=State.REVIEW, since=LONG_AGO), limit=SOME),
    "a method": lambda room: room.reports.find(Sought(method="CARD"), limit=SOME),
    "a method that nobody used": lambda room: room.reports.find(Sought(method="DAVIPLATA"), limit=SOME),
    "booked ones by a method that nobody used": lambda room: room.reports.find(
        Sought(method="DAVIPLATA", state=State.POSTED), limit=SOME
    ),
    "held ones by a method": lambda room: room.reports.find(Sought(method="CARD", state=State.REVIEW), limit=SOME),
    "a method of all days": lambda room: room.reports.find(Sought(method="CARD", since=LONG_AGO), limit=SOME),
    "a method that nobody used of all days": lambda room: room.reports.find(
        Sought(method="DAVIPLATA", since=LONG_AGO), limit=SOME
    ),
    "an invoice's by a method": lambda room: room.reports.find(Sought(invoices=[42], method="CARD"), limit=SOME),
}


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """Six thousand payments; one in a hundred waits for a person."""
    folder: Path = tmp_path_factory.mktemp("growth")
    with full_room(f"sqlite:///{folder / 'bridge.db'}") as made:
        yield made


def steps(room: Room, call: Callable[[Room], object]) -> int:
    """How many instructions SQLite's machine carries out for it."""
    found = 0

    def step() -> int:
        nonlocal found
        found += 1
        return 0

    def watch(_c: Any, cursor: Any, *_rest: Any) -> None:
        cursor.connection.set_progress_handler(step, 1)

    event.listen(room.database.engine, "before_cursor_execute", watch)
    try:
        call(room)
    finally:
        event.remove(room.database.engine, "before_cursor_execute", watch)
    return found


@pytest.mark.parametrize("name", CALLS)
def test_a_search_reads_what_it_finds(room: Room, name: str) -> None:
    """Whoever reads every payment takes a step for each of them at the least."""
    assert 0 < steps(room, CALLS[name]) < ROWS


def test_this_test_can_fail(room: Room) -> None:
    """The sums of all days read all of them."""
    assert steps(room, lambda room: room.reports.received(LONG_AGO.date(), START.date())) > ROWS


def test_sums_by_day_are_read_in_their_order(room: Room) -> None:
    """Some twenty instructions for each payment: its row is not looked up, and none are sorted."""
    found = room.reports.received(LONG_AGO.date(), START.date())
    booked = sum(total.count for total in found)
    assert booked > ROWS // 2
    assert steps(room, lambda room: room.reports.received(LONG_AGO.date(), START.date())) < 25 * booked
