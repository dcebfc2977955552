"""What is wrong with a setting, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
        return Problem(
            name,
            f"{file} está guardado como {error}; guárdelo como UTF-8",
            f"{file} is saved as {error}; save it as UTF-8",
        )
    why = error.strerror or str(error)
    return Problem(name, f"no se puede leer {file}: {why}", f"cannot read {file}: {why}")


def no_file(file: Path) -> Problem:
    """Nothing is set, and this is where it was looked for."""
    return Problem(
        "BRIDGE_ENV_FILE",
        f"no hay configuración: se buscó {file}, que no existe. Suele estar en la carpeta de la instalación"
        " (~/wompi-bridge/.env en cPanel) o en /etc/wompi-bridge/settings.env (en un servidor propio, con sudo"
        " wompi-bridge-admin): llame el programa desde esa carpeta, o escriba la ruta en BRIDGE_ENV_FILE",
        f"there is no configuration: {file} was looked for and does not exist. It usually is in the installation's"
        " folder (~/wompi-bridge/.env on cPanel) or at /etc/wompi-bridge/settings.env (on a server of your own, by sudo"
        " wompi-bridge-admin): call the program in that folder, or put the path into BRIDGE_ENV_FILE",
    )


def problem_of(detail: Any) -> Problem:
    """Tell in two languages what pydantic found (https://docs.pydantic.dev/latest/errors/validation_errors/)."""
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
