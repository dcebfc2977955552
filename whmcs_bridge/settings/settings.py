"""The settings: every row of the contract's table, read once at start, checked as a whole, never half usable.

They come from the environment or a ``.env`` file (the environment wins). ``NAME_FILE`` names a file that holds a
secret. What is wrong is said in one sentence a setting, in both languages, and never repeats a secret.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from whmcs_bridge.messages import settings as words
from whmcs_bridge.money.currencies import TRM_URL
from whmcs_bridge.settings.files import WrongEncoding, read_env, read_text, trimmed, unseen
from whmcs_bridge.settings.names import misspelt
from whmcs_bridge.settings.problems import (
    Problem,
    SettingsError,
    naming,
    no_file,
    problem_of,
    unreadable,
)
from whmcs_bridge.settings.types import (
    CHANNELS,
    LOOPBACK,
    Base,
    BridgeFolder,
    Channels,
    Clients,
    Colour,
    Currencies,
    DailyOrOff,
    DatabaseUrl,
    Email,
    FeesFormula,
    Networks,
    Partial,
    Seconds,
    Secrets,
    Url,
    WhatsApp,
    WhmcsFolder,
    Words,
    Zone,
    wrong,
)
from wompi_gateway.errors import KeysError
from wompi_gateway.keys import CHECKOUT_URL, Environment, Keys, environment_of, kind_of

# Where each kind of key belongs.
_BELONGS = {
    "public": "WOMPI_PUBLIC_KEY",
    "private": "WOMPI_PRIVATE_KEY",
    "integrity": "WOMPI_INTEGRITY_SECRET",
    "events": "WOMPI_EVENTS_SECRET",
}


class Settings(BaseModel):
    """The contract's table, with its names in lower case. Times are in seconds. Secrets are hidden from ``repr``."""

    model_config = ConfigDict(frozen=True, extra="ignore", arbitrary_types_allowed=True, hide_input_in_errors=True)

    bridge_url: BridgeFolder
    bridge_secret: Secrets = Field(repr=False)
    bridge_database_url: DatabaseUrl = Field("sqlite:///bridge.db", repr=False)
    bridge_recheck_after: Annotated[int, Field(ge=1, le=86_400)] = 300
    bridge_checkout_ttl: Annotated[int, Field(ge=1, le=7 * 86_400)] = 3600
    bridge_keep_events_days: Annotated[int, Field(ge=8, le=3650)] = 60
    bridge_fees: FeesFormula = None
    bridge_currencies: Currencies = Field(default_factory=dict)
    bridge_partial_minimum: Partial = None
    bridge_trm_url: Base = TRM_URL
    bridge_settlements_pull: DailyOrOff = False
    bridge_terms_url: Url | None = None
    bridge_alarms: Channels = CHANNELS
    bridge_heartbeat_url: Url | None = Field(None, repr=False)  # who knows it can silence the outside monitor
    bridge_brand_name: Annotated[str, Field(max_length=80)] | None = None
    bridge_brand_logo_url: Url | None = None
    bridge_brand_color: Colour | None = None
    bridge_support_email: Email | None = None
    bridge_support_whatsapp: WhatsApp | None = None
    bridge_support_url: Url | None = None
    bridge_trusted_proxies: Networks = LOOPBACK
    bridge_metrics_token: str | None = Field(None, repr=False)
    bridge_test_clients: Clients | None = None
    whmcs_url: WhmcsFolder
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
            given = {
                "public": (self.wompi_public_key,),
                "private": (self.wompi_private_key,),
                "integrity": (self.wompi_integrity_secret,),
                "events": self.wompi_events_secret,
            }
            told = ", ".join(
                f"{_BELONGS[kind]}: {'/'.join(_environment(kind, value) for value in values)}"
                for kind, values in given.items()
            )
            raise wrong(words.not_one_environment(error, told)) from None

    @property
    def api_url(self) -> str:
        """The exact address of WHMCS's API."""
        return self.whmcs_api_url or self.whmcs_url + "includes/api.php"

    @property
    def terms_url(self) -> str:
        """The terms and conditions that the payer accepts."""
        return self.bridge_terms_url or self.whmcs_url

    @property
    def only_clients(self) -> frozenset[int] | None:
        """The only clients who can pay; None: all. With test keys a real customer must not settle a real invoice with a
        test card; with production keys the setting says nothing."""
        return self.bridge_test_clients if self.keys.environment is Environment.SANDBOX else None

    @property
    def lease(self) -> float:
        """Seconds after which another worker takes over a claim: the time-outs of a booking's calls, and 10 more."""
        return self.wompi_timeout + 5 * self.whmcs_timeout + self.whmcs_post_timeout + 10


_REQUIRED = [name.upper() for name, field in Settings.model_fields.items() if field.is_required()]
_SECRETS = frozenset(name.upper() for name, field in Settings.model_fields.items() if not field.repr)
# Only these may be given as NAME_FILE. The public key is no secret, but it is kept beside the other keys.
SECRET_NAMES = _SECRETS | {"WOMPI_PUBLIC_KEY"}
_KNOWN = {name.upper() for name in Settings.model_fields} | {f"{name}_FILE" for name in SECRET_NAMES}


