"""The settings: every row of the contract's table, read once at start, checked as a whole, never half usable.

They come from the environment or a ``.env`` file (the environment wins); ``NAME_FILE`` names a file that holds a
secret. What is wrong is told in one sentence a setting, in both languages, without ever repeating a secret.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from whmcs_bridge.settings.types import (
    CHANNELS,
    LOOPBACK,
    Base,
    Channels,
    Colour,
    DailyOrOff,
    DatabaseUrl,
    FeesFormula,
    Folder,
    Networks,
    Seconds,
    Secrets,
    Url,
    Words,
    Zone,
    wrong,
)
from wompi_gateway.errors import KeysError
from wompi_gateway.keys import CHECKOUT_URL, Keys, environment_of, kind_of

# Where each kind of key belongs.
_BELONGS = {
    "public": "WOMPI_PUBLIC_KEY",
    "private": "WOMPI_PRIVATE_KEY",
    "integrity": "WOMPI_INTEGRITY_SECRET",
    "events": "WOMPI_EVENTS_SECRET",
}

# Only these may be given as NAME_FILE.
_SECRET_NAMES = frozenset(
    {
        "BRIDGE_SECRET",
        "BRIDGE_DATABASE_URL",
        "BRIDGE_HEARTBEAT_URL",  # who has it can keep the outside monitor quiet
        "WHMCS_API_IDENTIFIER",
        "WHMCS_API_SECRET",
        "WHMCS_API_ACCESS_KEY",
        "WOMPI_PUBLIC_KEY",
        "WOMPI_PRIVATE_KEY",
        "WOMPI_INTEGRITY_SECRET",
        "WOMPI_EVENTS_SECRET",
    }
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One setting that cannot be used, and what to do about it."""

    name: str
    es: str
    en: str


class SettingsError(Exception):
    """The configuration is unusable. ``problems`` has one entry a setting."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{problem.name}: {problem.en}" for problem in problems))
        self.problems = problems


class Settings(BaseModel):
    """What the contract's table says, by the same names in lower case. Times are in seconds."""

    model_config = ConfigDict(frozen=True, extra="ignore", arbitrary_types_allowed=True, hide_input_in_errors=True)

    bridge_url: Folder
    bridge_secret: Secrets = Field(repr=False)
    bridge_database_url: DatabaseUrl = Field("sqlite:///bridge.db", repr=False)
    bridge_recheck_after: Annotated[int, Field(ge=1, le=86_400)] = 300
    bridge_checkout_ttl: Annotated[int, Field(ge=1, le=7 * 86_400)] = 3600
    bridge_keep_events_days: Annotated[int, Field(ge=8, le=3650)] = 60
    bridge_fees: FeesFormula = None
    bridge_settlements_pull: DailyOrOff = False
    bridge_terms_url: Url | None = None
    bridge_alarms: Channels = CHANNELS
    bridge_heartbeat_url: Url | None = Field(None, repr=False)
    bridge_brand_name: Annotated[str, Field(max_length=80)] | None = None
    bridge_brand_logo_url: Url | None = None
    bridge_brand_color: Colour | None = None
    bridge_trusted_proxies: Networks = LOOPBACK
    whmcs_url: Folder
    whmcs_api_url: Base | None = None
    whmcs_api_identifier: str = Field(repr=False)
    whmcs_api_secret: str = Field(repr=False)
    whmcs_api_access_key: str | None = Field(None, repr=False)
    whmcs_gateway: Annotated[str, Field(pattern=r"\A[a-z][a-z0-9_]{0,63}\z")] = "wompi"
    whmcs_timeout: Seconds = 15
    whmcs_post_timeout: Seconds = 60
    whmcs_parallel: Annotated[int, Field(ge=1, le=16)] = 4
    whmcs_timezone: Zone = ZoneInfo("America/Bogota")
    wompi_public_key: str
    wompi_private_key: str = Field(repr=False)
    wompi_integrity_secret: str = Field(repr=False)
    wompi_events_secret: Words = Field(repr=False)
    wompi_api_url: Base | None = None
    wompi_checkout_url: Base = CHECKOUT_URL
    wompi_timeout: Seconds = 10

    @model_validator(mode="after")
    def _one_environment(self) -> Settings:
        _ = self.keys  # raises KeysError for mixed environments; each key alone was read before
        return self

    @property
    def keys(self) -> Keys:
        """The merchant's keys, all of one environment."""
        try:
            return Keys(
                self.wompi_public_key, self.wompi_private_key, self.wompi_integrity_secret, self.wompi_events_secret
            )
        except KeysError as error:
            told = ", ".join(f"{name}: {'/'.join(kinds)}" for name, kinds in self._environments().items())
            raise wrong(
                "las cuatro llaves deben ser del mismo ambiente, todas de pruebas (test) o todas de producción (prod)"
                f"; ahora: {told}",
                f"{error}: {told}",
            ) from None

    def _environments(self) -> dict[str, list[str]]:
        given = {
            "public": (self.wompi_public_key,),
            "private": (self.wompi_private_key,),
            "integrity": (self.wompi_integrity_secret,),
            "events": self.wompi_events_secret,
        }
        return {_BELONGS[kind]: [_environment(kind, value) for value in values] for kind, values in given.items()}

    @property
    def api_url(self) -> str:
        """The exact address of WHMCS's API."""
        return self.whmcs_api_url or self.whmcs_url + "includes/api.php"

    @property
    def terms_url(self) -> str:
        """The terms and conditions that the payer accepts."""
        return self.bridge_terms_url or self.whmcs_url

    @property
    def lease(self) -> float:
        """Seconds after which a dead worker's claim is taken up again: every call of a booking, and some air."""
        return self.wompi_timeout + 5 * self.whmcs_timeout + self.whmcs_post_timeout + 10


