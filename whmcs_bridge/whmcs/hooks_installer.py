"""Copies ``hooks/`` into a WHMCS root and takes it out again: all of it or nothing, and never outside of that root."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from whmcs_bridge.messages import Text
from whmcs_bridge.messages import hooks as words
from whmcs_bridge.whmcs.hooks_record import RECORD, Record, give_back, keep, read_record, write_record

# Where WHMCS itself looks for PHP: https://developers.whmcs.com/hooks/getting-started/ and
# https://developers.whmcs.com/payment-gateways/getting-started/
LANDING_PLACES = (PurePosixPath("includes/hooks"), PurePosixPath("modules/gateways"), PurePosixPath("modules/addons"))
# By these a WHMCS root is known.
ROOT_SIGNS = LANDING_PLACES[:2]

# The folder's own kinds of file. An editor's backup files must not land in a web root.
_SUFFIXES = frozenset({".css", ".php", ".json", ".png"})

# Readable for the web server's user, who is seldom the one who installs, whatever the umask says.
FILE_MODE = 0o644
_DIRECTORY_MODE = 0o755
# What WHMCS has itself. Of these a folder is removed only where we have made it.
_WHMCS_FOLDERS = {str(folder) for place in LANDING_PLACES for folder in (place, *place.parents)}
_WHMCS_FOLDERS |= {"modules/gateways/callback"}

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


@dataclass(frozen=True, slots=True)
class _Copy:
    content: bytes
    destination: Path
    installed: InstalledFile


def hooks_directory() -> Path:
    """Where our own copy of ``hooks/`` is: inside of an installed package, beside it in a checkout.

    Raises ``HooksInstallError`` when the installation lacks it.
    """
    package = Path(__file__).resolve().parents[1]
    for directory in (package / "hooks", package.parent / "hooks"):
        if (directory / "modules/gateways/wompi.php").is_file():
            return directory
    raise HooksInstallError(*words.NO_FOLDER)


def install(target: Path, *, force: bool = False) -> list[InstalledFile]:
    """Install our files under ``target``, a WHMCS root. A second run changes nothing.

    Every file is first written whole beside its place, then renamed. So WHMCS sees the old file or the new one, never a
    part of one, and a full disk changes nothing. A file in the way that is not as an earlier run wrote it, of another
    vendor or edited, is named, and nothing is written; with ``force`` a copy of it is kept beside it.

    Raises ``HooksInstallError`` when ``target`` is no WHMCS root, leads outside of itself, cannot be written, or holds
    files of others in the place of ours.
    """
    with _explained(words.could_not_install, target), ExitStack() as undo:
        root = _whmcs_root(target)
        copies = [_plan(root, source, relative) for source, relative in sources()]
        record = read_record(root, digests())
        foreign = [copy.installed.path for copy in copies if record.is_foreign(root, copy.installed.path)]
        if foreign and not force:
            raise HooksInstallError(*words.in_the_way(target, _names(foreign)))
        made = {name for name in _WHMCS_FOLDERS if not (root / name).exists()}
        kept = [InstalledFile(keep(root, path, undo), "kept") for path in foreign]
        written = write_record(digests(), record.folders | made)
        done = _Copy(written, root / RECORD, InstalledFile(RECORD, _outcome(root / RECORD, written)))
        _carry_out([copy for copy in (*copies, done) if copy.installed.outcome != "unchanged"])
        undo.pop_all()
        return kept + [copy.installed for copy in copies]


def foreign_files(target: Path) -> list[PurePosixPath]:
    """Name the files under ``target`` that ``install`` refuses to replace. Raises ``HooksInstallError``."""
    with _explained(words.could_not_read, target):
        root = _whmcs_root(target)
        record = read_record(root, digests())
        return [relative for _, relative in sources() if record.is_foreign(root, relative)]


def compare(target: Path) -> list[InstalledFile]:
    """Say of each file of ours whether it is unchanged, missing or changed under ``target``. Changes nothing.

    Changed is whatever is not byte by byte this release's: an older release, an edited file, somebody's symbolic link.
    Raises ``HooksInstallError`` when ``target`` is no WHMCS root, leads outside of itself, or cannot be read.
    """
    with _explained(words.could_not_read, target):
        root = _whmcs_root(target)
        return [InstalledFile(relative, _state(root, source, relative)) for source, relative in sources()]


def digests() -> dict[str, str]:
    """SHA-256 of each file of ours, in hex, by its path in a WHMCS root."""
    return {str(relative): hashlib.sha256(source.read_bytes()).hexdigest() for source, relative in sources()}


def uninstall(target: Path, *, force: bool = False) -> list[InstalledFile]:
    """Remove our files from ``target``, a WHMCS root, and the directories that become empty; return what was done.

    What WHMCS loads by itself goes first, so that no page sees a module without its classes. A file that is not as we
    wrote it may be somebody's work: without ``force`` it is named, and nothing is removed. What ``install`` kept of
    another vendor comes back. Foreign files are never touched, and keep their directory; WHMCS's own folders stay.

    Raises ``HooksInstallError`` when ``target`` is no WHMCS root, leads outside of itself, cannot be written, or holds
    changed files.
    """
    with _explained(words.could_not_uninstall, target):
        root = _whmcs_root(target)
        record = read_record(root, digests())
        found = [InstalledFile(relative, _state(root, source, relative)) for source, relative in reversed(sources())]
        changed = [file.path for file in found if record.is_foreign(root, file.path)]
        blocked = [path for path in changed if _is_directory(root / path)]
        if blocked:
            raise HooksInstallError(*words.folder_not_ours(target, _names(blocked)))
        if changed and not force:
            raise HooksInstallError(*words.changed(target, _names(changed)))
        _remove([root / file.path for file in found if file.outcome != "missing"])
        removed = [file if file.outcome == "missing" else InstalledFile(file.path, "removed") for file in found]
        restored = [InstalledFile(file.path, "restored") for file in found if give_back(root, file.path)]
        (root / RECORD).unlink(missing_ok=True)
        return removed + restored + [InstalledFile(path, "removed") for path in _remove_empty(root, record)]


@contextmanager
def _explained(failed: Callable[[Path, str], Text], target: Path) -> Iterator[None]:
    """Raise an ``OSError`` as ``HooksInstallError``; ``failed`` says what could not be done there, and why."""
    try:
        yield
    except OSError as error:
        raise HooksInstallError(*failed(target, error.strerror or str(error))) from error


def _state(root: Path, source: Path, relative: PurePosixPath) -> Outcome:
    destination = root / relative
    _stay_inside(root, destination.parent)
    if destination.is_symlink() or _is_directory(destination):
        return "changed"
    if not destination.exists():
        return "missing"
    return "unchanged" if destination.read_bytes() == source.read_bytes() else "changed"


def _names(paths: list[PurePosixPath]) -> str:
    return ", ".join(map(str, paths))


def _is_directory(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _remove(files: list[Path]) -> None:
    """Rename every file first: when one cannot be renamed, all of them get their names back."""
    with ExitStack() as undo:
        aside = []
        for file in files:
            moved = file.with_name(f".wompi-{file.name}.old")  # a name that WHMCS does not load
            file.rename(moved)
            undo.callback(moved.rename, file)
            aside.append(moved)
        undo.pop_all()
    for moved in aside:
        moved.unlink()


def _remove_empty(root: Path, record: Record) -> list[PurePosixPath]:
    """Remove the empty ones of the directories that we make, and return their paths."""
    folders = {parent for _, relative in sources() for parent in relative.parents}
    ours = {folder for folder in folders if str(folder) not in _WHMCS_FOLDERS - record.folders}
    removed = []
    for relative in sorted(ours, key=lambda path: (-len(path.parts), path)):
        with suppress(OSError):  # not empty, or not there
            (root / relative).rmdir()
            removed.append(relative)
    return removed


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


def _whmcs_root(target: Path) -> Path:
    for place in ROOT_SIGNS:
        if not (target / place).is_dir():
            raise HooksInstallError(*words.no_root(target, place))
    return target.resolve()


def _plan(root: Path, source: Path, relative: PurePosixPath) -> _Copy:
    """Decide about one file without touching anything."""
    destination = root / relative
    _stay_inside(root, destination.parent)
    # A symbolic link in the place of a file is not followed: the file replaces it.
    if _is_directory(destination):
        raise HooksInstallError(*words.is_a_folder(destination))
    content = source.read_bytes()
    return _Copy(content, destination, InstalledFile(relative, _outcome(destination, content)))


def _stay_inside(root: Path, directory: Path) -> None:
    if not directory.resolve().is_relative_to(root):
        raise HooksInstallError(*words.leads_outside(directory, root))


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
