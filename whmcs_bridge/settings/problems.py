"""What is wrong with a setting, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


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