def load_settings(environ: Mapping[str, str] | None = None, *, folder: Path | None = None) -> Settings:
    """Read all settings, or raise ``SettingsError`` that names every one that is missing or wrong."""
    environ = os.environ if environ is None else environ
    file = Path(environ.get("BRIDGE_ENV_FILE") or (folder or Path.cwd()) / ".env")
    problems: list[Problem] = []
    from_file: dict[str, str | None] = {}
    try:
        if file.is_file():
            from_file = dotenv_values(file, interpolate=False)
        elif environ.get("BRIDGE_ENV_FILE"):
            problems.append(
                Problem("BRIDGE_ENV_FILE", f"el archivo {file} no existe", f"the file {file} does not exist")
            )
    except (OSError, UnicodeDecodeError):
        problems.append(Problem("BRIDGE_ENV_FILE", f"no se puede leer {file}", f"cannot read {file}"))
    # A name that the environment gives by its file counts more than the value that ``.env`` gives.
    named = {name.removesuffix("_FILE") for name in environ if name.endswith("_FILE") and environ[name].strip()}
    from_file = {name: value for name, value in from_file.items() if name not in named & _SECRET_NAMES}
    values = _values({**from_file, **environ}, problems)
    _check_key_kinds(values, problems)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        told = {problem.name for problem in problems}
        # What is wrong with the keys as a set (it has no field) says nothing new once one of them was named.
        keys_told = any(name.startswith("WOMPI_") for name in told)
        details = error.errors(include_url=False, include_input=False)
        found = [_problem(detail) for detail in details if detail["loc"] or not keys_told]
        raise SettingsError(problems + [problem for problem in found if problem.name not in told]) from None
    if problems:
        raise SettingsError(problems)
    return settings


def holds_secrets(file: Path) -> bool:
    """Tell whether a file of settings gives the value of a secret. One that cannot be read is said to."""
    try:
        given = dotenv_values(file, interpolate=False)
    except (OSError, UnicodeDecodeError):
        return True
    # The public key stands in every checkout's address, and a database may be without a password.
    harmless = {"WOMPI_PUBLIC_KEY"}
    if "@" not in (given.get("BRIDGE_DATABASE_URL") or ""):
        harmless.add("BRIDGE_DATABASE_URL")
    return any((given.get(name) or "").strip() for name in _SECRET_NAMES - harmless)


def _values(given: Mapping[str, str | None], problems: list[Problem]) -> dict[str, str]:
    values: dict[str, str] = {}
    for field in Settings.model_fields:
        name = field.upper()
        value = (given.get(name) or "").strip()
        path = (given.get(f"{name}_FILE") or "").strip() if name in _SECRET_NAMES else ""
        if path and not value:
            try:
                value = Path(path).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError):
                es, en = f"no se puede leer el archivo {path}", f"cannot read the file {path}"
                problems.append(Problem(name, es, en))
        if value:
            values[field] = value
    return values


def _check_key_kinds(values: Mapping[str, str], problems: list[Problem]) -> None:
    """Name a key that was pasted into the wrong field, by field, before the set is looked at as a whole."""
    for kind, name in _BELONGS.items():
        field = name.lower()
        for value in str(values.get(field, "")).split(","):
            try:
                if value.strip():
                    environment_of(kind, value.strip())
            except KeysError as error:
                es = _what_is_wrong(kind, kind_of(value.strip()))
                es += "; cópiela otra vez de comercios.wompi.co, Desarrolladores"
                problems.append(Problem(name, es, str(error)))
                break


def _what_is_wrong(kind: str, found: str | None) -> str:
    if found == kind:
        return "empieza bien, pero está incompleta, es un ejemplo o trae signos que ninguna llave tiene"
    return f"tiene el valor que va en {_BELONGS[found]}" if found else "no es la llave que va aquí"


def _environment(kind: str, value: str) -> str:
    try:
        return environment_of(kind, value)
    except KeysError:
        return "?"


def _problem(detail: Any) -> Problem:
    name = str(detail["loc"][0]).upper() if detail["loc"] else "WOMPI_PUBLIC_KEY"
    context = detail.get("ctx", {})
    match detail["type"]:
        case "setting":
            return Problem(name, context["es"], context["en"])
        case "missing":
            return Problem(name, "falta; es obligatoria", "is missing; it is required")
        case "greater_than" | "greater_than_equal" | "less_than_equal":
            bound = next(value for key, value in context.items() if key in {"gt", "ge", "le"})
            es = {
                "greater_than": f"debe ser mayor que {bound}",
                "greater_than_equal": f"debe ser {bound} o más",
                "less_than_equal": f"debe ser {bound} o menos",
            }[detail["type"]]
            return Problem(name, es, f"is out of range ({detail['msg']})")
        case "int_parsing" | "int_type" | "float_parsing" | "float_type" | "int_from_float" | "finite_number":
            whole = " entero" if detail["type"].startswith("int") else ""
            es, en = ("días", "days") if name.endswith("_DAYS") else ("segundos", "seconds")
            return Problem(name, f"debe ser un número{whole} de {es}", f"must be a number of {en}")
        case _:
            return Problem(name, "no tiene la forma esperada", f"is not as expected ({detail['msg']})")
