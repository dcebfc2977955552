"""Work within WHMCS's folder, as its owner: when root calls, a child gives up being root for good before it looks.

Whatever links that owner has laid out there, nothing beyond the owner's own reach is read or written.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

from whmcs_bridge.whmcs.hooks_files import HooksInstallError, InstalledFile, compare
from whmcs_bridge.whmcs.hooks_installer import foreign_files, install


def install_hooks(root: Path) -> list[tuple[str, str]]:
    """Copy ``hooks/`` into a WHMCS root; another vendor's file is kept beside its place.

    Gives what became of each file that was changed, and its path. Raises ``HooksInstallError``.
    """
    return _as_owner(root, lambda: install(root, force=True))


def compare_hooks(root: Path) -> list[tuple[str, str]]:
    """The same for a dry run: how each file stands that would be changed."""
    return _as_owner(root, lambda: compare(root))


def foreign_hooks(root: Path) -> list[str]:
    """The paths, within the root, where somebody else's file stands in the place of ours. Nothing is changed."""
    found = _as_owner(root, lambda: [InstalledFile(path, "changed") for path in foreign_files(root)])
    return [path for _, path in found]


def _as_owner(root: Path, work: Callable[[], list[InstalledFile]]) -> list[tuple[str, str]]:
    try:
        owner = root.lstat()
    except OSError as error:
        why = error.strerror or str(error)
        raise HooksInstallError(f"No se puede leer {root}: {why}.", f"Cannot read {root}: {why}.") from None
    if stat.S_ISLNK(owner.st_mode):
        raise HooksInstallError(
            f"{root} es un enlace; escriba la carpeta misma: {root.resolve()}",
            f"{root} is a link; name the folder itself: {root.resolve()}",
        )
    if os.geteuid() == 0 and owner.st_uid != 0:
        lines = _in_child(owner.st_uid, owner.st_gid, lambda: _lines(work()))
    else:
        lines = _lines(work())
    return [(outcome, path) for outcome, _, path in (line.partition(" ") for line in lines)]


def _lines(files: list[InstalledFile]) -> list[str]:
    return [f"{file.outcome} {file.path}" for file in files if file.outcome != "unchanged"]


def _in_child(user: int, group: int, work: Callable[[], list[str]]) -> list[str]:
    """Work as another user in a child of this process, which tells what it did through a pipe."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(reading)
            os.setgroups([])
            os.setgid(group)
            os.setuid(user)
            with os.fdopen(writing, "w", encoding="utf-8") as told:
                try:
                    told.write("\n".join(work()))
                    status = 0
                except HooksInstallError as error:
                    told.write(str(error))
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as told:
        lines = told.read()
    _, status = os.waitpid(child, 0)
    if status != 0:
        es, _, en = lines.partition(" / ")
        raise HooksInstallError(es or "No se pudo trabajar allí.", en or "Could not work there.")
    return lines.splitlines()
