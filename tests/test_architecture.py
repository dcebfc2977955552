"""The architecture, read off the imports: they run one way, and each library stays in its room."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# From the edges down to the leaves. A module imports only from rows below its own; a folder counts as one module.
ROWS = (
    {"cli", "wsgi"},
    {"commands"},
    {"demo"},
    {"server", "checks"},
    {"intake"},
    {"web"},
    {"bridge"},
    {"watch"},
    {"signature_book"},
    {"worker", "paying"},
    {"reconcile", "orders"},
    {"recount"},
    {"asking", "reconcile_report"},
    {"posting", "pace", "rations", "voids"},
    {"outcomes", "trail", "evidence"},
    {"decision"},
    {"reviews", "places"},
    {"proof"},
    {"store"},
    {"claims", "void_store", "retention", "attempts", "revocations", "teller", "impossible_times"},
    {"inbox"},
    {"writing"},
    {"reading", "statements", "migrations", "ledger_clock", "durability", "figures", "alarm_book", "alarms"},
    {"money_alarms"},
    {"finding"},
    {"waiting", "rows"},
    {"records", "invoice_state", "schema", "database", "references", "pulse", "settings"},
    {"whmcs"},
    {"addresses"},
    {"setting_types", "whmcs_models", "whmcs_ids", "upstream"},
    {"fees"},
    {
        "whmcs_answers",
        "void_answers",
        "database_errors",
        "group_commit",
        "turns",
        "calls",
        "links",
        "money",
        "clock",
        "messages",
        "speech",
        "hooks_installer",
        "keepable",
        "meters",
    },
)
ROW_OF = {name: number for number, row in enumerate(ROWS) for name in row}

SQL = {
    "database",
    "database_errors",
    "durability",
    "schema",
    "statements",
    "writing",
    "rows",
    "reading",
    "inbox",
    "store",
    "void_store",
    "claims",
    "retention",
    "revocations",
    "figures",
    "alarm_book",
    "signature_book",
    "impossible_times",
    "migrations",
}
FLASK = {"web", "demo"}

PROTOCOL = sorted((ROOT / "wompi_gateway").rglob("*.py"))
BRIDGE = sorted((ROOT / "whmcs_bridge").rglob("*.py"))


def dotted(path: Path) -> list[str]:
    """``whmcs_bridge/web/app.py`` as ``["whmcs_bridge", "web", "app"]``."""
    parts = [*path.relative_to(ROOT).with_suffix("").parts]
    return parts[:-1] if parts[-1] == "__init__" else parts


def imports(path: Path) -> set[str]:
    """Every module that is imported, also within functions and for types alone; ``from a import b`` counts as a.b."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides where it goes"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def rooms(path: Path) -> set[str]:
    """The modules and folders of the bridge that a file imports."""
    return {name.split(".")[1] for name in imports(path) if name.startswith("whmcs_bridge.")} & ROW_OF.keys()


def libraries(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports(path)}


def name_of(path: Path) -> str:
    return ".".join(dotted(path))


def test_every_module_has_its_row() -> None:
    """A new module is given its place here, on purpose."""
    assert {dotted(path)[1] for path in BRIDGE if len(dotted(path)) > 1} <= ROW_OF.keys()


@pytest.mark.parametrize("path", BRIDGE, ids=name_of)
def test_imports_run_one_way(path: Path) -> None:
    """Never up, never sideways, and so never in a circle."""
    if len(dotted(path)) > 1:
        room = dotted(path)[1]
        upward = {other for other in rooms(path) - {room} if ROW_OF[other] <= ROW_OF[room]}
        assert not upward, f"{name_of(path)} imports {', '.join(sorted(upward))}"


@pytest.mark.parametrize("path", PROTOCOL, ids=name_of)
def test_the_protocol_knows_nothing_of_the_bridge(path: Path) -> None:
    """Wompi's protocol could be used beside any other billing system."""
    assert not libraries(path) & {"whmcs_bridge", "flask", "werkzeug", "sqlalchemy", "alembic", "dotenv", "os"}


@pytest.mark.parametrize("path", BRIDGE, ids=name_of)
def test_libraries_stay_in_their_rooms(path: Path) -> None:
    """SQL in the store's few modules, Flask at the edges, the network in the transport alone."""
    room = [*dotted(path), ""][1]
    if room not in SQL:
        assert not libraries(path) & {"sqlalchemy", "alembic"}
    if room not in FLASK:
        assert not libraries(path) & {"flask", "werkzeug", "jinja2"}
    if room != "demo":
        assert not libraries(path) & {"requests", "urllib3", "httpx"}
    if room not in {"meters", "web"}:
        assert "prometheus_client" not in libraries(path)


def test_one_module_opens_connections() -> None:
    """So that time-outs, sizes and certificates are looked after in one place."""
    assert [name_of(path) for path in PROTOCOL if "requests" in libraries(path)] == ["wompi_gateway.transport"]


@pytest.mark.parametrize(
    "path", [path for path in BRIDGE if path.parent.name == "demo" and path.name != "world.py"], ids=name_of
)
def test_the_sandboxes_know_nothing_of_the_bridge(path: Path) -> None:
    """They were written from the vendors' documentation: what they had from the bridge could hide its mistakes."""
    assert rooms(path) <= {"demo"}
    assert "wompi_gateway" not in libraries(path)


@pytest.mark.parametrize("path", [*PROTOCOL, *BRIDGE], ids=name_of)
def test_modules_stay_small(path: Path) -> None:
    """About 300 lines."""
    assert len(path.read_text("utf-8").splitlines()) <= 350
