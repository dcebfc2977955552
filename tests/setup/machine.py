"""A machine that runs nothing: it remembers which commands setup would have run, refuses one, or dies at one."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.setup.shop import Shop
from whmcs_bridge.setup.install import Install
from whmcs_bridge.setup.machine import Machine
from whmcs_bridge.setup.places import Places, Proxy, Target
from whmcs_bridge.setup.prove import settings_from


class Killed(BaseException):
    """The machine lost its power."""


@dataclass(frozen=True, slots=True)
class Recorded(Machine):
    """Runs nothing: remembers the commands, refuses one, or is killed at one."""

    ran: list[str] = field(default_factory=list)
    cron: list[str] = field(default_factory=list)
    refuses: str = ""
    killed_at: str = ""

    def run(self, *command: str, shown: bool = True) -> bool:
        told = " ".join(command)
        if told == self.killed_at:
            raise Killed
        self.ran.append(told)
        return told != self.refuses

    def has(self, program: str) -> bool:
        return True

    def crontab(self) -> str | None:
        return "".join(self.cron)

    def set_crontab(self, lines: str) -> bool:
        self.cron[:] = lines.splitlines(keepends=True)
        return True


def server(shop: Shop, machine: Machine, target: Target = Target.SYSTEMD, proxy: Proxy = Proxy.NGINX) -> Install:
    """A machine of its own below a folder, with an installation of this kind."""
    root = shop.folder / "server"
    places = Places(target, root, root / "etc/wompi-bridge", proxy, "/program")
    values = {name: value for name, value in shop.answers.items() if name != "WHMCS_DIR"}
    return Install(places, values, settings_from(values), shop.whmcs_dir, machine=machine)
