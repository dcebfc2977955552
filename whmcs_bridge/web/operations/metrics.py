"""``/metrics``: this process's counters, and the ledger's statistics, in the form that Prometheus reads.

Of several processes on one database each gives its own counters, and all give the same statistics. The names are listed
in ``docs/monitoring.md``.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from datetime import datetime

from flask import Response, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from whmcs_bridge.bridge import Bridge
from whmcs_bridge.ledger import heartbeat
from whmcs_bridge.ledger.engine.database import DatabaseUnavailable
from whmcs_bridge.monitoring.causes import Cause
from whmcs_bridge.signed.tokens import metrics_token


def exposition(bridge: Bridge) -> Callable[[], Response]:
    """Make the view of ``/metrics``."""
    ledger = CollectorRegistry()
    ledger.register(_Ledger(bridge))
    settings = bridge.settings
    expected = (settings.bridge_metrics_token or metrics_token(settings.bridge_secret[0])).encode()

    def metrics() -> Response:
        if not _allowed(request.headers.get("Authorization", ""), expected):
            return Response("unauthorized\n", 401, {"WWW-Authenticate": "Bearer"}, mimetype="text/plain")
        text = generate_latest(bridge.counters.metrics.registry) + generate_latest(ledger)
        return Response(text, content_type=CONTENT_TYPE_LATEST)

    return metrics


def _allowed(header: str, expected: bytes) -> bool:
    scheme, _, token = header.partition(" ")
    matches = hmac.compare_digest(token.strip().encode("utf-8", "surrogatepass"), expected)
    return scheme.lower() == "bearer" and matches


class _Ledger(Collector):
    """The ledger's statistics, read at each scrape. Their cost is bounded: see ``ledger.statistics``."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing, so that registering it reads no database."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Read everything once. If the database cannot be read, ``wompi_bridge_database_up`` is all there is."""
        bridge = self._bridge
        try:
            now = bridge.store.now()
            snapshot = bridge.statistics.snapshot()
            alive_until = heartbeat.alive_until(bridge.store, now)
            alarms = bridge.alarms.alarms()
        except DatabaseUnavailable:
            yield _gauge("database_up", "Whether the database can be read.", 0)
            return
        yield _gauge("database_up", "Whether the database can be read.", 1)
        help_text = "Payments that wait for something, by state; counted up to 10000."
        payments = GaugeMetricFamily("wompi_bridge_payments", help_text, labels=["state"])
        for state, count in snapshot.payments.items():
            payments.add_metric([state], count)
        yield payments
        for name, help_text, value in (
            ("posted_last_day", "Payments booked in WHMCS in the last 24 hours; counted up to 10000.",
             snapshot.posted_last_day),
            ("open_checkouts", "Checkouts still asked about; counted up to 10000.", snapshot.open_checkouts),
            ("oldest_due_seconds", "How long the oldest due payment has waited.", _age(now, snapshot.oldest_due)),
            ("oldest_unbooked_seconds",
             "How long the oldest payment that is approved, or not yet read at Wompi, has waited to be booked.",
             _age(now, snapshot.unbooked_since)),
            ("unreadable_rows", "Payments and checkouts that this version cannot read.", snapshot.unreadable),
            ("impossible_times",
             "Payments and checkouts that wait for longer than any rule says, or come from the future.",
             snapshot.impossible_times),
        ):  # fmt: skip
            yield _gauge(name, help_text, value)
        if alive_until is not None:
            left = (alive_until - now).total_seconds()
            yield _gauge("worker_expires_seconds", "Until the worker counts as stopped; below 0 it has stopped.", left)
        on = GaugeMetricFamily("wompi_bridge_alarm", "Whether an alarm is on.", labels=["alarm"])
        for cause in Cause:
            on.add_metric([cause], int(cause in alarms and alarms[cause].on))
        yield on


def _gauge(name: str, help_text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"wompi_bridge_{name}", help_text, value=value)


def _age(now: datetime, since: datetime | None) -> float:
    return max((now - since).total_seconds(), 0.0) if since else 0.0
