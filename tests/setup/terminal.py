"""A person at a terminal: reads what stands there, and types."""

from __future__ import annotations

import os
import pty
import select
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_PATIENCE = 180.0


@dataclass
class Terminal:
    """One program on a terminal of its own. ``shown`` is all that it has written so far."""

    descriptor: int
    process: int
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
        _, status = os.waitpid(self.process, 0)
        self.process = 0
        return os.waitstatus_to_exitcode(status)

    def kill(self) -> None:
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        self.process = 0

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
def terminal(command: Sequence[str], environment: dict[str, str], folder: Path) -> Iterator[Terminal]:
    """Run a program on a terminal; it is gone afterwards."""
    process, descriptor = pty.fork()
    if process == 0:
        os.chdir(folder)
        # Ignored where the tests themselves run in the background of a script; a person's terminal has it.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.execvpe(command[0], list(command), environment)
    opened = Terminal(descriptor, process)
    try:
        yield opened
    finally:
        if opened.process:
            opened.kill()
        os.close(descriptor)
