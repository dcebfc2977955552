"""The pictures in the documents: each is taken by a test, is there, and is shown."""

from __future__ import annotations

import re
from pathlib import Path

from tests.browser import test_console as console
from tests.browser.test_widths import PAGES, SCREENS, picture_name

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "screenshots"
DOCUMENTS = [ROOT / "README.md", *ROOT.joinpath("docs").rglob("*.md")]
# One may be looked at on a phone's connection.
MOST_BYTES = 200_000


def taken() -> set[str]:
    """The names that the tests in the browser give."""
    sources = [path.read_text(encoding="utf-8") for path in ROOT.joinpath("tests", "browser").glob("test_*.py")]
    named = re.findall(r'\.picture\("([a-z0-9-]+)"', "\n".join(sources))
    named += [picture_name(page, width) for page in PAGES for width in SCREENS]
    named += [console.picture_name(page, width) for page in console.PAGES for width in console.WIDTHS]
    return set(named)


def test_every_picture_is_taken_by_a_test_and_no_other_is_there() -> None:
    """None is left over from a page that looks otherwise by now, and none was forgotten."""
    assert {path.stem for path in FOLDER.glob("*.png")} == taken()


def test_every_picture_is_shown_and_every_shown_one_is_there() -> None:
    """No document shows a hole, and none of the pictures is seen by nobody."""
    shown = {
        (document.parent / target).resolve()
        for document in DOCUMENTS
        for target in re.findall(r"!\[[^]]*\]\(([^):]+\.png)\)", document.read_text(encoding="utf-8"))
    }
    assert shown == set(FOLDER.glob("*.png"))


def test_the_customers_way_is_shown_as_a_whole() -> None:
    """One page has every picture of the payer's side, in both languages; the README leads there."""
    page = FOLDER.joinpath("README.md").read_text(encoding="utf-8")
    assert {name for name in taken() if not name.startswith("manual-")} == set(re.findall(r"\(([\w-]+)\.png\)", page))
    assert "docs/screenshots/README.md" in ROOT.joinpath("README.md").read_text(encoding="utf-8")


def test_the_pictures_are_small() -> None:
    """No picture is heavy."""
    assert [path.name for path in FOLDER.glob("*.png") if path.stat().st_size > MOST_BYTES] == []
