"""Our files for WHMCS, where this installation has them and where they go; and a WHMCS root as it stands."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from whmcs_bridge.messages import Text
from whmcs_bridge.messages import hooks as words

# Where WHMCS itself looks for PHP: https://developers.whmcs.com/hooks/getting-started/ and
# https://developers.whmcs.com/payment-gateways/getting-started/
LANDING_PLACES = (PurePosixPath("includes/hooks"), PurePosixPath("modules/gateways"), PurePosixPath("modules/addons"))
# By these a WHMCS root is known.
ROOT_SIGNS = LANDING_PLACES[:2]

# The folder's own kinds of file. An editor's backup files must not land in a web root.
_SUFFIXES = frozenset({".css", ".php", ".json", ".png"})

# Readable for the web server's user, who is seldom the one who installs, whatever the umask says.
FILE_MODE = 0o644
# What WHMCS has itself. Of these a folder is removed only where we have made it.
WHMCS_FOLDERS = {str(folder) for place in LANDING_PLACES for folder in (place, *place.parents)}
WHMCS_FOLDERS |= {"modules/gateways/callback"}

Outcome = Literal["written", "updated", "unchanged", "removed", "missing", "changed", "kept", "restored"]


class HooksInstallError(Exception):
    """Nothing was installed or removed there; the message says why, in Spanish and in English."""

    def __init__(self, spanish: str, english: str) -> None:
        super().__init__(f"{spanish} / {english}")


@dataclass(frozen=True, slots=True)
class InstalledFile:
    """One file of ours in a WHMCS root, or a directory that was removed; and what was done with it."""

    path: PurePosixPath
    """Relative to the root."""
    outcome: Outcome


def hooks_directory() -> Path:
    """Where our own copy of ``hooks/`` is: inside of an installed package, beside it in a checkout.

    Raises ``HooksInstallError`` when the installation lacks it.
    """
    package = Path(__file__).resolve().parents[1]
    for directory in (package / "hooks", package.parent / "hooks"):
        if (directory / "modules/gateways/wompi.php").is_file():
            return directory
    raise HooksInstallError(*words.NO_FOLDER)


def sources() -> list[tuple[Path, PurePosixPath]]:
    """Our files, the deepest first: a file is in place before the one that loads it."""
    hooks = hooks_directory()
    files = [
        (path, PurePosixPath(path.relative_to(hooks).as_posix()))
        for place in LANDING_PLACES
        for path in (hooks / place).rglob("*")
        if path.is_file() and path.suffix in _SUFFIXES
    ]
    return sorted(files, key=lambda file: (-len(file[1].parts), file[1]))


def digests() -> dict[str, str]:
    """SHA-256 of each file of ours, in hex, by its path in a WHMCS root."""
    return {str(relative): hashlib.sha256(source.read_bytes()).hexdigest() for source, relative in sources()}


def whmcs_root(target: Path) -> Path:
    """The folder itself, behind whatever links lead to it. Raises ``HooksInstallError`` where no WHMCS stands."""
    for place in ROOT_SIGNS:
        if not (target / place).is_dir():
            raise HooksInstallError(*words.no_root(target, place))
    return target.resolve()


def compare(target: Path) -> list[InstalledFile]:
    """Say of each file of ours whether it is unchanged, missing or changed under ``target``. Changes nothing.

    Changed is whatever is not byte by byte this release's: an older release, an edited file, somebody's symbolic link.
    Raises ``HooksInstallError`` when ``target`` is no WHMCS root, leads outside of itself, or cannot be read.
    """
    with explained(words.could_not_read, target):
        root = whmcs_root(target)
        return [InstalledFile(relative, state(root, source, relative)) for source, relative in sources()]


def state(root: Path, source: Path, relative: PurePosixPath) -> Outcome:
    """How one file of ours stands there. Raises ``HooksInstallError`` where a link leads out, and ``OSError``."""
    destination = root / relative
    stay_inside(root, destination.parent)
    if destination.is_symlink() or is_directory(destination):
        return "changed"
    if not destination.exists():
        return "missing"
    return "unchanged" if destination.read_bytes() == source.read_bytes() else "changed"


def is_directory(path: Path) -> bool:
    """Tell whether a folder itself stands there, and no link to one."""
    return path.is_dir() and not path.is_symlink()


def stay_inside(root: Path, directory: Path) -> None:
    """Raise ``HooksInstallError`` where a link leads out of the root."""
    if not directory.resolve().is_relative_to(root):
        raise HooksInstallError(*words.leads_outside(directory, root))


@contextmanager
def explained(failed: Callable[[Path, str], Text], target: Path) -> Iterator[None]:
    """Raise an ``OSError`` as ``HooksInstallError``; ``failed`` says what could not be done there, and why."""
    try:
        yield
    except OSError as error:
        raise HooksInstallError(*failed(target, error.strerror or str(error))) from error


def names(paths: list[PurePosixPath]) -> str:
    """Name files in a sentence."""
    return ", ".join(map(str, paths))
