"""The admin's language on a terminal: Spanish, unless the terminal is set to English."""

from __future__ import annotations

import os


def bilingual(es: str, en: str) -> str:
    """Choose by the POSIX variables in their order of precedence; ``C`` and no setting at all mean Spanish."""
    told = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    return en if told.lower().startswith("en") else es
