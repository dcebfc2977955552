"""Group commit: writers that come while one commits are committed together by the next of them.

A commit waits for the disk, and that is nearly all of its time. So whoever comes first leads: it carries its own work
out, and by the time its commit has reached the disk others wait, whose works the first of them carries out together, in
one transaction and with one wait for the disk. Each of them returns when its own work is durable, or has failed. No
thread of its own is needed, and who writes alone notices nothing.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

# So many works are committed together, and hardly more: it bounds how long the first of them waits for the last.
ENOUGH = 64


class Job:
    """The works of one caller, and what became of each, in order: its result, or the error that it raised."""

    __slots__ = ("done", "leads", "outcomes", "woken", "works")

    def __init__(self, works: Sequence[Callable[[Any], Any]]) -> None:
        self.works = works
        self.outcomes: list[Any] = []
        self.done = False
        # It is this job's thread that carries out what waits now.
        self.leads = False
        # Free once the job is done, or leads: a lock is the cheapest thing that can be waited for.
        self.woken = threading.Lock()
        self.woken.acquire()


class GroupCommit:
    """Takes jobs from any thread, and lets one thread at a time ``carry_out`` those that wait, oldest first.

    ``carry_out`` sets the ``outcomes`` of each job that it is given, raises nothing, and takes a bounded time.
    """

    def __init__(self, carry_out: Callable[[Sequence[Job]], None]) -> None:
        self._carry_out = carry_out
        self._lock = threading.Lock()
        self._waiting: deque[Job] = deque()
        self._led = False

    def run(self, job: Job, *, patience: float) -> bool:
        """Return when the job is done. False when its turn did not come within ``patience`` seconds; then it never
        will."""
        with self._lock:
            self._waiting.append(job)
            if not self._led:
                self._led = job.leads = True
        if not job.leads:
            self._wait(job, patience)
        if job.leads:
            self._lead()
        return job.done

    def _wait(self, job: Job, patience: float) -> None:
        try:
            if job.woken.acquire(timeout=patience):
                return
            with self._lock:
                if job.leads:
                    return
                if job in self._waiting:
                    self._waiting.remove(job)
                    return
            # It is being carried out right now.
            job.woken.acquire()
        except BaseException:
            # Somebody interrupts a thread that waits: nobody else may wait for it.
            with self._lock:
                if job in self._waiting:
                    self._waiting.remove(job)
            if job.leads:
                self._pass_on()
            raise

    def _lead(self) -> None:
        taken, works = [], 0
        with self._lock:
            while self._waiting and works < ENOUGH:
                taken.append(self._waiting.popleft())
                works += len(taken[-1].works)
        try:
            self._carry_out(taken)
        finally:
            for job in taken:
                job.done = True
                if not job.leads:
                    job.woken.release()
            self._pass_on()

    def _pass_on(self) -> None:
        with self._lock:
            self._led = bool(self._waiting)
            if self._led:
                self._waiting[0].leads = True
                self._waiting[0].woken.release()
