"""Reports how each call to another server ended, and how long it took."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum


class CallOutcome(StrEnum):
    """How one call ended, as a sign of the other server's health."""

    WELL = "well"
    """Answered as asked."""
    REJECTED = "rejected"
    """Understood, and refused for what was asked: the server is well."""
    ACCESS = "access"
    """Our key, credential, address or permission is refused."""
    UNTRUSTED = "untrusted"
    """The certificate is not the server's: nothing was sent."""
    SILENT = "silent"
    """No answer, or none that can be used."""


# The name of the call, how it ended, how many seconds it took, and the error's sentence (empty when there is none).
Observe = Callable[[str, CallOutcome, float, str], None]


def nobody(_call: str, _outcome: CallOutcome, _seconds: float, _sentence: str) -> None:
    """The observer that does nothing."""


@contextmanager
def observed(call: str, observe: Observe, outcome_of: Callable[[Exception], CallOutcome]) -> Iterator[None]:
    """Tell ``observe`` how the call within ended; ``outcome_of`` names what an error means. Errors pass on."""
    started = time.monotonic()
    outcome, sentence = CallOutcome.WELL, ""
    try:
        yield
    except Exception as error:
        outcome, sentence = outcome_of(error), str(error)
        raise
    finally:
        observe(call, outcome, time.monotonic() - started, sentence)
