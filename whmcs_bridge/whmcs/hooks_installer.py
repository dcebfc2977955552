"""Copies our files into a WHMCS root: all of them or none, and never outside of that root."""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from whmcs_bridge.messages import hooks as words
from whmcs_bridge.whmcs.hooks_files import (
    FILE_MODE,
    WHMCS_FOLDERS,
    HooksInstallError,
    InstalledFile,
    Outcome,
    digests,
    explained,
    is_directory,
    names,
    sources,
    stay_inside,
    whmcs_root,
)
from whmcs_bridge.whmcs.hooks_record import RECORD, keep, read_record, write_record

_DIRECTORY_MODE = 0o755


@dataclass(frozen=True, slots=True)
class _Copy:
    content: bytes
    destination: Path
    installed: InstalledFile


def install(target: Path, *, force: bool = False) -> list[InstalledFile]:
    """Install our files under ``target``, a WHMCS root. A second run changes nothing.

    Every file is first written whole beside its place, then renamed. So WHMCS sees the old file or the new one, never a
    part of one, and a full disk changes nothing. A file in the way that is not as an earlier run wrote it, of another
    vendor or edited, is named, and nothing is written; with ``force`` a copy of it is kept beside it.

    Raises ``HooksInstallError`` when ``target`` is no WHMCS root, leads outside of itself, cannot be written, or holds
    files of others in the place of ours.
    """
    with explained(words.could_not_install, target), ExitStack() as undo:
        root = whmcs_root(target)
        copies = [_plan(root, source, relative) for source, relative in sources()]
        record = read_record(root, digests())
        foreign = [copy.installed.path for copy in copies if record.is_foreign(root, copy.installed.path)]
        if foreign and not force:
            raise HooksInstallError(*words.in_the_way(target, names(foreign)))
        made = {name for name in WHMCS_FOLDERS if not (root / name).exists()}
        kept = [InstalledFile(keep(root, path, undo), "kept") for path in foreign]
        written = write_record(digests(), record.folders | made)
        done = _Copy(written, root / RECORD, InstalledFile(RECORD, _outcome(root / RECORD, written)))
        _carry_out([copy for copy in (*copies, done) if copy.installed.outcome != "unchanged"])
        undo.pop_all()
        return kept + [copy.installed for copy in copies]


def foreign_files(target: Path) -> list[PurePosixPath]:
    """Name the files under ``target`` that ``install`` refuses to replace. Raises ``HooksInstallError``."""
    with explained(words.could_not_read, target):
        root = whmcs_root(target)
        record = read_record(root, digests())
        return [relative for _, relative in sources() if record.is_foreign(root, relative)]


def _plan(root: Path, source: Path, relative: PurePosixPath) -> _Copy:
    """Decide about one file without touching anything."""
    destination = root / relative
    stay_inside(root, destination.parent)
    # A symbolic link in the place of a file is not followed: the file replaces it.
    if is_directory(destination):
        raise HooksInstallError(*words.is_a_folder(destination))
    content = source.read_bytes()
    return _Copy(content, destination, InstalledFile(relative, _outcome(destination, content)))


def _outcome(destination: Path, content: bytes) -> Outcome:
    if destination.is_symlink():
        return "updated"
    if not destination.exists():
        return "written"
    same = destination.stat().st_mode & 0o777 == FILE_MODE and destination.read_bytes() == content
    return "unchanged" if same else "updated"


def _carry_out(copies: list[_Copy]) -> None:
    with ExitStack() as undo:
        staged: list[tuple[Path, Path]] = []
        for copy in copies:
            _make_directories(copy.destination.parent, undo)
            # WHMCS loads every *.php of these directories, so the unfinished file has another suffix.
            descriptor, name = tempfile.mkstemp(dir=copy.destination.parent, prefix=".wompi-", suffix=".new")
            unfinished = Path(name)
            undo.callback(unfinished.unlink, missing_ok=True)
            with os.fdopen(descriptor, "wb") as file:
                file.write(copy.content)
                file.flush()
                os.fchmod(file.fileno(), FILE_MODE)
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
