"""E6, E7 for setup: a file that an editor saved in another encoding is named, with its encoding, and left as it is."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.setup.shop import Shop
from tests.setup.test_dialogue import person
from whmcs_bridge import installation
from whmcs_bridge.settings import SettingsError
from whmcs_bridge.setup import files
from whmcs_bridge.setup.files import File
from whmcs_bridge.setup.machine import Machine
from whmcs_bridge.setup.places import Places, Proxy, Target
from whmcs_bridge.setup.writing import write

TEXT = "# Señal\nBRIDGE_BRAND_NAME=Peña\n"
ENCODINGS = [
    pytest.param("utf-16", "UTF-16", id="Notepad's Unicode"),
    pytest.param("latin-1", "ISO-8859-1 (Latin-1)", id="latin-1"),
]


@pytest.mark.parametrize(("encoding", "told"), ENCODINGS)
class TestAnotherEncoding:
    def test_of_the_settings(self, shop: Shop, encoding: str, told: str) -> None:
        """Status 2, one sentence with the file and its encoding; not a byte of it is changed."""
        shop.root.mkdir()
        file = shop.root / ".env"
        file.write_bytes(TEXT.encode(encoding))
        ended = shop.call("--target", "files")
        assert (ended.returncode, ended.stderr) == (
            2, f"BRIDGE_ENV_FILE: {file} está guardado como {told}; guárdelo como UTF-8.\n",
        )  # fmt: skip
        assert file.read_bytes() == TEXT.encode(encoding)

    def test_of_a_secret(self, shop: Shop, encoding: str, told: str) -> None:
        """By the secret's name; what it holds is not said."""
        file = shop.root / "etc/wompi-bridge/secrets/WHMCS_API_SECRET"
        file.parent.mkdir(parents=True)
        file.write_bytes("contraseña".encode(encoding))
        ended = shop.call("--target", "systemd")
        assert (ended.returncode, ended.stderr) == (
            2, f"WHMCS_API_SECRET: {file} está guardado como {told}; guárdelo como UTF-8.\n",
        )  # fmt: skip

    def test_of_the_answers(self, shop: Shop, encoding: str, told: str) -> None:
        """As told of every other file."""
        file = shop.write_answers()
        file.write_bytes(TEXT.encode(encoding))
        ended = shop.wompi_bridge("setup", "--answers", str(file), "--root", str(shop.root))
        assert (ended.returncode, ended.stderr) == (
            2, f"--answers: {file} está guardado como {told}; guárdelo como UTF-8.\n",
        )  # fmt: skip

    def test_of_the_notes(self, shop: Shop, encoding: str, told: str) -> None:
        """Where WHMCS is stands there: without it setup would pack an archive in place of bringing the files up to
        date."""
        file = shop.folder / "home/.setup"
        file.parent.mkdir()
        file.write_bytes(TEXT.encode(encoding))
        ended = shop.call("--target", "files", "--dry-run", root=False)
        assert (ended.returncode, ended.stderr) == (
            2, f"setup: {file} está guardado como {told}; guárdelo como UTF-8.\n",
        )  # fmt: skip

    def test_of_the_answers_that_were_proven(self, shop: Shop, encoding: str, told: str) -> None:
        """Before the first question; what was proven is still there for whoever mends the file."""
        file = shop.folder / "home/.config/wompi-bridge/setup-answers"
        file.parent.mkdir(parents=True)
        file.write_bytes(TEXT.encode(encoding))
        with person(shop) as ana:
            assert ana.end() == 2
            assert ana.shown == f"setup: {file} está guardado como {told}; guárdelo como UTF-8.\n"
        assert file.read_bytes() == TEXT.encode(encoding)

    def test_of_the_settings_at_go_live(self, shop: Shop, encoding: str, told: str) -> None:
        """The same sentence; the keys of production are not tried."""
        file = shop.folder / "home/.env"
        file.parent.mkdir()
        file.write_bytes(TEXT.encode(encoding))
        ended = shop.wompi_bridge("go-live", "--answers", str(shop.write_answers()))
        assert (ended.returncode, ended.stderr) == (
            2, f"BRIDGE_ENV_FILE: {file} está guardado como {told}; guárdelo como UTF-8.\n",
        )  # fmt: skip

    def test_of_a_secret_that_root_reads_for_the_service(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, encoding: str, told: str
    ) -> None:
        """Every command of a server's installation: refused before it becomes the service's user."""
        secret = tmp_path / "secrets/WHMCS_API_SECRET"
        secret.parent.mkdir()
        secret.write_bytes("contraseña".encode(encoding))
        (tmp_path / "settings.env").touch()
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(installation, "SYSTEM", tmp_path)
        for name in ("BRIDGE_ENV_FILE", "BRIDGE_URL", "BRIDGE_SECRET", "BRIDGE_SECRET_FILE"):
            monkeypatch.delenv(name, raising=False)
        with pytest.raises(installation.CannotEnter) as refused:
            installation.enter(["payments"])
        assert refused.value.es == f"WHMCS_API_SECRET: {secret} está guardado como {told}; guárdelo como UTF-8."


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not read it")
def test_who_may_not_read_the_secrets_is_told(tmp_path: Path) -> None:
    """A user who is not root, at a server's installation."""
    places = Places(Target.SYSTEMD, Path("/"), tmp_path, Proxy.NONE, "/program")
    places.secrets.mkdir(mode=0o700)
    (places.secrets / "BRIDGE_SECRET").touch()
    for folder in (tmp_path, *tmp_path.parents):
        if folder.name.startswith(("test_", "pytest-", "popen-")):
            folder.chmod(0o755)
    os.seteuid(65_534)
    try:
        with pytest.raises(SettingsError, match=r"BRIDGE_DATABASE_URL: cannot read .*: Permission denied"):
            places.existing()
    finally:
        os.seteuid(0)


