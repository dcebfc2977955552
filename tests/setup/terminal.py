"""A person at a terminal: reads what stands there, and types."""

from __future__ import annotations

import os
import pty
import select
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests.processes import FORKS, carry_out, redirect

_PATIENCE = 180.0


@dataclass
class Terminal:
    """One command on a terminal of its own. ``shown`` is all that it has written so far."""

    descriptor: int
    process: BaseProcess
    shown: str = ""
    _read: int = 0

    def until(self, text: str) -> str:
        """Read on until this is shown, after what was waited for before. Gives what came with it."""
        deadline = time.monotonic() + _PATIENCE
        while text not in self.shown[self._read :]:
            assert time.monotonic() < deadline, f"{text!r} did not come; last: {self.shown[-800:]}"
            if not self._more():
                raise AssertionError(f"{text!r} did not come before the end; last: {self.shown[-1500:]}")
        start, self._read = self._read, self.shown.index(text, self._read) + len(text)
        return self.shown[start : self._read]

    def type(self, line: str) -> None:
        """A line, with Enter."""
        os.write(self.descriptor, f"{line}\n".encode())

    def end(self) -> int:
        """Read to the end. Gives the exit status."""
        deadline = time.monotonic() + _PATIENCE
        while self._more():
            assert time.monotonic() < deadline, f"it did not end; last: {self.shown[-800:]}"
        self.process.join(_PATIENCE)
        assert self.process.exitcode is not None
        return self.process.exitcode

    def kill(self) -> None:
        """``kill -9``, and wait until it is gone."""
        self.process.kill()
        self.process.join(_PATIENCE)

    def _more(self) -> bool:
        if not select.select([self.descriptor], [], [], 1.0)[0]:
            return True
        try:
            content = os.read(self.descriptor, 65536)
        except OSError:  # Linux says so of a terminal whose program has ended
            return False
        self.shown += content.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(content)


@contextmanager
def terminal(arguments: Sequence[str], environment: dict[str, str], folder: Path) -> Iterator[Terminal]:
    """Run ``wompi-bridge`` on a terminal; it is gone afterwards."""
    descriptor, theirs = pty.openpty()
    here, there = FORKS.Pipe(duplex=False)
    given = (arguments, environment, folder, os.ttyname(theirs), there)
    opened = Terminal(descriptor, FORKS.Process(target=_be_on_terminal, args=given))
    opened.process.start()
    there.close()
    # Ours is closed when the command has its own: the end of the last one is the end of what can be read.
    assert here.poll(_PATIENCE)
    os.close(theirs)
    here.close()
    try:
        yield opened
    finally:
        opened.kill()
        opened.process.close()
        os.close(descriptor)


def _be_on_terminal(
    arguments: Sequence[str], environment: dict[str, str], folder: Path, name: str, there: Connection
) -> None:
    """Be that process: the first of a session, whose terminal is the one that it opens first."""
    os.setsid()
    opened = os.open(name, os.O_RDWR)
    os.dup2(opened, 0)
    os.close(opened)
    sys.stdin = os.fdopen(0, encoding="utf-8", errors="surrogateescape", closefd=False)
    redirect(Path(name), Path(name))
    there.close()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    carry_out(arguments, environment, folder)
