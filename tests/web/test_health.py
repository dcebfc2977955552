"""``/healthz`` and ``/readyz``, and what every answer has in common."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.world import World, make_world
from whmcs_bridge.ledger.engine.database import DatabaseUnavailable


def test_healthz_says_that_the_process_lives(world: World) -> None:
    """200, without asking anybody."""
    assert world.http.get("/healthz").status_code == 200


class TestReadyz:
    def test_is_503_until_a_worker_has_given_a_sign_of_life(self, world: World) -> None:
        """Without a worker nothing is booked, and that must be seen."""
        response = world.http.get("/readyz")
        assert (response.status_code, "worker" in response.text) == (503, True)
        world.work()
        assert world.http.get("/readyz").status_code == 200

    def test_is_503_when_the_worker_has_stopped(self, world: World) -> None:
        """A heart that has not beaten for longer than the longest booking."""
        world.work()
        world.clock.advance(seconds=world.bridge.settings.lease + 61)
        assert world.http.get("/readyz").status_code == 503

    def test_silence_between_two_calls_of_cron_is_no_trouble(self, world: World) -> None:
        """``run-once`` every quarter of an hour is enough."""
        world.bridge.worker.expect_next_in(1200)
        world.work()
        world.clock.advance(minutes=16)
        assert world.http.get("/readyz").status_code == 200

    def test_is_503_when_payments_have_waited_too_long(self, world: World) -> None:
        """Ten minutes overdue: something is wrong, and the reason names the command that shows it."""
        world.event(world.pay(world.invoice()))
        world.clock.advance(minutes=11)
        world.bridge.worker._heartbeat()
        response = world.http.get("/readyz")
        assert (response.status_code, "payments --state due" in response.text) == (503, True)

    def test_is_503_when_the_database_cannot_be_read(self, world: World) -> None:
        """It tells the truth, and no details."""

        def unavailable(*_: object) -> str:
            raise DatabaseUnavailable("/home/x/bridge.db: disk I/O error")

        world.bridge.store.recall = unavailable  # type: ignore[assignment]  # it always raises
        response = world.http.get("/readyz")
        assert (response.status_code, "bridge.db" in response.text) == (503, False)


class TestEveryAnswer:
    @pytest.mark.parametrize("path", ["/", "/admin", "/pay", "/pay/", "/static/x", "/voids/../", "/.env"])
    def test_an_address_that_is_not_there(self, world: World, path: str) -> None:
        """404, as a page in Spanish."""
        response = world.http.get(path)
        assert (response.status_code, '<html lang="es"' in response.text) == (404, True)

    def test_another_method_on_a_page(self, world: World) -> None:
        """405 with the methods that are there."""
        response = world.http.delete(f"/pay/{world.link(1)}")
        assert (response.status_code, "GET" in response.headers["Allow"]) == (405, True)

    def test_A120_a_fault_of_our_own_tells_nothing(self, world: World, caplog: pytest.LogCaptureFixture) -> None:
        """500 as a page; the log names the class and the place, never the values."""

        def breaking(*_: object) -> None:
            raise RuntimeError("ana@ejemplo.test pub_test_key")

        world.bridge.checkouts.quotes.read = breaking  # type: ignore[assignment]  # it always raises
        response = world.http.get(f"/pay/{world.link(1)}")
        assert response.status_code == 500
        assert "RuntimeError at test_health.py" in caplog.text
        assert "ana@" not in response.text + caplog.text

    def test_a_database_that_is_gone_is_503(self, world: World) -> None:
        """The payer is told to come back; nothing was charged."""

        def unavailable(*_: object) -> None:
            raise DatabaseUnavailable("gone")

        world.bridge.store.open_checkouts = unavailable  # type: ignore[assignment]  # it always raises
        response = world.http.get(f"/pay/{world.link(world.invoice())}")
        assert (response.status_code, response.headers["Retry-After"]) == (503, "30")

    def test_a_form_that_is_too_long_is_413(self, world: World) -> None:
        """Nobody sends 64 KiB to accept the terms."""
        response = world.http.post(f"/pay/{world.link(world.invoice())}", data={"terms": "x" * 70_000})
        assert response.status_code == 413


def test_the_bridge_may_live_under_a_path(tmp_path: Path) -> None:
    """BRIDGE_URL may carry a path, whether the proxy in front removes it or not."""
    with make_world(tmp_path, BRIDGE_URL="http://127.0.0.1:9/pagos/") as world:
        link = world.link(world.invoice())
        for path in (f"/pagos/pay/{link}", f"/pay/{link}"):
            page = world.http.get(path)
            assert (page.status_code, f'action="http://127.0.0.1:9/pagos/pay/{link}"' in page.text) == (200, True)
