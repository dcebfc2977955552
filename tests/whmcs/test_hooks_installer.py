"""``hooks install``: all of our files land in a WHMCS root, or none, and nothing else is touched."""

from __future__ import annotations

import errno
import hashlib
import importlib.util
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from whmcs_bridge.whmcs import hooks_files
from whmcs_bridge.whmcs.hooks_files import HooksInstallError, hooks_directory
from whmcs_bridge.whmcs.hooks_installer import install

REPOSITORY = Path(__file__).resolve().parents[2]

# Each file that WHMCS needs, by hand: what others load comes before them.
FILES = [
    "modules/addons/wompi_bridge/lib/Answer.php",
    "modules/addons/wompi_bridge/lib/Console.php",
    "modules/addons/wompi_bridge/lib/Markup.php",
    "modules/addons/wompi_bridge/lib/Standing.php",
    "modules/gateways/wompi/lib/AdminArea.php",
    "modules/gateways/wompi/lib/AdminWidget.php",
    "modules/gateways/wompi/lib/Amount.php",
    "modules/gateways/wompi/lib/Bridge.php",
    "modules/gateways/wompi/lib/Button.php",
    "modules/gateways/wompi/lib/Call.php",
    "modules/gateways/wompi/lib/Cancellation.php",
    "modules/gateways/wompi/lib/ClientArea.php",
    "modules/gateways/wompi/lib/Details.php",
    "modules/gateways/wompi/lib/InvoiceQr.php",
    "modules/gateways/wompi/lib/Link.php",
    "modules/gateways/wompi/lib/Mail.php",
    "modules/gateways/wompi/lib/Payable.php",
    "modules/gateways/wompi/lib/Pesos.php",
    "modules/gateways/wompi/lib/Proof.php",
    "modules/gateways/wompi/lib/Refund.php",
    "modules/gateways/wompi/lib/Since.php",
    "modules/gateways/wompi/lib/Status.php",
    "modules/gateways/wompi/lib/Whmcs.php",
    "modules/addons/wompi_bridge/console.css",
    "modules/addons/wompi_bridge/wompi_bridge.php",
    "modules/gateways/callback/wompi.php",
    "modules/gateways/wompi/logo.png",
    "modules/gateways/wompi/whmcs.json",
    "includes/hooks/wompi_bridge.php",
    "modules/gateways/wompi.php",
]
MODULE = "modules/gateways/wompi.php"
RECORD = "modules/gateways/wompi/.installed.json"
OLDER = "<?php // an older release\n"


def from_an_older_release(root: Path, name: str) -> None:
    """A file as an earlier run of ours wrote it."""
    (root / name).write_text(OLDER)
    told = json.loads((root / RECORD).read_text())
    told["files"][name] = hashlib.sha256(OLDER.encode()).hexdigest()
    (root / RECORD).write_text(json.dumps(told))


@pytest.fixture
def root(bare: Path) -> Path:
    return bare


@pytest.fixture
def strict_umask() -> Iterator[None]:
    """The umask of a careful administrator."""
    before = os.umask(0o077)
    yield
    os.umask(before)


def snapshot(directory: Path) -> dict[str, bytes | str]:
    """Everything below a directory: contents, and where links lead."""
    return {
        str(path.relative_to(directory)): f"-> {path.readlink()}" if path.is_symlink() else content(path)
        for path in sorted(directory.rglob("*"))
    }


def content(path: Path) -> bytes | str:
    return path.read_bytes() if path.is_file() else "directory"


def outcomes(target: Path) -> dict[str, str]:
    return {str(file.path): file.outcome for file in install(target)}


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.usefixtures("strict_umask")
def test_everything_lands_where_whmcs_looks_for_it(root: Path) -> None:
    """Each file is there, as it is in hooks/, readable by the web server whatever the umask."""
    before = snapshot(root)
    assert [(str(file.path), file.outcome) for file in install(root)] == [(name, "written") for name in FILES]
    for name in FILES:
        assert (root / name).read_bytes() == (REPOSITORY / "hooks" / name).read_bytes()
        assert mode(root / name) == 0o644
    for directory in (
        "modules/addons", "modules/addons/wompi_bridge", "modules/addons/wompi_bridge/lib",
        "modules/gateways/callback", "modules/gateways/wompi", "modules/gateways/wompi/lib",
    ):  # fmt: skip
        assert mode(root / directory) == 0o755
        before[directory] = "directory"
    assert {name: kept for name, kept in snapshot(root).items() if name not in (*FILES, RECORD)} == before


