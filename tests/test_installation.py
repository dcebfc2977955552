"""One command name everywhere (P9): ``wompi-bridge`` finds the installation of this machine from any folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from whmcs_bridge import installation
from whmcs_bridge.installation import CannotEnter, enter

NAMES = ("BRIDGE_ENV_FILE", "BRIDGE_URL", "BRIDGE_SECRET", "BRIDGE_SECRET_FILE", "WOMPI_PRIVATE_KEY")


class Replaced(Exception):
    """This process would have become another program."""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing installed; commands are called in an empty folder."""
    for name in NAMES:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr(installation, "SYSTEM", tmp_path / "etc")
    monkeypatch.setattr(installation, "STATE", tmp_path / "state")

    def become(program: str, arguments: list[str]) -> None:
        raise Replaced(" ".join(arguments))

    monkeypatch.setattr(os, "execvp", become)
    return tmp_path


def service(machine: Path) -> None:
    """An installation of the server's, as setup writes it."""
    (machine / "etc/secrets").mkdir(parents=True)
    (machine / "etc/settings.env").write_text("BRIDGE_URL=https://pagos.ejemplo.com/\n")
    (machine / "etc/secrets/WOMPI_PRIVATE_KEY").write_text("prv_test_Abc\n")
    (machine / "etc/secrets/WOMPI_PRIVATE_KEY.old-1").write_text("prv_test_Old\n")
    (machine / "state").mkdir()


def test_where_nothing_is_installed_nothing_changes(machine: Path) -> None:
    """The settings tell what is missing, as ever."""
    enter(["payments"])
    assert Path.cwd() == machine / "elsewhere"
    assert "BRIDGE_ENV_FILE" not in os.environ


def test_the_servers_installation_is_entered(machine: Path) -> None:
    """Its settings, its secrets and its database's folder; an older secret that was kept counts for nothing."""
    service(machine)
    enter(["payments"])
    assert Path.cwd() == machine / "state"
    assert os.environ["BRIDGE_ENV_FILE"] == str(machine / "etc/settings.env")
    assert os.environ["WOMPI_PRIVATE_KEY"] == "prv_test_Abc"
    assert "WOMPI_PRIVATE_KEY.old-1" not in os.environ


@pytest.mark.parametrize("given", ["BRIDGE_ENV_FILE", "BRIDGE_URL", "BRIDGE_SECRET_FILE", ".env"])
def test_who_says_what_is_meant_gets_it(machine: Path, monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    """A configuration of one's own counts: the environment's, or that of the working directory."""
    service(machine)
    if given == ".env":
        Path(given).write_text("")
    else:
        monkeypatch.setenv(given, "something")
    enter(["payments"])
    assert Path.cwd() == machine / "elsewhere"
    assert "WOMPI_PRIVATE_KEY" not in os.environ


def test_a_users_own_installation_is_entered(machine: Path) -> None:
    """cPanel, and files: from whatever folder the terminal stands in."""
    folder = machine / "home/wompi-bridge"
    folder.mkdir(parents=True)
    pointer = installation.pointer(os.environ)
    pointer.parent.mkdir(parents=True)
    pointer.write_text(f"{folder}\n")
    enter(["payments"])
    assert Path.cwd() == folder


def test_with_docker_the_command_goes_on_in_the_container(machine: Path) -> None:
    """The host has neither the database nor the settings of the bridge."""
    (machine / "etc").mkdir()
    (machine / "etc/compose.yaml").write_text("services: {}\n")
    with pytest.raises(Replaced) as replaced:
        enter(["payments", "--state", "review"])
    compose = machine / "etc/compose.yaml"
    assert str(replaced.value).startswith(f"docker compose -f {compose} exec ")
    assert str(replaced.value).endswith("bridge wompi-bridge payments --state review")


@pytest.fixture
def unprivileged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who is not root, and may not read the secrets."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(os, "access", lambda *_: False)


@pytest.mark.usefixtures("unprivileged")
def test_without_permission_the_line_to_type_is_named(machine: Path) -> None:
    """In a script nobody can give a password."""
    service(machine)
    with pytest.raises(CannotEnter) as refused:
        enter(["payments", "--limit", "5"])
    assert "sudo wompi-bridge payments --limit 5" in refused.value.es


@pytest.mark.usefixtures("unprivileged")
def test_on_a_terminal_sudo_asks(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the line that mails and pages print works as it stands."""
    service(machine)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/sudo")
    with pytest.raises(Replaced, match="sudo wompi-bridge payments"):
        enter(["payments"])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_root_goes_on_as_the_services_user(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of the database that became root's would stop the service."""
    service(machine)
    os.chown(machine / "state", 65_534, 65_534)
    became: list[tuple[str, int]] = []
    monkeypatch.setattr(os, "setgroups", lambda groups: became.append(("groups", groups[0])))
    monkeypatch.setattr(os, "setgid", lambda group: became.append(("group", group)))
    monkeypatch.setattr(os, "umask", lambda _: 0)
    monkeypatch.setattr(os, "setuid", lambda user: became.append(("user", user)))
    enter(["payments"])
    assert became == [("groups", 65_534), ("group", 65_534), ("user", 65_534)]
