"""``hooks uninstall``, and what ``doctor`` compares: our files alone go, all of them or none, and each is told."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest

from whmcs_bridge.whmcs.hooks_files import HooksInstallError, compare
from whmcs_bridge.whmcs.hooks_installer import install
from whmcs_bridge.whmcs.hooks_uninstaller import uninstall

from .test_hooks_installer import FILES, MODULE, REPOSITORY, snapshot

HOOK = "includes/hooks/wompi_bridge.php"
DIRECTORIES = [
    "modules/addons/wompi_bridge/lib", "modules/gateways/wompi/lib", "modules/addons/wompi_bridge",
    "modules/gateways/callback", "modules/gateways/wompi", "modules/addons",
]  # fmt: skip


@pytest.fixture
def root(bare: Path) -> Path:
    """The same with our files in it."""
    install(bare)
    return bare


def told(target: Path, **options: bool) -> list[tuple[str, str]]:
    return [(str(file.path), file.outcome) for file in uninstall(target, **options)]


def compared(target: Path) -> dict[str, str]:
    return {str(file.path): file.outcome for file in compare(target)}


def test_nothing_stays_behind(bare: Path) -> None:
    """After install and uninstall the root is as it was: every file and every directory of ours is gone, and named."""
    before = snapshot(bare)
    install(bare)
    report = told(bare)
    assert report == [(name, "removed") for name in [*reversed(FILES), *DIRECTORIES]]
    assert snapshot(bare) == before


def test_what_whmcs_loads_by_itself_goes_first(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page served meanwhile may miss us, but never sees a module without its classes; nothing has a name it loads."""
    order: list[str] = []
    rename = Path.rename

    def watch(path: Path, moved: Path) -> Path:
        assert moved.parent == path.parent
        assert moved.suffix != ".php"
        order.append(str(path.relative_to(root)))
        return rename(path, moved)

    monkeypatch.setattr(Path, "rename", watch)
    uninstall(root)
    assert order[:2] == [MODULE, HOOK]
    assert order == list(reversed(FILES))


def test_a_second_run_finds_nothing(root: Path) -> None:
    """It says so of each file, and is no error."""
    uninstall(root)
    before = snapshot(root)
    assert told(root) == [(name, "missing") for name in reversed(FILES)]
    assert snapshot(root) == before


def test_files_of_others_stay_with_their_directory(root: Path) -> None:
    """What somebody put beside ours is neither removed nor moved, so its directory stays too."""
    theirs = root / "modules/gateways/wompi/notes.txt"
    theirs.write_text("ask Ana before changing this")
    removed = [name for name, _ in told(root)]
    assert "modules/gateways/wompi" not in removed
    assert "modules/gateways/wompi/lib" in removed
    assert theirs.read_text() == "ask Ana before changing this"
    assert sorted(path.name for path in theirs.parent.iterdir()) == ["notes.txt"]


@pytest.mark.parametrize("name", [HOOK, "modules/gateways/wompi/lib/Button.php"])
def test_a_changed_file_is_somebodys_work(root: Path, name: str) -> None:
    """It is named, in both languages, and nothing at all is removed; ``force`` is the admin's word."""
    (root / name).write_text("<?php // our own colours\n")
    before = snapshot(root)
    with pytest.raises(HooksInstallError) as refused:
        uninstall(root)
    assert str(refused.value).startswith(f"No se quitó nada de {root}: {name} no está como lo dejó esta versión")
    assert f"Nothing was removed from {root}: {name} is not as this release wrote it" in str(refused.value)
    assert snapshot(root) == before
    assert (name, "removed") in told(root, force=True)
    assert not (root / "modules/gateways/wompi").exists()


