"""How a file is written: whole or not at all, through no link, and what stood there before is kept beside it."""

from __future__ import annotations

import difflib
import os
import stat
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from whmcs_bridge.setup.answers import masked, masked_line
from whmcs_bridge.setup.files import File, in_bytes, of_any_encoding


class Outcome(StrEnum):
    """What is done, or would be."""

    WRITTEN = "written"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


class NotWritable(Exception):
    """A file cannot be written there; ``es`` and ``en`` say why."""

    def __init__(self, es: str, en: str) -> None:
        super().__init__(en)
        self.es, self.en = es, en


def outcome_of(file: File) -> Outcome:
    """Compare with what is there. Raises ``NotWritable`` for what is no file."""
    try:
        there = file.path.lstat()
    except FileNotFoundError:
        return Outcome.WRITTEN
    except OSError as error:
        raise _refused(file.path, error) from None
    if not stat.S_ISREG(there.st_mode):
        raise NotWritable(
            f"{file.path} no es un archivo (es un enlace o una carpeta): muévalo y repita",
            f"{file.path} is no file (a link, or a folder): move it away and repeat",
        )
    same = stat.S_IMODE(there.st_mode) == file.mode and file.owner in (None, there.st_uid)
    return Outcome.UNCHANGED if same and _read(file.path) == file.text else Outcome.UPDATED


def difference(file: File, values: Mapping[str, str]) -> str:
    """The change of a file, line by line and without secrets; its whole text where it is new."""
    if file.is_secret:
        return f"+{masked(file.text.strip())}"
    before = _read(file.path).splitlines() if file.path.is_file() else []
    lines = list(difflib.unified_diff(before, file.text.splitlines(), lineterm="", n=1))[2:]
    return "\n".join(line[0] + masked_line(line[1:], values) for line in lines)


def write(file: File) -> Outcome:
    """Bring a file to its state; nothing is touched where it is in it. Raises ``NotWritable``."""
    outcome = outcome_of(file)
    if outcome is Outcome.UNCHANGED:
        return outcome
    try:
        _make_folder(file.path.parent, 0o700 if file.is_secret else 0o755)
        if outcome is Outcome.UPDATED and _read(file.path) != file.text:
            _keep(file.path)
        _replace(file)
    except OSError as error:
        raise _refused(file.path, error) from None
    return outcome


def _replace(file: File) -> None:
    # Always of the same name: what a killed run has left is overwritten by the next. Its owner's alone from the first
    # moment, so that a secret is never readable by others.
    unfinished = file.path.with_name(f".{file.path.name}.new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(in_bytes(file.text))
            opened.flush()
            os.fchmod(opened.fileno(), file.mode)
            if file.owner is not None:
                os.fchown(opened.fileno(), file.owner, -1)
            os.fsync(opened.fileno())
        unfinished.replace(file.path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def _keep(path: Path) -> None:
    """Copy what is there beside it, under a name that no server reads, with the same mode."""
    content, mode = path.read_bytes(), stat.S_IMODE(path.stat().st_mode)
    number = 1
    while True:
        copy = path.with_name(f"{path.name}.old-{number}")
        try:
            descriptor = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
        except FileExistsError:
            if copy.is_file() and not copy.is_symlink() and copy.read_bytes() == content:
                return  # kept by a run that ended before the change
            number += 1
            continue
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(content)
        return


def _make_folder(folder: Path, mode: int) -> None:
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(mode)


def _read(path: Path) -> str:
    return of_any_encoding(path.read_bytes())


def _refused(path: Path, error: OSError) -> NotWritable:
    why = error.strerror or str(error)
    return NotWritable(f"no se puede escribir {path}: {why}", f"cannot write {path}: {why}")
