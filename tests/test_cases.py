"""Every hostile input and every fault that the bridge was built against has a number, and a test that bears it.

A case is found by its number in the name of a test, in what it says of itself, or in the name of one of its parameters.
``T1`` to ``T21`` are about money: what was found on the first running product. ``E`` are about the
edges and ``P`` about people. ``R1`` to ``R8`` are the rules of receiving, ``I1`` to ``I8`` what must hold always: see
``docs/reliability.md``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent

_ALL = """
A1 A2 A3 A4 A8 A9 A10 A11 A12 A13 A14 A15 A16 A17 A18 A19 A21 A23 A24 A25 A26 A29 A30 A31 A32 A33 A34 A35 A36
A38 A39 A40 A41 A42 A44 A47 A48 A49 A50 A51 A52 A53 A54 A55 A56 A57 A58 A59 A60 A61 A63 A64 A65 A66 A67 A68 A69
A71 A73 A75 A76 A77 A79 A80 A81 A82 A83 A84 A85 A86 A87 A88 A89 A90 A92 A94 A95 A96 A97 A98 A99 A101 A102 A104
A106 A107 A108 A109 A110 A111 A112 A114 A115 A116 A120
F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 F12 F13 F14 F15 F17 F18 F19 F20 F21 F22 F23 F24 F25 F26 F28 F30 F31 F32 F36 F38
F39 F40 F41 F42 F44 F46 F47 F48 F49 F50 F51 F52 F53 F55 F56 F57
T1 T2 T3 T4 T5 T6 T7 T8 T9 T10 T11 T12 T13 T14 T15 T16 T17 T18 T19 T20 T21
E1 E2 E3 E4 E5 E6 E7 E8 E9 E10 E11 E12 E13 E14 E15 E16 E17 E18 E19 E20 E21 E22 E23 E24 E25 E26 E27 E28 E29 E30
P1 P2 P3 P4 P5 P15 P16 P17 P18 P19
R1 R2 R3 R4 R5 R6 R7 R8 I1 I2 I3 I4 I5 I6 I7 I8
"""
CASES = re.findall(r"\S+", _ALL)

_NUMBER = re.compile(r"(?<![A-Za-z0-9])([AFRITEP][0-9]{1,3})(?![0-9A-Za-z])")
_SPAN = re.compile(r"(?<![A-Za-z0-9])([AFRITEP])([0-9]{1,3})(?:_to_|-| to )\1([0-9]{1,3})(?![0-9A-Za-z])")


def words() -> Iterator[str]:
    """The name, the docstring and the parameters of every test, and what its class and its module say."""
    for path in HERE.rglob("test_*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        yield ast.get_docstring(tree) or ""
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
                yield ast.get_docstring(node) or ""
            elif isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield node.name.replace("_", " ").replace(" to ", "_to_")
                yield ast.get_docstring(node) or ""
                yield from parameters(node)


def parameters(test: ast.FunctionDef) -> Iterator[str]:
    """Every text in the decorators of a test."""
    for decorator in test.decorator_list:
        for node in ast.walk(decorator):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def numbers(text: str) -> set[str]:
    """The cases that a text names, also those between the ends of a span."""
    spans = [(kind, int(first), int(last)) for kind, first, last in _SPAN.findall(text)]
    between = {f"{kind}{number}" for kind, first, last in spans for number in range(first, last + 1)}
    return set(_NUMBER.findall(text)) | between


def test_every_case_has_a_test() -> None:
    """Not one is left out; and the numbers are read as they are meant."""
    assert numbers("test A31_to_A33 amounts; F2-F4, A1") == {"A31", "A32", "A33", "F2", "F3", "F4", "A1"}
    found = set().union(*(numbers(text) for text in words()))
    assert [case for case in CASES if case not in found] == []
