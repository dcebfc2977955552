"""``make mutants`` is only as good as its list: every change fits the code, its tests exist, and its row is written."""

from __future__ import annotations

import re

import pytest

from tests.mutants import ROOT
from tests.mutations import MUTANTS, Mutant

TABLE = (ROOT / "docs" / "reliability.md").read_text("utf-8")


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.rule}: {mutant.without}")
def test_every_change_fits_the_code(mutant: Mutant) -> None:
    """What is to be changed stands there exactly once, also after a module was split; and the change is one."""
    texts = {file: (ROOT / file).read_text("utf-8") for file, _, _ in mutant.changes}
    for file, old, new in mutant.changes:
        assert texts[file].count(old) == 1, f"{old!r} stands {texts[file].count(old)} times in {file}"
        texts[file] = texts[file].replace(old, new)
        compile(texts[file], file, "exec")
    for test in mutant.tests.split():
        path, _, name = test.partition("::")
        assert (ROOT / path).is_file()
        assert not name or f"def {name.rpartition('::')[2]}(" in (ROOT / path).read_text("utf-8")


def test_every_change_has_its_row() -> None:
    """The table of ``docs/reliability.md`` names the test that goes red for each of them, and for no other."""
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| `[^`]+` \|$", TABLE, re.MULTILINE)
    assert sorted(rows) == sorted((mutant.rule, mutant.without) for mutant in MUTANTS)


def test_every_test_that_the_table_names_is_there() -> None:
    """One that was renamed would be looked for in vain."""
    named = re.findall(r"^\| [^|]+ \| [^|]+ \| `([^`]+?\.py)(?:::([^`[]+))?[^`]*` \|$", TABLE, re.MULTILINE)
    assert len(named) == len(MUTANTS)
    texts = {path: (ROOT / "tests" / path).read_text("utf-8") for path, _ in named}
    assert [name for path, name in named if name and f"def {name.rpartition('::')[2]}(" not in texts[path]] == []
