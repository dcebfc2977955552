"""The house as data, and as its imports show it: rooms, the arrows between them, and which library stays in which room.

python -m tests.architecture        prints the rooms from the top to the ground, each with what it imports
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent

# From the top to the ground. A room imports only from the lines below its own, and only what stands behind its name.
HOUSE: tuple[dict[str, str], ...] = (
    {"cli": "commands messages", "wsgi": "bridge commands ledger messages settings web"},
    {
        "commands": "booking bridge checkout doctor history installation ledger messages money sandbox settings"
        " settlements setup signed web whmcs"
    },
    {
        "sandbox": "bridge doctor ledger messages settings signed web whmcs",
        "setup": "clock doctor installation messages settings whmcs",
    },
    {"web": "bridge checkout clock console doctor history ledger messages money monitoring settings signed whmcs"},
    {"console": "booking bridge clock doctor history ledger messages money settlements signed whmcs"},
    {"doctor": "bridge checkout clock ledger messages money settings signed whmcs"},
    {"bridge": "booking checkout clock ledger metrics monitoring settings settlements voids whmcs"},
    {
        "checkout": "booking clock ledger messages money signed whmcs",
        "settlements": "clock ledger messages money signed",
        "voids": "booking clock ledger messages money whmcs",
        "monitoring": "clock ledger messages metrics money whmcs",
    },
    {
        "booking": "clock ledger messages metrics money signed whmcs",
        "history": "ledger messages money signed whmcs",
    },
    {"ledger": "clock messages signed whmcs", "installation": "messages settings"},
    {"settings": "messages money", "signed": "money", "whmcs": "messages money"},
    {"money": "", "messages": "", "clock": "", "metrics": ""},
    {"wompi_gateway": ""},
)

# Who may use what beyond the standard library. The protocol and the ground may be used by every room.
LIBRARIES: dict[str, set[str]] = {
    "sqlalchemy": {"ledger"},
    "alembic": {"ledger"},
    "flask": {"web", "sandbox"},
    "werkzeug": {"web", "sandbox"},
    "jinja2": {"web", "sandbox", "console"},
    "uvicorn": {"web"},
    "a2wsgi": {"web"},
    "requests": {"wompi_gateway", "sandbox"},
    "urllib3": {"wompi_gateway", "sandbox"},
    "tenacity": {"wompi_gateway"},
    "pydantic": {"wompi_gateway", "whmcs", "settings", "console", "checkout"},
    "dotenv": {"settings"},
    "prometheus_client": {"metrics", "web"},
    "rich": {"messages"},
    "segno": {"commands", "signed"},
    "holidays": {"settlements"},
}
# Every room may ask these.
FOR_ALL = {"whmcs_bridge", "wompi_gateway"}

LINE_OF = {room: number for number, line in enumerate(HOUSE) for room in line}
ALLOWED = {room: set(names.split()) for line in HOUSE for room, names in line.items()}


def modules() -> dict[str, Path]:
    """Every module of the product by its dotted name."""
    paths = [path for package in ("whmcs_bridge", "wompi_gateway") for path in (ROOT / package).rglob("*.py")]
    return {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in paths}


def room_of(module: str) -> str:
    """``whmcs_bridge.web.app`` is in the room ``web``."""
    parts = module.split(".")
    return parts[1] if parts[0] == "whmcs_bridge" and len(parts) > 1 else parts[0]


def imports(path: Path) -> set[str]:
    """Every name that is imported, also within functions and for types alone; ``from a import b`` counts as a.b."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides where it goes"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def graph() -> dict[str, set[str]]:
    """Which module imports which others of the product."""
    known = modules()
    return {
        module: {
            target
            for name in imports(path)
            if (target := name if name in known else name.rpartition(".")[0]) in known and target != module
        }
        for module, path in known.items()
    }


def arrows(by_module: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    """Which room imports which others."""
    found: dict[str, set[str]] = {}
    for module, targets in by_module.items():
        room = room_of(module)
        found.setdefault(room, set()).update(other for target in targets if (other := room_of(target)) != room)
    return found


def circles(by_module: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Groups of modules that import one another: what is left when every module without an import to the rest, or
    without an importer in it, has been taken away."""
    left = {module: set(targets) for module, targets in by_module.items()}
    while True:
        imported = set().union(*left.values()) if left else set()
        keep = {module for module, targets in left.items() if targets and module in imported}
        if keep == left.keys():
            return [sorted(left)] if left else []
        left = {module: left[module] & keep for module in keep}


def drawing() -> str:
    """The house as it is: a line for each room, from the top to the ground, with the rooms that it imports."""
    found = arrows(graph())
    lines = []
    for line in HOUSE:
        for room in line:
            below = sorted(found.get(room, set()) - FOR_ALL, key=lambda other: (LINE_OF.get(other, 0), other))
            lines.append(f"{room:<14} -> {', '.join(below)}" if below else room)
        lines.append("")
    return "\n".join(lines).strip() + "\n"


if __name__ == "__main__":
    print(drawing(), end="")
