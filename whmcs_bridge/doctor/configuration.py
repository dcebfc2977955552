"""The settings: what is wrong with them, and as much of them as can still be used, so that the rest is checked too."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from whmcs_bridge.doctor.check import Check, fail, ok, warn
from whmcs_bridge.messages import Text
from whmcs_bridge.settings import Problem, Settings, SettingsError, holds_secrets, load_settings, unknown_settings

KEYS = ("WOMPI_PUBLIC_KEY", "WOMPI_PRIVATE_KEY", "WOMPI_INTEGRITY_SECRET", "WOMPI_EVENTS_SECRET")

# Values in place of a required setting that is missing or wrong. They are never sent: see ``Configuration.has``.
_STAND_INS = {
    "BRIDGE_URL": "http://localhost/",
    "BRIDGE_SECRET": "stand-in-for-a-secret-that-is-missing",
    "WHMCS_URL": "http://localhost/",
    "WHMCS_API_IDENTIFIER": "-",
    "WHMCS_API_SECRET": "-",
    "WOMPI_PUBLIC_KEY": "pub_{}_stand-in",
    "WOMPI_PRIVATE_KEY": "prv_{}_stand-in",
    "WOMPI_INTEGRITY_SECRET": "{}_integrity_stand-in",
    "WOMPI_EVENTS_SECRET": "{}_events_stand-in",
}
_NOWHERE = Path("/dev/null/no-folder")


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings, and the names of those that are not the admin's but stand-ins."""

    settings: Settings
    unusable: frozenset[str]
    checks: tuple[Check, ...]

    def has(self, *names: str) -> bool:
        """Tell whether all of these settings are usable."""
        return not self.unusable & set(names)


def read_configuration(environ: Mapping[str, str], folder: Path) -> Configuration:
    """Read what there is. Never raises for what the admin wrote."""
    file = Path(environ.get("BRIDGE_ENV_FILE") or folder / ".env")
    try:
        settings = load_settings(environ, folder=folder)
    except SettingsError as error:
        return _salvaged(environ, folder, error.problems)
    es, en = {"test": ("pruebas (sandbox)", "the sandbox"), "prod": ("producción", "production")}[
        settings.keys.environment
    ]
    checks = (
        ok("settings", "La configuración está completa.", "The configuration is complete."),
        ok("settings.keys", f"Las cuatro llaves de Wompi son de {es}.", f"The four Wompi keys are of {en}."),
        *_file_check(file),
        ok(
            "settings.metrics",
            "El token con el que un vigilante lee /metrics se ve con: wompi-bridge doctor --metrics-token",
            "The token by which a monitor reads /metrics is shown by: wompi-bridge doctor --metrics-token",
        ),
        *_terms_check(settings),
        *_unknown_check(unknown_settings(environ, folder=folder)),
    )
    return Configuration(settings, frozenset(), checks)


def _salvaged(environ: Mapping[str, str], folder: Path, problems: list[Problem]) -> Configuration:
    unknown = unknown_settings(environ, folder=folder)
    unusable = {problem.name for problem in problems if problem not in unknown}
    if "BRIDGE_ENV_FILE" in unusable:  # the settings may be in that file, and those of the environment are not all
        environ, folder, unusable = {}, _NOWHERE, set(_STAND_INS)
    settings = _with_stand_ins(environ, folder, unusable)
    mixed = settings is None
    if settings is None:  # each key is valid, but they are of two environments
        unusable |= set(KEYS)
        settings = _with_stand_ins(environ, folder, unusable)
    if settings is None:
        raise AssertionError("the stand-ins are usable")
    wrong = [problem for problem in problems if problem not in unknown]
    checks = [*(_setting_check(problem, mixed=mixed) for problem in wrong), *_unknown_check(unknown)]
    return Configuration(settings, frozenset(unusable), tuple(checks))


def _with_stand_ins(environ: Mapping[str, str], folder: Path, names: set[str]) -> Settings | None:
    # The environment of the remaining keys is found by trying both.
    for kind in ("test", "prod"):
        # An empty value counts as none, so that an optional setting takes its default.
        filled = {name: _STAND_INS.get(name, "").format(kind) for name in names}
        given = {**environ, **{f"{name}_FILE": "" for name in names}, **filled}
        try:
            return load_settings(given, folder=folder)
        except SettingsError:
            continue
    return None


