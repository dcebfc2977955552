"""How Wompi and WHMCS answered: whoever asks them paces himself by it, see ``pace``."""

from __future__ import annotations

from enum import Enum

from whmcs_bridge.whmcs.answers import AccessRefused as WhmcsAccessRefused
from whmcs_bridge.whmcs.answers import OddAnswer as OddWhmcsAnswer
from whmcs_bridge.whmcs.answers import Unclear, Unreachable, WhmcsError
from wompi_gateway.errors import AccessRefused, ApiError, NoAnswer, OddAnswer


class Upstream(Enum):
    """The health of the other side, as one call has shown it."""

    WELL = "well"
    DOWN = "down"
    REFUSES = "refuses"


def how_wompi_is(error: Exception | None) -> Upstream | None:
    """Tell it by what a call raised. None: that says nothing about Wompi."""
    match error:
        case None | OddAnswer():
            return Upstream.WELL
        case AccessRefused():
            return Upstream.REFUSES
        case NoAnswer():
            return Upstream.DOWN
        case ApiError():
            return Upstream.WELL
        case _:
            return None


def how_whmcs_is(error: Exception | None) -> Upstream | None:
    """Tell it by what a call raised. None: that says nothing about WHMCS."""
    match error:
        case None | OddWhmcsAnswer():
            return Upstream.WELL
        case WhmcsAccessRefused():
            return Upstream.REFUSES
        case Unclear() | Unreachable():
            return Upstream.DOWN
        case WhmcsError():
            return Upstream.WELL
        case _:
            return None
