"""``/metrics``, the files made for it, the outside monitor, and what ``/readyz`` says of alarms."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.world import BRIDGE_SECRET, World, make_world
from whmcs_bridge.cli import main
from whmcs_bridge.doctor.configuration import read_configuration
from whmcs_bridge.ledger.engine.database import DatabaseUnavailable
from whmcs_bridge.sandbox.sandbox import Sandbox, json_answer
from whmcs_bridge.signed.tokens import metrics_token

pytestmark = pytest.mark.slow

MONITORING = Path(__file__).parent.parent.parent / "docs" / "monitoring"


# printf metrics | openssl dgst -sha256 -hmac "$BRIDGE_SECRET"
TOKEN = "1245ec15b07f520c4f4dcd9f42298a85aa2ca70e9c41af2e70630b2a4591c0d9"


def scrape(world: World, token: str = TOKEN) -> str:
    """What Prometheus is told."""
    response = world.http.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert response.status_code == 200
    return str(response.text)


def values(text: str) -> dict[tuple[str, ...], float]:
    """Every sample, by its name and its labels' values, in order of the labels' names."""
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


class TestWhoMayRead:
    @pytest.mark.parametrize(
        "header",
        [
            "",
            "Bearer",
            "Bearer ",
            "Bearer wrong",
            f"Basic {TOKEN}",
            TOKEN,
            f"Bearer {TOKEN}x",
            f"Bearer {TOKEN.upper()}",
            f"Bearer {BRIDGE_SECRET}",
        ],
    )
    def test_A110_nobody_without_the_token(self, sqlite_world: World, header: str) -> None:
        """401 that tells nothing. Who has the secret could sign a void: it is no token."""
        headers = {"Authorization": header.encode().decode("latin-1")} if header else {}
        response = sqlite_world.http.get("/metrics", headers=headers)
        assert (response.status_code, response.text) == (401, "unauthorized\n")
        assert response.headers["WWW-Authenticate"] == "Bearer"

    def test_the_first_secret_of_the_list_makes_the_token(self, tmp_path: Path) -> None:
        """While a secret is being changed, the new one."""
        old = "the-older-secret-of-the-bridge-0123456789"
        with make_world(tmp_path, BRIDGE_SECRET=f"{BRIDGE_SECRET}, {old}") as world:
            assert "wompi_bridge_build_info" in scrape(world)
            denied = world.http.get("/metrics", headers={"Authorization": f"Bearer {metrics_token(old)}"})
            assert denied.status_code == 401

    def test_a_token_of_its_own(self, tmp_path: Path) -> None:
        """Where the setting names one, it alone opens."""
        with make_world(tmp_path, BRIDGE_METRICS_TOKEN="only-for-prometheus") as world:
            assert "wompi_bridge_build_info" in scrape(world, "only-for-prometheus")
            for other in (TOKEN, BRIDGE_SECRET):
                assert world.http.get("/metrics", headers={"Authorization": f"Bearer {other}"}).status_code == 401

    def test_doctor_says_how_to_read_it(
        self, sqlite_world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A check names the option, and the option prints the token alone."""
        for name, value in sqlite_world.settings.items():
            monkeypatch.setenv(name, value)
        configuration = read_configuration(sqlite_world.settings, Path("/nonexistent"))
        (told,) = [check.message for check in configuration.checks if check.id == "settings.metrics"]
        assert "wompi-bridge doctor --metrics-token" in told
        assert main(["doctor", "--metrics-token"]) == 0
        assert capsys.readouterr().out == TOKEN + "\n"


