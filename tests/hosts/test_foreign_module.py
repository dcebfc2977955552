"""E14: another vendor's module stands where ours goes; hosts' own folders stay. ``hooks install`` and ``uninstall``."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.whmcs.test_hooks_installer import FILES, MODULE, RECORD, from_an_older_release, mode, snapshot
from tests.whmcs.test_hooks_uninstaller import HOOK
from whmcs_bridge.cli import main
from whmcs_bridge.whmcs import hooks_record
from whmcs_bridge.whmcs.hooks_files import HooksInstallError
from whmcs_bridge.whmcs.hooks_installer import foreign_files, install
from whmcs_bridge.whmcs.hooks_uninstaller import uninstall

CALLBACK = "modules/gateways/callback/wompi.php"
THEIRS = {
    MODULE: "<?php\nfunction wompi_config() { return ['FriendlyName' => ['Value' => 'Wompi de otro proveedor']]; }\n",
    CALLBACK: "<?php // the other vendor's callback\n",
    "modules/gateways/wompi/logo.png": "not our logo",
    "modules/gateways/wompi/helpers.php": "<?php // theirs alone\n",
}
IN_THE_WAY = [name for name in FILES if name in THEIRS]


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A WHMCS root: its callback folder is there, and empty."""
    root = tmp_path / "whmcs"
    for folder in ("includes/hooks", "modules/gateways/callback"):
        (root / folder).mkdir(parents=True)
    return root


@pytest.fixture
def root(bare: Path) -> Path:
    """The same with the other vendor's module."""
    for name, text in THEIRS.items():
        (bare / name).parent.mkdir(parents=True, exist_ok=True)
        (bare / name).write_text(text)
        (bare / name).chmod(0o644)
    return bare


def told(target: Path, *, force: bool = True) -> dict[str, str]:
    return {str(file.path): file.outcome for file in install(target, force=force)}


class TestInTheWay:
    def test_E14_it_is_refused_by_name(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Exit 1, each file named in both languages, and nothing at all is written."""
        before = snapshot(root)
        assert main(["hooks", "install", str(root)]) == 1
        said = capsys.readouterr().err
        assert f"{', '.join(IN_THE_WAY)} es de otro módulo, o alguien lo cambió" in said
        assert f"{', '.join(IN_THE_WAY)} is another module's, or somebody changed it" in said
        assert "--force" in said
        assert snapshot(root) == before
        assert [str(path) for path in foreign_files(root)] == IN_THE_WAY

    @pytest.mark.parametrize("name", IN_THE_WAY)
    def test_E14_one_of_them_is_enough(self, bare: Path, name: str) -> None:
        """Whichever it is."""
        (bare / name).parent.mkdir(parents=True, exist_ok=True)
        (bare / name).write_text(THEIRS[name])
        with pytest.raises(HooksInstallError, match=name):
            install(bare)

    def test_E14_by_force_a_copy_is_kept_beside_it(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Byte by byte, under a name that WHMCS does not load, and told."""
        assert main(["hooks", "install", str(root), "--force"]) == 0
        said = capsys.readouterr().out
        for name in IN_THE_WAY:
            assert (root / f"{name}.kept").read_text() == THEIRS[name]
            assert mode(root / f"{name}.kept") == 0o600  # the web server shows what is no PHP to anybody
            assert f"kept       {name}.kept" in said
        assert told(root, force=False)[MODULE] == "unchanged"

    def test_E14_uninstall_gives_it_back(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The other module is as it was, and nothing of ours is left."""
        before = snapshot(root)
        install(root, force=True)
        assert main(["hooks", "uninstall", str(root)]) == 0
        assert f"restored   {MODULE}" in capsys.readouterr().out
        assert snapshot(root) == before
        assert {mode(root / name) for name in THEIRS} == {0o644}

    def test_E14_an_older_copy_is_not_lost(self, root: Path) -> None:
        """They put their update over ours, and we are installed again: the last comes back, the first stays."""
        install(root, force=True)
        (root / MODULE).write_text("<?php // their update\n")
        with pytest.raises(HooksInstallError, match=MODULE):
            install(root)
        assert told(root)[f"{MODULE}.kept-2"] == "kept"
        uninstall(root)
        assert (root / MODULE).read_text() == "<?php // their update\n"
        assert (root / f"{MODULE}.kept").read_text() == THEIRS[MODULE]


class TestOurs:
    def test_an_edited_file_of_ours_is_somebodys_work(self, bare: Path) -> None:
        """Refused by name; by force kept. Taken out, it stays a copy: alone it would break WHMCS's pages."""
        install(bare)
        edited = (bare / HOOK).read_text("utf-8") + "// our own colours\n"
        (bare / HOOK).write_text(edited, "utf-8")
        with pytest.raises(HooksInstallError, match=HOOK):
            install(bare)
        assert told(bare)[f"{HOOK}.kept"] == "kept"
        uninstall(bare)
        assert not (bare / HOOK).exists()
        assert (bare / f"{HOOK}.kept").read_text("utf-8") == edited

    def test_an_older_release_is_updated_and_taken_out_without_a_word(self, bare: Path) -> None:
        """It is as we wrote it then."""
        install(bare)
        from_an_older_release(bare, MODULE)
        assert told(bare, force=False)[MODULE] == "updated"
        from_an_older_release(bare, MODULE)
        uninstall(bare)
        assert sorted(snapshot(bare)) == [
            "includes", "includes/hooks", "modules", "modules/gateways", "modules/gateways/callback",
        ]  # fmt: skip

    def test_the_first_version_kept_no_record(self, bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Its files are known by their digests, which are in the package."""
        install(bare)
        (bare / RECORD).unlink()
        (bare / MODULE).write_text("<?php // of 0.1\n")
        with pytest.raises(HooksInstallError, match=MODULE):
            install(bare)
        digest = subprocess.run(["sha256sum", str(bare / MODULE)], capture_output=True, text=True, check=True).stdout
        monkeypatch.setattr(hooks_record, "_first_digests", lambda: frozenset([digest.split()[0]]))
        assert told(bare, force=False)[MODULE] == "updated"
        known = Path(hooks_record.__file__).with_name("first_hooks.txt").read_text("ascii").split()
        assert len(known) == len(set(known)) > len(FILES)
        assert {len(digest) for digest in known} == {64}

    @pytest.mark.parametrize("record", ["", "{", "[]", "7", '{"files": 7, "folders": []}', '{"files": {}}', "\xff"])
    def test_a_record_that_is_damaged_is_none(self, bare: Path, record: str) -> None:
        """This release's files are known all the same; it is written anew."""
        install(bare)
        whole = (bare / RECORD).read_text()
        (bare / RECORD).write_text(record, "latin-1")
        assert told(bare, force=False)[MODULE] == "unchanged"
        assert json.loads((bare / RECORD).read_text())["files"] == json.loads(whole)["files"]


class TestFolders:
    def test_E14_a_folder_that_whmcs_has_is_never_removed(self, bare: Path) -> None:
        """``callback`` was there before us, and is empty after us; also for who installed 0.1, which kept no record."""
        for forget in (False, True):
            install(bare)
            if forget:
                (bare / RECORD).unlink()
            uninstall(bare)
            assert (bare / "modules/gateways/callback").is_dir()
            assert not (bare / "modules/gateways/wompi").exists()

    def test_a_folder_that_we_made_goes_with_us(self, bare: Path) -> None:
        """Where WHMCS lacked it, however often we were installed."""
        shutil.rmtree(bare / "modules/gateways/callback")
        before = snapshot(bare)
        for _ in range(2):
            install(bare)
        uninstall(bare)
        assert snapshot(bare) == before
