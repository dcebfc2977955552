"""``make release``: what it makes of this tree, by its parts; the whole is built twice by hand before a release."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

import release
from whmcs_bridge import __version__

ROOT = Path(__file__).parent.parent


def test_the_version_is_the_changelogs() -> None:
    """One release has one name, and a day."""
    version, epoch = release.newest_release((ROOT / "CHANGELOG.md").read_text("utf-8"))
    assert version == __version__
    assert epoch % 86_400 == 0


def test_a_changelog_without_a_release_is_refused() -> None:
    """Nothing is built of what has no date."""
    with pytest.raises(SystemExit, match="names no release"):
        release.newest_release("## Unreleased\n")


def test_the_readmes_links_work_where_the_package_is_shown() -> None:
    """Pictures as files, pages as pages, of this very version; what is absolute, or on the page itself, stays."""
    text = "![a](docs/a.png) [b](docs/b.md#c) [d](https://wompi.com/) [e](#e)"
    base = "https://github.com/example/whmcs-wompi-bridge"
    assert release.with_absolute_links(text, "1.2.3") == (
        f"![a]({base}/raw/v1.2.3/docs/a.png) [b]({base}/blob/v1.2.3/docs/b.md#c) [d](https://wompi.com/) [e](#e)"
    )
    shown = release.with_absolute_links((ROOT / "README.md").read_text("utf-8"), "1.2.3")
    assert "](docs/" not in shown


def sdist(owner: str, mtime: int, names: list[str]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size, member.uname, member.mtime, member.mode = 3, owner, mtime, 0o600
            archive.addfile(member, io.BytesIO(b"abc"))
    return made.getvalue()


def test_the_source_archive_says_nothing_of_the_machine() -> None:
    """Another user, another day, another order: the same bytes."""
    one = release.normalised(sdist("ana", 1, ["p/a", "p/b"]), 1_795_824_000)
    other = release.normalised(sdist("luis", 2, ["p/b", "p/a"]), 1_795_824_000)
    assert one == other
    with tarfile.open(fileobj=io.BytesIO(one)) as archive:
        assert archive.getnames() == ["p/a", "p/b"]
