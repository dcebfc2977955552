"""The log of what was refused: a few lines a second, and a count of the others."""

from __future__ import annotations

import logging

from whmcs_bridge.clock import Stopwatch

logger = logging.getLogger(__name__)

_LINES_A_SECOND = 20


class Refusals:
    """Logs refused requests of one kind, a few a second: no stranger may fill the disk with our log."""

    def __init__(self, ticks: Stopwatch, kind: str) -> None:
        self._ticks = ticks
        self._kind = kind
        self._second = 0
        self._logged = 0
        self._dropped = 0

    def log(self, sentence: str) -> None:
        """Log it, unless this second has its lines already; the next line says how many were left out."""
        second = int(self._ticks())
        if second != self._second:
            if self._dropped:
                logger.warning("%s: %s more were refused within a second", self._kind, self._dropped)
            self._second, self._logged, self._dropped = second, 0, 0
        if self._logged < _LINES_A_SECOND:
            self._logged += 1
            logger.warning("%s", sentence)
        else:
            self._dropped += 1
