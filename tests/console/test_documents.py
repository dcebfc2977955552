"""``/trail`` and ``/review`` as documents: the console's own templates and style sheet, whole without WHMCS around."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from tests.console.documents import documents
from tests.web.test_pages import Document
from whmcs_bridge.messages import LANGUAGES, Language

DOCUMENTS = documents()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_each_is_whole(name: str, language: Language) -> None:
    """One small file in its language, with its landmarks, without script or form."""
    html = DOCUMENTS[name](language)
    document = Document(html)
    assert html.startswith("<!doctype html>")
    assert len(html.encode()) < 30_000
    assert document.all("html") == [{"lang": language}]
    for landmark in ("main", "h1", "style"):
        assert len(document.all(landmark)) == 1, landmark
    levels = [int(tag[1]) for tag, _ in document.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert {tag for tag, _ in document.elements} & {"script", "form", "button", "input", "iframe"} == set()
    assert not re.search(r"None|Undefined|[{}]", document.words("main"))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_none_leads_into_whmcs(name: str) -> None:
    """Where WHMCS's admin area is, only WHMCS knows: a link of it would be dead here."""
    assert "addonmodules.php" not in DOCUMENTS[name]("es")
    assert "invoices.php" not in DOCUMENTS[name]("es")
    assert "clientssummary.php" not in DOCUMENTS[name]("es")


def test_what_waits_has_its_command_and_its_trail() -> None:
    """In place of the buttons; a payment without an invoice has no trail of one."""
    document = Document(DOCUMENTS["review"]("es"))
    assert document.texts["pre"] == ["wompi-bridge show 1-1", "wompi-bridge show 1-1"]
    assert [link["href"] for link in document.all("a")] == ["/trail/x"]
