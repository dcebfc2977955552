"""The official rate: of its days only, asked for once, and remembered."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.world import Hands
from whmcs_bridge.checkout.official_rate import NoTrm, OfficialRate
from whmcs_bridge.ledger import migrations
from whmcs_bridge.ledger.engine.database import Database
from whmcs_bridge.ledger.store import Store
from whmcs_bridge.ledger.waiting import Timer
from wompi_gateway.transport import Transport


def row(value: str, first: str, last: str, **changes: Any) -> dict[str, Any]:
    """One rate, as the data set has it."""
    told = {"valor": value, "unidad": "COP", "vigenciadesde": f"{first}T00:00:00.000"}
    return told | {"vigenciahasta": f"{last}T00:00:00.000"} | changes


@dataclass
class DataSet:
    """The government's open data, as a server."""

    url: str
    rows: Any = field(default_factory=list)
    status: int = 200
    asked: list[str] = field(default_factory=list)


@dataclass
class Room:
    """The rate, and what it stands on."""

    data: DataSet
    store: Store
    hands: Hands

    def fresh(self) -> OfficialRate:
        """As after a start."""
        return OfficialRate(self.store, Transport(), self.data.url, self.hands.ticks)


@pytest.fixture
def data() -> Iterator[DataSet]:
    found = DataSet("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            body = found.rows if isinstance(found.rows, bytes) else json.dumps(found.rows).encode()
            self.send_response(found.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}/resource/32sa-8pi3.json"
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def room(data: DataSet, tmp_path: Path) -> Iterator[Room]:
    with closing(Database(f"sqlite:///{tmp_path / 'bridge.db'}")) as database:
        migrations.upgrade(database)
        hands = Hands()
        yield Room(data, Store(database, hands, Timer("boot", hands.ticks, rule=timedelta(0))), hands)


SATURDAY, SUNDAY, MONDAY, TUESDAY = (date(2026, 11, day) for day in (21, 22, 23, 24))
WEEKEND = row("4123.45", "2026-11-21", "2026-11-23")
TUESDAYS = row("4150.00", "2026-11-24", "2026-11-24")


def test_a_weekend_has_one_rate(room: Room) -> None:
    """Published on Friday, it holds through Monday; Tuesday's, which is there already, is not taken."""
    room.data.rows = [TUESDAYS, WEEKEND, row("4100.00", "2026-11-20", "2026-11-20")]
    rate = room.fresh()
    assert [rate.of(day).pesos for day in (SATURDAY, SUNDAY, MONDAY)] == ["4123.45"] * 3
    assert len(room.data.asked) == 1


def test_it_is_remembered_through_a_start_and_an_outage(room: Room) -> None:
    """The data set is asked once for each rate, by whichever process comes first."""
    room.data.rows = [WEEKEND]
    room.fresh().of(SATURDAY)
    room.data.status = 503
    assert room.fresh().of(MONDAY).pesos == "4123.45"
    assert len(room.data.asked) == 1


def test_it_is_never_older_than_it_holds(room: Room) -> None:
    """Tuesday has no rate while the data set has none of Tuesday; and the one that comes is taken."""
    room.data.rows = [WEEKEND]
    rate = room.fresh()
    rate.of(SATURDAY)
    with pytest.raises(NoTrm):
        rate.of(TUESDAY)
    room.data.rows = [TUESDAYS, WEEKEND]
    room.hands.advance(seconds=61)
    assert rate.of(TUESDAY).pesos == "4150.00"


def test_after_a_failure_nobody_asks_for_a_minute(room: Room) -> None:
    """Each payer would wait for a data set that does not answer."""
    room.data.status = 500
    rate = room.fresh()
    with pytest.raises(NoTrm):
        rate.of(SATURDAY)
    with pytest.raises(NoTrm):
        rate.of(SATURDAY)
    assert len(room.data.asked) == 1
    room.data.status, room.data.rows = 200, [WEEKEND]
    room.hands.advance(seconds=61)
    assert rate.of(SATURDAY).pesos == "4123.45"


@pytest.mark.parametrize(
    "rows",
    [
        [],
        {},
        b"<html>mantenimiento</html>",
        b"[",
        [row("4123.45", "2026-11-21", "2026-11-23", unidad="EUR")],
        [row("0", "2026-11-21", "2026-11-23")],
        [row("4.123,45", "2026-11-21", "2026-11-23")],
        [row("NaN", "2026-11-21", "2026-11-23")],
        [row("41234567.00", "2026-11-21", "2026-11-23")],
        [row("4123.45", "ayer", "2026-11-23")],
        ["4123.45"],
    ],
)
def test_what_is_no_rate_is_none(room: Room, rows: Any) -> None:
    """An error of the data set's never becomes somebody's price."""
    room.data.rows = rows
    with pytest.raises(NoTrm):
        room.fresh().of(SATURDAY)


def test_a_row_that_cannot_be_read_hides_no_other(room: Room) -> None:
    """Each stands for itself."""
    room.data.rows = [row("?", "2026-11-21", "2026-11-23"), WEEKEND]
    assert room.fresh().of(SATURDAY).pesos == "4123.45"


def test_a_memory_that_cannot_be_read_is_none(room: Room) -> None:
    """A newer version may have written it."""
    room.store.remember("trm", '{"of": "another version"}')
    room.data.rows = [WEEKEND]
    assert room.fresh().of(SATURDAY).pesos == "4123.45"
