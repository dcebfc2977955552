"""What reaches a terminal: safe text, tables, and a line that moves while work is under way.

``rich`` draws, and is loaded only where something is drawn: on a terminal, never into a pipe or a file, whose text is
plain. https://rich.readthedocs.io/
"""

from __future__ import annotations

import io
import logging
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Literal, NamedTuple, TextIO, TypeVar, cast

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

# Of C0 and C1 only what a text is laid out with; then what turns the direction of writing around, and breaks lines.
_CONTROL = re.compile(r"\r(?!\n)|[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# Stands in an amount, which must not be broken.
_NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
# The widths of a table's columns follow from its rows, so they are all held until it is drawn: a long list is drawn
# in so many at a time.
_ROWS = 500
_Item = TypeVar("_Item")
Side = Literal["left", "right"]


class SafeStream(io.TextIOWrapper):
    """Standard output on any terminal: what its encoding lacks is replaced, and so is every control character."""

    def write(self, text: str) -> int:
        """Write it, with a ``?`` for each."""
        return super().write(_CONTROL.sub("?", text))

    def write_drawn(self, text: str) -> int:
        """Write what ``rich`` has drawn, with its colours."""
        return super().write(text)


def make_streams_safe() -> None:
    """Let nothing that a command prints raise an error or move the cursor, whatever the locale of the terminal is."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if type(stream) is io.TextIOWrapper:
            encoding, buffered = stream.encoding, stream.line_buffering or name == "stderr"
            safe = SafeStream(stream.detach(), encoding, errors="replace", line_buffering=buffered)
            setattr(sys, name, safe)


def printable(text: str) -> str:
    """Foreign text made safe for a terminal: a ``?`` for each control character, which could move the cursor."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() or each == _NO_BREAK_SPACE else "?" for each in text)


class Cell(NamedTuple):
    """A cell of a table. ``style`` is one of rich's: https://rich.readthedocs.io/en/stable/style.html"""

    text: str
    style: str = ""
    below: str = ""
    """A remark, on lines of its own beneath."""


def print_rows(
    items: Iterable[_Item],
    columns: Mapping[str, Side],
    cells: Callable[[_Item], Sequence[Cell]],
    line: Callable[[_Item], str],
) -> int:
    """Print items as the rows of a table on a terminal, and elsewhere as the line that ``line`` gives of each.

    ``columns`` are titles and the side on which their text stands; with blank titles no heading is shown. Returns the
    number of items.
    """
    count = 0
    if not _draws(sys.stdout):
        for item in items:
            print(line(item))
            count += 1
        return count
    console, left = _console(sys.stdout), iter(items)
    while rows := list(islice(left, _ROWS)):
        count += len(rows)
        console.print(_table(columns, map(cells, rows)))
    return count


def print_title(text: str) -> None:
    """Print a heading: bold on a terminal."""
    if _draws(sys.stdout):
        _console(sys.stdout).print(_text(text, "bold"))
    else:
        print(text)


@contextmanager
def working(told: Callable[[], str]) -> Iterator[None]:
    """Show what is under way and for how long, until the block ends; only where standard error is a terminal.

    ``told`` gives the words, and is called from another thread several times a second. What is logged meanwhile stands
    above the line, and nothing of it stays.
    """
    if not _draws(sys.stderr):
        yield
        return
    from rich.live import Live
    from rich.spinner import Spinner

    began, spinner = time.monotonic(), Spinner("line")

    def shown() -> Spinner:
        spinner.update(text=_text(f"{told()}  {time.monotonic() - began:.0f} s"))
        return spinner

    console = _console(sys.stderr)
    with Live(get_renderable=shown, console=console, transient=True, redirect_stdout=False), _logging_above():
        yield


@contextmanager
def _logging_above() -> Iterator[None]:
    """Let log lines go by the standard error that ``Live`` has put in the stream's place."""
    handlers = [each for each in logging.getLogger().handlers if type(each) is logging.StreamHandler]
    before = [handler.setStream(sys.stderr) for handler in handlers]
    try:
        yield
    finally:
        for handler, stream in zip(handlers, before, strict=True):
            if stream is not None:
                handler.setStream(stream)


def _draws(stream: TextIO) -> bool:
    """Tell whether a stream is a terminal that understands more than lines."""
    return stream.isatty() and os.environ.get("TERM", "") not in ("", "dumb", "unknown")


class _Unfiltered:
    """A stream as rich writes to it: ``SafeStream`` would replace the codes that rich draws with."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.encoding = stream.encoding or "ascii"

    def write(self, text: str) -> int:
        write = self._stream.write_drawn if isinstance(self._stream, SafeStream) else self._stream.write
        return write(text)

    def flush(self) -> None:
        self._stream.flush()

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._stream.fileno()


def _console(stream: TextIO) -> Console:
    """Rich's console on a stream. It obeys https://no-color.org/ by itself; nothing in a text is markup to it."""
    from rich.console import Console

    return Console(file=cast(TextIO, _Unfiltered(stream)), highlight=False, markup=False, emoji=False)


def _table(columns: Mapping[str, Side], rows: Iterable[Sequence[Cell]]) -> Table:
    """Without rules: every terminal shows it, and what is copied from it is the text alone."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=any(map(str.strip, columns)))
    for title, side in columns.items():
        table.add_column(_text(title.strip(), "bold"), justify=side, overflow="fold")
    for row in rows:
        table.add_row(*map(_drawn, row))
    return table


def _drawn(cell: Cell) -> Text:
    text = _text(cell.text, cell.style)
    return text.append(f"\n{printable(cell.below)}") if cell.below else text


def _text(text: str, style: str = "") -> Text:
    from rich.text import Text

    # A text has no markup, as a string has: [bold] in an invoice's number is printed as it is.
    return Text().append(printable(text), style)
