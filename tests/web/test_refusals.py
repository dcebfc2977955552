"""The log of what was refused: no stranger fills the disk with it."""

from __future__ import annotations

import pytest

from tests.world import World
from whmcs_bridge.web.app import create_app
from whmcs_bridge.web.refusals import Refusals


def test_a_flood_of_refused_events_does_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """Twenty lines a second, and then how many more there were."""
    seconds = iter([*[7.5] * 50, 8.5])
    refusals = Refusals(lambda: next(seconds), "webhook")
    caplog.set_level("WARNING", logger="whmcs_bridge.web.refusals")
    for number in range(51):
        refusals.log(f"refused: {number}")
    lines = [record.getMessage() for record in caplog.records]
    assert lines[:20] == [f"refused: {number}" for number in range(20)]
    assert lines[20:] == ["webhook: 30 more were refused within a second", "refused: 50"]


@pytest.mark.parametrize("path", ["/status", "/voids", "/transaction", "/review"])
def test_E21_unsigned_calls_neither(
    sqlite_world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """A hundred within a second leave twenty lines; the first of the next second counts the rest."""
    now = 7.0
    monkeypatch.setattr("whmcs_bridge.web.host.routes.stopwatch", lambda: now)
    http = create_app(sqlite_world.bridge).test_client()
    assert {http.post(path, data=b"{}").status_code for _ in range(100)} == {401}
    assert len(caplog.records) == 20
    now = 8.0
    http.post(path, data=b"{}")
    counted, first = [record.getMessage() for record in caplog.records[20:]]
    assert counted == "signed calls: 80 more were refused within a second"
    assert first.startswith(f"{path[1:]}: refused with 401: ")


@pytest.mark.parametrize("path", ["/status", "/webhooks/wompi", "/pay/x", "/healthz"])
def test_E21_a_length_of_5000_digits_costs_no_traceback(
    sqlite_world: World, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    """Python refuses to read so long a number; whoever sends it is answered, and nothing breaks."""
    answer = sqlite_world.http.post(path, environ_overrides={"CONTENT_LENGTH": "9" * 5000})
    assert answer.status_code in (400, 401, 403, 405, 411, 413, 415)
    assert [record.message for record in caplog.records if "broke" in record.message] == []
