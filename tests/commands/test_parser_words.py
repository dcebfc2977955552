"""P11: what the command line says of itself is in the terminal's language, and every option says what it is for."""

from __future__ import annotations

import argparse
import ast
import inspect
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from gettext import gettext
from pathlib import Path

import pytest

from tests.processes import COMMAND, call, clean_environment
from whmcs_bridge.cli import _parser
from whmcs_bridge.commands import COMMANDS
from whmcs_bridge.commands.parser_words import _SPANISH, explain, speak

LANGUAGES = ["es_CO.UTF-8", "en_US.UTF-8"]


def parsers_of(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parser and those within it, each as its command is called."""
    explain(parser)
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                if (command := getattr(inner, "command", None)) is not None:
                    command.arguments(inner)
                yield from parsers_of(inner)


def sentences(patch: pytest.MonkeyPatch, language: str) -> dict[str, str]:
    """What the whole command line says of itself, by command and argument."""
    patch.setenv("LC_ALL", language)
    patch.setattr(argparse, "_", gettext)
    speak()
    found: dict[str, str] = {}
    for parser in parsers_of(_parser()):
        found[parser.prog] = parser.description or ""
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                found |= {f"{parser.prog} {each.dest}": each.help or "" for each in action._choices_actions}
            else:
                found[f"{parser.prog} {'/'.join(action.option_strings) or action.dest}"] = action.help or ""
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_and_every_argument_has_a_sentence_of_help(
    monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    """Whoever reads ``--help`` need not guess; commands within commands too."""
    told = sentences(monkeypatch, language)
    assert {command.name for command in COMMANDS} <= {name.split()[1] for name in told if " " in name}
    assert "wompi-bridge settlements show --month" in told
    # One word is no sentence.
    assert [name for name, sentence in told.items() if len(sentence.split()) < 2] == []


def test_every_sentence_is_in_the_terminal_s_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not one that both languages share: nobody has written it twice."""
    spanish, english = (sentences(monkeypatch, language) for language in LANGUAGES)
    assert spanish.keys() == english.keys()
    assert [name for name in spanish if spanish[name] == english[name]] == []


def test_the_library_s_own_sentences_are_translated() -> None:
    """Every one that argparse of this Python may show to who calls a command; those for programmers stay."""
    asked = {
        str(node.args[0].value)
        for node in ast.walk(ast.parse(inspect.getsource(argparse)))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_"
        if isinstance(node.args[0], ast.Constant)
    }
    for_programmers = re.compile(
        r"invalid argument for positionals|is not callable|__call__|argument \"-\"|cannot |conflicting|dest=|conflict_"
        r"|invalid option string|must be optional|unexpected option|unknown parser|can't open"
    )
    assert sorted(text for text in asked - _SPANISH.keys() if not for_programmers.search(text)) == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("payments", "--state", "x"), "--state: 'x' no es ninguna de: "),
        (("payments", "--limit", "-3"), "--limit: "),
        (("payments", "--invoice", "hoy"), "--invoice: 'hoy' no es el número de un aviso de cobro"),
        (("payments", "--limt", "3"), "esto no se entiende: --limt"),
        (("resolve",), "falta: "),
        (("nope",), "'nope' no es ninguna de: "),
        (("payments", "--json", "--csv"), "no va junto con"),
    ],
)
def test_a_wrong_call_is_told_in_spanish(tmp_path: Path, arguments: tuple[str, ...], sentence: str) -> None:
    """Status 2, the usage and one sentence; no English word of the library's."""
    ended = call(*arguments, folder=tmp_path)
    assert ended.returncode == 2
    assert ended.stderr.startswith("uso: wompi-bridge")
    assert sentence in ended.stderr
    assert not [word for word in ("invalid", "required", "unrecognized", "usage", "choose") if word in ended.stderr]


def test_an_english_terminal_reads_english(tmp_path: Path) -> None:
    """As the library says it."""
    environment = clean_environment() | {"LC_ALL": "en_US.UTF-8", "PYTHONPATH": str(Path.cwd())}
    ended = subprocess.run(
        [*COMMAND, "payments", "--state", "x"],
        env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert "invalid choice" in ended.stderr


def test_help_is_quick() -> None:
    """Under 0.3 s where nothing else runs: what it loads is what it costs, so that is what is looked at."""
    code = "import sys, whmcs_bridge.cli; print(len(sys.modules), 'requests' in sys.modules, 'pydantic' in sys.modules)"
    began = time.monotonic()
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True).stdout
    count, *heavy = told.split()
    assert heavy == ["False", "False"]
    assert int(count) < 150
    assert time.monotonic() - began < 30


def test_help_says_where_the_manual_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An admin who installed a wheel has no clone; each language has its own."""
    folder = tmp_path / "share/doc/whmcs-wompi-bridge"
    folder.mkdir(parents=True)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setenv("LC_ALL", "es_CO.UTF-8")
    assert f"El manual: {folder}/manual.md" in _parser().format_help()
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    assert f"The manual: {folder}/manual.en.md" in _parser().format_help()
