"""A run of doctor as it is remembered: for whoever looks next, wherever it was made."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from whmcs_bridge.doctor.check import Check, Status
from whmcs_bridge.ledger.rows import moment_of
from whmcs_bridge.ledger.store import Store

_FACT = "doctor_last"


@dataclass(frozen=True, slots=True)
class Examination:
    """A run of doctor: what it has found so far, or altogether. ``who`` is an admin of the console, or empty for the
    terminal."""

    began: datetime
    ended: datetime | None
    who: str
    checks: Sequence[Check]

    @property
    def bad(self) -> list[Check]:
        """What keeps payments from being booked."""
        return [check for check in self.checks if check.status is Status.FAIL]

    @property
    def doubtful(self) -> list[Check]:
        """What somebody should look at."""
        return [check for check in self.checks if check.status is Status.WARN]

    @property
    def good(self) -> list[Check]:
        """What is in order."""
        return [check for check in self.checks if check.status is Status.OK]


def keep_examination(store: Store, run: Examination) -> None:
    """Remember a run in place of the one before it. Raises ``DatabaseUnavailable``."""
    told = {
        "began": run.began.isoformat(),
        "ended": run.ended.isoformat() if run.ended else None,
        "who": run.who,
        "checks": [asdict(check) for check in run.checks],
    }
    # Packed: a fact is no longer than 10,000 characters, and all checks with their sentences may be.
    store.remember(_FACT, base64.b85encode(zlib.compress(json.dumps(told).encode())).decode("ascii"))


def last_examination(store: Store) -> Examination | None:
    """The run that goes on, or the last one. Raises ``DatabaseUnavailable``."""
    try:
        told = json.loads(zlib.decompress(base64.b85decode(store.recall(_FACT) or "")))
        began, ended = moment_of(told["began"]), moment_of(told["ended"])
        checks = [Check(**each | {"status": Status(each["status"])}) for each in told["checks"]]
        return Examination(began, ended, str(told["who"]), checks) if began else None
    except (ValueError, TypeError, KeyError, zlib.error):
        return None
