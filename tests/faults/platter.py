"""What is on the disk, and what only seems to be: SQLite's writes kept apart by whether they were synced since.

``install`` puts itself between SQLite and the operating system (``tests.sqlite_files``). Files work as before; on the
side, each one has a list of writes that no ``fsync`` has confirmed. ``unplug`` writes down what a loss of power may
leave at that moment: everything that was synced, and any part of the rest.
"""

from __future__ import annotations

import ctypes
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.sqlite_files import OK, SYNC, TRUNCATE, WRITE, Methods, on_each_file

# Out of all that may be left, these are tried: nothing that was not synced, all of it, and so many mixtures.
MIXTURES = 6
_SECTOR = 512
_FULL, _IOERR_FSYNC = 13, 1034


@dataclass
class _Disk:
    """One file: what is surely on the disk, and what was written since."""

    path: Path
    synced: bytearray
    since: list[tuple[int, bytes | None]] = field(default_factory=list)

    def sync(self) -> None:
        for offset, data in self.since:
            _apply(self.synced, offset, data)
        self.since.clear()

    def left(self, keep: Callable[[], bool]) -> bytes:
        """What may be left of it: writes reach the disk sector by sector, in any order."""
        image = bytearray(self.synced)
        for offset, data in self.since:
            if data is None:
                if keep():
                    _apply(image, offset, None)
                continue
            for start in range(0, len(data), _SECTOR):
                if keep():
                    _apply(image, offset + start, data[start : start + _SECTOR])
        return bytes(image)


def _apply(image: bytearray, offset: int, data: bytes | None) -> None:
    if data is None:
        del image[offset:]
        return
    image.extend(bytes(max(0, offset - len(image))))
    image[offset : offset + len(data)] = data


class Platter:
    """All files that SQLite has open in this process. ``images`` is a folder; the files ``full`` and ``broken`` in it
    make every write, and every sync, fail for as long as they are there."""

    def __init__(self, images: Path) -> None:
        self._images = images
        self._lock = threading.Lock()
        self._files: dict[Path, _Disk] = {}

    def install(self) -> None:
        """Come between SQLite and the operating system, for all connections of this process from now on."""
        on_each_file(self._attach)

    def unplug(self) -> None:
        """Write down what the disk may hold if the power fails now."""
        with self._lock:
            for number in range(2 + MIXTURES):
                chance = random.Random(number)
                keep = (lambda: False, lambda: True)[number] if number < 2 else (lambda: chance.random() < 0.5)  # noqa: B023 - called within this turn
                folder = self._images / str(number)
                folder.mkdir()
                for disk in self._files.values():
                    (folder / disk.path.name).write_bytes(disk.left(keep))

    def _attach(self, methods: Methods, path: Path) -> Methods:
        with self._lock:
            content = path.read_bytes()
            # Two connections to one file see the same disk; an empty file is a new one.
            if path not in self._files or not content:
                self._files[path] = _Disk(path, bytearray(content))
            disk = self._files[path]
        ours = Methods.from_buffer_copy(methods)
        write, truncate, sync = methods.write, methods.truncate, methods.sync

        def on_write(this: int, data: int, size: int, offset: int) -> int:
            if (self._images / "full").exists():
                return _FULL
            with self._lock:
                status = int(write(this, data, size, offset))
                if status == OK:
                    disk.since.append((offset, ctypes.string_at(data, size)))
            return status

        def on_truncate(this: int, size: int) -> int:
            with self._lock:
                status = int(truncate(this, size))
                if status == OK:
                    disk.since.append((size, None))
            return status

        def on_sync(this: int, flags: int) -> int:
            if (self._images / "broken").exists():
                return _IOERR_FSYNC
            with self._lock:
                status = int(sync(this, flags))
                if status == OK:
                    disk.sync()
            return status

        ours.write, ours.truncate, ours.sync = WRITE(on_write), TRUNCATE(on_truncate), SYNC(on_sync)
        return ours


_installed: list[Platter] = []
"""SQLite calls it for as long as the process lives."""


def install(images: Path) -> Callable[[], None]:
    """Put a platter under this process. Returns its ``unplug``."""
    platter = Platter(images)
    platter.install()
    _installed.append(platter)
    return platter.unplug
