"""Where an installation lies, by its target; and what stands on this machine already."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from whmcs_bridge import installation
from whmcs_bridge.settings import naming
from whmcs_bridge.settings.files import read_env, read_text
from whmcs_bridge.setup.answers import HIDDEN
from whmcs_bridge.whmcs.hooks_files import ROOT_SIGNS


class Target(StrEnum):
    """What keeps the bridge running."""

    SYSTEMD = "systemd"
    PASSENGER = "passenger"
    DOCKER = "docker"
    FILES = "files"


class Proxy(StrEnum):
    """What stands in front of it, with https."""

    NGINX = "nginx"
    APACHE = "apache"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of one installation. ``root`` is ``/``, or the folder below which all is written."""

    target: Target
    root: Path
    folder: Path
    """Of its settings."""
    proxy: Proxy
    program: str
    """The command that the service runs."""
    is_real: bool = True
    """It is to run here: not written below some folder for another machine."""
    named: Path | None = None
    """The file of settings where ``BRIDGE_ENV_FILE`` names it."""

    @property
    def is_servers(self) -> bool:
        """It is the server's, and root's: its secrets are files of their own."""
        return self.target in (Target.SYSTEMD, Target.DOCKER)

    @property
    def settings_file(self) -> Path:
        return self.named or self.folder / ("settings.env" if self.is_servers else ".env")

    @property
    def secrets(self) -> Path:
        return self.folder / "secrets"

    def below(self, path: str | Path) -> Path:
        """An absolute path, below the root."""
        return self.root / str(path).lstrip("/")

    def existing(self) -> dict[str, str]:
        """What is set there already; empty where nothing is. Raises ``SettingsError`` where it cannot be read."""
        found: dict[str, str] = {}
        with naming(self.settings_file, "BRIDGE_ENV_FILE"):
            if self.settings_file.is_file():
                found = {name: value for name, value in read_env(self.settings_file).items() if value}
        for name in sorted(HIDDEN) if self.is_servers else ():
            file = self.secrets / name
            with naming(file, name):
                if file.is_file():
                    found[name] = read_text(file).strip()
        return found


def places_of(target: Target, root: Path | None, *, folder: Path | None = None) -> Places:
    """Find the places of a target. ``folder`` is one user's own installation's; None: the working directory."""
    base = root or Path("/")
    if target is Target.SYSTEMD or (target is Target.DOCKER and (root is not None or os.geteuid() == 0)):
        home = base / str(installation.SYSTEM).lstrip("/")
    elif root is not None:
        home = root
    else:
        home = folder or (_cpanel_application() if target is Target.PASSENGER else None) or Path.cwd()
    proxy = _proxy(base) if target in (Target.SYSTEMD, Target.DOCKER) else Proxy.NONE
    return Places(target, base, home, proxy, _program(), is_real=root is None)


def likely_target(environ: dict[str, str]) -> Target:
    """What this machine looks like. Docker is never guessed: somebody must want it."""
    if _cpanel_application() or "PASSENGER_APP_ENV" in environ:
        return Target.PASSENGER
    if os.geteuid() == 0 and Path("/run/systemd/system").is_dir():
        return Target.SYSTEMD
    return Target.FILES


def present() -> Places | None:
    """The installation of this machine, which ``go-live`` changes; None where there is none."""
    if named := os.environ.get("BRIDGE_ENV_FILE"):
        file = Path(named).resolve()
        return (
            Places(Target.FILES, Path("/"), file.parent, Proxy.NONE, _program(), named=file) if file.is_file() else None
        )
    if (Path.cwd() / ".env").is_file():
        passenger = (Path.cwd() / "passenger_wsgi.py").is_file()
        return places_of(Target.PASSENGER if passenger else Target.FILES, None, folder=Path.cwd())
    for folder in (installation.SYSTEM, installation.folder_of_user(os.environ)):
        if folder is None:
            continue
        if (folder / "compose.yaml").is_file():
            return Places(Target.DOCKER, Path("/"), folder, _proxy(Path("/")), _program())
        if (folder / "settings.env").is_file():
            return places_of(Target.SYSTEMD, None)
        if (folder / ".env").is_file():
            passenger = (folder / "passenger_wsgi.py").is_file()
            return places_of(Target.PASSENGER if passenger else Target.FILES, None, folder=folder)
    return None


def whmcs_folders() -> list[Path]:
    """WHMCS roots on this machine, by their own files: offered to a person, never taken without being asked for."""
    found = []
    for start in (Path.home() / "public_html", Path("/var/www"), *sorted(Path("/home").glob("*/public_html"))):
        for pattern in ("configuration.php", "*/configuration.php", "*/*/configuration.php"):
            try:
                found += [file.parent for file in sorted(start.glob(pattern)) if is_whmcs(file.parent)]
            except OSError:
                continue
    return list(dict.fromkeys(found))


def is_whmcs(folder: Path) -> bool:
    """A folder that holds WHMCS's own files."""
    return (folder / "init.php").is_file() and all((folder / place).is_dir() for place in ROOT_SIGNS)


def _proxy(base: Path) -> Proxy:
    if (base / "etc/nginx").is_dir():
        return Proxy.NGINX
    if (base / "etc/apache2").is_dir() or (base / "etc/httpd").is_dir():
        return Proxy.APACHE
    return Proxy.NGINX if base != Path("/") else Proxy.NONE


def _program() -> str:
    """The command as a service calls it: by its whole path, and not through a link that somebody else may change."""
    return str(Path(sys.prefix) / "bin" / "wompi-bridge")


def _cpanel_application() -> Path | None:
    """The application's folder, read off the virtualenv that cPanel made for it: ``~/virtualenv/APPLICATION/3.11``."""
    environment, virtualenvs = Path(sys.prefix), Path.home() / "virtualenv"
    if not environment.is_relative_to(virtualenvs) or environment.parent == virtualenvs:
        return None
    return Path.home() / environment.parent.relative_to(virtualenvs)
