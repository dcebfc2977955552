"""The healthy world as one test may break it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.doctor.patient import Patient, Tweak, proxy
from whmcs_bridge.doctor.doctor import Diagnosis
from whmcs_bridge.ledger.heartbeat import HEARTBEAT
from whmcs_bridge.sandbox.faults import Kind


@dataclass
class Room:
    """What a test may break; all of it is mended after the test."""

    patient: Patient
    patch: pytest.MonkeyPatch
    stack: ExitStack
    folder: Path

    def whmcs(self, **changes: object) -> None:
        for name, value in changes.items():
            self.patch.setattr(self.patient.world.whmcs, name, value)

    def wompi(self, **changes: object) -> None:
        for name, value in changes.items():
            self.patch.setattr(self.patient.world.wompi, name, value)

    def examine(self, **changes: str | None) -> Diagnosis:
        return self.patient.examine(changes)

    def fault(self, on: str, kind: Kind, **options: Any) -> None:
        """Plan a fault of the sandbox WHMCS."""
        faults = self.patient.world.whmcs.faults
        faults.add(on, kind, **({"times": None} | options))
        self.stack.callback(faults.clear)

    def before_bridge(self, tweak: Tweak) -> Diagnosis:
        """Examine with a proxy at the public address, which WHMCS knows."""
        url = self.stack.enter_context(proxy(self.patient.url, tweak))
        self.whmcs(bridge_url=url)
        return self.examine(BRIDGE_URL=url)

    def sql(self, statement: str, mend: str) -> None:
        """Change the database behind the bridge's back."""
        book = self.patient.world.bridge.database

        def run(text: str) -> None:
            book.write(lambda connection: connection.exec_driver_sql(text))

        run(statement)
        self.stack.callback(run, mend)

    def stop_the_heart(self) -> None:
        """Let the worker's last sign of life be too old."""
        store = self.patient.world.bridge.store
        beat = store.recall(HEARTBEAT)
        assert beat is not None
        store.remember(HEARTBEAT, (self.patient.world.clock() - timedelta(minutes=1)).isoformat())
        self.stack.callback(store.remember, HEARTBEAT, beat)
