"""``make mutants``: take each guard and each receiving rule out, one at a time, and see which test goes red.

``python -m tests.mutants [--markdown FILE] [WORD ...]``: only those whose rule or change holds one of the words. Each
change is made in a copy of the tree, where the tests named beside it are run. Ends with 1 when a change survives, that
is, when nothing notices that the rule is gone; with 2 when a change does not fit the code any more.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

from tests.mutations import MUTANTS, Mutant

ROOT = Path(__file__).resolve().parent.parent
COPIED = ("wompi_gateway", "whmcs_bridge", "hooks", "tests", "pyproject.toml", "setup.cfg")
# A change that makes the tests wait for ever is noticed as well, after this time in seconds.
PATIENCE = 180


@dataclass(frozen=True)
class Result:
    """What became of one change: the test that went red, or none."""

    mutant: Mutant
    red: str
    fits: bool = True


def main(arguments: list[str]) -> int:
    """Try the changes, print the table, and tell by the exit status whether one survived."""
    parser = argparse.ArgumentParser(description="Take each rule out, one at a time, and see which test goes red.")
    parser.add_argument("words", nargs="*", help="only rules or changes that hold one of these words")
    parser.add_argument("--markdown", type=Path, help="write the table there, too")
    given = parser.parse_args(arguments)
    wanted = [
        one for one in MUTANTS if not given.words or any(word in f"{one.rule} {one.without}" for word in given.words)
    ]
    with trees(os.cpu_count() or 1) as free, ThreadPoolExecutor(free.qsize()) as pool:
        if red := first_red(free.queue[0], sorted({test for mutant in wanted for test in mutant.tests.split()})):
            sys.stdout.write(f"red before anything was taken out: {red}\n")
            return 2
        results = list(pool.map(lambda mutant: told(try_one(mutant, free)), wanted))
    if given.markdown:
        given.markdown.write_text(table(results), encoding="utf-8")
    if not all(result.fits for result in results):
        return 2
    return 0 if all(result.red for result in results) else 1


@contextmanager
def trees(count: int) -> Iterator[Queue[Path]]:
    """Copies of the tree, to be taken and given back."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        free: Queue[Path] = Queue()
        for number in range(count):
            tree = Path(folder) / str(number)
            for name in COPIED:
                source = ROOT / name
                if source.is_dir():
                    shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
                else:
                    shutil.copy(source, tree / name)
            free.put(tree)
        yield free


def try_one(mutant: Mutant, free: Queue[Path]) -> Result:
    """Make one change in a copy, run its tests there, and undo the change."""
    tree = free.get()
    files = {tree / name: (tree / name).read_text(encoding="utf-8") for name, _, _ in mutant.changes}
    try:
        for name, old, new in mutant.changes:
            text = (tree / name).read_text(encoding="utf-8")
            if text.count(old) != 1:
                return Result(mutant, f"what is to be changed stands {text.count(old)} times in {name}", fits=False)
            (tree / name).write_text(text.replace(old, new), encoding="utf-8")
        return Result(mutant, first_red(tree, mutant.tests.split()))
    finally:
        for file, text in files.items():
            file.write_text(text, encoding="utf-8")
        free.put(tree)


def first_red(tree: Path, tests: list[str]) -> str:
    """The first test that fails; empty when none does. SQLite is enough: no rule is another one elsewhere."""
    quiet = ["-q", "-x", "--tb=no", "-p", "no:cacheprovider", "-p", "no:xdist", "-k", "not mariadb and not postgresql"]
    environment = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("REFUSE_SKIPS", None)
    command = [sys.executable, "-m", "pytest", *quiet, *tests]
    try:
        ended = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return f"{tests[0]} (waits for ever)"
    if red := re.search(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", ended.stdout, re.MULTILINE):
        return red.group(1)
    if ended.returncode not in (0, 1):
        raise RuntimeError(f"pytest ended with {ended.returncode}:\n{ended.stdout}{ended.stderr}")
    return ""


def told(result: Result) -> Result:
    """Print one line at once."""
    outcome = "SURVIVED" if not result.red else "" if result.fits else "DOES NOT FIT"
    line = f"{result.mutant.rule:<16} {result.mutant.without:<58} {outcome} {result.red}"
    sys.stdout.write(line.rstrip() + "\n")
    sys.stdout.flush()
    return result


def table(results: list[Result]) -> str:
    """The results in Markdown."""
    lines = ["| rule | taken out | the test that goes red |", "|---|---|---|"]
    for result in results:
        red = f"`{result.red.removeprefix('tests/')}`" if result.red and result.fits else f"**none** {result.red}"
        lines.append(f"| {result.mutant.rule} | {result.mutant.without} | {red.strip()} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
