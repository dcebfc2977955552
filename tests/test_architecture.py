"""The architecture, read off the imports: they run one way between the rooms, and each library stays in its room."""

from __future__ import annotations

import re

import pytest

from tests.architecture import (
    ALLOWED,
    FOR_ALL,
    HOUSE,
    LIBRARIES,
    LINE_OF,
    ROOT,
    arrows,
    circles,
    drawing,
    graph,
    imports,
    modules,
    room_of,
)

MODULES = modules()
BRIDGE = {module: path for module, path in MODULES.items() if module.startswith("whmcs_bridge")}
PROTOCOL = {module: path for module, path in MODULES.items() if module.startswith("wompi_gateway")}


def libraries(module: str) -> set[str]:
    return {name.split(".")[0] for name in imports(MODULES[module])}


def test_every_room_has_its_place() -> None:
    """A new room is given its place in the house on purpose; and none is kept that is not there any more."""
    assert {room_of(module) for module in MODULES} - {"whmcs_bridge"} == LINE_OF.keys()


def test_the_arrows_are_those_of_the_plan() -> None:
    """Not one more, so that a new one is decided; not one fewer, so that the plan stays true."""
    found = {room: others - FOR_ALL for room, others in arrows(graph()).items() if room != "whmcs_bridge"}
    assert found == ALLOWED


@pytest.mark.parametrize("room", ALLOWED)
def test_no_arrow_goes_up(room: str) -> None:
    """The lines of the house run from the top to the ground."""
    assert [other for other in ALLOWED[room] if LINE_OF[other] <= LINE_OF[room]] == []


def test_about_twenty_rooms() -> None:
    """More would be a crowd again."""
    assert sum(len(line) for line in HOUSE) <= 25


def test_no_module_is_in_a_circle() -> None:
    """Within a room either: whoever reads one file need not have read the others."""
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}) == [["b", "c"]]
    assert circles(graph()) == []


@pytest.mark.parametrize("module", PROTOCOL)
def test_the_protocol_knows_nothing_of_the_bridge(module: str) -> None:
    """Wompi's protocol could be used beside any other billing system."""
    assert not libraries(module) & {"whmcs_bridge", "flask", "werkzeug", "sqlalchemy", "alembic", "dotenv", "os"}


@pytest.mark.parametrize("module", MODULES)
def test_libraries_stay_in_their_rooms(module: str) -> None:
    """SQL in the ledger, Flask at the edges, the network in the transport alone."""
    away = {name for name in libraries(module) & LIBRARIES.keys() if room_of(module) not in LIBRARIES[name]}
    assert away == set()


def test_one_module_opens_connections() -> None:
    """So that time-outs, sizes and certificates are looked after in one place."""
    assert [module for module in PROTOCOL if "requests" in libraries(module)] == ["wompi_gateway.transport"]


@pytest.mark.parametrize("part", ["wompi.", "whmcs.", "sandbox", "faults", "control", "state", "service", "walk"])
def test_the_sandboxes_know_nothing_of_the_bridge(part: str) -> None:
    """They were written from the vendors' documentation: what they had from the bridge could hide its mistakes."""
    parts = [module for module in BRIDGE if module.startswith(f"whmcs_bridge.sandbox.{part}")]
    assert parts
    foreign = {
        name
        for module in parts
        for name in imports(MODULES[module])
        if name.startswith(("whmcs_bridge", "wompi_gateway")) and not name.startswith("whmcs_bridge.sandbox.")
    }
    assert foreign == set()


@pytest.mark.parametrize("module", MODULES)
def test_modules_stay_small(module: str) -> None:
    """About 300 lines."""
    assert len(MODULES[module].read_text("utf-8").splitlines()) <= 350


def test_no_rule_is_switched_off_without_a_reason() -> None:
    """``noqa: CODE - reason``, ``type: ignore[code]  # reason``; what holds for a room stands in ``pyproject.toml``."""
    bare = re.compile(r"# noqa(: [A-Z0-9]+(, [A-Z0-9]+)*)? *$|# type: ignore(\[[a-z, -]+\])? *$", re.MULTILINE)
    paths = [path for folder in ("whmcs_bridge", "wompi_gateway", "tests") for path in (ROOT / folder).rglob("*.py")]
    assert [str(path) for path in paths if bare.search(path.read_text("utf-8"))] == []


def test_the_drawing_in_the_documents_is_the_house() -> None:
    """``docs/decisions.md`` shows what ``python -m tests.architecture`` prints."""
    assert drawing() in (ROOT / "docs/decisions.md").read_text("utf-8")
