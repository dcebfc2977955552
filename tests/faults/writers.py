"""Who writes to the database: read off the source, so that nobody can write and not be on the list."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.faults.failpoints import COMMIT, FAILPOINTS

_PRODUCT = Path(__file__).parents[2] / "whmcs_bridge"
# Changes of the schema: one transaction for each, under a lock, by Alembic: see ``tests/ledger/test_upgrade.py``.
_SCHEMA = {"whmcs_bridge.ledger.migrations"}
# It asks the engine what kind of database it is, and nothing else.
_READS = {"whmcs_bridge.ledger.engine.durability:weaknesses"}
_WRITES = {"write", "write_each", "_alone", "exclusively", "engine"}


def _functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            for member in node.body:
                if isinstance(member, ast.FunctionDef):
                    yield f"{node.name}.{member.name}", member


def _writes(function: ast.FunctionDef) -> bool:
    """It uses one of the database's ways to change something."""
    return any(
        isinstance(node, ast.Attribute)
        and node.attr in _WRITES
        and isinstance(node.value, (ast.Attribute, ast.Name))
        and (node.value.attr if isinstance(node.value, ast.Attribute) else node.value.id).endswith("database")
        for node in ast.walk(function)
    )


def _calls(function: ast.FunctionDef, name: str) -> bool:
    return any(isinstance(node, ast.Attribute) and node.attr == name for node in ast.walk(function))


def writing_methods() -> frozenset[str]:
    """``module:Class.method`` of each that writes; a private one counts by those of its module that call it."""
    found = set()
    for path in sorted(_PRODUCT.rglob("*.py")):
        module = ".".join(path.relative_to(_PRODUCT.parent).with_suffix("").parts).removesuffix(".__init__")
        if module in _SCHEMA or module == "whmcs_bridge.ledger.engine.database":
            continue
        functions = dict(_functions(ast.parse(path.read_text("utf-8"))))
        for name, function in functions.items():
            if not _writes(function):
                continue
            last = name.rpartition(".")[2]
            callers = [other for other in functions if last.startswith("_") and _calls(functions[other], last)]
            found |= {f"{module}:{one}" for one in callers or [name]}
    return frozenset(found - _READS)


def covered_by_failpoints() -> frozenset[str]:
    """Around whose COMMIT a process is killed, both before and after it."""
    moments: dict[str, set[str]] = {}
    for point in FAILPOINTS.values():
        if point.target == COMMIT:
            moments.setdefault(point.within, set()).add(point.moment)
    return frozenset(name for name, seen in moments.items() if seen == {"before", "after"})


WRITING = writing_methods()
