"""What this process has counted since it started, in the form that Prometheus reads. The database's figures are not
here: see ``web.metrics``.

No label ever carries an id, an amount or anything of a person: only words from fixed lists.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, Info, ProcessCollector

from whmcs_bridge import __version__
from wompi_gateway.observing import CallOutcome

# A read takes a fraction of a second; AddInvoicePayment sends mails and sets up services, and may take a minute.
_CALL_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
# From approval to WHMCS: a second by the event, ten minutes when the event was lost, hours when WHMCS was down.
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
        # So that a rate can be computed from the first one on.
        for outcome in EVENT_OUTCOMES:
            self._events.labels(outcome)
        for state in LOOK_OUTCOMES:
            self._looks.labels(state)
        for side in SIDES:
            self._call_seconds.labels(side)

    def event(self, outcome: str) -> None:
        """An event was answered."""
        self._events.labels(outcome if outcome in EVENT_OUTCOMES else "400").inc()

    def look(self, state: str) -> None:
        """A payment was looked at, and left in this state."""
        self._looks.labels(state).inc()

    def booked(self, seconds: float) -> None:
        """A payment has reached WHMCS, so many seconds after its approval."""
        self._booked.observe(max(seconds, 0.0))

    def call(self, side: str, call: str, outcome: CallOutcome, seconds: float) -> None:
        """A call to Wompi or WHMCS has ended."""
        self._calls.labels(side, call, outcome).inc()
        self._call_seconds.labels(side).observe(seconds)

    def alarm(self, name: str) -> None:
        """This process has raised an alarm."""
        self._alarms.labels(name).inc()