def test_a_byte_order_mark_hides_no_setting(shop: Shop) -> None:
    """Notepad's "UTF-8 with BOM": the first line counts, is not written a second time, and the mark goes."""
    shop.root.mkdir()
    (shop.root / ".env").write_bytes(b"\xef\xbb\xbfBRIDGE_BRAND_NAME=Before\n")
    del shop.answers["BRIDGE_BRAND_NAME"]
    ended = shop.call("--target", "files")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    written = (shop.root / ".env").read_bytes()
    assert written.startswith(b"BRIDGE_BRAND_NAME=Before\n")
    assert written.count(b"BRIDGE_BRAND_NAME") == 1


def other_programs_htaccess(home: Path, application: Path) -> File:
    places = Places(Target.PASSENGER, Path("/"), application, Proxy.NONE, "/program")
    made = files.files_of(places, {"BRIDGE_URL": "https://pagos.suempresa.com/"})
    return next(file for file in made if file.path == home / ".htaccess")


def test_the_hosts_own_files_keep_every_byte(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """cPanel's ``.htaccess`` is of no encoding that anybody promised: our rules are added to the bytes that stand
    there."""
    theirs = f'# Señal\nPassengerAppRoot "{tmp_path}/app"\n'.encode("latin-1")
    (tmp_path / ".htaccess").write_bytes(theirs)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    file = other_programs_htaccess(tmp_path, tmp_path / "app")
    write(file)
    assert (tmp_path / ".htaccess").read_bytes().startswith(theirs)
    assert write(other_programs_htaccess(tmp_path, tmp_path / "app")) == "unchanged"


def cron_of(folder: Path, monkeypatch: pytest.MonkeyPatch, lines: bytes) -> Callable[[], bytes]:
    """A ``crontab`` that keeps its lines in a file."""
    kept, program = folder / "lines", folder / "crontab"
    kept.write_bytes(lines)
    program.write_text(f'#!/bin/sh\nif [ "$1" = -l ]; then cat {kept}; else cat > {kept}; fi\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return kept.read_bytes


def test_cron_lines_keep_every_byte(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A remark in another encoding in the user's crontab comes back as it was."""
    theirs = "# Señal\n0 4 * * * true\n".encode("latin-1")
    lines = cron_of(tmp_path, monkeypatch, theirs)
    machine = Machine()
    there = machine.crontab()
    assert there is not None
    assert machine.set_crontab(f"{there}* * * * * ours\n")
    assert lines() == theirs + b"* * * * * ours\n"


def test_a_programs_words_in_another_encoding_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """What a program says when it fails must not break setup over it."""
    assert not Machine().run("sh", "-c", "printf 'Se\\361al\\n' >&2; exit 3")
    assert "Se\ufffdal" in capsys.readouterr().out


def test_a_program_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """In words, and not as Python's error."""
    assert not Machine().run("no-such-program", "--now")
    assert capsys.readouterr().out == "   $ no-such-program --now\n   no-such-program no está en este equipo\n"
