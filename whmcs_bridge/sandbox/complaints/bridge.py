"""The bridge itself as the module that is judged: in this process, on the sandboxes' clock, with its own database."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from whmcs_bridge.bridge import Bridge, build
from whmcs_bridge.sandbox.clock import Clock
from whmcs_bridge.sandbox.complaints.shop import Keys, Shop
from whmcs_bridge.sandbox.sandbox import free_port
from whmcs_bridge.sandbox.service import Service
from whmcs_bridge.sandbox.whmcs.server import WhmcsSandbox
from whmcs_bridge.sandbox.wompi.server import WompiSandbox
from whmcs_bridge.settings import load_settings
from whmcs_bridge.web.wompi.server import Server

# Made up: it signs nothing but links between the two sandboxes on this machine.
_SECRET = "complaints-secret-for-loopback-only-0123456789"
_SECONDS = "2"  # how long a call may take: some cases wait for it


@dataclass(slots=True)
class InProcess:
    """A bridge that can be restarted, and that can lose its database."""

    settings: dict[str, str]
    folder: Path
    clock: Clock
    port: int = 0
    _bridge: Bridge | None = None
    _server: Server | None = None
    _thread: threading.Thread | None = None

    def start(self) -> None:
        loaded = load_settings(self.settings, folder=self.folder)
        self._bridge = build(loaded, clock=self.now, ticks=self.clock, pause=lambda _seconds: None)
        self._server = Server(self._bridge, host="127.0.0.1", port=self.port)
        self._thread = threading.Thread(target=self._server.run, name="bridge")
        self._thread.start()

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.clock(), UTC)

    def stop(self) -> None:
        if self._server and self._thread and self._bridge:
            self._server.stop()
            self._thread.join()
            self._bridge.close()

    def restart(self) -> None:
        self.stop()
        self.start()

    def forget(self) -> None:
        self.stop()
        for file in self.folder.glob("bridge.db*"):
            file.unlink()
        self.start()

    def time_has_passed(self) -> None:
        """What it does every quarter of a minute."""
        if self._bridge:
            self._bridge.monitor.tick()


@contextmanager
def shop_with_the_bridge() -> Iterator[Shop]:
    """Both sandboxes on free ports, and the bridge between them."""
    clock, stop = Clock(time.time), threading.Event()
    whmcs, wompi = WhmcsSandbox(clock=clock, bridge_secret=_SECRET), WompiSandbox(clock=clock)
    folder = Path(tempfile.mkdtemp(prefix="wompi-bridge-complaints-"))
    with whmcs.serving(), wompi.serving():
        settings = {
            "BRIDGE_SECRET": _SECRET,
            "BRIDGE_DATABASE_URL": f"sqlite:///{folder / 'bridge.db'}",
            "WHMCS_TIMEOUT": _SECONDS,
            "WHMCS_POST_TIMEOUT": _SECONDS,
            "WOMPI_TIMEOUT": _SECONDS,
        }
        service = Service(whmcs, wompi, None)
        retries = threading.Thread(target=service.run, args=(stop,), name="retries")
        bridge = InProcess(settings | service.facts(), folder, clock)
        try:
            bridge.port = free_port()
            settings["BRIDGE_URL"] = whmcs.bridge_url = f"http://127.0.0.1:{bridge.port}/"
            bridge.settings |= settings
            wompi.events_url = f"{whmcs.bridge_url}webhooks/wompi"
            bridge.start()
            retries.start()
            keys = Keys(wompi.public_key, wompi.private_key, wompi.integrity_secret, wompi.events_secret)
            yield Shop(whmcs.url, wompi.url, keys, bridge)
        finally:
            stop.set()
            bridge.stop()
            if retries.is_alive():
                retries.join()
            shutil.rmtree(folder, ignore_errors=True)
