"""The processes of the bridge in a storm: killed and frozen at random, and started again."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.faults.bridge_process import BridgeProcess
from tests.ports import free_port


@dataclass
class Berth:
    """One place for a process; its port stays when the process is replaced."""

    arguments: tuple[str, ...]
    port: int | None = None
    process: BridgeProcess | None = None
    thaw_at: float | None = None


@dataclass
class Fleet:
    """All berths. ``launch`` starts a command for the berth of that number."""

    launch: Callable[[int, tuple[str, ...]], BridgeProcess]
    berths: list[Berth] = field(default_factory=list)
    kills: int = 0
    freezes: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def start(self, processes: int) -> None:
        """One process: ``serve`` with its worker inside. More: every other one is a ``worker`` alone."""
        for number in range(processes):
            port = free_port() if number % 2 == 0 else None
            self.berths.append(Berth(("worker",) if port is None else ("serve", "--port", str(port)), port))
        for berth in self.berths:
            self._start(berth)

    def ports(self) -> list[int]:
        """Where somebody listens, frozen or not."""
        return [berth.port for berth in self.berths if berth.port is not None]

    def kill_one(self, chance: random.Random) -> None:
        """``kill -9`` one that is not frozen, and start it again."""
        with self._lock:
            awake = [berth for berth in self.berths if berth.thaw_at is None]
            if awake:
                self._end(berth := chance.choice(awake))
                self.kills += 1
                self._start(berth)

    def freeze_one(self, chance: random.Random, seconds: float) -> None:
        """Stop one as a paused machine does, and start a worker in its stead."""
        with self._lock:
            berth = chance.choice(self.berths)
            if any(other.thaw_at for other in self.berths) or berth.process is None:
                return
            berth.process.signal(signal.SIGSTOP)
            berth.thaw_at = time.monotonic() + seconds
            self.freezes += 1
            self.berths.append(Berth(("worker",)))
            self._start(self.berths[-1])

    def thaw(self, *, now: bool = False) -> None:
        """Let those go on whose time has come, and send the substitute home."""
        with self._lock:
            for berth in self.berths:
                if berth.thaw_at and berth.process and (now or time.monotonic() > berth.thaw_at):
                    berth.process.signal(signal.SIGCONT)
                    berth.thaw_at = None
                    self._end(self.berths.pop())

    def end(self) -> None:
        """End all of them."""
        with self._lock:
            for berth in self.berths:
                self._end(berth)

    def _start(self, berth: Berth) -> None:
        berth.process = self.launch(self.berths.index(berth), berth.arguments)

    def _end(self, berth: Berth) -> None:
        if berth.process is not None:
            berth.process.close()
            berth.process = None
