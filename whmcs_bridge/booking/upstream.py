"""How Wompi and WHMCS answered a call: the circuit breakers go by it."""

from __future__ import annotations

from enum import Enum

from whmcs_bridge.whmcs.answers import AccessRefused as WhmcsAccessRefused
from whmcs_bridge.whmcs.answers import OddAnswer as OddWhmcsAnswer
from whmcs_bridge.whmcs.answers import Unclear, Unreachable, WhmcsError
from wompi_gateway.errors import AccessRefused, ApiError, NoAnswer, OddAnswer


class Upstream(Enum):
    """The health of Wompi or WHMCS, as one call has shown it."""

    WELL = "well"
    DOWN = "down"
    REFUSES = "refuses"

    @classmethod
    def of(cls, error: Exception | None) -> Upstream | None:
        """Judge by what a call raised; None: that says nothing about the other side."""
        match error:
            case None | OddAnswer() | OddWhmcsAnswer():
                return cls.WELL
            case AccessRefused() | WhmcsAccessRefused():
                return cls.REFUSES
            case NoAnswer() | Unclear() | Unreachable():
                return cls.DOWN
            case ApiError() | WhmcsError():
                return cls.WELL
            case _:
                return None