def test_a_link_in_the_place_of_a_file_is_not_ours(root: Path) -> None:
    """Though what it leads to is byte by byte ours. By force the link goes, and what it leads to stays."""
    elsewhere = root.parent / "elsewhere.php"
    (root / MODULE).rename(elsewhere)
    (root / MODULE).symlink_to(elsewhere)
    with pytest.raises(HooksInstallError, match="is not as this release wrote it"):
        uninstall(root)
    uninstall(root, force=True)
    assert not (root / MODULE).is_symlink()
    assert elsewhere.read_bytes() == (REPOSITORY / "hooks" / MODULE).read_bytes()


@pytest.mark.parametrize("force", [False, True])
def test_a_directory_in_the_place_of_a_file_stays(root: Path, force: bool) -> None:
    """By no word is a directory removed that we have not made."""
    (root / MODULE).unlink()
    (root / MODULE).mkdir()
    before = snapshot(root)
    with pytest.raises(HooksInstallError, match=r"wompi\.php is a directory, and not ours"):
        uninstall(root, force=force)
    assert snapshot(root) == before


@pytest.mark.parametrize("place", ["includes/hooks", "modules/gateways", "modules/gateways/wompi"])
def test_a_link_out_of_the_root_is_not_followed(root: Path, place: str) -> None:
    """Files elsewhere stay where they are, though they are ours."""
    elsewhere = root.parent / "elsewhere"
    (root / place).rename(elsewhere)
    (root / place).symlink_to(elsewhere)
    before = snapshot(root.parent)
    with pytest.raises(HooksInstallError, match="leads outside of"):
        uninstall(root, force=True)
    with pytest.raises(HooksInstallError, match="leads outside of"):
        compare(root)
    assert snapshot(root.parent) == before


def test_links_inside_and_towards_the_root_are_fine(root: Path) -> None:
    """Hosts reach their WHMCS through links, and move directories within it; a link of theirs stays."""
    (root / "modules/gateways").rename(root / "gateways")
    (root / "modules/gateways").symlink_to(root / "gateways")
    alias = root.parent / "public_html"
    alias.symlink_to(root)
    told(alias)
    assert sorted(path.name for path in (root / "gateways").iterdir()) == ["paypal.php"]
    assert (root / "modules/gateways").is_symlink()


@pytest.mark.parametrize("missing", ["includes/hooks", "modules/gateways"])
def test_another_directory_is_refused(root: Path, missing: str) -> None:
    """What is no WHMCS root is not touched, and not compared."""
    shutil.rmtree(root / missing)
    before = snapshot(root)
    for attempt in (uninstall, compare):
        with pytest.raises(HooksInstallError, match=f"is not a WHMCS root: it has no {missing}/"):
            attempt(root)
    assert snapshot(root) == before


def test_what_cannot_be_removed_brings_all_back(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory without write permission in the middle: the files before it are back in their places."""
    before = snapshot(root)
    rename = Path.rename

    def refuse(path: Path, moved: Path) -> Path:
        if path.name == "Button.php":
            raise PermissionError(errno.EACCES, "Permission denied")
        return rename(path, moved)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(HooksInstallError) as refused:
        uninstall(root)
    assert str(refused.value) == (
        f"No se pudo desinstalar de {root}: Permission denied. / Could not uninstall from {root}: Permission denied."
    )
    assert snapshot(root) == before


def test_how_each_file_stands(root: Path) -> None:
    """Unchanged, missing or changed, whatever the modes; and nothing is touched."""
    assert set(compared(root).values()) == {"unchanged"}
    (root / MODULE).chmod(0o600)
    (root / HOOK).write_text("<?php // an older release\n")
    (root / "modules/gateways/wompi/logo.png").unlink()
    before = snapshot(root)
    standing = compared(root)
    assert list(standing) == FILES
    assert {name: outcome for name, outcome in standing.items() if outcome != "unchanged"} == {
        "modules/gateways/wompi/logo.png": "missing",
        HOOK: "changed",
    }
    assert snapshot(root) == before


def test_a_file_that_cannot_be_read_is_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's reason is in the message."""

    def refuse(path: Path) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(HooksInstallError, match=r"Could not read .*: Permission denied"):
        compare(root)
