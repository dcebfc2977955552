"""Names that look like settings and are none: a misspelt one would pass in silence, and its default be used."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Mapping
from io import StringIO
from pathlib import Path

from dotenv import dotenv_values

from whmcs_bridge.settings.settings import SECRET_NAMES, Problem, Settings
from whmcs_bridge.settings.text import WrongEncoding, read_text

_PREFIXES = ("BRIDGE_", "WHMCS_", "WOMPI_")
_KNOWN = frozenset({name.upper() for name in Settings.model_fields} | {f"{name}_FILE" for name in SECRET_NAMES})


def misspelt(environ: Mapping[str, str] | None = None, *, folder: Path | None = None) -> list[Problem]:
    """Tell of each name in the environment and the file of settings that begins like one of ours and is none."""
    environ = os.environ if environ is None else environ
    file = Path(environ.get("BRIDGE_ENV_FILE") or (folder or Path.cwd()) / ".env")
    try:
        written = dotenv_values(stream=StringIO(read_text(file)), interpolate=False) if file.is_file() else {}
    except (OSError, WrongEncoding):
        written = {}  # told by who reads the values
    names = dict.fromkeys(name for name in (*written, *environ) if name.startswith(_PREFIXES))
    return unknown(name for name in names if name != "BRIDGE_ENV_FILE")


def unknown(names: Iterable[str], also: frozenset[str] = frozenset()) -> list[Problem]:
    """Tell of each of these names that is no setting, with the one that was probably meant. ``also`` are known too."""
    known = sorted(_KNOWN | also)
    told = []
    for name in names:
        if name in known:
            continue
        meant = next(iter(difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.7)), None)
        es, en = (f"; ¿quiso decir {meant}?", f"; did you mean {meant}?") if meant else ("", "")
        told.append(Problem(name, f"no es ningún dato del puente{es}", f"is no setting of the bridge{en}"))
    return told
