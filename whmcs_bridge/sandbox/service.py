"""``wompi-bridge sandbox``: both sandboxes on fixed ports, without a bridge, for whoever builds on Wompi or WHMCS."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flask import Response

from whmcs_bridge.sandbox import openapi, state
from whmcs_bridge.sandbox.clock import Clock
from whmcs_bridge.sandbox.sandbox import Sandbox
from whmcs_bridge.sandbox.whmcs.server import WhmcsSandbox
from whmcs_bridge.sandbox.wompi.server import WompiSandbox

# The newest of each generation that is known.
VERSIONS = {"7": "7.10.3", "8": "8.13.1", "9": "9.0.6"}
_TICK = 0.2  # seconds between two looks at what is due, and at what is to be saved


@dataclass(frozen=True, slots=True)
class Options:
    """What the command was given. ``speed``: how many times faster than Wompi's the retries of events are."""

    wompi_port: int = 8801
    whmcs_port: int = 8802
    host: str = "127.0.0.1"
    events_url: str = ""
    pay_url: str = ""
    state: Path | None = None
    speed: float = 1.0
    whmcs_version: str = "8"


@dataclass(slots=True)
class Service:
    """What stands while the command runs."""

    whmcs: WhmcsSandbox
    wompi: WompiSandbox
    file: Path | None
    _saved: str = field(default="", repr=False)

    def run(self, stop: threading.Event) -> None:
        """Send events again when their time has come, and keep the state, until ``stop`` is set."""
        while not stop.wait(_TICK):
            self.wompi.retry_due()
            self.save()
        self.save()

    def save(self) -> None:
        """Write the state, if there is a file for it and anything has changed. Raises OSError."""
        if self.file is None:
            return
        text = state.dump(self.whmcs, self.wompi)
        if text != self._saved:
            state.write(self.file, text)
            self._saved = text

    def facts(self) -> dict[str, str]:
        """Keys and addresses, by the names of the bridge's settings."""
        return {
            "WOMPI_API_URL": self.wompi.api_url,
            "WOMPI_CHECKOUT_URL": self.wompi.checkout_url,
            "WOMPI_PUBLIC_KEY": self.wompi.public_key,
            "WOMPI_PRIVATE_KEY": self.wompi.private_key,
            "WOMPI_INTEGRITY_SECRET": self.wompi.integrity_secret,
            "WOMPI_EVENTS_SECRET": self.wompi.events_secret,
            "WHMCS_URL": self.whmcs.url,
            "WHMCS_API_URL": self.whmcs.api_url,
            "WHMCS_API_IDENTIFIER": self.whmcs.identifier,
            "WHMCS_API_SECRET": self.whmcs.secret,
        }


@contextmanager
def serving(options: Options) -> Iterator[Service]:
    """Start both. Raises OSError when a port is taken or the file cannot be used, ValueError for a foreign file."""
    clock = Clock(time.time)
    whmcs = WhmcsSandbox(clock=clock, version=VERSIONS[options.whmcs_version])
    wompi = WompiSandbox(clock=clock, events_url=options.events_url or None)
    wompi.retry_speed = options.speed
    whmcs.pay_address = options.pay_url
    if options.state is not None and options.state.exists():
        state.load(options.state.read_text("utf-8"), whmcs, wompi)
    if not whmcs.invoices:
        whmcs.add_invoice(whmcs.add_client(), "59500.00", tax="9500.00")
    for sandbox in (whmcs, wompi):
        _describe(sandbox)
    with wompi.serving(options.host, options.wompi_port), whmcs.serving(options.host, options.whmcs_port):
        yield Service(whmcs, wompi, options.state)


def _describe(sandbox: Sandbox) -> None:
    @sandbox.app.get("/openapi.json")
    def document() -> Response:
        return Response(json.dumps(openapi.description(), ensure_ascii=False), content_type="application/json")
