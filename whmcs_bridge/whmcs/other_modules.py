"""Another vendor's module where the bridge's files go: told by its content, kept beside them, and given back."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

# One of these stands in every file of ours that is text, of every release.
_OURS = (b"WHMCS\\Module\\Gateway\\Wompi", b"WHMCS-Wompi bridge", b"wompi_bridge")
# What another vendor's file is kept as, beside it: WHMCS loads nothing of this name.
KEPT = ".other-module"


def foreign_files(target: Path, names: Iterable[PurePosixPath]) -> list[PurePosixPath]:
    """Name the files under ``target`` that stand where ours go and are somebody else's. Raises ``OSError``."""
    return [relative for relative in names if _is_foreign(target / relative)]


def _is_foreign(file: Path) -> bool:
    if file.suffix not in (".php", ".json") or file.is_symlink() or not file.is_file():
        return False
    content = file.read_bytes()
    return not any(mark in content for mark in _OURS)


def keep(root: Path, relative: PurePosixPath) -> PurePosixPath:
    """Copy another vendor's file beside itself, and give the copy's name. An older copy stays: this gets a number."""
    content, number = (root / relative).read_bytes(), 0
    while True:
        copy = relative.with_name(f"{relative.name}{KEPT}{number or ''}")
        try:
            descriptor = os.open(root / copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
        except FileExistsError:
            if (root / copy).read_bytes() == content:
                return copy
            number += 1
            continue
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        return copy


def restore(root: Path, names: Iterable[PurePosixPath]) -> list[PurePosixPath]:
    """Put back what was kept, where nothing stands in its place now; give their names."""
    restored = []
    for relative in names:
        copy = root / f"{relative}{KEPT}"
        if copy.is_file() and not copy.is_symlink() and not (root / relative).exists():
            copy.rename(root / relative)
            restored.append(relative)
    return restored
