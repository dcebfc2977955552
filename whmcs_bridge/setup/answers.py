"""The answers: a file of ``NAME=value`` lines for machines, keys told apart by their form; how secrets are shown."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from whmcs_bridge.settings import SECRET_NAMES, Problem, Settings, unknown_names, unreadable
from whmcs_bridge.settings.files import WrongEncoding, decoded, parsed
from wompi_gateway.keys import kind_of

TARGET, WHMCS_DIR = "TARGET", "WHMCS_DIR"
SETTINGS = tuple(name.upper() for name in Settings.model_fields)
# In the order in which Wompi's page shows them.
KEYS = {
    "public": "WOMPI_PUBLIC_KEY",
    "private": "WOMPI_PRIVATE_KEY",
    "events": "WOMPI_EVENTS_SECRET",
    "integrity": "WOMPI_INTEGRITY_SECRET",
}
# The public key stands in every checkout's address.
HIDDEN = SECRET_NAMES - {"WOMPI_PUBLIC_KEY"}
# What a key begins with is no secret: which of the four it is, and of which environment.
_PREFIX = re.compile(r"(?:prv_(?:test|prod)|(?:test|prod)_(?:events|integrity))_")
_WORD = re.compile(r"[A-Za-z0-9_]{12,}")


class BadAnswers(Exception):
    """The answers cannot be used; ``problems`` has a sentence for each."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("; ".join(f"{problem.name}: {problem.en}" for problem in self.problems))


def read_answers(file: Path) -> dict[str, str]:
    """Read a file of answers. Raises ``BadAnswers`` when others can read it, or nobody can."""
    try:
        with file.open("rb") as opened:
            if stat.S_IMODE(os.fstat(opened.fileno()).st_mode) & 0o077:
                raise BadAnswers(
                    [
                        Problem(
                            str(file),
                            "otros usuarios de este equipo pueden leerlo, y lleva secretos. Protéjalo (chmod 600) y, si"
                            " alguien más pudo verlo, cambie las claves",
                            "other users of this machine can read it, and it holds secrets. Protect it (chmod 600) and,"
                            " if somebody may have seen it, change the keys",
                        )
                    ]
                )
            given = parsed(decoded(opened.read()))
    except (WrongEncoding, OSError) as error:
        raise BadAnswers([unreadable("--answers", file, error)]) from None
    return {name: value.strip() for name, value in given.items()}


def strangers(names: Iterable[str]) -> list[Problem]:
    """Tell of each name that is no answer, with the one that was probably meant."""
    return unknown_names(names, (TARGET, WHMCS_DIR))


def sort_keys(pasted: str) -> dict[str, str]:
    """Find Wompi's keys in whatever was pasted, in any order and with any words around them, by their form.

    Of two of a kind the last one counts: who pastes again means the new one.
    """
    return {KEYS[kind]: word for word in _WORD.findall(pasted) if (kind := kind_of(word)) is not None}


def is_hidden(name: str, value: str) -> bool:
    """Whether this answer is a secret. A database without a password is none, and an admin looks for it."""
    return name in HIDDEN and bool(value) and (name != "BRIDGE_DATABASE_URL" or "@" in value)


def masked(value: str) -> str:
    """A secret as it may be shown: what it begins with where that tells which it is, and nothing else."""
    found = _PREFIX.match(value)
    return f"{found.group() if found else ''}••••"


def masked_line(line: str, values: Mapping[str, str]) -> str:
    """A line of a file without the value of a secret: of its own, and of those that are given."""
    name, equals, value = line.partition("=")
    if equals and is_hidden(name, value):
        return f"{name}={masked(value)}"
    for secret in {value for name, value in values.items() if is_hidden(name, value)}:
        line = line.replace(secret, masked(secret))
    return line
