"""Copies ``hooks/`` into a WHMCS root: all of it or nothing, and never outside of that root."""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

# Where WHMCS itself looks for PHP: https://developers.whmcs.com/hooks/getting-started/ and
# https://developers.whmcs.com/payment-gateways/getting-started/
_LANDING_PLACES = (PurePosixPath("includes/hooks"), PurePosixPath("modules/gateways"))

# What the folder is made of; an editor's leftovers in a checkout have no place in somebody's web root.
_SUFFIXES = frozenset({".php", ".json", ".png"})

# The web server's user is seldom the one who installs, whatever the umask says.
_FILE_MODE = 0o644
_DIRECTORY_MODE = 0o755

Outcome = Literal["written", "updated", "unchanged"]


class HooksInstallError(Exception):
    """Nothing could be installed there; the message says why, in Spanish and in English."""

    def __init__(self, spanish: str, english: str) -> None:
        super().__init__(f"{spanish} / {english}")


@dataclass(frozen=True, slots=True)
class InstalledFile:
    """One file of ours in a WHMCS root, and what became of it."""

    path: PurePosixPath
    """Relative to the root."""
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class _Copy:
    content: bytes
    destination: Path
    installed: InstalledFile


def hooks_directory() -> Path:
    """Where our own copy of ``hooks/`` is: inside of an installed package, beside it in a checkout.

    Raises ``HooksInstallError`` when the installation lacks it.
    """
    package = Path(__file__).resolve().parent
    for directory in (package / "hooks", package.parent / "hooks"):
        if (directory / "modules/gateways/wompi.php").is_file():
            return directory
    raise HooksInstallError(
        "Esta instalación del puente no trae la carpeta hooks.",
        "This installation of the bridge lacks its hooks folder.",
    )


def install(target: Path) -> list[InstalledFile]:
    """Bring the files under ``target``, a WHMCS root, to the state of ours; a second run changes nothing.

    Every file is first written whole beside its place, then put there in one step: a page that WHMCS serves meanwhile
    sees an old file or a new one, never half of one, and a full disk changes nothing.

    Raises ``HooksInstallError`` when ``target`` is no WHMCS root, leads outside of itself, or cannot be written.
    """
    try:
        root = _whmcs_root(target)
        copies = [_plan(root, source, relative) for source, relative in _sources()]
        _carry_out([copy for copy in copies if copy.installed.outcome != "unchanged"])
    except OSError as error:
        reason = error.strerror or str(error)
        raise HooksInstallError(
            f"No se pudo instalar en {target}: {reason}.", f"Could not install in {target}: {reason}."
        ) from error
    return [copy.installed for copy in copies]


def _sources() -> list[tuple[Path, PurePosixPath]]:
    """Our files, the deepest first: what others load is in place before them."""
    hooks = hooks_directory()
    files = [
        (path, PurePosixPath(path.relative_to(hooks).as_posix()))
        for place in _LANDING_PLACES
        for path in (hooks / place).rglob("*")
        if path.is_file() and path.suffix in _SUFFIXES
    ]
    return sorted(files, key=lambda file: (-len(file[1].parts), file[1]))


def _whmcs_root(target: Path) -> Path:
    for place in _LANDING_PLACES:
        if not (target / place).is_dir():
            raise HooksInstallError(
                f"{target} no es la raíz de un WHMCS: no tiene {place}/.",
                f"{target} is not a WHMCS root: it has no {place}/.",
            )
    return target.resolve()


def _plan(root: Path, source: Path, relative: PurePosixPath) -> _Copy:
    """Decide about one file without touching anything."""
    destination = root / relative
    directory = destination.parent
    if not directory.resolve().is_relative_to(root):
        raise HooksInstallError(
            f"{directory} es un enlace que sale de {root}.", f"{directory} is a link that leads outside of {root}."
        )
    # A link in the place of a file is not followed either: it will be replaced by the file.
    if destination.is_dir() and not destination.is_symlink():
        raise HooksInstallError(
            f"{destination} es una carpeta; debería ser un archivo.",
            f"{destination} is a directory and should be a file.",
        )
    content = source.read_bytes()
    return _Copy(content, destination, InstalledFile(relative, _outcome(destination, content)))


def _outcome(destination: Path, content: bytes) -> Outcome:
    if destination.is_symlink():
        return "updated"
    if not destination.exists():
        return "written"
    same = destination.stat().st_mode & 0o777 == _FILE_MODE and destination.read_bytes() == content
    return "unchanged" if same else "updated"


def _carry_out(copies: list[_Copy]) -> None:
    with ExitStack() as undo:
        staged: list[tuple[Path, Path]] = []
        for copy in copies:
            _make_directories(copy.destination.parent, undo)
            # WHMCS loads every *.php of these directories, so the name of the unfinished file ends otherwise.
            descriptor, name = tempfile.mkstemp(dir=copy.destination.parent, prefix=".wompi-", suffix=".new")
            unfinished = Path(name)
            undo.callback(unfinished.unlink, missing_ok=True)
            with os.fdopen(descriptor, "wb") as file:
                file.write(copy.content)
                file.flush()
                os.fchmod(file.fileno(), _FILE_MODE)
                os.fsync(file.fileno())
            staged.append((unfinished, copy.destination))
        for unfinished, destination in staged:
            unfinished.replace(destination)
        undo.pop_all()


def _make_directories(directory: Path, undo: ExitStack) -> None:
    missing = [path for path in (directory, *directory.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir()
        undo.callback(_remove_if_empty, path)
        path.chmod(_DIRECTORY_MODE)


def _remove_if_empty(directory: Path) -> None:
    with suppress(OSError):
        directory.rmdir()
