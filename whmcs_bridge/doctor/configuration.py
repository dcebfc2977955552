"""The settings: what is wrong with them, and as much of them as can still be used, so that the rest is checked too."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from whmcs_bridge.doctor.check import Check, fail, ok, warn
from whmcs_bridge.messages import bilingual
from whmcs_bridge.settings import Problem, Settings, SettingsError, holds_secrets, load_settings, misspelt

KEYS = ("WOMPI_PUBLIC_KEY", "WOMPI_PRIVATE_KEY", "WOMPI_INTEGRITY_SECRET", "WOMPI_EVENTS_SECRET")

# Stand for a required setting that is missing or wrong. They are never sent to anybody: see ``Configuration.has``.
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
    misspelt = _misspelt(environ, folder)
    try:
        settings = load_settings(environ, folder=folder)
    except SettingsError as error:
        salvaged = _salvaged(environ, folder, error.problems)
        return replace(salvaged, checks=(*salvaged.checks, *misspelt))
    kind = settings.keys.environment
    told = {"test": bilingual("pruebas (sandbox)", "the sandbox"), "prod": bilingual("producción", "production")}[kind]
    checks = [
        ok("settings", bilingual("La configuración está completa.", "The configuration is complete.")),
        ok(
            "settings.keys",
            bilingual(f"Las cuatro llaves de Wompi son de {told}.", f"The four Wompi keys are of {told}."),
        ),
    ]
    return Configuration(settings, frozenset(), (*checks, *_file_checks(file), *misspelt))


def _misspelt(environ: Mapping[str, str], folder: Path) -> list[Check]:
    found = misspelt(environ, folder=folder)
    if not found:
        return []
    told = "; ".join(f"{problem.name}: {bilingual(problem.es, problem.en)}" for problem in found)
    fix = bilingual(
        "Corrija el nombre en el archivo .env, o quite la línea: mientras tanto vale el valor por defecto.",
        "Mend the name in the file .env, or take the line away: meanwhile the default counts.",
    )
    return [warn("settings.names", f"{told}.", fix)]


def _salvaged(environ: Mapping[str, str], folder: Path, problems: list[Problem]) -> Configuration:
    names = {problem.name for problem in problems}
    if "BRIDGE_ENV_FILE" in names:  # all that is missing may stand in that file
        environ, folder = {**environ, "BRIDGE_ENV_FILE": ""}, _NOWHERE
        told = [problem for problem in problems if problem.name == "BRIDGE_ENV_FILE"]
    else:
        told = problems
    unusable = names - {"BRIDGE_ENV_FILE"}
    settings = _with_stand_ins(environ, folder, unusable)
    mixed = settings is None
    if settings is None:  # each key is well, and they do not belong together
        unusable |= set(KEYS)
        settings = _with_stand_ins(environ, folder, unusable)
    if settings is None:
        raise AssertionError("the stand-ins are usable")
    checks = [_setting_check(problem, mixed=mixed) for problem in told]
    return Configuration(settings, frozenset(unusable), tuple(checks))


def _with_stand_ins(environ: Mapping[str, str], folder: Path, names: set[str]) -> Settings | None:
    # Which environment the remaining keys are of is found out by trying.
    for kind in ("test", "prod"):
        # An empty value counts as none, so that an optional setting takes its default.
        filled = {name: _STAND_INS.get(name, "").format(kind) for name in names}
        given = {**environ, **{f"{name}_FILE": "" for name in names}, **filled}
        try:
            return load_settings(given, folder=folder)
        except SettingsError:
            continue
    return None


def _setting_check(problem: Problem, *, mixed: bool) -> Check:
    name = problem.name
    message = f"{name}: {bilingual(problem.es, problem.en)}."
    if mixed and name == "WOMPI_PUBLIC_KEY":
        return fail(
            "settings.keys",
            message,
            bilingual(
                "En comercios.wompi.co → Desarrolladores, copie las cuatro llaves de un solo ambiente en el archivo"
                " .env y reinicie el puente.",
                "At comercios.wompi.co → Desarrolladores copy the four keys of one environment into the file .env, and"
                " restart the bridge.",
            ),
        )
    fix = {
        "BRIDGE_ENV_FILE": bilingual(
            "Corrija la ruta en BRIDGE_ENV_FILE, o cree el archivo a partir de config.example.env.",
            "Mend the path in BRIDGE_ENV_FILE, or make the file from config.example.env.",
        ),
        "BRIDGE_SECRET": bilingual(
            "Cree un secreto con «openssl rand -hex 32», escríbalo en BRIDGE_SECRET del archivo .env y en la"
            " pasarela Wompi de WHMCS, y reinicie el puente.",
            "Make a secret with 'openssl rand -hex 32', put it into BRIDGE_SECRET in the file .env and into the gateway"
            " Wompi in WHMCS, and restart the bridge.",
        ),
        "WHMCS_API_IDENTIFIER": _credential_fix(),
        "WHMCS_API_SECRET": _credential_fix(),
        **dict.fromkeys(
            KEYS,
            bilingual(
                f"Copie {name} otra vez de comercios.wompi.co → Desarrolladores al archivo .env y reinicie el puente.",
                f"Copy {name} again from comercios.wompi.co → Desarrolladores into the file .env, and restart the"
                " bridge.",
            ),
        ),
    }.get(
        name,
        bilingual(
            f"Corrija {name} en el archivo .env (config.example.env lo explica en una línea) y reinicie el puente.",
            f"Mend {name} in the file .env (config.example.env explains it in one line), and restart the bridge.",
        ),
    )
    return fail(f"settings.{name.lower()}", message, fix)


def _credential_fix() -> str:
    return bilingual(
        "En WHMCS: Configuration → System Settings → Manage API Credentials, cree una credencial con el rol del"
        " puente y copie sus dos valores al archivo .env.",
        "In WHMCS: Configuration → System Settings → Manage API Credentials, make a credential with the bridge's"
        " role and copy its two values into the file .env.",
    )


def _file_checks(file: Path) -> list[Check]:
    try:
        mode = file.stat().st_mode
    except OSError:  # everything comes from the environment
        return []
    # Where each secret has a file of its own, there is nothing to hide in this one.
    if mode & stat.S_IROTH and holds_secrets(file):
        return [
            warn(
                "settings.file",
                bilingual(
                    f"Cualquier usuario de este servidor puede leer {file}, que contiene secretos.",
                    f"Every user of this server can read {file}, which holds secrets.",
                ),
                f"chmod 600 {file}",
            )
        ]
    return [ok("settings.file", bilingual(f"{file} está protegido.", f"{file} is protected."))]
