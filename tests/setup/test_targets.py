"""Each target's files, byte by byte; and the programs that read them take them."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.setup.shop import Shop
from whmcs_bridge import __version__

EXPECTED = Path(__file__).parent / "expected"
_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def as_expected(shop: Shop) -> dict[str, str]:
    """What was written, with words for what differs from machine to machine and release to release."""
    words = {
        shop.whmcs.url: "http://whmcs/",
        shop.wompi.api_url: "http://wompi/v1",
        str(Path(sys.prefix) / "bin" / "wompi-bridge"): "/program",
        f"=={__version__}": "==VERSION",
    }
    found = {}
    for name, text in shop.written().items():
        for value, word in words.items():
            text = text.replace(value, word)
        found[name] = text
    return found


def expected(kind: str) -> dict[str, str]:
    folder = EXPECTED / kind
    return {str(path.relative_to(folder)): path.read_text("utf-8") for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("target", ["systemd", "apache", "passenger", "docker", "files"])
def test_the_files_of_each_target(shop: Shop, target: str) -> None:
    """All that is written and nothing else; ``apache`` is systemd on a machine that has Apache instead of nginx."""
    if target == "apache":
        (shop.root / "etc/apache2").mkdir(parents=True)
    ended = shop.call("--target", "systemd" if target == "apache" else target)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert as_expected(shop) == expected(target)
    assert (shop.whmcs_dir / "modules/gateways/wompi.php").is_file()


@pytest.mark.parametrize(
    ("target", "settings"),
    [("systemd", "etc/wompi-bridge/settings.env"), ("docker", "etc/wompi-bridge/settings.env"), ("files", ".env")],
)
def test_who_may_read_them(shop: Shop, target: str, settings: str) -> None:
    """Secrets are their owner's alone; what is no secret may be read by the service's user, who is not root."""
    shop.call("--target", target)
    modes = {path.relative_to(shop.root): stat.S_IMODE(path.stat().st_mode) for path in shop.root.rglob("*")}
    assert modes[Path(settings)] == (0o600 if target == "files" else 0o644)
    secrets = [mode for path, mode in modes.items() if path.parent.name == "secrets"]
    assert set(secrets) == {"systemd": {0o600}, "docker": {0o400}, "files": set()}[target]
    assert modes.get(Path("etc/wompi-bridge/secrets"), 0o700) == 0o700


def test_the_target_may_be_an_answer(shop: Shop) -> None:
    """``TARGET`` in the file does as ``--target`` does."""
    shop.answers["TARGET"] = "files"
    assert shop.call().returncode == 0
    assert ".env" in shop.written()


def test_a_database_with_a_password_and_an_access_key_are_secrets_too(shop: Shop) -> None:
    """Each gets a file of its own, and the unit hands it over."""
    shop.answers |= {"BRIDGE_DATABASE_URL": "mysql+pymysql://u:p4ss@db/bridge", "WHMCS_API_ACCESS_KEY": "k3y"}
    shop.call("--target", "systemd")
    written = shop.written()
    assert written["etc/wompi-bridge/secrets/BRIDGE_DATABASE_URL"] == "mysql+pymysql://u:p4ss@db/bridge\n"
    unit = written["etc/systemd/system/wompi-bridge.service"]
    assert "Environment=WHMCS_API_ACCESS_KEY_FILE=%d/WHMCS_API_ACCESS_KEY\n" in unit
    assert "p4ss" not in written["etc/wompi-bridge/settings.env"]


def test_without_whmcs_here_its_files_are_packed(shop: Shop) -> None:
    """An archive to upload stands beside the settings."""
    del shop.answers["WHMCS_DIR"]
    ended = shop.call("--target", "files")
    assert (shop.root / "wompi-whmcs.zip").read_bytes().startswith(b"PK")
    assert "wompi-whmcs.zip" in ended.stdout


def program(name: str) -> str:
    found = shutil.which(name, path=_PATH)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def test_systemd_takes_the_unit(shop: Shop) -> None:
    """As ``systemd-analyze verify`` reads it; the program that it names is there."""
    analyze = program("systemd-analyze")
    shop.call("--target", "systemd")
    unit = shop.root / "etc/systemd/system/wompi-bridge.service"
    text = unit.read_text("utf-8").replace(str(Path(sys.prefix) / "bin" / "wompi-bridge"), "/bin/true")
    checked = shop.folder / "wompi-bridge.service"
    checked.write_text(text)
    ended = subprocess.run([analyze, "verify", str(checked)], capture_output=True, text=True, timeout=180, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "wompi-bridge.service:" not in ended.stderr


def certificate(folder: Path) -> None:
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=pagos.suempresa.com", "-keyout", f"{folder}/privkey.pem", "-out", f"{folder}/fullchain.pem"]
    subprocess.run([*make, *names], check=True, capture_output=True, timeout=30)


def test_nginx_takes_the_site(shop: Shop) -> None:
    """``nginx -t``, with a certificate where the site looks for it."""
    nginx = program("nginx")
    shop.call("--target", "systemd")
    certificate(shop.folder)
    site = (shop.root / "etc/nginx/conf.d/wompi-bridge.conf").read_text("utf-8")
    site = site.replace("/etc/letsencrypt/live/pagos.suempresa.com", str(shop.folder)).replace(
        "/var/log/nginx", str(shop.folder)
    )
    (shop.folder / "site.conf").write_text(site)
    main = f"pid {shop.folder}/pid;\nerror_log {shop.folder}/error.log;\nevents {{}}\n"
    main += f"http {{ include {shop.folder}/site.conf; }}\n"
    (shop.folder / "main.conf").write_text(main)
    ended = subprocess.run(
        [nginx, "-t", "-p", str(shop.folder), "-c", str(shop.folder / "main.conf")],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr


def test_apache_takes_the_rules_of_the_address(shop: Shop) -> None:
    """What is added to cPanel's ``.htaccess``: each rule is one that may stand in a folder's own file."""
    apache = program("apache2")
    shop.call("--target", "passenger")
    modules = "".join(
        f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"
        for name in ("mpm_event", "authz_core", "rewrite")
    )
    main = (
        f"ServerRoot {shop.folder}\nDefaultRuntimeDir {shop.folder}\nServerName x\nErrorLog {shop.folder}/error.log\n"
    )
    folder = f"<Directory {shop.folder}>\nInclude {shop.root}/htaccess\n</Directory>\n"
    (shop.folder / "main.conf").write_text(f"{main}{modules}{folder}")
    ended = subprocess.run(
        [apache, "-t", "-f", str(shop.folder / "main.conf")], capture_output=True, text=True, timeout=30, check=False
    )
    assert ended.returncode == 0, ended.stderr


def test_apache_takes_the_site(shop: Shop) -> None:
    """``apache2 -t``, with the modules that setup switches on."""
    apache = program("apache2")
    (shop.root / "etc/apache2").mkdir(parents=True)
    shop.call("--target", "systemd")
    certificate(shop.folder)
    site = (shop.root / "etc/apache2/sites-available/wompi-bridge.conf").read_text("utf-8")
    site = site.replace("/etc/letsencrypt/live/pagos.suempresa.com", str(shop.folder)).replace(
        "${APACHE_LOG_DIR}", str(shop.folder)
    )
    (shop.folder / "site.conf").write_text(site)
    names = "mpm_event authz_core authz_host setenvif ssl socache_shmcb proxy proxy_http rewrite headers reqtimeout"
    modules = "".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n" for name in names.split())
    main = (
        f"ServerRoot {shop.folder}\nDefaultRuntimeDir {shop.folder}\nServerName x\nErrorLog {shop.folder}/error.log\n"
    )
    (shop.folder / "main.conf").write_text(f"{main}{modules}Include {shop.folder}/site.conf\n")
    ended = subprocess.run(
        [apache, "-t", "-f", str(shop.folder / "main.conf")], capture_output=True, text=True, timeout=30, check=False
    )
    assert ended.returncode == 0, ended.stderr
