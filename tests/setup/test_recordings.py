"""The recordings in docs/ are of today's setup: every question stands in them, and no secret."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.setup.shop import REPOSITORY, Shop
from whmcs_bridge.setup.dialogue import Dialogue
from whmcs_bridge.setup.places import Target, places_of

RECORDINGS = [REPOSITORY / "docs" / f"instalacion-{name}.txt" for name in ("debian-12", "passenger", "archivos")]
# The beginning of one of Wompi's keys with more behind it than dots; or whatever else is as long as a secret.
SECRETS = [
    re.compile(r"(?:prv_(?:test|prod)|(?:test|prod)_(?:events|integrity))_[A-Za-z0-9]"),
    re.compile(r"\b(?!pub_test_)(?=\w*\d)\w{24,}"),
]


def name_of(path: Path) -> str:
    return path.stem


@pytest.fixture
def asked(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each question of the dialogue, as it is asked of somebody who answers rightly."""
    monkeypatch.setenv("LC_ALL", "es_CO.UTF-8")
    keys = ("WOMPI_PUBLIC_KEY", "WOMPI_PRIVATE_KEY", "WOMPI_INTEGRITY_SECRET", "WOMPI_EVENTS_SECRET")
    credential = (shop.answers["WHMCS_API_IDENTIFIER"], shop.answers["WHMCS_API_SECRET"])
    pasted = " ".join(shop.answers[key] for key in keys)
    answers = iter(["http://127.0.0.1:9/", shop.whmcs.url, *credential, pasted, "77", "s", *[""] * 5])
    questions: list[str] = []

    def ask(question: str) -> str:
        questions.append(question)
        return next(answers)

    monkeypatch.setattr("builtins.input", ask)
    Dialogue(places_of(Target.FILES, tmp_path), {"WOMPI_API_URL": shop.wompi.api_url}, asks_all=False).ask()
    assert list(answers) == []
    return questions


@pytest.mark.parametrize("path", RECORDINGS, ids=name_of)
def test_every_question_stands_in_it(asked: list[str], path: Path) -> None:
    """A recording that is older than a question tells a new admin less than they will be asked."""
    text = path.read_text("utf-8")
    assert [question for question in asked if question.strip() not in text] == []


@pytest.mark.parametrize("path", RECORDINGS, ids=name_of)
def test_it_goes_up_to_a_paid_invoice(path: Path) -> None:
    """Doctor is green, WHMCS has the payment, and how to go live is said last."""
    text = path.read_text("utf-8")
    assert re.search(r"^0 por corregir, 0 por mirar, \d+ en orden\.$", text, re.MULTILINE)
    assert "WHMCS lo tiene: registrado una sola vez\n" in text
    assert text.endswith("Para cobrar de verdad: wompi-bridge go-live\n")


@pytest.mark.parametrize("path", RECORDINGS, ids=name_of)
def test_no_secret_and_no_cursor_sequence_stands_in_it(path: Path) -> None:
    """What was typed is masked, and the text is the text alone."""
    text = path.read_text("utf-8")
    assert [pattern.findall(text) for pattern in SECRETS] == [[], []]
    assert [line for line in text.splitlines() if not line.isprintable()] == []
