"""The wheel: what ``pip install .`` puts on an admin's server is whole."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.commands.test_cli import clean_environment
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


def test_sets_up_a_bridge_from_there(installed: Path, tmp_path: Path) -> None:
    """Far from any clone: the templates and the files for WHMCS travel in the package."""
    with shop_in(tmp_path) as shop:
        answers, archive = str(shop.write_answers()), str(tmp_path / "wompi-whmcs.zip")
        given = {"PYTHONPATH": str(installed)}
        ended = shop.wompi_bridge(
            "setup", "--answers", answers, "--root", str(shop.root), "--target", "systemd", **given
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        assert (shop.root / "etc/systemd/system/wompi-bridge.service").is_file()
        assert shop.wompi_bridge("hooks", "zip", archive, **given).returncode == 0
