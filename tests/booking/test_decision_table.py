"""The rows of the decision table: in the documents, in the code that tells them, and in what is decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.architecture import ROOT
from whmcs_bridge.booking.decision import WHILE_WHMCS_RECORDS, decide
from whmcs_bridge.booking.decision_table import ROWS, row_of
from whmcs_bridge.booking.reviews import Action
from wompi_gateway.models import Status

from .test_decision import every_combination


def test_every_decision_has_its_row_and_every_row_decides_somewhere() -> None:
    """Over all combinations of facts: what was decided is among what the row says; where WHMCS is asked first, none."""
    used = set()
    for told in every_combination():
        voids = (None, timedelta(0), WHILE_WHMCS_RECORDS) if told.status is Status.VOIDED else (None,)
        for facts in (replace(told, void_age=age) for age in voids):
            action, row = decide(facts).action, row_of(facts)
            if row is None:
                assert action is Action.ASK_WHMCS, facts
            else:
                assert action in row.actions, (facts, str(row))
                used.add(str(row))
    assert used == {str(row) for row in ROWS}


def test_the_rows_are_those_of_the_documents() -> None:
    """A row that is changed in one place is changed in both."""
    text = (ROOT / "docs/decisions.md").read_text("utf-8")
    table = text.partition("## The decision\n")[2].partition("\n## ")[0]
    written = {line for line in table.splitlines() if line.startswith("| ") and not line.startswith("| Wompi says")}
    assert written == {str(row) for row in ROWS}
