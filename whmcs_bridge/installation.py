"""Where the bridge of this machine is installed, so that one command works there from any folder.

``wompi-bridge setup`` writes an installation into one of two places: of the whole server, in ``/etc/wompi-bridge``
(systemd, Docker), or of one user, in a folder that a file in the user's home names (cPanel, files). What mails, pages
and commands tell a person to type is ``wompi-bridge ...``, everywhere: this module lets it find its settings, and work
as the service's user when root calls it.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from whmcs_bridge.messages import settings as words

SYSTEM = Path("/etc/wompi-bridge")
"""The server's installation."""
STATE = Path("/var/lib/wompi-bridge")
"""The folder of its database, which the service's user owns."""

# Either is in every configuration that comes from the environment.
_GIVEN = ("BRIDGE_URL", "BRIDGE_SECRET", "BRIDGE_SECRET_FILE")


class CannotEnter(Exception):
    """The command cannot work for the installation of this machine. ``es`` and ``en`` say why, and what to do."""

    def __init__(self, es: str, en: str) -> None:
        super().__init__(en)
        self.es, self.en = es, en


def pointer(environ: Mapping[str, str]) -> Path:
    """The file that names the folder of a user's own installation."""
    return Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "wompi-bridge" / "folder"


def folder_of_user(environ: Mapping[str, str]) -> Path | None:
    """The folder of the user's own installation, if there is one."""
    try:
        folder = Path(pointer(environ).read_text("utf-8").strip())
    except (OSError, UnicodeDecodeError):
        return None
    return folder if folder.is_dir() else None


def enter(arguments: Sequence[str]) -> None:
    """Let this process work for the installation of this machine, unless it was told its settings or finds ``.env``.

    The environment, the working directory and, as root, the user are changed. With Docker the command goes on in the
    container, and this does not return. Raises ``CannotEnter``.
    """
    if os.environ.get("BRIDGE_ENV_FILE") or any(os.environ.get(name) for name in _GIVEN) or Path(".env").is_file():
        return
    if (SYSTEM / "compose.yaml").is_file():
        _in_container(SYSTEM, arguments)
    if (SYSTEM / "settings.env").is_file():
        _as_service(arguments)
    elif folder := folder_of_user(os.environ):
        if (folder / "compose.yaml").is_file():
            _in_container(folder, arguments)
        os.chdir(folder)
        _become_owner_of(folder)


def _in_container(folder: Path, arguments: Sequence[str]) -> None:
    terminal = [] if sys.stdin.isatty() and sys.stdout.isatty() else ["-T"]
    compose = ["docker", "compose", "-f", str(folder / "compose.yaml"), "exec", *terminal, "bridge", "wompi-bridge"]
    sys.stdout.flush()
    os.execvp(compose[0], [*compose, *arguments])  # noqa: S606 - no shell is wanted


def _as_service(arguments: Sequence[str]) -> None:
    """Read what only root can read, and go on as the user whose database it is."""
    secrets = SYSTEM / "secrets"
    if not os.access(secrets, os.R_OK | os.X_OK):
        sudo = ["sudo", "wompi-bridge", *arguments]
        if sys.stdin.isatty() and os.geteuid() != 0 and shutil.which("sudo"):
            os.execvp(sudo[0], sudo)  # noqa: S606 - no shell is wanted
        raise CannotEnter(*words.needs_an_administrator(" ".join(sudo)))
    from whmcs_bridge.settings import SettingsError, naming  # noqa: PLC0415 - --help must not wait for it
    from whmcs_bridge.settings.files import read_text  # noqa: PLC0415 - nor for this

    for file in sorted(secrets.iterdir()):
        if file.is_file() and not file.name.startswith(".") and file.name.isidentifier():
            try:
                with naming(file, file.name):
                    os.environ[file.name] = read_text(file).strip()
            except SettingsError as error:
                (problem,) = error.problems
                raise CannotEnter(f"{problem.name}: {problem.es}.", f"{problem.name}: {problem.en}.") from None
    os.environ["BRIDGE_ENV_FILE"] = str(SYSTEM / "settings.env")
    if STATE.is_dir():
        os.chdir(STATE)
        _become_owner_of(STATE)


def _become_owner_of(folder: Path) -> None:
    """Files of the database must not become root's: the service could not write them any more."""
    owner = folder.stat()
    if os.geteuid() == 0 and owner.st_uid != 0:
        os.umask(0o077)
        os.setgroups([owner.st_gid])
        os.setgid(owner.st_gid)
        os.setuid(owner.st_uid)
