"""An admin's world: a WHMCS and a Wompi that answer, the answers in a file, and ``wompi-bridge setup`` as a process."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.processes import call
from whmcs_bridge.sandbox.whmcs.server import WhmcsSandbox
from whmcs_bridge.sandbox.wompi.server import WompiSandbox

REPOSITORY = Path(__file__).parents[2]
SECRET = "a-bridge-secret-of-the-tests-0123456789"


@dataclass
class Shop:
    """``answers`` are written before each call; what is written lands below ``root``."""

    whmcs: WhmcsSandbox
    wompi: WompiSandbox
    folder: Path
    answers: dict[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    """Where commands are called; None: in the admin's home."""

    @property
    def root(self) -> Path:
        return self.folder / "root"

    @property
    def whmcs_dir(self) -> Path:
        return self.folder / "whmcs"

    def write_answers(self) -> Path:
        file = self.folder / "answers"
        file.write_text("".join(f"{name}={value}\n" for name, value in self.answers.items()), "utf-8")
        file.chmod(0o600)
        return file

    def call(self, *arguments: str, root: bool = True) -> subprocess.CompletedProcess[str]:
        """Run setup to its end with the answers."""
        where = ["--root", str(self.root)] if root else []
        return self.wompi_bridge("setup", "--answers", str(self.write_answers()), *where, *arguments)

    def wompi_bridge(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run a command as an admin does, in a folder of their own."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        return call(*arguments, folder=self.cwd or home, HOME=str(home), **settings)

    def written(self) -> dict[str, str]:
        """Every file below the root, with its text."""
        return {
            str(path.relative_to(self.root)): path.read_text("utf-8")
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and path.suffix != ".zip"
        }


@contextmanager
def shop_in(folder: Path) -> Iterator[Shop]:
    """Start it. WHMCS's root is as WHMCS unpacks it, as far as the installer looks."""
    for name in ("includes/hooks", "modules/gateways/callback"):
        (folder / "whmcs" / name).mkdir(parents=True)
    (folder / "whmcs/init.php").write_text("<?php\n")
    whmcs, wompi = WhmcsSandbox(), WompiSandbox()
    with whmcs.serving(), wompi.serving():
        whmcs.add_client(id=77)
        answers = {
            "BRIDGE_URL": "https://pagos.suempresa.com/",
            "BRIDGE_SECRET": SECRET,
            "BRIDGE_BRAND_NAME": "Hosting 'Andino' S.A.S.",
            "BRIDGE_TEST_CLIENTS": "77",
            "WHMCS_URL": whmcs.url,
            "WHMCS_API_IDENTIFIER": whmcs.identifier,
            "WHMCS_API_SECRET": whmcs.secret,
            "WOMPI_PUBLIC_KEY": wompi.public_key,
            "WOMPI_PRIVATE_KEY": wompi.private_key,
            "WOMPI_INTEGRITY_SECRET": wompi.integrity_secret,
            "WOMPI_EVENTS_SECRET": wompi.events_secret,
            "WOMPI_API_URL": wompi.api_url,
            "WHMCS_DIR": str(folder / "whmcs"),
        }
        yield Shop(whmcs, wompi, folder, answers)
