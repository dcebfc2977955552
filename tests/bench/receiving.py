"""Receiving: how many events a second ``serve`` keeps safely, and how long one waits, beside the yardsticks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.bench.figures import Figure, of_rounds, percentile
from tests.bench.load import Load, hit, paced, post, shares, stalled
from tests.bench.mail import Mail
from tests.bench.senders import senders
from tests.bench.surroundings import Serving, Surroundings, durable_database, serving, surroundings
from tests.bench.yardsticks import hello_serving, limit_serving, php_serving

ROUNDS = 5
# More than one process answers in one round.
_MOST = 80_000
_STEADY = 50
_STEADY_EVENTS = 500
_STALLED = 50


def receiving() -> list[Figure]:
    """All of it, the rounds of those that are compared in turn."""
    with ExitStack() as stack:
        around = stack.enter_context(surroundings())
        mail = Mail(around.folder)
        hello = stack.enter_context(hello_serving(around.folder))
        php = stack.enter_context(php_serving(_folder(around, "php"), stack.enter_context(durable_database("mariadb"))))
        limit = stack.enter_context(limit_serving(around.folder))
        bridge = stack.enter_context(serving(around.settings(), around.folder))
        figures = _beside_yardsticks(hello, limit, php, bridge, mail)
        figures += senders(bridge, mail)
    with surroundings() as around:
        mail = Mail(around.folder)
        # A new one: what came above still waits there to be looked at.
        with serving(around.settings(), around.folder) as bridge:
            figures += _steady(bridge, around, mail)
        return figures + _slow_disk(around, mail) + _database_servers(around, mail)


def _beside_yardsticks(hello: str, limit: str, php: str, bridge: Serving, mail: Mail) -> list[Figure]:
    hellos, most, callbacks, ours = [], [], [], []
    for _ in range(ROUNDS):
        hellos.append(hit(hello))
        most.append(post(limit, mail.file(_MOST), seconds=2))
        callbacks.append(post(php, mail.file()))
        ours.append(post(bridge.webhook, mail.file()))
    return [
        _each("bare Flask hello, gunicorn gthread 2x8", hellos),
        _each("one process of Python that stores nothing: uvicorn, the same events", most),
        _each("bare PHP callback, nginx and php-fpm, MariaDB", callbacks),
        _each("durable acknowledgements, SQLite, serve as shipped", ours),
        _ratio("durable acknowledgements, of the Flask hello", ours, hellos, 0.60),
        of_rounds("durable acknowledgements, of what one process of Python can answer", shares(ours, most), "x"),
        _ratio("durable acknowledgements, of the PHP callback", ours, callbacks, 1.0),
        of_rounds("p99 of an acknowledgement, 32 connections", [load.p99 for load in ours], "ms", "<=", 25),
    ]


def _steady(bridge: Serving, around: Surroundings, mail: Mail) -> list[Figure]:
    """One event each 20 ms, with everything well and with everything hanging, in turn."""
    well, hanging = [], []
    for _ in range(ROUNDS):
        with _hanging(around, hang=False):
            well.append(percentile(paced(bridge.webhook, mail.bodies(_STEADY_EVENTS), per_second=_STEADY), 99))
        with _hanging(around, hang=True):
            hanging.append(percentile(paced(bridge.webhook, mail.bodies(_STEADY_EVENTS), per_second=_STEADY), 99))
    with stalled(bridge.webhook, _STALLED):
        beside = percentile(paced(bridge.webhook, mail.bodies(_STEADY_EVENTS), per_second=_STEADY), 99)
    ratios = [one / other for one, other in zip(hanging, well, strict=True)]
    return [
        of_rounds("p99 of an acknowledgement, 50 events/s", well, "ms", "<=", 6),
        of_rounds("p99 while WHMCS and Wompi hang, of while both are well", ratios, "x", "<=", 1.1),
        Figure(f"p99 beside {_STALLED} stalled connections, 50 events/s", beside, "ms"),
    ]


def _slow_disk(around: Surroundings, mail: Mail) -> list[Figure]:
    figures = []
    for milliseconds in (1, 5):
        with serving(around.settings(), around.folder, slow_disk=milliseconds / 1000) as bridge:
            loads = [post(bridge.webhook, mail.file()) for _ in range(3)]
        rates, p99s = [load.per_second for load in loads], [load.p99 for load in loads]
        name = f"on a disk whose sync takes {milliseconds} ms more"
        if milliseconds == 5:
            figures.append(of_rounds(f"acknowledgements {name}", rates, "/s", ">=", 800))
            figures.append(of_rounds(f"p99 {name}", p99s, "ms", "<=", 60))
        else:
            figures.append(of_rounds(f"acknowledgements {name}", rates, "/s"))
            figures.append(of_rounds(f"p99 {name}", p99s, "ms"))
    return figures


def _database_servers(around: Surroundings, mail: Mail) -> list[Figure]:
    figures = []
    for kind, name in (("mariadb", "MariaDB"), ("postgresql", "PostgreSQL")):
        with durable_database(kind) as url, serving(around.settings(url), around.folder) as bridge:
            loads = [post(bridge.webhook, mail.file()) for _ in range(3)]
        figures.append(of_rounds(f"acknowledgements, {name}", [load.per_second for load in loads], "/s"))
        figures.append(of_rounds(f"p99, {name}", [load.p99 for load in loads], "ms"))
    return figures


@contextmanager
def _hanging(around: Surroundings, *, hang: bool) -> Iterator[None]:
    around.to_whmcs.hangs = around.to_wompi.hangs = hang
    try:
        yield
    finally:
        around.to_whmcs.hangs = around.to_wompi.hangs = False


def _each(name: str, loads: list[Load]) -> Figure:
    return of_rounds(name, [load.per_second for load in loads], "/s")


def _ratio(name: str, ours: list[Load], theirs: list[Load], goal: float) -> Figure:
    return of_rounds(name, shares(ours, theirs), "x", ">=", goal)


def _folder(around: Surroundings, name: str) -> Path:
    folder = around.folder / name
    folder.mkdir()
    around.folder.chmod(0o755)  # php-fpm and nginx work as another account
    return folder
