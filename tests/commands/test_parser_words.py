"""P11: what the command line says of itself is in the terminal's language, and every option says what it is for."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import COMMAND, call, clean_environment
from whmcs_bridge.commands import COMMANDS
from whmcs_bridge.commands.parser_words import explain


def arguments_of(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from arguments_of(inner)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_argument_has_a_sentence_of_help(command: object) -> None:
    """Whoever reads ``--help`` need not guess."""
    parser = argparse.ArgumentParser()
    command.arguments(parser)  # type: ignore[attr-defined]
    explain(parser)
    subcommands = (argparse._SubParsersAction,)
    silent = [each.dest for each in arguments_of(parser) if not each.help and not isinstance(each, subcommands)]
    assert silent == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("payments", "--state", "x"), "--state: 'x' no es ninguna de: "),
        (("payments", "--limit", "-3"), "--limit: "),
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
