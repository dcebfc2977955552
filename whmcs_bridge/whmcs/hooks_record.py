"""Which files in a WHMCS root are ours, as we wrote them. All else is somebody's work.

They are known by a record that is kept there, and those of version 0.1, which kept none, by their digests.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

# WHMCS loads nothing of this name. It holds no secret.
RECORD = PurePosixPath("modules/gateways/wompi/.installed.json")

# What stood in the place of a file of ours is kept beside it under this name, which WHMCS does not load either.
KEPT = ".kept"
# Only its owner reads a copy: the web server would show its source to anybody.
KEPT_MODE, _FILE_MODE = 0o600, 0o644

# In every class of ours: an edited one is no module of another vendor.
_NAMESPACE = b"WHMCS\\Module\\Gateway\\Wompi"


@dataclass(frozen=True, slots=True)
class Record:
    """What we wrote into a WHMCS root, with what this release would write."""

    files: frozenset[tuple[str, str]]
    """Path in the root, and SHA-256 in hex."""
    folders: frozenset[str] = frozenset()
    """Those of WHMCS's own that it lacked before."""

    def is_ours(self, root: Path, path: PurePosixPath) -> bool:
        """Tell whether a file is there as we wrote it. Raises ``OSError``."""
        file = root / path
        if file.is_symlink() or not file.is_file():
            return False
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        return (str(path), digest) in self.files or digest in _first_digests()

    def is_foreign(self, root: Path, path: PurePosixPath) -> bool:
        """Tell whether something else is there. Raises ``OSError``."""
        file = root / path
        return (file.is_symlink() or file.exists()) and not self.is_ours(root, path)


def read_record(root: Path, digests: Mapping[str, str]) -> Record:
    """Read it; an empty one where it is not there or cannot be understood. ``digests`` are this release's files'.

    Raises ``OSError``.
    """
    files, folders = dict[str, str](), frozenset[str]()
    with suppress(FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError, AttributeError):
        told = json.loads((root / RECORD).read_bytes())
        files, folders = {str(path): str(digest) for path, digest in told["files"].items()}, frozenset(told["folders"])
    return Record(frozenset([*files.items(), *digests.items()]), folders)


def write_record(digests: Mapping[str, str], folders: frozenset[str] = frozenset()) -> bytes:
    """What the record's file holds."""
    return json.dumps({"files": dict(digests), "folders": sorted(folders)}, indent=1).encode()


def keep(root: Path, path: PurePosixPath, undo: ExitStack) -> PurePosixPath:
    """Copy somebody's file or symbolic link beside itself, and return the copy's path. An older copy stays.

    Raises ``OSError``. ``undo`` removes the copy.
    """
    original = root / path
    for copy in _copies(path):
        with suppress(FileExistsError):
            if original.is_symlink():
                (root / copy).symlink_to(original.readlink())
                undo.callback((root / copy).unlink)
                return copy
            descriptor = os.open(root / copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, KEPT_MODE)
            undo.callback((root / copy).unlink)
            with os.fdopen(descriptor, "wb") as file:
                file.write(original.read_bytes())
                file.flush()
                os.fsync(file.fileno())
            return copy
    raise FileExistsError(errno.EEXIST, f"{path}{KEPT}-*")


def give_back(root: Path, path: PurePosixPath) -> bool:
    """Put the last that was kept of another vendor into its place again; tell whether there was any.

    An edited file of ours stays a copy: without the others it would break WHMCS's pages. Raises ``OSError``.
    """
    original = root / path
    if original.is_symlink() or original.exists():
        return False
    for copy in reversed([root / name for name in _copies(path) if _stands(root / name)]):
        if copy.is_symlink() or _NAMESPACE not in copy.read_bytes():
            if not copy.is_symlink():
                copy.chmod(_FILE_MODE)
            copy.rename(original)
            return True
    return False


def _stands(file: Path) -> bool:
    return file.is_symlink() or file.is_file()


def _copies(path: PurePosixPath) -> list[PurePosixPath]:
    """The names of copies, the oldest first."""
    return [path.with_name(f"{path.name}{KEPT}{f'-{number}' if number > 1 else ''}") for number in range(1, 100)]


@cache
def _first_digests() -> frozenset[str]:
    """The files of 0.1, in each state that was ever handed out."""
    return frozenset(Path(__file__).with_name("first_hooks.txt").read_text("ascii").split())
