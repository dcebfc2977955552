"""Where the sentences for people stand: in ``messages``, and on the screens that alone say them; never in a rule."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture import modules

# Each place by the beginning of its modules' names, and why sentences may stand there.
PLACES = {
    "whmcs_bridge.messages": "what rules and pages say, by subject",
    "whmcs_bridge.cli": "what the console script says before a command is known",
    "whmcs_bridge.commands": "what one command says on its terminal",
    "whmcs_bridge.doctor": "a check's line and its remedy: nobody else says them",
    "whmcs_bridge.setup": "the dialogue of setup",
    "whmcs_bridge.console": "the labels of the console's pages",
    "whmcs_bridge.sandbox": "what the vendors' pages and the demo say; the sandboxes import nothing of the bridge",
}

# Letters that only a Spanish text has, or common words of one that are neither English nor names in this code.
SPANISH = re.compile(r"[áéíóúñÁÉÍÓÚÑ¿¡]|\b(que|para|del|los|las|una|debe|pago|aviso|puede)\b")


def _docstrings(tree: ast.AST) -> set[int]:
    return {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def _worded(call: ast.Call) -> bool:
    """``bilingual("es", "en")`` and ``Text(es, en)`` make a sentence; ``bilingual(*words.PAUSED)`` shows one."""
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    return name in ("bilingual", "Text") and not all(
        isinstance(argument, ast.Starred | ast.Attribute) for argument in call.args
    )


def sentences(source: str) -> Iterator[int]:
    """The lines on which a sentence for a person is written."""
    tree = ast.parse(source)
    docstrings = _docstrings(tree)
    for node in ast.walk(tree):
        spanish = isinstance(node, ast.Constant) and isinstance(node.value, str) and SPANISH.search(node.value)
        if (spanish and id(node) not in docstrings) or (isinstance(node, ast.Call) and _worded(node)):
            assert isinstance(node, ast.expr)
            yield node.lineno


def place_of(module: str) -> str | None:
    return next((place for place in PLACES if f"{module}.".startswith(f"{place}.")), None)


# Wompi's protocol has words of Wompi's alone, such as the columns of its reports.
FOUND = {
    module: list(sentences(path.read_text("utf-8")))
    for module, path in modules().items()
    if module.startswith("whmcs_bridge")
}


@pytest.mark.parametrize("module", [module for module in FOUND if place_of(module) is None])
def test_no_rule_words_a_sentence(module: str) -> None:
    """A rule gives a fact, or names a sentence of ``messages`` and hands it plain values."""
    assert FOUND[module] == []


@pytest.mark.parametrize("place", PLACES)
def test_every_place_has_its_sentences(place: str) -> None:
    """None is kept in the list that has none any more."""
    assert any(FOUND[module] for module in FOUND if place_of(module) == place)


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ('told = bilingual("hecho", "done")', [1]),
        ('x = 1\nproblem(f"la lista llegó incompleta: {x}")', [2]),
        ('raise Bad("debe ser un color", "must be a colour")', [1]),
        ("Finding(True, Text(es, en))", [1]),
        # What is only shown, or is no sentence.
        ("told = bilingual(*words.PAUSED)", []),
        ("told = bilingual(problem.es, problem.en)", []),
        ('"""Dice «que» no."""\nname = Text.same("Wompi")', []),
        ('logger.info("void: transaction=%s", name)', []),
    ],
)
def test_what_a_sentence_is(source: str, lines: list[int]) -> None:
    """The words themselves, not the place where they are shown."""
    assert list(sentences(source)) == lines
