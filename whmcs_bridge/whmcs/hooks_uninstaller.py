"""Takes our files out of a WHMCS root, and puts back what they stood in the place of."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from pathlib import Path, PurePosixPath

from whmcs_bridge.whmcs.hooks_files import (
    WHMCS_FOLDERS,
    HooksInstallError,
    InstalledFile,
    digests,
    explained,
    is_directory,
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
    with explained(f"No se pudo desinstalar de {target}", f"Could not uninstall from {target}"):
        root = whmcs_root(target)
        record = read_record(root, digests())
        found = [InstalledFile(relative, state(root, source, relative)) for source, relative in reversed(sources())]
        changed = [file.path for file in found if record.is_foreign(root, file.path)]
        blocked = [path for path in changed if is_directory(root / path)]
        if blocked or (changed and not force):
            raise _not_ours(target, blocked or changed, force=bool(blocked))
        _remove([root / file.path for file in found if file.outcome != "missing"])
        removed = [file if file.outcome == "missing" else InstalledFile(file.path, "removed") for file in found]
        restored = [InstalledFile(file.path, "restored") for file in found if give_back(root, file.path)]
        (root / RECORD).unlink(missing_ok=True)
        return removed + restored + [InstalledFile(path, "removed") for path in _remove_empty(root, record)]


def _not_ours(target: Path, paths: list[PurePosixPath], *, force: bool) -> HooksInstallError:
    names = ", ".join(str(path) for path in paths)
    if force:
        return HooksInstallError(
            f"No se quitó nada de {target}: {names} es una carpeta, y no es nuestra.",
            f"Nothing was removed from {target}: {names} is a directory, and not ours.",
        )
    return HooksInstallError(
        f"No se quitó nada de {target}: {names} no está como lo dejó esta versión (otra versión, o alguien lo cambió)."
        " Guarde lo que quiera conservar y repita con --force.",
        f"Nothing was removed from {target}: {names} is not as this release wrote it (another release, or somebody"
        " changed it). Keep what you want of it and repeat with --force.",
    )


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
