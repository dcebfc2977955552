"""The counters of this process for Prometheus. ``web.operations.metrics`` adds the database's figures.

Labels hold only words from fixed lists: no id, no amount, nothing of a person.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, Info, ProcessCollector

from whmcs_bridge import __version__
from wompi_gateway.observing import CallOutcome

# A read takes a fraction of a second; AddInvoicePayment sends mails and sets up services, and may take a minute.
_CALL_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
# From approval to WHMCS: a second by the event, ten minutes if it was lost, hours if WHMCS was down.
_BOOKING_SECONDS = (1, 2, 5, 15, 60, 300, 900, 3600, 14_400, 86_400)

EVENT_OUTCOMES = ("stored", "known", "ignored", "400", "401", "411", "413", "415", "503")
LOOK_OUTCOMES = ("due", "posting", "posted", "closed", "review")
SIDES = ("wompi", "whmcs")


class Metrics:
    """Counters of one process, in a registry of their own. Safe from any thread."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        Info("wompi_bridge_build", "The version that runs.", registry=self.registry).info({"version": __version__})
        self._events = Counter(
            "wompi_bridge_events", "Events received from Wompi, by what became of them.", ["outcome"],
            registry=self.registry,
        )  # fmt: skip
        self._looks = Counter(
            "wompi_bridge_looks", "Looks at a payment, by the state in which each left it.", ["state"],
            registry=self.registry,
        )  # fmt: skip
        self._booked = Histogram(
            "wompi_bridge_booked_seconds", "From a payment's approval, or the first word of it, until WHMCS has it.",
            buckets=_BOOKING_SECONDS, registry=self.registry,
        )  # fmt: skip
        self._calls = Counter(
            "wompi_bridge_upstream_calls", "Calls to Wompi and WHMCS, by how each ended.",
            ["upstream", "call", "outcome"], registry=self.registry,
        )  # fmt: skip
        self._call_seconds = Histogram(
            "wompi_bridge_upstream_seconds", "How long calls to Wompi and WHMCS took.", ["upstream"],
            buckets=_CALL_SECONDS, registry=self.registry,
        )  # fmt: skip
        self._alarms = Counter(
            "wompi_bridge_alarms_raised", "Alarms that this process has raised.", ["alarm"], registry=self.registry
        )
        # Begin at 0, so that a rate includes the first one.
        for outcome in EVENT_OUTCOMES:
            self._events.labels(outcome)
        for state in LOOK_OUTCOMES:
            self._looks.labels(state)
        for side in SIDES:
            self._call_seconds.labels(side)

    def event(self, outcome: str) -> None:
        """Count an answered event."""
        self._events.labels(outcome if outcome in EVENT_OUTCOMES else "400").inc()

    def look(self, state: str) -> None:
        """Count a look at a payment, by the state in which it left it."""
        self._looks.labels(state).inc()

    def booked(self, seconds: float) -> None:
        """Record that WHMCS has a payment, so many seconds after its approval."""
        self._booked.observe(max(seconds, 0.0))

    def call(self, side: str, call: str, outcome: CallOutcome, seconds: float) -> None:
        """Count a call to Wompi or WHMCS."""
        self._calls.labels(side, call, outcome).inc()
        self._call_seconds.labels(side).observe(seconds)

    def alarm(self, name: str) -> None:
        """Count an alarm that this process has raised."""
        self._alarms.labels(name).inc()
