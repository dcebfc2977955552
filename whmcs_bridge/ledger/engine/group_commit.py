"""Group commit: writers that arrive during a commit are committed together afterwards.

Nearly all of a commit's time is the wait for the disk. One waiting thread at a time is the leader: it runs the works of
all waiting jobs in one transaction, with one wait for the disk, and then the oldest job that arrived meanwhile becomes
the leader. Each caller returns when its own work is durable, or has failed. No extra thread is needed, and a single
writer pays nothing.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

# About so many works share a commit: it bounds how long the first of them waits for the last.
ENOUGH = 64


class Job:
    """The works of one caller, and what became of each, in order: its result, or the error that it raised."""

    __slots__ = ("done", "leads", "outcomes", "woken", "works")

    def __init__(self, works: Sequence[Callable[[Any], Any]]) -> None:
        self.works = works
        self.outcomes: list[Any] = []
        self.done = False
        # Whether this job's thread is the leader.
        self.leads = False
        # Released once the job is done, or leads: a lock is the cheapest thing to wait for.
        self.woken = threading.Lock()
        self.woken.acquire()


class GroupCommit:
    """Takes jobs from any thread, and has one thread at a time ``carry_out`` the waiting ones, oldest first.

    ``carry_out`` sets the ``outcomes`` of each job that it is given, raises nothing, and takes a bounded time.
    """

    def __init__(self, carry_out: Callable[[Sequence[Job]], None]) -> None:
        self._carry_out = carry_out
        self._lock = threading.Lock()
        self._waiting: deque[Job] = deque()
        self._led = False

    def run(self, job: Job, *, patience: float) -> bool:
        """Return True when the job is done. False: it was not begun within ``patience`` seconds, and never will be."""
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
            # The leader is running it.
            job.woken.acquire()
        except BaseException:
            # The waiting thread was interrupted: no other job may depend on it.
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
