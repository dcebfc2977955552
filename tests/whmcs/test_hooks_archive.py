"""``hooks zip``: the files for WHMCS as an archive, for whoever has a file manager and no terminal there."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.whmcs.test_hooks_installer import FILES, RECORD, REPOSITORY
from whmcs_bridge.whmcs.hooks_archive import pack
from whmcs_bridge.whmcs.hooks_files import HooksInstallError, compare
from whmcs_bridge.whmcs.hooks_installer import install


def test_unpacked_in_a_root_it_is_what_install_writes(tmp_path: Path) -> None:
    """Every file and no other, with the record of what they are, byte by byte, readable by the web server."""
    pack(tmp_path / "hooks.zip")
    root = tmp_path / "whmcs"
    with zipfile.ZipFile(tmp_path / "hooks.zip") as archive:
        assert sorted(archive.namelist()) == sorted([*FILES, RECORD])
        assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o100644}
        archive.extractall(root)
    (root / "includes/hooks").mkdir(parents=True, exist_ok=True)
    assert {file.outcome for file in compare(root)} == {"unchanged"}
    assert {file.outcome for file in install(root)} == {"unchanged"}
    assert (root / FILES[0]).read_bytes() == (REPOSITORY / "hooks" / FILES[0]).read_bytes()


def test_the_same_release_gives_the_same_bytes(tmp_path: Path) -> None:
    """No hour, no user and no mode of the machine that packs is in it."""
    pack(tmp_path / "one.zip")
    pack(tmp_path / "other.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "other.zip").read_bytes()


def test_what_cannot_be_written_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk, or a folder that does not exist: a sentence, the old archive whole, and no leftovers."""
    (tmp_path / "hooks.zip").write_bytes(b"older")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    with pytest.raises(HooksInstallError, match="No space left"):
        pack(tmp_path / "hooks.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["hooks.zip"]
    assert (tmp_path / "hooks.zip").read_bytes() == b"older"
    with pytest.raises(HooksInstallError, match="No such file"):
        pack(tmp_path / "nowhere" / "hooks.zip")