def test_the_list_of_this_test_is_whole() -> None:
    """No file of hooks/ is left behind, and none lies there that WHMCS would not load."""
    hooks = REPOSITORY / "hooks"
    assert sorted(str(path.relative_to(hooks)) for path in hooks.rglob("*") if path.is_file()) == sorted(FILES)


def test_a_second_run_changes_nothing(root: Path) -> None:
    """The same files stay in place: not even their times move."""
    install(root)
    before = {name: (root / name).stat() for name in FILES}
    assert set(outcomes(root).values()) == {"unchanged"}
    for name, stat in before.items():
        after = (root / name).stat()
        assert (after.st_ino, after.st_mtime_ns) == (stat.st_ino, stat.st_mtime_ns)


def test_an_older_file_is_updated(root: Path) -> None:
    """Only what differs is replaced: an older text, or a mode that the web server could not read."""
    install(root)
    from_an_older_release(root, MODULE)
    (root / "modules/gateways/wompi/whmcs.json").chmod(0o600)
    found = outcomes(root)
    assert [name for name, outcome in found.items() if outcome == "updated"] == [
        "modules/gateways/wompi/whmcs.json",
        MODULE,
    ]
    assert set(found.values()) == {"unchanged", "updated"}
    assert (root / MODULE).read_bytes() == (REPOSITORY / "hooks" / MODULE).read_bytes()
    assert mode(root / "modules/gateways/wompi/whmcs.json") == 0o644


def test_a_file_is_replaced_not_rewritten(root: Path) -> None:
    """Who holds the old file open keeps all of it: the new one takes its name in one step."""
    install(root)
    from_an_older_release(root, MODULE)
    old, held = root / MODULE, root.parent / "held.php"
    held.hardlink_to(old)
    install(root)
    assert held.read_text() == OLDER
    assert old.stat().st_ino != held.stat().st_ino


@pytest.mark.parametrize("missing", ["includes/hooks", "modules/gateways"])
def test_another_directory_is_refused(root: Path, missing: str) -> None:
    """What lacks a place that WHMCS has is no WHMCS root; nothing is written, and both languages say why."""
    shutil.rmtree(root / missing)
    before = snapshot(root)
    with pytest.raises(HooksInstallError) as refused:
        install(root)
    assert str(refused.value) == (
        f"{root} no es la raíz de un WHMCS: no tiene {missing}/. / {root} is not a WHMCS root: it has no {missing}/."
    )
    assert snapshot(root) == before


def test_a_root_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """A mistyped path creates nothing."""
    with pytest.raises(HooksInstallError, match="no es la raíz de un WHMCS"):
        install(tmp_path / "typo")
    assert snapshot(tmp_path) == {}


@pytest.mark.parametrize("place", ["includes/hooks", "modules/gateways", "modules/gateways/wompi"])
def test_a_link_out_of_the_root_is_not_followed(root: Path, place: str) -> None:
    """A directory that leads elsewhere is refused before the first file is written, and elsewhere stays as it was."""
    elsewhere = root.parent / "elsewhere"
    elsewhere.mkdir()
    shutil.rmtree(root / place, ignore_errors=True)
    (root / place).symlink_to(elsewhere)
    before = snapshot(root.parent)
    with pytest.raises(HooksInstallError, match="leads outside of"):
        install(root)
    assert snapshot(root.parent) == before


def test_a_link_in_the_place_of_a_file_is_replaced(root: Path) -> None:
    """It is somebody's, so only by force. The link is kept; what it led to is neither read as ours nor written."""
    elsewhere = root.parent / "elsewhere.php"
    elsewhere.write_bytes((REPOSITORY / "hooks" / MODULE).read_bytes())
    (root / MODULE).symlink_to(elsewhere)
    elsewhere.chmod(0o600)
    with pytest.raises(HooksInstallError, match=MODULE):
        install(root)
    assert {str(file.path): file.outcome for file in install(root, force=True)}[MODULE] == "updated"
    assert not (root / MODULE).is_symlink()
    assert (root / f"{MODULE}.kept").readlink() == elsewhere
    assert mode(elsewhere) == 0o600


