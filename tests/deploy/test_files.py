"""The files of ``docs/deploy`` and the commands of its README: they fit one another, and do what is said of them."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

from tests.commands.test_cli import clean_environment
from tests.deploy.proxies import EXAMPLES
from whmcs_bridge.settings import holds_secrets

ROOT = EXAMPLES.parent.parent
SECRETS = {
    "BRIDGE_SECRET", "WHMCS_API_IDENTIFIER", "WHMCS_API_SECRET", "WOMPI_PRIVATE_KEY", "WOMPI_INTEGRITY_SECRET",
    "WOMPI_EVENTS_SECRET",
}  # fmt: skip
README = (EXAMPLES / "README.md").read_text("utf-8")
SERVER = README[README.index("## Servidor") : README.index("## Docker")]


def command(start: str) -> str:
    """The one command line for a server that begins so."""
    (found,) = [line for line in SERVER.splitlines() if line.startswith(start)]
    return found


def test_each_way_hands_over_the_same_six_secrets() -> None:
    """The unit, the container, and what the README tells to make; none of them stands in the public settings."""
    unit = (EXAMPLES / "wompi-bridge.service").read_text("utf-8")
    loaded = re.findall(r"^LoadCredential=(\w+):/etc/wompi-bridge/secrets/(\w+)$", unit, re.MULTILINE)
    named = re.findall(r"^Environment=(\w+)_FILE=%d/(\w+)$", unit, re.MULTILINE)
    compose = (EXAMPLES / "compose.yaml").read_text("utf-8")
    mounted = re.findall(r"^ +(\w+)_FILE: /run/secrets/(\w+)$", compose, re.MULTILINE)
    given = re.findall(r"^  (\w+): \{file: secrets/(\w+)\}$", compose, re.MULTILINE)
    pairs = {(name, name) for name in SECRETS}
    assert set(loaded) == set(named) == set(mounted) == set(given) == pairs
    asked = set(command("for n in ").partition(" in ")[2].partition(";")[0].split())
    assert asked | {"BRIDGE_SECRET"} == SECRETS


def test_the_settings_are_without_secrets_after_the_readmes_command(tmp_path: Path) -> None:
    """What the unit reads may be read by everybody; all that is no secret is still there."""
    file = tmp_path / "settings.env"
    shutil.copy(ROOT / "config.example.env", file)
    assert holds_secrets(file)
    subprocess.run([*shlex.split(command("sed -i -E "))[:-1], str(file)], check=True, timeout=10)
    assert not holds_secrets(file)
    left = re.findall(r"^(\w+)=", file.read_text("utf-8"), re.MULTILINE)
    assert left == ["BRIDGE_URL", "WHMCS_URL", "WOMPI_PUBLIC_KEY"]


def test_the_admins_command_gets_what_the_loop_has_asked_for(tmp_path: Path) -> None:
    """Pasted values reach a command letter by letter, with the settings and in the database's folder."""
    etc, home, program = tmp_path / "etc", tmp_path / "home", tmp_path / "program"
    (etc / "secrets").mkdir(parents=True)
    program.write_text(
        '#!/bin/sh\npwd\necho "$@"\necho "$BRIDGE_ENV_FILE"\n'
        + "".join(f'echo "${name}"\n' for name in sorted(SECRETS - {"BRIDGE_SECRET"}))
    )
    program.chmod(0o755)
    pasted = {name: f"{name.lower()} $HOME '\"#" for name in SECRETS - {"BRIDGE_SECRET"}}
    asked = command("for n in ").partition(" in ")[2].partition(";")[0].split()
    typed = "".join(f"{pasted[name]}\n" for name in asked)
    subprocess.run(
        ["bash", "-ec", command("for n in ")], input=typed, text=True, cwd=etc / "secrets", check=True, timeout=10
    )
    script = (EXAMPLES / "wompi-bridge-admin").read_text("utf-8").replace("/etc/wompi-bridge", str(etc))
    script = script.replace("/var/lib/wompi-bridge", str(home)).replace(
        "/opt/wompi-bridge/bin/wompi-bridge", str(program)
    )
    # The user who runs the tests cannot become another one.
    script, changed = re.subn(r"setpriv [^\\]*\\\n +", "", script)
    assert changed == 1

    def call() -> subprocess.CompletedProcess[str]:
        run = ["sh", "-c", script, "wompi-bridge-admin", "payments", "--state", "review"]
        return subprocess.run(run, capture_output=True, text=True, env=clean_environment(), timeout=10, check=False)

    early = call()
    assert early.returncode == 1
    assert "encienda primero el servicio" in early.stderr
    home.mkdir()
    told = call().stdout.splitlines()
    assert told[:3] == [str(home), "payments --state review", str(etc / "settings.env")]
    assert told[3:] == [pasted[name] for name in sorted(pasted)]


def test_passengers_extra_lines_keep_what_cpanel_wrote() -> None:
    """They begin no section and name no application: they can be added to any .htaccess."""
    lines = [line.split()[0] for line in (EXAMPLES / "htaccess").read_text("utf-8").splitlines() if line[:1].isalpha()]
    assert set(lines) == {"LimitRequestBody", "RewriteEngine", "RewriteCond", "RewriteRule"}


def test_the_image_is_made_of_what_there_is() -> None:
    """The folders that are copied, exact versions with their hashes, a base of one version, and the recipe that compose
    names."""
    text = (EXAMPLES / "Dockerfile").read_text("utf-8")
    copied = [part for line in re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.MULTILINE) for part in line.split()]
    assert {"wompi_gateway", "whmcs_bridge", "hooks", "setup.cfg"} <= set(copied)
    assert [part for part in copied if not (ROOT / part).exists()] == []
    installs = re.findall(r"pip install --no-cache-dir (.*)", text)
    assert installs == ["--require-hashes -r requirements.lock", "--no-deps ."]
    bases = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    assert bases == ["python:3.13.16-slim-bookworm"] * 2
    compose = (EXAMPLES / "compose.yaml").read_text("utf-8")
    (context,), (recipe,) = re.findall(r"context: (\S+)", compose), re.findall(r"dockerfile: (\S+)", compose)
    assert (EXAMPLES / context / recipe).is_file()
