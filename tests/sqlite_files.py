"""Between SQLite and the operating system: by SQLite's own interface for that (https://www.sqlite.org/vfs.html), with
ctypes and without a compiler. Nothing of the product is changed.
"""

from __future__ import annotations

import _sqlite3
import ctypes
from collections.abc import Callable
from pathlib import Path
from typing import Any

OK = 0
_MAIN_DB, _WAL = 0x100, 0x80000

_Int, _Pointer = ctypes.c_int, ctypes.c_void_p
OPEN = ctypes.CFUNCTYPE(_Int, _Pointer, _Pointer, _Pointer, _Int, _Pointer)
WRITE = ctypes.CFUNCTYPE(_Int, _Pointer, _Pointer, _Int, ctypes.c_int64)
TRUNCATE = ctypes.CFUNCTYPE(_Int, _Pointer, ctypes.c_int64)
SYNC = ctypes.CFUNCTYPE(_Int, _Pointer, _Int)


class _Vfs(ctypes.Structure):
    """The head of ``sqlite3_vfs``."""

    _fields_ = [
        ("version", _Int),
        ("size_of_file", _Int),
        ("longest_path", _Int),
        ("next", _Pointer),
        ("name", ctypes.c_char_p),
        ("app_data", _Pointer),
        ("open", OPEN),
    ]


class Methods(ctypes.Structure):
    """``sqlite3_io_methods``; what is left as it is has no type."""

    _fields_ = [
        ("version", _Int),
        ("close", _Pointer),
        ("read", _Pointer),
        ("write", WRITE),
        ("truncate", TRUNCATE),
        ("sync", SYNC),
        ("rest", _Pointer * 13),
    ]


class _File(ctypes.Structure):
    """The head of ``sqlite3_file``."""

    _fields_ = [("methods", ctypes.POINTER(Methods))]


_kept: list[Any] = []
"""What SQLite holds addresses of, for as long as the process lives."""


def on_each_file(change: Callable[[Methods, Path], Methods]) -> None:
    """From now on, ``change`` the methods of each database and each log that SQLite opens in this process.

    It is given a copy that it may keep parts of, and returns the ones to use.
    """
    library = ctypes.CDLL(_sqlite3.__file__)
    library.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
    vfs = library.sqlite3_vfs_find(None).contents
    original = OPEN(ctypes.cast(vfs.open, _Pointer).value or 0)

    def opened(this: int, name: int | None, file: int, flags: int, out: int) -> int:
        status = int(original(this, name, file, flags, out))
        if status == OK and name and flags & (_MAIN_DB | _WAL):
            head = _File.from_address(file)
            methods = head.methods.contents
            ours = change(Methods.from_buffer_copy(methods), Path(ctypes.string_at(name).decode()))
            _kept.extend((ours, methods))
            head.methods = ctypes.pointer(ours)
        return status

    replacement = OPEN(opened)
    _kept.extend((original, replacement))
    vfs.open = replacement
