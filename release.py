"""Builds a release into ``dist/``: wheel, sdist, ``wompi-whmcs.zip``, ``SHA256SUMS``. Call it by ``make release``.

The same commit gives the same bytes: all is built from what git has, in a folder of its own, and every time within is
the day of the release as the changelog names it. The README's links are made absolute there, so that pictures and pages
are found wherever the package is shown.
"""

from __future__ import annotations

import configparser
import gzip
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent
DIST = ROOT / "dist"


def main() -> int:
    """Build, and tell the sums."""
    version, epoch = newest_release((ROOT / "CHANGELOG.md").read_text("utf-8"))
    os.environ["SOURCE_DATE_EPOCH"] = str(epoch)
    os.umask(0o022)
    shutil.rmtree(DIST, ignore_errors=True)
    DIST.mkdir()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        copy_sources(source)
        readme = source / "README.md"
        readme.write_text(with_absolute_links(readme.read_text("utf-8"), version), "utf-8")
        run(sys.executable, "-m", "build", "--outdir", str(DIST), cwd=source)
        hooks = [sys.executable, "-m", "whmcs_bridge.cli", "hooks", "zip", str(DIST / "wompi-whmcs.zip")]
        run(*hooks, cwd=source)
    (sdist,) = DIST.glob("*.tar.gz")
    sdist.write_bytes(normalised(sdist.read_bytes(), epoch))
    sums = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in sorted(DIST.iterdir())]
    (DIST / "SHA256SUMS").write_text("".join(sums))
    sys.stdout.write("".join(sums))
    return 0


def newest_release(changelog: str) -> tuple[str, int]:
    """The version and the day that the changelog names first, the day as Unix seconds."""
    found = re.search(r"^## (\d+\.\d+\.\d+) - (\d{4}-\d{2}-\d{2})$", changelog, re.MULTILINE)
    if found is None:
        raise SystemExit("CHANGELOG.md names no release: ## 1.2.3 - 2026-01-31")
    return found[1], int(datetime.fromisoformat(found[2]).replace(tzinfo=UTC).timestamp())


def copy_sources(target: Path) -> None:
    """What git has of this folder, and nothing that happens to lie about; all with the same modes."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in listed.decode().split("\0"):
        if name and not name.startswith("tests/") and (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_bytes((ROOT / name).read_bytes())
            (target / name).chmod(0o644)


def with_absolute_links(text: str, version: str) -> str:
    """The same text with links to the repository, which setup.cfg names, at this version."""
    package = configparser.ConfigParser()
    package.read(ROOT / "setup.cfg", "utf-8")
    base = package["metadata"]["url"].rstrip("/")

    def absolute(match: re.Match[str]) -> str:
        mark, name, target = match.groups()
        kind = "raw" if mark else "blob"
        return f"{mark}[{name}]({base}/{kind}/v{version}/{target})"

    return re.sub(r"(!?)\[([^\]]*)\]\((?!https?://|#)([^)]+)\)", absolute, text)


def normalised(archive: bytes, epoch: int) -> bytes:
    """The same files in one order, with one time and one owner: setuptools keeps those of the machine that builds."""
    made = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as source,
        gzip.GzipFile(filename="", fileobj=made, mode="wb", mtime=epoch) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as target,
    ):
        for member in sorted(source.getmembers(), key=lambda each: each.name):
            content = source.extractfile(member)
            member.mtime, member.uid, member.gid, member.uname, member.gname = epoch, 0, 0, "", ""
            member.mode, member.pax_headers = 0o755 if member.isdir() else 0o644, {}
            target.addfile(member, content)
    return made.getvalue()


def run(*command: str, cwd: Path) -> None:
    """Run a program, or end with it."""
    if subprocess.run(command, cwd=cwd, check=False, stdout=sys.stderr).returncode != 0:
        raise SystemExit(f"failed: {' '.join(command)}")


if __name__ == "__main__":
    sys.exit(main())
