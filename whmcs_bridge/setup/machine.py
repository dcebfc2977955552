"""What setup does to the machine beside writing files: the programs that it calls, each told before it runs."""

from __future__ import annotations

import os
import shlex
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from whmcs_bridge.doctor.check import Check, Status
from whmcs_bridge.messages import bilingual
from whmcs_bridge.messages.screen import working
from whmcs_bridge.setup.files import in_bytes, of_any_encoding

_MARKS = {Status.OK: "  ok  ", Status.WARN: " ¡ojo!", Status.FAIL: " FALLA"}
_MARKS_EN = {Status.OK: "  ok  ", Status.WARN: " look ", Status.FAIL: " FAIL "}
# Seconds. Building an image downloads it first.
_LONGEST = 900.0


@dataclass(frozen=True, slots=True)
class Machine:
    """Runs programs, or with ``dry`` only tells of them."""

    dry: bool = False

    def run(self, *command: str, shown: bool = True) -> bool:
        """Run a program; False when it fails, with its last words told."""
        if shown:
            print(f"   $ {shlex.join(command)}", flush=True)
        if self.dry:
            return True
        try:
            with working(lambda: command[0]):
                ended = subprocess.run(
                    command,
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    text=True,
                    errors="replace",
                    timeout=_LONGEST,
                    check=False,
                )
        except FileNotFoundError:
            say(f"   {command[0]} no está en este equipo", f"   {command[0]} is not on this machine")
            return False
        except (OSError, subprocess.TimeoutExpired) as error:
            print(f"   {error}")
            return False
        if ended.returncode != 0 and shown:
            print("\n".join(f"   {line}" for line in (ended.stderr or ended.stdout).strip().splitlines()[-5:]))
        return ended.returncode == 0

    def has(self, program: str) -> bool:
        """Whether there is such a program."""
        return shutil.which(program, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin") is not None

    def crontab(self) -> str | None:
        """The lines of this user's cron; None where there is no cron to ask."""
        if not self.has("crontab"):
            return None
        ended = subprocess.run(["crontab", "-l"], capture_output=True, timeout=30, check=False)
        return of_any_encoding(ended.stdout) if ended.returncode == 0 else ""

    def set_crontab(self, lines: str) -> bool:
        """Replace them."""
        ended = subprocess.run(["crontab", "-"], input=in_bytes(lines), timeout=30, check=False)
        return ended.returncode == 0


def only_roots(program: Path) -> bool:
    """Nobody but root can change this program, or put another one in its place: root may run it."""
    resolved = program.resolve()
    for path in (resolved, *resolved.parents):
        try:
            found = path.stat()
        except OSError:
            return False
        if found.st_uid != 0 or (found.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not found.st_mode & stat.S_ISVTX):
            return False
    return True


def yes(text: str) -> bool:
    """Whether an answer means yes; nothing at all does."""
    return text.strip().lower() in ("", "s", "si", "sí", "y", "yes")


def heading(number: int, of: int, es: str, en: str) -> None:
    """One step of the way, with where it stands on it."""
    print(f"\n[{number}/{of}] {bilingual(es, en)}", flush=True)


def tell(checks: list[Check]) -> None:
    """Each check in a line, what is wrong with how to mend it; permissions that are well in one line together."""
    allowed = [check for check in checks if check.id.startswith("permission.") and check.status is Status.OK]
    for check in checks:
        if check in allowed:
            continue
        print(f"   {bilingual(_MARKS[check.status], _MARKS_EN[check.status])}  {check.message}")
        if check.fix:
            print(f"           → {check.fix}")
    if allowed:
        es = f"El rol de API permite {len(allowed)} acciones."
        mark = bilingual(_MARKS[Status.OK], _MARKS_EN[Status.OK])
        print(f"   {mark}  {bilingual(es, f'The API role allows {len(allowed)} actions.')}")


def say(es: str, en: str) -> None:
    """A sentence in the terminal's language."""
    print(bilingual(es, en), flush=True)
