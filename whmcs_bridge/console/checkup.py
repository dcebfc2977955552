"""Doctor on demand: one run at a time on one database, its findings kept for whoever looks next."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from whmcs_bridge.clock import Clock
from whmcs_bridge.doctor.check import Check
from whmcs_bridge.doctor.examination import Examination, keep_examination, last_examination
from whmcs_bridge.ledger.engine.database import DatabaseUnavailable
from whmcs_bridge.ledger.store import Store
from whmcs_bridge.messages import Language, speaking

logger = logging.getLogger(__name__)

# Each of its questions is bounded in time; a run that has not ended by then died with its process.
_LONGEST_RUN = timedelta(minutes=5)


class Examine(Protocol):
    """``doctor.examine``: looks at the whole road, and hands over what it has found after each part of it."""

    def __call__(self, tell: Callable[[Sequence[Check]], None]) -> Sequence[Check]: ...


class Checkup:
    """Runs doctor beside the pages, and remembers what it found."""

    def __init__(self, store: Store, examine: Examine, clock: Clock) -> None:
        self._store = store
        self._examine = examine
        self._clock = clock
        self._one = threading.Lock()

    def last(self) -> Examination | None:
        """The run that goes on, or the last one. Raises ``DatabaseUnavailable``."""
        return last_examination(self._store)

    def goes_on(self, run: Examination | None) -> bool:
        """Whether a run is under way."""
        return run is not None and run.ended is None and timedelta(0) <= self._clock() - run.began < _LONGEST_RUN

    def start(self, who: str, language: Language) -> bool:
        """Begin a run; False when one goes on already. Raises ``DatabaseUnavailable``."""
        with self._one:
            if self.goes_on(self.last()):
                return False
            began = self._clock()
            self._keep(Examination(began, None, who, []))
        threading.Thread(target=self._run, args=(began, who, language), name="checkup", daemon=True).start()
        return True

    def _run(self, began: datetime, who: str, language: Language) -> None:
        try:
            with speaking(language):
                checks = self._examine(lambda found: self._keep(Examination(began, None, who, found)))
            self._keep(Examination(began, self._clock(), who, checks))
        except DatabaseUnavailable as error:
            logger.error("checkup: its findings could not be kept: %s", error)
        except Exception as error:  # noqa: BLE001 - a run that breaks is told as such, by its missing end
            logger.error("checkup: broke (%s)", type(error).__name__)

    def _keep(self, run: Examination) -> None:
        keep_examination(self._store, run)
