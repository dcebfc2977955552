"""A list is read to its own count, however Wompi cuts it into pages and whatever moves meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wompi_gateway.errors import IncompleteList
from wompi_gateway.lists import PAGE_SIZE, walk

Row = dict[str, str]


def rows(first: int, count: int) -> list[Row]:
    return [{"id": f"1-1-{number}"} for number in range(first, first + count)]


class Wompi:
    """A list and how it is cut into pages; ``meanwhile`` happens before the call of a number is answered."""

    def __init__(
        self, held: list[Any], *, most: int = PAGE_SIZE, counts: bool = True, counts_by: str = "given"
    ) -> None:
        self.held = held
        self.most = most
        self.counts = counts
        self.counts_by = counts_by
        self.meanwhile: dict[int, Callable[[], None]] = {}
        self.asked: list[tuple[int, int]] = []

    def read(self, page: int, size: int) -> tuple[list[Any], int | None]:
        self.asked.append((page, size))
        self.meanwhile.get(len(self.asked), lambda: None)()
        rows_a_page = min(size, self.most)
        start = (page - 1) * (size if self.counts_by == "asked" else rows_a_page)
        if self.counts_by == "nothing":
            start = 0
        return self.held[start : start + rows_a_page], len(self.held) if self.counts else None


def read(wompi: Wompi, **bound: int) -> tuple[list[Any], IncompleteList | None]:
    """What came of a walk: the rows, and what is wrong with the list."""
    found = list(walk(wompi.read, **bound))
    odd = [row for row in found if isinstance(row, IncompleteList)]
    assert len(odd) <= 1
    assert not odd or odd == found[-1:]
    return [row for row in found if not isinstance(row, IncompleteList)], odd[0] if odd else None


@pytest.mark.parametrize(
    ("count", "most", "calls"),
    [(0, 200, 1), (1, 200, 1), (200, 200, 1), (201, 200, 2), (61, 30, 3), (250, 100, 3), (200, 100, 2), (5, 1, 5)],
)
def test_T17_at_whatever_page_size_wompi_gives(count: int, most: int, calls: int) -> None:
    """Fewer rows than were asked for are no end, and the last page costs no empty one after it."""
    wompi = Wompi(rows(0, count), most=most)
    assert read(wompi) == (rows(0, count), None)
    assert wompi.asked == [(page, 200) for page in range(1, calls + 1)]


@pytest.mark.parametrize(("count", "most", "calls"), [(0, 200, 1), (3, 200, 2), (250, 100, 4), (400, 200, 3)])
def test_T17_without_a_count_until_an_empty_page(count: int, most: int, calls: int) -> None:
    """``meta`` is not documented: where it is missing, only an empty page is the end."""
    wompi = Wompi(rows(0, count), most=most, counts=False)
    assert read(wompi) == (rows(0, count), None)
    assert len(wompi.asked) == calls


def test_T17_pages_that_are_counted_by_what_was_asked_for() -> None:
    """100 rows are given, and the second page begins at the 200th: asked for 100 at a time, nothing is left out."""
    wompi = Wompi(rows(0, 250), most=100, counts_by="asked")
    found, odd = read(wompi)
    assert (sorted(row["id"] for row in found), odd) == (sorted(row["id"] for row in rows(0, 250)), None)
    assert wompi.asked[-1] == (3, 100)


@pytest.mark.parametrize("most", [100, 200])
def test_T17_a_server_that_ignores_the_page_is_found_out(most: int) -> None:
    """The same rows again are the end, not for ever the same; its own count says what is missing."""
    wompi = Wompi(rows(0, 250), most=most, counts_by="nothing")
    found, odd = read(wompi)
    assert found == rows(0, most)
    assert odd is not None
    assert (odd.count, odd.total) == (most, 250)
    assert str(odd) == f"Wompi's list ended after {most} of 250 transactions"
    assert len(wompi.asked) == 4


def test_T17_ignoring_the_page_and_counting_nothing() -> None:
    """A full page that repeats itself may be the beginning of more; one that is not full is the whole list."""
    full = Wompi(rows(0, 250), counts=False, counts_by="nothing")
    found, odd = read(full)
    assert (len(found), odd is not None and odd.total is None) == (200, True)
    assert read(Wompi(rows(0, 199), counts=False, counts_by="nothing")) == (rows(0, 199), None)


def test_T17_an_empty_page_before_the_count_is_reached() -> None:
    """The count is believed: 40 are missing."""
    wompi = Wompi(rows(0, 60), most=30)
    found, odd = list(rows(0, 60)), None
    *found, odd = walk(lambda page, size: (wompi.read(page, size)[0], 100))
    assert (found, odd.count, odd.total) == (rows(0, 60), 60, 100)


class TestWhatMovesMeanwhile:
    def test_T17_new_ones_at_the_end(self) -> None:
        """Somebody pays while the list is read: the count grows, and the new one is read as well."""
        wompi = Wompi(rows(0, 60), most=30)
        wompi.meanwhile[2] = lambda: wompi.held.extend(rows(60, 5))
        assert read(wompi) == (rows(0, 65), None)

    def test_T17_new_ones_in_front(self) -> None:
        """The order was not heeded: what is new pushes a row onto the next page, and is found in a second reading."""
        wompi = Wompi(rows(0, 60), most=30)
        wompi.meanwhile[2] = lambda: wompi.held.insert(0, {"id": "new"})
        found, odd = read(wompi)
        assert (found, odd) == ([*rows(0, 60), {"id": "new"}], None)

    def test_T17_one_that_goes_away_hides_no_other(self) -> None:
        """The rows behind it move up, one of them to a page that was read before; the count alone would not tell."""
        wompi = Wompi(rows(0, 61), most=30)
        wompi.meanwhile[2] = lambda: wompi.held.pop(0) and None
        found, odd = read(wompi)
        assert (sorted(row["id"] for row in found), odd) == (sorted(row["id"] for row in rows(0, 61)), None)

    def test_T17_a_list_that_shrinks_each_time_is_not_whole(self) -> None:
        """Twice read and twice moved: nobody knows what was hidden."""
        wompi = Wompi(rows(0, 61), most=30)
        wompi.meanwhile = {number: lambda: wompi.held.pop(0) and None for number in range(2, 9)}
        assert read(wompi)[1] is not None


def test_T17_a_row_that_stands_twice_on_one_page_is_counted_twice() -> None:
    """So does Wompi count it; both are given, for they may say different things."""
    held = [{"id": "a"}, {"id": "a"}, {"id": "b"}]
    assert read(Wompi(held)) == (held, None)


def test_T17_a_count_that_is_too_small_ends_nothing() -> None:
    """It is no count: the pages are read until one is empty."""
    wompi = Wompi(rows(0, 90), most=30)
    assert list(walk(lambda page, size: (wompi.read(page, size)[0], 0))) == rows(0, 90)


@pytest.mark.parametrize("row", [None, 5, [], {}, {"id": None}, {"id": 7}, {"id": ["a"]}])
def test_T17_rows_without_an_id_end_too(row: object) -> None:
    """They are given, and a server that repeats them is found out."""
    assert read(Wompi([row, *rows(0, 3)])) == ([row, *rows(0, 3)], None)
    assert read(Wompi([row] * 3, counts=False, counts_by="nothing")) == ([row] * 3, None)


def test_T17_a_bound_is_no_end() -> None:
    """More pages than a reference can have: told as what it is."""
    wompi = Wompi(rows(0, 500), most=10)
    found, odd = read(wompi, most_pages=3)
    assert (found, odd is not None and odd.total) == (rows(0, 30), 500)
    assert len(wompi.asked) == 6


@given(
    count=st.integers(0, 90),
    most=st.integers(1, 40),
    counts=st.booleans(),
    counts_by=st.sampled_from(["given", "asked", "nothing"]),
    grows=st.integers(0, 5),
)
def test_T17_whole_or_told(count: int, most: int, counts: bool, counts_by: str, grows: int) -> None:
    """However it is cut: with a count nothing is ever left out in silence; and nothing is given twice."""
    wompi = Wompi(rows(0, count), most=most, counts=counts, counts_by=counts_by)
    wompi.meanwhile[2] = lambda: wompi.held.extend(rows(count, grows))
    found, odd = read(wompi)
    names = [row["id"] for row in found]
    assert len(names) == len(set(names))
    if counts or (counts_by == "given" and not grows):
        assert len(names) == len(wompi.held) or odd is not None
    if counts_by != "nothing" and counts:
        assert odd is None