def load_settings(environ: Mapping[str, str] | None = None, *, folder: Path | None = None) -> Settings:
    """Read all settings, or raise ``SettingsError`` that names every one that is missing or wrong."""
    environ = os.environ if environ is None else environ
    file = _file_of(environ, folder)
    from_file = _from_file(file, environ)
    problems: list[Problem] = []
    # ``NAME_FILE`` in the environment wins over ``NAME`` in ``.env``.
    named = {name.removesuffix("_FILE") for name in environ if name.endswith("_FILE") and environ[name].strip()}
    kept = {name: value for name, value in from_file.items() if name not in named & SECRET_NAMES}
    values = _values({**kept, **environ}, problems)
    if not file.exists() and not any(name.lower() in values for name in _REQUIRED) and not problems:
        raise SettingsError([no_file(file)])
    _check_key_kinds(values, problems)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        told = {problem.name for problem in problems}
        # An error of the keys as a set (it has no field) is left out where one key was already reported.
        keys_told = any(name.startswith("WOMPI_") for name in told)
        details = error.errors(include_url=False, include_input=False)
        found = [problem_of(detail) for detail in details if detail["loc"] or not keys_told]
        problems += [problem for problem in found if problem.name not in told]
    if problems:
        raise SettingsError(problems + unknown_settings(environ, folder=folder))
    return settings


def unknown_settings(environ: Mapping[str, str] | None = None, *, folder: Path | None = None) -> list[Problem]:
    """Name what looks like a setting and is none, each with the one that was probably meant. Nothing reads them."""
    environ = os.environ if environ is None else environ
    try:
        in_file = _from_file(_file_of(environ, folder), environ)
    except SettingsError:
        in_file = {}
    return [_unknown(name, meant) for name, meant in misspelt(in_file, environ, {*_KNOWN, "BRIDGE_ENV_FILE"}).items()]


def unknown_names(names: Iterable[str], also: Iterable[str] = ()) -> list[Problem]:
    """Name what is no setting among ``names``, each with the one that was probably meant. ``also`` are known too."""
    known = {*_KNOWN, *also}
    strange = [name for name in names if name not in known]
    meant = misspelt(strange, (), known)
    return [_unknown(name, meant.get(name)) for name in strange]


def _unknown(name: str, meant: str | None) -> Problem:
    return Problem(name, *words.unknown(meant))


def holds_secrets(file: Path) -> bool:
    """Tell whether a file of settings holds a secret. For a file that cannot be read the answer is yes."""
    try:
        given = read_env(file)
    except (OSError, WrongEncoding):
        return True
    # A database may have no password.
    harmless = set() if "@" in given.get("BRIDGE_DATABASE_URL", "") else {"BRIDGE_DATABASE_URL"}
    return any(given.get(name, "").strip() for name in _SECRETS - harmless)


def _file_of(environ: Mapping[str, str], folder: Path | None) -> Path:
    return Path(environ.get("BRIDGE_ENV_FILE") or (folder or Path.cwd()) / ".env")


def _from_file(file: Path, environ: Mapping[str, str]) -> Mapping[str, str]:
    """The settings of the file. Raises ``SettingsError`` of the file alone: what is missing may stand in it."""
    with naming(file, "BRIDGE_ENV_FILE"):
        if file.is_file():
            return read_env(file)
    if not environ.get("BRIDGE_ENV_FILE"):
        return {}
    raise SettingsError([Problem("BRIDGE_ENV_FILE", *words.file_is_missing(file))])


def _values(given: Mapping[str, str], problems: list[Problem]) -> dict[str, str]:
    values: dict[str, str] = {}
    for field in Settings.model_fields:
        name = field.upper()
        value = trimmed(given.get(name) or "")
        path = (given.get(f"{name}_FILE") or "").strip() if name in SECRET_NAMES else ""
        if path and not value:
            try:
                value = trimmed(read_text(Path(path)))
            except (WrongEncoding, OSError) as error:
                problems.append(unreadable(name, Path(path), error))
        if value and name != "BRIDGE_BRAND_NAME" and (character := unseen(value)):
            problems.append(Problem(name, *words.unseen(character)))
        if value:
            values[field] = value
    return values


def _check_key_kinds(values: Mapping[str, str], problems: list[Problem]) -> None:
    """Report each key that is in the wrong field, before the keys are checked as a set."""
    told = {problem.name for problem in problems}
    for kind, name in _BELONGS.items():
        if name in told:
            continue
        field = name.lower()
        for value in str(values.get(field, "")).split(","):
            try:
                if value.strip():
                    environment_of(kind, value.strip())
            except KeysError as error:
                found = kind_of(value.strip())
                why = words.broken_key(error) if found == kind else words.wrong_key(error, _BELONGS.get(found or ""))
                problems.append(Problem(name, *why))
                break


def _environment(kind: str, value: str) -> str:
    try:
        return environment_of(kind, value)
    except KeysError:
        return "?"
