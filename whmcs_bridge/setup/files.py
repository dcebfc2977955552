"""What is written for each target: its files, whole, from the answers and the templates that travel in the package."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

from whmcs_bridge import __version__
from whmcs_bridge.settings.files import read_text
from whmcs_bridge.setup.answers import SETTINGS, is_hidden
from whmcs_bridge.setup.places import Places, Proxy, Target

# The user within the image; see its Dockerfile.
_IN_CONTAINER = 10001
_DATABASE = "sqlite:////var/lib/wompi-bridge/bridge.db"
# The port is open on this machine only: who calls the container is its proxy, by Docker's network.
_DOCKERS_NETWORKS = "127.0.0.0/8,::1,172.16.0.0/12,192.168.0.0/16"
_EXAMPLE_HOST = "pagos.ejemplo.com"
_HEADER = """\
# Lo escribe «wompi-bridge setup». Cada dato se explica en el manual; después de cambiar uno, reinicie el puente.
# Written by 'wompi-bridge setup'. The manual explains each; restart the bridge after a change.
"""
_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=~*?&-]+")


@dataclass(frozen=True, slots=True)
class File:
    """One file as it is to be. ``owner`` is a number, or None: whoever runs setup."""

    path: Path
    text: str
    mode: int = 0o644
    owner: int | None = None

    @property
    def is_secret(self) -> bool:
        """Its whole text is one secret."""
        return self.path.parent.name == "secrets"


def of_any_encoding(content: bytes) -> str:
    """The text of what is the host's, of which nobody has promised that it is UTF-8. No byte of it is lost."""
    return content.decode("utf-8", "surrogateescape")


def in_bytes(text: str) -> bytes:
    """The bytes of a text; those that ``of_any_encoding`` could not read come back as they were."""
    return text.encode("utf-8", "surrogateescape")


def files_of(places: Places, values: Mapping[str, str]) -> list[File]:
    """Every file of an installation but those that go into WHMCS."""
    values = dict(values)
    if places.is_servers:
        values.setdefault("BRIDGE_DATABASE_URL", _DATABASE)
    if places.target is Target.DOCKER:
        values.setdefault("BRIDGE_TRUSTED_PROXIES", _DOCKERS_NETWORKS)
    hidden = {name: value for name, value in values.items() if is_hidden(name, value)} if places.is_servers else {}
    shown = {name: None if name in hidden else values.get(name) for name in SETTINGS}
    before = read_text(places.settings_file) if places.settings_file.is_file() else _HEADER
    settings = File(places.settings_file, with_values(before, shown), 0o644 if places.is_servers else 0o600)
    container = places.target is Target.DOCKER
    made = [
        settings,
        *(
            File(
                places.secrets / name,
                hidden[name] + "\n",
                0o400 if container else 0o600,
                _IN_CONTAINER if container and places.is_real else None,
            )
            for name in sorted(hidden)
        ),
    ]
    match places.target:
        case Target.SYSTEMD:
            unit = _filled("wompi-bridge.service", PROGRAM=places.program, **_credentials(hidden))
            made.append(File(places.below("etc/systemd/system/wompi-bridge.service"), unit))
        case Target.DOCKER:
            made.append(File(places.folder / "compose.yaml", _filled("compose.yaml", **_mounts(hidden))))
            made += [File(places.folder / name, _filled(name)) for name in ("Dockerfile", "requirements.lock")]
        case Target.PASSENGER:
            made.append(File(places.folder / "passenger_wsgi.py", _filled("passenger_wsgi.py.template")))
            made.append(_htaccess(places))
        case Target.FILES:
            pass
    return made + _site(places, values)


def with_values(text: str, values: Mapping[str, str | None]) -> str:
    """A file of settings with these values: lines that differ are changed, missing ones added, None ones taken out.

    What else stands there, an admin's own lines and remarks, stays as it is.
    """
    lines, told = [], set()
    for line in text.splitlines():
        name = line.partition("=")[0].strip().removeprefix("export ").strip()
        if name not in values or "=" not in line:
            lines.append(line)
        elif (value := values[name]) is not None and name not in told:
            lines.append(f"{name}={quoted(value)}")
            told.add(name)
    lines += [f"{name}={quoted(value)}" for name, value in values.items() if value is not None and name not in told]
    return "\n".join(lines) + "\n"


def quoted(value: str) -> str:
    """A value as python-dotenv, systemd's EnvironmentFile and Docker's env_file all read it."""
    if _PLAIN.fullmatch(value):
        return value
    if "'" not in value:
        return f"'{value}'"
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _credentials(hidden: Mapping[str, str]) -> dict[str, str]:
    """How systemd hands each secret to the service: https://systemd.io/CREDENTIALS/"""
    names = sorted(hidden)
    return {
        "LOAD": "\n".join(f"LoadCredential={name}:/etc/wompi-bridge/secrets/{name}" for name in names),
        "FILES": "\n".join(f"Environment={name}_FILE=%d/{name}" for name in names),
    }


def _mounts(hidden: Mapping[str, str]) -> dict[str, str]:
    names = sorted(hidden)
    return {
        "FILES": "\n".join(f"      {name}_FILE: /run/secrets/{name}" for name in names),
        "NAMES": ", ".join(names),
        "SECRETS": "\n".join(f"  {name}: {{file: secrets/{name}}}" for name in names),
    }


def _htaccess(places: Places) -> File:
    """The rules of the address: added to the file in which cPanel names this application, else kept beside ``.env``."""
    ours = _filled("htaccess")
    theirs = _cpanels_htaccess(places) if places.is_real else None
    if theirs is None:
        return File(places.folder / "htaccess", ours)
    text = of_any_encoding(theirs.read_bytes())
    begin, end = ours.splitlines()[0], ours.splitlines()[-1]
    pattern = re.compile(rf"{re.escape(begin)}\n.*?{re.escape(end)}\n", re.DOTALL)
    mended = pattern.sub(lambda _: ours, text) if pattern.search(text) else f"{text.rstrip()}\n\n{ours}"
    return File(theirs, mended)


def _cpanels_htaccess(places: Places) -> Path | None:
    mark = f'PassengerAppRoot "{places.folder}"'
    for pattern in (".htaccess", "*/.htaccess", "*/*/.htaccess"):
        for file in sorted(Path.home().glob(pattern)):
            if file.is_file() and not file.is_symlink() and mark in of_any_encoding(file.read_bytes()):
                return file
    return None


def _site(places: Places, values: Mapping[str, str]) -> list[File]:
    """The proxy's file, where the bridge has a host of its own: what serves other pages as well is left alone."""
    address = urlsplit(values["BRIDGE_URL"])
    if (
        places.proxy is Proxy.NONE
        or address.scheme != "https"
        or address.path.strip("/")
        or address.port not in (None, 443)
    ):
        return []
    text = _filled(f"{places.proxy}.conf").replace(_EXAMPLE_HOST, address.hostname or "")
    if places.proxy is Proxy.NGINX:
        return [File(places.below("etc/nginx/conf.d/wompi-bridge.conf"), text)]
    if places.below("etc/apache2").is_dir():
        return [File(places.below("etc/apache2/sites-available/wompi-bridge.conf"), text)]
    logs = text.replace("${APACHE_LOG_DIR}", "logs")
    return [File(places.below("etc/httpd/conf.d/wompi-bridge.conf"), logs)]


def _filled(name: str, **values: str) -> str:
    text = files(__package__).joinpath("templates", name).read_text("utf-8")
    for word, value in {**values, "VERSION": __version__}.items():
        text = text.replace(f"@{word}@", value)
    return text
