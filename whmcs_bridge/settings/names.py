"""Names that look like settings and are none: each is told with the one that was probably meant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

PREFIXES = ("BRIDGE_", "WHMCS_", "WOMPI_")
# Kubernetes and Docker put these into the environment for services called whmcs, wompi or bridge:
# https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
_OF_THE_PLATFORM = re.compile(r"_SERVICE_(HOST|PORT(_\w+)?)\Z|_PORT(_\d+_(TCP|UDP)(_\w+)?)?\Z|_ENV_|_NAME\Z")


def misspelt(in_file: Iterable[str], in_environment: Iterable[str], known: Iterable[str]) -> dict[str, str | None]:
    """Return each unknown name with the setting that was probably meant, or None.

    Everything in the file is meant for the bridge, so a name with another beginning counts there if it is close to one.
    """
    settings = sorted(known)
    plain = {_plain(name): name for name in settings}
    found: dict[str, str | None] = {}
    for name in sorted({*in_file, *in_environment} - set(settings)):
        ours = name.upper().startswith(PREFIXES) and (name in in_file or not _OF_THE_PLATFORM.search(name))
        close = get_close_matches(_plain(name), plain, n=1, cutoff=0.75 if ours else 0.85)
        meant = plain[close[0]] if close else None
        if ours or (meant and name in in_file):
            found[name] = meant
    return found


def _plain(name: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", name.upper())
