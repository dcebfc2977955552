"""The files for WHMCS as an archive, for whoever has a file manager there and no terminal."""

from __future__ import annotations

import os
import stat
import tempfile
import zipfile
from contextlib import ExitStack
from pathlib import Path

from whmcs_bridge.messages import hooks as words
from whmcs_bridge.whmcs.hooks_files import FILE_MODE, HooksInstallError, digests, sources
from whmcs_bridge.whmcs.hooks_record import RECORD, write_record

# The first moment that a ZIP can name: the same files give the same bytes, whenever they are packed.
_NO_DATE = (1980, 1, 1, 0, 0, 0)


def pack(archive: Path) -> None:
    """Write the files as a ZIP that is unpacked in a WHMCS root. The same release gives the same bytes.

    Raises ``HooksInstallError`` when it cannot be written; what stood there before stays then.
    """
    try:
        descriptor, name = tempfile.mkstemp(dir=archive.parent, prefix=".wompi-", suffix=".new")
        with ExitStack() as undo:
            undo.callback(Path(name).unlink, missing_ok=True)
            with os.fdopen(descriptor, "wb") as file, zipfile.ZipFile(file, "w") as packed:
                files = {relative: source.read_bytes() for source, relative in sources()}
                for relative, content in sorted((files | {RECORD: write_record(digests())}).items()):
                    entry = zipfile.ZipInfo(str(relative), _NO_DATE)
                    entry.create_system = 3  # Unix: its modes are kept
                    entry.external_attr = (stat.S_IFREG | FILE_MODE) << 16
                    packed.writestr(entry, content, zipfile.ZIP_DEFLATED, 9)
            Path(name).chmod(FILE_MODE)
            Path(name).replace(archive)
            undo.pop_all()
    except OSError as error:
        raise HooksInstallError(*words.could_not_write(archive, error.strerror or str(error))) from error
