"""Takes our files out of a WHMCS root, and puts back what they stood in the place of."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from pathlib import Path, PurePosixPath

from whmcs_bridge.messages import hooks as words
from whmcs_bridge.whmcs.hooks_files import (
    WHMCS_FOLDERS,
    HooksInstallError,
    InstalledFile,
    digests,
    explained,
    is_directory,
    names,
    sources,
    state,
    whmcs_root,
)
from whmcs_bridge.whmcs.hooks_record import RECORD, Record, give_back, read_record


def uninstall(target: Path, *, force: bool = False) -> list[InstalledFile]:
    """Remove our files from ``target``, a WHMCS root, and the directories that become empty; return what was done.

    What WHMCS loads by itself goes first, so that no page sees a module without its classes. A file that is not as we
    wrote it may be somebody's work: without ``force`` it is named, and nothing is removed. What ``install`` kept of
    another vendor comes back. Foreign files are never touched, and keep their directory; WHMCS's own folders stay.

    Raises ``HooksInstallError`` when ``target`` is no WHMCS root, leads outside of itself, cannot be written, or holds
    changed files.
    """
    with explained(words.could_not_uninstall, target):
        root = whmcs_root(target)
        record = read_record(root, digests())
        found = [InstalledFile(relative, state(root, source, relative)) for source, relative in reversed(sources())]
        changed = [file.path for file in found if record.is_foreign(root, file.path)]
        blocked = [path for path in changed if is_directory(root / path)]
        if blocked:
            raise HooksInstallError(*words.folder_not_ours(target, names(blocked)))
        if changed and not force:
            raise HooksInstallError(*words.changed(target, names(changed)))
        _remove([root / file.path for file in found if file.outcome != "missing"])
        removed = [file if file.outcome == "missing" else InstalledFile(file.path, "removed") for file in found]
        restored = [InstalledFile(file.path, "restored") for file in found if give_back(root, file.path)]
        (root / RECORD).unlink(missing_ok=True)
        return removed + restored + [InstalledFile(path, "removed") for path in _remove_empty(root, record)]


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
    ours = {folder for folder in folders if str(folder) not in WHMCS_FOLDERS - record.folders}
    removed = []
    for relative in sorted(ours, key=lambda path: (-len(path.parts), path)):
        with suppress(OSError):  # not empty, or not there
            (root / relative).rmdir()
            removed.append(relative)
    return removed
