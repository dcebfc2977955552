"""Ports for servers that are told where to listen, or that listen again after they died."""

from __future__ import annotations

import fcntl
import functools
import itertools
import os
import secrets
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

# Below those that Linux gives to whoever asks for any (32768 and up), so that nobody gets one between our finding it
# and its server's listening. Each process of a test run, and of any other run on this machine, has a block of its own.
_FIRST, _EACH, _BLOCKS = 12_000, 500, 40
_lock = threading.Lock()


def free_port() -> int:
    """A port that nobody listens on, and that nobody else here is given."""
    with _lock:
        for port in itertools.islice(_turn(), _EACH):
            try:
                with socket.create_server(("127.0.0.1", port)):
                    return port
            except OSError:
                continue
    raise RuntimeError("no port is free")


@functools.cache
def _turn() -> Iterator[int]:
    first = _FIRST + _own_block() * _EACH
    return itertools.cycle(range(first, first + _EACH))


def _own_block() -> int:
    """A block that no other process has: each holds a lock on the file of its own one until it ends."""
    folder = Path(tempfile.gettempdir(), f"wompi-bridge-ports-{os.geteuid()}")
    folder.mkdir(exist_ok=True)
    begin = secrets.randbelow(_BLOCKS)
    for number in range(_BLOCKS):
        block = (begin + number) % _BLOCKS
        file = os.open(folder / str(block), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
        else:
            return block
    raise RuntimeError("other runs have all blocks of ports")
