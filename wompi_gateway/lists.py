"""Reads a list of Wompi's to its end, by the list's own count.

``meta`` is ``{page, page_size, total_results}`` (seen in production, not documented). A page may have fewer rows than
were asked for, so a short page is not the end. Rows may come and go while the pages are read.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Any

from wompi_gateway.errors import IncompleteList

# The largest page that the list takes (OpenAPI 1.2.0).
PAGE_SIZE = 200

# Reads one page: its number and size in, its rows and the count of the whole list out, None where it is not told.
ReadPage = Callable[[int, int], tuple[list[Any], int | None]]


def walk(read: ReadPage, *, most_pages: int | None = None) -> Iterator[Any]:
    """Give every row once, and last of all an ``IncompleteList`` when the list ended short of its count.

    Before that it is read once more from its beginning, for rows that moved from page to page, and with the page size
    that Wompi has really used, in case it counts its pages by that.
    """
    given: set[object] = set()
    size = PAGE_SIZE
    for last_time in (False, True):
        short, first_page = yield from _read_through(read, size, given, most_pages)
        if short is None:
            return
        if last_time:
            yield short
            return
        size = min(first_page or size, size)


def _read_through(
    read: ReadPage, size: int, given: set[object], most_pages: int | None
) -> Generator[Any, None, tuple[IncompleteList | None, int]]:
    """Read the pages once, and give the rows that are not in ``given``. Return what is wrong with the list, or None,
    and how many rows its first page had."""
    met: set[object] = set()
    count, first_page, page = 0, 0, 0
    total: int | None = None
    shrunk = False
    while True:
        page += 1
        rows, told = read(page, size)
        first_page = first_page or len(rows)
        if told is not None:
            # Removed rows have moved others to a page that was read before.
            shrunk, total = shrunk or (total is not None and told < total), told
        # A row twice on one page counts twice; a row that was on an earlier page has moved.
        fresh = [
            (name, row) for name, row in zip(map(_name, rows, range(len(rows))), rows, strict=True) if name not in met
        ]
        count += len(fresh)
        for name, row in fresh:
            if name not in given:
                yield row
        names = {name for name, _ in fresh}
        met |= names
        given |= names
        if not fresh or count == total or page == most_pages:
            break
    # A server that counts nothing and gives a full page again and again may have more.
    endless = total is None and not fresh and len(rows) >= size
    if endless or shrunk or (total is not None and count < total) or (fresh and count != total):
        return IncompleteList(count, total), first_page
    return None, first_page


def _name(row: Any, place: int) -> object:
    """The row's id, or its place in the page where that cannot be read. A payout's id is a number."""
    name = row.get("id") if isinstance(row, dict) else None
    if isinstance(name, int) and not isinstance(name, bool):
        return str(name)
    return name if isinstance(name, str) else place
