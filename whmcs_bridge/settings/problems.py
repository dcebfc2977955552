"""What is wrong with a setting, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from whmcs_bridge.messages import Text
from whmcs_bridge.messages import settings as words
from whmcs_bridge.settings.files import WrongEncoding


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


@contextmanager
def naming(file: Path, name: str) -> Iterator[None]:
    """Let a file that cannot be read be a ``SettingsError`` of ``name``."""
    try:
        yield
    except (WrongEncoding, OSError) as error:
        raise SettingsError([unreadable(name, file, error)]) from None


def unreadable(name: str, file: Path, error: WrongEncoding | OSError) -> Problem:
    """Say why a file cannot be read, and what to do where its encoding is the reason."""
    if isinstance(error, WrongEncoding):
        return Problem(name, *words.other_encoding(file, error))
    return Problem(name, *words.cannot_read(file, error.strerror or str(error)))


def no_file(file: Path) -> Problem:
    """Nothing is set, and this is where it was looked for."""
    return Problem("BRIDGE_ENV_FILE", *words.no_file(file))


def problem_of(detail: Any) -> Problem:
    """Tell in two languages what pydantic found (https://docs.pydantic.dev/latest/errors/validation_errors/)."""
    name = str(detail["loc"][0]).upper() if detail["loc"] else "WOMPI_PUBLIC_KEY"
    context = detail.get("ctx", {})
    match detail["type"]:
        case "setting":
            why = Text(**context)
        case "missing":
            why = words.MISSING
        case "greater_than" | "greater_than_equal" | "less_than_equal" as bound:
            limit = next(value for key, value in context.items() if key in {"gt", "ge", "le"})
            why = words.out_of_range(bound, limit, detail["msg"])
        case "int_parsing" | "int_type" | "float_parsing" | "float_type" | "int_from_float" | "finite_number" as kind:
            why = words.not_a_number(whole=kind.startswith("int"), days=name.endswith("_DAYS"))
        case _:
            why = words.not_as_expected(detail["msg"])
    return Problem(name, *why)