def _terms_check(settings: Settings) -> Iterator[Check]:
    if settings.terms_url.rstrip("/") == settings.whmcs_url.rstrip("/"):
        yield warn(
            "settings.terms",
            "El enlace de los términos y condiciones lleva a la página de inicio de WHMCS: el pagador acepta algo que"
            " ahí no puede leer.",
            "The link of the terms and conditions leads to WHMCS's start page: payers accept what they cannot read"
            " there.",
            "Escriba en BRIDGE_TERMS_URL la dirección de la página de sus términos y reinicie el puente.",
            "Put the address of the page with your terms into BRIDGE_TERMS_URL, and restart the bridge.",
        )


def _unknown_check(unknown: list[Problem]) -> Iterator[Check]:
    if unknown:
        yield warn(
            "settings.unknown",
            "; ".join(f"{problem.name}: {problem.es}" for problem in unknown) + ".",
            "; ".join(f"{problem.name}: {problem.en}" for problem in unknown) + ".",
            "Corrija o quite esos nombres en el archivo .env (config.example.env los trae todos).",
            "Mend or remove these names in the file .env (config.example.env has all of them).",
        )


def _setting_check(problem: Problem, *, mixed: bool) -> Check:
    name = problem.name
    message = f"{name}: {problem.es}.", f"{name}: {problem.en}."
    if mixed and name == "WOMPI_PUBLIC_KEY":
        return fail(
            "settings.keys",
            *message,
            "En comercios.wompi.co → Desarrolladores, copie las cuatro llaves de un solo ambiente en el archivo .env y"
            " reinicie el puente.",
            "At comercios.wompi.co → Desarrolladores copy the four keys of one environment into the file .env, and"
            " restart the bridge.",
        )
    return fail(f"settings.{name.lower()}", *message, *_fix(name))


def _fix(name: str) -> Text:
    if name in KEYS:
        return Text(
            f"Copie {name} otra vez de comercios.wompi.co → Desarrolladores al archivo .env y reinicie el puente.",
            f"Copy {name} again from comercios.wompi.co → Desarrolladores into the file .env, and restart the bridge.",
        )
    match name:
        case "BRIDGE_ENV_FILE":
            return Text(
                "Corrija la ruta en BRIDGE_ENV_FILE, o cree el archivo a partir de config.example.env.",
                "Mend the path in BRIDGE_ENV_FILE, or make the file from config.example.env.",
            )
        case "BRIDGE_SECRET":
            return Text(
                "Cree un secreto con «openssl rand -hex 32», escríbalo en BRIDGE_SECRET del archivo .env y en la"
                " pasarela Wompi de WHMCS, y reinicie el puente.",
                "Make a secret with 'openssl rand -hex 32', put it into BRIDGE_SECRET in the file .env and into the"
                " gateway Wompi in WHMCS, and restart the bridge.",
            )
        case "WHMCS_API_IDENTIFIER" | "WHMCS_API_SECRET":
            return Text(
                "En WHMCS: Configuration → System Settings → Manage API Credentials, cree una credencial con el rol del"
                " puente y copie sus dos valores al archivo .env.",
                "In WHMCS: Configuration → System Settings → Manage API Credentials, make a credential with the"
                " bridge's role and copy its two values into the file .env.",
            )
        case _:
            return Text(
                f"Corrija {name} en el archivo .env (config.example.env lo explica en una línea) y reinicie el puente.",
                f"Mend {name} in the file .env (config.example.env explains it in one line), and restart the bridge.",
            )


def _file_check(file: Path) -> Iterator[Check]:
    try:
        mode = file.stat().st_mode
    except OSError:  # everything comes from the environment
        return
    # Where each secret has a file of its own, this one has nothing to hide.
    if mode & stat.S_IROTH and holds_secrets(file):
        yield warn(
            "settings.file",
            f"Cualquier usuario de este servidor puede leer {file}, que contiene secretos.",
            f"Every user of this server can read {file}, which holds secrets.",
            f"chmod 600 {file}",
            f"chmod 600 {file}",
        )
    else:
        yield ok("settings.file", f"{file} está protegido.", f"{file} is protected.")
