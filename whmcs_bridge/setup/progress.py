"""The answers that were proven, kept in a file of the user's own until setup has ended well."""

from __future__ import annotations

from collections.abc import Mapping

from whmcs_bridge import installation
from whmcs_bridge.settings import naming
from whmcs_bridge.settings.files import read_env
from whmcs_bridge.setup.files import File, quoted
from whmcs_bridge.setup.writing import write


class Progress:
    """Where they are kept. They hold secrets: the file is its owner's alone, and no older copy of it stays."""

    def __init__(self) -> None:
        self._file = installation.pointer({}).with_name("setup-answers")

    def read(self) -> dict[str, str]:
        """What an earlier run has left; empty where none has. Raises ``SettingsError`` where it cannot be read."""
        with naming(self._file, "setup"):
            return dict(read_env(self._file)) if self._file.is_file() else {}

    def write(self, answers: Mapping[str, str]) -> None:
        """Keep all of these."""
        text = "".join(f"{name}={quoted(value) if value else ''}\n" for name, value in answers.items())
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.unlink(missing_ok=True)
        write(File(self._file, text, 0o600))

    def forget(self) -> None:
        """All is well: they are in the settings now."""
        self._file.unlink(missing_ok=True)
