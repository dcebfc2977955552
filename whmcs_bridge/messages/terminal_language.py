"""The admin's language: that of the page that they look at, or else of the terminal, which is Spanish unless it is set
to English."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from whmcs_bridge.messages.language import Language

_SPOKEN: ContextVar[Language | None] = ContextVar("spoken", default=None)


def bilingual(es: str, en: str) -> str:
    """Choose by the page, or by the POSIX variables in their order of precedence; ``C`` and no setting at all mean
    Spanish."""
    spoken = _SPOKEN.get()
    if spoken is not None:
        return en if spoken == "en" else es
    told = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    return en if told.lower().startswith("en") else es


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Let ``bilingual`` choose this language meanwhile, in this thread."""
    token = _SPOKEN.set(language)
    try:
        yield
    finally:
        _SPOKEN.reset(token)
