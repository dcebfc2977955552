"""nginx and Apache on private ports, with the files that ``wompi-bridge setup`` writes and a certificate of our own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.ports import free_port

EXAMPLES = Path(__file__).parents[2] / "whmcs_bridge" / "setup" / "templates"
_MODULES = Path("/usr/lib/apache2/modules")
_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"

_NGINX = """
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""
_APACHE = """
ServerRoot {folder}
PidFile {folder}/pid
DefaultRuntimeDir {folder}
Mutex file:{folder}
ErrorLog {folder}/error.log
ServerName localhost
Listen 127.0.0.1:{plain}
Listen 127.0.0.1:{tls}
{user}
{modules}
Include {folder}/site.conf
"""
# What Debian switches on by itself, and what the example's first lines tell an admin to switch on.
_APACHE_MODULES = (
    "mpm_event authz_core authz_host setenvif ssl socache_shmcb proxy proxy_http rewrite headers reqtimeout"
)


@dataclass(frozen=True)
class Proxy:
    """A proxy that runs: its two addresses, the certificate to trust, and its log."""

    kind: str
    plain: str
    tls: str
    tls_port: int
    certificate: Path
    log: Path

    def logged(self, line: str) -> str:
        """The whole log, once it has this line: it is written after the answer has left."""
        pause, deadline = threading.Event(), time.monotonic() + 10
        while line not in (log := self.log.read_text()) and time.monotonic() < deadline:
            pause.wait(0.02)
        return log


@contextmanager
def proxy(kind: str, bridge_port: int, folder: Path) -> Iterator[Proxy]:
    """Run the example in front of a bridge, or skip and say what to install."""
    program = shutil.which({"nginx": "nginx", "apache": "apache2"}[kind], path=_PATH)
    if program is None:
        pytest.skip(f"{kind} is not installed: apt-get install nginx-light apache2")
    folder.mkdir()
    folder.chmod(0o755)
    key, certificate = folder / "privkey.pem", folder / "fullchain.pem"
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run([*make, *names, "-keyout", key, "-out", certificate], check=True, capture_output=True, timeout=30)
    plain, tls = free_port(), free_port()
    site = (EXAMPLES / f"{kind}.conf").read_text("utf-8")
    for old, new in (
        ("/etc/letsencrypt/live/pagos.ejemplo.com", str(folder)),
        ("127.0.0.1:8080", f"127.0.0.1:{bridge_port}"),
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443", f"listen 127.0.0.1:{tls}"),
        ("<VirtualHost *:80>", f"<VirtualHost *:{plain}>"),
        ("<VirtualHost *:443>", f"<VirtualHost *:{tls}>"),
        ("/var/log/nginx", str(folder)),
        ("${APACHE_LOG_DIR}", str(folder)),
    ):
        site = site.replace(old, new)
    # A machine for tests need not have IPv6.
    site = "\n".join(line for line in site.splitlines() if "[::]" not in line)
    (folder / "site.conf").write_text(site)
    (folder / "main.conf").write_text(_main(kind, folder, plain, tls))
    call = [program, "-p", str(folder), "-c"] if kind == "nginx" else [program, "-f"]
    call.append(str(folder / "main.conf"))
    checked = subprocess.run([*call, "-t"], capture_output=True, text=True, timeout=30, check=False)
    assert checked.returncode == 0, checked.stderr
    with ExitStack() as stack:
        process = subprocess.Popen([*call, "-DFOREGROUND"] if kind == "apache" else call, stdin=subprocess.DEVNULL)
        stack.callback(process.wait, 30)
        stack.callback(process.terminate)
        _wait_for(tls)
        yield Proxy(
            kind,
            f"http://127.0.0.1:{plain}/",
            f"https://127.0.0.1:{tls}/",
            tls,
            certificate,
            folder / "wompi-bridge.log",
        )


def _main(kind: str, folder: Path, plain: int, tls: int) -> str:
    root = os.geteuid() == 0
    if kind == "nginx":
        return ("user root;\n" if root else "") + _NGINX.format(folder=folder)
    modules = "\n".join(f"LoadModule {name}_module {_MODULES}/mod_{name}.so" for name in _APACHE_MODULES.split())
    user = "User www-data\nGroup www-data" if root else ""
    return _APACHE.format(folder=folder, plain=plain, tls=tls, user=user, modules=modules)


def _wait_for(port: int) -> None:
    """Until it listens; a connection that is refused costs nothing."""
    for _ in range(20_000):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
            os.sched_yield()
    raise AssertionError("it does not listen")
