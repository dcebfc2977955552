"""What the documents for admins name is there: commands, options, settings, files and headings; in both languages."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest

from tests.architecture import HOUSE
from whmcs_bridge.commands import COMMANDS
from whmcs_bridge.settings import Settings

ROOT = Path(__file__).parent.parent
GUIDES = [
    ROOT / "README.md",
    *(
        ROOT / "docs" / name
        for name in ("readme.en.md", "manual.md", "manual.en.md", "monitoring.md", "databases.md", "sandbox.md")
    ),
    ROOT / "docs" / "deploy" / "README.md",
]
PAIRS = [("README.md", "docs/readme.en.md"), ("docs/manual.md", "docs/manual.en.md")]
EXAMPLE = ROOT / "config.example.env"
PACKAGES = (ROOT / "whmcs_bridge", ROOT / "wompi_gateway")

# What is called after the program's name, also by its wrapper; a command line ends with its own line or its quotes.
_CALL = re.compile(r"(?:wompi-bridge|wompi-bridge-admin) ([a-z][a-z-]+)([^`»'\n|>&]*)")
_SETTING = re.compile(r"\b(?:BRIDGE|WHMCS|WOMPI)_[A-Z_]+\b")
# Read besides the table of settings: where the settings are, and an answer of setup alone.
_BESIDES = {"BRIDGE_ENV_FILE", "WHMCS_DIR"}


def name_of(path: Path) -> str:
    return path.name if path.parent == ROOT else str(path.relative_to(ROOT))


def calls(path: Path) -> list[tuple[str, set[str]]]:
    """Each command that is named, with its options."""
    return [(name, set(re.findall(r"--[a-z-]+", rest))) for name, rest in _CALL.findall(path.read_text("utf-8"))]


def options() -> dict[str, set[str]]:
    """Each command, with the options that it takes."""
    found: dict[str, set[str]] = {}
    for command in COMMANDS:
        parser = argparse.ArgumentParser()
        command.arguments(parser)
        found[command.name] = options_of(parser)
    return found


def options_of(parser: argparse.ArgumentParser) -> set[str]:
    """What a command takes, whichever of its own commands it is given to."""
    found = set(parser._option_string_actions)
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            found |= set().union(*map(options_of, action.choices.values()))
    return found


def settings(path: Path) -> set[str]:
    """Each setting that is named."""
    return {name.removesuffix("_FILE") for name in _SETTING.findall(path.read_text("utf-8"))}


def headings(path: Path) -> set[str]:
    """The anchors that GitHub makes of headings."""
    told = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", line.lower()).strip().replace(" ", "-") for line in told}


@pytest.mark.parametrize("path", GUIDES, ids=name_of)
def test_commands_and_their_options(path: Path) -> None:
    """Whoever copies a line from a guide is not told that there is no such thing."""
    known = options()
    for name, given in calls(path):
        assert name in known, f"there is no command {name}"
        assert given <= known[name], f"{name} takes no {', '.join(sorted(given - known[name]))}"


@pytest.mark.parametrize("path", [*GUIDES, EXAMPLE], ids=name_of)
def test_settings(path: Path) -> None:
    """Each one that is named is one that is read."""
    known = {name.upper() for name in Settings.model_fields} | {name.removesuffix("_FILE") for name in _BESIDES}
    assert settings(path) <= known


def test_the_example_names_every_setting() -> None:
    """An admin finds in it whatever can be set."""
    assert {name.upper() for name in Settings.model_fields} <= settings(EXAMPLE)


@pytest.mark.parametrize("path", GUIDES, ids=name_of)
def test_links(path: Path) -> None:
    """Files are there, and so are the headings that are meant in them; pictures as well."""
    for target in re.findall(r"\]\(([^)]+)\)", path.read_text("utf-8")):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        file = path.parent / name if name else path
        assert file.exists(), target
        assert not anchor or anchor in headings(file), target


@pytest.mark.parametrize(("spanish", "english"), PAIRS)
def test_both_languages_tell_of_the_same(spanish: str, english: str) -> None:
    """The same commands with the same options, the same settings, the same pictures, as many sections."""
    one, other = ROOT / spanish, ROOT / english
    assert len(calls(one)) > 10
    assert {name for name, _ in calls(one)} == {name for name, _ in calls(other)}
    options_of = [set().union(*(given for _, given in calls(path))) for path in (one, other)]
    assert options_of[0] == options_of[1]
    assert settings(one) == settings(other)
    assert len(re.findall(r"^## ", one.read_text("utf-8"), re.MULTILINE)) == len(
        re.findall(r"^## ", other.read_text("utf-8"), re.MULTILINE)
    )
    if "manual" in spanish:
        pictures = [set(re.findall(r"screenshots/[\w-]+\.png", path.read_text("utf-8"))) for path in (one, other)]
        assert pictures[0] == pictures[1]


def test_the_readme_leads_to_both_manuals() -> None:
    """Each reader finds the one in their language."""
    text = (ROOT / "README.md").read_text("utf-8")
    assert "(docs/manual.md)" in text
    assert "(docs/manual.en.md)" in text


def test_the_rooms_that_contributors_are_sent_to() -> None:
    """Ten changes, each in one room that is there; and the house is drawn with every room that it has."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    rooms = re.findall(r"^\| [a-zA-Z ']+ \| `([a-z_/]+)` \|$", text, re.MULTILINE)
    assert len(rooms) == 10
    assert [room for room in rooms if not (ROOT / room).is_dir()] == []
    house = text.partition("## The house")[2].partition("## The way")[0]
    assert [room for line in HOUSE for room in line if room not in house] == []


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "SECURITY.md"])
def test_links_of_the_first_pages_for_developers(name: str) -> None:
    """No link leads nowhere."""
    for target in re.findall(r"\]\(([^)#]+)\)", (ROOT / name).read_text("utf-8")):
        assert (ROOT / target).exists(), target


def test_the_functions_that_the_way_of_a_payment_names() -> None:
    """A developer who follows the way finds each file and each function that it names."""
    way = (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("## The way")[2].partition("## Where")[0]
    code = "\n".join(path.read_text("utf-8") for package in PACKAGES for path in package.rglob("*.py"))
    for file in re.findall(r"`([a-z_/]+\.py)`", way):
        assert (ROOT / "whmcs_bridge" / file).exists(), file
    for function in re.findall(r"`[A-Za-z_.]*\.([a-z_]+)`", way):
        assert f"def {function}(" in code, function