class TestValues:
    def test_counts_what_happens(self, world: World) -> None:
        """One payment from the event to WHMCS, one that waits, one that a person must look at, and noise."""
        booked = world.pay(world.invoice())
        world.event(booked)
        world.event(booked)
        world.post_event(b"{}")
        world.event(world.pay(world.invoice(), "PENDING"))
        held = world.invoice()
        transaction = world.pay(held)
        world.whmcs.set_invoice(held, status="Cancelled")
        world.event(transaction)
        world.work()
        world.clock.advance(minutes=1)
        world.bridge.monitor.tick()
        found = values(scrape(world))
        expected = {
            ("wompi_bridge_events_total", "stored"): 3,
            ("wompi_bridge_events_total", "known"): 1,
            ("wompi_bridge_events_total", "400"): 1,
            ("wompi_bridge_events_total", "401"): 0,
            ("wompi_bridge_payments", "due"): 1,
            ("wompi_bridge_payments", "posting"): 0,
            ("wompi_bridge_payments", "review"): 1,
            ("wompi_bridge_posted_last_day",): 1,
            ("wompi_bridge_open_checkouts",): 3,
            ("wompi_bridge_looks_total", "posted"): 1,
            ("wompi_bridge_booked_seconds_count",): 1,
            ("wompi_bridge_upstream_calls_total", "AddInvoicePayment", "well", "whmcs"): 1,
            ("wompi_bridge_upstream_calls_total", "transaction", "well", "wompi"): 3,
            ("wompi_bridge_alarm", "review"): 1,
            ("wompi_bridge_alarm", "not_booked"): 0,
            ("wompi_bridge_alarms_raised_total", "review"): 1,
            ("wompi_bridge_database_up",): 1,
            ("wompi_bridge_oldest_unbooked_seconds",): 0,
        }
        assert {name: found.get(name) for name in expected} == expected
        assert found["wompi_bridge_worker_expires_seconds",] == 45  # 105 since the last sign of life, a minute ago

    def test_ages(self, sqlite_world: World) -> None:
        """WHMCS is down: approved since the first look, and waiting."""
        world = sqlite_world
        world.whmcs.maintenance = False
        transaction = world.pay(world.invoice())
        world.whmcs.maintenance = True
        world.event(transaction)
        world.work()
        world.clock.advance(minutes=7)
        found = values(scrape(world))
        assert found["wompi_bridge_oldest_unbooked_seconds",] == 420
        assert 400 < found["wompi_bridge_oldest_due_seconds",] <= 420

    def test_I6_no_label_holds_an_id_or_anything_of_a_person(self, sqlite_world: World) -> None:
        """Whatever happened."""
        world = sqlite_world
        invoice = world.invoice()
        transaction = world.pay(invoice)
        world.event(transaction)
        world.work()
        told = scrape(world)
        reference = world.bridge.store.payments()[0].reference or "-"
        for secret in (transaction, str(invoice), reference, "ana@", "5950000", BRIDGE_SECRET, world.whmcs.url):
            assert secret not in told.replace("5.95e", "")

    def test_a_database_that_is_gone_leaves_the_counters(
        self, sqlite_world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """And says that it is gone."""

        def gone() -> None:
            raise DatabaseUnavailable("gone")

        monkeypatch.setattr(sqlite_world.bridge.statistics, "snapshot", gone)
        found = values(scrape(sqlite_world))
        assert found["wompi_bridge_database_up",] == 0
        assert ("wompi_bridge_payments", "due") not in found
        assert ("wompi_bridge_events_total", "stored") in found


class TestMonitoringFiles:
    def expressions(self) -> Iterator[str]:
        """Every expression of the alert file and of the dashboard."""
        yield from re.findall(r"^ +expr: (.+)$", (MONITORING / "alerts.yml").read_text("utf-8"), re.MULTILINE)
        dashboard = json.loads((MONITORING / "dashboard.json").read_text("utf-8"))
        yield from (target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", []))

    def test_they_use_only_names_that_are_told(self, sqlite_world: World) -> None:
        """A name that does not exist would be an alert that never rings."""
        world = sqlite_world
        world.event(world.pay(world.invoice()))
        world.work()
        world.bridge.counters.metrics.alarm("review")
        told = {name for name, *_ in values(scrape(world))}
        used = {name for text in self.expressions() for name in re.findall(r"\b(?:wompi_bridge|process)_\w+", text)}
        assert len(used) > 10
        assert used <= told

    def test_every_name_is_explained(self, sqlite_world: World) -> None:
        """In docs/monitoring.md."""
        world = sqlite_world
        world.event(world.pay(world.invoice()))
        world.work()
        world.bridge.monitor.tick()
        text = (MONITORING.parent / "monitoring.md").read_text("utf-8")
        families = {re.sub(r"_(total|bucket|count|sum|created)$", "", name) for name, *_ in values(scrape(world))}
        ours = {name for name in families if name.startswith("wompi_bridge_")}
        assert {name for name in ours if name not in text} == set()


class OutsideMonitor(Sandbox):
    """An outside monitor that counts the calls it gets."""

    def __init__(self) -> None:
        super().__init__(clock=time.time, error=lambda message, status: json_answer({"error": message}, status or 500))
        self.app.get("/ping/<uuid>")(lambda uuid: self.faults.play("ping", lambda: json_answer({"ok": uuid})))


class TestHeartbeat:
    @pytest.fixture
    def watched(self, tmp_path: Path) -> Iterator[tuple[World, OutsideMonitor]]:
        monitor = OutsideMonitor()
        with monitor.serving(), make_world(tmp_path, BRIDGE_HEARTBEAT_URL=f"{monitor.url}ping/8f2e") as world:
            yield world, monitor

    def minutes(self, world: World, minutes: int, *, work: bool = True) -> None:
        for _ in range(minutes * 2):
            world.clock.advance(seconds=30)
            if work:
                world.work()
            world.bridge.monitor.tick()

    def test_is_called_once_a_minute_while_all_is_well(self, watched: tuple[World, OutsideMonitor]) -> None:
        """Also when the monitor checks more often."""
        world, monitor = watched
        self.minutes(world, 5)
        assert len(monitor.calls) == 5

    def test_falls_silent_when_money_waits(self, watched: tuple[World, OutsideMonitor]) -> None:
        """Ten minutes after the approval; and is heard again once it is booked."""
        world, monitor = watched
        transaction = world.pay(world.invoice())
        world.whmcs.maintenance = True
        world.event(transaction)
        self.minutes(world, 12)
        before = len(monitor.calls)
        assert before in (9, 10)
        self.minutes(world, 5)
        assert len(monitor.calls) == before
        world.whmcs.maintenance = False
        self.minutes(world, 10)
        assert len(monitor.calls) > before

    def test_falls_silent_when_nobody_works(self, watched: tuple[World, OutsideMonitor]) -> None:
        """The monitor of the web side alone does not call."""
        world, monitor = watched
        self.minutes(world, 1)
        self.minutes(world, 6, work=False)
        before = len(monitor.calls)
        self.minutes(world, 5, work=False)
        assert len(monitor.calls) == before

    def test_falls_silent_when_the_database_takes_nothing(
        self, watched: tuple[World, OutsideMonitor], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A write comes before each call."""
        world, monitor = watched
        world.work()

        def full(*_: Any) -> None:
            raise DatabaseUnavailable("disk full")

        monkeypatch.setattr(world.bridge.store, "remember", full)
        world.bridge.monitor.after_work()
        assert len(monitor.calls) == 0

    def test_a_monitor_that_is_down_is_told_once(
        self, watched: tuple[World, OutsideMonitor], caplog: pytest.LogCaptureFixture
    ) -> None:
        """And disturbs nothing else; its address stands in no log."""
        world, monitor = watched
        monitor.faults.add("ping", "500", times=None)
        self.minutes(world, 4)
        assert len([line for line in caplog.messages if "BRIDGE_HEARTBEAT_URL" in line]) == 1
        assert "8f2e" not in caplog.text


class TestReadyz:
    def test_says_that_an_alarm_means_that_nothing_is_booked(self, sqlite_world: World) -> None:
        """WHMCS refuses us: 503 with the alarm's name; 200 soon after it is mended."""
        world = sqlite_world
        transaction = world.pay(world.invoice())
        world.whmcs.denied = {"addinvoicepayment"}
        world.event(transaction)
        world.work()
        world.bridge.monitor.tick()
        response = world.http.get("/readyz")
        assert (response.status_code, "whmcs_refuses" in response.text) == (503, True)
        world.whmcs.denied = set()
        world.clock.advance(minutes=16)
        world.work()
        world.bridge.monitor.tick()
        assert world.http.get("/readyz").status_code == 200

    def test_is_503_when_approved_money_waits(self, sqlite_world: World) -> None:
        """Although each look at it is only due later."""
        world = sqlite_world
        transaction = world.pay(world.invoice())
        world.whmcs.maintenance = True
        world.event(transaction)
        for _ in range(11):
            world.work()
            world.clock.advance(minutes=1)
        response = world.http.get("/readyz")
        assert (response.status_code, "wompi-bridge doctor" in response.text) == (503, True)

    def test_is_503_when_the_database_takes_nothing(self, sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """It can be read, and not written: nothing can be booked. Asked often, it is tried once in ten seconds."""
        world = sqlite_world
        world.work()
        assert world.http.get("/readyz").status_code == 200

        def full(*_: Any) -> None:
            raise DatabaseUnavailable("disk full")

        monkeypatch.setattr(world.bridge.store, "remember", full)
        assert world.http.get("/readyz").status_code == 200
        world.clock.advance(seconds=11)
        response = world.http.get("/readyz")
        assert (response.status_code, "written" in response.text) == (503, True)
