"""Ports for servers that are told where to listen, or that listen again after they died."""

from __future__ import annotations

import itertools
import os
import secrets
import socket
import threading

# Below those that Linux gives to whoever asks for any (32768 and up), so that nobody gets one between our finding it
# and its server's listening. Each worker of a test run has a thousand of its own, and begins somewhere in it, because
# other runs on this machine have the same.
_FIRST, _EACH = 12_000, 1_000
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 20
_turn = itertools.count(secrets.randbelow(_EACH))
_lock = threading.Lock()


def free_port() -> int:
    """A port that nobody listens on, and that nobody else here is given."""
    with _lock:
        for number in itertools.islice(_turn, _EACH):
            port = _FIRST + _WORKER * _EACH + number % _EACH
            try:
                with socket.create_server(("127.0.0.1", port)):
                    return port
            except OSError:
                continue
    raise RuntimeError("no port is free")
