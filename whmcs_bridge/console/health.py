"""The page Health: doctor on demand, when events were last heard, the keys' environment, and whether the files fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from whmcs_bridge import __version__
from whmcs_bridge.bridge import Bridge
from whmcs_bridge.console.addresses import at
from whmcs_bridge.console.calls import Answer, Call
from whmcs_bridge.console.checkup import Checkup
from whmcs_bridge.doctor.examination import Examination
from whmcs_bridge.ledger.heartbeat import alive
from whmcs_bridge.whmcs.hooks_files import HooksInstallError, digests


@dataclass(frozen=True, slots=True)
class HealthView:
    """Everything on the page."""

    environment: str
    version: str
    versions: Mapping[str, str]
    """What runs at WHMCS's side."""
    other_files: Sequence[str] | None
    """Which of our files there are not this release's; None where it cannot be told."""
    event_at: datetime | None
    payment_at: datetime | None
    worker_lives: bool
    run: Examination | None
    goes_on: bool


def see_health(bridge: Bridge, checkup: Checkup, call: Call) -> HealthView:
    """Look. Raises ``DatabaseUnavailable``."""
    event_at, payment_at = bridge.store.newest()
    run = checkup.last()
    return HealthView(
        environment=bridge.keys.environment,
        version=__version__,
        versions=call.versions,
        other_files=_other_files(call.hooks),
        event_at=event_at,
        payment_at=payment_at,
        worker_lives=alive(bridge.store, bridge.store.now()),
        run=run,
        goes_on=checkup.goes_on(run),
    )


def examine_now(checkup: Checkup, call: Call) -> Answer:
    """Begin a run of doctor, and lead to the page that shows it."""
    checkup.start(call.admin.signature, call.language)
    return Answer(status=303, location=at("health"))


def _other_files(told: Mapping[str, str]) -> list[str] | None:
    if not told:
        return None
    try:
        ours = digests()
    except HooksInstallError:
        return None
    return sorted(path for path, digest in ours.items() if told.get(path) != digest)