def test_links_inside_and_towards_the_root_are_fine(root: Path) -> None:
    """Hosts reach their WHMCS through links, and move directories within it."""
    (root / "modules/gateways").rename(root / "gateways")
    (root / "modules/gateways").symlink_to(root / "gateways")
    alias = root.parent / "public_html"
    alias.symlink_to(root)
    assert set(outcomes(alias).values()) == {"written"}
    assert (root / "gateways/wompi.php").is_file()


def test_a_directory_in_the_place_of_a_file_is_refused(root: Path) -> None:
    """It is somebody's, so it stays, and nothing else is written."""
    (root / MODULE).mkdir()
    before = snapshot(root)
    with pytest.raises(HooksInstallError, match="is a directory and should be a file"):
        install(root)
    assert snapshot(root) == before


def test_a_file_in_the_place_of_a_directory_is_refused(root: Path) -> None:
    """The same the other way round."""
    (root / "modules/gateways/wompi").write_text("not ours")
    before = snapshot(root)
    with pytest.raises(HooksInstallError, match="No se pudo instalar"):
        install(root)
    assert snapshot(root) == before


def test_a_full_disk_changes_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a later file cannot be written whole, the earlier ones, their directories and all traces are gone again."""
    (root / MODULE).write_text("<?php // another vendor's\n")
    before = snapshot(root)
    calls: list[int] = []

    def fsync(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == len(FILES):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(HooksInstallError, match="No space left on device"):
        install(root, force=True)
    assert len(calls) == len(FILES)
    assert snapshot(root) == before


def test_a_root_that_cannot_be_written_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's reason is in the message, in both languages, and no directory of ours stays behind."""

    def refuse(**_: object) -> tuple[int, str]:
        raise PermissionError(errno.EACCES, "Permission denied")

    before = snapshot(root)
    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    with pytest.raises(HooksInstallError) as refused:
        install(root)
    assert str(refused.value) == (
        f"No se pudo instalar en {root}: Permission denied. / Could not install in {root}: Permission denied."
    )
    assert snapshot(root) == before


def test_a_page_served_meanwhile_never_sees_a_module_without_its_classes(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The two files that WHMCS loads by itself take their place last, and no unfinished file has a name it loads."""
    order: list[str] = []
    replace = Path.replace

    def watch(unfinished: Path, destination: Path) -> Path:
        assert unfinished.parent == destination.parent
        assert unfinished.suffix != ".php"
        order.append(str(destination.relative_to(root)))
        return replace(unfinished, destination)

    monkeypatch.setattr(Path, "replace", watch)
    install(root)
    assert order == [*FILES, RECORD]


def test_a_checkout_brings_its_own_hooks() -> None:
    """Run from the repository, the files are those beside the package."""
    assert hooks_directory() == REPOSITORY / "hooks"


def installed_package(directory: Path) -> ModuleType:
    """The module as a wheel would lay it out in ``directory``."""
    (directory / "whmcs").mkdir()
    source = shutil.copy(str(hooks_files.__file__), directory / "whmcs/hooks_files.py")
    spec = importlib.util.spec_from_file_location("installed_hooks_files", source)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, spec.name, module)  # dataclasses look their module up
        spec.loader.exec_module(module)
    return module


def test_a_wheel_brings_its_own_hooks(tmp_path: Path) -> None:
    """Installed from a wheel, the files are those inside of the package, whatever lies beside it."""
    package = tmp_path / "site-packages/whmcs_bridge"
    package.mkdir(parents=True)
    module = installed_package(package)
    with pytest.raises(module.HooksInstallError, match="no trae la carpeta hooks"):
        module.hooks_directory()
    for directory in (package.parent / "hooks", package / "hooks"):
        shutil.copytree(REPOSITORY / "hooks", directory)
    assert module.hooks_directory() == package / "hooks"


def test_leftovers_of_an_editor_are_not_installed(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what the project is made of goes into a web root."""
    hooks = tmp_path / "hooks"
    shutil.copytree(REPOSITORY / "hooks", hooks)
    for name in ("modules/gateways/wompi.php~", "modules/gateways/wompi/.secret", "README.md", "evil.php"):
        (hooks / name).write_text("leftover")
    monkeypatch.setattr(hooks_files, "hooks_directory", lambda: hooks)
    assert list(outcomes(root)) == FILES
