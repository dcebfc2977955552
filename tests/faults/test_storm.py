"""A bounded storm on each of the three databases, all at once; ``python -m tests.storm`` runs the long ones."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import DATABASES, create_database
from tests.databases import DatabaseServer
from tests.faults.weather import Outcome, Storm, Weather
from tests.storm import told
from whmcs_bridge.ledger import migrations
from whmcs_bridge.ledger.engine.database import Database

WEATHERS = {
    "sqlite": Weather(payments=50, kills=12, processes=1, seed=1, lease=7, steps=2, invoices=4),
    "mariadb": Weather(payments=80, kills=12, processes=3, seed=2, skew=600, freezes=1, lease=7, steps=2, lies=0.03),
    "postgresql": Weather(payments=80, kills=12, processes=3, seed=3, skew=600, freezes=1, lease=7, steps=2, lies=0.03),
}


def test_F40_a_storm_loses_nothing_and_doubles_nothing(
    tmp_path: Path, mariadb: DatabaseServer, postgresql: DatabaseServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Payers, events that come twice or never, a WHMCS that fails and commits late, and ``kill -9`` all the time."""
    urls = {"sqlite": f"sqlite:///{tmp_path / 'bridge.db'}"}
    for server in (mariadb, postgresql):
        create_database(server, "storm")
        urls[server.kind] = server.url("storm")
    for url in urls.values():  # one after the other: Alembic is not made for threads
        with closing(Database(url)) as database:
            migrations.upgrade(database)

    def rage(kind: str) -> Outcome:
        folder = tmp_path / kind
        folder.mkdir()
        return Storm(WEATHERS[kind], urls[kind], folder).run()

    with ThreadPoolExecutor(len(DATABASES)) as at_once:
        outcomes = dict(zip(DATABASES, at_once.map(rage, DATABASES), strict=True))
    for kind, outcome in outcomes.items():
        with capsys.disabled():
            print("\n" + told(kind, WEATHERS[kind], outcome), end="")  # noqa: T201 - a storm reports
        assert outcome.verdict.safe, outcome.verdict
        assert WEATHERS[kind].lies or outcome.verdict.kept, outcome.verdict
        assert outcome.kills >= WEATHERS[kind].kills
        assert outcome.bookings > 0
