"""What setup notes about an installation, for the next run: which release was started last, and where WHMCS is."""

from __future__ import annotations

from pathlib import Path

from whmcs_bridge import __version__
from whmcs_bridge.settings import naming
from whmcs_bridge.settings.files import read_env
from whmcs_bridge.setup.answers import WHMCS_DIR
from whmcs_bridge.setup.files import File, quoted
from whmcs_bridge.setup.places import Places
from whmcs_bridge.setup.writing import write


class Notes:
    """Files beside the settings: what is noted; one while the bridge has not read what is new; one while the proxy has
    not.

    Raises ``SettingsError`` where what is noted cannot be read.
    """

    def __init__(self, places: Places) -> None:
        self._file = places.folder / ".setup"
        self._stale = places.folder / ".restart"
        self._unpublished = places.folder / ".reload"
        with naming(self._file, "setup"):
            self._told = read_env(self._file) if self._file.is_file() else {}

    @property
    def whmcs_dir(self) -> str:
        """WHMCS's folder on this machine; empty where it is elsewhere."""
        return self._told.get(WHMCS_DIR, "")

    @property
    def is_stale(self) -> bool:
        """What runs was started before something was written, or by another release."""
        return self._stale.exists() or self._told.get("VERSION") != __version__

    def written(self) -> None:
        """Something is about to be written that the running bridge does not know."""
        write(File(self._stale, "", 0o600))

    @property
    def is_unpublished(self) -> bool:
        """The proxy was not told of the site that is written."""
        return self._unpublished.exists()

    def publishing(self) -> None:
        """The site is about to be written."""
        write(File(self._unpublished, "", 0o600))

    def published(self) -> None:
        """The proxy has read it."""
        self._unpublished.unlink(missing_ok=True)

    def hooks_are_in(self, whmcs_dir: Path | None) -> None:
        """Our files stand in this folder; None: WHMCS is elsewhere. Noted whatever becomes of the start."""
        self._note({WHMCS_DIR: str(whmcs_dir or "")})

    def started(self) -> None:
        """What runs now is this release, with all that is written."""
        self._stale.unlink(missing_ok=True)
        self._note({"VERSION": __version__})

    def _note(self, facts: dict[str, str]) -> None:
        self._told = {**self._told, **facts}
        self._file.unlink(missing_ok=True)
        write(
            File(self._file, "".join(f"{name}={quoted(value)}\n" for name, value in self._told.items() if value), 0o600)
        )
