"""The wheel: what ``pip install .`` puts on an admin's server is whole."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from configparser import ConfigParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.processes import clean_environment
from tests.setup.shop import shop_in

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's content, as it lands in site-packages."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, timeout=300)
    (wheel,) = folder.glob("whmcs_wompi_bridge-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_holds_everything_that_is_not_python(installed: Path) -> None:
    """Pages, sandboxes, migrations and the files for WHMCS; the manuals, and no tests."""
    found = {str(path.relative_to(installed)) for path in installed.rglob("*") if path.is_file()}
    for needed in (
        "whmcs_bridge/web/templates/pay.html",
        "whmcs_bridge/web/templates/style.css",
        "whmcs_bridge/sandbox/whmcs/run_hooks.php",
        "whmcs_bridge/sandbox/templates/wompi/checkout.html",
        "whmcs_bridge/ledger/migrations/versions/0001_first_tables.py",
        "whmcs_bridge/hooks/modules/gateways/wompi.php",
        "whmcs_bridge/hooks/modules/gateways/wompi/logo.png",
        "whmcs_bridge/hooks/includes/hooks/wompi_bridge.php",
        "whmcs_bridge/setup/templates/wompi-bridge.service",
        "whmcs_bridge/setup/templates/passenger_wsgi.py.template",
        "whmcs_bridge/py.typed",
        "wompi_gateway/py.typed",
    ):
        assert needed in found
    assert not [name for name in found if name.startswith(("tests/", "docs/", "hooks/"))]
    documents = {name.rpartition("share/doc/whmcs-wompi-bridge/")[2] for name in found if "share/doc/" in name}
    assert {"manual.md", "manual.en.md", "config.example.env", "deploy/README.md", "CHANGELOG.md"} <= documents
    assert {"instalacion-debian-12.txt", "instalacion-passenger.txt", "instalacion-archivos.txt"} <= documents


@pytest.mark.parametrize("arguments", [("demo", "--once"), ("--version",)])
def test_runs_from_there(installed: Path, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Not from this folder: the demo pays an invoice with nothing but what was installed."""
    ended = subprocess.run(
        [sys.executable, "-m", "whmcs_bridge.cli", *arguments],
        env=clean_environment() | {"PYTHONPATH": str(installed)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr


def test_installs_the_files_for_whmcs_from_there(installed: Path, tmp_path: Path) -> None:
    """The same files that stand in ``hooks/``."""
    for folder in ("includes/hooks", "modules/gateways"):
        (tmp_path / folder).mkdir(parents=True)
    subprocess.run(
        [sys.executable, "-m", "whmcs_bridge.cli", "hooks", "install", str(tmp_path)],
        env=clean_environment() | {"PYTHONPATH": str(installed)},
        cwd=tmp_path,
        check=True,
        capture_output=True,
        timeout=60,
    )
    for source in (ROOT / "hooks").rglob("*"):
        if source.is_file():
            assert (tmp_path / source.relative_to(ROOT / "hooks")).read_bytes() == source.read_bytes()


@pytest.mark.parametrize(
    ("target", "written"), [("systemd", "etc/systemd/system/wompi-bridge.service"), ("files", ".env")]
)
def test_sets_up_a_bridge_from_there(installed: Path, tmp_path: Path, target: str, written: str) -> None:
    """Far from any clone: the templates and the files for WHMCS travel in the package."""
    with shop_in(tmp_path) as shop:
        answers, archive = str(shop.write_answers()), str(tmp_path / "wompi-whmcs.zip")
        given = {"PYTHONPATH": str(installed)}
        ended = shop.wompi_bridge("setup", "--answers", answers, "--root", str(shop.root), "--target", target, **given)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        assert (shop.root / written).is_file()
        assert (shop.whmcs_dir / "modules/gateways/wompi.php").is_file()
        assert shop.wompi_bridge("hooks", "zip", archive, **given).returncode == 0


class TestTheLock:
    """``requirements.lock``, which ``make lock`` writes: what the manual and the Dockerfile install."""

    LOCK = (ROOT / "requirements.lock").read_text("utf-8")

    def test_names_every_package_that_is_needed_in_a_version_that_is_allowed(self) -> None:
        """Whoever changes ``setup.cfg`` runs ``make lock``."""
        package = ConfigParser()
        package.read(ROOT / "setup.cfg")
        extras = package["options.extras_require"]
        listed = "\n".join((package["options"]["install_requires"], extras["mariadb"], extras["postgresql"]))
        needed = [Requirement(line) for line in listed.splitlines() if line]
        locked = dict(re.findall(r"^([a-z0-9-]+)==([^ ]+)", self.LOCK, re.MULTILINE))
        wrong = [str(one) for one in needed if locked.get(canonicalize_name(one.name), "0") not in one.specifier]
        assert wrong == []

    def test_each_has_its_hashes_and_no_host_is_named(self) -> None:
        """pip refuses what is not byte for byte what was resolved, wherever it comes from."""
        entries = re.split(r"^(?=[a-z0-9-]+==)", self.LOCK, flags=re.MULTILINE)[1:]
        assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
        assert "//" not in self.LOCK
