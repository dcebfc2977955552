"""``wompi-bridge`` as its users call it: a process with its own folder, environment, output, exit status and signals.

A fresh interpreter needs a second to import everything. ``call`` forks its process from one that has done so; what only
a fresh start shows is tried with ``start``.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TextIO

from whmcs_bridge import cli

COMMAND = [sys.executable, "-W", "error", "-m", "whmcs_bridge.cli"]
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.warm", "tests.faults.bridge_process", "pymysql", "psycopg"])
# How long a command may take, in seconds.
_PATIENCE = 60.0


def clean_environment() -> dict[str, str]:
    """What a process needs of ours, and no setting of the bridge."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ} | {"LC_ALL": "C.UTF-8"}


def call(*arguments: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end, in a forked process."""
    ended = call_for_bytes(*arguments, folder=folder, **settings)
    out, error = (told.decode().replace("\r\n", "\n") for told in (ended.stdout, ended.stderr))
    return subprocess.CompletedProcess(arguments, ended.returncode, out, error)


def call_for_bytes(*arguments: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[bytes]:
    """The same; ``PYTHONIOENCODING`` says what the terminal's encoding is."""
    with tempfile.TemporaryDirectory() as kept:
        out, error = Path(kept, "out"), Path(kept, "error")
        process = FORKS.Process(target=_run, args=(arguments, _environment(settings), folder, out, error))
        process.start()
        process.join(_PATIENCE)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise AssertionError(f"{arguments} goes on:\n{error.read_text('utf-8')}")
        status = process.exitcode
        process.close()
        return subprocess.CompletedProcess(arguments, status, out.read_bytes(), error.read_bytes())


def start(*arguments: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end, in a fresh interpreter in which each warning is an error."""
    return subprocess.run(
        [*COMMAND, *arguments],
        env=_environment(settings),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=False,
    )


@contextmanager
def started(*arguments: str, folder: Path, settings: dict[str, str]) -> Iterator[tuple[BaseProcess, TextIO]]:
    """Begin a command, in a forked process; it is gone afterwards. Gives it, and what it writes."""
    with tempfile.TemporaryDirectory() as kept:
        out = Path(kept, "out")
        os.mkfifo(out)
        process = FORKS.Process(target=_run, args=(arguments, _environment(settings), folder, out, out))
        process.start()
        with out.open(encoding="utf-8") as told:
            try:
                yield process, told
            finally:
                process.kill()
                process.join()
                process.close()


@contextmanager
def running(*arguments: str, folder: Path, settings: dict[str, str], ready: str) -> Iterator[str]:
    """Run a command until the block ends, then end it with SIGTERM. Gives its first line with ``ready`` in it."""
    with started(*arguments, folder=folder, settings=settings) as (process, told):
        try:
            yield next(line for line in told if ready in line)
        finally:
            process.terminate()
            process.join(20)
            assert process.exitcode == 0, told.read()


def redirect(out: Path, error: Path, encoding: str = "utf-8", errors: str = "strict") -> None:
    """From now on this process writes there."""
    for number, path in ((1, out), (2, error)):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdout, sys.stderr = (os.fdopen(n, "w", buffering=1, encoding=encoding, errors=errors) for n in (1, 2))


def _environment(settings: dict[str, str]) -> dict[str, str]:
    return clean_environment() | {"PYTHONPATH": str(Path.cwd())} | settings


def _run(arguments: Sequence[str], environment: dict[str, str], folder: Path, out: Path, error: Path) -> None:
    """Be that process."""
    encoding, _, errors = environment.get("PYTHONIOENCODING", "utf-8").partition(":")
    redirect(out, error, encoding, errors or "strict")
    carry_out(arguments, environment, folder)


def carry_out(arguments: Sequence[str], environment: dict[str, str], folder: Path) -> None:
    """In a process of its own: carry out a command, and end."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["wompi-bridge", *arguments]
    warnings.simplefilter("error")
    sys.exit(cli.main(arguments))
