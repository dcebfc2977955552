"""The servers that ``serve`` might have been: the same application, the same events, the same stalled clients."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.bench.figures import Figure, of_rounds
from tests.bench.load import Load, post, stalled
from tests.bench.mail import Mail
from tests.bench.surroundings import Surroundings, running, serving, surroundings
from tests.ports import free_port

_ROUNDS = 3
_STALLED = 50
# An event that waits longer than this, in seconds, waits for the stalled clients.
_PATIENCE = 5.0
_APPLICATION = "whmcs_bridge.wsgi:application"
_SERVE = "wompi-bridge serve"
# One process each: SQLite has one writer.
_OTHERS = {
    "gunicorn gthread 1x16": ("gunicorn", "--worker-class=gthread", "--threads=16", "--log-level=warning", "--bind"),
    "waitress as it is": ("waitress-serve", "--threads=16", "--listen"),
    "granian 1x32": ("granian", "--interface=wsgi", "--blocking-threads=32", "--log-level=warning", "--port"),
}


def servers() -> list[Figure]:
    """Each of them in turn, in rounds."""
    loads: dict[str, list[Load]] = {name: [] for name in (_SERVE, *_OTHERS)}
    waits: dict[str, float] = {}
    with surroundings() as around:
        mail = Mail(around.folder)
        for _ in range(_ROUNDS):
            for name, measured in loads.items():
                with _running(name, around) as webhook:
                    measured.append(post(webhook, mail.file()))
                    waits[name] = _beside_stalled(webhook, mail.bodies(1)[0])
    figures = []
    for name, measured in loads.items():
        figures.append(of_rounds(f"{name}: acknowledgements", [load.per_second for load in measured], "/s"))
        figures.append(of_rounds(f"{name}: p99", [load.p99 for load in measured], "ms"))
        figures.append(Figure(f"{name}: an event beside {_STALLED} stalled clients", waits[name], "s"))
    return figures


def _beside_stalled(webhook: str, body: bytes) -> float:
    """How long one event waits, in seconds; at most ``_PATIENCE``."""
    with stalled(webhook, _STALLED):
        try:
            answer = requests.post(webhook, body, headers={"Content-Type": "application/json"}, timeout=_PATIENCE)
        except requests.Timeout:
            return _PATIENCE
    answer.raise_for_status()
    return answer.elapsed.total_seconds()


@contextmanager
def _running(name: str, around: Surroundings) -> Iterator[str]:
    if name == _SERVE:
        with serving(around.settings(), around.folder) as bridge:
            yield bridge.webhook
        return
    port = free_port()
    program, *options, listen = _OTHERS[name]
    address = str(port) if listen == "--port" else f"127.0.0.1:{port}"
    command = [str(Path(sys.executable).with_name(program)), *options, f"{listen}={address}", _APPLICATION]
    healthy = f"http://127.0.0.1:{port}/healthz"
    with running([command], healthy, around.folder, around.settings()):
        yield f"http://127.0.0.1:{port}/webhooks/wompi"
