"""What keeps the bridge running is told of it: systemd, Docker, cron; and what root refuses to run or to write into."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.setup.machine import Recorded, server
from tests.setup.shop import Shop
from whmcs_bridge.setup.files import File
from whmcs_bridge.setup.install import Install
from whmcs_bridge.setup.machine import only_roots
from whmcs_bridge.setup.notes import Notes
from whmcs_bridge.setup.places import Proxy, Target, likely_target, whmcs_folders
from whmcs_bridge.setup.running import start

USER_AND_FOLDER = ["id -u wompi-bridge", "install -d -m 700 -o wompi-bridge -g wompi-bridge /var/lib/wompi-bridge"]
ENABLED = ["systemctl daemon-reload", "systemctl enable wompi-bridge"]
RESTARTED = "systemctl restart wompi-bridge"


@pytest.fixture
def systemd(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine was started by systemd: https://www.freedesktop.org/software/systemd/man/sd_booted.html"""
    is_dir = Path.is_dir
    monkeypatch.setattr(Path, "is_dir", lambda path: str(path) == "/run/systemd/system" or is_dir(path))


@pytest.mark.usefixtures("systemd")
class TestSystemd:
    def test_a_new_service_is_enabled_and_started(self, shop: Shop) -> None:
        """With a user of its own and a folder that is that user's alone."""
        work = server(shop, machine := Recorded(refuses="id -u wompi-bridge"))
        start(work)
        (made,) = [command for command in machine.ran if command.startswith("useradd --system")]
        assert machine.ran == [USER_AND_FOLDER[0], made, USER_AND_FOLDER[1], *ENABLED, RESTARTED]
        assert work.red == 0

    def test_one_that_runs_what_is_written_is_left_alone(self, shop: Shop) -> None:
        """A payer notices nothing of a run that changes nothing."""
        start(server(shop, Recorded()))
        start(server(shop, machine := Recorded()))
        assert machine.ran == [*USER_AND_FOLDER, *ENABLED, "systemctl is-active --quiet wompi-bridge"]

    def test_one_that_was_started_before_a_file_changed_is_restarted(self, shop: Shop) -> None:
        """Also when the run that changed it was killed before it came to this."""
        start(work := server(shop, Recorded()))
        work.write(File(work.places.settings_file, "BRIDGE_URL=https://pagos.suempresa.com/\n"))
        start(server(shop, machine := Recorded()))
        assert machine.ran[-1] == RESTARTED

    def test_whmcs_folder_is_known_though_nothing_was_started(self, shop: Shop) -> None:
        """systemd refused, or does not run here: the next run brings the files in that folder up to date all the
        same."""
        work = server(shop, Recorded(refuses=RESTARTED))
        assert work.write_hooks()
        start(work)
        assert Notes(work.places).whmcs_dir == str(shop.whmcs_dir)
        work.whmcs_dir = None
        assert work.write_hooks()
        assert Notes(work.places).whmcs_dir == ""

    def test_one_that_does_not_start_is_red_and_tried_again(self, shop: Shop) -> None:
        """What was written is not taken for what runs."""
        work = server(shop, Recorded(refuses=RESTARTED))
        start(work)
        assert work.red == 1
        start(server(shop, machine := Recorded()))
        assert machine.ran[-1] == RESTARTED


def test_docker_builds_and_starts_it(shop: Shop) -> None:
    """Anew where a secret may have changed, of which Docker takes no notice; else only if need be."""
    up = f"docker compose -f {shop.folder}/server/etc/wompi-bridge/compose.yaml up -d --build"
    start(server(shop, first := Recorded(), Target.DOCKER))
    start(server(shop, again := Recorded(), Target.DOCKER))
    assert (first.ran, again.ran) == ([f"{up} --force-recreate"], [up])


def test_cron_gets_one_line_beside_those_that_it_has(shop: Shop) -> None:
    """Where no process may stay; Passenger is told to begin anew."""
    work = server(shop, machine := Recorded(cron=["0 3 * * * copia\n"]), Target.PASSENGER, Proxy.NONE)
    work.places.folder.mkdir(parents=True)
    start(work)
    start(work)
    folder = work.places.folder
    ours = f"* * * * * cd {folder} && /program run-once >> run-once.log 2>&1\n"
    assert machine.cron == ["0 3 * * * copia\n", ours]
    assert (folder / "tmp/restart.txt").is_file()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is asked to")
class TestRoot:
    def test_runs_nothing_that_others_can_change(self, tmp_path: Path) -> None:
        """Neither the program nor a folder on the way to it."""
        program = tmp_path / "bin/wompi-bridge"
        program.parent.mkdir()
        program.touch(0o755)
        assert only_roots(program)
        program.parent.chmod(0o775)
        assert not only_roots(program)
        program.parent.chmod(0o755)
        os.chown(program, 65_534, 65_534)
        assert not only_roots(program)
        assert not only_roots(tmp_path / "nowhere")

    def test_writes_no_service_for_such_a_program(
        self, shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The line that installs it rightly is told; nothing is written."""
        work = server(shop, Recorded())
        install = Install(work.places, work.values, work.settings, None)
        assert not install.write_files()
        assert "pipx install whmcs-wompi-bridge" in capsys.readouterr().out
        assert not work.places.settings_file.exists()

    def test_writes_into_nobody_s_folder(self, shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
        """Whose application it is calls setup; root's files would stop it."""
        work = server(shop, Recorded(), Target.PASSENGER, Proxy.NONE)
        work.places.folder.mkdir(parents=True)
        os.chown(work.places.folder, 65_534, 65_534)
        assert not Install(work.places, work.values, work.settings, None).write_files()
        assert "ejecute setup con ese usuario, no como root" in capsys.readouterr().out
        assert list(work.places.folder.iterdir()) == []


class TestWhereItIs:
    def test_cpanel_is_known_by_its_virtualenv(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """``~/virtualenv/APPLICATION/3.11``, or what Passenger itself says."""
        monkeypatch.setenv("HOME", str(tmp_path))
        assert likely_target({}) is Target.FILES
        assert likely_target({"PASSENGER_APP_ENV": "production"}) is Target.PASSENGER
        monkeypatch.setattr(sys, "prefix", str(tmp_path / "virtualenv/wompi-bridge/3.11"))
        assert likely_target({}) is Target.PASSENGER

    @pytest.mark.usefixtures("systemd")
    def test_a_server_is_known_by_systemd_and_root(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Somebody who is not root cannot install a service."""
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        assert likely_target({}) is Target.SYSTEMD
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        assert likely_target({}) is Target.FILES

    def test_whmcs_is_found_by_its_own_files(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """A folder that only looks like it is not offered."""
        monkeypatch.setenv("HOME", str(tmp_path))
        whmcs, other = tmp_path / "public_html/clientes", tmp_path / "public_html/blog"
        for folder in (whmcs / "includes/hooks", whmcs / "modules/gateways", other):
            folder.mkdir(parents=True)
        for file in (whmcs / "init.php", whmcs / "configuration.php", other / "configuration.php"):
            file.touch()
        assert [folder for folder in whmcs_folders() if folder.is_relative_to(tmp_path)] == [whmcs]
